"""A folder → whether its file system is another machine's."""

import os
from pathlib import Path

import psutil

NETWORK = {
    # protocols of file servers
    "9p", "afpfs", "afs", "auristorfs", "cifs", "coda", "davfs", "davfs2", "kafs", "ncpfs", "nfs",
    "nfs3", "nfs4", "smb", "smb2", "smb3", "smbfs", "webdav", "yfs",
    # cluster file systems
    "acfs", "beegfs", "ceph", "cvfs", "fhgfs", "gfs", "gfs2", "glusterfs", "gpfs", "lustre", "mmfs",
    "ocfs2", "orangefs", "panfs", "pvfs2", "wekafs",
    # what a virtual machine or a container has of its host
    "drvfs", "fakeowner", "grpcfuse", "hgfs", "osxfs", "prl_fs", "virtiofs", "vboxsf", "vmhgfs",
    # FUSE on macOS, whatever it brings
    "macfuse", "osxfuse",
}  # fmt: skip
"""File systems whose changes another machine may make, of which no event tells here."""

LOCAL_FUSE = {
    "bindfs", "encfs", "exfat", "exfat-fuse", "fuse-overlayfs", "gocryptfs", "cryfs", "lxcfs",
    "mergerfs", "ntfs", "ntfs-3g", "overlayfs", "securefs", "squashfuse", "unionfs", "veracrypt",
    "zfs-fuse",
}  # fmt: skip
"""What FUSE brings from disks of this machine. All else may be from anywhere (sshfs, rclone, s3fs,
gcsfuse, ceph-fuse, juicefs, davfs2, and who does not say what it is). ``fuseblk`` is a disk."""


def is_network(folder: Path) -> bool:
    """Whether ``folder`` lies on a file system that other machines share."""
    path = Path(os.path.realpath(folder))
    mounted = [
        (len(mount.mountpoint), number, mount.fstype)
        for number, mount in enumerate(psutil.disk_partitions(all=True))
        if path.is_relative_to(mount.mountpoint)
    ]
    return bool(mounted) and _is_shared(max(mounted)[2].lower())


def _is_shared(kind: str) -> bool:
    name, _, brings = kind.partition(".")
    if name == "fuse":
        return brings not in LOCAL_FUSE
    return kind in NETWORK
