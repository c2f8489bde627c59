import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest

from digitbox.records import Reason, Source
from digitbox.storage.content import ContentError, load


def test_a_content_is_loaded_whole(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    assert load(Source(str(tmp_path), "a.png"), max_bytes=1).data == b"x"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_name_that_became_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(ContentError) as caught:
        load(Source(str(tmp_path), "a.png"), max_bytes=1)
    assert caught.value.reason is Reason.UNREADABLE


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
def test_who_opens_a_file_while_it_is_looked_at_ends_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    (tmp_path / "a").write_bytes(b"a")
    held = fcntl.fcntl

    def interrupted(descriptor: int, command: int, argument: int) -> int:
        outcome = held(descriptor, command, argument)
        if (command, argument) == (fcntl.F_SETLEASE, fcntl.F_RDLCK):
            with contextlib.suppress(BlockingIOError):
                os.open(tmp_path / "a", os.O_WRONLY | os.O_NONBLOCK)
        return outcome

    monkeypatch.setattr(fcntl, "fcntl", interrupted)
    signals: list[int] = []
    before = signal.signal(signal.SIGIO, lambda number, _: signals.append(number))
    try:
        assert load(Source(str(tmp_path), "a"), 100, exclusive=True).data == b"a"
    finally:
        signal.signal(signal.SIGIO, before)
    assert signals == []
