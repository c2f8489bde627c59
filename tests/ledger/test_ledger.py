import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitbox.ledger.entries import Entry
from digitbox.ledger.ledger import AT_ONCE, Ledger
from digitbox.ledger.values import Disposition, Original
from digitbox.records import FileReading, Reading, Reason, Row, Status
from tests.ledger.arrivals import (
    OTHER_PROVENANCE,
    PROVENANCE,
    accepted,
    failed,
    file,
    sha,
    source,
    sources,
    unread,
    version,
)


def record(ledger: Ledger, *files: FileReading) -> int:
    number = ledger.record(files, PROVENANCE, "today")
    assert number is not None
    return number


def publish(ledger: Ledger, *files: FileReading) -> dict[str, Original]:
    """Record and publish; what is to be archived then, by its name."""
    ledger.published(record(ledger, *files), reported=True)
    return {original.source.name: original for original in ledger.unarchived()}


def archive(ledger: Ledger, place: Disposition, *files: FileReading) -> None:
    originals = publish(ledger, *files).values()
    ledger.archived({original.id: place for original in originals})


def retry(ledger: Ledger, previous: int, read: FileReading) -> tuple[Row, ...]:
    number = ledger.record([read], PROVENANCE, "today", "retry", {read.source: previous})
    assert number is not None
    return ledger.batch(number).rows


@pytest.fixture
def other(folder: Path, ledger: Ledger) -> Iterator[Ledger]:
    """The same ledger, opened by another one."""
    made = Ledger(folder)
    assert made.tag == ledger.tag
    yield made
    made.close()


# claim


def test_claims_count_how_often_nothing_came_of_them(ledger: Ledger) -> None:
    ledger.claim(sources("a", "b"))
    ledger.claim(sources("b"))
    assert ledger.claims() == {source("a"): 1, source("b"): 2}


def test_claims_are_seen_by_the_next_one_at_once(ledger: Ledger, other: Ledger) -> None:
    ledger.claim(sources("a"))
    assert other.claims() == {source("a"): 1}


def test_a_claim_that_is_released_does_not_count(ledger: Ledger) -> None:
    ledger.claim(sources("a", "b"))
    ledger.claim(sources("a"))
    ledger.release(iter(sources("a", "b", "never claimed")))
    assert ledger.claims() == {source("a"): 1}


def test_claims_on_what_is_gone_are_forgotten(ledger: Ledger) -> None:
    ledger.claim(sources("a", "b"))
    ledger.claim(sources("a", "b"))
    ledger.forget(sources("a"))
    assert ledger.claims() == {source("b"): 2}


def test_the_same_name_in_another_inbox_is_another_claim(ledger: Ledger) -> None:
    ledger.claim([source("a", "one"), source("a", "two")])
    ledger.forget([source("a", "one")])
    assert ledger.claims() == {source("a", "two"): 1}


def test_what_is_recorded_is_not_claimed_any_more(ledger: Ledger) -> None:
    ledger.claim(sources("a", "b", "c"))
    record(ledger, file("a"), file("b"))
    assert ledger.claims() == {source("c"): 1}


def test_what_turns_out_not_to_be_new_is_not_claimed_any_more(ledger: Ledger) -> None:
    archive(ledger, "inbox", file("a"))
    ledger.claim(sources("a"))
    assert ledger.record([file("a")], PROVENANCE, "") is None
    assert not ledger.claims()


# record


def test_a_batch_has_its_rows_in_the_order_of_the_names(ledger: Ledger) -> None:
    files = [file("b"), file("c/a"), file("a", "a", accepted(1), accepted(2)), file("B")]
    batch = ledger.batch(record(ledger, *files))
    assert [(row.source.name, row.reading.page) for row in batch.rows] == [
        ("B", 1),
        ("a", 1),
        ("a", 2),
        ("b", 1),
        ("c/a", 1),
    ]
    assert (batch.model, batch.folder) == ("cnn-1", "today")


def test_batches_are_named_after_the_ledger_and_counted(ledger: Ledger) -> None:
    names = [ledger.batch(record(ledger, file(name))).name for name in "abc"]
    assert re.fullmatch(r"[0-9a-f]{12}", ledger.tag)
    assert names == [f"{ledger.tag}-0000000{number}" for number in (1, 2, 3)]


def test_ids_are_unique_and_increase(ledger: Ledger) -> None:
    batches = [record(ledger, file(f"{name}1"), file(f"{name}0")) for name in "cba"]
    ids = [row.id for number in batches for row in ledger.batch(number).rows]
    assert ids == sorted(set(ids))
    assert ids == [f"{ledger.tag}-{number:09}" for number in range(1, 7)]


def test_ids_go_on_after_a_restart(folder: Path) -> None:
    ids = []
    for name in "ab":
        ledger = Ledger(folder)
        ids += [row.id for row in ledger.batch(record(ledger, file(name))).rows]
        ledger.close()
    assert ids == sorted(set(ids))


def test_a_batch_is_the_same_each_time_whatever_comes_after(ledger: Ledger) -> None:
    number = record(ledger, file("a", "same"), file("b", "same"))
    before = ledger.batch(number)
    ledger.published(number, reported=True)
    ledger.archived({original.id: "done" for original in ledger.unarchived()})
    retry(ledger, 1, file("a", "same", accepted(value="1")))
    record(ledger, file("c", "same"))
    assert ledger.batch(number) == before


def test_a_batch_is_recorded_whole_or_not_at_all(
    ledger: Ledger, other: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[str] = []
    original = Entry.add

    def add(self: Entry, batch: int, read: FileReading) -> None:
        if added:
            raise KeyboardInterrupt
        original(self, batch, read)
        added.append(read.source.name)
        assert not other.unpublished()

    ledger.claim(sources("a", "b"))
    with monkeypatch.context() as patch:
        patch.setattr(Entry, "add", add)
        with pytest.raises(KeyboardInterrupt):
            ledger.record([file("a"), file("b")], PROVENANCE, "")
    assert added == ["a"]
    assert not ledger.unpublished()
    assert not ledger.records(sources("a", "b"))
    assert ledger.claims() == {source("a"): 1, source("b"): 1}
    assert [row.source.name for row in ledger.batch(record(ledger, file("c"))).rows] == ["c"]


def test_nothing_new_makes_no_batch(ledger: Ledger) -> None:
    assert ledger.record([], PROVENANCE, "") is None
    assert not ledger.unpublished()


def test_an_unread_file_whose_content_is_not_known_is_left_out(ledger: Ledger) -> None:
    ledger.claim(sources("a", "b"))
    number = record(ledger, unread("a", "never read"), file("b"))
    assert [row.source.name for row in ledger.batch(number).rows] == ["b"]
    assert not ledger.claims()
    assert not ledger.records(sources("a"))


def test_only_files_left_out_make_no_batch(ledger: Ledger) -> None:
    assert ledger.record([unread("a", "never read")], PROVENANCE, "") is None


def test_an_unread_file_known_under_other_settings_is_left_out(ledger: Ledger) -> None:
    record(ledger, file("a", "same"))
    assert ledger.record([unread("b", "same")], OTHER_PROVENANCE, "") is None


# what is new


def test_a_name_with_an_unarchived_record_stands(ledger: Ledger) -> None:
    stood = version(5)
    record(ledger, file("a", "content", stood=stood))
    (record_,) = ledger.records(sources("a", "b")).values()
    assert (record_.place, record_.sha256, record_.version) == (None, sha("content"), stood)


@pytest.mark.parametrize("place", ["done", "failed", "deleted", "replaced", "reread"])
def test_a_name_whose_file_is_elsewhere_is_free(ledger: Ledger, place: Disposition) -> None:
    archive(ledger, place, file("a"))
    assert not ledger.records(sources("a"))


@pytest.mark.parametrize("place", ["inbox", "gone"])
def test_a_name_where_the_file_may_be_stands(ledger: Ledger, place: Disposition) -> None:
    archive(ledger, place, file("a"))
    assert ledger.records(sources("a"))[source("a")].place == place


def test_many_names_are_looked_up_together(ledger: Ledger) -> None:
    names = [f"{number:05}" for number in range(2 * AT_ONCE + 1)]
    record(ledger, *(file(name) for name in names[::2]))
    assert [one.name for one in ledger.records(sources(*names))] == names[::2]


def test_the_same_name_in_another_folder_does_not_stand(ledger: Ledger) -> None:
    record(ledger, file("a", root="one"))
    assert not ledger.records([source("a", "two")])


def test_a_kept_file_is_recognised_by_all_that_stat_says(ledger: Ledger) -> None:
    stood = version(5)
    archive(ledger, "inbox", file("a", stood=stood))
    record_ = ledger.records(sources("a"))[source("a")]
    assert record_.is_at(stood)
    for part in ("device", "size", "mtime_ns", "ctime_ns"):
        assert not record_.is_at(version(5, **{part: 77})), part
    assert not record_.is_at(version(6))


def test_a_file_that_was_gone_is_recognised_wherever_it_has_been(ledger: Ledger) -> None:
    archive(ledger, "gone", file("a", stood=version(5)))
    record_ = ledger.records(sources("a"))[source("a")]
    assert record_.is_at(version(5, ctime_ns=99, device=99))
    for other in (version(6), version(5, size=99), version(5, mtime_ns=99)):
        assert not record_.is_at(other)


def test_a_kept_file_that_was_touched_is_not_new(ledger: Ledger) -> None:
    archive(ledger, "inbox", file("a", "same", stood=version(5)))
    touched = version(6, mtime_ns=99, ctime_ns=100)
    assert ledger.record([file("a", "same", stood=touched)], PROVENANCE, "") is None
    record_ = ledger.records(sources("a"))[source("a")]
    assert (record_.version, record_.place) == (touched, "inbox")
    assert record_.is_at(touched)


def test_a_kept_file_that_was_touched_and_not_read_again_is_not_new(ledger: Ledger) -> None:
    archive(ledger, "inbox", file("a", "same", stood=version(5)))
    touched = version(5, mtime_ns=99)
    assert ledger.record([unread("a", "same", touched)], PROVENANCE, "") is None
    assert ledger.records(sources("a"))[source("a")].is_at(touched)


def test_a_kept_file_with_another_content_is_new(ledger: Ledger) -> None:
    archive(ledger, "inbox", file("a", "old"))
    (original,) = publish(ledger, file("a", "new")).values()
    assert ledger.records(sources("a"))[source("a")].sha256 == sha("new")
    ledger.archived({original.id: "inbox"})
    assert ledger.records(sources("a"))[source("a")].sha256 == sha("new")
    assert ledger.record([file("a", "new")], PROVENANCE, "") is None


def test_a_kept_file_is_new_again_when_its_first_content_returns(ledger: Ledger) -> None:
    archive(ledger, "inbox", file("a", "old"))
    archive(ledger, "inbox", file("a", "new"))
    (row,) = ledger.batch(record(ledger, file("a", "old"))).rows
    assert row.reading.reason is Reason.DUPLICATE


def test_of_several_kept_files_only_the_changed_are_new(ledger: Ledger) -> None:
    archive(ledger, "inbox", *(file(name) for name in "abc"))
    number = record(ledger, file("a"), file("b", "changed"), file("c"), file("d"))
    assert [row.source.name for row in ledger.batch(number).rows] == ["b", "d"]


def test_a_kept_file_whose_content_was_not_had_is_recognised_by_its_version(
    ledger: Ledger,
) -> None:
    huge = FileReading(source("a"), None, (failed(Reason.TOO_MANY_BYTES),), version(5))
    archive(ledger, "inbox", huge)
    assert ledger.record([huge], PROVENANCE, "") is None
    other = FileReading(source("a"), None, huge.readings, version(6))
    assert ledger.record([other], PROVENANCE, "") is not None


def test_what_stands_unarchived_gets_no_second_row(ledger: Ledger) -> None:
    record(ledger, file("a", "old"))
    assert ledger.record([file("a", "new")], PROVENANCE, "") is None


def test_another_file_at_the_name_of_a_gone_one_is_new(ledger: Ledger) -> None:
    archive(ledger, "gone", file("a", "same"))
    (row,) = ledger.batch(record(ledger, file("a", "same"))).rows
    assert row.reading.reason is Reason.DUPLICATE
    ledger.returned(sources("a"))
    assert len(ledger.records(sources("a"))) == 1


def test_a_moved_inbox_takes_what_stands_in_it_along(ledger: Ledger) -> None:
    archive(ledger, "inbox", file("kept", root="old"))
    archive(ledger, "gone", file("gone", root="old"))
    archive(ledger, "done", file("done", root="old"))
    record(ledger, file("unarchived", root="old"))
    ledger.rebase("new")
    names = ("kept", "gone", "done", "unarchived")
    found = ledger.records([source(name, "new") for name in names])
    assert {one.name: record_.place for one, record_ in found.items()} == {
        "kept": "inbox",
        "gone": "gone",
        "unarchived": None,
    }
    assert not ledger.records([source(name, "old") for name in names])
    (done,) = ledger.batch(3).rows
    assert done.source.root == "old"


# publish


def test_a_batch_is_unpublished_until_it_is_said(ledger: Ledger, other: Ledger) -> None:
    first, second = record(ledger, file("a")), record(ledger, file("b"))
    assert other.unpublished() == [first, second]
    ledger.published(first, reported=True)
    assert other.unpublished() == [second]


def test_only_what_somebody_is_to_be_told_of_is_unreported(ledger: Ledger) -> None:
    first, second, third = (record(ledger, file(name)) for name in "abc")
    assert not ledger.unreported()
    ledger.published(first, reported=True)
    ledger.published(third, reported=False)
    ledger.published(second, reported=False)
    assert ledger.unreported() == [second, third]
    ledger.reported(second)
    assert ledger.unreported() == [third]


# archive


def test_nothing_is_archived_before_it_is_published(ledger: Ledger) -> None:
    number = record(ledger, file("a"))
    assert not ledger.unarchived()
    ledger.published(number, reported=True)
    assert [original.source for original in ledger.unarchived()] == sources("a")


def test_what_is_to_be_archived_comes_with_what_is_known_of_it(ledger: Ledger) -> None:
    found = publish(
        ledger,
        file("a", stood=version(5)),
        file("b", "book", accepted(1), failed(Reason.CORRUPT, 2), failed(Reason.TIMEOUT, 3)),
    )
    batch = f"{ledger.tag}-00000001"
    assert found == {
        "a": Original(1, batch, source("a"), sha("a"), version(5), False, (), None),
        "b": Original(
            2,
            batch,
            source("b"),
            sha("book"),
            version(),
            True,
            ("page 2: corrupt", "page 3: timeout"),
            None,
        ),
    }


def test_the_reasons_of_a_failed_duplicate_are_those_of_the_first(ledger: Ledger) -> None:
    publish(ledger, file("a", "same", failed(Reason.TRUNCATED)))
    found = publish(ledger, file("b", "same", failed(Reason.TRUNCATED)))
    assert found["b"].reasons == ("page 1: truncated",)


def test_what_is_archived_is_so_for_good(ledger: Ledger, other: Ledger) -> None:
    found = publish(ledger, file("a"), file("b"))
    ledger.archived({found["a"].id: "done"})
    assert [original.source.name for original in other.unarchived()] == ["b"]
    ledger.archived({})
    assert len(ledger.unarchived()) == 1


def test_what_was_gone_and_is_back_is_archived_after_all(ledger: Ledger) -> None:
    archive(ledger, "gone", file("a"))
    archive(ledger, "inbox", file("b"))
    archive(ledger, "gone", file("c"))
    ledger.returned(sources("a", "b"))
    assert [original.source.name for original in ledger.unarchived()] == ["a"]


# retry


def test_rows_of_a_retry_replace_those_of_the_same_page(ledger: Ledger) -> None:
    archive(ledger, "done", file("a", "book", accepted(1), accepted(2)))
    rows = retry(ledger, 1, file("a", "book", accepted(1, "1"), accepted(2, "2")))
    assert [row.replaces for row in rows] == [f"{ledger.tag}-{number:09}" for number in (1, 2)]
    assert [(row.reading.value, row.reading.reason) for row in rows] == [("1", None), ("2", None)]


def test_a_second_retry_replaces_the_rows_of_the_first(ledger: Ledger) -> None:
    archive(ledger, "done", file("a", "book", accepted(1), accepted(2)))
    first = retry(ledger, 1, file("a", "book", accepted(1), accepted(2)))
    second = retry(ledger, 2, file("a", "book", accepted(1), accepted(2)))
    assert [row.replaces for row in second] == [row.id for row in first]


def test_a_page_is_replaced_across_a_retry_that_lacks_it(ledger: Ledger) -> None:
    """A retry may fail as a whole, and the next one finds the pages again."""
    archive(ledger, "done", file("a", "book", accepted(1), accepted(2)))
    (failure,) = retry(ledger, 1, file("a", "book", failed(Reason.TIMEOUT)))
    first, second, third = retry(ledger, 2, file("a", "book", *map(accepted, (1, 2, 3))))
    assert failure.replaces == f"{ledger.tag}-000000001"
    assert first.replaces == failure.id
    assert second.replaces == f"{ledger.tag}-000000002"
    assert third.replaces is None


def test_no_row_is_replaced_twice(ledger: Ledger) -> None:
    archive(ledger, "done", file("a", "book", accepted(1)))
    rows = [
        row
        for previous in (1, 2, 3)
        for row in retry(ledger, previous, file("a", "book", accepted(1), accepted(2)))
    ]
    replaced = [row.replaces for row in rows if row.replaces]
    assert len(replaced) == len(set(replaced)) == 5


def test_a_retry_goes_on_from_where_the_file_lies(ledger: Ledger) -> None:
    archive(ledger, "failed", file("a", "content", failed()))
    number = ledger.record([file("a", "content")], PROVENANCE, "", "retry", {source("a"): 1})
    assert number is not None
    ledger.published(number, reported=True)
    (original,) = ledger.unarchived()
    assert original.before == ("failed", f"{ledger.tag}-00000001")
    assert not original.failed
    ledger.archived({original.id: "done"})
    assert not ledger.unarchived()


def test_a_file_is_read_again_while_another_one_stands_at_its_name(ledger: Ledger) -> None:
    archive(ledger, "done", file("a", "old"))
    arrived = publish(ledger, file("a", "new"))["a"]
    (row,) = retry(ledger, 1, file("a", "old", accepted(value="1")))
    assert row.replaces == f"{ledger.tag}-000000001"
    ledger.published(3, reported=True)
    _, again = ledger.unarchived()
    ledger.archived({again.id: "done"})
    assert ledger.unarchived() == [arrived]
    assert ledger.records(sources("a"))[source("a")].sha256 == sha("new")


def test_a_kept_file_that_is_read_again_has_one_record_that_stands(ledger: Ledger) -> None:
    archive(ledger, "inbox", file("a", "content"))
    number = ledger.record([file("a", "content")], PROVENANCE, "", "retry", {source("a"): 1})
    assert number is not None
    ledger.published(number, reported=True)
    ledger.archived({original.id: "inbox" for original in ledger.unarchived()})
    assert ledger.record([file("a", "content")], PROVENANCE, "") is None
    assert ledger.records(sources("a"))[source("a")].place == "inbox"


def test_a_retry_is_not_a_duplicate_of_what_it_replaces(ledger: Ledger) -> None:
    archive(ledger, "done", file("a", "content", Reading(1, Status.BLANK)))
    (row,) = retry(ledger, 1, file("a", "content", accepted(value="1")))
    assert (row.duplicate_of, row.reading) == (None, accepted(value="1"))


# requests


def test_a_request_is_there_until_it_is_answered(ledger: Ledger, other: Ledger) -> None:
    other.request("retry", [1, 2])
    other.request("retry", {"deep": ["ü", None]})
    first, second = ledger.requests()
    assert (first.kind, first.argument) == ("retry", [1, 2])
    assert second.argument == {"deep": ["ü", None]}
    ledger.answered(first, "2 rows")
    assert [request.id for request in other.requests()] == [second.id]


def test_what_another_process_writes_is_noticed(ledger: Ledger, other: Ledger) -> None:
    assert not ledger.is_changed()
    other.request("retry", [])
    assert ledger.is_changed()
    assert not ledger.is_changed()


def test_what_it_writes_itself_is_no_news(ledger: Ledger) -> None:
    ledger.claim(sources("a"))
    record(ledger, file("a"))
    assert not ledger.is_changed()
