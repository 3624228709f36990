"""A ledger in PostgreSQL: each office has a schema of its own there, and at most one run at a time in the whole world.

The lock that says so is an advisory one of the server's. It is held by the very connection that the ledger is written through:
where that breaks, the server lets go of the lock, and nothing more can be written down, so nothing more is sent.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sync.errors import AlreadyRunning, LedgerError, LedgerTooNew
from sync.i18n import LazyText
from sync.i18n.texts import said
from sync.ledger.sqlite import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, CursorResult, TextClause

_LEARNT: Final = """CREATE TABLE learnt (
    rowid BIGINT GENERATED ALWAYS AS IDENTITY, trait TEXT NOT NULL, subject TEXT NOT NULL, value TEXT NOT NULL,
    evidence TEXT NOT NULL, run TEXT NOT NULL, PRIMARY KEY (trait, subject, value, evidence)
)"""
_AT_WORK: Final = (
    "CREATE TABLE at_work (run TEXT PRIMARY KEY, sha256 TEXT NOT NULL, program TEXT NOT NULL)",
    "CREATE INDEX at_work_by_content ON at_work (sha256)",
)
_UNDONE: Final = (
    """CREATE TABLE undone (
        run TEXT NOT NULL REFERENCES runs (id), appointment BIGINT NOT NULL, address BIGINT NOT NULL,
        PRIMARY KEY (run, appointment, address)
    )""",
    "CREATE INDEX changes_by_link ON changes (appointment, address)",
)
#: What brings tables of an earlier version up to date; the first version here was the second one.
_LATER: Final = {
    3: (_LEARNT, "ALTER TABLE changes ADD COLUMN feedback_set_up BIGINT"),
    4: _AT_WORK,
    5: (*_UNDONE, "ALTER TABLE runs ADD COLUMN undone BIGINT"),
}
#: The tables of `sync.ledger.sqlite`, as its newest version has them. `rowid`, which SQLite adds by itself, keeps the order.
_TABLES: Final = (
    """CREATE TABLE runs (
        rowid BIGINT GENERATED ALWAYS AS IDENTITY, id TEXT PRIMARY KEY, office TEXT NOT NULL, started TEXT NOT NULL,
        finished TEXT, exit_code BIGINT, stopped TEXT, requests BIGINT, actions BIGINT, rounds BIGINT,
        carried_on_by TEXT REFERENCES runs (id), undo_of TEXT REFERENCES runs (id), accepted TEXT REFERENCES runs (id),
        stopped_detail TEXT, verdicts TEXT, forgotten TEXT, undone BIGINT
    )""",
    """CREATE TABLE files (
        rowid BIGINT GENERATED ALWAYS AS IDENTITY, run TEXT NOT NULL REFERENCES runs (id), claimed TEXT NOT NULL,
        name TEXT NOT NULL, sha256 TEXT NOT NULL, fate TEXT, reason TEXT, PRIMARY KEY (run, claimed)
    )""",
    "CREATE INDEX files_by_content ON files (sha256)",
    """CREATE TABLE changes (
        run TEXT NOT NULL REFERENCES runs (id), appointment BIGINT NOT NULL, address BIGINT NOT NULL,
        aim TEXT NOT NULL, confirmation TEXT, feedback TEXT,
        found TEXT NOT NULL, confirmation_before TEXT, feedback_before TEXT, start TEXT,
        verdict TEXT, verified BIGINT, error_code BIGINT, found_after TEXT, confirmation_after TEXT, feedback_after TEXT,
        feedback_set_up BIGINT, PRIMARY KEY (run, appointment, address)
    )""",
    """CREATE TABLE requests (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id), kind TEXT NOT NULL,
        left_at TEXT NOT NULL, actions TEXT NOT NULL, answered_at TEXT, outcome TEXT, results TEXT
    )""",
    "CREATE INDEX requests_by_run ON requests (run)",
    """CREATE TABLE sent (
        request BIGINT NOT NULL REFERENCES requests (id), appointment BIGINT NOT NULL, address BIGINT NOT NULL,
        PRIMARY KEY (request, appointment, address)
    )""",
    _LEARNT,
    *_AT_WORK,
    *_UNDONE,
    "CREATE TABLE version (number BIGINT NOT NULL)",
    f"INSERT INTO version VALUES ({SCHEMA_VERSION})",
)
#: Of every connection: what is committed is on the disk, and a machine that is gone loses its lock after a minute.
_SETTINGS: Final = (
    "SET synchronous_commit = on",
    "SET tcp_keepalives_idle = 30",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
)
_CONNECT_SECONDS: Final = 10
_AT_ONCE: Final = 1_000


class LedgerServer:
    """An office's part of a database, over one connection.

    Args:
        url: postgresql+psycopg://USER:PASSWORD@HOST/DATABASE.
        office: its name; the database tells offices apart by it.
        alone: hold the lock of the office, so that nobody else runs it; needed to write. Without it one can only read.

    Raises:
        AlreadyRunning: another run holds the lock.
        LedgerError: the database cannot be used.
    """

    failures = (SQLAlchemyError,)

    def __init__(self, url: str, office: str, *, alone: bool = True) -> None:
        self._office, self._schema, self._alone = office, schema_of(office), alone
        self._shown = "the database"
        self._connection: Connection | None = None
        try:
            address = make_url(url)
            self._shown = f"{address.host or address.query.get('host') or 'local'}/{address.database}"
            self._connection = create_engine(
                address,
                poolclass=NullPool,
                isolation_level="AUTOCOMMIT",
                hide_parameters=True,
                connect_args={"connect_timeout": _CONNECT_SECONDS, "application_name": "onoffice-sync"},
            ).connect()
            self.db = _Statements(self._connection)
            self._begin()
        except SQLAlchemyError as error:
            self.close()
            raise self.error(error) from None
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        for setting in (*_SETTINGS, f'SET search_path = "{self._schema}"'):
            self.db.execute(setting)
        if self._alone and not self.db.execute("SELECT pg_try_advisory_lock(?)", (_key(self._office),)).scalar_one():
            raise AlreadyRunning(LazyText("ledger.locked", office=repr(self._office), place=self._shown))
        self.is_new = not self.is_there
        if self._alone and self.is_new:
            with self.transaction():
                self._make()
        if self._alone or not self.is_new:
            self._check_version()

    @property
    def is_there(self) -> bool:
        """Whether the office has ever had a run here."""
        return self.db.execute("SELECT to_regclass(?)", (f'"{self._schema}".version',)).scalar_one() is not None

    def _check_version(self) -> None:
        version = self.db.execute("SELECT number FROM version").scalar_one()
        if self._alone and version < SCHEMA_VERSION and version + 1 in _LATER:
            with self.transaction():
                for number in range(version + 1, SCHEMA_VERSION + 1):
                    for statement in _LATER[number]:
                        self.db.execute(statement)
                self.db.execute("UPDATE version SET number = ?", (SCHEMA_VERSION,))
            version = SCHEMA_VERSION
        if version > SCHEMA_VERSION:
            raise LedgerTooNew(LazyText("ledger.newer_there", place=self._shown))
        if version < SCHEMA_VERSION:
            raise LedgerError(LazyText("ledger.older_there", place=self._shown))

    def _make(self) -> None:
        if not self.db.execute("SELECT to_regnamespace(?)", (f'"{self._schema}"',)).scalar_one():  # or somebody made it for us
            self.db.execute(f'CREATE SCHEMA "{self._schema}"')
        for statement in _TABLES:
            self.db.execute(statement)

    def error(self, error: Exception) -> LedgerError:
        """One clear sentence about a failure of the database, without the password."""
        said_so = str(error.orig if isinstance(error, DBAPIError) else error).strip().replace("\n", " ")
        words = {"office": repr(self._office), "place": self._shown, "said": said(said_so)}
        return LedgerError(LazyText("ledger.database_unusable", **words), said_so)

    def reuse_room(self) -> None:
        """The server has its own way."""

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside is on the server's disk when it is left, or nothing of it."""
        self.db.execute("BEGIN")
        try:
            yield
        except BaseException:
            with contextlib.suppress(SQLAlchemyError):  # the connection may be gone, and the transaction with it
                self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the lock and close the connection; the server would notice that this is gone a moment later only."""
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
            with contextlib.suppress(SQLAlchemyError):
                self._connection.close()


class _Statements:
    """Runs statements that are written for SQLite. After the connection has been lost it never connects again."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> CursorResult[Any]:
        return self._connection.execute(_named(sql), _values(parameters))

    def executemany(self, sql: str, parameters: Iterable[Sequence[object]]) -> None:
        left = iter(parameters)
        while some := [_values(each) for each in islice(left, _AT_ONCE)]:
            self._connection.execute(_named(sql), some)


@functools.cache
def _named(sql: str) -> TextClause:
    """`?` and `?1` as `:p1`."""
    numbers = iter(range(1, sql.count("?") + 1))
    return text(re.sub(r"\?(\d*)", lambda found: f":p{found[1] or next(numbers)}", sql))


def _values(parameters: Sequence[object]) -> dict[str, object]:
    return {f"p{number}": value for number, value in enumerate(parameters, 1)}


def schema_of(office: str) -> str:
    """The name of an office's schema: what people recognise, and what tells apart names that look alike."""
    word = re.sub("[^a-z0-9]+", "_", office.casefold())[:30].strip("_")
    return f"onoffice_sync_{word}_{hashlib.sha256(office.encode()).hexdigest()[:8]}"


def _key(office: str) -> int:
    """The number of an office's lock; other programs' locks on the same server have others."""
    return int.from_bytes(hashlib.sha256(f"onoffice-sync: {office}".encode()).digest()[:8], signed=True)
