import os
from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import count, islice, product
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.recognition.card import InkThresholds
from digitbox.recognition.finder import Finder, InkMap
from digitbox.recognition.normalize import normalize
from digitbox.recognition.view import VIEW_SIDE
from digitbox_train import dataset
from digitbox_train.dataset import (
    IGNORED,
    Arrays,
    FrameDataset,
    ViewDataset,
    frames,
    kept,
    made,
    views,
)
from digitbox_train.drawing.scans import Kind, Scan, draw
from digitbox_train.drawing.writers import NOT_DIGIT
from tests.pages import digit
from tests.train.drawing.factory import writers

NONE = NOT_DIGIT, NOT_DIGIT
"""The labels of a pair of frames that show no digit."""


class Seer(Finder):
    """Finds the ink of pages that are dark where there is ink and white elsewhere."""

    def __init__(self) -> None:
        self.thresholds = InkThresholds()

    def ink(self, view: NDArray[np.uint8]) -> InkMap:
        return np.asarray(1 - view / np.float32(255), np.float32)


def scan(value: int = 3, size: int = 120, left: int = 90, label: int | None = None) -> Scan:
    """A page of 300×300 with a digit in black on white, its 28×28 square ``size`` pixels large."""
    large = cv2.resize(digit(value), (size, size), interpolation=cv2.INTER_CUBIC) / 255
    ink, top = np.zeros((300, 300), np.uint8), (300 - size) // 2
    ink[top : top + size, left : left + size] = 255 * np.clip((large - 0.3) * 3, 0, 1)
    return Scan(255 - ink, ink, value if label is None else label, Kind.SCAN, 0.7 * size, 1.0)


def uneven(one: Scan) -> Scan:
    """The same on a background that is not even, so that the finder is asked."""
    page = one.page.copy()
    page[-6:] = 185
    return replace(one, page=page)


def blank() -> Scan:
    nothing = np.zeros((300, 300), np.uint8)
    return Scan(255 - nothing, nothing, None, Kind.SCAN, 100.0, 1.0)


def seeded(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_view_is_128_pixels_with_its_ink() -> None:
    random = seeded()
    for _ in range(12):
        shown = views(draw(writers(), random), random)
        assert shown
        for page, ink in shown:
            for view in (page, ink):
                assert view.shape == (VIEW_SIDE, VIEW_SIDE)
                assert view.dtype == np.uint8


def test_small_shapes_are_seen_from_near_too() -> None:
    (large,) = views(scan(size=290, left=5), seeded())
    assert large[1].max() == 255
    for seed in range(20):
        far, near = views(scan(size=80), seeded(seed))
        sizes = [max(np.ptp(np.argwhere(ink > 60), axis=0)) for _, ink in (far, near)]
        assert sizes[0] < 0.3 * VIEW_SIDE
        assert 0.38 * VIEW_SIDE < sizes[1] < 0.9 * VIEW_SIDE


def test_ink_lies_where_the_view_is_dark() -> None:
    shown = views(scan(size=70, left=10), seeded())
    assert shown
    for page, ink in shown:
        assert np.corrcoef(page.ravel(), ink.ravel().astype(float))[0, 1] < -0.95


def test_an_empty_page_is_seen_from_near_too() -> None:
    page = np.tile(np.arange(300) // 2, (300, 1)).astype(np.uint8)
    for seed in range(20):
        (far, nothing), (near, nothing_near) = views(replace(blank(), page=page), seeded(seed))
        assert not nothing.any()
        assert not nothing_near.any()
        # The levels tell how much of the page is in sight.
        assert np.ptp(far) == pytest.approx(149, abs=2)
        assert 0.15 * 149 < np.ptp(near) < 0.75 * 149


def test_strokes_thinner_than_a_pixel_are_ink_too() -> None:
    ink = np.zeros((900, 900), np.uint8)
    cv2.line(ink, (200, 100), (300, 800), 255, 1)
    page, found = next(views(replace(blank(), page=255 - ink, ink=ink), seeded()))
    assert page.min() > 150
    assert found.max() > 200


@pytest.mark.parametrize("value", range(10))
def test_a_frame_shows_the_digit_that_was_drawn(value: int) -> None:
    ((pair, labels),) = frames(uneven(scan(value)), Seer())
    assert labels == (value, value)
    assert pair.shape == (2, 28, 28)
    assert pair.dtype == np.uint8
    same = np.asarray(scan(value).ink / np.float32(255), np.float32)
    for frame, clean in zip(pair, normalize(same, same), strict=True):
        assert alike(frame, clean) > 0.8


def alike(frame: NDArray[np.uint8], clean: NDArray[np.uint8]) -> float:
    """Correlation, one being shifted by up to a pixel."""
    return max(
        float(np.corrcoef(np.roll(frame, shift, (0, 1)).ravel(), clean.ravel())[0, 1])
        for shift in product((-1, 0, 1), repeat=2)
    )


def test_frames_of_drawn_scans_have_labels() -> None:
    random = seeded()
    found = [
        (pair, labels, one.label)
        for one in (draw(writers(), random) for _ in range(30))
        for pair, labels in frames(perfect(one), Seer())
    ]
    assert len(found) > 20
    assert all(pair.max() > 200 for pair, _, _ in found)
    for _, labels, drawn in found:
        assert set(labels) - {IGNORED} == {NOT_DIGIT if drawn is None else drawn}


def perfect(one: Scan) -> Scan:
    """The same, its page showing its ink alone."""
    return replace(one, page=255 - one.ink)


def test_a_clean_page_gives_its_tone_twice() -> None:
    ((pair, labels),) = frames(perfect(scan(5)), Seer())
    assert labels == (5, 5)
    assert np.array_equal(pair[0], pair[1])


def test_what_is_no_digit_is_none() -> None:
    ((_, labels),) = frames(uneven(scan(label=NOT_DIGIT)), Seer())
    assert labels == NONE


def test_a_digit_that_is_not_found_gives_nothing() -> None:
    assert not list(frames(replace(scan(), page=blank().page), Seer()))
    assert not list(frames(blank(), Seer()))


def test_what_is_found_on_a_blank_page_is_no_digit() -> None:
    ((_, labels),) = frames(uneven(replace(blank(), page=scan().page)), Seer())
    assert labels == NONE


def test_something_else_that_is_found_is_no_digit() -> None:
    dirt = scan(1, 60, 10)
    page = np.full_like(dirt.page, 255)
    cv2.line(page, (15, 280), (280, 290), 0, 5)
    ((_, labels),) = frames(uneven(replace(dirt, page=page)), Seer())
    assert labels == NONE


def test_a_digit_that_cannot_be_told_any_more_is_left_out() -> None:
    torn = scan(8, 200, 50)
    page = torn.page.copy()
    page[150:] = 255  # the lower half of it is not found
    assert not list(frames(uneven(replace(torn, page=page)), Seer()))


class Forgetful(Seer):
    """Does not see the right of a view."""

    def ink(self, view: NDArray[np.uint8]) -> InkMap:
        ink = super().ink(view)
        ink[:, 82:] = 0
        return ink


def test_a_digit_of_which_ink_was_lost_counts_as_far_as_it_is_seen_in_its_tone() -> None:
    ((_, labels),) = frames(uneven(scan(0, 290, 5)), Forgetful())
    assert labels == (IGNORED, 0)


def test_several_digits_taken_for_one_are_none() -> None:
    ink = np.maximum(scan(3, 120, 40).ink, scan(5, 120, 110).ink)
    both = uneven(replace(blank(), page=255 - ink, ink=ink))
    ((_, labels),) = frames(both, Seer())
    assert labels == NONE
    apart = np.maximum(scan(3, 100, 10).ink, scan(5, 100, 190).ink)
    assert not list(frames(replace(blank(), page=255 - apart, ink=apart), Seer()))


def test_batches_of_views_depend_on_seed_and_number_alone() -> None:
    work = ViewDataset(writers(), 4, seed=1)
    pages, inks = work(0)
    assert pages.shape == inks.shape == (4, VIEW_SIDE, VIEW_SIDE)
    assert pages.dtype == inks.dtype == np.uint8
    assert all(map(np.array_equal, (pages, inks), work(0)))
    assert not np.array_equal(pages, work(1)[0])
    assert not np.array_equal(pages, ViewDataset(writers(), 4, seed=2)(0)[0])


def test_frames_come_with_their_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dataset._finders, Path("finder"), Seer())
    monkeypatch.setattr(dataset, "draw", lambda writers, random: perfect(draw(writers, random)))
    work = FrameDataset(writers(), Path("finder"), 15, seed=1)
    images, labels = work(0)
    assert images.shape == (len(labels), 2, 28, 28)
    assert 8 < len(labels) <= 15
    assert labels.shape == (len(labels), 2)
    assert images.dtype == labels.dtype == np.uint8
    assert set(labels.ravel().tolist()) <= {*range(NOT_DIGIT + 1), IGNORED}
    assert all(map(np.array_equal, (images, labels), work(0)))


def where(number: int) -> tuple[int, int]:
    return number, os.getpid()


def test_work_is_done_in_order_by_another_process() -> None:
    making = made(where, 5, processes=1)
    found = list(islice(making, 3))
    making.close()
    assert [number for number, _ in found] == [5, 6, 7]
    assert os.getpid() not in {process for _, process in found}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which pieces were made, all of them in this process."""
    numbers: list[int] = []

    def here(work: Callable[[int], Arrays], start: int, _: int) -> Generator[Arrays, None, None]:
        for number in count(start):
            numbers.append(number)
            yield work(number)

    monkeypatch.setattr(dataset, "made", here)
    return numbers


def piece(number: int) -> Arrays:
    """As many frames as its number, and one."""
    images = np.full((number + 1, 28, 28), number, np.uint8)
    return images, np.full(number + 1, number, np.uint8)


def test_pieces_are_put_together(asked: list[int], tmp_path: Path) -> None:
    images, labels = kept(piece, 3, tmp_path / "new" / "folder", 1)
    assert labels.tolist() == [0, 1, 1, 2, 2, 2]
    assert images.shape == (6, 28, 28)
    assert images[:, 0, 0].tolist() == labels.tolist()
    assert asked == [0, 1, 2]


def test_what_was_interrupted_goes_on(asked: list[int], tmp_path: Path) -> None:
    def broken(number: int) -> Arrays:
        if number == 2:
            raise KeyboardInterrupt
        return piece(number)

    with pytest.raises(KeyboardInterrupt):
        kept(broken, 4, tmp_path, 1)
    (tmp_path / "partial-0002.npz").write_bytes(b"half of it")
    asked.clear()
    _, labels = kept(piece, 4, tmp_path, 1)
    assert asked == [2, 3]
    assert labels.tolist() == piece_labels(4)


def piece_labels(pieces: int) -> list[int]:
    return [number for number in range(pieces) for _ in range(number + 1)]


def test_what_was_made_is_not_made_again(asked: list[int], tmp_path: Path) -> None:
    kept(piece, 3, tmp_path, 1)
    asked.clear()
    assert kept(piece, 3, tmp_path, 1)[1].tolist() == piece_labels(3)
    assert kept(piece, 2, tmp_path, 1)[1].tolist() == piece_labels(2)
    assert not asked
