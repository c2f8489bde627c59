from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from digitbox.storage.mounts import is_network


def mount(monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    """Have these file systems be mounted, ``_`` for each slash."""
    mounted = [
        SimpleNamespace(mountpoint="/" + point.replace("_", "/"), fstype=kind)
        for point, kind in points.items()
    ]
    root = SimpleNamespace(mountpoint="/", fstype="ext4")
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [root, *mounted])


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "SMB3", "fuse.sshfs", "9p"])
def test_what_lies_on_a_share_lies_on_a_network(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    mount(monkeypatch, share=kind)
    assert is_network(Path("/share/inbox"))
    assert is_network(Path("/share"))
    assert not is_network(Path("/shared/inbox"))
    assert not is_network(Path("/home"))


def test_the_innermost_mount_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    mount(monkeypatch, share="nfs4", share_local="ext4", share_local_far="cifs")
    found = [is_network(Path(path)) for path in ("/share/a", "/share/local/a", "/share/local/far")]
    assert found == [True, False, True]


def test_of_two_mounts_at_one_place_the_later_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = [SimpleNamespace(mountpoint="/share", fstype=kind) for kind in ("ext4", "nfs4")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: twice)
    assert is_network(Path("/share/a"))


def test_a_link_to_a_share_lies_on_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inbox").symlink_to("/share/inbox")
    mount(monkeypatch, share="nfs4")
    assert is_network(tmp_path / "inbox")
