"""Steps of several lines at once, for what compares the strips of one line."""

import numpy as np
import pytest

from digitbox.recognition.ctc import log_likelihoods, together


def test_lines_together_are_as_likely_as_each_alone() -> None:
    random = np.random.default_rng(1)
    lines = [random.dirichlet(np.full(15, 0.2), length) for length in (30, 1, 12)]
    sayings = [(), (3,), (1, 1), (4, 10, 2), (5,) * 9]
    found = log_likelihoods(together(lines), sayings)
    assert found.shape == (5, 3)
    for index, line in enumerate(lines):
        assert found[:, index] == pytest.approx(log_likelihoods(line, sayings))


def test_one_line_may_be_alone_together() -> None:
    line = np.random.default_rng(2).dirichlet(np.ones(11), 8)
    assert np.array_equal(together([line])[..., 0], line)
    assert log_likelihoods(together([line]), [(1,)]).shape == (1, 1)
