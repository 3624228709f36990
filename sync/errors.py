"""Exceptions, named by what the job does about them. Only `sync.cli` catches the base class."""

from __future__ import annotations

import errno
from typing import Final

from sync.domain.model import ExitCode, Stop, Stopped

#: What the system says of a disk, or of a user's share of it, that has no room.
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
#: What a disk or a machine says that would say the same to every other file.
OF_THE_DISK: Final = NO_ROOM | {errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}


class SyncError(Exception):
    """Anything that ends a command with one clear sentence instead of a traceback."""

    exit_code = ExitCode.FAILED


class ConfigurationError(SyncError):
    """The configuration or the command line is wrong; holds every mistake at once."""

    exit_code = ExitCode.USAGE

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class AlreadyRunning(SyncError):
    """Another run of this office is active."""

    exit_code = ExitCode.ALREADY_RUNNING


class StopRun(SyncError):
    """Nothing more may be sent in this run: wrong credentials, wrong clock, API out of reach. Work is kept."""

    def __init__(self, stop: Stop, detail: str = "") -> None:
        super().__init__(f"{stop}: {detail}" if detail else str(stop))
        self.stopped = Stopped(stop, detail)


class LedgerError(SyncError):
    """The ledger cannot be read or written; without it nothing is sent. `said` is what the file or database itself says."""

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class LedgerFull(LedgerError):
    """The disk of the ledger has no room."""


class LedgerHeld(LedgerError):
    """Another program holds the ledger."""


class LedgerTooNew(LedgerError):
    """A newer version of this program wrote the ledger."""


class FolderError(SyncError):
    """A folder cannot be made, read or written; every file is still where it was or where it belongs."""


class ReportError(SyncError):
    """The results of a run cannot be written."""


class ReaderBroken(SyncError):
    """No file can be read on this machine; every file is still where it was.

    `said` is what the reading process says itself, `last` the last line of it; `full` where a disk has no room.
    """

    def __init__(self, said: str, *, full: bool = False) -> None:
        self.last = said.strip().rpartition("\n")[2] or "it says nothing"
        begin = f"The part of this program that reads files does not work on this machine ({self.last}). All files stay in the "
        begin += "drop folder, and nobody has to save them anew. "
        super().__init__(
            f"{begin}Make room on the disk that holds temporary files (TMPDIR, or /tmp)."
            if full
            else f"{begin}Run `onoffice-sync doctor`; most often it helps to install the program anew."
        )
        self.said = said
