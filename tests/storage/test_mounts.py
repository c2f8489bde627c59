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


NETWORK = [
    *("nfs", "nfs4", "cifs", "SMB3", "9p", "afs", "davfs", "webdav", "coda"),
    *("gpfs", "beegfs", "lustre", "ceph", "glusterfs", "ocfs2", "gfs2", "orangefs", "wekafs"),
    *("vmhgfs", "prl_fs", "fakeowner", "virtiofs", "vboxsf", "drvfs", "osxfs", "grpcfuse"),
    *("fuse", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.ceph-fuse", "fuse.gcsfuse"),
    *("fuse.juicefs", "fuse.JuiceFS", "fuse.vmhgfs-fuse", "fuse.davfs2", "fuse.grpcfuse"),
    *("fuse.glusterfs", "fuse.moosefs", "fuse.blobfuse2", "fuse.mount-s3", "fuse.portal"),
    *("fuse.what-comes-next", "macfuse"),
]

LOCAL = [
    *("ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "vfat", "exfat", "ntfs3", "apfs", "ufs"),
    *("fuseblk", "fuse.fuse-overlayfs", "fuse.ntfs-3g", "fuse.mergerfs", "fuse.gocryptfs"),
    *("fuse.encfs", "fuse.exfat", "ecryptfs", "bcachefs", "f2fs", ""),
]


@pytest.mark.parametrize("kind", LOCAL)
def test_what_lies_on_a_disk_of_this_machine_lies_on_no_network(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mount(monkeypatch, share=kind)
    assert not is_network(Path("/share/inbox"))


@pytest.mark.parametrize("kind", NETWORK)
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
