import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from benchmarks.speed.workloads import WORKLOADS, Workload
from digitbox_train import data
from digitbox_train.drawing import fonts
from digitbox_train.drawing.writers import Writers
from tests.train.drawing import factory

NAMED = {one.name: one for one in WORKLOADS}
NUMBERS, DIGITS = NAMED["w7"], NAMED["w7-digits"]


@pytest.fixture
def writers() -> Writers:
    """Whatever they write is a bar."""
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[:, 4:24, 10:18] = 255
    return replace(factory.writers(), images=bar, labels=np.zeros(1, np.uint8))


def pages(workload: Workload, writers: Writers, count: int = 60) -> list[NDArray[np.uint8]]:
    random = np.random.default_rng(1)
    files = (workload.draw(writers, random) for _ in range(count))
    return [np.asarray(Image.open(io.BytesIO(file))) for file in files]


def bars(page: NDArray[np.uint8]) -> int:
    dark = (page.min(axis=0) < 128).astype(np.int64)
    return int((np.diff(dark) == 1).sum())


def test_a_number_has_3_to_8_digits(writers: Writers) -> None:
    assert {bars(page) for page in pages(NUMBERS, writers)} == {3, 4, 5, 6, 7, 8}
    assert {bars(page) for page in pages(DIGITS, writers, 10)} == {1}


def test_numbers_are_written_as_single_digits_are(writers: Writers) -> None:
    assert NUMBERS.files == DIGITS.files == 10_000
    number, digit = pages(NUMBERS, writers, 1)[0], pages(DIGITS, writers, 1)[0]
    assert number.shape[0] == digit.shape[0]
    for page in (number, digit):
        rows = np.flatnonzero((page < 128).any(axis=1))
        assert rows[-1] - rows[0] + 1 == pytest.approx(40, abs=2)
        assert np.median(page) == pytest.approx(235, abs=2)


def test_files_are_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = factory.mnist()
    monkeypatch.setattr(data, "load", lambda _: replace(digits, x_test=digits.x_train))
    monkeypatch.setattr(fonts, "load", factory.glyphs)
    first, again = (NUMBERS.build(tmp_path / name, 0.001, None) for name in ("first", "again"))
    contents = [[file.read_bytes() for file in sorted(place.iterdir())] for place in (first, again)]
    assert contents[0] == contents[1]
    assert len(set(contents[0])) == 10


@pytest.mark.parametrize("unseen", [False, True])
def test_unseen_digits_are_those_of_the_test_set(
    unseen: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mnist = replace(factory.mnist(), x_test=np.ones((5, 28, 28), np.uint8))
    monkeypatch.setattr(data, "load", lambda _: mnist)
    monkeypatch.setattr(fonts, "load", factory.glyphs)

    def draw(writers: Writers, _: np.random.Generator) -> bytes:
        return bytes(writers.images[:1].max(axis=(1, 2)))

    place = Workload("some", "files", 4, ".png", 4, draw, unseen=unseen).build(tmp_path, 1, None)
    (brightest,) = {file.read_bytes()[0] for file in place.iterdir()}
    assert (brightest == 1) == unseen
