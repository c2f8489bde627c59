import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from digitbox.ledger.database import FILE
from digitbox.ledger.decision import CONFIRM, NOT_DIGIT, UNDO, Decision
from digitbox.ledger.history import History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.requests import DONE, REFUSED, REVIEW, WITHDRAWN
from digitbox.records import (
    Alternative,
    FileReading,
    KeptFrames,
    Reading,
    Reason,
    Row,
    Source,
    Status,
)
from tests.ledger.arrivals import OTHER_PROVENANCE, PROVENANCE, accepted, doubted, file, sha, unread

Answers = list[str | None]


def decide(ledger: Ledger, *decisions: Decision) -> list[int]:
    for decision in decisions:
        ledger.request(REVIEW, decision, decision.key or None)
    return ledger.decide("today", list)


def answers(folder: Path) -> Answers:
    with contextlib.closing(sqlite3.connect(folder / FILE)) as connection:
        return [text for (text,) in connection.execute("SELECT outcome FROM requests ORDER BY id")]


def reviews(folder: Path) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(folder / FILE)) as connection:
        return connection.execute(
            "SELECT who, says, reading, made, from_status, from_value, to_status, to_value "
            "FROM reviews ORDER BY id"
        ).fetchall()


def latest(folder: Path) -> list[Row]:
    with History(folder) as history:
        return list(history.rows())


def record(ledger: Ledger, *files: FileReading) -> None:
    assert ledger.record(files, PROVENANCE, "today") is not None


def retry(ledger: Ledger, previous: int, read: FileReading) -> None:
    source: Source = read.source
    assert ledger.record([read], PROVENANCE, "today", "retry", {source: previous}) is not None


def test_each_decision_is_a_row_that_replaces_the_one_it_is_about(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, *(file(name, name, doubted(value="4")) for name in "abc"))
    first = ledger.batch(1).rows
    (number,) = decide(
        ledger,
        Decision(1, CONFIRM, "Ada"),
        Decision(2, "9", "Ada"),
        Decision(3, NOT_DIGIT, "Bo"),
    )
    batch = ledger.batch(number)
    found = [(row.replaces, row.reading.status, row.reading.value) for row in batch.rows]
    assert found == [
        (first[0].id, "accepted", "4"),
        (first[1].id, "accepted", "9"),
        (first[2].id, "not_digit", None),
    ]
    assert {row.reading.reason for row in batch.rows} == {"reviewed"}
    assert [row.source.name for row in batch.rows] == ["a", "b", "c"]
    assert batch.folder == "today"
    assert ledger.batch(1).rows == first
    assert latest(folder) == list(batch.rows)
    assert answers(folder) == [f"{DONE}{row}" for row in (4, 5, 6)]
    assert reviews(folder) == [
        ("Ada", "confirm", 1, 4, "review", "4", "accepted", "4"),
        ("Ada", "9", 2, 5, "review", "4", "accepted", "9"),
        ("Bo", "x", 3, 6, "review", "4", "not_digit", None),
    ]


def test_the_batch_is_one_of_reviews_and_waits_to_be_published(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, file("a", "a", doubted()))
    ledger.published(1, reported=True)
    assert decide(ledger, Decision(1, "3", "Ada")) == [2] == ledger.unpublished()
    with contextlib.closing(sqlite3.connect(folder / FILE)) as connection:
        (kind,) = connection.execute("SELECT kind FROM batches WHERE id = 2").fetchone()
    assert kind == "review"
    assert [original.id for original in ledger.unarchived()] == [1]  # the file's own, as before


def test_rows_of_another_model_make_a_batch_of_their_own(ledger: Ledger) -> None:
    record(ledger, file("a", "a", doubted()))
    ledger.record([file("b", "b", doubted())], OTHER_PROVENANCE, "today")
    numbers = decide(ledger, Decision(1, "3", "Ada"), Decision(2, "4", "Ada"))
    assert [ledger.batch(number).model for number in numbers] == [
        PROVENANCE.model,
        OTHER_PROVENANCE.model,
    ]


def test_undo_brings_back_what_was_before(folder: Path, ledger: Ledger) -> None:
    record(ledger, file("a", "a", doubted(value="4")))
    decide(ledger, Decision(1, "9", "Ada"), Decision(1, UNDO, "Ada"))
    (row,) = latest(folder)
    assert row.reading == ledger.batch(1).rows[0].reading
    assert row.replaces is not None
    assert row.replaces.endswith("2")
    decide(ledger, Decision(3, "5", "Ada"))  # it may be decided about again
    assert [row.reading.value for row in latest(folder)] == ["5"]
    assert answers(folder) == [f"{DONE}{row}" for row in (2, 3, 4)]


def test_what_is_undone_before_it_is_carried_out_comes_to_nothing(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, file("a", "a", doubted()), file("b", "b", doubted()))
    numbers = decide(
        ledger,
        Decision(1, "9", "Ada", key="k1"),
        Decision(2, "4", "Ada", key="k2"),
        Decision(1, UNDO, "Ada", key="k3", undoes="k1"),
    )
    assert [[row.reading.value for row in ledger.batch(one).rows] for one in numbers] == [["4"]]
    assert answers(folder) == [WITHDRAWN, f"{DONE}3", f"{DONE}1"]
    assert [review[:3] for review in reviews(folder)] == [("Ada", "4", 2)]
    assert decide(ledger, Decision(1, "5", "Ada", key="k4")) == [3]


def test_nothing_is_published_where_all_was_undone(folder: Path, ledger: Ledger) -> None:
    record(ledger, file("a", "a", doubted()))
    undone = [Decision(1, "9", "Ada", key="k1"), Decision(1, UNDO, "Ada", key="k2", undoes="k1")]
    assert decide(ledger, *undone) == []
    with contextlib.closing(sqlite3.connect(folder / FILE)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM batches").fetchone() == (1,)


def test_of_two_people_each_undoes_what_they_said(folder: Path, ledger: Ledger) -> None:
    record(ledger, file("a", "a", doubted()))
    decide(
        ledger,
        Decision(1, "5", "Ada", key="ada"),
        Decision(1, "6", "Bo", key="bo"),
        Decision(1, UNDO, "Bo", key="undo", undoes="bo"),
    )
    told = f"{REFUSED}Ada has decided meanwhile: 5."
    assert answers(folder) == [f"{DONE}2", WITHDRAWN, told]
    assert [row.reading.value for row in latest(folder)] == ["5"]


def test_to_undo_what_was_refused_leaves_what_others_said(folder: Path, ledger: Ledger) -> None:
    record(ledger, file("a", "a", doubted()))
    decide(ledger, Decision(1, "5", "Ada", key="ada"), Decision(1, "6", "Bo", key="bo"))
    assert decide(ledger, Decision(1, UNDO, "Bo", key="undo", undoes="bo")) == []
    assert answers(folder)[2] == f"{REFUSED}Nothing was decided about it that could be undone."
    assert [row.reading.value for row in latest(folder)] == ["5"]


def test_a_key_undoes_nothing_but_what_it_was_of(folder: Path, ledger: Ledger) -> None:
    record(ledger, file("a", "a", doubted()), file("b", "b", doubted()))
    decide(ledger, Decision(1, "5", "Ada", key="k1"))
    assert decide(ledger, Decision(2, UNDO, "Ada", key="k2", undoes="k1")) == []
    decide(
        ledger,
        Decision(2, "6", "Ada", key="k3"),
        Decision(1, UNDO, "Ada", key="k4", undoes="k3"),
    )
    assert [row.reading.value for row in latest(folder)] == ["5", "6"]


def test_what_was_undone_is_decided_about_by_the_number_that_it_had(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, file("a", "a", doubted(value="4")))
    for turn in range(3):  # each is carried out before the next one comes
        key = f"k{turn}"
        decide(ledger, Decision(1, f"{turn}", "Ada", key=key))
        decide(ledger, Decision(1, UNDO, "Ada", undoes=key))
    decide(ledger, Decision(1, "9", "Bo"))
    assert [row.reading.value for row in latest(folder)] == ["9"]
    assert answers(folder) == [f"{DONE}{row}" for row in range(2, 9)]
    decide(ledger, Decision(1, "8", "Ada"))
    assert answers(folder)[-1] == f"{REFUSED}Bo has decided meanwhile: 9."


def test_undoing_twice_is_refused(folder: Path, ledger: Ledger) -> None:
    record(ledger, file("a", "a", doubted()))
    decide(ledger, *[Decision(1, says, "Ada") for says in ("9", UNDO, UNDO)])
    assert answers(folder)[2] == f"{REFUSED}Ada has undone that meanwhile."
    assert len(reviews(folder)) == 2


@pytest.mark.parametrize(
    ("says", "told"),
    [("4", "Ada has decided meanwhile: 4."), ("x", "Ada has decided meanwhile: not a digit.")],
)
def test_who_comes_second_is_told_who_was_first(
    folder: Path, ledger: Ledger, says: str, told: str
) -> None:
    record(ledger, file("a", "a", doubted()))
    decide(ledger, Decision(1, says, "Ada"))
    assert decide(ledger, Decision(1, "9", "Bo")) == []
    assert answers(folder) == [f"{DONE}2", REFUSED + told]


def test_what_was_read_again_meanwhile_is_not_decided_about(folder: Path, ledger: Ledger) -> None:
    record(ledger, file("a", "a", doubted()))
    retry(ledger, 1, file("a", "a", accepted()))
    assert decide(ledger, Decision(1, "9", "Bo")) == []
    assert answers(folder) == [f"{REFUSED}It was read again meanwhile."]


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        (Decision(7, "9", "Ada"), "no such reading"),
        (Decision(1, UNDO, "Ada"), "Nothing was decided"),
        (Decision(1, "seven", "Ada"), "no decision"),
        (Decision(2**63, "9", "Ada"), "too large"),
        (["nonsense"], "Expected"),
    ],
)
def test_what_cannot_be_done_is_refused_and_keeps_nothing_else(
    folder: Path, ledger: Ledger, argument: object, told: str
) -> None:
    record(ledger, file("a", "a", doubted()), file("b", "b", doubted()))
    ledger.request(REVIEW, argument)
    assert decide(ledger, Decision(2, "9", "Ada"))
    refused, done = answers(folder)
    assert refused is not None
    assert told in refused
    assert done == f"{DONE}3"


def test_a_request_that_was_cut_off_is_done_once(
    folder: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(ledger, file("a", "a", doubted()), file("b", "b", doubted()))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "answered", crash)
        with pytest.raises(KeyboardInterrupt):
            decide(ledger, Decision(1, "9", "Ada"), Decision(2, "x", "Ada"))
    assert (reviews(folder), answers(folder)) == ([], [None, None])
    assert len(ledger.decide("today", list)) == 1
    assert ledger.decide("today", list) == []
    assert len(reviews(folder)) == 2
    assert len(latest(folder)) == 2


def test_a_duplicate_that_arrives_later_repeats_the_decision(folder: Path, ledger: Ledger) -> None:
    record(ledger, file("a", "same", doubted(1, "4"), doubted(2, "5")))
    decide(ledger, Decision(1, "9", "Ada"))
    record(ledger, unread("b", "same"))
    found = [
        (row.reading.page, row.reading.status, row.reading.value, row.reading.reason)
        for row in latest(folder)
        if row.source.name == "b"
    ]
    assert found == [(1, "accepted", "9", "duplicate"), (2, "review", "5", "duplicate")]


def test_a_duplicate_is_decided_about_by_itself(folder: Path, ledger: Ledger) -> None:
    record(ledger, file("a", "same", doubted(value="4")))
    record(ledger, unread("b", "same"))
    decide(ledger, Decision(2, "9", "Ada"), Decision(2, UNDO, "Ada"))
    first, second = latest(folder)
    assert first.reading.reason == "low_confidence"
    assert (second.reading.value, second.reading.reason) == ("4", "duplicate")
    assert second.duplicate_of == first.id


def test_a_decision_about_a_duplicate_holds_for_what_arrives_later(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, file("a", "same", doubted(1, "4"), doubted(2, "5")))
    record(ledger, unread("b", "same"))
    decide(ledger, Decision(3, "9", "Ada"))
    record(ledger, unread("c", "same"))
    arrived = file("d", "same", doubted(1, "6", 0.7), doubted(2, "6", 0.7))
    ledger.record([arrived], OTHER_PROVENANCE, "today")
    ledger.record([unread("e", "same")], OTHER_PROVENANCE, "today")
    found = {
        (row.source.name, row.reading.page): (row.reading.value, row.reading.reason)
        for row in latest(folder)
    }
    assert found == {
        ("a", 1): ("4", "low_confidence"),
        ("a", 2): ("5", "low_confidence"),
        ("b", 1): ("9", "reviewed"),
        ("b", 2): ("5", "duplicate"),
        ("c", 1): ("9", "duplicate"),
        ("c", 2): ("5", "duplicate"),
        ("d", 1): ("9", "reviewed"),
        ("d", 2): ("6", "low_confidence"),
        ("e", 1): ("9", "duplicate"),
        ("e", 2): ("6", "duplicate"),
    }


def test_a_decision_about_a_page_that_is_not_seen_any_more_stops_nothing(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, file("a", "same", doubted(1, "4"), doubted(2, "5")))
    decide(ledger, Decision(1, "9", "Ada"), Decision(2, "8", "Ada"))
    unseen = Reading.failed(Reason.CORRUPT)  # of another version of the decoder, say
    ledger.record([file("b", "same", unseen)], OTHER_PROVENANCE, "today")
    ledger.record([unread("c", "same")], OTHER_PROVENANCE, "today")
    found = [(row.source.name, row.reading.page, row.reading.value) for row in latest(folder)]
    assert found == [("a", 1, "9"), ("a", 2, "8"), ("b", 1, "9"), ("c", 1, "9")]


def test_a_decision_outlasts_that_the_same_content_is_read_again(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, file("a", "a", doubted(1, "4"), doubted(2, "4"), doubted(3, "4")))
    decide(ledger, Decision(1, "9", "Ada"), Decision(2, "x", "Ada"))
    retry(ledger, 1, file("a", "a", *(doubted(page, "6", 0.7) for page in (1, 2, 3))))
    rows = latest(folder)
    assert [row.reading.value for row in rows] == ["9", None, "6"]
    assert [row.reading.reason for row in rows] == ["reviewed", "reviewed", "low_confidence"]
    assert rows[0].reading.digits[0].value == 6  # what the model says of it now
    retry(ledger, 2, file("a", "other", doubted(1, "6")))
    assert latest(folder)[-1].reading.value == "6"


def test_a_decision_outlasts_that_the_file_cannot_be_read_again(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, file("a", "a", doubted(value="4")))
    decide(ledger, Decision(1, "9", "Ada"))
    retry(ledger, 1, file("a", "a", Reading.failed(Reason.TIMEOUT)))
    (row,) = latest(folder)
    assert (row.reading.status, row.reading.value) == ("accepted", "9")


def test_what_was_decided_is_the_last_word_on_what_the_model_saw(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, *(file(name, name, doubted(value="4", confidence=0.6)) for name in "abcd"))
    decide(
        ledger,
        Decision(1, CONFIRM, "Ada"),
        Decision(2, "9", "Ada"),
        Decision(3, NOT_DIGIT, "Ada"),
        Decision(4, "5", "Ada"),
        Decision(4, UNDO, "Ada"),
        Decision(6, "8", "Bo"),  # corrects the 9
    )
    with History(folder) as history:
        found = [(one.guess, one.confidence, one.truth, one.model) for one in history.verified()]
    assert found == [("4", 0.6, truth, PROVENANCE.model) for truth in ("4", None, "8")]


def test_what_was_accepted_before_people_decided_is_told_apart(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, *(file(name, name, doubted(value="4")) for name in "ab"))
    sure = replace(doubted(value="4"), status=Status.ACCEPTED, reason=None)
    record(ledger, *(file(name, name, sure) for name in "cde"))
    decide(ledger, *(Decision(number, CONFIRM, "Ada") for number in (1, 2, 3, 4, 5)))
    decide(ledger, Decision(7, "9", "Bo"), Decision(9, "8", "Bo"))  # of b, and of d
    decide(ledger, Decision(12, "7", "Cy"), Decision(5, UNDO, "Cy"))  # of d again, and of e
    record(ledger, unread("same as d", "d"))
    decide(ledger, Decision(15, "6", "Cy"))
    with History(folder) as history:
        found = [(one.truth, one.accepted) for one in history.verified()]
    assert found == [("4", False), ("4", True), ("9", False), ("7", True), ("6", False)]


def test_what_the_model_took_for_none_was_no_guess(folder: Path, ledger: Ledger) -> None:
    none = replace(
        doubted(value="4"), status=Status.NOT_DIGIT, reason=None, value=None, confidence=None
    )
    record(ledger, file("a", "a", none), file("b", "b", none), file("c", "c", doubted(value="5")))
    decide(ledger, Decision(1, "4", "Ada"), Decision(2, NOT_DIGIT, "Ada"))
    decide(ledger, Decision(3, NOT_DIGIT, "Ada"))
    record(ledger, file("same as c", "c", doubted(value="5")))
    (copy,) = (row for row in latest(folder) if row.source.name == "same as c")
    decide(ledger, Decision(int(copy.id.rpartition("-")[2]), "6", "Bo"))
    with History(folder) as history:
        found = [(one.guess, one.confidence, one.truth) for one in history.verified()]
    # The 5 was the model's guess, though a person said that it is none.
    assert found == [(None, None, "4"), (None, None, None), ("5", 0.6, None), ("5", 0.6, "6")]


def test_a_number_is_guessed_as_a_whole(folder: Path, ledger: Ledger) -> None:
    single = doubted(value="4", confidence=0.6)
    number = replace(
        single,
        value="4.4",
        digits=single.digits * 2,
        alternatives=(Alternative("4.4", 0.6), Alternative("44", 0.3)),
    )
    several = replace(single, digits=single.digits * 2)  # nobody knows which of them
    record(ledger, file("a", "a", number), file("b", "b", several), file("c", "c", number))
    decide(ledger, *(Decision(one, "9", "Ada") for one in (1, 2, 3)))
    decide(ledger, Decision(4, "8", "Bo"))  # about the first decision
    with History(folder) as history:
        found = [(one.guess, one.confidence) for one in history.verified()]
        assert not history.truths()
    assert found == [("4.4", 0.6)] * 2


def test_a_decision_holds_for_the_same_content_read_by_another_model(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, file("a", "same", doubted(1, "4"), doubted(2, "4"), doubted(3, "4")))
    decide(
        ledger,
        Decision(1, "9", "Ada"),
        Decision(2, NOT_DIGIT, "Ada"),
        Decision(3, "7", "Ada"),
        Decision(3, UNDO, "Ada"),
    )
    arrived = file("b", "same", *(doubted(page, "6", 0.7) for page in (1, 2, 3)))
    ledger.record([arrived], OTHER_PROVENANCE, "today")
    rows = [row for row in latest(folder) if row.source.name == "b"]
    assert [(row.reading.value, row.reading.reason) for row in rows] == [
        ("9", "reviewed"),
        (None, "reviewed"),
        ("6", "low_confidence"),
    ]
    assert {(row.model, row.replaces) for row in rows} == {(OTHER_PROVENANCE.model, None)}
    ledger.record([unread("c", "same")], OTHER_PROVENANCE, "today")
    assert latest(folder)[-3].reading.value == "9"


def test_the_truth_about_a_content_is_the_last_word_on_it(folder: Path, ledger: Ledger) -> None:
    record(ledger, *(file(name, name, doubted(value="4")) for name in "abc"))
    several = doubted(value="4")
    record(ledger, file("d", "d", replace(several, digits=several.digits * 2)))
    record(ledger, unread("e", "a"))
    decide(
        ledger,
        Decision(1, "9", "Ada"),
        Decision(2, NOT_DIGIT, "Ada"),
        Decision(3, "5", "Ada"),
        Decision(3, UNDO, "Ada"),
        Decision(4, "8", "Ada"),  # of several marks, nobody knows which
        Decision(5, "7", "Bo"),  # the same content as the first
    )
    with History(folder) as history:
        found = history.truths()
    assert [(one.sha256, one.page, one.value) for one in found] == [
        (sha("a"), 1, "7"),
        (sha("b"), 1, None),
    ]


def test_the_last_word_holds_whatever_was_seen_of_the_content(folder: Path, ledger: Ledger) -> None:
    record(ledger, file("a", "same", doubted(value="1")))
    decide(ledger, Decision(1, "1", "Ada"))
    two = doubted(value="1")
    seen = file("b", "same", replace(two, value="17", digits=two.digits * 2))
    ledger.record([seen], OTHER_PROVENANCE, "today")
    decide(ledger, Decision(3, "17", "Bo"))
    with History(folder) as history:
        assert not history.truths()  # it is no 1


def test_what_was_decided_about_knows_why_it_went_to_review(folder: Path, ledger: Ledger) -> None:
    lying = replace(doubted(), reason=Reason.TURNED)
    sure = replace(doubted(), status=Status.ACCEPTED, reason=None)
    record(ledger, file("a", "a", lying), file("b", "b", sure))
    record(ledger, unread("c", "a"), unread("d", "b"))
    decide(ledger, *(Decision(number, "7", "Ada") for number in (1, 2, 3, 4)))
    with History(folder) as history:
        assert [one.reason for one in history.verified()] == ["turned", None, "turned", None]


def test_a_number_that_was_decided_is_repeated_for_duplicates(folder: Path, ledger: Ledger) -> None:
    number = replace(
        doubted(value="4"), alternatives=(Alternative("4", 0.6), Alternative("44", 0.3))
    )
    record(ledger, file("a", "same", number))
    decide(ledger, Decision(1, "44", "Ada"))
    record(ledger, unread("b", "same"))
    arrived = file("c", "same", replace(number, value="9", alternatives=()))
    ledger.record([arrived], OTHER_PROVENANCE, "today")
    found = [(row.reading.value, row.reading.confidence) for row in latest(folder)]
    assert found == [("44", 0.3), ("44", 0.3), ("44", 0.0)]


def test_frames_are_found_by_their_content(folder: Path, ledger: Ledger) -> None:
    kept = KeptFrames(3, bytes(range(256)) * 7 + b"!" * 2)
    first = replace(doubted(1), frames=kept)
    record(ledger, file("a", "same", first, doubted(2)), file("c", "other", doubted(1)))
    record(ledger, unread("b", "same"))
    decide(ledger, Decision(1, "5", "Ada"))
    with History(folder) as history:
        rows = {
            (row.source.name, row.reading.page, row.reading.reason): history.frames(
                int(row.id.rpartition("-")[2])
            )
            for row in history.rows(superseded=True)
        }
    had = {key for key, frames in rows.items() if frames == kept}
    assert had == {
        ("a", 1, "low_confidence"),
        ("a", 1, "reviewed"),
        ("b", 1, "duplicate"),
    }
    assert {frames for key, frames in rows.items() if key not in had} == {None}
