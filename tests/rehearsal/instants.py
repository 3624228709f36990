"""The instants of a job: every call by which it touches its folders, its ledger or the network can be counted and hit.

A job that dies at its 117th instant dies there again, on whichever machine; that is what a clock cannot give.
"""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Hit = Callable[[str], None]

#: What Python tells its audit hooks about files (the first argument is a path) and about the network.
_FILES: Final = frozenset(
    {"open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.utime", "os.chmod", "os.scandir", "os.truncate"}
)
_CHANGING: Final = _FILES - {"open", "os.scandir", "os.rmdir", "os.remove", "os.utime", "os.chmod"}
_NETWORK: Final = frozenset({"http.client.send"})
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_LEDGER: Final = "ledger"


class Instants:
    """Counts the instants of a job below `root`, and calls `hit` at the one with the number `at`.

    `writing`: only those are counted that need room on a disk. `onwards`: all later ones are hit too.
    """

    def __init__(
        self, root: Path, at: int | None = None, hit: Hit = print, *, writing: bool = False, onwards: bool = False
    ) -> None:
        self.root, self.at, self.hit, self.writing, self.onwards = str(root), at, hit, writing, onwards
        self.seen: list[str] = []

    def note(self, what: str) -> None:
        self.seen.append(what)
        if self.at == len(self.seen) or (self.onwards and self.at is not None and self.at < len(self.seen)):
            self.hit(what)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FILES:
            path = os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes | os.PathLike) else ""
            # a bare name is one in a folder that the job holds open
            if path.startswith(self.root) or (path and os.sep not in path and not _is_step(event, arguments)):
                writes = bool(arguments[2] & _WRITING) if event == "open" else event in _CHANGING
                if writes or not self.writing:
                    self.note(f"{event} {path.removeprefix(self.root)}{' to write' if writes else ''}")
        elif event in _NETWORK and not self.writing:
            self.note(event)

    def statement(self, sql: str) -> None:
        if not self.writing or not sql.lstrip().upper().startswith(("SELECT", "ROLLBACK", "WITH", "PRAGMA FOREIGN")):
            self.note(f"{_LEDGER}: {' '.join(sql.split())[:60]}")


def _is_step(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether a folder is only gone through, or opened once more: nothing happens by that."""
    return event == "open" and bool(arguments[2] & getattr(os, "O_DIRECTORY", 0))


_watched: list[Instants] = []
_hooked: list[bool] = []
_opened: list[sqlite3.Connection] = []
_connect = sqlite3.connect


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _watched and (event in _FILES or event in _NETWORK):
        _watched[0].audit(event, arguments)


class _Watched(sqlite3.Connection):
    """A connection that tells every statement before it is carried out, and dies with its process."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as there
        super().__init__(*arguments, **named)
        _opened.append(self)

    def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:  # type: ignore[override]  # noqa: ANN401 - as there
        self._tell(sql)
        return super().execute(sql, *more)

    def executemany(self, sql: str, *more: Any) -> sqlite3.Cursor:  # type: ignore[override]  # noqa: ANN401 - as there
        self._tell(sql)
        return super().executemany(sql, *more)

    def executescript(self, sql: str) -> sqlite3.Cursor:
        self._tell(sql)
        return super().executescript(sql)

    def _tell(self, sql: str) -> None:
        for watched in _watched:
            watched.statement(sql)


def _watched_connection(*arguments: Any, **named: Any) -> sqlite3.Connection:  # noqa: ANN401 - as there
    return _connect(*arguments, **(named | {"factory": _Watched, "timeout": 0.05}))


@contextmanager
def watched(instants: Instants) -> Iterator[Instants]:
    """Count the instants of what happens inside, in this thread and all others; hit one of them."""
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked.append(True)
    sqlite3.connect = _watched_connection
    _watched.append(instants)
    try:
        yield instants
    finally:
        _watched.clear()
        sqlite3.connect = _connect
        while _opened:
            _opened.pop().close()


class Killed(BaseException):
    """Stands for a death in this process: nothing in the project catches it."""


def dies(what: str) -> None:
    raise Killed(what)


def disk_is_full(what: str) -> None:
    """What a full disk says, in the words of who is asked."""
    if what.startswith(_LEDGER):
        raise sqlite3.OperationalError("database or disk is full")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), what)


def _kill(_what: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at(arguments: list[str], root: str, at: int) -> None:
    """Be the command, and be killed at an instant; to be started as a process of its own."""
    from sync.cli import app as cli  # noqa: PLC0415 - the server that forks has it already

    with watched(Instants(Path(root), at, _kill)):
        cli.main(arguments)
