"""The ledger: what every run read, wanted, found, sent and concluded, in SQLite.

The intent of a request is committed before it leaves, its outcome after it came; a killed run loses at most the outcome of
one request, and the next look finds that out. The ledger lies on a disk of the machine, not on a network share.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

from sync.errors import LedgerError
from sync.model import Change, Confirmation, Feedback, Found, Link, Live, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from sync.model import Conclusion, RunInfo

SCHEMA_VERSION: Final = 1

_SCHEMA: Final = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, office TEXT NOT NULL, started TEXT NOT NULL, finished TEXT, exit_code INTEGER, stopped TEXT,
    requests INTEGER, actions INTEGER, rounds INTEGER, carried_on_by TEXT REFERENCES runs (id)
) STRICT;
CREATE TABLE files (
    run TEXT NOT NULL REFERENCES runs (id), claimed TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,
    fate TEXT, reason TEXT, PRIMARY KEY (run, claimed)
) STRICT;
CREATE INDEX files_by_content ON files (sha256);
CREATE TABLE changes (
    run TEXT NOT NULL REFERENCES runs (id), appointment INTEGER NOT NULL, address INTEGER NOT NULL,
    aim TEXT NOT NULL, confirmation TEXT, feedback TEXT,
    found TEXT NOT NULL, confirmation_before TEXT, feedback_before TEXT, start TEXT,
    verdict TEXT, verified INTEGER, error_code INTEGER,
    PRIMARY KEY (run, appointment, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE requests (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id), kind TEXT NOT NULL, left_at TEXT NOT NULL,
    actions TEXT NOT NULL, answered_at TEXT, outcome TEXT, results TEXT
) STRICT;
CREATE TABLE sent (
    request INTEGER NOT NULL REFERENCES requests (id), appointment INTEGER NOT NULL, address INTEGER NOT NULL,
    PRIMARY KEY (request, appointment, address)
) STRICT, WITHOUT ROWID;
"""

P = ParamSpec("P")
R = TypeVar("R")


def _told(method: Callable[Concatenate[Ledger, P], R]) -> Callable[Concatenate[Ledger, P], R]:
    """Turn SQLite's errors into one clear sentence."""

    @functools.wraps(method)
    def call(self: Ledger, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except sqlite3.Error as error:
            raise self.error(error) from error

    return call  # type: ignore[return-value]  # functools.wraps hides the signature


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One input file of a run: where it was claimed, its name for people, its content's hash."""

    claimed: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Fate:
    """Where a file of a finished run goes, decided before it moves; `reason` is the text beside a refused file."""

    run: str
    fate: str
    reason: str


class Ledger:
    """Memory of all runs of one office.

    Raises:
        LedgerError: from every method, when SQLite fails; without a ledger nothing is sent.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        try:
            if path is not None:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with contextlib.suppress(FileExistsError):
                    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        except (sqlite3.Error, OSError) as error:
            raise self.error(error) from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self.close()
            raise self.error(error) from error
        except LedgerError:
            self.close()
            raise

    @classmethod
    def in_memory(cls) -> Ledger:
        """A ledger that forgets everything: what a dry run writes to."""
        return cls(None)

    def error(self, error: Exception) -> LedgerError:
        """One clear sentence about a failure of the ledger's file."""
        return LedgerError(
            f"The ledger {self._path} cannot be used ({error}). Nothing is sent without it. Check free disk space and rights "
            "of the folder; restore a damaged ledger from a backup, or move it away to begin a new one."
        )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise LedgerError(f"The ledger {self._path} was written by a newer version of this program; please update it.")
        if version < SCHEMA_VERSION:
            self._db.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")

    @_told
    def begin(self, run: str, office: str, started: str, files: Iterable[FileEntry]) -> None:
        """Open a run with its files.

        It carries on all runs that were interrupted and that no other one has carried to an end: one that was stopped may not
        even have looked.
        """
        with self._transaction():
            self._db.execute("INSERT INTO runs (id, office, started) VALUES (?, ?, ?)", (run, office, started))
            self._db.execute(
                "UPDATE runs SET carried_on_by = ?1 WHERE finished IS NULL AND id <> ?1 AND (carried_on_by IS NULL"
                " OR carried_on_by IN (SELECT id FROM runs WHERE stopped IS NOT NULL))",
                (run,),
            )
            self._db.executemany(
                "INSERT INTO files (run, claimed, name, sha256) VALUES (?, ?, ?, ?)",
                [(run, file.claimed, file.name, file.sha256) for file in files],
            )

    @_told
    def inherited(self, run: str) -> Mapping[Link, Live]:
        """The links that interrupted runs sent before this one took over, with their state before that."""
        rows = self._db.execute(
            """
            WITH RECURSIVE earlier (id) AS (
                SELECT id FROM runs WHERE carried_on_by = ?1
                UNION SELECT runs.id FROM runs JOIN earlier ON runs.carried_on_by = earlier.id
            )
            SELECT c.appointment, c.address, c.found, c.confirmation_before, c.feedback_before, c.start
            FROM earlier JOIN runs ON runs.id = earlier.id JOIN requests q ON q.run = runs.id JOIN sent s ON s.request = q.id
            JOIN changes c ON c.run = runs.id AND c.appointment = s.appointment AND c.address = s.address
            ORDER BY runs.rowid DESC
            """,
            (run,),
        )
        # from the newest to the oldest run: the first that sent a link, whose "before" is the true one, comes last and stays
        # (in the order in which runs began: two may begin in the same second, and clocks go back)
        return {Link(a, b): _live(*rest) for a, b, *rest in rows}

    @_told
    def save_before(self, run: str, changes: Iterable[tuple[Change, Live]]) -> None:
        """Write down the wanted state of links and their state before anything is sent to them."""
        with self._transaction():
            self._db.executemany(
                "INSERT OR IGNORE INTO changes (run, appointment, address, aim, confirmation, feedback, found,"
                " confirmation_before, feedback_before, start) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (run, *change.link, change.aim, *change.wanted.words, live.found.name, *live.state.words, live.start)
                    for change, live in changes
                ),
            )

    @_told
    def intent(self, run: str, kind: str, now: str, actions: str, links: Iterable[Link]) -> int:
        """Write down a request that is about to leave; returns its number."""
        with self._transaction():
            cursor = self._db.execute(
                "INSERT INTO requests (run, kind, left_at, actions) VALUES (?, ?, ?, ?)", (run, kind, now, actions)
            )
            number = cursor.lastrowid or 0
            self._db.executemany("INSERT OR IGNORE INTO sent VALUES (?, ?, ?)", [(number, *link) for link in links])
        return number

    @_told
    def outcome(self, request: int, now: str, outcome: str, results: str) -> None:
        """Write down what became of a request."""
        self._db.execute(
            "UPDATE requests SET answered_at = ?, outcome = ?, results = ? WHERE id = ?", (now, outcome, results, request)
        )

    @_told
    def finish(
        self, info: RunInfo, conclusions: Iterable[tuple[Change, Conclusion]], fates: Iterable[tuple[str, str, str]]
    ) -> None:
        """Close a run: its verdicts, and the fate of each file (claimed path, fate, reason) before any file moves."""
        stopped = str(info.stopped.stop) if info.stopped else None
        with self._transaction():
            self._db.executemany(
                "UPDATE changes SET verdict = ?, verified = ?, error_code = ? WHERE run = ? AND appointment = ? AND address = ?",
                ((c.verdict, int(c.verified), c.error_code, info.id, *change.link) for change, c in conclusions),
            )
            self._db.executemany(
                "UPDATE files SET fate = ?, reason = ? WHERE run = ? AND claimed = ?",
                [(fate, reason, info.id, claimed) for claimed, fate, reason in fates],
            )
            self._db.execute(
                "UPDATE runs SET finished = ?, exit_code = ?, stopped = ?, requests = ?, actions = ?, rounds = ? WHERE id = ?",
                (info.finished, int(info.exit_code), stopped, info.requests, info.actions, info.rounds, info.id),
            )

    @_told
    def fate(self, claimed: str) -> Fate | None:
        """The fate that a finished run decided for a file it could not move any more."""
        row = self._db.execute(
            "SELECT files.run, fate, reason FROM files JOIN runs ON runs.id = files.run"
            " WHERE claimed = ? AND fate IS NOT NULL ORDER BY runs.rowid DESC LIMIT 1",
            (claimed,),
        ).fetchone()
        return Fate(*row) if row else None

    @_told
    def seen_before(self, sha256: str) -> str | None:
        """The last run that archived a file with the same content, if there is one."""
        row = self._db.execute(
            "SELECT run FROM files JOIN runs ON runs.id = files.run WHERE sha256 = ? AND fate = 'archive'"
            " ORDER BY runs.rowid DESC LIMIT 1",
            (sha256,),
        ).fetchone()
        return str(row[0]) if row else None

    @contextlib.contextmanager
    def _transaction(self) -> Any:  # noqa: ANN401 - a context manager
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled back already
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _live(found: str, confirmation: str | None, feedback: str | None, start: str | None) -> Live:
    state = State(Confirmation(confirmation) if confirmation else None, Feedback(feedback) if feedback else None)
    return Live(Found[found], state, start)
