import logging
import os
import shutil
import time

import msgspec
import pytest

from digitbox.config import Config
from digitbox.engine.stream import Verdict
from digitbox.errors import TransientError
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.values import Disposition
from digitbox.records import FileReading, Reading, Reason, Source, Version
from digitbox.service import waiting as waiting_module
from digitbox.service.clock import FileClock
from digitbox.service.inbox import AT_ONCE, Hint, Inbox
from tests.ledger.arrivals import STAMP, accepted, sha

ALL = 10_000
"""More files than any test drops."""

SETTLE = 1_000.0
PATIENCE = 50_000.0
"""Long against all that a test may take: time passes when it says so, and by nothing else."""


class Bay:
    """An inbox, in which time goes by as it is told to."""

    def __init__(self, config: Config, ledger: Ledger) -> None:
        self.folder, self.ledger = config.inbox, ledger
        self.ahead = 0.0
        self.set_by = 0.0
        self.clock = FileClock(
            self.folder,
            lambda: time.monotonic() + self.ahead,
            lambda: time.time() + self.ahead + self.set_by,
        )
        self.inbox = Inbox(config, ledger, self.clock)

    def drop(self, *names: str, content: bytes = b"x") -> None:
        for name in names:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(content)

    def source(self, name: str) -> Source:
        return Source(str(self.folder), name)

    def ready(self) -> list[str]:
        """What a scan and all that waits gives."""
        self.inbox.scan()
        return sorted(source.name for source in self.inbox.ready(ALL))

    def read(self, name: str, *reasons: Reason) -> FileReading:
        """What a worker would say of the file: read, or failed for ``reasons``."""
        readings = tuple(Reading.failed(reason) for reason in reasons) or (accepted(),)
        source = self.source(name)
        try:
            version = Version.of((self.folder / name).stat())
        except OSError:
            return FileReading(source, None, readings, None)
        return FileReading(source, sha((self.folder / name).read_text()), readings, version)

    def archive(self, name: str, place: Disposition | None) -> None:
        """Have it be recorded, and be brought to that place as far as the ledger knows."""
        number = self.ledger.record([self.read(name)], STAMP, "")
        assert number is not None
        self.ledger.published(number, reported=True)
        if place is not None:
            self.ledger.archived({one.id: place for one in self.ledger.unarchived()})
        self.inbox.done(self.source(name))


def configured(config: Config, action: str = "move", **watch: float) -> Config:
    return msgspec.structs.replace(
        config,
        watch=msgspec.structs.replace(
            config.watch, **{"settle": SETTLE, "patience": PATIENCE, **watch}
        ),
        originals=msgspec.structs.replace(config.originals, action=action),
    )


@pytest.fixture
def bay(config: Config, ledger: Ledger) -> Bay:
    return Bay(configured(config), ledger)


# ready


def test_a_file_is_ready_once_it_has_stood_still(bay: Bay) -> None:
    bay.drop("a")
    assert bay.ready() == []
    assert bay.inbox.waiting == 1
    bay.ahead += SETTLE / 2
    assert bay.ready() == []
    bay.ahead += SETTLE / 2 + 1
    assert bay.ready() == ["a"]


def test_it_is_ready_without_another_scan(bay: Bay) -> None:
    bay.drop("a")
    bay.ready()
    due = bay.inbox.next_due()
    assert due is not None
    assert 0 < due - bay.clock.monotonic() <= SETTLE
    assert bay.inbox.is_settling(due)
    bay.ahead += SETTLE
    assert [source.name for source in bay.inbox.ready(ALL)] == ["a"]


def test_an_old_file_is_ready_at_first_sight(bay: Bay) -> None:
    bay.drop("a", "b/c/d")
    bay.ahead += SETTLE + 1
    assert bay.ready() == ["a", "b/c/d"]


def test_a_file_that_is_written_to_waits_anew(bay: Bay) -> None:
    bay.drop("a")
    bay.ready()
    bay.ahead += SETTLE - 100
    bay.drop("a", content=b"more of it")
    # Written just now: as the file system has it, that was before.
    bay.set_by -= bay.ahead
    assert bay.ready() == []
    bay.ahead += 200
    assert bay.ready() == []
    bay.ahead += SETTLE
    assert bay.ready() == ["a"]


def test_a_file_that_was_brought_complete_is_ready_at_once(bay: Bay) -> None:
    bay.drop("a", "b/c")
    bay.inbox.hint(Hint("a", complete=True))
    bay.inbox.hint(Hint("b/c", complete=True))
    assert bay.inbox.is_settling(0)
    assert [source.name for source in bay.inbox.ready(ALL)] == ["a", "b/c"]


def test_a_file_that_may_be_incomplete_waits(bay: Bay) -> None:
    bay.drop("a")
    bay.inbox.hint(Hint("a", complete=False))
    assert bay.inbox.ready(ALL) == []
    assert bay.inbox.waiting == 1
    bay.ahead += SETTLE + 1
    assert [source.name for source in bay.inbox.ready(ALL)] == ["a"]


def test_a_waiting_file_that_is_closed_waits_no_more(bay: Bay) -> None:
    bay.drop("a")
    bay.inbox.hint(Hint("a", complete=False))
    assert bay.inbox.ready(ALL) == []
    bay.inbox.hint(Hint("a", complete=True))
    assert [source.name for source in bay.inbox.ready(ALL)] == ["a"]


def test_hints_go_first_even_in_the_middle_of_a_scan(bay: Bay) -> None:
    bay.drop(*(f"{number:04}" for number in range(AT_ONCE * 2)))
    bay.ahead += SETTLE + 1
    bay.inbox.scan()
    assert len(bay.inbox.ready(AT_ONCE)) == AT_ONCE
    bay.drop("late")
    bay.inbox.hint(Hint("late", complete=True))
    assert bay.inbox.ready(1)[0].name == "late"


def test_what_has_waited_goes_before_what_a_scan_finds(bay: Bay) -> None:
    bay.drop("early")
    bay.ready()
    bay.ahead += SETTLE + 1
    bay.drop("a", "b")
    bay.ahead += SETTLE + 1
    bay.inbox.scan()
    assert bay.inbox.ready(1)[0].name == "early"


def test_a_future_change_is_waited_for_by_looking(bay: Bay) -> None:
    """The file's time is ahead of the clock: it counts how long it was seen to stand still."""
    bay.drop("a")
    bay.set_by = -100 * SETTLE
    assert bay.ready() == []
    bay.ahead += SETTLE - 1
    assert bay.ready() == []
    bay.ahead += 2
    assert bay.ready() == ["a"]


def test_after_the_clock_was_set_forward_nothing_is_old(bay: Bay) -> None:
    bay.drop("a")
    assert bay.ready() == []
    bay.set_by += 100 * SETTLE
    bay.drop("b")
    assert bay.ready() == []
    bay.ahead += SETTLE + 1
    assert bay.ready() == ["a", "b"]


@pytest.mark.parametrize("moment", [0, 10**19 // 3])
def test_the_time_that_a_file_claims_does_not_count(bay: Bay, moment: int) -> None:
    bay.drop("a")
    os.utime(bay.folder / "a", ns=(moment, moment))
    assert bay.ready() == []
    bay.ahead += SETTLE + 1
    assert bay.ready() == ["a"]


def test_what_vanishes_while_it_waits_is_forgotten(bay: Bay) -> None:
    bay.drop("a")
    bay.ready()
    (bay.folder / "a").unlink()
    bay.ahead += SETTLE + 1
    assert bay.ready() == []
    assert bay.inbox.waiting == 0


def test_memory_is_bounded_and_nothing_is_lost(bay: Bay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_module, "REMEMBERED", 3)
    names = [f"{number}" for number in range(9)]
    bay.drop(*names)
    assert bay.ready() == []
    assert bay.inbox.waiting == 3
    bay.ahead += SETTLE + 1
    assert bay.ready() == names


# scan


def test_a_file_is_given_once_until_it_is_let_go_of(bay: Bay) -> None:
    bay.drop("a", "b")
    bay.ahead += SETTLE + 1
    bay.inbox.hint(Hint("a", complete=True))
    bay.inbox.hint(Hint("a", complete=True))
    assert bay.ready() == ["a", "b"]
    bay.inbox.hint(Hint("a", complete=True))
    assert bay.ready() == []
    assert sorted(source.name for source in bay.inbox.in_flight()) == ["a", "b"]
    bay.inbox.done(bay.source("a"))
    assert bay.ready() == ["a"]
    bay.inbox.release()
    assert bay.inbox.in_flight() == []
    assert bay.ready() == ["a", "b"]


def test_what_had_waited_and_was_let_go_of_unread_is_ready_again(bay: Bay) -> None:
    bay.drop("a")
    assert bay.ready() == []
    bay.ahead += SETTLE + 1
    assert bay.ready() == ["a"]
    bay.inbox.release()
    assert bay.ready() == ["a"]


def test_a_scan_goes_on_where_the_last_batch_ended(bay: Bay) -> None:
    names = {f"{number:04}" for number in range(3 * AT_ONCE)}
    bay.drop(*names)
    bay.ahead += SETTLE + 1
    bay.inbox.scan()
    found: list[str] = []
    while bay.inbox.is_scanning:
        bay.inbox.scan()  # does not begin anew
        found += [source.name for source in bay.inbox.ready(70)]
    assert len(found) == len(names)
    assert set(found) == names


def test_a_scan_tells_when_it_ended_and_what_it_left_alone(bay: Bay) -> None:
    bay.drop("a", "b.part", ".hidden", ".tmp/c", "Thumbs.db")
    os.mkfifo(bay.folder / "pipe")
    (bay.folder / "link").symlink_to(bay.folder / "a")
    bay.ahead += SETTLE + 1
    before = bay.inbox.scanned_at
    assert before is None
    assert bay.ready() == ["a"]
    assert not bay.inbox.is_scanning
    assert bay.inbox.skipped == {"unfinished": 3, "system": 1, "special": 1, "symlink": 1}
    scanned = bay.inbox.scanned_at
    assert scanned is not None
    assert scanned <= bay.clock.monotonic()


@pytest.mark.parametrize("name", ["a.part", ".hidden", "~$a", ".git/a", "b.tmp/a", "Thumbs.db"])
def test_a_hint_of_an_unfinished_name_is_left_alone(bay: Bay, name: str) -> None:
    bay.drop(name)
    bay.inbox.hint(Hint(name, complete=True))
    assert bay.inbox.ready(ALL) == []
    assert bay.inbox.waiting == 0


def test_a_hint_of_what_is_no_file_is_left_alone(bay: Bay) -> None:
    bay.drop("a")
    os.mkfifo(bay.folder / "pipe")
    (bay.folder / "link").symlink_to(bay.folder / "a")
    (bay.folder / "folder").mkdir()
    for name in ("pipe", "link", "folder", "none", "a/b", "x" * 300, "nul\0"):
        bay.inbox.hint(Hint(name, complete=True))
    assert bay.inbox.ready(ALL) == []


def test_links_are_followed_only_where_files_stay(config: Config, ledger: Ledger) -> None:
    found = {}
    for action in ("move", "keep"):
        follows = msgspec.structs.replace(configured(config, action), follow_symlinks=True)
        bay = Bay(follows, ledger)
        target = bay.folder.parent / "target"
        target.write_bytes(b"x")
        (bay.folder / "link").unlink(missing_ok=True)
        (bay.folder / "link").symlink_to(target)
        bay.ahead += SETTLE + 1
        found[action] = bay.ready()
    assert found == {"move": [], "keep": ["link"]}


def test_a_missing_inbox_is_weather(bay: Bay) -> None:
    bay.folder.rename(bay.folder.with_name("away"))
    with pytest.raises(TransientError, match="inbox"):
        bay.inbox.scan()
    assert not bay.inbox.is_scanning
    bay.folder.with_name("away").rename(bay.folder)
    bay.drop("a")
    bay.ahead += SETTLE + 1
    assert bay.ready() == ["a"]


def test_an_inbox_that_goes_away_in_a_scan_gives_nothing(bay: Bay) -> None:
    bay.drop("a", "b/c")
    bay.ahead += SETTLE + 1
    bay.inbox.scan()
    shutil.rmtree(bay.folder)
    assert bay.inbox.ready(ALL) == []


# new


def test_what_is_recorded_and_not_retired_is_not_new(bay: Bay) -> None:
    bay.drop("a", "b")
    bay.ahead += SETTLE + 1
    bay.archive("a", None)
    bay.drop("a", content=b"the next one comes once the first is archived")
    bay.inbox.hint(Hint("a", complete=True))
    assert bay.ready() == ["b"]


def test_what_was_moved_and_came_again_is_new(bay: Bay) -> None:
    bay.drop("a")
    bay.ahead += SETTLE + 1
    bay.archive("a", "done")
    assert bay.ready() == ["a"]


def test_a_kept_file_is_new_once_it_is_touched(config: Config, ledger: Ledger) -> None:
    bay = Bay(configured(config, "keep"), ledger)
    bay.drop("a", "b")
    bay.ahead += SETTLE + 1
    bay.archive("a", "inbox")
    bay.archive("b", "inbox")
    assert bay.ready() == []
    os.utime(bay.folder / "b", ns=(5, 5))
    assert bay.ready() == ["b"]
    assert bay.inbox.returned() == []


def test_a_file_that_was_gone_and_is_back_is_not_new(bay: Bay) -> None:
    bay.drop("a", "b")
    bay.ahead += SETTLE + 1
    for name in "ab":
        bay.archive(name, "gone")
    (bay.folder / "b").write_bytes(b"another file")
    (bay.folder / "a").rename(bay.folder / "away")
    (bay.folder / "away").rename(bay.folder / "a")
    assert bay.ready() == ["b"]
    assert bay.inbox.returned() == [bay.source("a")]
    assert bay.inbox.returned() == []


# judge


def test_what_was_read_is_recorded(bay: Bay) -> None:
    bay.drop("a")
    assert bay.inbox.acknowledge(bay.read("a")) == Verdict.RECORD


@pytest.mark.parametrize(
    "reason", [Reason.TIMEOUT, Reason.MEMORY, Reason.DECODER_CRASHED, Reason.TOO_MANY_PIXELS]
)
def test_what_failed_for_good_is_recorded(bay: Bay, reason: Reason) -> None:
    bay.drop("a")
    assert bay.inbox.acknowledge(bay.read("a", reason)) == Verdict.RECORD


def test_what_vanished_is_gone(bay: Bay) -> None:
    bay.drop("a", "b")
    bay.ahead += SETTLE + 1
    bay.ready()
    vanished = bay.read("a", Reason.VANISHED)
    (bay.folder / "b").unlink()
    assert bay.inbox.acknowledge(vanished) == Verdict.GONE
    assert bay.inbox.acknowledge(bay.read("b", Reason.UNREADABLE)) == Verdict.GONE
    assert bay.inbox.in_flight() == []


UNDECODABLE = [Reason.EMPTY, Reason.NOT_AN_IMAGE, Reason.TRUNCATED, Reason.CORRUPT]


@pytest.mark.parametrize("reason", UNDECODABLE)
def test_what_does_not_decode_is_judged_only_after_patience(bay: Bay, reason: Reason) -> None:
    bay.drop("a")
    bay.ahead += SETTLE + 1
    assert bay.ready() == ["a"]
    assert bay.inbox.acknowledge(bay.read("a", reason)) == Verdict.RETRY
    assert bay.inbox.in_flight() == []
    assert bay.inbox.is_settling(bay.clock.monotonic() + PATIENCE)
    bay.ahead += PATIENCE - SETTLE - 100
    assert bay.ready() == []
    bay.ahead += 101
    assert bay.ready() == ["a"]
    assert bay.inbox.acknowledge(bay.read("a", reason)) == Verdict.RECORD


def test_what_does_not_decode_and_is_old_is_judged_at_once(bay: Bay) -> None:
    bay.drop("a")
    bay.ahead += PATIENCE + 1
    assert bay.ready() == ["a"]
    assert bay.inbox.acknowledge(bay.read("a", Reason.TRUNCATED)) == Verdict.RECORD


def test_what_does_not_decode_is_judged_by_looking_where_the_clock_is_behind(bay: Bay) -> None:
    bay.set_by = -10 * PATIENCE
    bay.drop("a")
    assert bay.ready() == []
    bay.ahead += SETTLE + 1
    assert bay.ready() == ["a"]
    assert bay.inbox.acknowledge(bay.read("a", Reason.EMPTY)) == Verdict.RETRY
    bay.ahead += PATIENCE - 100
    assert bay.ready() == ["a"]  # seen to stand still for the first seconds, too
    assert bay.inbox.acknowledge(bay.read("a", Reason.EMPTY)) == Verdict.RECORD


def test_what_does_not_decode_is_waited_for_anew_when_it_grows(bay: Bay) -> None:
    bay.drop("a")
    bay.ahead += SETTLE + 1
    bay.ready()
    assert bay.inbox.acknowledge(bay.read("a", Reason.TRUNCATED)) == Verdict.RETRY
    bay.drop("a", content=b"the whole of it")
    bay.inbox.hint(Hint("a", complete=True))
    assert bay.ready() == ["a"]
    assert bay.inbox.acknowledge(bay.read("a")) == Verdict.RECORD
    bay.inbox.done(bay.source("a"))
    assert bay.inbox.waiting == 0


@pytest.mark.parametrize("reason", [Reason.NO_PERMISSION, Reason.UNREADABLE])
def test_what_cannot_be_had_is_tried_later_each_time(
    bay: Bay, reason: Reason, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bay.drop("a")
    bay.ahead += SETTLE + 1
    delays = []
    for _ in range(8):
        assert bay.ready() == ["a"]
        assert bay.inbox.acknowledge(bay.read("a", reason)) == Verdict.RETRY
        due = bay.inbox.next_due()
        assert due is not None
        delays.append(due - bay.clock.monotonic())
        assert not bay.inbox.is_settling(float("inf"))
        bay.ahead += delays[-1]
    assert delays == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60], abs=0.5)
    assert len(caplog.messages) == 1
    assert bay.ready() == ["a"]
    bay.inbox.done(bay.source("a"))
    assert caplog.messages[1:] == ["a can be read again"]


def test_a_busy_file_is_no_news(bay: Bay, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bay.drop("a")
    bay.ahead += SETTLE + 1
    assert bay.ready() == ["a"]
    assert bay.inbox.acknowledge(bay.read("a", Reason.BUSY)) == Verdict.RETRY
    due = bay.inbox.next_due()
    assert due is not None
    assert due - bay.clock.monotonic() == pytest.approx(60, abs=1)
    bay.inbox.done(bay.source("a"))
    assert not caplog.messages


def test_files_that_fail_do_not_starve_new_ones(bay: Bay) -> None:
    bay.drop(*(f"bad{number}" for number in range(30)))
    bay.ahead += SETTLE + 1
    for name in bay.ready():
        bay.inbox.acknowledge(bay.read(name, Reason.UNREADABLE))
    bay.drop("good")
    bay.inbox.hint(Hint("good", complete=True))
    assert bay.ready() == ["good"]
