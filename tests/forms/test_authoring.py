import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from digitbox.errors import InputError
from digitbox.forms.alignment import Reference
from digitbox.forms.authoring import check, import_, new
from digitbox.forms.chroma import Chroma
from digitbox.forms.form import Field, Form, FormPage, Kind, Known, Table, corners
from digitbox.forms.inspection import warnings
from digitbox.forms.library import form_of, load
from digitbox.forms.template import Digits, Number
from digitbox.records import Reason
from tests.forms import sheets

Gray = NDArray[np.uint8]


def comb(page: Gray, x: int, y: int, cells: int = 5) -> Gray:
    for number in range(cells):
        left = x + 36 * number
        cv2.rectangle(page, (left, y), (left + 36, y + 44), 40, 2)
    return page


def save(file: Path, *pages: Gray) -> Path:
    """``pages`` as an image, or a PDF."""
    first, *more = (Image.fromarray(page) for page in pages)
    if more or file.suffix == ".pdf":
        first.save(file, save_all=True, append_images=more, resolution=200)
    else:
        first.save(file)
    return file


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return save(tmp_path / "Empty sheet.PNG", comb(sheets.form(1), 450, 20))


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    return tmp_path / "forms"


def drawn(file: Path, *sizes: tuple[int, int]) -> Path:
    """A field on each of some pictures, as Label Studio exports it."""
    tasks: list[dict[str, Any]] = []
    for wide, high in sizes:
        value = {"x": 10, "y": 20, "width": 25, "height": 5, "rectanglelabels": ["total"]}
        one = {"value": value, "original_width": wide, "original_height": high}
        tasks.append({"data": {}, "annotations": [{"result": [one]}]})
    file.write_text(json.dumps(tasks), "utf-8")
    return file


def test_a_new_form_has_the_sheet_the_proposed_fields_and_a_picture(
    forms: Path, sheet: Path
) -> None:
    made = new(forms, "exam", sheet)
    folder = made.folder
    assert folder == forms / "exam"
    assert made.pictures == (folder / "form-1.png",)
    assert made.warnings == ()
    assert {file.name for file in folder.iterdir()} == {"form.yaml", "form-1.png", "sheet.png"}
    assert (folder / "sheet.png").read_bytes() == sheet.read_bytes()
    (files,) = load(forms)
    (page,) = files.template.pages
    found = [field for field in page.fields if isinstance(field, Digits)]
    assert [field.length for field in found] == [5]
    picture = cv2.imread(str(folder / "form-1.png"))
    assert picture is not None
    assert picture.shape == (sheets.HEIGHT, sheets.WIDTH, 3)


def test_a_sheet_that_is_filled_in_is_told_when_it_becomes_a_form(
    forms: Path, tmp_path: Path
) -> None:
    gray = comb(sheets.form(1), 450, 20)
    cv2.putText(gray, "8", (460, 54), cv2.FONT_HERSHEY_SIMPLEX, 1, 30, 2)
    (said,) = new(forms, "exam", save(tmp_path / "filled.png", gray)).warnings
    assert said.startswith("Page 1: the reference seems to be filled in, at field_")


def test_what_may_be_a_point_is_told_with_the_name_of_the_field(
    forms: Path, tmp_path: Path
) -> None:
    gray = comb(sheets.form(1), 450, 20)
    for wall in (2, 3):
        cv2.circle(gray, (450 + 36 * wall, 64), 4, 0, -1)
    (said,) = new(forms, "exam", save(tmp_path / "sheet.png", gray)).warnings
    assert said.startswith("Page 1: field_1: several points are printed between its cells")


def test_a_printed_point_is_no_writing_and_its_field_has_decimals(
    forms: Path, tmp_path: Path
) -> None:
    gray = comb(sheets.form(1), 450, 20, 2)
    cv2.circle(gray, (486, 60), 4, 0, -1)
    made = new(forms, "exam", save(tmp_path / "sheet.png", gray))
    assert made.warnings == ()
    (files,) = load(forms)
    numbers = [one for one in files.template.pages[0].fields if getattr(one, "cells", False)]
    assert [(getattr(one, "length", 0), getattr(one, "decimals", 0)) for one in numbers] == [(2, 1)]


def test_all_pages_of_a_sheet_become_pages_of_the_form(forms: Path, tmp_path: Path) -> None:
    pages = [comb(sheets.form(seed), 450, 20) for seed in (1, 2)]
    for name in ("both.tif", "both.pdf"):
        folder = new(forms, Path(name).suffix[1:], save(tmp_path / name, *pages)).folder
        assert (folder / "form-2.png").exists()
    for files in load(forms):
        assert [page.reference.partition("#")[2] for page in files.template.pages] == ["", "2"]
        assert len(form_of(files).pages) == 2


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../exam", "a/b", "a\\b", "/exam", "-a", "_a", "a b", "auto", "x" * 65]
)
def test_a_name_that_is_none_is_refused(forms: Path, sheet: Path, name: str) -> None:
    with pytest.raises(InputError, match="is no name for a form"):
        new(forms, name, sheet)
    assert not forms.exists()


def test_a_form_that_exists_is_left_as_it_is(forms: Path, sheet: Path) -> None:
    (forms / "exam").mkdir(parents=True)
    with pytest.raises(InputError, match="is there already"):
        new(forms, "exam", sheet)
    with pytest.raises(InputError, match="is there already"):
        import_(forms, "exam", sheet, sheet)
    assert list((forms / "exam").iterdir()) == []


def test_a_sheet_that_cannot_be_read_leaves_no_form(forms: Path, tmp_path: Path) -> None:
    text = tmp_path / "sheet.txt"
    text.write_text("no image")
    for sheet, says in ((text, "not_an_image"), (tmp_path / "none.png", "cannot be read")):
        with pytest.raises(InputError, match=f"{sheet.name}.*{says}"):
            new(forms, "exam", sheet)
    assert not (forms / "exam").exists()


def test_nothing_is_left_of_a_form_that_could_not_be_written(
    forms: Path, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def full(file: Path, content: bytes) -> int:
        if file.name == "form-1.png":
            raise OSError(28, "No space left on device")
        return write(file, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="No space left"):
        new(forms, "exam", sheet)
    assert list(forms.iterdir()) == []


def test_fields_that_were_drawn_are_imported_in_pixels_of_the_sheet(
    forms: Path, sheet: Path, tmp_path: Path
) -> None:
    fields = drawn(tmp_path / "fields.json", (2 * sheets.WIDTH, 2 * sheets.HEIGHT))
    folder = import_(forms, "exam", fields, sheet).folder
    assert (folder / "form-1.png").exists()
    (field,) = load(forms)[0].template.pages[0].fields
    assert isinstance(field, Number)
    assert field.name == "total"
    shares = np.array(field.box) / (2 * (sheets.WIDTH, sheets.HEIGHT))
    assert shares == pytest.approx((0.1, 0.2, 0.25, 0.05), abs=1e-4)


def test_pictures_are_the_pages_in_their_order(forms: Path, tmp_path: Path) -> None:
    both = save(tmp_path / "both.tif", sheets.form(1), sheets.form(2))
    size = (sheets.WIDTH, sheets.HEIGHT)
    import_(forms, "one", drawn(tmp_path / "one.json", size), both)
    import_(forms, "two", drawn(tmp_path / "two.json", size, size), both)
    names = [
        [[field.name for field in page.fields] for page in files.template.pages]
        for files in load(forms)
    ]
    assert names == [[["total"], []], [["total"], ["total_2"]]]
    with pytest.raises(InputError, match=r"three.json: fields were drawn on 3 pictures"):
        import_(forms, "three", drawn(tmp_path / "three.json", size, size, size), both)
    assert not (forms / "three").exists()


def test_check_tells_which_page_is_which_and_draws_it(
    forms: Path, sheet: Path, tmp_path: Path
) -> None:
    new(forms, "exam", sheet)
    turned = np.ascontiguousarray(np.rot90(comb(sheets.form(1), 450, 20), 2))
    scan = save(tmp_path / "scan.tif", turned, sheets.form(9))
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    pictures = tmp_path / "pictures"
    found = list(check(forms, "exam", [scan, broken], pictures))
    assert [(one.scan, one.page, one.found) for one in found] == [
        (scan, 1, 1),
        (scan, 2, None),
        (broken, 1, None),
    ]
    assert found[0].score > found[1].score
    assert found[2].picture is None
    assert found[2].reason is Reason.NOT_AN_IMAGE
    assert {file.name for file in pictures.iterdir()} == {"scan-1.png", "scan-2.png"}
    assert [one.picture for one in found[:2]] == [pictures / "scan-1.png", pictures / "scan-2.png"]


def test_pictures_of_scans_with_the_same_name_are_told_apart(
    forms: Path, sheet: Path, tmp_path: Path
) -> None:
    new(forms, "exam", sheet)
    scans = [tmp_path / folder / "scan.png" for folder in ("a", "b")]
    for scan in scans:
        scan.parent.mkdir()
        scan.write_bytes(sheet.read_bytes())
    found = list(check(forms, "exam", scans, tmp_path / "pictures"))
    names = [one.picture.name for one in found if one.picture]
    assert names == ["scan-1.png", "scan-1_2.png"]


def test_check_names_the_forms_that_there_are(forms: Path, sheet: Path, tmp_path: Path) -> None:
    new(forms, "exam", sheet)
    with pytest.raises(InputError, match=r"no such form. There are: exam\."):
        list(check(forms, "other", [], tmp_path))


def page(*fields: Field, gray: Gray | None = None, tables: tuple[Table, ...] = ()) -> Form:
    reference = Reference(np.full((600, 800), 255, np.uint8) if gray is None else gray)
    chroma = Chroma.without_colours(reference.gray)
    return Form("exam", (FormPage(reference, chroma, "auto", fields, tables),), (), 0.02)


def field(name: str, *box: float, kind: Kind = Kind.NUMBER, cells: int = 0) -> Field:
    x, y, wide, high = box
    return Field(name, kind, (corners((x, y, wide, high)),), known=Known(cells=cells))


def printed() -> Gray:
    """A comb, a box and a checkbox."""
    gray = comb(np.full((600, 800), 255, np.uint8), 100, 100, 4)
    cv2.rectangle(gray, (100, 200), (260, 240), 40, 2)
    cv2.rectangle(gray, (100, 300), (120, 320), 40, 2)
    return gray


PRINTED = (
    field("student", 100, 100, 144, 44, kind=Kind.DIGITS, cells=4),
    field("total", 102, 202, 156, 36),
    field("absent", 100, 300, 20, 20, kind=Kind.CHECKBOX),
)


def test_there_is_nothing_to_warn_of_where_all_is_well() -> None:
    assert warnings(page(*PRINTED, gray=printed())) == []


@pytest.mark.parametrize(("number", "place"), [(0, (146, 134)), (1, (130, 232)), (2, (102, 318))])
def test_a_reference_that_is_filled_in_is_told(number: int, place: tuple[int, int]) -> None:
    gray = printed()
    cv2.putText(gray, "8", place, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 30, 2)
    (said,) = warnings(page(*PRINTED, gray=gray))
    assert said.startswith("Page 1: the reference seems to be filled in, at ")
    assert f"at {PRINTED[number].name}." in said


@pytest.mark.parametrize("level", [180, 200, 225])
def test_what_is_pale_in_a_field_of_the_reference_is_told(level: int) -> None:
    gray = printed()
    cv2.putText(gray, "8", (146, 134), cv2.FONT_HERSHEY_SIMPLEX, 0.7, level, 2)
    (said,) = warnings(page(*PRINTED, gray=gray))
    assert said.startswith("Page 1: something pale stands in student on the reference.")


def test_pale_lines_are_nothing_to_warn_of() -> None:
    gray = printed()
    pale = np.where(gray < 250, np.maximum(gray, 180), gray).astype(np.uint8)
    assert warnings(page(*PRINTED, gray=pale)) == []


def test_of_many_fields_that_are_filled_in_three_are_named() -> None:
    gray = np.full((600, 800), 255, np.uint8)
    fields = [field(f"q{number}", 50, 50 + 60 * number, 100, 40) for number in range(5)]
    for number in range(5):
        cv2.putText(gray, "8", (60, 80 + 60 * number), cv2.FONT_HERSHEY_SIMPLEX, 1, 30, 2)
    (said,) = warnings(page(*fields, gray=gray))
    assert "at q0, q1, q2 and 2 more." in said


@pytest.mark.parametrize(("left", "count"), [(200, 0), (198, 0), (180, 1)])
def test_fields_that_overlap_are_told_and_those_that_touch_are_not(left: int, count: int) -> None:
    said = warnings(page(field("one", 100, 100, 100, 40), field("other", left, 100, 100, 40)))
    assert len(said) == count
    assert not said or said == ["Page 1: one and other overlap: each is read on its own."]


def test_an_image_may_lie_over_other_fields() -> None:
    image = field("all", 50, 50, 400, 400, kind=Kind.IMAGE)
    assert warnings(page(field("one", 100, 100, 100, 40), image)) == []


def test_a_table_overlaps_as_a_whole_and_its_cells_do_not() -> None:
    cells = [field(f"marks.1.c{number}", 100 + 80 * number, 100, 82, 40) for number in range(3)]
    table = Table(corners((100.0, 100.0, 242.0, 40.0)), 1, 3, 0, 0)
    assert warnings(page(*cells, tables=(table,))) == []
    (said,) = warnings(page(*cells, field("sum", 150, 110, 100, 40), tables=(table,)))
    assert said == "Page 1: sum and marks overlap: each is read on its own."


def test_a_field_that_leaves_the_page_is_told() -> None:
    (said,) = warnings(page(field("total", 750, 100, 100, 40)))
    assert said == "Page 1: total leaves the page, which has 800×600 pixels."
    assert warnings(page(field("total", 700, 100, 100, 40))) == []


@pytest.mark.parametrize(("high", "count"), [(11, 1), (12, 0)])
def test_a_field_that_is_too_low_is_told(high: int, count: int) -> None:
    said = warnings(page(field("total", 100, 100, 100, high)))
    assert len(said) == count
    assert not said or said == ["Page 1: total: lower than 12 pixels, too low to be read."]


@pytest.mark.parametrize(("wide", "count"), [(156, 0), (130, 0), (110, 1)])
def test_a_field_that_is_smaller_than_the_printed_box_is_told(wide: int, count: int) -> None:
    said = warnings(page(field("total", 102, 202, wide, 36), gray=printed()))
    assert len(said) == count
    assert not said or "total is smaller than the printed box around it" in said[0]
