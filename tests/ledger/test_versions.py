"""A ledger that an earlier version wrote: everything in it is still there, and can be undone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sync.domain.model import Change, Confirmation, Feedback, Found, Link, Live, Operation, State, Verdict
from sync.job.past_runs import backs
from sync.ledger import NAME, SCHEMA_VERSION, Ledger, Memory

FINISHED, KILLED = "20261124-112647-27e4", "20261124-112648-5a66"
START = "2026-12-02T08:00:00+00:00"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A ledger of version 1 as a run and a killed run had left it, dumped when that version was current."""
    path = tmp_path / NAME
    with closing(sqlite3.connect(path, isolation_level=None)) as ledger:
        ledger.executescript(Path(__file__).with_name("version_1.sql").read_text(encoding="utf-8"))
    return path


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All columns of version 1 of all rows."""
    with closing(sqlite3.connect(path)) as ledger:
        columns = {
            "runs": "id, office, started, finished, exit_code, stopped, requests, actions, rounds, carried_on_by",
            "files": "*",
            "changes": "run, appointment, address, aim, confirmation, feedback, found, confirmation_before, feedback_before, "
            "start, verdict, verified, error_code",
            "requests": "*",
            "sent": "*",
        }
        return {table: ledger.execute(f"SELECT {some} FROM {table}").fetchall() for table, some in columns.items()}


@pytest.mark.parametrize("kind", [Ledger, Memory])
def test_it_is_brought_up_to_date_and_nothing_is_lost(old: Path, kind: type[Memory]) -> None:
    before = content(old)
    kind(old, to_write=kind is Ledger).close()

    assert content(old) == before
    with closing(sqlite3.connect(old)) as ledger:
        assert ledger.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert ledger.execute("PRAGMA foreign_key_check").fetchall() == []


def test_it_has_the_same_tables_as_a_new_one(old: Path, tmp_path: Path) -> None:
    def tables(path: Path) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(path)) as ledger:
            names = [name for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            return [(name, *ledger.execute(f"PRAGMA table_info({name})").fetchall()) for name in names]

    for path in (old, tmp_path / "new.sqlite3"):
        Ledger(path).close()

    assert tables(old) == tables(tmp_path / "new.sqlite3")


def test_its_runs_can_be_told_carried_on_and_undone(old: Path) -> None:
    with closing(Ledger(old)) as ledger:
        finished, killed = ledger.runs()
        assert (finished.id, finished.exit_code, finished.verdicts, finished.undo_of) == (FINISHED, 3, None, None)
        assert [(file.name, file.fate) for file in finished.files] == [("Termine.csv", "archive")]
        assert (killed.id, killed.finished) == (KILLED, None)

        was = State(Confirmation.CONFIRMED, Feedback.INACTIVE)
        left = Live(Found.LINKED, State(Confirmation.CANCELED, Feedback.ACTIVE))
        assert backs(ledger.done(FINISHED))[1] == Change(Link(2, 12), was, Operation.SET, expects=left)
        assert [done.verdict for done in ledger.done(FINISHED)] == [Verdict.UPDATED] * 2

        ledger.begin("new", "office", "2026-11-25T03:00:00+01:00", ())
        assert ledger.inherited("new") == {
            Link(3, 13): Live(Found.LINKED, State(Confirmation.SENT, Feedback.ACTIVE), START),
        }


def test_a_step_of_an_update_that_fails_leaves_the_old_one_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sync.errors import LedgerError  # noqa: PLC0415 - used here only
    from sync.ledger import sqlite  # noqa: PLC0415 - used here only

    before = content(old)
    monkeypatch.setattr(sqlite, "_VERSIONS", (sqlite._FIRST, (*sqlite._SECOND, "ALTER TABLE nowhere ADD COLUMN x TEXT")))
    with pytest.raises(LedgerError):
        Ledger(old)

    with closing(sqlite3.connect(old)) as ledger:
        assert ledger.execute("PRAGMA user_version").fetchone() == (1,)
        assert not [name for _, name, *_ in ledger.execute("PRAGMA table_info(runs)") if name == "undo_of"]
    assert content(old) == before
