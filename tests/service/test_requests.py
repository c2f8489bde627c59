import sys
from pathlib import Path

import msgspec
import pytest

from digitbox.config import Config
from digitbox.engine.state import State, read_heartbeat
from digitbox.errors import LockError
from digitbox.ledger.decision import Decision
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.requests import REVIEW
from digitbox.records import FileReading, Row, Source
from digitbox.service.requests import carry_out
from digitbox.signals import Flags
from tests.ledger.arrivals import PROVENANCE, doubted, sha


def ask(config: Config) -> None:
    """Have a reading decided about that went to review."""
    ledger = Ledger(config.state)
    source = Source(str(config.inbox), "a.png")
    number = ledger.record([FileReading(source, sha("a"), (doubted(1, "9"),))], PROVENANCE, "")
    assert number is not None
    ledger.published(number, reported=True)
    ledger.request(REVIEW, Decision(1, "4", "Ada"))
    ledger.close()


def test_a_decision_is_carried_out_without_a_process_for_reading(config: Config) -> None:
    ask(config)
    rows: list[Row] = []
    carry_out(config, Flags(), lambda published, _: rows.extend(published.batch.rows))
    assert [row.reading.value for row in rows if row.replaces] == ["4"]
    heartbeat = read_heartbeat(config.state)
    assert heartbeat is not None
    assert (heartbeat.command, heartbeat.state, heartbeat.restarts) == ("requests", "stopped", 0)


def test_where_nothing_was_asked_for_nothing_is_done(config: Config) -> None:
    told: list[object] = []
    carry_out(config, Flags(), lambda *published: told.append(published))
    assert not told


def test_where_a_service_runs_that_does_it(config: Config) -> None:
    ask(config)
    with (
        State(config.state, "watch"),
        pytest.raises(LockError, match="at work on this state folder"),
    ):
        carry_out(config, Flags(), lambda *_: None)


def test_the_command_for_each_batch_is_run(config: Config, tmp_path: Path) -> None:
    ask(config)
    script = f"import sys; open({str(tmp_path / 'told')!r}, 'a').write(sys.argv[-1])"
    command = (sys.executable, "-c", script)
    carry_out(msgspec.structs.replace(config, on_batch=command), Flags(), lambda *_: None)
    assert (tmp_path / "told").read_text().endswith(".csv")
