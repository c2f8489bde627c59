import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.config import OriginalsConfig
from pipeline.files import sync_folder
from pipeline.ledger.ledger import Original, Place
from pipeline.records import Source, Version
from pipeline.service.originals import Originals

BATCH = "0123456789ab-00000001"
BIG = 10**18
"""A time in nanoseconds, in 2001: not that of the test."""


class House:
    """An inbox, and where its files go."""

    def __init__(self, base: Path, action: str = "move", elsewhere: Path | None = None) -> None:
        self.inbox = base / "inbox"
        self.inbox.mkdir(exist_ok=True)
        self.done = (elsewhere or base) / "done"
        self.failed = (elsewhere or base) / "failed"
        self.originals = Originals(
            OriginalsConfig(action=action, done=self.done, failed=self.failed)  # type: ignore[arg-type]
        )

    def drop(
        self,
        name: str = "a.png",
        content: bytes = b"a",
        number: int = 1,
        failed: bool = False,
        before: tuple[Place, str] | None = None,
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
        before: tuple[Place, str] | None = None,
        name: str | None = None,
    ) -> Original:
        reasons = ("page 1: corrupt", "page 3: timeout") if failed else ()
        source = Source(str(self.inbox), name or str(file.relative_to(self.inbox)))
        version = Version.of(file.stat())
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return Original(number, BATCH, source, digest, version, failed, reasons, before)

    def retire(self, *files: Original) -> list[Place]:
        done = self.originals.retire(files)
        assert (done.stuck, done.weather) == ({}, None)
        assert list(done.places) == [file.id for file in files]
        return list(done.places.values())

    def refusal(self, original: Original) -> str:
        """Why it cannot be brought to its place."""
        done = self.originals.retire([original])
        assert not done.places
        return f"{done.weather} {done.stuck}"

    def tree(self) -> dict[str, bytes]:
        """All files, by their place below the folders."""
        return {
            f"{base.name}/{path.relative_to(base)}": path.read_bytes()
            for base in (self.inbox, self.done, self.failed)
            for path in sorted(base.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def far(tmp_path: Path) -> Iterator[House]:
    """One whose originals go to another file system."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other file system at /dev/shm")
    elsewhere = Path(tempfile.mkdtemp(dir=memory, prefix="digitbox-test-"))
    yield House(tmp_path, elsewhere=elsewhere)
    shutil.rmtree(elsewhere)


def replace(file: Path, content: bytes = b"newer") -> None:
    """Put another file in its place."""
    newer = file.with_name("newer.tmp")
    newer.write_bytes(content)
    newer.replace(file)


# where they go


def test_a_file_that_was_read_is_moved_to_the_folder_of_its_batch(house: House) -> None:
    assert house.retire(house.drop("sub/folder/a.png")) == ["done"]
    assert house.tree() == {f"done/{BATCH}/sub/folder/a.png": b"a"}


def test_a_file_that_failed_is_moved_with_its_reasons_beside_it(house: House) -> None:
    assert house.retire(house.drop(failed=True)) == ["failed"]
    assert house.tree() == {
        f"failed/{BATCH}/a.png": b"a",
        f"failed/{BATCH}/a.png.reason.txt": b"page 1: corrupt\npage 3: timeout\n",
    }


@pytest.mark.parametrize("failed", [False, True])
def test_a_file_is_kept(tmp_path: Path, failed: bool) -> None:
    house = House(tmp_path, "keep")
    assert house.retire(house.drop(failed=failed)) == ["inbox"]
    assert house.tree() == {"inbox/a.png": b"a"}


def test_a_file_to_be_kept_that_is_not_there_is_gone(tmp_path: Path) -> None:
    house = House(tmp_path, "keep")
    original = house.drop()
    (house.inbox / "a.png").unlink()
    assert house.retire(original) == ["gone"]


def test_a_file_is_deleted(tmp_path: Path) -> None:
    house = House(tmp_path, "delete")
    assert house.retire(house.drop("sub/a.png")) == ["deleted"]
    assert house.tree() == {}


def test_a_file_that_failed_is_never_deleted(tmp_path: Path) -> None:
    house = House(tmp_path, "delete")
    assert house.retire(house.drop(failed=True)) == ["failed"]
    assert house.tree()[f"failed/{BATCH}/a.png"] == b"a"


def test_each_of_many_goes_to_its_place(house: House) -> None:
    files = [house.drop(f"{number}", b"%d" % number, number, number == 2) for number in (1, 2, 3)]
    assert house.retire(*files) == ["done", "failed", "done"]
    assert house.retire() == []


def test_what_is_moved_keeps_its_time(house: House) -> None:
    original = house.drop()
    os.utime(house.inbox / "a.png", ns=(BIG, BIG + 7))
    original = house.original(house.inbox / "a.png")
    assert house.retire(original) == ["done"]
    assert (house.done / BATCH / "a.png").stat().st_mtime_ns == BIG + 7


# again, after a crash


def test_to_move_again_changes_nothing(house: House) -> None:
    files = [house.drop("a.png"), house.drop("b.png", b"b", 2, failed=True)]
    first, tree = house.retire(*files), house.tree()
    assert house.retire(*files) == first == ["done", "failed"]
    assert house.tree() == tree


def test_a_file_that_came_after_the_move_is_not_touched_by_the_second(house: House) -> None:
    original = house.drop()
    house.retire(original)
    (house.inbox / "a.png").write_bytes(b"the next one")
    assert house.retire(original) == ["done"]
    assert house.tree() == {f"done/{BATCH}/a.png": b"a", "inbox/a.png": b"the next one"}


def test_a_failed_file_whose_reasons_were_half_written_has_them_whole(house: House) -> None:
    original = house.drop(failed=True)
    target = house.failed / BATCH / "a.png"
    target.parent.mkdir(parents=True)
    target.with_name("a.png.reason.txt").write_bytes(b"page")
    assert house.retire(original) == ["failed"]
    assert house.tree()[f"failed/{BATCH}/a.png.reason.txt"].count(b"\n") == 2


def test_a_deletion_that_was_interrupted_is_completed(tmp_path: Path) -> None:
    house = House(tmp_path, "delete")
    original = house.drop()
    hidden = house.inbox / f".digitbox-{BATCH}-1.tmp"
    (house.inbox / "a.png").rename(hidden)
    (house.inbox / "a.png").write_bytes(b"the next one")
    assert house.retire(original) == ["deleted"]
    assert house.tree() == {"inbox/a.png": b"the next one"}


def test_a_deletion_again_leaves_the_next_file(tmp_path: Path) -> None:
    house = House(tmp_path, "delete")
    original = house.drop()
    assert house.retire(original) == ["deleted"]
    assert house.retire(original) == ["gone"]
    (house.inbox / "a.png").write_bytes(b"the next one")
    assert house.retire(original) == ["replaced"]
    assert house.tree() == {"inbox/a.png": b"the next one"}


# another file in its place


@pytest.mark.parametrize("failed", [False, True])
@pytest.mark.parametrize("action", ["move", "delete"])
def test_a_file_that_was_replaced_stays_a_new_arrival(
    tmp_path: Path, action: str, failed: bool
) -> None:
    house = House(tmp_path, action)
    original = house.drop("sub/a.png", failed=failed)
    replace(house.inbox / "sub" / "a.png")
    assert house.retire(original) == ["replaced"]
    assert house.tree() == {"inbox/sub/a.png": b"newer"}


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
    house = House(tmp_path, action)
    original = house.drop()
    change(house.inbox / "a.png")
    content = (house.inbox / "a.png").read_bytes()
    assert house.retire(original) == ["replaced"]
    assert house.tree() == {"inbox/a.png": content}


def test_permissions_make_no_other_file(house: House) -> None:
    original = house.drop()
    (house.inbox / "a.png").chmod(0o600)
    assert house.retire(original) == ["done"]


@pytest.mark.parametrize("number", [2, 3])
def test_a_wrong_file_goes_back_beside_a_newer_one(
    house: House, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Another one came to the name in the instant in which the wrong one was away."""
    original = house.drop()
    replace(house.inbox / "a.png", b"second")
    if number == 3:
        (house.inbox / "a (2).png").write_bytes(b"other")
    rename = Path.rename

    def rename_late(self: Path, target: Path) -> Path:
        done = rename(self, target)
        if self.name == "a.png":
            self.write_bytes(b"third")
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename_late)
        assert house.retire(original) == ["replaced"]
    expected = {f"inbox/a ({number}).png": b"second", "inbox/a.png": b"third"}
    if number == 3:
        expected["inbox/a (2).png"] = b"other"
    assert house.tree() == expected


def test_a_wrong_file_that_was_on_its_way_back_is_brought_back_once(house: House) -> None:
    """A crash came when it had its name in the inbox again, and the other one still."""
    original = house.drop()
    replace(house.inbox / "a.png")
    target = house.done / BATCH / "a.png"
    target.parent.mkdir(parents=True)
    target.hardlink_to(house.inbox / "a.png")
    assert house.retire(original) == ["replaced"]
    assert house.tree() == {"inbox/a.png": b"newer"}


def test_a_wrong_file_goes_back_into_a_folder_that_is_gone(house: House) -> None:
    original = house.drop("sub/a.png")
    replace(house.inbox / "sub" / "a.png")
    target = house.done / BATCH / "sub" / "a.png"
    target.parent.mkdir(parents=True)
    (house.inbox / "sub" / "a.png").rename(target)
    (house.inbox / "sub").rmdir()
    assert house.retire(original) == ["replaced"]
    assert house.tree() == {"inbox/sub/a.png": b"newer"}


def test_without_hard_links_a_wrong_file_goes_back_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    original = house.drop()
    replace(house.inbox / "a.png")
    assert house.retire(original) == ["replaced"]
    assert house.tree() == {"inbox/a.png": b"newer"}


@pytest.mark.parametrize("action", ["move", "delete", "keep"])
def test_a_file_that_is_not_there_is_gone(tmp_path: Path, action: str) -> None:
    house = House(tmp_path, action)
    original = house.drop("sub/a.png")
    shutil.rmtree(house.inbox / "sub")
    assert house.retire(original) == ["gone"]
    (house.inbox / "sub").write_bytes(b"a file now")
    assert house.retire(original) == ["gone"]


def test_what_is_gone_leaves_no_reasons_behind(house: House) -> None:
    original = house.drop(failed=True)
    (house.inbox / "a.png").unlink()
    assert house.retire(original) == ["gone"]
    assert house.tree() == {}


@pytest.mark.parametrize("action", ["move", "delete", "keep"])
def test_in_an_inbox_that_is_away_nothing_is_gone(tmp_path: Path, action: str) -> None:
    house = House(tmp_path, action)
    original = house.drop()
    house.inbox.rename(tmp_path / "away")
    assert "No such file" in house.refusal(original)
    (tmp_path / "away").rename(house.inbox)
    assert house.retire(original) == [
        {"move": "done", "delete": "deleted", "keep": "inbox"}[action]
    ]


def test_when_the_inbox_goes_away_meanwhile_the_rest_is_not_gone(house: House) -> None:
    files = [house.drop("a.png"), house.drop("b.png", number=2)]

    def turn() -> None:  # after the first
        house.inbox.rename(house.inbox.with_name("away"))

    done = house.originals.retire(files, turn)
    assert (done.places, done.stuck) == ({1: "done"}, {})
    assert str(house.inbox) in str(done.weather)


def test_when_the_folder_of_a_batch_goes_away_meanwhile_it_is_made_again(house: House) -> None:
    files = [house.drop("a.png"), house.drop("b.png", number=2)]
    moved = house.done / BATCH
    done = house.originals.retire(files, lambda: shutil.rmtree(moved))
    assert done.places == {1: "done"}
    assert done.weather is not None
    assert house.retire(files[1]) == ["done"]
    assert house.tree() == {f"done/{BATCH}/b.png": b"a"}


def test_a_place_that_cannot_be_written_is_weather(house: House) -> None:
    original = house.drop()
    house.done.write_bytes(b"a file")
    assert re.search("Not a directory|File exists", house.refusal(original))
    assert (house.inbox / "a.png").read_bytes() == b"a"
    house.done.unlink()
    assert house.retire(original) == ["done"]


def test_moves_are_synced(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[Path] = set()

    def sync(folder: Path) -> None:
        synced.add(folder)
        sync_folder(folder)

    monkeypatch.setattr("pipeline.service.originals.sync_folder", sync)
    house.retire(house.drop("sub/a.png"))
    assert synced == {house.inbox / "sub", house.done / BATCH / "sub"}


# to another file system


def test_a_file_is_moved_to_another_file_system_with_its_time(far: House) -> None:
    far.drop("sub/a.png", b"x" * 3_000_000)
    os.utime(far.inbox / "sub" / "a.png", ns=(BIG, BIG + 7))
    original = far.original(far.inbox / "sub" / "a.png")
    assert far.retire(original) == ["done"]
    assert far.tree() == {f"done/{BATCH}/sub/a.png": b"x" * 3_000_000}
    assert (far.done / BATCH / "sub" / "a.png").stat().st_mtime_ns == BIG + 7
    assert far.retire(original) == ["done"]


def test_a_failed_file_is_moved_to_another_file_system(far: House) -> None:
    original = far.drop(failed=True)
    assert far.retire(original) == far.retire(original) == ["failed"]
    assert sorted(far.tree()) == [f"failed/{BATCH}/a.png", f"failed/{BATCH}/a.png.reason.txt"]


def test_a_replaced_file_is_not_copied(far: House) -> None:
    original = far.drop()
    replace(far.inbox / "a.png")
    assert far.retire(original) == ["replaced"]
    assert far.tree() == {"inbox/a.png": b"newer"}


def test_a_file_that_is_not_there_is_not_copied(far: House) -> None:
    original = far.drop(failed=True)
    (far.inbox / "a.png").unlink()
    assert far.retire(original) == ["gone"]
    assert far.tree() == {}


@pytest.mark.parametrize("arrived", [False, True])
@pytest.mark.parametrize("step", ["taken", "half copied", "copied"])
def test_a_copy_that_was_interrupted_is_completed(far: House, step: str, arrived: bool) -> None:
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
    assert far.retire(original) == ["done"]
    assert far.tree() == expected


@pytest.mark.parametrize("arrived", [False, True])
def test_a_file_that_was_taken_before_the_folders_changed_is_moved(
    house: House, arrived: bool
) -> None:
    """It was to be deleted, or to be copied to another file system."""
    original = house.drop()
    (house.inbox / "a.png").rename(house.inbox / f".digitbox-{BATCH}-1.tmp")
    expected = {f"done/{BATCH}/a.png": b"a"}
    if arrived:
        (house.inbox / "a.png").write_bytes(b"the next one")
        expected["inbox/a.png"] = b"the next one"
    assert house.retire(original) == ["done"]
    assert house.tree() == expected


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
def test_any_name_finds_its_place(house: House, name: str, failed: bool) -> None:
    original = house.drop(name, failed=failed)
    place: Place = "failed" if failed else "done"
    assert house.retire(original) == house.retire(original) == [place]
    found = house.originals.find(place, BATCH, original.source)
    assert found is not None
    file = Path(found.root, found.name)
    assert file.read_bytes() == b"a"
    assert file.suffix == ".png"
    others = [path for path in house.tree() if not path.endswith(f"/{file.name}")]
    assert others == ([f"failed/{file.relative_to(house.failed)}.reason.txt"] if failed else [])


def test_names_that_are_shortened_alike_stay_apart(house: House) -> None:
    files = [
        house.drop(letter + "x" * 250 + ".png", letter.encode(), ord(letter)) for letter in "ab"
    ]
    assert house.retire(*files) == ["done", "done"]
    assert sorted(house.tree().values()) == [b"a", b"b"]


def test_a_path_that_gets_too_long_under_its_new_folder_is_shortened(tmp_path: Path) -> None:
    """It just fits below the inbox, and does not below ``done/BATCH``."""
    house = House(tmp_path)
    room = 4095 - len(os.fsencode(house.inbox)) - len("/a.png")
    name = "/".join(["d" * 199] * (room // 200)) + "/" + "e" * (room % 200 - 1) + "/a.png"
    folder = os.open(house.inbox, os.O_RDONLY)
    try:
        for part in name.split("/")[:-1]:
            os.mkdir(part, dir_fd=folder)
            folder, outer = os.open(part, os.O_RDONLY, dir_fd=folder), folder
            os.close(outer)
        os.close(os.open("a.png", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    finally:
        os.close(folder)
    original = house.original(house.inbox / name)
    assert house.retire(original) == ["done"]
    assert len(house.tree()) == 1


# read again


def test_a_file_that_was_read_again_moves_on(house: House) -> None:
    original = house.drop("sub/a.png", failed=True)
    house.retire(original)
    lies = house.failed / BATCH / "sub" / "a.png"
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
        assert house.retire(again) == ["done"]
        assert house.tree() == {"done/later/sub/a.png": b"a"}


def test_a_file_that_failed_again_has_its_new_reasons(house: House) -> None:
    original = house.drop(failed=True)
    house.retire(original)
    lies = house.failed / BATCH / "a.png"
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
        assert house.retire(again) == ["failed"]
        assert house.tree() == {
            "failed/later/a.png": b"a",
            "failed/later/a.png.reason.txt": b"new\n",
        }


def test_a_file_that_was_read_again_leaves_the_inbox_alone(house: House) -> None:
    original = house.drop()
    house.retire(original)
    lies = house.done / BATCH / "a.png"
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
    house.drop(content=b"the next one")
    assert house.retire(again) == ["done"]
    assert house.tree() == {"done/later/a.png": b"a", "inbox/a.png": b"the next one"}


@pytest.mark.parametrize("action", ["keep", "delete"])
def test_what_lies_in_originals_stays_there_whatever_the_action(
    tmp_path: Path, action: str
) -> None:
    """The configuration was another one when it was moved."""
    before = House(tmp_path)
    original = before.drop()
    before.retire(original)
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
    assert House(tmp_path, action).retire(again) == ["done"]
    assert before.tree() == {"done/later/a.png": b"a"}


def test_a_kept_file_that_was_read_again_is_kept(tmp_path: Path) -> None:
    house = House(tmp_path, "keep")
    again = house.drop(before=("inbox", BATCH))
    assert house.retire(again) == ["inbox"]


def test_an_original_is_found_where_it_lies(house: House) -> None:
    original = house.drop("sub/a.png")
    source = original.source
    assert house.originals.find("inbox", BATCH, source) == Source(str(house.inbox / "sub"), "a.png")
    assert house.originals.find("done", BATCH, source) is None
    house.retire(original)
    assert house.originals.find("inbox", BATCH, source) is None
    assert house.originals.find("done", BATCH, source) == Source(
        str(house.done / BATCH / "sub"), "a.png"
    )
    for place in ("failed", "deleted", "gone", "replaced", "reread"):
        assert house.originals.find(place, BATCH, source) is None
