import cv2
import numpy as np
import pytest

from digitbox.forms.following import RETURNED, STRAYED, followed, likeness_of
from tests.forms import sheets
from tests.forms.sheets import HEIGHT, WIDTH, form, warped

POINTS = cv2.goodFeaturesToTrack(form(1), 300, 0.02, 12, blockSize=7).astype(np.float32)


@pytest.mark.parametrize("shift", [(0, 0), (0.4, -0.3), (3, 2), (-7, 5)])
def test_points_are_found_where_what_is_around_them_has_moved_to(
    shift: tuple[float, float],
) -> None:
    page = form(1)
    matrix = np.eye(3)
    matrix[:2, 2] = shift
    before, after = followed(page, warped(page, matrix, (HEIGHT, WIDTH)), POINTS, 1)
    assert len(before) > len(POINTS) / 2
    off = np.linalg.norm(after - before - shift, axis=1)
    assert np.median(off) < 0.05
    assert np.percentile(off, 90) < RETURNED


def test_points_that_stray_are_lost() -> None:
    page = sheets.filled(form(1), 3)
    matrix = np.eye(3)
    matrix[0, 2] = STRAYED + 5
    before, after = followed(page, warped(page, matrix, (HEIGHT, WIDTH)), POINTS, 1)
    assert len(before) < len(POINTS) / 4
    assert (np.linalg.norm(after - before, axis=1) < STRAYED).all()


def test_on_a_page_with_fewer_pixels_points_may_come_back_less_exactly() -> None:
    page = form(1)
    small = cv2.resize(page, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    coarse = sheets.grainy(np.asarray(small, np.uint8), 6, 1)
    other = np.asarray(
        cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR), np.uint8
    )
    counts = [len(followed(page, other, POINTS, size)[0]) for size in (2, 1, 0.7, 0.5, 0.2)]
    assert counts[0] == counts[1] < counts[3] == counts[4]
    assert counts == sorted(counts)


def test_on_an_even_page_nothing_is_found() -> None:
    even = np.full((HEIGHT, WIDTH), 200, np.uint8)
    assert len(followed(form(1), even, POINTS, 1)[0]) < len(POINTS) / 10


def test_a_page_is_like_itself_and_less_like_others() -> None:
    page = form(1)
    assert likeness_of(page, page) == pytest.approx(1, abs=1e-3)
    assert 0.5 < likeness_of(page, sheets.filled(page, 3)) < 0.99
    assert likeness_of(page, form(2)) < 0.5
    assert likeness_of(page, 255 - page) == pytest.approx(-1, abs=1e-3)
    assert np.isfinite(likeness_of(page, np.full_like(page, 9)))
