import copy
import datetime
import json
import math
import string
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from digitbox.errors import ConfigError
from digitbox.forms.template import (
    Checkbox,
    Choice,
    Column,
    Digits,
    Image,
    Number,
    Page,
    Table,
    Template,
    boxes,
    parse,
    rendered,
    schema,
)
from tests.conftest import ROOT

EXAMPLE = """
pages:
  - reference: sheet.png
    align: auto
    fields:
      - {name: student, type: digits, box: [812, 140, 640, 72], length: 8, cells: true, list: roster.csv, unique: true, required: true}
      - {name: q1, type: number, box: [300, 500, 120, 60], decimals: 1, min: 0, max: 10}
      - {name: absent, type: checkbox, box: [90, 610, 40, 40]}
      - {name: grade, type: choice, boxes: {A: [90, 700, 30, 30], B: [130, 700, 30, 30]}}
      - {name: marks, type: table, box: [80, 800, 1500, 900], rows: 15, columns: [quiz, midterm, {name: final, decimals: 1}]}
      - {name: signature, type: image, box: [900, 1800, 500, 120]}
checks:
  - sum(marks.*.quiz) == q1
"""  # noqa: E501

NUMBER = {"name": "q1", "type": "number", "box": [1, 2, 3, 4]}
DIGITS = {"name": "id", "type": "digits", "box": [1, 2, 3, 4]}
CHOICE: dict[str, Any] = {
    "name": "c",
    "type": "choice",
    "boxes": {"A": [1, 2, 3, 4], "B": [9, 2, 3, 4]},
}
TABLE = {"name": "t", "type": "table", "box": [1, 2, 3, 4], "rows": 2, "columns": ["a", "b"]}


def form(*fields: Any, **keys: Any) -> dict[str, Any]:
    """What YAML makes of a form of one page."""
    return {"pages": [{"reference": "sheet.png", "fields": list(fields)}], **keys}


def refusal(content: Any) -> str:
    """What ``form.yaml: `` is refused with."""
    with pytest.raises(ConfigError) as error:
        parse(content, "form.yaml")
    message = str(error.value)
    assert message.startswith("form.yaml: ")
    assert message.endswith(".")
    # Nothing of how msgspec calls things.
    for word in ("array", "object", "`str", "`int", "`float", "`bool", "null", "NoneType", "regex"):
        assert word not in message
    return message.removeprefix("form.yaml: ")


def test_the_example_is_read() -> None:
    template = parse(yaml.safe_load(EXAMPLE), "form.yaml")
    (page,) = template.pages
    student, q1, absent, grade, marks, signature = page.fields
    assert isinstance(student, Digits)
    assert (student.digits, student.cells, student.values) == ((8, 8), True, "roster.csv")
    assert student.unique
    assert student.required
    assert isinstance(q1, Number)
    assert (q1.decimals, q1.least, q1.most, q1.digits) == (1, 0, 10, (1, 40))
    assert isinstance(absent, Checkbox)
    assert isinstance(grade, Choice)
    assert boxes(grade) == {"boxes.A": (90, 700, 30, 30), "boxes.B": (130, 700, 30, 30)}
    assert isinstance(marks, Table)
    assert [column.name for column in marks.described] == ["quiz", "midterm", "final"]
    assert marks.described[2] == Column(name="final", decimals=1)
    assert isinstance(signature, Image)
    assert boxes(signature) == {"box": (900, 1800, 500, 120)}
    assert template.checks == ("sum(marks.*.quiz) == q1",)


def test_names_are_those_of_fields_and_of_cells_row_by_row() -> None:
    template = parse(yaml.safe_load(EXAMPLE), "form.yaml")
    names = list(template.names())
    assert names[:5] == ["student", "q1", "absent", "grade", "marks.1.quiz"]
    assert names[5:8] == ["marks.1.midterm", "marks.1.final", "marks.2.quiz"]
    assert len(names) == 4 + 45  # a signature is not read


@pytest.mark.parametrize(
    ("content", "key", "reason"),
    [
        (form(NUMBER | {"nam": 1}), "pages[0].fields[0].nam", "no such key here; `name` may be"),
        (form(NUMBER | {"boxes": {}}), "pages[0].fields[0].boxes", "no such key here."),
        (form(NUMBER, chekcs=[]), "chekcs", "`checks` may be meant"),
        ({"pages": [{"reference": "a", "feilds": []}]}, "pages[0].feilds", "`fields` may be meant"),
        (form(DIGITS | {"decimals": 1}), "pages[0].fields[0].decimals", "no such key here."),
        (form({"name": "a"}), "pages[0].fields[0].type", "is missing"),
        ({"pages": [{}]}, "pages[0].reference", "is missing"),
        ({}, "pages", "is missing"),
        (None, "the file", "Expected a section of keys, got nothing"),
        ([], "the file", "Expected a section of keys, got a list in brackets"),
        ({1: 2}, "the file", "a key is text; write it in quotes"),
        (form("x"), "pages[0].fields[0]", "Expected a section of keys, got text"),
        ({"pages": []}, "pages", "a list in brackets of 1 entries or more"),
        (form(NUMBER, checks="a == b"), "checks", "a list in brackets, got text"),
        (form(NUMBER, wrong_sums=0), "wrong_sums", "> 0"),
        (form(NUMBER, wrong_sums=math.nan), "wrong_sums", "a number"),
        ({"pages": [{"reference": ""}]}, "pages[0].reference", "text, not empty"),
        (
            {"pages": [{"reference": "a", "align": "no"}]},
            "pages[0].align",
            "Expected auto, markers or none, got 'no'",
        ),
        (form(NUMBER | {"type": "nr"}), "pages[0].fields[0].type", "digits, number, checkbox"),
        (form(NUMBER | {"type": None}), "pages[0].fields[0].type", "digits, number, checkbox"),
        (
            form(NUMBER | {"name": 3}),
            "pages[0].fields[0].name",
            "Expected text, got a whole number",
        ),
        (form(NUMBER | {"cells": 1}), "pages[0].fields[0].cells", "true or false, got a whole"),
        (form(NUMBER | {"min": "a"}), "pages[0].fields[0].min", "a number or nothing, got text"),
        (form(NUMBER | {"length": "8"}), "pages[0].fields[0].length", "a whole number"),
        (
            form(NUMBER | {"decimals": 11}),
            "pages[0].fields[0].decimals",
            "from 0 to 10, or written",
        ),
        (form(NUMBER | {"decimals": "no"}), "pages[0].fields[0].decimals", "or written, got 'no'"),
        (form(NUMBER | {"list": datetime.date(2024, 1, 2)}), "pages[0].fields[0].list", "text"),
        (form(TABLE | {"rows": 0}), "pages[0].fields[0].rows", ">= 1"),
        (form(TABLE | {"rows": 10**30}), "pages[0].fields[0].rows", ""),
        (form(TABLE | {"columns": []}), "pages[0].fields[0].columns", "1 entries or more"),
        (form(TABLE | {"columns": [{"nam": 1}]}), "pages[0].fields[0].columns[0].nam", "`name`"),
        (
            form(TABLE | {"columns": [{"name": "a", "type": "choice"}]}),
            "pages[0].fields[0].columns[0].type",
            "Expected number or digits, got 'choice'",
        ),
        (form(CHOICE | {"boxes": {"A": [1, 2, 3, 4]}}), "pages[0].fields[0].boxes", "2 entries or"),
        (
            form(CHOICE | {"boxes": {1: [1, 2, 3, 4], 2: [1, 2, 3, 4]}}),
            "pages[0].fields[0].boxes",
            "write it in quotes",
        ),
        (form(CHOICE | {"boxes": CHOICE["boxes"] | {"": [1, 2, 3, 4]}}), "pages[0]", "not empty"),
    ],
)
def test_what_is_no_template_is_refused_with_its_key_and_a_plain_reason(
    content: Any, key: str, reason: str
) -> None:
    message = refusal(content)
    assert message.startswith(key)
    assert reason in message


@pytest.mark.parametrize(
    ("box", "where", "reason"),
    [
        ([1, 2, 3], "box", "a list in brackets of 4 entries, got 3"),
        ([1, 2, 3, 4, 5], "box", "of 4 entries, got 5"),
        ("1 2 3 4", "box", "a list in brackets, got text"),
        ([1, 2, 3, "4"], "box[3]", "a number, got text"),
        ([-1, 2, 3, 4], "box", "no box: x and y are 0 or more"),
        ([1, -0.5, 3, 4], "box", "no box"),
        ([1, 2, 0, 4], "box", "no box"),
        ([1, 2, 3, 0.5], "box", "no box"),
        ([1, 2, math.nan, 4], "box", "no box"),
        ([math.nan, 2, 3, 4], "box", "no box"),
        ([1, 2, math.inf, 4], "box", "no box"),
        ([1, 2, 3, 1e300], "box", "no box"),
        ([1, 2, 3, 10**400], "box[3]", "out of range"),
    ],
)
def test_what_is_no_box_is_refused(box: Any, where: str, reason: str) -> None:
    message = refusal(form(NUMBER, DIGITS | {"box": box}))
    assert message.startswith(f"pages[0].fields[1].{where}: ")
    assert reason in message
    message = refusal(form(CHOICE | {"boxes": {"A": [1, 2, 3, 4], "B": box}}))
    assert message.startswith(f"pages[0].fields[0].boxes.B{where.removeprefix('box')}: ")


@pytest.mark.parametrize(
    "name", ["1a", "a b", "", "a.b", "a-b", "*", "a\n", "ab\n", "a\nb", "e\u0301", "a" * 65]
)
def test_a_name_that_cannot_stand_in_a_check_is_refused(name: str) -> None:
    expected = "64 characters" if len(name) > 64 else "letters, digits and underscores"
    assert expected in refusal(form(NUMBER | {"name": name}))
    assert expected in refusal(form(TABLE | {"columns": [name]}))


@pytest.mark.parametrize("name", ["a", "_a", "q1", "é", "Überschuß", "数", "sum", "a" * 64])
def test_names_may_have_letters_of_any_language(name: str) -> None:
    assert list(parse(form(NUMBER | {"name": name}), "x").names()) == [name]


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"cells": True}, "Expected `length`, the number of cells"),
        ({"cells": True, "length": [2, 3]}, "Expected `length`, the number of cells"),
        ({"length": 0}, "Expected `length` to be 1 to 40"),
        ({"length": -1}, "Expected `length` to be 1 to 40"),
        ({"length": 41}, "Expected `length` to be 1 to 40"),
        ({"length": [3, 2]}, "the least before the most"),
        ({"length": [0, 2]}, "Expected `length` to be 1 to 40"),
        ({"filler": "x"}, "Expected `cells` to be true"),
        ({"filler": "x0", "cells": True, "length": 3}, "no digits"),
        ({"min": 3, "max": 2}, "Expected `min` to be `max` at most"),
        ({"min": math.nan}, "to be numbers"),
        ({"max": math.inf}, "to be numbers"),
        ({"min": -1}, "Expected `sign` to be true"),
        ({"max": -1}, "Expected `sign` to be true"),
        ({"cells": True, "length": 3, "sign": True}, "Expected no `sign` where `cells`"),
        ({"cells": True, "length": 3, "decimals": 3}, "Expected more cells than `decimals`"),
        ({"cells": True, "length": 3, "decimals": "written"}, "a number of `decimals`"),
        (
            {"cells": True, "length": 3, "decimals": 1, "list": "a.csv"},
            "Expected no values of a list where `cells` have `decimals`",
        ),
    ],
)
def test_what_cannot_hold_of_a_number_is_refused(extra: dict[str, Any], reason: str) -> None:
    message = refusal(form(NUMBER | extra))
    assert message.startswith("pages[0].fields[0]: ")
    assert reason in message
    message = refusal(form(TABLE | {"columns": ["a", {"name": "b"} | extra]}))
    assert message.startswith("pages[0].fields[0].columns[1]: ")


@pytest.mark.parametrize("extra", [{"sign": True}, {"min": 0}, {"max": 1}, {"decimals": 2}])
def test_a_column_of_digits_has_nothing_of_a_number(extra: dict[str, Any]) -> None:
    column = {"name": "a", "type": "digits"}
    assert "where `type` is digits" in refusal(form(TABLE | {"columns": [column | extra]}))
    parse(form(TABLE | {"columns": [column]}), "x")


def test_two_fields_of_one_name_are_refused_on_any_pages() -> None:
    message = refusal(form(NUMBER, DIGITS, NUMBER))
    assert message.startswith("pages[0].fields[2].name: another field has the name q1")
    two = form(NUMBER)
    two["pages"].append(copy.deepcopy(two["pages"][0]))
    assert refusal(two).startswith("pages[1].fields[0].name: ")


def test_two_columns_of_one_name_are_refused() -> None:
    message = refusal(form(TABLE | {"columns": ["a", "b", {"name": "a", "decimals": 1}]}))
    assert message.startswith("pages[0].fields[0].columns: two columns have the name a")


def test_a_table_has_a_largest_size() -> None:
    columns = [f"c{number}" for number in range(100)]
    parse(form(TABLE | {"columns": columns, "rows": 200}), "x")
    assert "20,000 cells" in refusal(form(TABLE | {"columns": columns, "rows": 201}))


def test_a_template_is_hashable_but_for_its_choices_and_cannot_be_changed() -> None:
    template = parse(form(NUMBER), "x")
    assert hash(template) == hash(parse(form(NUMBER), "y"))
    with pytest.raises(AttributeError):
        template.checks = ("a == b",)  # type: ignore[misc]


NAMES = st.text(string.ascii_letters + "_éß数", min_size=1, max_size=20)
SIDES = st.floats(1, 99_999) | st.integers(1, 99_999).map(float)
BOXES = st.tuples(SIDES, SIDES, SIDES, SIDES)
# YAML has no surrogates.
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
SPECIAL = st.sampled_from(
    ["null", "~", "true", "012", "1e3", "2024-01-02", "a: b", "# a", "-", " "]
)
WORDS = TEXTS | SPECIAL


@st.composite
def fields(draw: st.DrawFn, name: str) -> Any:
    box = draw(BOXES)
    known: dict[str, Any] = {
        "length": draw(st.none() | st.integers(1, 40) | st.just((2, 40))),
        "values": draw(st.none() | WORDS),
        "unique": draw(st.booleans()),
        "required": draw(st.booleans()),
    }
    numeric: dict[str, Any] = known | {
        "decimals": draw(st.integers(0, 10) | st.just("written")),
        "sign": True,
        "least": draw(st.none() | st.floats(-1e9, 0)),
        "most": draw(st.none() | st.floats(0, 1e30)),
    }
    columns = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    first = Column(name="first column".replace(" ", "1"), **numeric)
    return draw(
        st.sampled_from(
            [
                Digits(name=name, box=box, **known),
                Digits(name=name, box=box, **known | {"length": 3}, cells=True, filler="x-:#"),
                Number(name=name, box=box, **numeric),
                Checkbox(name=name, box=box, required=True),
                Choice(name=name, boxes={draw(WORDS): box, "another label": draw(BOXES)}),
                Table(name=name, box=box, rows=3, columns=(first, *columns), header=1),
                Image(name=name, box=box),
            ]
        )
    )


@st.composite
def templates(draw: st.DrawFn) -> Template:
    names = iter(draw(st.lists(NAMES, min_size=6, max_size=6, unique=True)))
    pages = tuple(
        Page(
            reference=draw(WORDS),
            align=draw(st.sampled_from(["auto", "markers", "none"])),
            fields=tuple(draw(fields(next(names))) for _ in range(draw(st.integers(0, 3)))),
        )
        for _ in range(draw(st.integers(1, 2)))
    )
    checks = tuple(draw(st.lists(TEXTS | st.just("a" * 12_000 + " ==\n b"), max_size=2)))
    return Template(pages=pages, checks=checks, wrong_sums=draw(st.floats(1e-12, 0.999)))


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(templates())
def test_what_is_rendered_is_parsed_as_it_was(template: Template) -> None:
    assert parse(yaml.safe_load(rendered(template)), "x") == template


def test_rendered_is_one_line_a_field_as_people_write_it() -> None:
    text = rendered(parse(yaml.safe_load(EXAMPLE), "form.yaml"))
    assert parse(yaml.safe_load(text), "x") == parse(yaml.safe_load(EXAMPLE), "x")
    assert "      - {name: absent, type: checkbox, box: [90, 610, 40, 40]}\n" in text
    assert "decimals: 1, min: 0, max: 10}" in text
    assert len(text.splitlines()) == len(EXAMPLE.strip().splitlines()) - 1  # align is the default


def schema_accepts(content: Any) -> bool:
    return jsonschema.Draft202012Validator(schema()).is_valid(content)


def test_the_schema_is_one_and_accepts_the_example() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema_accepts(yaml.safe_load(EXAMPLE))
    assert schema_accepts(yaml.safe_load(rendered(parse(yaml.safe_load(EXAMPLE), "x"))))


@pytest.mark.parametrize(
    "content",
    [
        {},
        form(NUMBER | {"nam": 1}),
        form(NUMBER | {"box": [1, 2, 3]}),
        form(NUMBER | {"box": [1, 2, 3, 4, 5]}),
        form(NUMBER | {"type": "nr"}),
        form(NUMBER | {"name": "a b"}),
        form(NUMBER | {"name": "a\n"}),
        form(NUMBER | {"decimals": 11}),
        form(CHOICE | {"boxes": {"": [1, 2, 3, 4], "A": [1, 2, 3, 4]}}),
        form(TABLE | {"columns": []}),
        form(NUMBER, wrong_sums=1),
    ],
)
def test_the_schema_refuses_what_is_refused(content: Any) -> None:
    assert not schema_accepts(content)
    refusal(content)


def test_the_published_schema_is_that_of_the_code() -> None:
    published = (ROOT / "docs" / "form.schema.json").read_text("utf-8")
    made = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    assert published == made, "make it anew: json.dumps(template.schema(), indent=2)"
