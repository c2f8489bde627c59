from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitbox.forms.form import Form
from digitbox.forms.judging import judged
from digitbox.forms.library import form_of, load
from digitbox.records import Alternative, Evidence, Reading, Reason, Status
from tests.forms import paper

ACCEPT = 0.95

Says = dict[str, float]


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Form:
    return with_list(tmp_path_factory.mktemp("forms"), None)


def with_list(folder: Path, values: str | None) -> Form:
    """The tests' form without cells, so that evidence is short; ``values`` are the students'."""
    template = paper.TEMPLATE.replace(", cells: true", "")
    if values is not None:
        template = template.replace("length: 5}", "length: 5, list: roster.csv}")
    put = paper.put(folder / "forms", template)
    (put / "roster.csv").write_text(values or "", "utf-8")
    (files,) = load(put.parent)
    return form_of(files)


def evidence(**values: float) -> Evidence:
    """Names of arguments begin with an underscore: ``_7=0.9``."""
    return Evidence(tuple(Alternative(name[1:], share) for name, share in values.items()))


def seen(field: str, read: Evidence) -> Reading:
    return Reading(1, Status.REVIEW, form="exam", field=field, evidence=read)


def sheet(q1: Evidence, q2: Evidence, total: Evidence) -> list[Reading]:
    return [seen("q1", q1), seen("q2", q2), seen("total", total)]


def outcome(readings: list[Reading]) -> dict[str, tuple[str | None, Status, Reason | None]]:
    return {one.field or "": (one.value, one.status, one.reason) for one in readings}


SURE = sheet(evidence(_7=0.999), evidence(_12=0.999), evidence(_19=0.999))
WRONG = sheet(evidence(_7=0.999), evidence(_12=0.999), evidence(_85=0.999))


def test_what_is_clear_is_accepted(form: Form) -> None:
    assert outcome(judged(SURE, form, ACCEPT)) == {
        "q1": ("7", Status.ACCEPTED, None),
        "q2": ("12", Status.ACCEPTED, None),
        "total": ("19", Status.ACCEPTED, None),
    }


def test_a_sum_decides_about_a_digit_that_is_hard_to_read(form: Form) -> None:
    doubtful = evidence(_7=0.55, _1=0.4)
    right = judged(sheet(doubtful, evidence(_12=0.999), evidence(_19=0.999)), form, ACCEPT)
    assert outcome(right)["q1"] == ("7", Status.ACCEPTED, None)
    other = judged(sheet(doubtful, evidence(_12=0.999), evidence(_13=0.999)), form, ACCEPT)
    assert outcome(other)["q1"] == ("1", Status.ACCEPTED, Reason.BY_CHECK)


def test_all_fields_of_a_check_that_fails_go_to_review(form: Form) -> None:
    found = outcome(judged(WRONG, form, ACCEPT))
    assert set(found.values()) == {
        (value, Status.REVIEW, Reason.CHECK_FAILED) for value in ("7", "12", "85")
    }


def test_what_a_person_decided_stays_and_settles_the_check(form: Form) -> None:
    first = judged(WRONG, form, ACCEPT)
    by_person = replace(first[2], status=Status.ACCEPTED, reason=Reason.REVIEWED, value="19")
    again = judged([first[0], first[1], by_person], form, ACCEPT)
    assert again[2] == by_person
    assert outcome(again[:2]) == {
        "q1": ("7", Status.ACCEPTED, None),
        "q2": ("12", Status.ACCEPTED, None),
    }


def test_what_a_person_decided_breaks_a_check(form: Form) -> None:
    first = judged(SURE, form, ACCEPT)
    by_person = replace(first[2], reason=Reason.REVIEWED, value="91")
    again = outcome(judged([first[0], first[1], by_person], form, ACCEPT))
    assert again["q1"] == ("7", Status.REVIEW, Reason.CHECK_FAILED)
    assert again["total"] == ("91", Status.ACCEPTED, Reason.REVIEWED)


def test_a_field_that_a_person_found_blank_counts_as_nothing(form: Form) -> None:
    sheets = sheet(evidence(_7=0.999), evidence(_12=0.999), evidence(_12=0.999))
    first = judged(sheets, form, ACCEPT)
    assert outcome(first)["q2"][2] is Reason.CHECK_FAILED
    blank = replace(first[0], status=Status.BLANK, reason=Reason.REVIEWED, value=None)
    again = outcome(judged([blank, *first[1:]], form, ACCEPT))
    assert again["q2"] == ("12", Status.ACCEPTED, None)


def test_a_field_that_nobody_can_read_settles_no_check(form: Form) -> None:
    first = judged(WRONG, form, ACCEPT)
    unreadable = replace(first[0], status=Status.NOT_DIGIT, reason=Reason.REVIEWED, value=None)
    again = judged([unreadable, *first[1:]], form, ACCEPT)
    assert again[0] == unreadable
    assert all(one.reason is not Reason.CHECK_FAILED for one in again)
    assert [one.value for one in again[1:]] == [one.value for one in first[1:]]


def test_to_judge_twice_changes_nothing(form: Form) -> None:
    for sheets in (SURE, WRONG, sheet(evidence(_7=0.6, _1=0.4), evidence(), evidence(_13=0.97))):
        once = judged(sheets, form, ACCEPT)
        assert judged(once, form, ACCEPT) == once


def test_a_list_that_has_changed_decides_anew(tmp_path: Path, form: Form) -> None:
    one = [seen("student", evidence(_40213=0.9, _40218=0.08))]
    assert outcome(judged(one, form, ACCEPT))["student"][1] is Status.REVIEW
    listed = with_list(tmp_path, "student\n40213\n51111\n")
    assert outcome(judged(one, listed, ACCEPT))["student"] == ("40213", Status.ACCEPTED, None)


def test_what_has_to_be_seen_is_seen_whatever_the_checks_say(form: Form) -> None:
    cut_off = replace(evidence(_7=0.999), doubt=Reason.MISALIGNED)
    found = outcome(judged(sheet(cut_off, *two(SURE)), form, ACCEPT))
    assert found["q1"] == ("7", Status.REVIEW, Reason.MISALIGNED)
    assert found["q2"][1] is Status.ACCEPTED


def two(readings: list[Reading]) -> list[Evidence]:
    return [one.evidence for one in readings[1:] if one.evidence is not None]


def test_any_label_of_a_choice_can_be_chosen(form: Form) -> None:
    (found,) = judged([seen("grade", evidence(_A=0.6, _B=0.0))], form, ACCEPT)
    assert [one.value for one in found.alternatives] == ["A", "B"]


def test_readings_without_evidence_and_of_fields_that_are_gone_stay(form: Form) -> None:
    bare = Reading(1, Status.REVIEW, Reason.CHECK_FAILED, "7", 0.9, form="exam", field="q1")
    gone = seen("q9", evidence(_3=0.999))
    found = judged([bare, gone, *SURE[1:]], form, ACCEPT)
    assert found[:2] == [bare, gone]
    assert outcome(found)["total"] == ("19", Status.ACCEPTED, None)


def test_evidence_of_another_number_of_cells_says_nothing(form: Form) -> None:
    cells = tuple(tuple(row) for row in np.full((2, 13), 1 / 13).tolist())
    one = seen("q1", Evidence(cells=cells))
    assert judged([one], form, ACCEPT) == [one]
