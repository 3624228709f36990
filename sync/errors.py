"""Exceptions, named by what the job does about them. Only `sync.cli` catches the base class."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from sync.domain.model import ExitCode, Stop, Stopped
from sync.i18n import LazyText, worded_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.i18n import Language

#: What the system says of a disk, or of a user's share of it, that has no room.
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
#: What a disk or a machine says that would say the same to every other file.
OF_THE_DISK: Final = NO_ROOM | {errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}


class SyncError(Exception):
    """Anything that ends a command with a clear sentence, or one in a line each, instead of a traceback."""

    exit_code = ExitCode.FAILED

    def __str__(self) -> str:
        return "\n".join(map(str, self.args))


class ConfigurationError(SyncError):
    """The configuration or the command line is wrong; holds every mistake at once.

    `language` is what the configuration asks for, as far as that much of it can be read.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, mistakes: Sequence[str | LazyText], language: Language | None = None) -> None:
        super().__init__(mistakes, language)
        self._mistakes, self.language = mistakes, language

    @property
    def mistakes(self) -> list[str]:
        """Every mistake in a sentence."""
        with worded_in(self.language):
            return [str(mistake) for mistake in self._mistakes]

    def __str__(self) -> str:
        return "\n".join(self.mistakes)


class ClosedConfiguration(ConfigurationError):
    """The configuration may be right, but this user may not read it."""


class NotStopped(ConfigurationError):
    """The run that somebody lets pass was not stopped by a guard."""


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

    def __init__(self, message: LazyText, said: str | LazyText = "") -> None:
        super().__init__(message, said)
        self.message, self.said = message, said

    def __str__(self) -> str:
        return str(self.message)


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
        super().__init__(said)
        self._key = "reader.without_room" if full else "reader.broken"
        self.said = said
        self.last = said.strip().rpartition("\n")[2] or LazyText("reader.says_nothing")

    def __str__(self) -> str:
        return str(LazyText(self._key, last=self.last))


class PackagesMissing(SyncError):
    """The installation is incomplete; every file is still where it was. `install` is the command that mends it."""

    def __init__(self, names: Sequence[str], install: str) -> None:
        super().__init__(names, install)
        self.names, self.install = ", ".join(names), install

    def __str__(self) -> str:
        return str(LazyText("packages.missing", names=self.names, install=self.install))
