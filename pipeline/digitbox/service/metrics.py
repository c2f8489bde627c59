"""What the service counts → Prometheus, and a page that is red when it hangs. On 127.0.0.1 only."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, make_wsgi_app

from digitbox.errors import ConfigError, DigitboxError
from digitbox.records import Row
from digitbox.service.endpoint import Endpoint
from digitbox.service.status import Backlog

BACKLOG_SECONDS = 10.0
"""The inbox is not walked more often than this for being asked."""


log = logging.getLogger(__name__)


class Metrics:
    """Counters of the service; once :meth:`serve` was called, for others to see."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()

        def counter(name: str, help_: str, *labels: str) -> Counter:
            return Counter(f"digitbox_{name}", help_, labels, registry=self._registry)

        def gauge(name: str, help_: str, *labels: str) -> Gauge:
            return Gauge(f"digitbox_{name}", help_, labels, registry=self._registry)

        self._rows = counter("rows", "Rows published, by status", "status")
        self._batches = counter("batches", "Batches published")
        self._seconds = counter("stage_seconds", "Time spent, by stage", "stage")
        self._restarts = gauge("worker_restarts", "Workers replaced since the start")
        self._scanned = gauge("last_scan_timestamp_seconds", "When the last whole scan ended")
        self._skipped = gauge("skipped_files", "Left alone by the last scan, by reason", "reason")
        self._backlog = gauge("backlog_files", "Files in the inbox without a row")
        self._oldest = gauge("backlog_oldest_seconds", "For how long the oldest has stood still")
        self._asked = 0.0
        self._server: Endpoint | None = None

    def published(self, rows: Iterable[Row]) -> None:
        self._batches.inc()
        for row in rows:
            self._rows.labels(row.reading.status.value).inc()

    def spent(self, stage: str, seconds: float) -> None:
        self._seconds.labels(stage).inc(seconds)

    def scanned(self, ended: float, skipped: Mapping[str, int]) -> None:
        """``ended`` is by the monotonic clock."""
        self._scanned.set(time.time() - (time.monotonic() - ended))
        self._skipped.clear()
        for reason, number in skipped.items():
            self._skipped.labels(reason).set(number)

    def restarted(self, workers: int) -> None:
        self._restarts.set(workers)

    def serve(
        self, port: int, backlog: Callable[[], Backlog], is_healthy: Callable[[], bool]
    ) -> None:
        """Answer ``/metrics`` and ``/healthz`` on that port, from threads. Raises
        :class:`ConfigError` where the port is taken."""
        pages = make_wsgi_app(self._registry)

        def answer(environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            if environment["PATH_INFO"] == "/healthz":
                healthy = is_healthy()
                status = "200 OK" if healthy else "503 Service Unavailable"
                start(status, [("Content-Type", "text/plain")])
                return [b"ok\n" if healthy else b"the loop stands\n"]
            if environment["PATH_INFO"] != "/metrics":
                start("404 Not Found", [("Content-Type", "text/plain")])
                return [b"/metrics or /healthz\n"]
            if time.monotonic() - self._asked > BACKLOG_SECONDS:
                self._asked = time.monotonic()
                try:
                    now = backlog()
                except (DigitboxError, OSError) as error:  # the other figures hold all the same
                    log.warning("the backlog is not known to the metrics: %s", error)
                else:
                    self._backlog.set(now.files)
                    self._oldest.set(now.oldest or 0.0)
            return pages(environment, start)  # type: ignore[no-any-return]

        try:
            self._server = Endpoint(port)
        except OSError as error:
            raise ConfigError(
                f"`metrics.port`: {port} cannot be listened on: {error.strerror}."
            ) from error
        self._server.set_app(answer)
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
