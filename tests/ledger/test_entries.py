import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digitbox.box import Box
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.rows import key, row_id, to_source, to_version, version_values
from digitbox.records import (
    Alternative,
    Digit,
    FileReading,
    Line,
    Reading,
    Reason,
    Source,
    Status,
    Version,
)
from tests.ledger.arrivals import (
    OTHER_PROVENANCE,
    PROVENANCE,
    accepted,
    failed,
    file,
    sha,
    source,
    unread,
    version,
)

BOX = Box(1, 2, 3, 4)
DIGIT = Digit(7, 0.9991, (0.0,) * 7 + (0.9991, 0.0, 0.0009), BOX)
ALTERNATIVES = (Alternative("0417", 0.8), Alternative("0477", 0.1999), Alternative("-3", 0.0))
LINES = (Line("12.50", 0.9, BOX), Line("-7,300", 0.7123, BOX))
READINGS = (
    Reading(1, Status.ACCEPTED, None, "7", 0.9991, 20, 30, (DIGIT,)),
    Reading(2, Status.REVIEW, Reason.SEVERAL_MARKS, "07", 0.5, 2, 3, (DIGIT, DIGIT)),
    Reading(3, Status.BLANK, width=20, height=30),
    Reading(4, Status.NOT_DIGIT, None, None, None, 20, 30, (DIGIT,)),
    Reading(5, Status.FAILED, Reason.CORRUPT),
    Reading(6, Status.FAILED, Reason.TOO_MANY_PIXELS, width=10**6, height=10**7),
    Reading(7, Status.ACCEPTED, None, "0417", 0.98, 20, 30, (DIGIT,) * 4, ALTERNATIVES),
    Reading(
        8,
        Status.REVIEW,
        Reason.SEVERAL_LINES,
        "12.50 -7,300",
        0.6411,
        20,
        30,
        (DIGIT,) * 8,
        (Alternative("12.50 -7,300", 0.6411),),
        LINES,
    ),
)
NUMBERS = ["0417", "7,300", "-3", "12.50", "1234567890123456", "12 345"]

UNREPEATABLE = [
    Reason.TIMEOUT,
    Reason.MEMORY,
    Reason.DECODER_CRASHED,
    Reason.FORMATS_EXTRA_MISSING,
]


def record(ledger: Ledger, *files: FileReading) -> int:
    number = ledger.record(files, PROVENANCE, "today")
    assert number is not None
    return number


def test_a_reading_comes_back_as_it_was(ledger: Ledger) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    number = record(ledger, file("a.tif", "book", *READINGS))
    rows = ledger.batch(number).rows
    assert tuple(row.reading for row in rows) == READINGS
    assert {row.sha256 for row in rows} == {sha("book")}
    assert {row.model for row in rows} == {PROVENANCE.model}
    assert all(before <= row.read_at <= datetime.now(UTC) for row in rows)
    assert {(row.replaces, row.duplicate_of) for row in rows} == {(None, None)}


@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_comes_back_as_it_was_written(ledger: Ledger, value: str) -> None:
    for arrived in (file("a", "same", accepted(value=value)), unread("b", "same")):
        (row,) = ledger.batch(record(ledger, arrived)).rows
        assert row.reading.value == value


def test_a_file_whose_content_was_not_had_has_a_row_without_its_hash(ledger: Ledger) -> None:
    lost = FileReading(source("a"), None, (failed(Reason.TOO_MANY_BYTES),), None)
    (row,) = ledger.batch(record(ledger, lost)).rows
    assert row.sha256 is None
    assert row.reading.reason is Reason.TOO_MANY_BYTES


def test_rows_come_back_the_same_after_a_restart(folder: Path) -> None:
    first = Ledger(folder)
    number = record(first, file("a.tif", "book", *READINGS), file("b.png"))
    batch = first.batch(number)
    first.close()
    second = Ledger(folder)
    assert second.batch(number) == second.batch(number) == batch
    second.close()


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
@pytest.mark.parametrize("name", [b"\xff\xfe.png", b"caf\xe9/\xe9.png", "ü.png".encode()])
def test_names_need_not_be_utf_8(ledger: Ledger, name: bytes) -> None:
    where = Source(os.fsdecode(b"/in\xff"), os.fsdecode(name))
    ledger.claim([where])
    assert ledger.claims() == {where: 1}
    number = record(ledger, FileReading(where, sha("a"), (accepted(),), version()))
    assert ledger.batch(number).rows[0].source == where
    assert list(ledger.records([where])) == [where]
    assert to_source(*key(where)) == where
    assert os.fsencode(where.name) == name


@pytest.mark.parametrize("number", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_devices_and_inodes_may_be_64_bits_wide(ledger: Ledger, number: int) -> None:
    stood = version(number, device=number, size=2**40, mtime_ns=-1, ctime_ns=2**62)
    assert to_version(version_values(stood)) == stood
    record(ledger, file("a", stood=stood))
    assert ledger.records([source("a")])[source("a")].version == stood


def test_no_version_stays_none() -> None:
    assert to_version(version_values(None)) is None
    assert to_version((None,) * 5) is None
    assert to_version((0, 0, 0, 0, 0)) == Version(0, 0, 0, 0, 0)


def test_ids_name_their_ledger() -> None:
    assert row_id("0123456789ab", 42) == "0123456789ab-000000042"


def test_the_same_content_again_repeats_the_readings(ledger: Ledger) -> None:
    first = ledger.batch(record(ledger, file("a.tif", "book", *READINGS))).rows
    second = ledger.batch(record(ledger, unread("b.tif", "book"))).rows
    assert [row.duplicate_of for row in second] == [row.id for row in first]
    assert {row.reading.reason for row in second} == {Reason.DUPLICATE}
    assert {row.source.name for row in second} == {"b.tif"}
    assert {row.sha256 for row in second} == {sha("book")}
    repeated = [replace(row.reading, reason=Reason.DUPLICATE) for row in first]
    assert [row.reading for row in second] == repeated


def test_a_duplicate_of_a_duplicate_names_the_original(ledger: Ledger) -> None:
    first, *others = (
        ledger.batch(record(ledger, file(name, "same"))).rows[0] for name in ("a", "b", "c")
    )
    assert [row.duplicate_of for row in others] == [first.id, first.id]


def test_what_was_read_although_it_was_known_is_a_duplicate_too(ledger: Ledger) -> None:
    (first,) = ledger.batch(record(ledger, file("a", "same", accepted(value="7")))).rows
    (second,) = ledger.batch(record(ledger, file("b", "same", accepted(value="1")))).rows
    assert second.duplicate_of == first.id
    assert second.reading.value == "7"


def test_another_model_or_setting_makes_no_duplicate(ledger: Ledger) -> None:
    record(ledger, file("a", "same", accepted(value="7")))
    number = ledger.record([file("b", "same", accepted(value="1"))], OTHER_PROVENANCE, "")
    assert number is not None
    (row,) = ledger.batch(number).rows
    assert (row.duplicate_of, row.reading.reason, row.reading.value) == (None, None, "1")
    assert row.model == OTHER_PROVENANCE.model


@pytest.mark.parametrize("reason", UNREPEATABLE)
def test_what_may_come_out_differently_is_never_repeated(ledger: Ledger, reason: Reason) -> None:
    record(ledger, file("a", "same", failed(reason)))
    (row,) = ledger.batch(record(ledger, file("b", "same"))).rows
    assert (row.duplicate_of, row.reading.status) == (None, Status.ACCEPTED)


def test_what_failed_for_good_is_repeated_with_its_failure(ledger: Ledger) -> None:
    record(ledger, file("a", "same", failed(Reason.CORRUPT)))
    number = record(ledger, file("b", "same", failed(Reason.CORRUPT)))
    (row,) = ledger.batch(number).rows
    assert (row.reading.status, row.reading.reason) == (Status.FAILED, Reason.DUPLICATE)
    for batch in ledger.unpublished():
        ledger.published(batch, reported=True)
    assert [one.failed for one in ledger.unarchived()] == [True, True]


def test_equal_contents_in_one_batch_are_duplicates(ledger: Ledger) -> None:
    files = [file("b", "same"), file("c", "same"), file("a", "same")]
    first, *others = ledger.batch(record(ledger, *files)).rows
    assert [row.source.name for row in (first, *others)] == ["a", "b", "c"]
    assert first.duplicate_of is None
    assert [row.duplicate_of for row in others] == [first.id, first.id]


def test_what_crashed_is_not_repeated_within_its_batch(ledger: Ledger) -> None:
    files = [file("a", "same", failed(Reason.TIMEOUT)), file("b", "same")]
    rows = ledger.batch(record(ledger, *files)).rows
    assert [row.reading.reason for row in rows] == [Reason.TIMEOUT, None]
    assert {row.duplicate_of for row in rows} == {None}


def test_what_may_come_out_differently_is_not_lent_to_an_unread_file(ledger: Ledger) -> None:
    files = [file("a", "same", failed(Reason.MEMORY)), unread("b", "same")]
    assert [row.source.name for row in ledger.batch(record(ledger, *files)).rows] == ["a"]
    assert not ledger.records([source("b")])


def test_duplicates_repeat_the_latest_reading_of_their_content(ledger: Ledger) -> None:
    record(ledger, file("a", "same", accepted(value="7")))
    ledger.record(
        [file("a", "same", accepted(value="1"))], PROVENANCE, "", "retry", {source("a"): 1}
    )
    (row,) = ledger.batch(record(ledger, unread("b", "same"))).rows
    assert row.reading.value == "1"
