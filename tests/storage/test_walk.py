import os
import shutil
from pathlib import Path

import pytest

from digitbox.errors import InputError
from digitbox.records import Source
from digitbox.storage.walk import Sources, count


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def names(sources: Sources) -> list[str]:
    return sorted(source.name for source in sources)


def test_folders_are_walked_to_the_bottom(tmp_path: Path) -> None:
    fill(tmp_path, "a.png", "b/c.png", "b/d/e.png", "no suffix")
    sources = Sources([tmp_path])
    assert names(sources) == ["a.png", "b/c.png", "b/d/e.png", "no suffix"]
    assert not sources.skipped


def test_a_file_is_named_after_its_folder(tmp_path: Path) -> None:
    fill(tmp_path, "b/c.png")
    assert list(Sources([tmp_path / "b" / "c.png"])) == [Source(str(tmp_path / "b"), "c.png")]


def test_a_path_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        Sources([tmp_path / "none"])


def test_unfinished_and_system_files_are_left_and_counted(tmp_path: Path) -> None:
    fill(tmp_path, "a.png", "b.png.part", "c.TMP", ".hidden.png", "~$d.png", "e.crdownload")
    fill(tmp_path, "Thumbs.db", "desktop.ini", ".git/config")
    sources = Sources([tmp_path])
    assert names(sources) == ["a.png"]
    assert sources.skipped == {"unfinished": 6, "system": 2}


def test_what_keeps_a_folder_of_ours_is_not_counted(tmp_path: Path) -> None:
    fill(tmp_path, ".gitkeep", "b/.gitkeep", "b/.gitkeep.png")
    sources = Sources([tmp_path])
    assert names(sources) == []
    assert sources.skipped == {"unfinished": 1}


def test_what_shares_keep_in_their_folders_is_left_and_counted(tmp_path: Path) -> None:
    fill(tmp_path, "a.png", "room/b.png", "room/@eaDir/b.png/SYNOPHOTO_THUMB_XL.jpg")
    fill(tmp_path, "#recycle/old.png", "@Recycle/old.png", "$RECYCLE.BIN/$RAB12CD.png")
    fill(tmp_path, "System Volume Information/x.png", "lost+found/#12345", "__MACOSX/a.png")
    fill(tmp_path, "a.png:Zone.Identifier", "room/Icon\r", "ehthumbs.db", ".stversions/a.png")
    sources = Sources([tmp_path])
    assert names(sources) == ["a.png", "room/b.png"]
    assert sources.skipped == {"system": 10, "unfinished": 1}


def test_a_file_that_a_program_keeps_account_of_is_left(tmp_path: Path) -> None:
    for suffix in (".aria2", ".lftp-pget-status", ".st"):
        fill(tmp_path, f"{suffix[1:]}.png", f"{suffix[1:]}.png{suffix}")
    fill(tmp_path, "b.png", "b.png.part", "c.png", "b.aria2", "d/c.png.aria2")
    (tmp_path / "empty.png").touch()
    fill(tmp_path, "empty.png.part")
    sources = Sources([tmp_path])
    assert names(sources) == ["b.png", "c.png"]
    assert sources.skipped == {"unfinished": 11}
    assert names(Sources([tmp_path / "aria2.png"])) == ["aria2.png"]  # given by its name


def test_an_unfinished_name_that_was_given_is_read(tmp_path: Path) -> None:
    fill(tmp_path, ".hidden.png")
    assert names(Sources([tmp_path / ".hidden.png"])) == [".hidden.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_skipped_and_counted(tmp_path: Path) -> None:
    fill(tmp_path, "a.png")
    os.mkfifo(tmp_path / "pipe.png")
    sources = Sources([tmp_path])
    assert names(sources) == ["a.png"]
    assert sources.skipped == {"special": 1}


def test_links_are_skipped_and_counted(tmp_path: Path) -> None:
    fill(tmp_path, "in/a.png", "out/b.png")
    (tmp_path / "in" / "link.png").symlink_to(tmp_path / "out" / "b.png")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")
    sources = Sources([tmp_path / "in"])
    assert names(sources) == ["a.png"]
    assert sources.skipped == {"symlink": 2}


def test_links_are_followed_on_request(tmp_path: Path) -> None:
    fill(tmp_path, "in/a.png", "out/b.png")
    (tmp_path / "in" / "link.png").symlink_to(tmp_path / "out" / "b.png")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "dangling").symlink_to(tmp_path / "nowhere")
    sources = Sources([tmp_path / "in"], follow_symlinks=True)
    assert names(sources) == ["a.png", "folder/b.png", "link.png"]
    assert sources.skipped == {"symlink": 1}


def test_a_link_back_to_an_outer_folder_ends(tmp_path: Path) -> None:
    fill(tmp_path, "in/b/a.png")
    (tmp_path / "in" / "b" / "loop").symlink_to(tmp_path / "in")
    sources = Sources([tmp_path / "in"], follow_symlinks=True)
    assert names(sources) == ["b/a.png"]
    assert sources.skipped == {"symlink": 1}


def test_our_own_folders_are_left_out(tmp_path: Path) -> None:
    fill(tmp_path, "a.png", "outbox/old.csv")
    sources = Sources([tmp_path], exclude=[tmp_path / "outbox"])
    assert names(sources) == ["a.png"]
    assert sources.skipped == {"own_folder": 1}


def test_our_own_folder_is_not_read(tmp_path: Path) -> None:
    fill(tmp_path, "outbox/old.png")
    with pytest.raises(InputError, match="this is where digitbox writes"):
        Sources([tmp_path / "outbox"], exclude=[tmp_path / "outbox"])


def test_what_may_not_be_looked_at_is_counted_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "a.png", "b/c.png", "d/e.png")
    looked = os.stat

    def stat(path: str, **options: bool) -> os.stat_result:
        if path == str(tmp_path / "b"):
            raise PermissionError(path)
        return looked(path, **options)

    monkeypatch.setattr(os, "stat", stat)
    sources = Sources([tmp_path])
    assert names(sources) == ["a.png", "d/e.png"]
    assert sources.skipped == {"unreadable": 1}


def test_a_folder_that_vanishes_during_the_walk_ends_nothing(tmp_path: Path) -> None:
    fill(tmp_path, *(f"{number}/a.png" for number in range(5)))
    found = []
    for source in Sources([tmp_path]):
        found.append(source)
        for folder in tmp_path.iterdir():
            shutil.rmtree(folder)
    assert len(found) == 1


def test_a_folder_is_walked_as_a_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, *(f"{number}.png" for number in range(100)))
    taken = 0

    class Entries:
        def __init__(self, folder: str) -> None:
            self._entries = list(original(folder))

        def __enter__(self) -> "Entries":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def __iter__(self) -> "Entries":
            return self

        def __next__(self) -> os.DirEntry[str]:
            nonlocal taken
            taken += 1
            return self._entries.pop()

    original = os.scandir
    monkeypatch.setattr(os, "scandir", Entries)
    next(iter(Sources([tmp_path], looks_beside=False)))
    assert taken == 1


def test_files_are_counted(tmp_path: Path) -> None:
    fill(tmp_path, "a.png", "b/c.png", "b/d.part")
    assert count(Sources([tmp_path])) == 2


def test_folders_within_each_other_need_few_descriptors(tmp_path: Path) -> None:
    """As one `mkdir -p` makes them: more than a process may have open."""
    resource = pytest.importorskip("resource", reason="no limits of descriptors here")
    path = tmp_path
    for _ in range(300):
        path /= "d"
        path.mkdir()
    for folder in (tmp_path, path.parents[100], path):
        (folder / "a.png").write_bytes(b"")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(200, hard), hard))
    try:
        sources = Sources([tmp_path])
        assert len(list(sources)) == 3
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert not sources.unreadable
