import time
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from digitbox.errors import ConfigError
from digitbox.forms.form import Kind, corners
from digitbox.forms.library import FormFiles, form_of, load
from tests.forms import sheets
from tests.pages import encoded

SHEET = encoded(np.full((300, 200), 230, np.uint8))

NUMBER = "{name: a, type: number, box: [1, 2, 30, 40]}"
DIGITS = "{name: a, type: digits, box: [1, 2, 30, 40], length: 3, cells: true, list: roster.csv}"

TABLE = "{name: t, type: table, box: [20, 100, 100, 90], rows: 2, header: 1, columns: [x, y]}"

Made = Callable[..., Path]


@pytest.fixture
def library(tmp_path: Path) -> Made:
    """Makes a folder with a form of one page, and returns it: ``fields`` are lines of YAML, and
    ``files`` lie beside it. ``text`` is the whole of its ``form.yaml`` instead."""

    def make(
        *fields: str,
        name: str = "exam",
        reference: str = "sheet.png",
        text: str | bytes | None = None,
        more: str = "",
        **files: bytes,
    ) -> Path:
        folder = tmp_path / "forms" / name
        folder.mkdir(parents=True, exist_ok=True)
        if text is None:
            lines = [f"pages:\n  - reference: {reference}\n    fields:"]
            text = "\n".join([*lines, *(f"      - {one}" for one in fields), more])
            text = text if fields else text.replace("fields:", "fields: []")
        (folder / "form.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        (folder / "sheet.png").write_bytes(SHEET)
        for file, content in files.items():
            (folder / file.replace("_", ".")).write_bytes(content)
        return tmp_path / "forms"

    return make


def refusal(folder: Path) -> str:
    """What the form ``exam`` is refused with, behind the name of its file."""
    with pytest.raises(ConfigError) as error:
        load(folder)
    file = str(folder / "exam" / "form.yaml")
    assert str(error.value).startswith(file)
    return str(error.value).removeprefix(file + ": ")


def test_where_there_is_no_folder_there_are_no_forms(tmp_path: Path) -> None:
    assert load(tmp_path / "forms") == ()
    (tmp_path / "forms" / "no form").mkdir(parents=True)
    (tmp_path / "forms" / "form.yaml").write_text("in no folder of its own")
    assert load(tmp_path / "forms") == ()


def test_forms_are_loaded_in_the_order_of_their_names(library: Made) -> None:
    for name in ("b", "c", "a"):
        library(NUMBER, name=name)
    files = load(library(NUMBER, name="d"))
    assert [one.name for one in files] == ["a", "b", "c", "d"]
    with pytest.raises(FrozenInstanceError):
        files[0].name = "e"  # type: ignore[misc]


def test_a_form_has_the_fields_of_its_template(library: Made) -> None:
    folder = library(
        DIGITS.replace("cells: true", "cells: true, filler: x, unique: true, required: true"),
        "{name: b, type: number, box: [5, 6, 7, 8], decimals: written, sign: true, min: -5}",
        "{name: c, type: checkbox, box: [9, 9, 9, 9], required: true}",
        "{name: d, type: choice, boxes: {A: [9, 9, 9, 9], B: [20, 9, 9, 9]}}",
        "{name: e, type: table, box: [20, 100, 100, 90], rows: 2, header: 1,"
        " columns: [x, {name: y, type: digits, length: 2}]}",
        "{name: f, type: image, box: [9, 9, 9, 9]}",
        more="checks: [sum(e.*.x) == b]\nwrong_sums: 0.1",
        roster_csv=b"001\n002\n",
    )
    (files,) = load(folder)
    form = form_of(files)
    (page,) = form.pages
    assert form.name == "exam"
    assert tuple(field.name for field in page.fields) == (
        "a",
        "b",
        "c",
        "d",
        "e.1.x",
        "e.1.y",
        "e.2.x",
        "e.2.y",
        "f",
    )
    assert form.wrong_sums == 0.1
    assert [one.text for one in form.checks] == ["sum(e.*.x) == b"]
    by_name = {field.name: field for field in page.fields}
    a, b = by_name["a"], by_name["b"]
    assert a.kind is Kind.DIGITS
    assert (a.places[0] == corners((1, 2, 30, 40))).all()
    assert (a.known.least, a.known.most, a.known.cells, a.known.filler) == (3, 3, 3, "x")
    assert a.known.values == ("001", "002")
    assert a.required
    assert (b.known.decimals, b.known.sign, b.known.smallest) == (None, True, -5)
    assert by_name["c"].kind is Kind.CHECKBOX
    assert by_name["c"].required
    assert by_name["d"].labels == ("A", "B")
    assert len(by_name["d"].places) == 2
    assert by_name["e.1.y"].kind is Kind.DIGITS
    assert by_name["e.2.x"].kind is Kind.NUMBER
    assert by_name["f"].kind is Kind.IMAGE
    (table,) = page.tables
    assert (table.rows, table.columns, table.header, table.first) == (2, 2, 1, 4)
    assert page.reference.gray.shape == (300, 200)


def test_cells_of_a_table_are_evenly_spaced_where_it_has_no_lines(library: Made) -> None:
    (files,) = load(library(TABLE))
    fields = form_of(files).pages[0].fields
    assert fields[0].places[0] == pytest.approx(corners((20, 130, 50, 30)), abs=1e-3)
    assert fields[3].places[0] == pytest.approx(corners((70, 160, 50, 30)), abs=1e-3)


def test_cells_of_a_table_lie_between_its_lines(library: Made) -> None:
    page = np.full((300, 200), 230, np.uint8)
    for y in (100, 120, 160, 190):
        cv2.line(page, (20, y), (120, y), 60, 1)
    for x in (20, 90, 120):
        cv2.line(page, (x, 100), (x, 190), 60, 1)
    folder = library(
        TABLE,
    )
    (folder / "exam" / "sheet.png").write_bytes(encoded(page))
    (files,) = load(folder)
    first = form_of(files).pages[0].fields[0].places[0]
    assert first == pytest.approx(np.array([[20, 120], [90, 120], [90, 160], [20, 160]]), abs=1.5)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pages: [", "not valid YAML: "),
        ("pages:\n\t- a", "not valid YAML: "),
        (b"pages: \xff", "not valid YAML: "),
        ("[" * 5000, "not valid YAML: too many lists"),
        ("!!python/object/apply:os.system [touch x]", "not valid YAML: "),
        ("{[1]: 2}", "not valid YAML: "),
        ("a: 2024-13-45", "not valid YAML: "),
        ("pages: &a [*a]", "pages[0]: Expected a section of keys"),
        ("", "the file: Expected a section of keys, got nothing"),
        ("2024-01-01: 3", "the file: "),
        ("pages: []", "pages: "),
        ("pages: []\npages: []", "line 2: the key pages stands twice"),
    ],
)
def test_what_is_no_template_is_refused(library: Made, text: str | bytes, reason: str) -> None:
    assert refusal(library(text=text)).startswith(reason)


def test_a_key_that_stands_twice_is_refused(library: Made) -> None:
    twice = "{name: a, name: b, type: number, box: [1, 2, 3, 4]}"
    assert refusal(library(NUMBER, twice)) == "line 5: the key name stands twice in a section."
    twice = "{name: a, type: choice, boxes: {A: [1, 2, 3, 4], B: [1, 2, 3, 4], A: [9, 9, 9, 9]}}"
    assert refusal(library(twice)) == "line 4: the key A stands twice in a section."


def test_yaml_that_unfolds_without_end_is_refused_at_once(library: Made) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    start = time.perf_counter()
    refusal(library(text=f"a0: &a0 [x]\n{levels}pages: [*a29]"))
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    "name",
    ["../sheet.png", "..", ".", "a/sheet.png", "./sheet.png", "/etc/passwd", "'#2'", r'"a\0b"'],
)
def test_a_name_that_leaves_the_folder_is_refused(library: Made, name: str) -> None:
    (library(NUMBER) / "sheet.png").write_bytes(SHEET)
    message = refusal(library(NUMBER, reference=name))
    assert message.startswith("pages[0].reference: ")
    assert "give the name of a file beside form.yaml" in message
    if name != "'#2'":
        message = refusal(library(DIGITS.replace("roster.csv", name)))
        assert message.startswith("the list of a: ")
        assert "give the name of a file beside form.yaml" in message


def test_what_is_not_there_is_refused(library: Made) -> None:
    message = refusal(library(NUMBER, reference="other.png"))
    assert message.startswith("pages[0].reference: ")
    assert message.endswith("other.png cannot be read: No such file or directory.")
    message = refusal(library(DIGITS))
    assert message.endswith("roster.csv cannot be read: No such file or directory.")
    folder = library(NUMBER)
    (folder / "exam" / "form.yaml").unlink()
    (folder / "exam" / "form.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"form\.yaml cannot be read: Is a directory"):
        load(folder)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"hello", "not_an_image"), (b"", "empty"), (SHEET[:200], "truncated")]
)
def test_a_reference_that_is_no_image_is_refused(
    library: Made, content: bytes, reason: str
) -> None:
    folder = library(NUMBER, reference="broken.png", broken_png=content)
    expected = f"pages[0].reference: broken.png: cannot be read as an image: {reason}."
    assert refusal(folder) == expected


def several_pages(form: str) -> bytes:
    pages = [Image.fromarray(np.full((300, 200 + 50 * number), 230, np.uint8)) for number in (0, 1)]
    options = {"save_all": True, "append_images": pages[1:]}
    return encoded(pages[0], form, **options)


@pytest.mark.parametrize("form", ["TIFF", "PDF"])
def test_a_page_of_a_file_is_named_by_its_number(library: Made, form: str) -> None:
    if form == "PDF":
        pytest.importorskip("pypdfium2")
    content = several_pages(form)
    widths = []
    for reference in ("exam.file", "exam.file#1", "exam.file#2"):
        (files,) = load(library(NUMBER, reference=reference, exam_file=content))
        widths.append(form_of(files).pages[0].reference.gray.shape[1])
    assert widths[0] == widths[1] < widths[2]
    for number in ("0", "3", "999999"):
        folder = library(NUMBER, reference=f"exam.file#{number}", exam_file=content)
        assert refusal(folder).endswith(f"exam.file#{number}: has no page {number}.")
    for wrong in ("x", "-1", "1.5", "²", "1" * 5000):
        folder = library(NUMBER, reference=f"exam.file#{wrong}", exam_file=content)
        assert refusal(folder).endswith("a page is named like exam.pdf#2.")


@pytest.mark.parametrize("box", ["[1, 2, 210, 40]", "[1, 290, 30, 40]", "[500, 500, 3, 3]"])
def test_a_box_that_is_not_on_the_reference_is_refused(library: Made, box: str) -> None:
    message = refusal(library(NUMBER, NUMBER.replace("[1, 2, 30, 40]", box).replace("a,", "b,")))
    assert message.startswith("pages[0].fields[1].box: ")
    assert message.endswith("is not on the reference, which has 200×300 pixels.")
    choice = f"{{name: c, type: choice, boxes: {{A: [1, 2, 3, 4], B: {box}}}}}"
    assert refusal(library(choice)).startswith("pages[0].fields[0].boxes.B: ")


def test_a_box_may_be_the_whole_reference(library: Made) -> None:
    load(library(NUMBER.replace("[1, 2, 30, 40]", "[0, 0, 200, 300]")))


@pytest.mark.parametrize(
    ("content", "values"),
    [
        (b"001\n002\n", ("001", "002")),
        (b"id\n001\n002\n", ("001", "002")),
        (b"id,name\n001,A\n002,B\n", ("001", "002")),
        (b"id;name\n001;A,B\n002;C\n", ("001", "002")),
        (b"id\tname\r\n001\tA\r\n", ("001",)),
        ("Schüler;Straße\n001;ä\n".encode("cp1252"), ("001",)),
        ("\ufeff001\n".encode(), ("001",)),
        ("id\n001\n".encode("utf-16"), ("001",)),
        (b'"001","A, B"\n"002",C\n', ("001", "002")),
        (b"001\r002\r", ("001", "002")),
        (b"\n\n 001 \n\n,x\n001\n", ("001",)),
        (b"001\nAnna\n12345\n", ("001", "Anna", "12345")),
        (b"sep=;\r\nid;name\r\n001;Lovelace, Ada\r\n;\r\n", ("001",)),
        (b'"id", "name"\n"001", "Ada"\n,\n', ("001",)),
        ("id\tname\n001\tAda\n".encode("utf-16-le"), ("001",)),
    ],
)
def test_a_list_is_the_first_column_of_a_csv(
    library: Made, content: bytes, values: tuple[str, ...]
) -> None:
    (files,) = load(library(DIGITS, roster_csv=content))
    assert dict(files.lists) == {"roster.csv": values}
    assert form_of(files).pages[0].fields[0].known.values == values


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "has no values in its first column"),
        (b"id\n", "has no values in its first column"),
        (b",001\n,002\n", "has no values in its first column"),
        (b"name,id\nAnna,001\nBob,002\n", "nothing in its first column can be a value"),
        (b"1234\n5678\n", "nothing in its first column can be a value"),
        ("²\n١٢\n".encode(), "nothing in its first column can be a value"),
        (b'"001\n002\n', "is no CSV"),
        (b"0" * 200_000, "is no CSV"),
    ],
)
def test_a_list_without_values_is_refused(library: Made, content: bytes, reason: str) -> None:
    message = refusal(library(DIGITS, roster_csv=content))
    assert message.startswith("the list of a: roster.csv: ")
    assert reason in message
    table = "{name: t, type: table, box: [1, 2, 3, 4], rows: 1, columns: [COLUMN]}"
    column = "{name: a, type: digits, length: 3, list: roster.csv}"
    message = refusal(library(table.replace("COLUMN", column), roster_csv=content))
    assert message.startswith("the list of t: roster.csv: ")


CHECKED = (
    NUMBER,
    "{name: b, type: checkbox, box: [1, 2, 30, 40]}",
    "{name: c, type: image, box: [1, 2, 30, 40]}",
    "{name: d, type: choice, boxes: {A: [1, 2, 30, 40], '2': [1, 2, 30, 40]}}",
    "{name: e, type: choice, boxes: {'1': [1, 2, 30, 40], '2': [1, 2, 30, 40]}}",
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a == z", "there is no field z"),
        ("a = 1", "is not understood at character 3"),
        ("a == b", "checks are of numbers, and b has none"),
        ("a == c", "checks are of numbers, and c has none"),
        ("a == d", "checks are of numbers, and d has none"),
    ],
)
def test_a_check_that_cannot_be_is_refused(library: Made, text: str, reason: str) -> None:
    message = refusal(library(*CHECKED, more=f"checks: [a == e, {text}]"))
    assert message.startswith("checks[1]: ")
    assert reason in message


def test_a_check_of_fields_on_several_pages_is_refused(library: Made) -> None:
    page = "  - reference: sheet.png\n    fields: [{{name: {}, type: number, box: [1, 2, 3, 4]}}]\n"
    text = "pages:\n" + page.format("a") + page.format("b")
    load(library(text=text + "checks: [a == 1, b == 1]"))
    message = refusal(library(text=text + "checks: [a == 1, a == b]"))
    assert message.startswith("checks[1]: its fields are on several pages")


def test_whatever_changes_a_form_changes_its_hash(library: Made) -> None:
    other = encoded(sheets.form(1)[:300, :200])
    seen = set()

    def add(**changed: object) -> None:
        keys: dict[str, object] = {"roster_csv": b"001\n002\n", "other_png": SHEET} | changed
        fields = keys.pop("fields", (DIGITS,))
        folder = library(*fields, **keys)  # type: ignore[misc]
        (files,) = load(folder)
        assert load(folder)[0].sha256 == files.sha256
        assert len(files.sha256) == 64
        seen.add(files.sha256)

    add()
    add(fields=(DIGITS.replace("40]", "41]"),))
    add(fields=(DIGITS.replace("name: a", "name: b"),))
    add(fields=(DIGITS.replace("length: 3", "length: 4"),))
    add(fields=(DIGITS.replace("{", "{required: true, "),))
    add(roster_csv=b"001\n003\n")
    add(roster_csv=b"002\n001\n")
    add(more="checks: [a == 1]")
    add(more="wrong_sums: 0.5")
    add(reference="other.png")
    add(reference="other.png", other_png=other)
    add(reference="other.png#1", other_png=other)
    assert len(seen) == 12


def test_the_name_of_a_form_and_the_number_of_a_page_change_its_hash(library: Made) -> None:
    (one,) = load(library(NUMBER))
    hashes = {
        FormFiles(name, one.template, references, one.lists).sha256
        for name in ("exam", "other")
        for references in ((), ((b"x", 1),), ((b"x", 2),), ((b"x", 1), (b"x", 1)), ((b"y", 1),))
    }
    assert len(hashes) == 10


def test_files_are_a_form_by_themselves(library: Made, tmp_path: Path) -> None:
    (files,) = load(library(DIGITS, roster_csv=b"001\n"))
    for file in (tmp_path / "forms" / "exam").iterdir():
        file.unlink()
    assert [field.name for field in form_of(files).pages[0].fields] == ["a"]
    broken = FormFiles(files.name, files.template, ((b"x", 1),), files.lists)
    with pytest.raises(ConfigError, match=r"^exam/form\.yaml: pages\[0\]\.reference: "):
        form_of(broken)
