import json
from collections.abc import Callable
from typing import Any

import pytest

from digitbox.errors import InputError
from digitbox.forms.imports import Drawn, drawn, fitted
from digitbox.forms.template import (
    Checkbox,
    Choice,
    Digits,
    Field,
    Image,
    Number,
    Page,
    Table,
    Template,
    parse,
    rendered,
)

Box = tuple[str, float, float, float, float]
"""A label, x, y, width and height, on a picture of 800×1000 pixels."""

TOTAL: Box = ("total", 100, 200, 160, 50)


def labelme(*boxes: Box) -> bytes:
    shapes = [
        {"label": label, "shape_type": "rectangle", "points": [[x + wide, y], [x, y + high]]}
        for label, x, y, wide, high in boxes
    ]
    page = {"imagePath": "page.png", "imageWidth": 800, "imageHeight": 1000, "version": "5.4.1"}
    return json.dumps({"shapes": shapes, "flags": {}, **page}).encode()


def label_studio(*boxes: Box, **more: Any) -> bytes:
    result = [
        {
            "type": "rectanglelabels",
            "original_width": 800,
            "original_height": 1000,
            "value": {
                "x": x / 8,
                "y": y / 10,
                "width": wide / 8,
                "height": high / 10,
                "rotation": 0,
                "rectanglelabels": [label],
            },
            **more,
        }
        for label, x, y, wide, high in boxes
    ]
    task = {"id": 1, "data": {"image": "page.png"}, "annotations": [{"result": result}]}
    return json.dumps([task]).encode()


def cvat(*boxes: Box) -> bytes:
    lines = "".join(
        f'<box label="{label}" xtl="{x}" ytl="{y}" xbr="{x + wide}" ybr="{y + high}" occluded="0">'
        "</box>"
        for label, x, y, wide, high in boxes
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>'
        "<meta><task><labels><label><name>total</name></label></labels></task></meta>"
        f'<image id="0" name="page.png" width="800" height="1000">{lines}</image></annotations>'
    ).encode()


FORMATS = pytest.mark.parametrize("written", [labelme, label_studio, cvat])


def fields(*boxes: Box, written: Callable[..., bytes] = labelme) -> tuple[Field, ...]:
    (picture,) = drawn(written(*boxes), "fields.json")
    return picture.fields


@FORMATS
def test_rectangles_are_numbers_in_pixels_of_the_picture(written: Callable[..., bytes]) -> None:
    (picture,) = drawn(written(TOTAL), "fields.json")
    assert (picture.image, picture.width, picture.height) == ("page.png", 800, 1000)
    assert picture.fields == (Number(name="total", box=(100, 200, 160, 50)),)


@FORMATS
def test_a_label_says_of_which_type_a_field_is(written: Callable[..., bytes]) -> None:
    box = TOTAL[1:]
    labels = ("digits:student:8", "Checkbox: absent", "image:signature", "table:marks:30x2")
    choice = (("choice:grade:A", *box), ("choice:grade:B", *box))
    found = fields(*((label, *box) for label in labels), *choice, written=written)
    assert found == (
        Digits(name="student", box=box, length=8, cells=True),
        Checkbox(name="absent", box=box),
        Image(name="signature", box=box),
        Table(name="marks", box=box, rows=30, columns=("column_1", "column_2")),
        Choice(name="grade", boxes={"A": box, "B": box}),
    )
    page = Page(reference="sheet.png", fields=found)
    import yaml

    assert parse(yaml.safe_load(rendered(Template(pages=(page,)))), "form.yaml").pages == (page,)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Total points", "Total_points"),
        ("1. Aufgabe", "field_1_Aufgabe"),
        ("Größe", "Größe"),
        ("a:b", "a_b"),
        ("", "field"),
        ("!?", "field"),
        ("x" * 90, "x" * 56),
        ("_x", "x"),
    ],
)
def test_of_a_label_that_is_no_name_a_name_is_made(label: str, name: str) -> None:
    (field,) = fields((label, *TOTAL[1:]))
    assert field.name == name


def test_equal_names_are_told_apart_on_all_pictures() -> None:
    box = TOTAL[1:]
    labels = ("total", "total", "total_2", "total")
    found = fields(*((label, *box) for label in labels))
    assert [field.name for field in found] == ["total", "total_2", "total_2_2", "total_3"]
    tasks = json.loads(label_studio(TOTAL)) * 2
    pictures = drawn(json.dumps(tasks).encode(), "fields.json")
    assert [one.name for picture in pictures for one in picture.fields] == ["total", "total_2"]


def test_what_lies_beyond_the_picture_is_cut_off() -> None:
    (field,) = fields(("total", -20, 960, 120, 90))
    assert field == Number(name="total", box=(0, 960, 100, 40))


def test_cvat_may_be_written_in_another_encoding() -> None:
    text = cvat(("Größe", *TOTAL[1:])).decode().replace("utf-8", "utf-16")
    (picture,) = drawn(text.encode("utf-16"), "fields.xml")
    assert picture.fields[0].name == "Größe"


def test_of_several_annotators_the_first_who_did_not_skip_counts() -> None:
    (task,) = json.loads(label_studio(TOTAL))
    other = json.loads(label_studio(("other", *TOTAL[1:])))[0]["annotations"][0]
    task["annotations"] = [{"was_cancelled": True, **other}, *task["annotations"], other]
    (picture,) = drawn(json.dumps([task]).encode(), "fields.json")
    assert [field.name for field in picture.fields] == ["total"]


def test_a_picture_without_rectangles_keeps_its_place() -> None:
    tasks = [*json.loads(label_studio()), *json.loads(label_studio(TOTAL))]
    pictures = drawn(json.dumps(tasks).encode(), "fields.json")
    assert [len(picture.fields) for picture in pictures] == [0, 1]


def polygon() -> bytes:
    return labelme(TOTAL).replace(b'"rectangle"', b'"polygon"')


ENTITY = cvat(TOTAL).replace(
    b"<annotations>", b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><annotations>'
)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no valid JSON or XML"),
        (b"\x89PNG", "no valid JSON or XML"),
        (b"[" * 100_000, "no valid JSON or XML"),
        (b"{}", "annotations is missing"),
        (b"[]", "no rectangles"),
        (b"5", "a list was expected"),
        (b"[5]", "annotations is missing"),
        (b'{"shapes": 5}', "a list was expected"),
        (b'{"shapes": [5]}', "shape_type is missing"),
        (labelme(), "no rectangles"),
        (label_studio(), "no rectangles"),
        (cvat(), "no rectangles"),
        (polygon(), "draw rectangles"),
        (labelme(TOTAL).replace(b"800", b"0"), "the size of the picture was expected"),
        (labelme(TOTAL).replace(b"[100,", b'["x",'), "a number was expected"),
        (labelme(TOTAL).replace(b"[[", b"[[1, 1], ["), "2 or 4 points"),
        (label_studio(TOTAL).replace(b'"rotation": 0', b'"rotation": 30'), "draw it upright"),
        (label_studio(TOTAL, original_width=None), "the size of the picture"),
        (cvat(TOTAL)[:-5], "no valid XML"),
        (cvat(TOTAL).replace(b"box", b"polygon"), "draw boxes"),
        (cvat(TOTAL).replace(b'xtl="100"', b'xtl="nan"'), "a number was expected"),
        (cvat(TOTAL).replace(b"occluded", b'rotation="20.0" occluded'), "draw it upright"),
        (b"<html></html>", "begins with <html>"),
        (b"<annotations></annotations>", "has no <image>"),
        (ENTITY, "DOCTYPE"),
        (labelme(("total", 900, 200, 50, 50)), "at least one pixel"),
        (labelme(("table:marks", 1, 1, 50, 50)), "table:marks:30x4"),
        (labelme(("table:marks:900x4", 1, 1, 50, 50)), "table:marks:30x4"),
        (labelme(("digits:id:99", 1, 1, 50, 50)), "1 to 40 cells"),
        (labelme(("choice:grade:A", 1, 1, 50, 50)), "at least two boxes"),
        (labelme(("choice:grade", 1, 1, 50, 50)), "choice:grade:A"),
        (labelme(*(2 * (("choice:grade:A", 1, 1, 50, 50),))), "another one for each"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_was_expected(content: bytes, says: str) -> None:
    with pytest.raises(InputError) as raised:
        drawn(content, "fields.json")
    assert str(raised.value).startswith("fields.json: ")
    assert says in str(raised.value)


def test_entities_of_a_document_are_not_read() -> None:
    content = ENTITY.replace(b'label="total"', b'label="&e;"')
    with pytest.raises(InputError, match="DOCTYPE"):
        drawn(content, "fields.xml")


def test_fields_are_fitted_to_a_page_of_another_size() -> None:
    box = (100.0, 200.0, 160.0, 50.0)
    one = Drawn("", 800, 1000, (Number(name="a", box=box), Choice(name="b", boxes={"A": box})))
    number, choice = fitted(one, (2000, 1600), "fields.json")
    assert number == Number(name="a", box=(200, 400, 320, 100))
    assert choice == Choice(name="b", boxes={"A": (200, 400, 320, 100)})


@pytest.mark.parametrize(("height", "fits"), [(2000, True), (2030, True), (2050, False)])
def test_a_picture_of_another_shape_is_refused(height: int, fits: bool) -> None:
    one = Drawn("page.png", 800, 1000, (Number(name="a", box=(1, 1, 9, 9)),))
    if fits:
        fitted(one, (height, 1600), "fields.json")
    else:
        with pytest.raises(InputError, match=r"fields.json: page.png has 800×1000 pixels"):
            fitted(one, (height, 1600), "fields.json")
