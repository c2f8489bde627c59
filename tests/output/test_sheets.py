import csv
import dataclasses
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digitbox.output.outbox import Outbox
from digitbox.output.sheets import records_of
from digitbox.output.tables import to_form_csv, to_json
from digitbox.output.workbook import COLOURS, FIRST, READINGS, to_xlsx
from digitbox.records import Batch, FormFields, Reading, Reason, Row, Source, Status
from tests.schema import check
from tests.spreadsheets import opened, read

EXAM = FormFields("exam", ("student", "q1", "grade"))
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def row(
    field: str | None, value: str | None, status: Status = Status.ACCEPTED, **parts: object
) -> Row:
    name, page = str(parts.get("name", "a.png")), int(str(parts.get("page", 1)))
    form = str(parts.get("form", "exam"))
    reason = Reason.LOW_CONFIDENCE if status is Status.REVIEW else None
    confidence = None if value is None else 0.97
    reading = Reading(page, status, reason, value, confidence, 10, 20, form=form, field=field)
    number = f"{name}-{page}-{field}"
    return Row(number, Source("in", name), reading, "ab" * 32, "cnn-1", NOON)


def batch(
    *rows: Row, beside: tuple[Row, ...] = (), forms: tuple[FormFields, ...] = (EXAM,)
) -> Batch:
    return Batch("b-1", "cnn-1", rows, forms=forms, beside=beside)


def lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


WHOLE = (row("student", "0042"), row("q1", "7"), row("grade", "B"))


def test_a_page_is_one_line_with_its_fields_in_the_templates_order() -> None:
    content = to_form_csv(batch(*reversed(WHOLE)), EXAM)
    assert content.decode() == (
        "file,page,status,student,q1,grade,look_at\na.png,1,accepted,0042,7,B,\n"
    )


def test_pages_keep_their_order_and_their_values() -> None:
    second = (row("student", "0043", page=2), row("q1", "9", page=2))
    other = (row("student", "0044", name="b.png"),)
    found = lines(to_form_csv(batch(*WHOLE, *second, *other), EXAM))
    assert [(one["file"], one["page"], one["student"]) for one in found] == [
        ("a.png", "1", "0042"),
        ("a.png", "2", "0043"),
        ("b.png", "1", "0044"),
    ]
    assert found[1]["grade"] == ""


def test_what_a_person_should_look_at_is_named() -> None:
    doubted = (
        row("student", "0042"),
        row("q1", "7", Status.REVIEW),
        row("grade", "B", Status.REVIEW),
    )
    (line,) = lines(to_form_csv(batch(*doubted), EXAM))
    assert (line["status"], line["look_at"]) == ("review", "q1 grade")


def test_what_nobody_can_read_is_not_taken_for_blank() -> None:
    unreadable = row("q1", None, Status.NOT_DIGIT)
    (line,) = lines(to_form_csv(batch(WHOLE[0], unreadable, WHOLE[2]), EXAM))
    assert (line["q1"], line["status"], line["look_at"]) == ("", "review", "q1")


def test_a_page_of_blank_fields_is_blank() -> None:
    (line,) = lines(to_form_csv(batch(row("student", None, Status.BLANK)), EXAM))
    assert (line["status"], line["student"]) == ("blank", "")


def test_a_page_that_is_none_of_the_forms_has_no_record() -> None:
    other = row(None, None, Status.NOT_DIGIT)
    assert list(records_of(batch(other), EXAM)) == []


def test_rows_of_another_form_are_not_its_records() -> None:
    assert [one.form for one in records_of(batch(row("x", "1", form="tally"), *WHOLE), EXAM)] == [
        "exam"
    ]


def test_what_was_corrected_stands_among_the_fields_that_were_not() -> None:
    corrected = row("q1", "8")
    found = list(records_of(batch(corrected, beside=(WHOLE[0], WHOLE[2])), EXAM))
    assert [one.values for one in found] == [{"student": "0042", "q1": "8", "grade": "B"}]
    assert found[0].rows == ("a.png-1-student", "a.png-1-q1", "a.png-1-grade")


@pytest.mark.parametrize("value", ["=1+1", "@x", "-1+1"])
def test_no_label_is_a_formula(value: str) -> None:
    (line,) = lines(to_form_csv(batch(row("grade", value)), EXAM))
    assert line["grade"] == "'" + value


def test_the_json_has_the_records_and_fits_its_schema() -> None:
    doubted = row("q1", "7", Status.REVIEW)
    document = json.loads(to_json(batch(WHOLE[0], doubted, row("grade", None, Status.BLANK))))
    check(document)
    assert document["records"] == [
        {
            "form": "exam",
            "file": "a.png",
            "page": 1,
            "status": "review",
            "fields": {"student": "0042", "q1": "7", "grade": None},
            "look_at": ["q1"],
            "rows": ["a.png-1-student", "a.png-1-q1", "a.png-1-grade"],
        }
    ]
    assert [one["field"] for one in document["readings"]] == ["student", "q1", "grade"]


def test_the_outbox_has_a_table_for_each_form(tmp_path: Path) -> None:
    tally = FormFields("tally", ("x",))
    both = batch(*WHOLE, row("x", "1", form="tally"), forms=(EXAM, tally))
    files = Outbox(tmp_path, ["csv", "json"]).publish(both)
    assert [file.name for file in files] == ["b-1.json", "b-1.exam.csv", "b-1.tally.csv", "b-1.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(file.name for file in files)


def test_where_a_table_cannot_be_written_nothing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = Outbox(tmp_path, ["csv", "json"])

    def fails(*_: object) -> bytes:
        raise RuntimeError

    monkeypatch.setattr("digitbox.output.outbox.to_form_csv", fails)
    with pytest.raises(RuntimeError):
        outbox.publish(batch(*WHOLE))
    assert list(tmp_path.iterdir()) == []


def test_to_publish_again_changes_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, ["csv", "json"])
    first = {file: file.read_bytes() for file in outbox.publish(batch(*WHOLE))}
    assert {file: file.read_bytes() for file in outbox.publish(batch(*WHOLE))} == first


def test_without_forms_there_is_no_table_of_any(tmp_path: Path) -> None:
    plain = dataclasses.replace(batch(*WHOLE), forms=())
    assert len(Outbox(tmp_path, ["csv", "json"]).publish(plain)) == 2


def test_a_missing_page_is_to_be_looked_at_and_has_no_column() -> None:
    said = (row("page.10", "", Status.REVIEW), row("page.2", "", Status.REVIEW))
    (line,) = lines(to_form_csv(batch(*said, *WHOLE), EXAM))
    assert (line["status"], line["look_at"]) == ("review", "page.2 page.10")
    assert "page.2" not in line
    (found,) = records_of(batch(*said, *WHOLE), EXAM)
    assert list(found.values) == ["student", "q1", "grade"]
    assert found.rows[3:] == ("a.png-1-page.2", "a.png-1-page.10")


def test_a_missing_page_that_is_settled_is_not_looked_at_any_more() -> None:
    settled = row("page.2", None, Status.BLANK)
    (found,) = records_of(batch(settled, beside=WHOLE), EXAM)
    assert (found.status, found.look_at) == (Status.ACCEPTED, ())
    assert found.rows[3:] == ("a.png-1-page.2",)
    blank = row("student", None, Status.BLANK)
    (found,) = records_of(batch(blank, settled), EXAM)
    assert found.status is Status.BLANK


def test_a_workbook_has_the_records_of_each_form_as_the_csv_has_them() -> None:
    pytest.importorskip("xlsxwriter", reason="XLSX needs XlsxWriter")
    other = FormFields("b", ("x",))
    doubted = (row("q1", "9", Status.REVIEW, page=2), row("grade", "=1+1", page=2))
    whole = batch(*WHOLE, *doubted, row("x", "0", form="b", name="b.png"), forms=(EXAM, other))
    content = to_xlsx(whole)
    assert opened(content).sheetnames == [READINGS, FIRST, "exam", "b"]
    for form in (EXAM, other):
        found = [
            {name: str(value or "") for name, value in one.items()}
            for one in read(content, form.form)
        ]
        expected = lines(to_form_csv(whole, form))
        assert found == [
            {name: value.removeprefix("'") for name, value in one.items()} for one in expected
        ]
    assert content == to_xlsx(whole)


def test_a_record_in_a_workbook_is_text_under_a_header_that_stays() -> None:
    pytest.importorskip("xlsxwriter", reason="XLSX needs XlsxWriter")
    many = FormFields("exam", ("status", *(f"q{number}" for number in range(30))))
    values = [row("status", "0042"), *(row(f"q{number}", "07") for number in range(30))]
    sheet = opened(to_xlsx(batch(*values, row("q1", None, Status.BLANK, page=2), forms=(many,))))[
        "exam"
    ]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:AI3")
    _, first, second = sheet.iter_rows()
    assert [cell.value for cell in first[3:-1]] == ["0042", *["07"] * 30]
    assert {(cell.data_type, cell.number_format) for cell in first[3:-1]} == {("s", "@")}
    for cells in (first, second):  # the page's status in colour, and not the field of that name
        colour = COLOURS[Status(cells[2].value)][0].removeprefix("#")
        assert cells[2].fill.start_color.rgb == f"FF{colour}"
        assert cells[3].fill.fill_type is None


def test_the_name_of_a_form_becomes_one_that_a_sheet_may_have() -> None:
    pytest.importorskip("xlsxwriter", reason="XLSX needs XlsxWriter")
    names = ("a" * 40, "a" * 41, "a[1]:*?/\\", "Exam", "eXAM", "readings", "History", "'b'")
    forms = tuple(FormFields(name, ("x",)) for name in names)
    content = to_xlsx(batch(*(row("x", "7", form=name) for name in names), forms=forms))
    assert opened(content).sheetnames[2:] == [
        "a" * 31,
        "a" * 29 + " 2",
        "a_1______",
        "Exam",
        "eXAM 2",
        "readings 2",
        "History 2",
        "b",
    ]


def test_a_batch_without_forms_has_no_more_sheets() -> None:
    pytest.importorskip("xlsxwriter", reason="XLSX needs XlsxWriter")
    assert opened(to_xlsx(batch(row(None, "7", form=""), forms=()))).sheetnames == [READINGS, FIRST]
