import http.client
import socket
import time
from collections.abc import Iterator

import pytest

from digitbox.errors import ConfigError, TransientError
from digitbox.records import Status
from digitbox.service.metrics import Metrics
from digitbox.service.status import Backlog
from tests.output.test_tables import READINGS, batch


@pytest.fixture
def port() -> int:
    """One that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        number: int = one.getsockname()[1]
        return number


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    made = Metrics()
    yield made
    made.close()


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def values(port: int) -> dict[str, float]:
    status, text = get(port, "/metrics")
    assert status == 200
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_what_is_counted_can_be_fetched(metrics: Metrics, port: int) -> None:
    metrics.serve(port, lambda: Backlog(3, 12.5), lambda: True)
    assert values(port)["digitbox_batches_total"] == 0
    rows = batch(*READINGS).rows
    metrics.published(rows)
    metrics.published(rows[:1])
    metrics.spent("read", 1.5)
    metrics.spent("read", 0.25)
    metrics.spent("retire", 0.5)
    metrics.restarted(4)
    found = values(port)
    assert found["digitbox_batches_total"] == 2
    assert found['digitbox_rows_total{status="accepted"}'] == 2
    assert found['digitbox_rows_total{status="failed"}'] == sum(
        row.reading.status == Status.FAILED for row in rows
    )
    assert found['digitbox_stage_seconds_total{stage="read"}'] == 1.75
    assert found['digitbox_stage_seconds_total{stage="retire"}'] == 0.5
    assert found["digitbox_worker_restarts"] == 4
    assert found["digitbox_backlog_files"] == 3
    assert found["digitbox_backlog_oldest_seconds"] == 12.5


def test_the_last_scan_says_what_it_left_alone(metrics: Metrics, port: int) -> None:
    metrics.serve(port, lambda: Backlog(0, None), lambda: True)
    metrics.scanned(time.monotonic() - 100, {"symlink": 2, "special": 1})
    metrics.scanned(time.monotonic() - 50, {"symlink": 3})
    found = values(port)
    skipped = {name: value for name, value in found.items() if "skipped" in name}
    assert skipped == {'digitbox_skipped_files{reason="symlink"}': 3}
    ended = found["digitbox_last_scan_timestamp_seconds"]
    assert ended == pytest.approx(time.time() - 50, abs=20)


def test_an_empty_inbox_has_no_oldest(metrics: Metrics, port: int) -> None:
    metrics.serve(port, lambda: Backlog(0, None), lambda: True)
    assert values(port)["digitbox_backlog_oldest_seconds"] == 0


def test_the_inbox_is_not_walked_for_each_that_asks(metrics: Metrics, port: int) -> None:
    walks = []

    def backlog() -> Backlog:
        walks.append(1)
        return Backlog(1, 1.0)

    metrics.serve(port, backlog, lambda: True)
    for _ in range(5):
        assert values(port)["digitbox_backlog_files"] == 1
    assert len(walks) == 1


def test_a_backlog_that_cannot_be_had_hides_no_other_figure(
    metrics: Metrics, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    def backlog() -> Backlog:
        raise TransientError("the share is away")

    metrics.serve(port, backlog, lambda: True)
    assert values(port)["digitbox_batches_total"] == 0
    assert "the backlog is not known to the metrics: the share is away" in caplog.text


def test_health_is_red_when_the_loop_stands(metrics: Metrics, port: int) -> None:
    healthy = [True]
    metrics.serve(port, lambda: Backlog(0, None), lambda: healthy[0])
    assert get(port, "/healthz") == (200, "ok\n")
    healthy[0] = False
    assert get(port, "/healthz") == (503, "the loop stands\n")


def test_other_pages_are_not_there(metrics: Metrics, port: int) -> None:
    metrics.serve(port, lambda: Backlog(0, None), lambda: True)
    assert get(port, "/")[0] == 404
    assert get(port, "/metrics/x")[0] == 404


def test_it_is_answered_on_this_machine_only(metrics: Metrics, port: int) -> None:
    metrics.serve(port, lambda: Backlog(0, None), lambda: True)
    with socket.socket() as one, pytest.raises(OSError, match="refused"):
        one.connect(("127.0.0.2", port))


def test_nobody_talks_over_its_log(
    metrics: Metrics, port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    metrics.serve(port, lambda: Backlog(0, None), lambda: True)
    get(port, "/healthz")
    assert capfd.readouterr() == ("", "")


def test_a_port_that_is_taken_is_named(metrics: Metrics) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"`metrics.port`: {port} cannot be listened on"):
            metrics.serve(port, lambda: Backlog(0, None), lambda: True)


def test_after_it_is_closed_the_port_is_free(metrics: Metrics, port: int) -> None:
    metrics.serve(port, lambda: Backlog(0, None), lambda: True)
    metrics.close()
    metrics.close()
    with pytest.raises(ConnectionRefusedError):
        get(port, "/healthz")
    again = Metrics()
    again.serve(port, lambda: Backlog(0, None), lambda: True)
    assert get(port, "/healthz")[0] == 200
    again.close()
