import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from digitbox.output.tables import COLUMNS, timestamp, to_csv, to_json
from digitbox.records import Batch, Box, Digit, Reading, Reason, Row, Source, Status
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
        "id,file,page,value,confidence,status,reason,model,sha256,width,height,read_at,replaces"
    )


def test_a_csv_row_has_all_that_is_known() -> None:
    content = to_csv(batch(READINGS[0]))
    assert content.splitlines()[0].decode() == ",".join(COLUMNS)
    assert content.splitlines()[1].decode() == (
        f"r-1,a.png,1,7,0.9991,accepted,,cnn-1,{'ab' * 32},20,30,2026-01-31T12:00:02Z,"
    )


def test_an_empty_batch_still_has_its_header() -> None:
    assert to_csv(batch()).decode() == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize("reading", READINGS, ids=lambda r: f"{r.status}-{r.reason}")
def test_the_json_fits_the_schema(reading: Reading) -> None:
    document = json.loads(to_json(batch(reading)))
    check(document)


@pytest.mark.parametrize(
    "change",
    [{"value": 7}, {"status": "sure"}, {"reason": "bored"}, {"confidence": 1.5}],
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


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_name_is_a_formula(name: str) -> None:
    (line,) = parsed(to_csv(batch(READINGS[0], name=name)))
    assert line["file"] == "'" + name


def test_names_are_made_printable() -> None:
    assert printable("a\udcff\udce9b") == "a\\xff\\xe9b"
    assert printable(str(Path("a") / "b")) == "a/b"


def test_times_are_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert timestamp(datetime(2026, 1, 1, 1, 30, tzinfo=east)) == "2025-12-31T23:30:00Z"
