from itertools import product

import numpy as np
import pytest

from digitbox.recognition.finder import Finder
from digitbox.recognition.locate import locate
from digitbox.recognition.normalize import normalize
from digitbox.recognition.stroke import stroke_width
from tests.pages import DATA, digits, golden_pages, ruled, sheet

PAGES = golden_pages()


@pytest.mark.parametrize("name", PAGES)
def test_the_golden_pages_give_the_golden_frames(finder: Finder, name: str) -> None:
    with np.load(DATA / "frames.npz") as golden:
        expected = golden[name].astype(int)
    pair = found(PAGES[name], finder)
    # Rounding may differ by a level or two between builds of OpenCV; the shape may not.
    assert np.abs(pair - expected).max() <= 8


def test_every_outline_is_as_mnist_has_it() -> None:
    for image in digits()[0][::10]:
        ink = image / np.float32(255)
        frame = normalize(ink, ink)[0].astype(float)
        rows, columns = np.nonzero(frame)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        for axis in (0, 1):
            centre = (frame.sum(axis=1 - axis) @ np.arange(28)) / frame.sum()
            assert abs(centre - 13.5) <= 1.0
        assert frame.max() == 255


@pytest.mark.parametrize("grown", [-7, 7])
def test_thin_and_fat_strokes_become_alike(finder: Finder, grown: int) -> None:
    import cv2

    change = cv2.erode if grown > 0 else cv2.dilate  # of light paper
    page = change(sheet(3), np.ones((abs(grown), abs(grown)), np.uint8)).astype(np.uint8)
    usual, changed = (
        stroke_width((found(ruled(p), finder)[0] > 127).astype(np.uint8)) for p in (sheet(3), page)
    )
    assert changed == pytest.approx(usual, rel=0.35)


def test_the_aspect_is_kept() -> None:
    ink = np.zeros((100, 40), np.float32)
    ink[10:90, 10:30] = 1
    rows, columns = np.nonzero(normalize(ink, ink)[0] > 127)
    assert np.ptp(rows) > 2.5 * np.ptp(columns)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 2)])
def test_any_ink_gives_a_frame(shape: tuple[int, int]) -> None:
    ink = np.ones(shape, np.float32)
    pair = normalize(ink, ink)
    assert pair.shape == (2, 28, 28)
    assert pair.dtype == np.uint8
    assert pair[0].max() == 255


def test_both_frames_show_a_digit_alike() -> None:
    inks = [image / np.float32(255) for image in digits()[0][::10]]
    similar = [alike(*normalize(ink, ink)) for ink in inks]
    assert min(similar) > 0.75
    assert np.median(similar) > 0.9


def test_what_is_clean_has_its_tone_only(finder: Finder) -> None:
    counts = [len(found(image, finder)) for image in digits()[0][::10]]
    assert counts.count(1) >= 27  # a few have several pieces, or reach the edge
    assert len(found(sheet(4), finder)) == 1
    assert len(found(ruled(sheet(4)), finder)) == 2


def test_a_small_image_keeps_its_levels_in_its_tone(finder: Finder) -> None:
    similar = [alike(image, found(image, finder)[-1]) for image in digits()[0][::10]]
    assert min(similar) > 0.8
    assert np.median(similar) > 0.93


def test_what_the_ink_lost_is_in_the_tone() -> None:
    written = np.zeros((128, 128), np.float32)
    written[30:100, 60:68] = 1
    written[62:68, 40:90] = 1  # a bar that was not taken for ink
    ink = written.copy()
    ink[:, :58] = ink[:, 70:] = 0
    outline, tone = normalize(ink, written)
    assert outline[14, 8] == 0
    assert tone[13:15, 8].max() > 200


def test_thin_strokes_are_wider_in_the_tone_too() -> None:
    ink = np.zeros((128, 128), np.float32)
    ink[20:110, 63:65] = 1
    _, tone = normalize(ink, ink)
    assert np.sum(tone[14] > 127) >= 2


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation, one being shifted by up to a pixel."""
    return max(
        float(np.corrcoef(np.roll(one, shift, (0, 1)).ravel(), other.ravel())[0, 1])
        for shift in product((-1, 0, 1), repeat=2)
    )


def found(page: np.ndarray, finder: Finder) -> np.ndarray:
    candidate = locate(page, finder)[0]
    return normalize(candidate.ink, candidate.contrast)


def stem(width: int) -> np.ndarray:
    """A stem of that width, 100 pixels high, on a foot."""
    ink = np.zeros((128, 128), np.float32)
    ink[14:114, 64 - width // 2 : 64 - width // 2 + width] = 1
    ink[108:114, 40:90] = 1
    return ink


def widths(frames: np.ndarray) -> list[float]:
    """How wide a stem is in the middle of its frames, in their pixels."""
    return [float(frame[14].sum() / 255) for frame in frames]


def test_thin_strokes_become_as_wide_as_mnist_has_them() -> None:
    ink = stem(3)
    outline, tone = widths(normalize(ink, ink))
    (clean,) = widths(normalize(ink, None))
    assert 1.3 < outline < 2.2
    assert 1.3 < tone < 2.2
    assert 1.3 < clean < 2.2


def test_broad_strokes_become_as_wide_as_mnist_has_them() -> None:
    assert 3.2 < widths(normalize(stem(24), stem(24)))[0] < 4.3


@pytest.mark.parametrize(("width", "least", "most"), [(36, 4.4, 5.6), (60, 8.5, 9.5)])
def test_broad_strokes_lose_a_third_of_their_width_on_either_side_at_most(
    width: int, least: float, most: float
) -> None:
    assert least < widths(normalize(stem(width), stem(width)))[0] < most


@pytest.mark.parametrize(("level", "is_ink"), [(0.35, False), (0.65, True)])
def test_ink_is_what_has_about_half_of_the_strongest(level: float, is_ink: bool) -> None:
    """A stem whose lower half is fainter: where that is no ink, the upper half fills the frame, and
    is wider."""
    ink = np.zeros((128, 128), np.float32)
    ink[14:64, 58:70] = 1
    ink[64:114, 58:70] = level
    for frame in normalize(ink, ink):
        assert (float(frame[10].sum()) < 3.5 * 255) is is_ink
