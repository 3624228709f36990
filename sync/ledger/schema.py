"""The tables of the ledger, version by version: what is on a disk somewhere is brought up to date and never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

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
#: Which file each run is at, see `sync.job.quarantine`.
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
