import numpy as np
import pytest

from pipeline.recognition.finder import Finder
from pipeline.recognition.locate import locate
from pipeline.recognition.normalize import normalize
from pipeline.recognition.stroke import stroke_width
from tests.pages import DATA, digits, golden_pages, sheet

PAGES = golden_pages()


@pytest.mark.parametrize("name", PAGES)
def test_the_golden_pages_give_the_golden_frames(finder: Finder, name: str) -> None:
    with np.load(DATA / "frames.npz") as golden:
        expected = golden[name].astype(int)
    frame = normalize(locate(PAGES[name], finder)[0].ink)
    # Rounding may differ by a level or two between builds of OpenCV; the shape may not.
    assert np.abs(frame - expected).max() <= 8


def test_every_frame_is_as_mnist_has_it(finder: Finder) -> None:
    for image in digits()[0][::10]:
        frame = normalize(locate(image, finder)[0].ink).astype(float)
        rows, columns = np.nonzero(frame)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        for axis in (0, 1):
            centre = (frame.sum(axis=1 - axis) @ np.arange(28)) / frame.sum()
            assert abs(centre - 13.5) <= 1.0
        assert frame.max() == 255


@pytest.mark.parametrize("grown", [-7, 9])
def test_thin_and_fat_strokes_become_alike(finder: Finder, grown: int) -> None:
    import cv2

    change = cv2.erode if grown > 0 else cv2.dilate  # of light paper
    page = change(sheet(3), np.ones((abs(grown), abs(grown)), np.uint8)).astype(np.uint8)
    usual, changed = (
        stroke_width((normalize(locate(p, finder)[0].ink) > 127).astype(np.uint8))
        for p in (sheet(3), page)
    )
    assert changed == pytest.approx(usual, rel=0.35)


def test_the_aspect_is_kept() -> None:
    ink = np.zeros((100, 40), np.float32)
    ink[10:90, 10:30] = 1
    rows, columns = np.nonzero(normalize(ink) > 127)
    assert np.ptp(rows) > 2.5 * np.ptp(columns)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 2)])
def test_any_ink_gives_a_frame(shape: tuple[int, int]) -> None:
    frame = normalize(np.ones(shape, np.float32))
    assert frame.shape == (28, 28)
    assert frame.max() == 255
