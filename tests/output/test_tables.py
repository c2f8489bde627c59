import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from digitbox.box import Box
from digitbox.output.tables import COLUMNS, timestamp, to_csv, to_json
from digitbox.records import (
    Alternative,
    Batch,
    Digit,
    Line,
    Reading,
    Reason,
    Row,
    Source,
    Status,
    is_value,
)
from digitbox.storage.names import printable
from tests.schema import PUBLISHED, check

MOMENT = datetime(2026, 1, 31, 12, 0, 2, 999_999, tzinfo=UTC)
DIGIT = Digit(7, 0.9991, (0.0,) * 7 + (0.9991, 0.0, 0.0009), Box(1, 2, 3, 4))
READINGS = [
    Reading(1, Status.ACCEPTED, None, "7", 0.9991, 20, 30, (DIGIT,)),
    Reading(2, Status.REVIEW, Reason.SEVERAL_MARKS, "7", 0.5, 20, 30, (DIGIT, DIGIT)),
    Reading(3, Status.BLANK, width=20, height=30),
    Reading(4, Status.NOT_DIGIT, width=20, height=30, digits=(DIGIT,)),
    *(Reading.failed(reason) for reason in list(Reason)[2:]),
]
NUMBERS = ["0417", "7,300", "1234567890123456", "-3", "-12.50", "12 345", "-3 -4"]
"""What a spreadsheet that guesses would change."""


def number(value: str) -> Reading:
    """A page that says ``value``."""
    alternatives = (Alternative(value, 0.9), Alternative("1" + value.lstrip("-"), 0.0312))
    lines = tuple(Line(line, 0.9, DIGIT.box) for line in value.split(" "))
    return Reading(
        1,
        Status.REVIEW,
        Reason.SEVERAL_LINES if len(lines) > 1 else Reason.LOW_CONFIDENCE,
        value,
        0.9,
        20,
        30,
        (DIGIT,) * sum(character.isdigit() for character in value),
        alternatives,
        lines if len(lines) > 1 else (),
    )


def batch(*readings: Reading, name: str = "a.png") -> Batch:
    rows = tuple(
        Row(f"r-{number}", Source("in", name), reading, "ab" * 32, "cnn-1", MOMENT)
        for number, reading in enumerate(readings, start=1)
    )
    return Batch("b-0001", "cnn-1", rows)


def parsed(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_the_columns_stand_as_they_were_published() -> None:
    assert ",".join(COLUMNS) == (
        "id,file,page,value,confidence,status,reason,model,sha256,width,height,read_at,replaces,"
        "form,field"
    )


def test_a_csv_row_has_all_that_is_known() -> None:
    content = to_csv(batch(READINGS[0]))
    assert content.splitlines()[0].decode() == ",".join(COLUMNS)
    assert content.splitlines()[1].decode() == (
        f"r-1,a.png,1,7,0.9991,accepted,,cnn-1,{'ab' * 32},20,30,2026-01-31T12:00:02Z,,,"
    )


def test_an_empty_batch_still_has_its_header() -> None:
    assert to_csv(batch()).decode() == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize(
    "reading", [*READINGS, *map(number, NUMBERS)], ids=lambda r: f"{r.status}-{r.reason}"
)
def test_the_json_fits_the_schema(reading: Reading) -> None:
    document = json.loads(to_json(batch(reading)))
    check(document)


@pytest.mark.parametrize(
    "change",
    [
        {"value": 7},
        {"value": "seven"},
        {"status": "sure"},
        {"reason": "bored"},
        {"confidence": 1.5},
        {"alternatives": [{"value": "7", "probability": 1.5}]},
        {"lines": [{"value": "7", "confidence": 1}]},
    ],
)
def test_the_schema_refuses_what_is_not_so(change: dict[str, Any]) -> None:
    document = json.loads(to_json(batch(READINGS[0])))
    document["readings"][0] |= change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(PUBLISHED).validate(document)


def test_fields_may_be_added_but_none_is_that_nobody_described() -> None:
    document = json.loads(to_json(batch(READINGS[0])))
    document["readings"][0]["extra"] = 1
    jsonschema.Draft202012Validator(PUBLISHED).validate(document)
    with pytest.raises(jsonschema.ValidationError):
        check(document)


def test_the_schema_knows_every_status_and_reason() -> None:
    fields = PUBLISHED["$defs"]["reading"]["properties"]
    assert fields["status"]["enum"] == list(Status)
    assert fields["reason"]["enum"] == [None, *Reason]


def test_csv_and_json_tell_the_same() -> None:
    whole = batch(*READINGS)
    for line, reading in zip(
        parsed(to_csv(whole)), json.loads(to_json(whole))["readings"], strict=True
    ):
        for column in COLUMNS:
            value = reading[column]
            if column == "confidence" and value is not None:
                assert float(line[column]) == value
            else:
                assert line[column] == ("" if value is None else str(value))


def test_the_json_has_what_else_a_page_may_say_and_each_line() -> None:
    document = json.loads(to_json(batch(number("12 345"))))
    (reading,) = document["readings"]
    assert reading["alternatives"] == [
        {"value": "12 345", "probability": 0.9},
        {"value": "112 345", "probability": 0.0312},
    ]
    box = {"x": 1, "y": 2, "width": 3, "height": 4}
    assert reading["lines"] == [
        {"value": "12", "confidence": 0.9, "box": box},
        {"value": "345", "confidence": 0.9, "box": box},
    ]


def test_a_file_of_before_there_were_numbers_fits_the_schema() -> None:
    document = json.loads(to_json(batch(READINGS[0])))
    del document["readings"][0]["alternatives"], document["readings"][0]["lines"]
    jsonschema.Draft202012Validator(PUBLISHED).validate(document)


@pytest.mark.parametrize("text", [*NUMBERS, "7", "1,5-", "--3", "3,", "", "7 ", "a"])
def test_the_schema_knows_values_as_the_records_do(text: str) -> None:
    (pattern,) = (
        part["then"]["properties"]["value"]["pattern"]
        for part in PUBLISHED["$defs"]["reading"]["allOf"]
        if "pattern" in part["then"]["properties"].get("value", {})
    )
    assert bool(re.search(pattern, text)) is is_value(text)


@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_stands_as_it_was_written(value: str) -> None:
    (line,) = parsed(to_csv(batch(number(value))))
    assert line["value"] == value
    (reading,) = json.loads(to_json(batch(number(value))))["readings"]
    assert reading["value"] == value


def test_a_value_that_is_no_number_is_no_formula() -> None:
    (line,) = parsed(to_csv(batch(number("-1+cmd|' /C calc'!A0"))))
    assert line["value"].startswith("'-")


@pytest.mark.parametrize("name", ["-3", "=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_name_is_a_formula(name: str) -> None:
    (line,) = parsed(to_csv(batch(READINGS[0], name=name)))
    assert line["file"] == "'" + name


def test_names_are_made_printable() -> None:
    assert printable("a\udcff\udce9b") == "a\\xff\\xe9b"
    assert printable(str(Path("a") / "b")) == "a/b"


def test_times_are_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert timestamp(datetime(2026, 1, 1, 1, 30, tzinfo=east)) == "2025-12-31T23:30:00Z"
