"""A folder → whether its file system is another machine's."""

import os
from pathlib import Path

import psutil

NETWORK = {
    "9p", "afpfs", "afs", "ceph", "cifs", "davfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    "fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs3", "nfs4", "smb", "smb2", "smb3",
    "smbfs", "virtiofs", "vboxsf", "webdav",
}  # fmt: skip
"""File systems whose changes another machine may make, of which no event tells here."""


def is_network(folder: Path) -> bool:
    """Whether ``folder`` lies on a file system that other machines share."""
    path = Path(os.path.realpath(folder))
    mounted = [
        (len(mount.mountpoint), number, mount.fstype)
        for number, mount in enumerate(psutil.disk_partitions(all=True))
        if path.is_relative_to(mount.mountpoint)
    ]
    return bool(mounted) and max(mounted)[2].lower() in NETWORK
