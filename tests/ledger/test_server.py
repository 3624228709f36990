"""A ledger in PostgreSQL: what is different from a file. What is the same is tested in test_ledger.py, for both."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection

from sync.config import Config, StateSettings
from sync.credentials import database
from sync.errors import AlreadyRunning, ConfigurationError, LedgerError
from sync.ledger import Ledger, server_of
from sync.ledger.postgres import schema_of
from sync.onoffice.dialect import Lesson, Trait
from sync.report.history import NoSuchRun, memory_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("english")

LEFT = "2026-11-24T03:00:01+01:00"


@pytest.fixture
def office(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def begun(ledger: Ledger) -> list[str]:
    return [run.id for run in ledger.runs()]


def test_at_most_one_holds_an_office_and_it_is_free_again_at_once(postgresql: str, office: str) -> None:
    with closing(server_of(postgresql, office)):
        for _ in range(3):
            with pytest.raises(AlreadyRunning, match="Another run of this office is active"):
                server_of(postgresql, office)
        server_of(postgresql, f"{office} too").close()  # another office

    server_of(postgresql, office).close()


def test_it_can_be_read_while_a_run_is_active_and_reading_makes_nothing(postgresql: str, office: str) -> None:
    with closing(server_of(postgresql, office, alone=False)) as nothing:
        assert not nothing.is_there
    with closing(Ledger(server_of(postgresql, office))) as ledger:
        ledger.begin("r1", office, LEFT, ())
        with closing(Ledger(server_of(postgresql, office, alone=False))) as other:
            assert begun(other) == ["r1"]


def test_offices_with_the_same_database_know_nothing_of_each_other(postgresql: str, office: str) -> None:
    with closing(Ledger(server_of(postgresql, office))) as one, closing(Ledger(server_of(postgresql, f"{office} 2"))) as two:
        one.begin("r1", office, LEFT, ())

        assert (begun(one), begun(two)) == (["r1"], [])


def test_names_that_look_alike_are_different_offices() -> None:
    names = ["Büro Süd", "Buro Sud", "Büro-Süd", "", "Ö" * 200, "x" * 200]
    schemas = {schema_of(name) for name in names}

    assert len(schemas) == len(names)
    assert all(re.fullmatch("[a-z0-9_]{1,63}", schema) for schema in schemas)


def test_whoever_lost_the_connection_and_with_it_the_lock_writes_nothing_any_more(postgresql: str, office: str) -> None:
    with closing(Ledger(server_of(postgresql, office))) as lost:
        lost.begin("r1", office, LEFT, ())
        with closing(server_of(postgresql, "somebody else")) as other:
            other.db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            ).fetchall()
        with closing(Ledger(server_of(postgresql, office))) as next_one:
            next_one.begin("r2", office, LEFT, ())
            for _ in range(3):
                with pytest.raises(LedgerError, match="Nothing is sent without it"):
                    lost.intent("r1", "write", LEFT, "[]", ())

            assert next_one.requests("r1") == []


def test_it_has_the_tables_of_the_file(postgresql: str, office: str, tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "ledger.sqlite3")), closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as file:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        here = {table: {name for _, name, *_ in file.execute(f"PRAGMA table_info({table})")} for table in tables}
    with closing(server_of(postgresql, office)) as server:
        rows = server.db.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ?", (schema_of(office),)
        ).fetchall()

    there: dict[str, set[str]] = {}
    for table, column in rows:
        there.setdefault(table, set()).add(column)
    assert {table: columns - {"rowid"} for table, columns in there.items() if table != "version"} == here


def test_one_of_an_earlier_version_is_brought_up_to_date_by_who_writes(postgresql: str, office: str) -> None:
    with closing(server_of(postgresql, office)) as server:
        server.db.execute("DROP TABLE learnt")
        server.db.execute("DROP TABLE at_work")
        server.db.execute("DROP TABLE undone")
        server.db.execute("DROP INDEX changes_by_link")
        server.db.execute("ALTER TABLE changes DROP COLUMN feedback_set_up")
        server.db.execute("ALTER TABLE runs DROP COLUMN undone")
        server.db.execute("UPDATE version SET number = 2")

    with pytest.raises(LedgerError, match="the next run brings it up to date"):
        server_of(postgresql, office, alone=False)
    with closing(Ledger(server_of(postgresql, office))) as ledger:
        ledger.learn(Lesson(Trait.WRITES, "seen"))
        assert ledger.lessons() == [Lesson(Trait.WRITES, "seen")]
        ledger.is_at("r1", "abc", "1.0")
        assert (ledger.deaths("r2", "abc", "1.0"), ledger.deaths("r1", "abc", "1.0"), ledger.deaths("r2", "abc", "1.1")) == (
            1,
            0,
            0,
        )
    server_of(postgresql, office, alone=False).close()


def test_the_lock_is_gone_once_it_is_closed_even_where_the_server_has_not_noticed_yet(
    postgresql: str, office: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = server_of(postgresql, office)
    with monkeypatch.context() as slow:
        slow.setattr(Connection, "close", lambda _: None)
        first.close()

    server_of(postgresql, office).close()


def test_one_of_a_newer_version_is_left_alone(postgresql: str, office: str) -> None:
    with closing(server_of(postgresql, office)) as server:
        server.db.execute("UPDATE version SET number = 99")

    for alone in (True, False):
        with pytest.raises(LedgerError, match="please update"):
            server_of(postgresql, office, alone=alone)


def test_a_database_that_cannot_be_reached_is_told_without_the_password(postgresql: str, office: str) -> None:
    wrong = postgresql.replace("pa55-of", "wr0ng-pa55")

    for address in (
        wrong,
        "postgresql+psycopg://u:wr0ng-pa55@127.0.0.1:1/x",
        "postgresql+psycopg://u:wr0ng-pa55@/?host=/nowhere",
    ):
        with pytest.raises(LedgerError, match="cannot be used") as caught:
            server_of(address, office)
        assert "wr0ng" not in str(caught.value)


@pytest.mark.parametrize("beginning", ["postgres://", "postgresql://", "postgresql+psycopg://"])
def test_the_address_is_taken_as_people_write_it(beginning: str) -> None:
    config = Config(office="Süd", state=StateSettings(database_env="STATE"))

    assert database(config, {"STATE": f"{beginning}u:p@h/d"}) == "postgresql+psycopg://u:p@h/d"


@pytest.mark.parametrize(
    ("name", "address", "told"),
    [
        ("Süd", "", "set the environment variable STATE"),
        ("Süd", "mysql://u:geheimes-wort@h/d", "STATE should begin with postgresql"),
        ("onOffice", "postgresql://u:geheimes-wort@h/d", "give the office a name of its own"),
    ],
)
def test_what_is_wrong_about_the_database_is_told_without_its_address(name: str, address: str, told: str) -> None:
    config = Config(office=name, state=StateSettings(database_env="STATE"))

    with pytest.raises(ConfigurationError, match=told) as caught:
        database(config, {"STATE": address})
    assert "geheimes" not in str(caught.value)


def test_history_finds_it(postgresql: str, office: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE", postgresql)
    config = Config(office=office, state=StateSettings(database_env="STATE"))
    with pytest.raises(NoSuchRun):
        memory_of(config)
    with closing(Ledger(server_of(postgresql, office))) as ledger:
        ledger.begin("r1", office, LEFT, ())

    with closing(memory_of(config)) as memory:
        assert [run.id for run in memory.runs()] == ["r1"]
