"""What kind of storage a path lies on, as far as the operating system tells."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

#: File systems of other machines, as Linux names them.
_NETWORK: Final = frozenset(
    {"9p", "afp", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.cephfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone"}
    | {"fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb2", "smb3", "smbfs"}
)
_MOUNTS: Final = Path("/proc/self/mounts")
_DRIVE_REMOTE: Final = 4


def nearest(path: Path) -> Path:
    """The path itself, or the nearest folder above it that is there."""
    return next((place for place in (path, *path.parents) if place.exists()), path)


def network(path: Path) -> str:
    """The kind of network share that a path lies on ("cifs", "nfs4" ...), "" for a disk of this machine or where nobody knows."""
    if sys.platform == "win32":
        return _network_windows(path)
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # macOS has no such file
        return ""
    return network_of(nearest(path), mounts)


def network_of(path: Path, mounts: str) -> str:
    """As `network`, from the text of `/proc/self/mounts`; the last of the longest mount points that the path lies in counts."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) < 3:  # noqa: PLR2004 - device, mount point, kind
            continue
        point = Path(_plain(parts[1]))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), parts[2]
    return kind if kind in _NETWORK else ""


def _plain(mount_point: str) -> str:
    r"""A mount point without the escapes of the file: `\040` is a blank."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        mount_point = mount_point.replace(code, character)
    return mount_point


def _network_windows(path: Path) -> str:
    import ctypes  # noqa: PLC0415 - only Windows is asked this way

    drive = path.drive
    if drive.startswith("\\\\"):
        return drive
    kind: int = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}{os.sep}")  # type: ignore[attr-defined,unused-ignore]
    return drive if kind == _DRIVE_REMOTE else ""
