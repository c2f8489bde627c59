import contextlib
import os
import time
from pathlib import Path

import msgspec
import pytest

from digitbox.config import Config
from digitbox.engine.state import State
from digitbox.ledger.history import History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.values import Disposition
from digitbox.records import Reason
from digitbox.service.status import Backlog, backlog, service_status
from tests.ledger.arrivals import PROVENANCE, doubted, failed, file


def archive(ledger: Ledger, config: Config, name: str, place: Disposition) -> None:
    number = ledger.record([file(name, root=str(config.inbox))], PROVENANCE, "")
    assert number is not None
    ledger.published(number, reported=True)
    ledger.archived({original.id: place for original in ledger.unarchived()})


def test_where_nothing_ever_ran_it_is_new(config: Config) -> None:
    config.state.rmdir()
    found = service_status(config)
    assert (found.state, found.running, found.healthy) == ("new", False, True)
    assert (found.backlog, found.today, found.rate) == (Backlog(0, None), {}, 0)
    assert (found.pid, found.command, found.since, found.trouble) == (None,) * 4
    assert not config.state.exists()


def test_while_it_runs_it_says_how_it_goes(config: Config) -> None:
    with State(config.state, "watch") as state:
        state.beat(now=True, state="paused", trouble="rain", last_error="rain", restarts=2)
        state.beat(now=True, model="cnn-1")
        found = service_status(config)
    assert (found.model, service_status(config).model) == ("cnn-1", None)
    assert (found.state, found.running, found.healthy) == ("paused", True, True)
    assert (found.pid, found.command) == (os.getpid(), "watch")
    assert (found.trouble, found.last_error, found.worker_restarts) == ("rain", "rain", 2)
    assert found.since == state.heartbeat.since


def test_when_its_loop_stands_it_hangs(config: Config) -> None:
    impatient = msgspec.structs.replace(
        config, health=msgspec.structs.replace(config.health, seconds=0.001)
    )
    with State(config.state, "watch") as state:
        state.beat(now=True, state="idle")
        while time.monotonic() - state.heartbeat.beat < 0.01:
            pass
        found = service_status(impatient)
        assert (found.state, found.running, found.healthy) == ("hanging", True, False)
        assert service_status(config).healthy


def test_when_it_was_not_stopped_it_died(config: Config) -> None:
    with contextlib.suppress(KeyboardInterrupt), State(config.state, "watch") as state:
        state.beat(now=True, state="reading", trouble="rain")
        raise KeyboardInterrupt
    found = service_status(config)
    assert (found.state, found.running, found.healthy) == ("died", False, False)
    assert (found.pid, found.command, found.since, found.trouble) == (None,) * 4


def test_when_it_was_stopped_all_is_well(config: Config) -> None:
    with State(config.state, "watch") as state:
        state.beat(now=True, state="stopped", last_error="rain")
    found = service_status(config)
    assert (found.state, found.running, found.healthy) == ("stopped", False, True)
    assert found.last_error == "rain"


def test_rows_of_today_and_room_left_are_told(config: Config, ledger: Ledger) -> None:
    ledger.record([file("a"), file("b"), file("c", "c", failed(Reason.EMPTY))], PROVENANCE, "")
    config.outbox.mkdir()
    found = service_status(config)
    assert found.today == {"accepted": 2, "failed": 1}
    assert found.rate == 3 / 60
    assert found.free_bytes.keys() == {"outbox", "state"}
    assert all(room > 0 for room in found.free_bytes.values())


def test_what_is_open_is_told(config: Config, ledger: Ledger) -> None:
    archive(ledger, config, "a", "done")
    number = ledger.record(
        [file("b", "b", doubted()), file("c", "c", failed()), file("d", "d", failed())],
        PROVENANCE,
        "",
    )
    assert number is not None
    found = service_status(config)
    assert (found.to_review, found.failed) == (1, 2)
    assert found.open == {"review": 1, "failed": 2}
    assert found.pages == "http://127.0.0.1:8765/review"
    assert found.folders["inbox"] == str(config.inbox)
    assert found.folders.keys() == {
        "inbox", "outbox", "state", "originals.failed", "originals.done"
    }  # fmt: skip


def test_what_cannot_be_had_is_told_when_it_was_stopped_too(config: Config) -> None:
    with State(config.state, "watch") as state:
        state.beat(now=True, blocked_files=2, blocked={"a": "no permission"})
    found = service_status(config)
    assert (found.blocked_files, found.blocked) == (2, {"a": "no permission"})


def test_a_report_is_json(config: Config) -> None:
    found = service_status(config)
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found


def count(config: Config) -> Backlog:
    with History(config.state) as history:
        return backlog(config, history)


def test_the_backlog_is_what_lies_in_the_inbox(config: Config) -> None:
    assert count(config) == Backlog(0, None)
    (config.inbox / "sub").mkdir()
    for name in ("a", "sub/b", "c.part", ".hidden"):
        (config.inbox / name).write_bytes(b"")
    changed = (config.inbox / "a").stat().st_ctime
    found = count(config)
    assert found.files == 2
    assert found.oldest is not None
    assert 0 <= found.oldest <= time.time() - changed + 1


def test_the_oldest_counts(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 1000)
    for name in "ab":
        (config.inbox / name).write_bytes(b"")
    assert count(config).oldest == pytest.approx(1000, abs=50)
    monkeypatch.setattr(time, "time", lambda: now - 1000)
    assert count(config).oldest == 0


def test_an_inbox_that_is_away_has_no_backlog(config: Config) -> None:
    config.inbox.rmdir()
    assert count(config) == Backlog(0, None)


def test_kept_files_with_their_rows_are_no_backlog(config: Config, ledger: Ledger) -> None:
    for name in "ab":
        (config.inbox / name).write_bytes(b"")
    archive(ledger, config, "a", "inbox")
    keeping = msgspec.structs.replace(
        config, originals=msgspec.structs.replace(config.originals, action="keep")
    )
    assert count(keeping).files == 1
    assert count(config).files == 2


def test_links_count_only_where_they_are_read(config: Config, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"")
    (config.inbox / "link").symlink_to(tmp_path / "target")
    follows = msgspec.structs.replace(config, follow_symlinks=True)
    keeps = msgspec.structs.replace(
        follows, originals=msgspec.structs.replace(config.originals, action="keep")
    )
    assert [count(one).files for one in (config, follows, keeps)] == [0, 0, 1]
