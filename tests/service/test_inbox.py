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
from digitbox.service.hints import Hint, Sign
from digitbox.service.inbox import AT_ONCE, Inbox
from digitbox.storage.walk import NAMED
from tests.ledger.arrivals import PROVENANCE, accepted, sha

ALL = 10_000
"""More files than any test drops."""

SETTLE = 1_000.0
PATIENCE = 50_000.0
"""Long against all that a test may take: time passes when it says so, and by nothing else."""


class Harness:
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
        number = self.ledger.record([self.read(name)], PROVENANCE, "")
        assert number is not None
        self.ledger.published(number, reported=True)
        if place is not None:
            self.ledger.archived({one.id: place for one in self.ledger.unarchived()})
        self.inbox.done(self.source(name))


def configured(config: Config, action: str = "move", **watch: object) -> Config:
    return msgspec.structs.replace(
        config,
        watch=msgspec.structs.replace(
            config.watch, **{"settle": SETTLE, "patience": PATIENCE, **watch}
        ),
        originals=msgspec.structs.replace(config.originals, action=action),
    )


@pytest.fixture
def harness(config: Config, ledger: Ledger) -> Harness:
    return Harness(configured(config), ledger)


# ready


def test_a_file_is_ready_once_it_has_stood_still(harness: Harness) -> None:
    harness.drop("a")
    assert harness.ready() == []
    assert harness.inbox.waiting == 1
    harness.ahead += SETTLE / 2
    assert harness.ready() == []
    harness.ahead += SETTLE / 2 + 1
    assert harness.ready() == ["a"]


def test_it_is_ready_without_another_scan(harness: Harness) -> None:
    harness.drop("a")
    harness.ready()
    due = harness.inbox.next_due()
    assert due is not None
    assert 0 < due - harness.clock.monotonic() <= SETTLE
    assert harness.inbox.is_settling(due)
    harness.ahead += SETTLE
    assert [source.name for source in harness.inbox.ready(ALL)] == ["a"]


def test_an_old_file_is_ready_at_first_sight(harness: Harness) -> None:
    harness.drop("a", "b/c/d")
    harness.ahead += SETTLE + 1
    assert harness.ready() == ["a", "b/c/d"]


def test_a_file_that_is_written_to_waits_anew(harness: Harness) -> None:
    harness.drop("a")
    harness.ready()
    harness.ahead += SETTLE - 100
    harness.drop("a", content=b"more of it")
    # Written just now: as the file system has it, that was before.
    harness.set_by -= harness.ahead
    assert harness.ready() == []
    harness.ahead += 200
    assert harness.ready() == []
    harness.ahead += SETTLE
    assert harness.ready() == ["a"]


def test_a_file_that_was_brought_complete_is_ready_at_once(harness: Harness) -> None:
    harness.drop("a", "b/c")
    harness.inbox.hint(Hint("a", Sign.MOVED))
    harness.inbox.hint(Hint("b/c", Sign.MOVED))
    assert harness.inbox.is_settling(0)
    assert [source.name for source in harness.inbox.ready(ALL)] == ["a", "b/c"]


def test_a_file_that_may_be_incomplete_waits(harness: Harness) -> None:
    harness.drop("a")
    harness.inbox.hint(Hint("a", Sign.CREATED))
    assert harness.inbox.ready(ALL) == []
    assert harness.inbox.waiting == 1
    harness.ahead += SETTLE + 1
    assert [source.name for source in harness.inbox.ready(ALL)] == ["a"]


@pytest.mark.parametrize(
    "name", ["a.png", "b/A.JPEG", "scan 12:30.bmp", "a.b.gif", "a.webp", "a.HEIC"]
)
def test_a_file_of_one_page_that_is_closed_waits_no_more(harness: Harness, name: str) -> None:
    harness.drop(name)
    harness.inbox.hint(Hint(name, Sign.CREATED))
    assert harness.inbox.ready(ALL) == []
    harness.inbox.hint(Hint(name, Sign.CLOSED))
    assert [source.name for source in harness.inbox.ready(ALL)] == [name]


@pytest.mark.parametrize("name", ["scan.tiff", "b/scan.TIF", "scan.pdf", "scan", "scan.dat"])
def test_a_file_that_may_get_more_pages_waits_after_each_close(harness: Harness, name: str) -> None:
    """Scanners close a TIFF or a PDF after each page, and open it again: appended to or written
    anew, in place or to a new file of that name."""
    for pages in range(1, 4):
        harness.drop(name, content=b"page" * pages)
        harness.inbox.hint(Hint(name, Sign.CLOSED))
        # Written just now: as the file system has it, that was before.
        harness.set_by = -harness.ahead
        assert harness.inbox.ready(ALL) == []
        harness.ahead += SETTLE - 100
        assert harness.inbox.ready(ALL) == []
    (harness.folder / name).unlink()
    harness.drop(name, content=b"page" * 4)
    harness.inbox.hint(Hint(name, Sign.CLOSED))
    harness.set_by = -harness.ahead
    assert harness.inbox.ready(ALL) == []
    harness.ahead += SETTLE + 1
    assert [source.name for source in harness.inbox.ready(ALL)] == [name]


@pytest.mark.parametrize(
    "name",
    [
        *("x.png.1a2b3c4d", "x.png.6e4Ba1C7", "x.png.XyZ", "tmpk3j2_x9a", "tmpk3j2_x9a.png"),
        *("x.tmp.png", "x.part.jpg", "x-new.png", "x_temp.png", "x.png.tmp.1234", "x.png_new"),
    ],
)
def test_a_file_under_a_name_that_its_writer_may_change_waits(harness: Harness, name: str) -> None:
    """What is renamed in the inbox once it is closed is found under its own name."""
    harness.drop(name)
    harness.inbox.hint(Hint(name, Sign.CLOSED))
    assert harness.inbox.ready(ALL) == []
    harness.ahead += SETTLE / 2
    assert harness.ready() == []
    (harness.folder / name).rename(harness.folder / "final.png")
    harness.inbox.hint(Hint("final.png", Sign.MOVED))
    assert [source.name for source in harness.inbox.ready(ALL)] == ["final.png"]
    harness.ahead += SETTLE + 1
    assert harness.ready() == []
    assert harness.inbox.waiting == 0


@pytest.mark.parametrize(
    ("sidecar", "content"),
    [(".aria2", b"x"), (".lftp-pget-status", b"x"), (".st", b"x"), (".part", b"")],
)
def test_a_file_that_a_program_keeps_account_of_waits_until_that_is_gone(
    harness: Harness, sidecar: str, content: bytes
) -> None:
    harness.drop("a.png", content=content)
    harness.drop("a.png" + sidecar)
    harness.inbox.hint(Hint("a.png", Sign.CLOSED))
    assert harness.inbox.ready(ALL) == []
    for _ in range(5):
        harness.ahead += 2 * SETTLE
        assert harness.ready() == []
    assert harness.inbox.waiting == 1
    assert not harness.inbox.is_settling(float("inf"))
    (harness.folder / ("a.png" + sidecar)).unlink()
    harness.ahead += SETTLE
    assert harness.ready() == ["a.png"]


@pytest.mark.parametrize("sign", Sign)
def test_where_all_have_to_stand_still_no_event_makes_a_file_ready(
    config: Config, ledger: Ledger, sign: Sign
) -> None:
    harness = Harness(configured(config, complete="settled"), ledger)
    harness.drop("a.png")
    harness.inbox.hint(Hint("a.png", sign))
    assert harness.inbox.ready(ALL) == []
    harness.ahead += SETTLE + 1
    assert [source.name for source in harness.inbox.ready(ALL)] == ["a.png"]


def test_hints_go_first_even_in_the_middle_of_a_scan(harness: Harness) -> None:
    harness.drop(*(f"{number:04}" for number in range(AT_ONCE * 2)))
    harness.ahead += SETTLE + 1
    harness.inbox.scan()
    assert len(harness.inbox.ready(AT_ONCE)) == AT_ONCE
    harness.drop("late")
    harness.inbox.hint(Hint("late", Sign.MOVED))
    assert harness.inbox.ready(1)[0].name == "late"


def test_what_has_waited_goes_before_what_a_scan_finds(harness: Harness) -> None:
    harness.drop("early")
    harness.ready()
    harness.ahead += SETTLE + 1
    harness.drop("a", "b")
    harness.ahead += SETTLE + 1
    harness.inbox.scan()
    assert harness.inbox.ready(1)[0].name == "early"


def test_a_future_change_is_waited_for_by_looking(harness: Harness) -> None:
    """The file's time is ahead of the clock: it counts how long it was seen to stand still."""
    harness.drop("a")
    harness.set_by = -100 * SETTLE
    assert harness.ready() == []
    harness.ahead += SETTLE - 1
    assert harness.ready() == []
    harness.ahead += 2
    assert harness.ready() == ["a"]


def test_after_the_clock_was_set_forward_nothing_is_old(harness: Harness) -> None:
    harness.drop("a")
    assert harness.ready() == []
    harness.set_by += 100 * SETTLE
    harness.drop("b")
    assert harness.ready() == []
    harness.ahead += SETTLE + 1
    assert harness.ready() == ["a", "b"]


@pytest.mark.parametrize("moment", [0, 10**19 // 3])
def test_the_time_that_a_file_claims_does_not_count(harness: Harness, moment: int) -> None:
    harness.drop("a")
    os.utime(harness.folder / "a", ns=(moment, moment))
    assert harness.ready() == []
    harness.ahead += SETTLE + 1
    assert harness.ready() == ["a"]


def test_what_vanishes_while_it_waits_is_forgotten(harness: Harness) -> None:
    harness.drop("a")
    harness.ready()
    (harness.folder / "a").unlink()
    harness.ahead += SETTLE + 1
    assert harness.ready() == []
    assert harness.inbox.waiting == 0


def test_memory_is_bounded_and_nothing_is_lost(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_module, "REMEMBERED", 3)
    names = [f"{number}" for number in range(9)]
    harness.drop(*names)
    assert harness.ready() == []
    assert harness.inbox.waiting == 3
    harness.ahead += SETTLE + 1
    assert harness.ready() == names


# scan


def test_a_file_is_given_once_until_it_is_let_go_of(harness: Harness) -> None:
    harness.drop("a", "b")
    harness.ahead += SETTLE + 1
    harness.inbox.hint(Hint("a", Sign.MOVED))
    harness.inbox.hint(Hint("a", Sign.MOVED))
    assert harness.ready() == ["a", "b"]
    harness.inbox.hint(Hint("a", Sign.MOVED))
    assert harness.ready() == []
    assert sorted(source.name for source in harness.inbox.in_flight()) == ["a", "b"]
    harness.inbox.done(harness.source("a"))
    assert harness.ready() == ["a"]
    harness.inbox.release()
    assert harness.inbox.in_flight() == []
    assert harness.ready() == ["a", "b"]


def test_what_had_waited_and_was_let_go_of_unread_is_ready_again(harness: Harness) -> None:
    harness.drop("a")
    assert harness.ready() == []
    harness.ahead += SETTLE + 1
    assert harness.ready() == ["a"]
    harness.inbox.release()
    assert harness.ready() == ["a"]


def test_a_scan_goes_on_where_the_last_batch_ended(harness: Harness) -> None:
    names = {f"{number:04}" for number in range(3 * AT_ONCE)}
    harness.drop(*names)
    harness.ahead += SETTLE + 1
    harness.inbox.scan()
    found: list[str] = []
    while harness.inbox.is_scanning:
        harness.inbox.scan()  # does not begin anew
        found += [source.name for source in harness.inbox.ready(70)]
    assert len(found) == len(names)
    assert set(found) == names


def test_a_scan_tells_when_it_ended_and_what_it_left_alone(harness: Harness) -> None:
    harness.drop("a", "b.part", ".hidden", ".tmp/c", "Thumbs.db")
    os.mkfifo(harness.folder / "pipe")
    (harness.folder / "link").symlink_to(harness.folder / "a")
    harness.ahead += SETTLE + 1
    before = harness.inbox.scanned_at
    assert before is None
    assert harness.ready() == ["a"]
    assert not harness.inbox.is_scanning
    assert harness.inbox.skipped == {"unfinished": 3, "system": 1, "special": 1, "symlink": 1}
    scanned = harness.inbox.scanned_at
    assert scanned is not None
    assert scanned <= harness.clock.monotonic()


@pytest.mark.parametrize(
    "name", ["a.part", ".hidden", "~$a", ".git/a", "b.tmp/a", "Thumbs.db", "@eaDir/a.png/thumb.jpg"]
)
def test_a_hint_of_an_unfinished_name_is_left_alone(harness: Harness, name: str) -> None:
    harness.drop(name)
    harness.inbox.hint(Hint(name, Sign.MOVED))
    assert harness.inbox.ready(ALL) == []
    assert harness.inbox.waiting == 0


def test_a_hint_of_what_is_no_file_is_left_alone(harness: Harness) -> None:
    harness.drop("a")
    os.mkfifo(harness.folder / "pipe")
    (harness.folder / "link").symlink_to(harness.folder / "a")
    (harness.folder / "folder").mkdir()
    for name in ("pipe", "link", "folder", "none", "a/b", "x" * 300, "nul\0"):
        harness.inbox.hint(Hint(name, Sign.MOVED))
    assert harness.inbox.ready(ALL) == []


def test_links_are_followed_only_where_files_stay(config: Config, ledger: Ledger) -> None:
    found = {}
    for action in ("move", "keep"):
        follows = msgspec.structs.replace(configured(config, action), follow_symlinks=True)
        harness = Harness(follows, ledger)
        target = harness.folder.parent / "target"
        target.write_bytes(b"x")
        (harness.folder / "link").unlink(missing_ok=True)
        (harness.folder / "link").symlink_to(target)
        harness.ahead += SETTLE + 1
        found[action] = harness.ready()
    assert found == {"move": [], "keep": ["link"]}


def test_a_missing_inbox_is_a_transient_error(harness: Harness) -> None:
    harness.folder.rename(harness.folder.with_name("away"))
    with pytest.raises(TransientError, match="inbox"):
        harness.inbox.scan()
    assert not harness.inbox.is_scanning
    harness.folder.with_name("away").rename(harness.folder)
    harness.drop("a")
    harness.ahead += SETTLE + 1
    assert harness.ready() == ["a"]


def test_an_inbox_that_goes_away_in_a_scan_gives_nothing(harness: Harness) -> None:
    harness.drop("a", "b/c")
    harness.ahead += SETTLE + 1
    harness.inbox.scan()
    shutil.rmtree(harness.folder)
    assert harness.inbox.ready(ALL) == []


# new


def test_what_is_recorded_and_not_archived_is_not_new(harness: Harness) -> None:
    harness.drop("a", "b")
    harness.ahead += SETTLE + 1
    harness.archive("a", None)
    harness.drop("a", content=b"the next one comes once the first is archived")
    harness.inbox.hint(Hint("a", Sign.MOVED))
    assert harness.ready() == ["b"]


def test_what_was_moved_and_came_again_is_new(harness: Harness) -> None:
    harness.drop("a")
    harness.ahead += SETTLE + 1
    harness.archive("a", "done")
    assert harness.ready() == ["a"]


def test_a_kept_file_is_new_once_it_is_touched(config: Config, ledger: Ledger) -> None:
    harness = Harness(configured(config, "keep"), ledger)
    harness.drop("a", "b")
    harness.ahead += SETTLE + 1
    harness.archive("a", "inbox")
    harness.archive("b", "inbox")
    assert harness.ready() == []
    os.utime(harness.folder / "b", ns=(5, 5))
    assert harness.ready() == ["b"]
    assert harness.inbox.returned() == []


def test_a_file_that_was_gone_and_is_back_is_not_new(harness: Harness) -> None:
    harness.drop("a", "b")
    harness.ahead += SETTLE + 1
    for name in "ab":
        harness.archive(name, "gone")
    (harness.folder / "b").write_bytes(b"another file")
    (harness.folder / "a").rename(harness.folder / "away")
    (harness.folder / "away").rename(harness.folder / "a")
    assert harness.ready() == ["b"]
    assert harness.inbox.returned() == [harness.source("a")]
    assert harness.inbox.returned() == []


# judge


def test_what_was_read_is_recorded(harness: Harness) -> None:
    harness.drop("a")
    assert harness.inbox.acknowledge(harness.read("a")) == Verdict.RECORD


@pytest.mark.parametrize(
    "reason", [Reason.TIMEOUT, Reason.MEMORY, Reason.DECODER_CRASHED, Reason.TOO_MANY_PIXELS]
)
def test_what_failed_for_good_is_recorded(harness: Harness, reason: Reason) -> None:
    harness.drop("a")
    assert harness.inbox.acknowledge(harness.read("a", reason)) == Verdict.RECORD


def test_what_vanished_is_gone(harness: Harness) -> None:
    harness.drop("a", "b")
    harness.ahead += SETTLE + 1
    harness.ready()
    vanished = harness.read("a", Reason.VANISHED)
    (harness.folder / "b").unlink()
    assert harness.inbox.acknowledge(vanished) == Verdict.GONE
    assert harness.inbox.acknowledge(harness.read("b", Reason.UNREADABLE)) == Verdict.GONE
    assert harness.inbox.in_flight() == []


UNDECODABLE = [Reason.EMPTY, Reason.NOT_AN_IMAGE, Reason.TRUNCATED, Reason.CORRUPT]


@pytest.mark.parametrize("reason", UNDECODABLE)
def test_what_does_not_decode_has_failed_only_after_patience(
    harness: Harness, reason: Reason
) -> None:
    harness.drop("a")
    harness.ahead += SETTLE + 1
    assert harness.ready() == ["a"]
    assert harness.inbox.acknowledge(harness.read("a", reason)) == Verdict.RETRY
    assert harness.inbox.in_flight() == []
    assert harness.inbox.is_settling(harness.clock.monotonic() + PATIENCE)
    harness.ahead += PATIENCE - SETTLE - 100
    assert harness.ready() == []
    harness.ahead += 101
    assert harness.ready() == ["a"]
    assert harness.inbox.acknowledge(harness.read("a", reason)) == Verdict.RECORD


def test_what_does_not_decode_and_is_old_has_failed_at_once(harness: Harness) -> None:
    harness.drop("a")
    harness.ahead += PATIENCE + 1
    assert harness.ready() == ["a"]
    assert harness.inbox.acknowledge(harness.read("a", Reason.TRUNCATED)) == Verdict.RECORD


def test_what_does_not_decode_has_failed_by_looking_where_the_clock_is_behind(
    harness: Harness,
) -> None:
    harness.set_by = -10 * PATIENCE
    harness.drop("a")
    assert harness.ready() == []
    harness.ahead += SETTLE + 1
    assert harness.ready() == ["a"]
    assert harness.inbox.acknowledge(harness.read("a", Reason.EMPTY)) == Verdict.RETRY
    harness.ahead += PATIENCE - 100
    assert harness.ready() == ["a"]  # seen to stand still for the first seconds, too
    assert harness.inbox.acknowledge(harness.read("a", Reason.EMPTY)) == Verdict.RECORD


def test_what_does_not_decode_is_waited_for_anew_when_it_grows(harness: Harness) -> None:
    harness.drop("a")
    harness.ahead += SETTLE + 1
    harness.ready()
    assert harness.inbox.acknowledge(harness.read("a", Reason.TRUNCATED)) == Verdict.RETRY
    harness.drop("a", content=b"the whole of it")
    harness.inbox.hint(Hint("a", Sign.MOVED))
    assert harness.ready() == ["a"]
    assert harness.inbox.acknowledge(harness.read("a")) == Verdict.RECORD
    harness.inbox.done(harness.source("a"))
    assert harness.inbox.waiting == 0


def test_what_cannot_be_had_is_named_with_its_reason(harness: Harness) -> None:
    many = [f"{number:02}" for number in range(NAMED + 2)]
    harness.drop(*many)
    for name in harness.ready() or many:
        harness.inbox.acknowledge(harness.read(name, Reason.NO_PERMISSION))
    number, named = harness.inbox.blocked()
    assert (number, len(named), set(named.values())) == (NAMED + 2, NAMED, {"no permission"})
    assert named.keys() < set(many)
    harness.inbox.acknowledge(harness.read("00"))
    harness.inbox.done(harness.source("00"))
    assert harness.inbox.blocked()[0] == NAMED + 1


@pytest.mark.parametrize("reason", [Reason.NO_PERMISSION, Reason.UNREADABLE])
def test_what_cannot_be_had_is_tried_later_each_time(
    harness: Harness, reason: Reason, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    harness.drop("a")
    harness.ahead += SETTLE + 1
    delays = []
    for _ in range(8):
        assert harness.ready() == ["a"]
        assert harness.inbox.acknowledge(harness.read("a", reason)) == Verdict.RETRY
        due = harness.inbox.next_due()
        assert due is not None
        delays.append(due - harness.clock.monotonic())
        assert not harness.inbox.is_settling(float("inf"))
        harness.ahead += delays[-1]
    assert delays == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60], abs=0.5)
    assert len(caplog.messages) == 1
    assert harness.ready() == ["a"]
    harness.inbox.done(harness.source("a"))
    assert caplog.messages[1:] == ["a can be read again"]


def test_a_busy_file_is_no_news(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    harness.drop("a")
    harness.ahead += SETTLE + 1
    assert harness.ready() == ["a"]
    assert harness.inbox.acknowledge(harness.read("a", Reason.BUSY)) == Verdict.RETRY
    due = harness.inbox.next_due()
    assert due is not None
    assert due - harness.clock.monotonic() == pytest.approx(60, abs=1)
    harness.inbox.done(harness.source("a"))
    assert not caplog.messages


def test_files_that_fail_do_not_starve_new_ones(harness: Harness) -> None:
    harness.drop(*(f"bad{number}" for number in range(30)))
    harness.ahead += SETTLE + 1
    for name in harness.ready():
        harness.inbox.acknowledge(harness.read(name, Reason.UNREADABLE))
    harness.drop("good")
    harness.inbox.hint(Hint("good", Sign.MOVED))
    assert harness.ready() == ["good"]
