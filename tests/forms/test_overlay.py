import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.forms.alignment import Alignment, Reference
from digitbox.forms.chroma import Chroma
from digitbox.forms.form import Field, FormPage, Kind, Known, Table, corners
from digitbox.forms.overlay import COLOURS, LONGEST, overlaid

BOX = (100.0, 100.0, 200.0, 50.0)


def blank(high: int = 400, wide: int = 600) -> NDArray[np.uint8]:
    return np.full((high, wide), 255, np.uint8)


def of(*fields: Field, tables: tuple[Table, ...] = ()) -> FormPage:
    return FormPage(Reference(blank()), Chroma.without_colours(blank()), "auto", fields, tables)


def field(name: str = "total", cells: int = 0, kind: Kind = Kind.NUMBER) -> Field:
    return Field(name, kind, (corners(BOX),), known=Known(cells=cells))


def decoded(png: bytes) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def strong(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where there is a line or a letter, and no tint."""
    return np.asarray(picture.min(axis=2) < 150)


def test_a_field_is_tinted_and_outlined_where_it_is() -> None:
    picture = decoded(overlaid(blank(), of(field())))
    assert picture.shape == (400, 600, 3)
    assert (picture[125, 200] < 255).any()
    assert picture[125, 200].min() > 180  # what is written there stays legible
    assert (picture[300, 400] == 255).all()
    ys, xs = np.nonzero(strong(picture)[99:])
    assert (xs.min(), xs.max()) == pytest.approx((100, 300), abs=2)
    assert ys.max() + 99 == pytest.approx(150, abs=2)


def test_the_name_stands_above_the_field() -> None:
    named, unnamed = (decoded(overlaid(blank(), of(field(name)))) for name in ("total", "_"))
    assert strong(named)[80:99, 100:200].sum() > strong(unnamed)[80:99, 100:200].sum() + 40
    assert not strong(named)[:75].any()


def test_the_name_of_a_field_at_the_edge_is_on_the_page() -> None:
    place = (corners((0.0, 0.0, 40.0, 20.0)),)
    picture = decoded(overlaid(blank(), of(Field("total", Kind.NUMBER, place))))
    assert strong(picture)[:20].sum() > 80


@pytest.mark.parametrize("cells", [0, 4])
def test_the_cells_of_a_comb_are_drawn(cells: int) -> None:
    picture = decoded(overlaid(blank(), of(field(cells=cells))))
    lines = np.flatnonzero(strong(picture)[105:145].mean(axis=0) > 0.9)
    gaps = np.flatnonzero(np.diff(lines) > 5)
    assert len(gaps) + 1 == max(1, cells) + 1


def test_a_table_has_its_cells_and_one_name() -> None:
    columns = [(100.0 + 50 * number, 100.0, 50.0, 40.0) for number in range(4)]
    fields = tuple(
        Field(f"marks.1.column_{number}", Kind.NUMBER, (corners(box),))
        for number, box in enumerate(columns)
    )
    table = Table(corners((100.0, 100.0, 200.0, 40.0)), 1, 4, 0, 0)
    picture = decoded(overlaid(blank(), of(*fields, tables=(table,))))
    lines = np.flatnonzero(strong(picture)[105:135].mean(axis=0) > 0.9)
    assert len(np.flatnonzero(np.diff(lines) > 5)) == 4
    assert strong(picture)[80:98, 100:150].any()
    assert not strong(picture)[80:98, 170:].any()


def test_each_box_of_a_choice_has_its_label() -> None:
    places = (corners((100.0, 100.0, 20.0, 20.0)), corners((300.0, 100.0, 20.0, 20.0)))
    picture = decoded(overlaid(blank(), of(Field("grade", Kind.CHOICE, places, ("A", "B")))))
    for left in (100, 300):
        assert strong(picture)[80:98, left : left + 80].sum() > 40


def test_fields_lie_where_the_alignment_says() -> None:
    matrix = np.array([[1, 0, 50], [0, 1, 120], [0, 0, 1]], float)
    lies = Alignment(matrix, np.zeros((0, 4)), 1.0, 1.0)
    picture = decoded(overlaid(blank(), of(field()), lies))
    assert (picture[125, 200] == 255).all()
    _, xs = np.nonzero(strong(picture)[219:])
    assert (xs.min(), xs.max()) == pytest.approx((150, 350), abs=2)


def test_a_large_page_is_reduced_with_its_fields() -> None:
    place = (corners((1800.0, 1000.0, 900.0, 450.0)),)
    picture = decoded(overlaid(blank(2700, 3600), of(Field("total", Kind.NUMBER, place))))
    assert picture.shape == (LONGEST * 3 // 4, LONGEST, 3)
    _, xs = np.nonzero(strong(picture)[501:])
    assert (xs.min(), xs.max()) == pytest.approx((900, 1350), abs=2)


@pytest.mark.parametrize("name", ["prüfung", "数", "x" * 64])
def test_any_name_can_be_written(name: str) -> None:
    assert strong(decoded(overlaid(blank(), of(field(name)))))[80:98].any()


def test_kinds_have_colours_of_their_own() -> None:
    assert set(COLOURS) == set(Kind)
    assert len(set(COLOURS.values())) == len(Kind)


def test_fields_beyond_the_page_are_left_out_and_the_page_stays_as_it_is() -> None:
    page = blank()
    far = Field("far", Kind.NUMBER, (corners((1e9, 1e9, 10.0, 10.0)),))
    decoded(overlaid(page, of(far)))
    assert (page == 255).all()
