"""One file as it is now: what it is, whether anybody writes it, whether it is still as it was seen."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sync.domain.model import Left, WhyLeft
from sync.dropfolder.model import Seen
from sync.dropfolder.names import shown

if TYPE_CHECKING:
    from sync.dropfolder.model import Claimed
    from sync.system.handles import Spot

_SHARING_VIOLATIONS = (32, 33)
#: What a disk says that cannot read this one file, or knows no names like its name; it may read and name all others.
_OF_ONE_FILE = frozenset({errno.EIO, errno.EINVAL, errno.EILSEQ})


def see(spot: Spot, relative: Path, *, shared: bool = False) -> Seen | Left:
    """A file as it is now, or why it cannot be taken; with `shared` it may have other names, too.

    Raises `OSError` where none of the words of `WhyLeft` tells why.
    """
    # opened, because network file systems answer a bare stat from memory and ask the server only when a file is opened
    try:
        descriptor = spot.open_to_read()
    except OSError as error:
        return Left(shown(relative), why_left(error))
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            return Left(shown(relative), WhyLeft.NOT_A_FILE)
        if info.st_nlink > 1 and not shared:
            # it may be a file of somebody else, to whom it would be lost; nobody can tell who gave it its other name
            return Left(shown(relative), WhyLeft.SECOND_NAME)
        if _open_for_writing(descriptor):
            return Left(shown(relative), WhyLeft.OPEN)
    finally:
        os.close(descriptor)
    return Seen(spot.path, relative, info.st_size, info.st_mtime_ns, info.st_ctime_ns)


def difference(expected: Seen | Claimed, spot: Spot) -> WhyLeft | None:
    """Why a file is not as it was seen; None if it is."""
    # no inode numbers: some network and FUSE file systems make them up anew at every look, or from the path
    now = see(spot, expected.relative)
    if isinstance(now, Left):
        return now.why
    same = (now.size, now.mtime_ns) == (expected.size, expected.mtime_ns)
    return None if same else WhyLeft.UNSETTLED


def why_left(error: OSError) -> WhyLeft:
    """The word for an error that one file met; raises the error again when there is none for it."""
    if isinstance(error, FileNotFoundError):
        return WhyLeft.GONE
    if error.errno in {errno.EBUSY, errno.ETXTBSY, errno.EAGAIN} or getattr(error, "winerror", 0) in _SHARING_VIOLATIONS:
        return WhyLeft.OPEN
    if error.errno in {errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.ENOTDIR, errno.ENODEV}:
        return WhyLeft.NOT_A_FILE
    if isinstance(error, PermissionError) or error.errno in _OF_ONE_FILE:
        return WhyLeft.NO_ACCESS
    if error.errno == errno.ENAMETOOLONG:
        return WhyLeft.LONG_PATH
    raise error


if sys.platform == "linux":
    import fcntl
    import signal

    def _open_for_writing(descriptor: int) -> bool:
        """Whether anybody on this machine has the file open for writing.

        The kernel grants a read lease only on a file that nobody writes. That is one call per file and sees all users and
        containers, where a walk through /proc sees only our own processes. It is refused (not ours, not on this file system):
        we cannot tell, and the second look has to do. The signal that a break of the lease sends is one that is ignored.
        """
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return not _on_network(os.fstat(descriptor).st_dev, Path("/proc/self/mountinfo"))
        except OSError:
            return False
        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False

    def _on_network(device: int, mounts: Path) -> bool:
        # there "not granted" only means that the server gave us no oplock or delegation
        wanted = f"{os.major(device)}:{os.minor(device)}"
        for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.split()[2] == wanted:
                return line.partition(" - ")[2].split()[0] in {"cifs", "smb3", "nfs", "nfs4"}
        return False

else:

    def _open_for_writing(_descriptor: int) -> bool:
        """Windows tells when the file is opened or renamed (sharing violation); others cannot tell."""
        return False
