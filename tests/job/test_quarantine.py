"""A file under which two runs died is set aside before the third, told to all, and holds up no other file."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pytest

from sync.domain.model import Stop
from sync.errors import LedgerError, StopRun
from sync.job import check
from sync.ledger import NAME, Ledger
from sync.report.excel import returned
from sync.sheets import load as loader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from _pytest.mark import ParameterSet

    from sync.domain.model import Checked, Loaded
    from sync.report.excel.orders import Part
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

SET_ASIDE: Final = "An dieser Datei ist der Abgleich zweimal abgebrochen."
#: Runs the job in a process that the system kills as soon as it begins to read `b.csv`.
KILLED: Final = """
import os, signal, sys
from sync.cli import app as cli; from sync.sheets import load as loader
load = loader.load
def dies(path, name, *rest):
    if name == "b.csv":
        os.kill(os.getpid(), signal.SIGKILL)
    return load(path, name, *rest)
loader.load = dies
cli.main(["run", "--config", sys.argv[1]])
"""


class Died(BaseException):
    """Ends a run on the spot."""


def at_length(error: BaseException) -> ParameterSet:
    return pytest.param(error, marks=pytest.mark.long)


def kind(error: BaseException) -> str:
    return type(error).__name__


@pytest.fixture
def two(office: Office, api: Running, kit: type[Kit]) -> Office:
    """Two files of four rows each."""
    world = kit.plain_world(8)
    api.put_state(world.seed)
    for number, name in enumerate(("a.csv", "b.csv")):
        office.drop_csv(name, world.rows[number * 4 : number * 4 + 4])
    return office


def dying(error: BaseException) -> Callable[..., Loaded]:
    """Reads files until it comes to `b.csv`."""
    load = loader.load

    def read(path: Path, name: str, *rest: Any) -> Loaded:  # noqa: ANN401 - what else there is
        if name == "b.csv":
            raise error
        return load(path, name, *rest)

    return read


def third_night(office: Office) -> None:
    """The file is refused, told, and all others are done."""
    assert office.run().exit_code == 3
    assert office.places() == {"archive": ["a.csv"], "refused": ["b.csv"]}
    (note,) = (office.folder / "refused").rglob("b.csv.txt")
    assert note.read_text("utf-8").startswith(SET_ASIDE)
    assert office.reports()[-1]["summary"]["updated"] == 4


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_file_that_kills_every_run_that_reads_it_is_set_aside_before_the_third(two: Office) -> None:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, two.config],
            cwd=two.folder,
            env=two.environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL

    third_night(two)


@pytest.mark.parametrize("error", [MemoryError(), at_length(Died()), at_length(ZeroDivisionError())], ids=kind)
def test_whatever_a_run_dies_of_counts(
    two: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, error: BaseException
) -> None:
    monkeypatch.setattr(loader, "load", dying(error))
    for _ in range(2):
        with pytest.raises(type(error)):
            two.run()

    third_night(two)
    assert "b.csv is set aside: 2 runs died while they worked on it" in caplog.messages


def test_runs_that_die_while_they_mark_a_file_count_as_well(two: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tell = returned.parts

    def dies(checked: Checked, file: int, *rest: Any, **named: Any) -> Iterator[Part]:  # noqa: ANN401 - what else there is
        if checked.files[file].name == "b.csv":
            raise Died
        return tell(checked, file, *rest, **named)

    monkeypatch.setattr(returned, "parts", dies)
    for _ in range(2):
        with pytest.raises(Died):
            two.run()

    assert two.run().exit_code == 3
    assert two.places() == {"archive": ["a.csv"], "refused": ["b.csv"]}


def test_dropped_again_the_file_costs_no_night_at_all(two: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "load", dying(Died()))
    for _ in range(2):
        with pytest.raises(Died):
            two.run()
    third_night(two)

    (again,) = (two.folder / "refused").rglob("b.csv")
    again.rename(two.drop / "b.csv")
    two.drop_csv("d.csv", [(70_001, 90_001, "gesendet", None)])
    assert two.run().exit_code == 3
    assert {place: sorted(names) for place, names in two.places().items()} == {
        "archive": ["a.csv", "d.csv"],
        "refused": ["b.csv"],
    }


def test_another_version_of_the_program_tries_it_again(two: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as old:
        old.setattr(loader, "load", dying(Died()))
        for _ in range(2):
            with pytest.raises(Died):
                two.run()
    monkeypatch.setattr(check, "program_version", lambda: "99.0")

    assert two.run().exit_code == 0


def test_a_run_that_got_through_makes_up_for_one_that_died(two: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        with monkeypatch.context() as bad:
            bad.setattr(loader, "load", dying(Died()))
            with pytest.raises(Died):
                two.run()
        assert two.run().exit_code == 0
        for path in (two.folder / "archive").rglob("*.csv"):
            path.rename(two.drop / path.name)


@pytest.mark.parametrize(
    "error",
    [StopRun(Stop.INTERRUPTED), OSError(errno.ENOSPC, "full"), at_length(LedgerError("")), at_length(KeyboardInterrupt())],
    ids=kind,
)
def test_a_run_that_ends_in_order_or_of_the_disk_while_it_reads_is_no_files_fault(
    two: Office, monkeypatch: pytest.MonkeyPatch, *, error: BaseException
) -> None:
    with monkeypatch.context() as bad:
        bad.setattr(loader, "load", dying(error))
        for _ in range(3):
            with pytest.raises(type(error)):
                two.run()

    assert two.run().exit_code == 0


@pytest.mark.parametrize("where", ["sync.job.intake.send", "sync.report.write_rows", "sync.report.write_pages"])
def test_a_run_that_dies_before_after_or_beside_its_work_on_files_is_no_files_fault(
    two: Office, monkeypatch: pytest.MonkeyPatch, *, where: str
) -> None:
    def dies(*_: object, **_more: object) -> None:
        raise Died

    with monkeypatch.context() as bad:
        bad.setattr(where, dies)
        for _ in range(3):
            with pytest.raises(Died):
                two.run()

    assert two.run().exit_code == 0
    with closing(Ledger(two.folder / "state" / NAME)) as ledger:
        assert ledger._db.execute("SELECT * FROM at_work").fetchone() is None
