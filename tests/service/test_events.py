import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digitbox.service.events import HINTS, Events
from digitbox.service.inbox import Hint, Sign
from tests.service.conftest import wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


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
