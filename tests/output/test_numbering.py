from digitbox.output.numbering import Numbering
from digitbox.records import FileReading, Reading, Reason, Source, Status


def file(*readings: Reading) -> FileReading:
    return FileReading(Source("in", "a.pdf"), "00" * 32, readings)


def test_every_reading_has_a_row_that_says_what_made_it() -> None:
    readings = Reading(1, Status.BLANK), Reading.failed(Reason.CORRUPT, 2)
    numbering = Numbering()
    rows = [*numbering.rows_of(file(*readings), "cnn-1"), *numbering.rows_of(file(*readings), "x")]
    assert [row.reading for row in rows] == [*readings, *readings]
    assert [row.model for row in rows] == ["cnn-1", "cnn-1", "x", "x"]
    assert [row.id for row in rows] == [f"{numbering.name}-00000{number}" for number in range(1, 5)]
    assert all(row.read_at.tzinfo is not None for row in rows)


def test_no_two_runs_have_a_name() -> None:
    assert len({Numbering().name for _ in range(100)}) == 100
