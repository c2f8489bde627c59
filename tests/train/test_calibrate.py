import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox_train.calibrate import Calibration, calibrate, log_likelihood


def said(
    temperature: float, offset: float, count: int = 3000
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Logits that are ``temperature`` times too large, and what is then the case."""
    random = np.random.default_rng(1)
    true = random.normal(0, 2, (count, 10))
    probabilities = np.exp(log_likelihood(true.astype(np.float32), Calibration(1.0, offset)))
    labels = (random.random((count, 1)) > np.cumsum(probabilities, axis=1)).sum(axis=1)
    return (true * temperature).astype(np.float32), np.minimum(labels, 10).astype(np.uint8)


@pytest.mark.parametrize(("temperature", "offset"), [(1.0, 0.0), (2.5, 0.0), (0.4, 3.0), (1.7, -2)])
def test_temperature_and_offset_are_found(temperature: float, offset: float) -> None:
    found = calibrate(*said(temperature, offset))
    assert found.temperature == pytest.approx(temperature, rel=0.06)
    assert found.offset == pytest.approx(offset, abs=0.25)


def test_calibrated_probabilities_are_true() -> None:
    logits, labels = said(3.0, 1.0)
    found = calibrate(logits, labels)
    for one, right in ((Calibration(), False), (found, True)):
        probabilities = np.exp(log_likelihood(logits, one))
        gap = probabilities.max(axis=1).mean() - np.mean(probabilities.argmax(axis=1) == labels)
        assert (abs(gap) < 0.02) == right


def test_no_other_calibration_is_likelier() -> None:
    logits, labels = said(2.0, 1.0, 500)
    found = calibrate(logits, labels)
    best = log_likelihood(logits, found)[np.arange(500), labels].mean()
    for warmer in (0.95, 1, 1.05):
        for more in (-0.1, 0, 0.1):
            other = Calibration(found.temperature * warmer, found.offset + more)
            assert log_likelihood(logits, other)[np.arange(500), labels].mean() <= best + 1e-6


@pytest.mark.parametrize("calibration", [Calibration(), Calibration(0.1, -5.0), Calibration(9, 9)])
def test_each_row_sums_to_one(calibration: Calibration) -> None:
    logits = np.random.default_rng(1).normal(0, 100, (50, 10)).astype(np.float32)
    rows = log_likelihood(logits, calibration)
    assert rows.shape == (50, 11)
    assert rows.max() <= 0
    assert np.exp(rows).sum(axis=1) == pytest.approx(np.ones(50))


def test_the_last_column_is_that_of_no_digit() -> None:
    rows = np.exp(log_likelihood(np.zeros((1, 10), np.float32), Calibration(2.0, np.log(10.0))))
    assert rows[0].tolist() == pytest.approx([0.05] * 10 + [0.5])
    # However warm: the offset stands beside the logits and is not divided.
    rows = np.exp(log_likelihood(np.full((1, 10), 2, np.float32), Calibration(2.0, 1.0)))
    assert rows[0].tolist() == pytest.approx([1 / 11] * 11)
