import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.recognition.edges import without_dark_edges

Gray = NDArray[np.uint8]


def sheet(paper: int = 230, ink: int = 60, edge: int = 10) -> Gray:
    """Writing on a sheet, with a dark edge at its left and at its foot."""
    page = np.full((300, 200), paper, np.uint8)
    page[100:140, 120:124] = ink
    page[:, :60] = edge
    page[280:] = edge
    return page


def test_dark_edges_become_as_light_as_the_sheet() -> None:
    light = without_dark_edges(sheet())
    assert light.shape == (300, 200)
    assert light.dtype == np.uint8
    assert set(np.unique(light).tolist()) == {60, 230}
    assert np.array_equal(light[100:140, 100:], sheet()[100:140, 100:])


@pytest.mark.parametrize("times", [1, 7])
def test_the_size_of_the_page_does_not_matter(times: int) -> None:
    large = np.kron(sheet(), np.ones((times, times), np.uint8))
    assert set(np.unique(without_dark_edges(large)).tolist()) == {60, 230}


def test_the_page_itself_stays_as_it_is() -> None:
    page = sheet()
    without_dark_edges(page)
    assert np.array_equal(page, sheet())


@pytest.mark.parametrize(
    "page",
    [
        sheet(edge=230),
        sheet(edge=180),
        np.full((40, 40), 10, np.uint8),
        np.zeros((1, 1), np.uint8),
        255 - sheet(edge=230),
    ],
    ids=["no edges", "gray edges", "dark", "one pixel", "light on dark"],
)
def test_a_page_without_dark_edges_is_left_alone(page: Gray) -> None:
    assert without_dark_edges(page) is page


def test_a_frame_that_is_most_of_a_page_is_no_edge() -> None:
    page = np.full((300, 300), 10, np.uint8)
    page[100:200, 100:200] = 230
    assert without_dark_edges(page) is page
