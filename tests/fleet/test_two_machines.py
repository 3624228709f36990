"""Two machines with one PostgreSQL and one share: whatever they do, an office is never run twice at once."""

from __future__ import annotations

import multiprocessing
import sys
from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from sync.ledger import server_of

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from tests.fleet.conftest import Fleet

MACHINE = '''
import os
from contextlib import contextmanager
from pathlib import Path

from sync import config; from sync.job import run, intake as steps
from sync.errors import AlreadyRunning
from sync.job.context import Runtime

FREE = steps.opened

@contextmanager
def watched(office, folders):
    """Inside the office nobody else may be: making this file fails where it is there."""
    with FREE(office, folders) as ledger:
        mark = office.base / "somebody is inside"
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
        try:
            yield ledger
        finally:
            mark.unlink()

def machine(path, tries, start, credentials, codes):
    """Start the job so many times, at the same moment as the other machine."""
    steps.opened = watched
    office = config.load(Path(path))
    for _ in range(tries):
        start.wait(120)
        try:
            codes.put(int(run.run(office, credentials, Runtime()).exit_code))
        except AlreadyRunning:
            codes.put(4)
        except BaseException as error:
            codes.put(repr(error))
'''


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that the other processes can import."""
    (tmp_path / "machine_for_tests.py").write_text(MACHINE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "machine_for_tests", raising=False)
    return import_module("machine_for_tests")


@pytest.mark.parametrize("tries", [12, pytest.param(500, marks=pytest.mark.long)])
def test_an_office_is_never_run_twice_at_once(
    fleet: Fleet, machines: ModuleType, postgresql: str, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    fleet.database = postgresql
    fleet.fill(1)
    monkeypatch.setenv("STATE_DATABASE", postgresql)
    processes = multiprocessing.get_context("spawn")
    start, codes = processes.Barrier(2), processes.Queue()
    credentials = (fleet.environment["ONOFFICE_TOKEN"], fleet.environment["ONOFFICE_SECRET"])
    both = [
        processes.Process(target=machines.machine, args=(str(fleet.config(0)), tries, start, credentials, codes))
        for _ in range(2)
    ]

    for process in both:
        process.start()
    found = [codes.get(timeout=300) for _ in range(2 * tries)]
    for process in both:
        process.join(60)

    assert set(found) <= {0, 4}
    assert found.count(0) >= tries  # of two that start at once, one runs
    assert 4 in found
    assert fleet.done() == fleet.wanted(0)
    assert fleet.report(0)["summary"]["updated"] == fleet.rows  # one report: the sheet was worked on once


def test_an_office_that_another_machine_runs_is_told_with_exit_code_4_and_left_alone(fleet: Fleet, postgresql: str) -> None:
    fleet.database = postgresql
    fleet.fill(2)

    with closing(server_of(postgresql, "Büro 0")):
        ran = fleet.run("--jobs", "2")

    assert ran.code == 4
    assert ran.line("office000").startswith("office000  4  Für dieses Büro läuft schon ein Abgleich")
    assert ran.line("office001") == "office001  0  Alle 5 Zeilen sind erledigt."
    assert [path.name for path in fleet.place(0).rglob("*.csv")] == ["termine.csv"]
    assert fleet.done().items() >= fleet.wanted(1).items()
    assert fleet.run().code == 0
    assert fleet.done() == fleet.wanted(0) | fleet.wanted(1)
    assert not list(fleet.folder.rglob("ledger.sqlite3"))


def test_the_password_of_the_database_is_in_no_output_and_in_no_file(fleet: Fleet, postgresql: str) -> None:
    fleet.database = postgresql.replace("pa55-of-the-database", "pa55-that-is-wrong")
    fleet.fill(1)

    ran = fleet.run()

    assert ran.code == 1
    assert "nicht zu gebrauchen" in ran.line("office000")
    assert "pa55" not in "".join([*ran.lines, ran.err])
    assert not [path for path in fleet.folder.rglob("*") if path.is_file() and b"pa55" in path.read_bytes()]
