"""The ledger's tables and its file: made whole, examined before it is used, closed to others; its failures as clear sentences."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, Protocol, Self, TypeVar

from sync.errors import NO_ROOM, LedgerError, LedgerFull, LedgerHeld, LedgerTooNew
from sync.i18n import LazyText
from sync.i18n.texts import said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager


# The tables of the ledger, version by version: what is on a disk somewhere is brought up to date and never lost.


_FIRST: Final = (
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY, office TEXT NOT NULL, started TEXT NOT NULL, finished TEXT, exit_code INTEGER, stopped TEXT,
        requests INTEGER, actions INTEGER, rounds INTEGER, carried_on_by TEXT REFERENCES runs (id)
    ) STRICT""",
    """CREATE TABLE files (
        run TEXT NOT NULL REFERENCES runs (id), claimed TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,
        fate TEXT, reason TEXT, PRIMARY KEY (run, claimed)
    ) STRICT""",
    "CREATE INDEX files_by_content ON files (sha256)",
    """CREATE TABLE changes (
        run TEXT NOT NULL REFERENCES runs (id), appointment INTEGER NOT NULL, address INTEGER NOT NULL,
        aim TEXT NOT NULL, confirmation TEXT, feedback TEXT,
        found TEXT NOT NULL, confirmation_before TEXT, feedback_before TEXT, start TEXT,
        verdict TEXT, verified INTEGER, error_code INTEGER,
        PRIMARY KEY (run, appointment, address)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE requests (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id), kind TEXT NOT NULL, left_at TEXT NOT NULL,
        actions TEXT NOT NULL, answered_at TEXT, outcome TEXT, results TEXT
    ) STRICT""",
    """CREATE TABLE sent (
        request INTEGER NOT NULL REFERENCES requests (id), appointment INTEGER NOT NULL, address INTEGER NOT NULL,
        PRIMARY KEY (request, appointment, address)
    ) STRICT, WITHOUT ROWID""",
)
#: What undo, history and retention need: what a run takes back, how it left each link, what its rows came to.
_SECOND: Final = (
    "ALTER TABLE runs ADD COLUMN undo_of TEXT REFERENCES runs (id)",
    "ALTER TABLE runs ADD COLUMN accepted TEXT REFERENCES runs (id)",
    "ALTER TABLE runs ADD COLUMN stopped_detail TEXT",
    "ALTER TABLE runs ADD COLUMN verdicts TEXT",
    "ALTER TABLE runs ADD COLUMN forgotten TEXT",
    "ALTER TABLE changes ADD COLUMN found_after TEXT",
    "ALTER TABLE changes ADD COLUMN confirmation_after TEXT",
    "ALTER TABLE changes ADD COLUMN feedback_after TEXT",
    "CREATE INDEX requests_by_run ON requests (run)",
)
#: What an office's API was seen to do, see `sync.onoffice.dialect`; whether a link could have a feedback status at all.
_THIRD: Final = (
    """CREATE TABLE learnt (
        trait TEXT NOT NULL, subject TEXT NOT NULL, value TEXT NOT NULL, evidence TEXT NOT NULL, run TEXT NOT NULL,
        PRIMARY KEY (trait, subject, value, evidence)
    ) STRICT""",
    "ALTER TABLE changes ADD COLUMN feedback_set_up INTEGER",
)
#: Which file each run is at, see `sync.job.past_runs`.
_FOURTH: Final = (
    "CREATE TABLE at_work (run TEXT PRIMARY KEY, sha256 TEXT NOT NULL, program TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX at_work_by_content ON at_work (sha256)",
)
#: What a run left undone of what its files asked for, as a file may be dropped again for its sake; which runs wrote to a link.
_FIFTH: Final = (
    """CREATE TABLE undone (
        run TEXT NOT NULL REFERENCES runs (id), appointment INTEGER NOT NULL, address INTEGER NOT NULL,
        PRIMARY KEY (run, appointment, address)
    ) STRICT, WITHOUT ROWID""",
    "ALTER TABLE runs ADD COLUMN undone INTEGER",
    "CREATE INDEX changes_by_link ON changes (appointment, address)",
)
_VERSIONS: Final = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH)

SCHEMA_VERSION: Final = len(_VERSIONS)


def version(db: sqlite3.Connection) -> int:
    """The version of the tables that are there; 0 where there are none."""
    (number,) = db.execute("PRAGMA user_version").fetchone()
    return int(number)


def bring_up_to_date(db: sqlite3.Connection) -> None:
    """Make or extend the tables, all or nothing. Raises sqlite3.Error."""
    if version(db) == SCHEMA_VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        for statements in _VERSIONS[version(db) :]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


#: The file's name in the state folder.
NAME: Final = "ledger.sqlite3"
#: How long to wait for another program that holds the file.
BUSY_SECONDS: Final = 10.0
#: What is raised by values that were changed on the disk: a word that is none, a name that is no text, a text for a number.
NEVER_WRITTEN: Final = (ValueError, KeyError, TypeError, OverflowError, RecursionError)
_LOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
#: What SQLite says of a disk without room when it is not its own file that finds none.
_PERHAPS_FULL: Final = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
#: What a transaction wrote is on the disk before it ends.
_DURABLE: Final = "PRAGMA synchronous = FULL"
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
        try:
            self.is_new = path is None or not path.exists()
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
            return LedgerHeld(LazyText("ledger.held", path=self._path, said=said(error)))
        if self._path is not None and _is_full(self._path.parent, error):
            return LedgerFull(LazyText("ledger.full", path=self._path))
        return LedgerError(LazyText("ledger.unusable", path=self._path, said=said(error)), str(error))

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def _prepare(self, *, to_write: bool) -> None:
        there = version(self.db)
        if there > SCHEMA_VERSION:
            raise LedgerTooNew(LazyText("ledger.newer", path=self._path))
        if self._path is not None and there == 0:
            raise self.error(sqlite3.DatabaseError("it is empty"))  # `_make` leaves none like that
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute(_DURABLE)
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

    def reuse_room(self) -> None:
        """Let what is written next go where things stand by now that are in their final place: it needs no more of the disk."""
        self.db.execute("PRAGMA wal_checkpoint (RESTART)")

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
        try:
            alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
            self.db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{alone}", uri=True, isolation_level=None)
        except (sqlite3.Error, OSError) as error:
            raise self.error(error) from error
        try:
            is_ours = version(self.db) == SCHEMA_VERSION
        except sqlite3.Error as error:
            self.close()
            raise self.error(error) from error
        if not is_ours:
            self.close()
            raise LedgerTooNew(LazyText("ledger.of_another_version", path=path))


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
        raise sqlite3.DatabaseError(LazyText("said.stray", name=stray.name))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    for ending in ("", "-journal"):
        fresh.with_name(f"{fresh.name}{ending}").unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as db:
        bring_up_to_date(db)
    fresh.replace(path)


# An open ledger, wherever it lies, and its failures as clear sentences.


O = TypeVar("O", bound="OpenLedger")  # noqa: E741 - an open ledger
P = ParamSpec("P")
R = TypeVar("R")


class ResultRows(Protocol):
    """What a statement answers."""

    def __iter__(self) -> Iterator[Any]:
        """All rows."""

    def fetchone(self) -> Any:  # noqa: ANN401 - a row is a tuple of what the statement asks for
        """The next row, or None."""


class Database(Protocol):
    """What runs statements, with `?` or `?1` in the places of values, as SQLite does."""

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> ResultRows:
        """Run one."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[object]], /) -> object:
        """Run one many times."""


class LedgerPlace(Protocol):
    """Where a ledger lies: a file of SQLite, or a database server."""

    @property
    def db(self) -> Database:
        """Runs statements."""

    @property
    def is_new(self) -> bool:
        """Whether no run of the office had been here before it was opened."""

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What it raises."""

    def transaction(self) -> AbstractContextManager[None]:
        """All that happens inside is on the disk when it is left, or nothing of it."""

    def error(self, error: Exception) -> LedgerError:
        """One clear sentence about a failure."""

    def reuse_room(self) -> None:
        """Let what is written next need no more room than there is."""

    def close(self) -> None:
        """Let go of it."""


def translate_errors(method: Callable[Concatenate[O, P], R]) -> Callable[Concatenate[O, P], R]:
    """Turn the errors of the place into one clear sentence."""

    @functools.wraps(method)
    def call(self: O, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except self.failures as error:
            raise self.error(error) from error

    return call  # type: ignore[return-value]  # functools.wraps hides the signature


def translate_errors_of_reading(method: Callable[Concatenate[O, P], R]) -> Callable[Concatenate[O, P], R]:
    """As `translate_errors`, and what makes no sense is a failure of the place, too: this program never wrote it."""

    @functools.wraps(method)
    def call(self: O, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except NEVER_WRITTEN as error:
            raise self.error(ValueError("it holds what this program never wrote")) from error

    return translate_errors(call)  # type: ignore[arg-type]  # as above


class OpenLedger:
    """An open ledger.

    Args:
        place: the file, made where there is none; None for a ledger in memory; or a place that is open already.
        to_write: examine the whole file and prove that it can be written, before anything depends on it.
        busy_seconds: how long to wait for another program that holds the file.

    Raises:
        LedgerError: from every method, when the place fails; without a ledger nothing is sent.
    """

    def __init__(self, place: Path | LedgerPlace | None, *, to_write: bool = True, busy_seconds: float = BUSY_SECONDS) -> None:
        if place is None or isinstance(place, Path):
            place = LedgerFile(place, to_write=to_write, busy_seconds=busy_seconds)
        self._place: LedgerPlace = place
        self._db = place.db
        self._transaction = place.transaction
        self.failures = place.failures
        self.error = place.error
        self.close = place.close

    @classmethod
    def in_memory(cls) -> Self:
        """A ledger that forgets everything: what a dry run writes to."""
        return cls(None)
