import ctypes
import errno
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digitbox.service import events as events_module
from digitbox.service.events import HINTS, Events
from digitbox.service.hints import Hint, Sign
from tests.service.conftest import wait_for

if sys.platform != "linux":
    pytest.skip("inotify is Linux's", allow_module_level=True)

from watchdog.observers import inotify_c
from watchdog.observers.inotify import InotifyWatchGroup
from watchdog.observers.inotify_c import InotifyEvent, WatchDescriptor

from digitbox.service import inotify as inotify_module


class Watch:
    """A folder that is watched, and all that was said of it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.woken = threading.Event()
        self.events = Events(folder, self.woken.set)
        self.hints: list[Hint] = []
        self.uncertain = False
        assert self.events.arm()

    def hears(self, name: str, sign: Sign) -> bool:
        hints, uncertain = self.events.take(HINTS)
        self.hints += hints
        self.uncertain |= uncertain
        return Hint(name, sign) in self.hints

    def wait(self, name: str, sign: Sign) -> None:
        wait_for(lambda: self.hears(name, sign))
        assert self.woken.is_set()

    def settle(self) -> None:
        """Wait until all that happened by now was heard: events come in their order."""
        number = len(list(self.folder.glob("mark-*")))
        (self.folder / f"mark-{number}").write_bytes(b"")
        self.wait(f"mark-{number}", Sign.CLOSED)

    def heard(self) -> list[Hint]:
        self.settle()
        return [hint for hint in self.hints if not hint.name.startswith("mark-")]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path / "inbox")
    yield made
    made.events.stop()


def test_a_file_is_complete_once_it_is_closed(watch: Watch) -> None:
    with (watch.folder / "a").open("wb") as file:
        file.write(b"a")
        file.flush()
        watch.wait("a", Sign.CREATED)
        assert watch.heard() == [Hint("a", Sign.CREATED)]
        assert watch.woken.is_set()
    assert watch.heard() == [Hint("a", Sign.CREATED), Hint("a", Sign.CLOSED)]


def test_a_file_that_was_moved_in_is_complete(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "a").rename(watch.folder / "b")
    assert watch.heard() == [Hint("b", Sign.MOVED)]


def test_a_file_that_was_renamed_is_complete(watch: Watch) -> None:
    (watch.folder / "a.part").write_bytes(b"a")
    watch.heard()
    watch.hints.clear()
    (watch.folder / "a.part").rename(watch.folder / "a")
    assert watch.heard() == [Hint("a", Sign.MOVED)]


def test_a_hard_link_may_be_incomplete(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (watch.folder / "b").hardlink_to(tmp_path / "a")
    assert watch.heard() == [Hint("b", Sign.CREATED)]


def test_a_file_in_a_new_folder_is_heard_or_looked_for(watch: Watch) -> None:
    (watch.folder / "sub" / "deep").mkdir(parents=True)
    (watch.folder / "sub" / "deep" / "a").write_bytes(b"a")
    watch.settle()
    assert watch.uncertain


def test_a_folder_that_is_found_twice_is_no_trouble(tmp_path: Path) -> None:
    class Ignored:
        def on_event(self, event: InotifyEvent) -> None: ...

        def on_watch_deleted(self, wd: WatchDescriptor) -> None: ...

        def on_queue_overflow(self) -> None: ...

    descriptor = inotify_module._Descriptor(lambda: None, lambda: None)
    descriptor.start()
    mask, number = inotify_c.InotifyConstants.IN_CREATE, inotify_c.CallbackId(1)
    found = {descriptor.add_callback(bytes(tmp_path), mask, Ignored(), number) for _ in range(2)}
    descriptor.close()
    assert len(found) == 1


def test_a_folder_that_is_known_is_watched(watch: Watch) -> None:
    (watch.folder / "sub").mkdir()
    number = 0

    def writes() -> bool:  # the watch on it is made when the event is read
        nonlocal number
        number += 1
        (watch.folder / "sub" / f"{number}").write_bytes(b"a")
        watch.settle()
        return any(
            hint == Hint(hint.name, Sign.CLOSED) and hint.name.startswith("sub/")
            for hint in watch.hints
        )

    wait_for(writes)


def test_a_folder_that_was_moved_in_is_to_be_looked_at(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_bytes(b"a")
    (tmp_path / "sub").rename(watch.folder / "sub")
    watch.settle()
    assert watch.uncertain


def test_files_alone_leave_no_doubt(watch: Watch) -> None:
    (watch.folder / "a").write_bytes(b"a")
    watch.settle()
    assert not watch.uncertain


@pytest.mark.parametrize("leave", [os.unlink, lambda path: path.rename(path.parent.parent / "out")])
def test_what_leaves_is_no_news(watch: Watch, leave: Callable[[Path], object]) -> None:
    (watch.folder / "a").write_bytes(b"a")
    watch.heard()
    watch.hints.clear()
    leave(watch.folder / "a")
    assert watch.heard() == []


def test_what_we_move_out_does_not_hold_up_what_comes_in(watch: Watch, tmp_path: Path) -> None:
    took = []
    for number in range(5):  # one of them has the machine for itself
        (watch.folder / "a").write_bytes(b"a")
        watch.settle()
        (watch.folder / "a").rename(tmp_path / "out")
        begun = time.monotonic()
        (watch.folder / f"late-{number}").write_bytes(b"a")
        watch.wait(f"late-{number}", Sign.CLOSED)
        took.append(time.monotonic() - begun)
    assert min(took) < 0.4  # held back, it takes half a second


def test_reading_is_no_news(watch: Watch) -> None:
    (watch.folder / "a").write_bytes(b"a")
    watch.heard()
    watch.hints.clear()
    (watch.folder / "a").read_bytes()
    (watch.folder / "a").chmod(0o600)
    assert watch.heard() == []


@pytest.mark.parametrize("name", ["ü ö.png", "caf\udce9", "new\nline"])
def test_any_name_is_heard(watch: Watch, name: str) -> None:
    (watch.folder / name).write_bytes(b"a")
    watch.wait(name, Sign.CLOSED)


def test_while_the_folder_stands_it_is_armed_once(watch: Watch) -> None:
    assert not watch.events.arm()
    assert watch.events.is_armed


def test_it_is_armed_anew_where_the_folder_was_made_anew(watch: Watch) -> None:
    shutil.rmtree(watch.folder)
    watch.events.arm()
    assert not watch.events.is_armed
    watch.folder.mkdir()
    wait_for(watch.events.arm)
    assert not watch.events.arm()
    watch.settle()


def test_it_is_armed_anew_where_another_folder_took_its_place(watch: Watch, tmp_path: Path) -> None:
    watch.folder.rename(tmp_path / "away")
    watch.folder.mkdir()
    wait_for(watch.events.arm)
    watch.settle()


def test_it_hears_what_comes_after_the_folder_was_away(watch: Watch, tmp_path: Path) -> None:
    watch.settle()
    watch.folder.rename(tmp_path / "away")
    watch.events.arm()
    (tmp_path / "away").rename(watch.folder)
    number = 0

    def hears() -> bool:
        nonlocal number
        number += 1
        watch.events.arm()
        (watch.folder / f"{number}").write_bytes(b"a")
        return watch.hears(f"{number - 1}", Sign.CLOSED)

    wait_for(hears)


def test_after_the_watch_has_died_it_is_armed_anew(watch: Watch) -> None:
    observer = watch.events._observer
    assert observer is not None
    observer.stop()
    observer.join()
    assert watch.events.arm()
    watch.settle()


def test_a_folder_that_is_not_there_is_not_armed(tmp_path: Path) -> None:
    events = Events(tmp_path / "none", lambda: None)
    assert not events.arm()
    assert not events.is_armed
    events.stop()


def test_more_than_can_be_kept_is_to_be_looked_for(tmp_path: Path) -> None:
    from watchdog.events import FileClosedEvent

    events = Events(tmp_path, lambda: None)
    for number in range(HINTS + 5):
        events.on_any_event(FileClosedEvent(str(tmp_path / f"{number}")))
    hints, uncertain = events.take(HINTS)
    assert uncertain
    assert len(hints) == HINTS
    assert events.take(HINTS) == ([], False)


def refuse(*_: object) -> int:
    """As of a system call that finds no inotify instance left."""
    ctypes.set_errno(errno.EMFILE)
    return -1


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_without_a_free_instance_it_is_not_armed_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    events = Events(tmp_path, lambda: None)
    with monkeypatch.context() as patch:
        patch.setattr(inotify_c, "inotify_init", refuse)
        patch.setattr(events_module, "AGAIN_SECONDS", 0.0)
        assert not any(events.arm() for _ in range(3))
    assert len(caplog.messages) == 1
    assert "cannot be watched" in caplog.messages[0]
    assert events.arm()
    assert events.is_whole
    events.stop()


@pytest.mark.parametrize(
    ("place", "error"),
    [
        (inotify_module._Descriptor, OSError(errno.EMFILE, "no descriptor left")),
        (threading.Thread, RuntimeError("can't start new thread")),
        (InotifyWatchGroup, OSError(errno.ENOSPC, "inotify watch limit reached")),
        (InotifyWatchGroup, RecursionError("maximum recursion depth exceeded")),
    ],
)
def test_what_keeps_it_from_watching_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: type, error: Exception
) -> None:
    events = Events(tmp_path, lambda: None)
    monkeypatch.setattr(events_module, "AGAIN_SECONDS", 0.0)

    def fail(*_: object, **__: object) -> None:
        raise error

    names = {InotifyWatchGroup: "_add_all_callbacks", threading.Thread: "start"}
    with monkeypatch.context() as patch:
        if place in names:
            patch.setattr(place, names[place], fail)
        else:
            patch.setattr(os, "pipe", fail)
        before = open_files()
        assert not any(events.arm() for _ in range(5))
        wait_for(lambda: open_files() == before)
    assert events.arm()
    events.stop()


def test_it_is_armed_anew_where_the_thread_that_reads_has_died(watch: Watch) -> None:
    observer = watch.events._observer
    assert isinstance(observer, inotify_module.Inotify)
    observer._descriptor.stop()
    observer._descriptor.join()
    assert watch.events.arm()
    watch.settle()


def test_a_folder_that_cannot_be_watched_in_full_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b"):
        (tmp_path / "inbox" / name).mkdir(parents=True)
    add = inotify_c.inotify_add_watch

    def limited(descriptor: int, path: bytes, mask: int) -> int:
        if path.endswith(b"/b"):
            ctypes.set_errno(errno.ENOSPC)
            return -1
        return int(add(descriptor, path, mask))

    events = Events(tmp_path / "inbox", lambda: None)
    with monkeypatch.context() as patch:
        patch.setattr(inotify_c, "inotify_add_watch", limited)
        assert events.arm()
    assert events.is_armed
    assert not events.is_whole
    assert caplog.messages == [
        f"{tmp_path / 'inbox'} has more folders than can be watched: polling"
    ]
    events.stop()


def test_after_a_flood_of_events_all_is_watched_anew_and_once(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads the events is held up, as a service that is stopped, until the system has lost
    some: subfolders are made meanwhile that nobody hears of."""
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 50_000:
        pytest.skip(f"{most} events are kept here: it would take long to make more")
    go_on, held = threading.Event(), threading.Event()
    removed: list[int] = []
    handle, remove = inotify_module._Descriptor.handle_event, inotify_c.inotify_rm_watch

    def hold(self: inotify_module._Descriptor, event: InotifyEvent) -> None:
        held.set()
        go_on.wait(60)
        handle(self, event)

    def count(descriptor: int, number: WatchDescriptor) -> int:
        removed.append(number)
        return int(remove(descriptor, number))

    monkeypatch.setattr(inotify_module._Descriptor, "handle_event", hold)
    monkeypatch.setattr(inotify_c, "inotify_rm_watch", count)
    (watch.folder / "first").write_bytes(b"a")
    assert held.wait(20)
    for number in range(most // 2 + 2_000):  # two events each, more than fit into one reading
        (watch.folder / f"{number}").write_bytes(b"")
    (watch.folder / "sub").mkdir()
    go_on.set()
    wait_for(lambda: watch.hears("0", Sign.CLOSED) and watch.events._lost.is_set())
    wait_for(lambda: watch.hears("0", Sign.CLOSED) and watch.uncertain)
    assert not removed  # each would be an event
    assert watch.events.arm()
    (watch.folder / "sub" / "a").write_bytes(b"a")
    watch.wait("sub/a", Sign.CLOSED)
    watch.events._loses()  # and at once again
    assert not watch.events.arm()
    monkeypatch.setattr(events_module, "AGAIN_SECONDS", 0.0)
    assert watch.events.take(HINTS)[1]
    assert not watch.events.take(HINTS)[1]
