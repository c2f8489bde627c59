import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.forms.grid import Grid, cells, even, grid
from tests.forms.sheets import Gray, projected_by

ROWS, COLUMNS = 10, 5

WIDTH, HEIGHT, PAPER = 600, 450, 235


def table(
    rows: tuple[float, ...] = (1,) * ROWS,
    columns: tuple[float, ...] = (1,) * COLUMNS,
    line: int = 90,
    thick: int = 1,
    left_out: tuple[int, ...] = (),
    columns_left_out: tuple[int, ...] = (),
) -> tuple[Gray, Grid]:
    """A table with writing in all its cells, of rows and columns with these relative sizes, and
    where its lines cross."""
    page = np.full((HEIGHT, WIDTH), PAPER, np.uint8)
    ys = np.round(np.cumsum([0, *rows]) / sum(rows) * (HEIGHT - 1)).astype(int)
    xs = np.round(np.cumsum([0, *columns]) / sum(columns) * (WIDTH - 1)).astype(int)
    for number, y in enumerate(ys.tolist()):
        if number not in left_out:
            cv2.line(page, (0, y), (WIDTH - 1, y), line, thick)
    for number, x in enumerate(xs.tolist()):
        if number not in columns_left_out:
            cv2.line(page, (x, 0), (x, HEIGHT - 1), line, thick)
    random = np.random.default_rng(0)
    for y in ys[1:].tolist():
        for x in xs[:-1].tolist():
            place, text = (x + 8, y - 7), str(random.integers(0, 100))
            font = cv2.FONT_HERSHEY_SCRIPT_SIMPLEX
            cv2.putText(page, text, place, font, 0.8, 60, 2, cv2.LINE_AA)
    return page, np.stack(np.meshgrid(xs, ys), axis=-1).astype(np.float64)


def moved(page: Gray, crossings: Grid, matrix: NDArray[np.float64]) -> tuple[Gray, Grid]:
    seen = cv2.warpPerspective(page, matrix, (WIDTH + 50, HEIGHT + 40), borderValue=(PAPER,))
    there = projected_by(matrix, crossings.reshape(-1, 2)).reshape(crossings.shape)
    return np.asarray(seen, np.uint8), there


def assert_found(page: Gray, crossings: Grid, within: float = 1.0) -> None:
    rows, columns = crossings.shape[0] - 1, crossings.shape[1] - 1
    found = grid(page, rows, columns)
    assert found is not None
    assert found.shape == crossings.shape
    assert np.linalg.norm(found - crossings, axis=-1).max() < within


def test_lines_are_found_where_they_are() -> None:
    assert_found(*table())


@pytest.mark.parametrize("degrees", [-5.5, -4, -3, -2, -1, 1, 2, 3, 4, 5.5])
def test_lines_are_found_that_are_skew(degrees: float) -> None:
    page, crossings = table()
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees, 0.95)
    matrix[:2, 2] += 20
    assert_found(*moved(page, crossings, matrix))


@pytest.mark.parametrize(
    "corners",
    [
        [[10, 15], [610, 5], [590, 460], [25, 440]],
        [[5, 5], [630, 20], [600, 470], [30, 450]],
        [[30, 20], [600, 5], [640, 440], [5, 480]],
    ],
)
def test_lines_are_found_that_fan_out(corners: list[list[int]]) -> None:
    page, crossings = table()
    edges = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    there = np.array(corners, np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(edges, there), np.float64)
    assert_found(*moved(page, crossings, matrix))


@pytest.mark.parametrize("line", [60, 150, 215, 222])
def test_faint_lines_are_found(line: int) -> None:
    assert_found(*table(line=line))


@pytest.mark.parametrize("thick", [1, 2, 4])
def test_thick_lines_are_found_in_their_middle(thick: int) -> None:
    # Half of the outermost ones is cut off.
    assert_found(*table(thick=thick), within=1 + thick)
    found, crossings = grid(table(thick=thick)[0], ROWS, COLUMNS), table()[1]
    assert found is not None
    assert np.abs(found - crossings)[1:-1, 1:-1].max() < 1.2


@pytest.mark.parametrize("left_out", [(0,), (ROWS,), (0, ROWS)])
def test_where_an_outer_line_is_missing_the_edge_stands_for_it(left_out: tuple[int, ...]) -> None:
    assert_found(*table(left_out=left_out))
    columns = tuple(number * COLUMNS // ROWS for number in left_out)
    assert_found(*table(columns_left_out=columns))


def test_where_an_inner_line_is_missing_there_is_no_grid() -> None:
    assert grid(table(left_out=(4,))[0], ROWS, COLUMNS) is None
    assert grid(table(columns_left_out=(2,))[0], ROWS, COLUMNS) is None


@pytest.mark.parametrize(
    ("rows", "columns"),
    [((2.5, *(1,) * 10), (1,) * 5), ((1,) * 10, (3, 1, 1, 1, 1)), ((1, 2, 1, 2, 1), (2, 1, 2))],
)
def test_rows_and_columns_may_differ_in_size(
    rows: tuple[float, ...], columns: tuple[float, ...]
) -> None:
    assert_found(*table(rows, columns))


def test_a_table_with_more_rows_or_columns_than_lines_has_no_grid() -> None:
    page, _ = table()
    assert grid(page, ROWS + 2, COLUMNS) is None
    assert grid(page, ROWS, COLUMNS + 2) is None


def pictures() -> dict[str, Gray]:
    random = np.random.default_rng(0)
    paper = np.full((HEIGHT, WIDTH), PAPER, np.uint8)
    writing, level = paper.copy(), paper.copy()
    for y in range(40, HEIGHT, 40):
        place, font = (20, y), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX
        cv2.putText(writing, "12 345 67 8901", place, font, 1.2, 60, 2, cv2.LINE_AA)
    level[::45] = 90
    return {
        "paper": paper,
        "black": np.zeros_like(paper),
        "noise": random.integers(0, 256, paper.shape, np.uint8),
        "grain": np.clip(paper + random.normal(0, 8, paper.shape), 0, 255).astype(np.uint8),
        "writing": writing,
        "level lines alone": level,
        "upright lines alone": np.ascontiguousarray(level.T),
        "1x1": np.zeros((1, 1), np.uint8),
        "1x600": np.full((1, 600), 200, np.uint8),
        "600x1": np.full((600, 1), 200, np.uint8),
    }


@pytest.mark.parametrize("what", pictures())
@pytest.mark.parametrize(("rows", "columns"), [(ROWS, COLUMNS), (1, 1), (500, 100)])
def test_where_there_are_no_lines_there_is_no_grid(what: str, rows: int, columns: int) -> None:
    assert grid(pictures()[what], rows, columns) is None


def test_an_even_grid_fills_the_picture_from_edge_to_edge() -> None:
    found = even((100, 60), 4, 3)
    assert found.shape == (5, 4, 2)
    assert found[0, 0].tolist() == [-0.5, -0.5]
    assert found[4, 3].tolist() == [59.5, 99.5]
    assert found[1, 2].tolist() == [39.5, 24.5]


def test_cells_are_those_of_the_grid_row_by_row_and_clockwise() -> None:
    found = cells(even((40, 60), 2, 3))
    assert len(found) == 6
    assert found[1].tolist() == [[19.5, -0.5], [39.5, -0.5], [39.5, 19.5], [19.5, 19.5]]
    assert found[3][0].tolist() == [-0.5, 19.5]
