"""The ledger's file: made whole, examined before it is used, closed to others; its failures as clear sentences."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from typing import TYPE_CHECKING, Final

from sync.errors import NO_ROOM, LedgerError, LedgerFull, LedgerHeld, LedgerTooNew
from sync.ledger.schema import SCHEMA_VERSION, bring_up_to_date, version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The file's name in the state folder.
NAME: Final = "ledger.sqlite3"
#: How long to wait for another program that holds the file.
BUSY_SECONDS: Final = 10.0
#: What is raised by values that were changed on the disk: a word that is none, a name that is no text, a text for a number.
NEVER_WRITTEN: Final = (ValueError, KeyError, TypeError, OverflowError, RecursionError)
_LOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
#: What SQLite says of a disk without room when it is not its own file that finds none.
_PERHAPS_FULL: Final = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
#: SQLite needs about so much beside the ledger to open it.
_ROOM_BYTES: Final = 100_000


class LedgerFile:
    """The open file of a ledger, or a ledger in memory where there is no path.

    Args:
        path: the file; made where there is none.
        to_write: examine the whole file and prove that it can be written, before anything depends on it.
        busy_seconds: how long to wait for another program that holds the file.

    Raises:
        LedgerError: SQLite fails.
    """

    failures = (sqlite3.Error,)

    def __init__(self, path: Path | None, *, to_write: bool, busy_seconds: float) -> None:
        self._path = path
        self.is_new = path is None or not path.exists()
        try:
            if path is not None:
                _make(path)
            self.db = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=busy_seconds)
        except (sqlite3.Error, OSError) as error:
            raise self.error(error) from error
        try:
            self._prepare(to_write=to_write)
        except (sqlite3.Error, *NEVER_WRITTEN) as error:
            self.close()
            raise self.error(error) from error
        except LedgerError:
            self.close()
            raise

    def error(self, error: Exception) -> LedgerError:
        """One clear sentence about a failure of the ledger's file."""
        if getattr(error, "sqlite_errorcode", None) in _LOCKED:
            return LedgerHeld(
                f"The ledger {self._path} is held by another program ({error}). Nothing is sent without it. Close what has it "
                "open: a database browser, a backup, a virus scanner."
            )
        if self._path is not None and _is_full(self._path.parent, error):
            return LedgerFull(
                f"There is no room for the ledger {self._path}. Nothing is sent without it. Make room on that disk."
            )
        return LedgerError(
            f"The ledger {self._path} cannot be used ({error}). Nothing is sent without it. Check free disk space and rights "
            "of the folder; restore a damaged ledger from a backup, or move it away to begin a new one.",
            str(error),
        )

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def _prepare(self, *, to_write: bool) -> None:
        there = version(self.db)
        if there > SCHEMA_VERSION:
            raise LedgerTooNew(f"The ledger {self._path} was written by a newer version of this program; please update it.")
        if self._path is not None and there == 0:
            raise self.error(sqlite3.DatabaseError("it is empty"))  # `_make` leaves none like that
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("PRAGMA foreign_keys = ON")
        if to_write:
            self._examine()
        bring_up_to_date(self.db)

    def _examine(self) -> None:
        """Read all pages and take the right to write once."""
        (found,) = self.db.execute("PRAGMA quick_check (1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(str(found).splitlines()[-1])
        with self.transaction():
            pass

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside is on the disk when it is left, or nothing of it."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled back already
                self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")


class UntouchedFile(LedgerFile):
    """The file of a ledger, read without a trace: nothing is made beside it, no table is brought up to date.

    Raises:
        LedgerError: it cannot be read so, or is of another version.
    """

    def __init__(self, path: Path) -> None:
        self._path, self.is_new = path, False
        # SQLite makes files beside one that another connection may change; where there are none, none does
        alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
        try:
            self.db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{alone}", uri=True, isolation_level=None)
        except sqlite3.Error as error:
            raise self.error(error) from error
        try:
            is_ours = version(self.db) == SCHEMA_VERSION
        except sqlite3.Error as error:
            self.close()
            raise self.error(error) from error
        if not is_ours:
            self.close()
            raise LedgerTooNew(f"The ledger {path} was written by another version of this program.")


def _is_full(folder: Path, error: Exception) -> bool:
    """Whether an error means that the disk has no room."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return getattr(error, "errno", None) in NO_ROOM
    if code == sqlite3.SQLITE_FULL:
        return True
    with contextlib.suppress(OSError):
        return code & 0xFF in _PERHAPS_FULL and shutil.disk_usage(folder).free < _ROOM_BYTES
    return False


def _make(path: Path) -> None:
    """Make a new ledger where there is none, whole or not at all: an empty one in its place is a damaged one.

    Raises sqlite3.Error, OSError.
    """
    if path.exists():
        return
    if (stray := path.with_name(f"{path.name}-wal")).exists():
        raise sqlite3.DatabaseError(f"{stray.name} is there without it")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    for ending in ("", "-journal"):
        fresh.with_name(f"{fresh.name}{ending}").unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as db:
        bring_up_to_date(db)
    fresh.replace(path)
