import cv2
import numpy as np
import pytest

from digitbox_train.drawing import pages
from digitbox_train.drawing.pages import Written
from digitbox_train.drawing.pens import Ink, Style
from digitbox_train.drawing.scans import PAGES, Kind
from tests.train.drawing.factory import writers

DARK = {
    Kind.PHOTO: (0.8, 1),
    Kind.CROP: (0.8, 1),
    Kind.SCAN: (0.8, 1),
    Kind.DRAWING: (0.3, 0.7),
    Kind.SMALL: (0.1, 0.4),
}
"""The share of the pages that have dark ink on a lighter background: from, to."""


def written(height: int = 90, width: int = 70) -> Written:
    """A cross."""
    ink = np.zeros((height, width), np.float32)
    cv2.line(ink, (20, 20), (50, 70), 1.0, 5)
    cv2.line(ink, (50, 20), (20, 70), 1.0, 5)
    style = Style(turn=0.0, slant=0.0, stretch=1.0, width=0.1)
    return Written(ink, 50.0, (18.0, 18.0, 52.0, 72.0), style, writers())


def step(page: Ink, ink: Ink) -> float:
    """How much darker the ink is than the background close to it, in levels."""
    near = cv2.dilate(ink, np.ones((13, 13), np.uint8)) - cv2.dilate(ink, np.ones((5, 5), np.uint8))
    return float(np.median(page[near > 0.5]) - np.median(page[ink > 0.9]))


@pytest.mark.parametrize("kind", PAGES, ids=str)
def test_a_page_has_the_shape_of_its_ink(kind: Kind) -> None:
    for seed in range(20):
        page, contrast = PAGES[kind](written(), np.random.default_rng(seed))
        assert page.shape == (90, 70)
        assert page.dtype == np.float32
        assert np.isfinite(page).all()
        assert 0 < contrast <= 1


@pytest.mark.parametrize("kind", PAGES, ids=str)
def test_ink_is_darker_or_lighter_than_what_is_around(kind: Kind) -> None:
    given = written()
    found = []
    for seed in range(150):
        page, _ = PAGES[kind](given, np.random.default_rng(seed))
        found.append(step(np.clip(page, 0, 255), given.ink))
    levels = np.array(found)
    assert np.mean(np.abs(levels) > 5) > 0.8
    low, high = DARK[kind]
    assert low <= np.mean(levels > 0) <= high


@pytest.mark.parametrize("kind", PAGES, ids=str)
def test_what_is_given_stays_as_it_is(kind: Kind) -> None:
    given = written()
    for seed in range(10):
        PAGES[kind](given, np.random.default_rng(seed))
    assert np.array_equal(given.ink, written().ink)


def test_neighbours_come_in_from_the_edges_and_leave_the_ink_alone() -> None:
    given = written()
    alone = 0
    for seed in range(20):
        others = pages._neighbours(given, np.random.default_rng(seed), 1.0)
        edges = np.concatenate([others[0], others[-1], others[:, 0], others[:, -1]])
        assert edges.max() > 0.5, seed
        assert not others[given.ink > 0].any()
        alone += not pages._neighbours(given, np.random.default_rng(seed), 0.0).any()
    assert alone > 13
