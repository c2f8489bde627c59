import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from digitbox.storage.files import make_folder, sync_folder, write_whole


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is synced: its path at that time."""
    found: list[str] = []
    original = os.fsync

    def fsync(descriptor: int) -> None:
        found.append(os.readlink(f"/proc/self/fd/{descriptor}"))  # noqa: PTH115
        original(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc")


def fail(number: int) -> Callable[..., None]:
    def raise_it(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return raise_it


@pytest.mark.parametrize("content", [b"", b"new\n" * 100_000])
def test_a_file_is_written_and_replaced_as_a_whole(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.csv"
    for _ in range(2):
        write_whole(file, content)
        assert file.read_bytes() == content
        assert list(tmp_path.iterdir()) == [file]


@needs_proc
def test_the_content_is_synced_before_it_has_its_name(tmp_path: Path, synced: list[str]) -> None:
    write_whole(tmp_path / "a.csv", b"new")
    assert synced == [str(tmp_path / ".a.csv.part"), str(tmp_path)]


@pytest.mark.parametrize("error", [fail(errno.ENOSPC), fail(errno.EIO)])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Callable[..., None], step: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"old")
    monkeypatch.setattr(os if step == "fsync" else Path, step, error)
    with pytest.raises(OSError, match=r"space|Input"):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_an_interrupt_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.csv", b"new")
    assert list(tmp_path.iterdir()) == []


def test_what_an_earlier_crash_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".a.csv.part").write_bytes(b"half of something longer")
    write_whole(tmp_path / "a.csv", b"new")
    assert (tmp_path / "a.csv").read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.csv"]


@needs_proc
def test_a_folder_is_synced(tmp_path: Path, synced: list[str]) -> None:
    sync_folder(tmp_path)
    assert synced == [str(tmp_path)]


def test_a_folder_that_is_not_there_cannot_be_synced(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "none")


@needs_proc
def test_folders_are_made_and_the_names_of_the_new_ones_synced(
    tmp_path: Path, synced: list[str]
) -> None:
    for _ in range(2):
        make_folder(tmp_path / "a" / "b" / "c")
        assert (tmp_path / "a" / "b" / "c").is_dir()
        assert synced == [str(tmp_path / part) for part in ("", "a", "a/b")]


def test_a_folder_that_another_makes_meanwhile_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    original = Path.is_dir

    def is_dir(self: Path) -> bool:
        found = original(self)
        if self.name == "a" and not found:
            self.mkdir()
            made.append(self)
        return found

    monkeypatch.setattr(Path, "is_dir", is_dir)
    make_folder(tmp_path / "a")
    assert made == [tmp_path / "a"]


def test_a_file_in_the_way_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(OSError, match="a"):
        make_folder(tmp_path / "a" / "b")
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "a")
