import errno
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitbox.config import OriginalsConfig
from digitbox.engine import moves
from digitbox.engine.archive import Archive
from digitbox.ledger.values import Disposition, Original
from digitbox.records import Source, Version
from digitbox.storage.files import sync_folder

BATCH = "0123456789ab-00000001"
BIG = 10**18
"""A time in nanoseconds, in 2001: not that of the test."""


class Harness:
    """An inbox, and where its files go."""

    def __init__(self, base: Path, action: str = "move", elsewhere: Path | None = None) -> None:
        self.inbox = base / "inbox"
        self.inbox.mkdir(exist_ok=True)
        self.done = (elsewhere or base) / "done"
        self.failed = (elsewhere or base) / "failed"
        self.originals = Archive(
            OriginalsConfig(action=action, done=self.done, failed=self.failed)  # type: ignore[arg-type]
        )

    def drop(
        self,
        name: str = "a.png",
        content: bytes = b"a",
        number: int = 1,
        failed: bool = False,
        before: tuple[Disposition, str] | None = None,
    ) -> Original:
        """A file in the inbox that was read and published."""
        file = self.inbox / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return self.original(file, number, failed, before)

    def original(
        self,
        file: Path,
        number: int = 1,
        failed: bool = False,
        before: tuple[Disposition, str] | None = None,
        name: str | None = None,
    ) -> Original:
        reasons = ("page 1: corrupt", "page 3: timeout") if failed else ()
        source = Source(str(self.inbox), name or str(file.relative_to(self.inbox)))
        version = Version.of(file.stat())
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return Original(number, BATCH, source, digest, version, failed, reasons, before)

    def archive(self, *files: Original) -> list[Disposition]:
        done = self.originals.store(files)
        assert (done.stuck, done.outage) == ({}, None)
        assert list(done.places) == [file.id for file in files]
        return list(done.places.values())

    def refusal(self, original: Original) -> str:
        """Why it cannot be brought to its place."""
        done = self.originals.store([original])
        assert not done.places
        return f"{done.outage} {done.stuck}"

    def tree(self) -> dict[str, bytes]:
        """All files, by their place below the folders."""
        return {
            f"{base.name}/{path.relative_to(base)}": path.read_bytes()
            for base in (self.inbox, self.done, self.failed)
            for path in sorted(base.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Harness]:
    """One whose originals go to another file system."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other file system at /dev/shm")
    elsewhere = Path(tempfile.mkdtemp(dir=memory, prefix="digitbox-test-"))
    yield Harness(tmp_path, elsewhere=elsewhere)
    shutil.rmtree(elsewhere)


def replace(file: Path, content: bytes = b"newer") -> None:
    """Put another file in its place."""
    newer = file.with_name("newer.tmp")
    newer.write_bytes(content)
    newer.replace(file)


# where they go


def test_a_file_that_was_read_is_moved_to_the_folder_of_its_batch(harness: Harness) -> None:
    assert harness.archive(harness.drop("sub/folder/a.png")) == ["done"]
    assert harness.tree() == {f"done/{BATCH}/sub/folder/a.png": b"a"}


def test_a_file_that_failed_is_moved_with_its_reasons_beside_it(harness: Harness) -> None:
    assert harness.archive(harness.drop(failed=True)) == ["failed"]
    assert harness.tree() == {
        f"failed/{BATCH}/a.png": b"a",
        f"failed/{BATCH}/a.png.reason.txt": b"page 1: corrupt\npage 3: timeout\n",
    }


@pytest.mark.parametrize("failed", [False, True])
def test_a_file_is_kept(tmp_path: Path, failed: bool) -> None:
    harness = Harness(tmp_path, "keep")
    assert harness.archive(harness.drop(failed=failed)) == ["inbox"]
    assert harness.tree() == {"inbox/a.png": b"a"}


def test_a_file_to_be_kept_that_is_not_there_is_gone(tmp_path: Path) -> None:
    harness = Harness(tmp_path, "keep")
    original = harness.drop()
    (harness.inbox / "a.png").unlink()
    assert harness.archive(original) == ["gone"]


def test_a_file_is_deleted(tmp_path: Path) -> None:
    harness = Harness(tmp_path, "delete")
    assert harness.archive(harness.drop("sub/a.png")) == ["deleted"]
    assert harness.tree() == {}


def test_a_file_that_failed_is_never_deleted(tmp_path: Path) -> None:
    harness = Harness(tmp_path, "delete")
    assert harness.archive(harness.drop(failed=True)) == ["failed"]
    assert harness.tree()[f"failed/{BATCH}/a.png"] == b"a"


def test_each_of_many_goes_to_its_place(harness: Harness) -> None:
    files = [harness.drop(f"{number}", b"%d" % number, number, number == 2) for number in (1, 2, 3)]
    assert harness.archive(*files) == ["done", "failed", "done"]
    assert harness.archive() == []


def test_what_is_moved_keeps_its_time(harness: Harness) -> None:
    original = harness.drop()
    os.utime(harness.inbox / "a.png", ns=(BIG, BIG + 7))
    original = harness.original(harness.inbox / "a.png")
    assert harness.archive(original) == ["done"]
    assert (harness.done / BATCH / "a.png").stat().st_mtime_ns == BIG + 7


# again, after a crash


def test_to_move_again_changes_nothing(harness: Harness) -> None:
    files = [harness.drop("a.png"), harness.drop("b.png", b"b", 2, failed=True)]
    first, tree = harness.archive(*files), harness.tree()
    assert harness.archive(*files) == first == ["done", "failed"]
    assert harness.tree() == tree


def test_a_file_that_came_after_the_move_is_not_touched_by_the_second(harness: Harness) -> None:
    original = harness.drop()
    harness.archive(original)
    (harness.inbox / "a.png").write_bytes(b"the next one")
    assert harness.archive(original) == ["done"]
    assert harness.tree() == {f"done/{BATCH}/a.png": b"a", "inbox/a.png": b"the next one"}


def test_a_failed_file_whose_reasons_were_half_written_has_them_whole(harness: Harness) -> None:
    original = harness.drop(failed=True)
    target = harness.failed / BATCH / "a.png"
    target.parent.mkdir(parents=True)
    target.with_name("a.png.reason.txt").write_bytes(b"page")
    assert harness.archive(original) == ["failed"]
    assert harness.tree()[f"failed/{BATCH}/a.png.reason.txt"].count(b"\n") == 2


def test_a_deletion_that_was_interrupted_is_completed(tmp_path: Path) -> None:
    harness = Harness(tmp_path, "delete")
    original = harness.drop()
    hidden = harness.inbox / f".digitbox-{BATCH}-1.tmp"
    (harness.inbox / "a.png").rename(hidden)
    (harness.inbox / "a.png").write_bytes(b"the next one")
    assert harness.archive(original) == ["deleted"]
    assert harness.tree() == {"inbox/a.png": b"the next one"}


def test_a_deletion_again_leaves_the_next_file(tmp_path: Path) -> None:
    harness = Harness(tmp_path, "delete")
    original = harness.drop()
    assert harness.archive(original) == ["deleted"]
    assert harness.archive(original) == ["gone"]
    (harness.inbox / "a.png").write_bytes(b"the next one")
    assert harness.archive(original) == ["replaced"]
    assert harness.tree() == {"inbox/a.png": b"the next one"}


# another file in its place


@pytest.mark.parametrize("failed", [False, True])
@pytest.mark.parametrize("action", ["move", "delete"])
def test_a_file_that_was_replaced_stays_a_new_arrival(
    tmp_path: Path, action: str, failed: bool
) -> None:
    harness = Harness(tmp_path, action)
    original = harness.drop("sub/a.png", failed=failed)
    replace(harness.inbox / "sub" / "a.png")
    assert harness.archive(original) == ["replaced"]
    assert harness.tree() == {"inbox/sub/a.png": b"newer"}


def append(file: Path) -> None:
    with file.open("ab") as stream:
        stream.write(b"more")


def rewrite(file: Path) -> None:
    """As large as it was."""
    file.write_bytes(b"b" * file.stat().st_size)
    os.utime(file, ns=(BIG, BIG))


@pytest.mark.parametrize("action", ["move", "delete"])
@pytest.mark.parametrize("change", [append, rewrite])
def test_a_file_that_was_written_to_stays_a_new_arrival(
    tmp_path: Path, action: str, change: object
) -> None:
    assert callable(change)
    harness = Harness(tmp_path, action)
    original = harness.drop()
    change(harness.inbox / "a.png")
    content = (harness.inbox / "a.png").read_bytes()
    assert harness.archive(original) == ["replaced"]
    assert harness.tree() == {"inbox/a.png": content}


@pytest.mark.parametrize("action", ["move", "delete"])
@pytest.mark.parametrize("unit", [2 * 10**9, 10**9, 10**7])
def test_a_file_that_was_rewritten_where_times_are_coarse_is_told_by_its_content(
    tmp_path: Path, action: str, unit: int
) -> None:
    """As FAT (2 s), ext4 with small inodes and HFS+ (1 s), and exFAT (0.01 s) have it."""
    harness = Harness(tmp_path, action)
    file = harness.inbox / "a.png"
    file.write_bytes(b"before")
    moment = file.stat().st_mtime_ns // unit * unit
    os.utime(file, ns=(moment, moment))
    original = harness.original(file)
    file.write_bytes(b"behind")  # as large as it was, at the same time
    os.utime(file, ns=(moment, moment))
    assert harness.archive(original) == ["replaced"]
    assert harness.tree() == {"inbox/a.png": b"behind"}
    assert harness.archive(harness.original(file)) == ["done" if action == "move" else "deleted"]


def test_on_a_share_a_file_that_was_rewritten_is_told_by_its_content(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "is_network", lambda _: True)
    moves._is_share.cache_clear()
    file = harness.inbox / "a.png"
    original = harness.drop(content=b"before")
    file.write_bytes(b"behind")
    assert original.version is not None
    os.utime(file, ns=(0, original.version.mtime_ns))
    assert harness.archive(original) == ["replaced"]
    moves._is_share.cache_clear()


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
@pytest.mark.parametrize("action", ["move", "delete"])
def test_a_file_that_is_open_for_writing_is_not_taken_away(tmp_path: Path, action: str) -> None:
    harness = Harness(tmp_path, action)
    file = harness.inbox / "a.png"
    file.write_bytes(b"a")
    os.utime(file, ns=(BIG, BIG))  # a time that is too coarse to tell
    original = harness.original(file)
    with file.open("r+b"):
        assert harness.archive(original) == ["replaced"]
    assert harness.tree() == {"inbox/a.png": b"a"}


def test_permissions_make_no_other_file(harness: Harness) -> None:
    original = harness.drop()
    (harness.inbox / "a.png").chmod(0o600)
    assert harness.archive(original) == ["done"]


@pytest.mark.parametrize("number", [2, 3])
def test_a_wrong_file_goes_back_beside_a_newer_one(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Another one came to the name in the instant in which the wrong one was away."""
    original = harness.drop()
    replace(harness.inbox / "a.png", b"second")
    if number == 3:
        (harness.inbox / "a (2).png").write_bytes(b"other")
    rename = Path.rename

    def rename_late(self: Path, target: Path) -> Path:
        done = rename(self, target)
        if self.name == "a.png":
            self.write_bytes(b"third")
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename_late)
        assert harness.archive(original) == ["replaced"]
    expected = {f"inbox/a ({number}).png": b"second", "inbox/a.png": b"third"}
    if number == 3:
        expected["inbox/a (2).png"] = b"other"
    assert harness.tree() == expected


def test_a_wrong_file_that_was_on_its_way_back_is_brought_back_once(harness: Harness) -> None:
    """A crash came when it had its name in the inbox again, and the other one still."""
    original = harness.drop()
    replace(harness.inbox / "a.png")
    target = harness.done / BATCH / "a.png"
    target.parent.mkdir(parents=True)
    target.hardlink_to(harness.inbox / "a.png")
    assert harness.archive(original) == ["replaced"]
    assert harness.tree() == {"inbox/a.png": b"newer"}


def test_a_wrong_file_goes_back_into_a_folder_that_is_gone(harness: Harness) -> None:
    original = harness.drop("sub/a.png")
    replace(harness.inbox / "sub" / "a.png")
    target = harness.done / BATCH / "sub" / "a.png"
    target.parent.mkdir(parents=True)
    (harness.inbox / "sub" / "a.png").rename(target)
    (harness.inbox / "sub").rmdir()
    assert harness.archive(original) == ["replaced"]
    assert harness.tree() == {"inbox/sub/a.png": b"newer"}


def test_without_hard_links_a_wrong_file_goes_back_all_the_same(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    original = harness.drop()
    replace(harness.inbox / "a.png")
    assert harness.archive(original) == ["replaced"]
    assert harness.tree() == {"inbox/a.png": b"newer"}


@pytest.mark.parametrize("action", ["move", "delete", "keep"])
def test_a_file_that_is_not_there_is_gone(tmp_path: Path, action: str) -> None:
    harness = Harness(tmp_path, action)
    original = harness.drop("sub/a.png")
    shutil.rmtree(harness.inbox / "sub")
    assert harness.archive(original) == ["gone"]
    (harness.inbox / "sub").write_bytes(b"a file now")
    assert harness.archive(original) == ["gone"]


def test_what_is_gone_leaves_no_reasons_behind(harness: Harness) -> None:
    original = harness.drop(failed=True)
    (harness.inbox / "a.png").unlink()
    assert harness.archive(original) == ["gone"]
    assert harness.tree() == {}


@pytest.mark.parametrize("action", ["move", "delete", "keep"])
def test_in_an_inbox_that_is_away_nothing_is_gone(tmp_path: Path, action: str) -> None:
    harness = Harness(tmp_path, action)
    original = harness.drop()
    harness.inbox.rename(tmp_path / "away")
    assert "No such file" in harness.refusal(original)
    (tmp_path / "away").rename(harness.inbox)
    assert harness.archive(original) == [
        {"move": "done", "delete": "deleted", "keep": "inbox"}[action]
    ]


def test_when_the_inbox_goes_away_meanwhile_the_rest_is_not_gone(harness: Harness) -> None:
    files = [harness.drop("a.png"), harness.drop("b.png", number=2)]

    def turn() -> None:  # after the first
        harness.inbox.rename(harness.inbox.with_name("away"))

    done = harness.originals.store(files, turn)
    assert (done.places, done.stuck) == ({1: "done"}, {})
    assert str(harness.inbox) in str(done.outage)


def test_when_the_folder_of_a_batch_goes_away_meanwhile_it_is_made_again(harness: Harness) -> None:
    files = [harness.drop("a.png"), harness.drop("b.png", number=2)]
    moved = harness.done / BATCH
    done = harness.originals.store(files, lambda: shutil.rmtree(moved))
    assert done.places == {1: "done"}
    assert done.outage is not None
    assert harness.archive(files[1]) == ["done"]
    assert harness.tree() == {f"done/{BATCH}/b.png": b"a"}


@pytest.mark.parametrize("code", [errno.EROFS, errno.ENOTCONN, errno.ESTALE, errno.EIO])
def test_a_file_system_below_the_inbox_keeps_no_other_file(
    far: Harness, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Mounted read-only, or away: its files are tried again, and go once it is back."""
    (far.inbox / "b").symlink_to(far.done.parent, target_is_directory=True)
    files = [far.drop("a"), far.drop("b/b", number=2), far.drop("c", number=3)]
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.parent.name == "b":
            raise OSError(code, os.strerror(code), str(self), None, str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    stored = far.originals.store(files)
    assert (stored.places, stored.outage) == ({1: "done", 3: "done"}, None)
    assert stored.stuck == {2: os.strerror(code)}
    monkeypatch.undo()
    assert far.archive(files[1]) == ["done"]


def test_an_inbox_that_is_read_only_is_a_transient_error(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [harness.drop("a"), harness.drop("b", number=2)]

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(errno.EROFS, "Read-only file system", str(self), None, str(target))

    monkeypatch.setattr(Path, "rename", refuse)
    stored = harness.originals.store(files)
    assert "Read-only" in str(stored.outage)
    assert not stored.places
    monkeypatch.undo()
    assert harness.archive(*files) == ["done", "done"]


def test_a_place_that_cannot_be_written_is_a_transient_error(harness: Harness) -> None:
    original = harness.drop()
    harness.done.write_bytes(b"a file")
    assert re.search("Not a directory|File exists", harness.refusal(original))
    assert (harness.inbox / "a.png").read_bytes() == b"a"
    harness.done.unlink()
    assert harness.archive(original) == ["done"]


def test_moves_are_synced(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[Path] = set()

    def sync(folder: Path) -> None:
        synced.add(folder)
        sync_folder(folder)

    monkeypatch.setattr("digitbox.engine.archive.sync_folder", sync)
    harness.archive(harness.drop("sub/a.png"))
    assert synced == {harness.inbox / "sub", harness.done / BATCH / "sub"}


# to another file system


def test_a_file_is_moved_to_another_file_system_with_its_time(far: Harness) -> None:
    far.drop("sub/a.png", b"x" * 3_000_000)
    os.utime(far.inbox / "sub" / "a.png", ns=(BIG, BIG + 7))
    original = far.original(far.inbox / "sub" / "a.png")
    assert far.archive(original) == ["done"]
    assert far.tree() == {f"done/{BATCH}/sub/a.png": b"x" * 3_000_000}
    assert (far.done / BATCH / "sub" / "a.png").stat().st_mtime_ns == BIG + 7
    assert far.archive(original) == ["done"]


def test_a_failed_file_is_moved_to_another_file_system(far: Harness) -> None:
    original = far.drop(failed=True)
    assert far.archive(original) == far.archive(original) == ["failed"]
    assert sorted(far.tree()) == [f"failed/{BATCH}/a.png", f"failed/{BATCH}/a.png.reason.txt"]


def test_a_replaced_file_is_not_copied(far: Harness) -> None:
    original = far.drop()
    replace(far.inbox / "a.png")
    assert far.archive(original) == ["replaced"]
    assert far.tree() == {"inbox/a.png": b"newer"}


def test_a_file_that_is_not_there_is_not_copied(far: Harness) -> None:
    original = far.drop(failed=True)
    (far.inbox / "a.png").unlink()
    assert far.archive(original) == ["gone"]
    assert far.tree() == {}


@pytest.mark.parametrize("action", ["move", "delete"])
def test_a_folder_that_is_renamed_while_its_file_is_taken_away_keeps_nothing_of_it(
    far: Harness, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    harness = far if action == "move" else Harness(far.inbox.parent, action)
    original = harness.drop("sub/a.png")
    compare = moves.is_other_file

    def renaming(path: Path, original: Original) -> bool:
        if path.name.startswith(".digitbox-") and (harness.inbox / "sub").exists():
            (harness.inbox / "sub").rename(harness.inbox / "other")
        return compare(path, original)

    monkeypatch.setattr(moves, "is_other_file", renaming)
    assert harness.archive(original) == ["done" if action == "move" else "deleted"]
    assert (harness.inbox / "other").exists()
    assert harness.tree() == ({f"done/{BATCH}/sub/a.png": b"a"} if action == "move" else {})


@pytest.mark.parametrize("arrived", [False, True])
@pytest.mark.parametrize("step", ["taken", "half copied", "copied"])
def test_a_copy_that_was_interrupted_is_completed(far: Harness, step: str, arrived: bool) -> None:
    original = far.drop()
    hidden = far.inbox / f".digitbox-{BATCH}-1.tmp"
    target = far.done / BATCH / "a.png"
    target.parent.mkdir(parents=True)
    (far.inbox / "a.png").rename(hidden)
    if step == "half copied":
        target.with_name(".a.png.part").write_bytes(b"")
    if step == "copied":
        shutil.copy2(hidden, target)
    expected = {f"done/{BATCH}/a.png": b"a"}
    if arrived:
        (far.inbox / "a.png").write_bytes(b"the next one")
        expected["inbox/a.png"] = b"the next one"
    assert far.archive(original) == ["done"]
    assert far.tree() == expected


@pytest.mark.parametrize("arrived", [False, True])
def test_a_file_that_was_taken_before_the_folders_changed_is_moved(
    harness: Harness, arrived: bool
) -> None:
    """It was to be deleted, or to be copied to another file system."""
    original = harness.drop()
    (harness.inbox / "a.png").rename(harness.inbox / f".digitbox-{BATCH}-1.tmp")
    expected = {f"done/{BATCH}/a.png": b"a"}
    if arrived:
        (harness.inbox / "a.png").write_bytes(b"the next one")
        expected["inbox/a.png"] = b"the next one"
    assert harness.archive(original) == ["done"]
    assert harness.tree() == expected


# names


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x" * 251 + ".png", id="long name"),
        pytest.param("ü" * 125 + ".png", id="long in bytes"),
        pytest.param("\udcff\udcfe.png", id="not UTF-8"),
        pytest.param("\udcff" * 250 + ".png", id="long and not UTF-8"),
        pytest.param("/".join(["d" * 200] * 15) + "/a.png", id="long path"),
    ],
)
@pytest.mark.parametrize("failed", [False, True])
def test_any_name_finds_its_place(harness: Harness, name: str, failed: bool) -> None:
    original = harness.drop(name, failed=failed)
    place: Disposition = "failed" if failed else "done"
    assert harness.archive(original) == harness.archive(original) == [place]
    found = harness.originals.find(place, BATCH, original.source)
    assert found is not None
    file = Path(found.root, found.name)
    assert file.read_bytes() == b"a"
    assert file.suffix == ".png"
    others = [path for path in harness.tree() if not path.endswith(f"/{file.name}")]
    assert others == ([f"failed/{file.relative_to(harness.failed)}.reason.txt"] if failed else [])


def test_names_that_are_shortened_alike_stay_apart(harness: Harness) -> None:
    files = [
        harness.drop(letter + "x" * 250 + ".png", letter.encode(), ord(letter)) for letter in "ab"
    ]
    assert harness.archive(*files) == ["done", "done"]
    assert sorted(harness.tree().values()) == [b"a", b"b"]


def test_a_path_that_gets_too_long_under_its_new_folder_is_shortened(tmp_path: Path) -> None:
    """It just fits below the inbox, and does not below ``done/BATCH``."""
    harness = Harness(tmp_path)
    room = 4095 - len(os.fsencode(harness.inbox)) - len("/a.png")
    name = "/".join(["d" * 199] * (room // 200)) + "/" + "e" * (room % 200 - 1) + "/a.png"
    folder = os.open(harness.inbox, os.O_RDONLY)
    try:
        for part in name.split("/")[:-1]:
            os.mkdir(part, dir_fd=folder)
            folder, outer = os.open(part, os.O_RDONLY, dir_fd=folder), folder
            os.close(outer)
        os.close(os.open("a.png", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    finally:
        os.close(folder)
    original = harness.original(harness.inbox / name)
    assert harness.archive(original) == ["done"]
    assert len(harness.tree()) == 1


def test_a_folder_that_is_called_as_a_sidecar_is_in_no_ones_way(harness: Harness) -> None:
    files = [
        harness.drop("x.png", failed=True),
        harness.drop("x.png.reason.txt.d/y.png", number=3),
        harness.drop("z/x.png.reason.txt/sub/y.png", number=4, failed=True),
        harness.drop("z/x.png", number=5, failed=True),
    ]
    (harness.inbox / "x.png.reason.txt").mkdir()
    files.append(harness.drop("x.png.reason.txt/y.png", number=2, failed=True))
    for _ in range(2):
        assert harness.archive(*files) == ["failed", "done", "failed", "failed", "failed"]
    assert len([one for one in harness.failed.rglob("*") if one.is_file()]) == 8


@pytest.mark.parametrize(
    "name",
    [
        "n" * 251 + ".bmp",
        "ä" * 125 + ".jpeg",
        "n" * 255,
        "n." + "e" * 253,
        "😀" * 63,
        "." + "n" * 254,
    ],
)
def test_a_file_with_a_long_name_is_given_back_beside_the_newer_one(
    harness: Harness, name: str
) -> None:
    """A newer one was taken, and a third has arrived before it was given back."""
    original = harness.drop(name)
    file = harness.inbox / name
    taken = harness.inbox / "taken"
    file.rename(taken)
    for content in (b"newer", b"newest"):
        file.unlink(missing_ok=True)
        file.write_bytes(content)
        if content == b"newer":
            file.rename(taken)
    moves.put_back(taken, file, original)
    assert sorted(harness.tree().values()) == [b"newer", b"newest"]
    assert file.read_bytes() == b"newest"


# read again


def test_a_file_that_was_read_again_moves_on(harness: Harness) -> None:
    original = harness.drop("sub/a.png", failed=True)
    harness.archive(original)
    lies = harness.failed / BATCH / "sub" / "a.png"
    again = Original(
        2,
        "later",
        original.source,
        original.sha256,
        Version.of(lies.stat()),
        False,
        (),
        ("failed", BATCH),
    )
    for _ in range(2):
        assert harness.archive(again) == ["done"]
        assert harness.tree() == {"done/later/sub/a.png": b"a"}


def test_a_file_that_failed_again_has_its_new_reasons(harness: Harness) -> None:
    original = harness.drop(failed=True)
    harness.archive(original)
    lies = harness.failed / BATCH / "a.png"
    again = Original(
        2,
        "later",
        original.source,
        original.sha256,
        Version.of(lies.stat()),
        True,
        ("new",),
        ("failed", BATCH),
    )
    for _ in range(2):
        assert harness.archive(again) == ["failed"]
        assert harness.tree() == {
            "failed/later/a.png": b"a",
            "failed/later/a.png.reason.txt": b"new\n",
        }


def test_a_file_that_was_read_again_leaves_the_inbox_alone(harness: Harness) -> None:
    original = harness.drop()
    harness.archive(original)
    lies = harness.done / BATCH / "a.png"
    again = Original(
        2,
        "later",
        original.source,
        original.sha256,
        Version.of(lies.stat()),
        False,
        (),
        ("done", BATCH),
    )
    harness.drop(content=b"the next one")
    assert harness.archive(again) == ["done"]
    assert harness.tree() == {"done/later/a.png": b"a", "inbox/a.png": b"the next one"}


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a"), ("a/b/c", "a", "a/b")])
@pytest.mark.parametrize("failed", [False, True])
def test_files_that_are_called_as_folders_of_others_are_read_again_in_one_batch(
    harness: Harness, names: tuple[str, ...], failed: bool
) -> None:
    """Each came in a batch of its own; that they are moved again after a crash changes nothing."""
    files = []
    place: Disposition = "failed" if failed else "done"
    for number, name in enumerate(names):
        before: tuple[Disposition, str] = "done", f"batch-{number}"
        file = harness.done / before[1] / name
        file.parent.mkdir(parents=True)
        file.write_bytes(name.encode())
        files.append(harness.original(file, number, failed, before, name))
    for _ in range(2):
        assert harness.archive(*files) == [place] * len(names)
        tree = harness.tree()
        found = [content for path, content in tree.items() if not path.endswith(".reason.txt")]
        assert sorted(found) == sorted(name.encode() for name in names)
        assert not failed or len(tree) == 2 * len(names)
    for name in names:
        found_at = harness.originals.find(place, BATCH, Source(str(harness.inbox), name))
        assert found_at is not None
        assert Path(found_at.root, found_at.name).read_bytes() == name.encode()


@pytest.mark.parametrize("action", ["keep", "delete"])
def test_what_lies_in_originals_stays_there_whatever_the_action(
    tmp_path: Path, action: str
) -> None:
    """The configuration was another one when it was moved."""
    before = Harness(tmp_path)
    original = before.drop()
    before.archive(original)
    lies = before.done / BATCH / "a.png"
    again = Original(
        2,
        "later",
        original.source,
        original.sha256,
        Version.of(lies.stat()),
        False,
        (),
        ("done", BATCH),
    )
    assert Harness(tmp_path, action).archive(again) == ["done"]
    assert before.tree() == {"done/later/a.png": b"a"}


def test_a_kept_file_that_was_read_again_is_kept(tmp_path: Path) -> None:
    harness = Harness(tmp_path, "keep")
    again = harness.drop(before=("inbox", BATCH))
    assert harness.archive(again) == ["inbox"]


def test_an_original_is_found_where_it_lies(harness: Harness) -> None:
    original = harness.drop("sub/a.png")
    source = original.source
    assert harness.originals.find("inbox", BATCH, source) == Source(
        str(harness.inbox / "sub"), "a.png"
    )
    assert harness.originals.find("done", BATCH, source) is None
    harness.archive(original)
    assert harness.originals.find("inbox", BATCH, source) is None
    assert harness.originals.find("done", BATCH, source) == Source(
        str(harness.done / BATCH / "sub"), "a.png"
    )
    for place in ("failed", "deleted", "gone", "replaced", "reread"):
        assert harness.originals.find(place, BATCH, source) is None
