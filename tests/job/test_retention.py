"""What is old goes, what is still needed stays, what killed runs left half written goes at once."""

from __future__ import annotations

import datetime as dt
import os
import time
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from sync import config, report
from sync.domain.model import ExitCode, Stop, Stopped
from sync.job import past_runs, run
from sync.job.context import Runtime
from sync.job.past_runs import UndoRefused, expired
from sync.ledger import RunRecord
from sync.report import history
from sync.system.handles import OWN, replacing

if TYPE_CHECKING:
    from sync.job.run import Finished
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, World

DAY = 86_400


class Killed(BaseException):
    """Stands for a death in this process."""


@pytest.fixture
def world(api: Running, kit: type[Kit]) -> World:
    world = kit.plain_world(4)
    api.put_state(world.seed)
    return world


def on_day(office: Office, days: float) -> Finished:
    """A run so many days from now; the clock of the API goes along."""
    tools = Runtime(now=lambda: time.time() + days * DAY)
    return office.run(tools)


def later(office: Office, api: Running, days: float) -> Finished:
    """A run so many days from now, that has something to do."""
    api.put_options({"clock_offset_s": days * DAY})
    office.drop_csv("b.csv", [(70001, 90001, ("gesendet", "gecancelt")[int(days) % 2], None)])
    return on_day(office, days)


def test_results_and_details_go_after_so_many_days_and_the_rest_stays(office: Office, api: Running, world: World) -> None:
    office.configure(retention={"days": 30})
    office.drop_csv("a.csv", [*world.rows, ("x", 1, "bestätigt", None)])
    old = office.run()
    assert old.results is not None
    given = [path for path in (office.folder / "results").iterdir() if path.name[:4].isdigit() and path.is_file()]
    assert len(given) == 2, "a marked copy and a correction file"
    corrected, marked = sorted(given, key=lambda path: "korrigieren" not in path.name)
    os.utime(marked, (time.time() - DAY, time.time() - DAY))
    of_somebody = office.folder / "results" / "1999-01-01 Urlaub.xlsx"
    of_somebody.write_text("not ours")

    later(office, api, 29)
    assert old.results.exists()
    os.utime(corrected, (time.time() + 31 * DAY,) * 2)  # somebody worked on it
    now = later(office, api, 32)

    assert not old.results.exists()
    assert (marked.exists(), corrected.exists(), of_somebody.exists()) == (False, True, True)
    assert now.results is not None
    assert now.results.exists()
    assert old.info.id not in (office.folder / "results" / "index.html").read_text(encoding="utf-8")
    first, *_ = runs(office)
    assert (first.id, first.forgotten is not None, first.files[0].name) == (old.info.id, True, "a.csv")
    assert (office.folder / "archive" / old.info.id / "a.csv").exists(), "input files are never removed"
    with pytest.raises(UndoRefused, match=r"lässt sich nicht mehr zurücknehmen.+\[retention\] days"):
        run.undo_target(config.load(office.config), old.info.id)


def runs(office: Office) -> list[RunRecord]:
    with closing(history.memory_of(config.load(office.config))) as memory:
        return memory.runs()


def test_the_same_bytes_are_known_after_their_details_are_gone(office: Office, api: Running, world: World) -> None:
    office.configure(retention={"days": 1})
    office.drop_csv("a.csv", world.rows)
    old = office.run().info.id
    later(office, api, 3)
    assert runs(office)[0].forgotten

    office.drop_csv("a.csv", world.rows)
    assert on_day(office, 3).checked.files[0].dropped_before == old


def test_nothing_goes_without_a_setting_or_by_a_run_that_did_not_get_through(office: Office, api: Running, world: World) -> None:
    office.configure(retention={"days": 0})
    office.drop_csv("a.csv", world.rows)
    office.run()
    later(office, api, 4_000)
    assert not any(each.forgotten for each in runs(office))

    office.configure(retention={"days": 30})
    api.put_options({"clock_offset_s": 0})
    office.drop_csv("c.csv", [(70001, 90001, "nicht gesetzt", None)])
    wrong = on_day(office, 4_000)
    assert wrong.info.stopped is not None
    assert wrong.info.stopped.stop is Stop.CLOCK, "a clock that is years ahead must not remove anything"
    assert not any(each.forgotten for each in runs(office))


def record(run_id: str, **more: object) -> RunRecord:
    defaults: dict[str, object] = {
        "office": "o", "started": "2026-01-01T03:00:00+01:00", "finished": "2026-01-01T03:05:00+01:00", "exit_code": 0,
        "stopped": None, "requests": 3, "actions": 1, "rounds": 1, "carried_on_by": None, "undo_of": None, "accepted": None,
        "verdicts": None, "forgotten": None, "files": (),
    }  # fmt: skip
    return RunRecord(run_id, **{**defaults, **more})  # type: ignore[arg-type]


LIMIT = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
STOPPED = Stopped(Stop.INTERRUPTED)


@pytest.mark.parametrize(
    ("runs_", "gone"),
    [
        ([record("old"), record("new", finished="2026-07-01T03:05:00+01:00")], ["old"]),
        ([record("killed", finished=None, exit_code=None)], []),
        ([record("killed", finished=None, carried_on_by="next"), record("next")], ["killed", "next"]),
        ([record("killed", finished=None, carried_on_by="next"), record("next", finished=None)], []),
        ([record("killed", finished=None, carried_on_by="next"), record("next", finished="2026-07-01T03:05:00+01:00")], []),
        ([record("done"), record("undo", undo_of="done")], ["done", "undo"]),
        ([record("done"), record("undo", undo_of="done", finished=None)], []),
        ([record("done"), record("undo", undo_of="done", stopped=STOPPED)], []),
        (
            [record("done"), record("undo", undo_of="done", stopped=STOPPED), record("back", undo_of="undo")],
            ["done", "undo", "back"],
        ),
        ([record("gone", forgotten="2026-03-01T03:05:00+01:00")], []),
        ([record("unreadable", finished="long ago")], []),
    ],
)
def test_what_is_still_needed_stays_however_old(runs_: list[RunRecord], gone: list[str]) -> None:
    assert [each.id for each in expired(runs_, LIMIT)] == gone


def test_what_cannot_be_removed_stays_until_the_next_time(
    office: Office, api: Running, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_path: str, **_options: object) -> None:
        raise PermissionError

    office.configure(retention={"days": 1})
    office.drop_csv("a.csv", world.rows)
    office.run()
    monkeypatch.setattr(past_runs, "shutil", SimpleNamespace(rmtree=refuses))
    assert later(office, api, 3).exit_code is ExitCode.OK
    assert not runs(office)[0].forgotten
    monkeypatch.undo()

    later(office, api, 4)
    assert runs(office)[0].forgotten


def test_half_written_reports_of_killed_runs_go_and_those_of_living_processes_stay(
    office: Office, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_arguments: object, **_more: object) -> None:
        raise Killed

    office.drop_csv("a.csv", world.rows)
    monkeypatch.setattr(report, "write_rows", dies)
    with pytest.raises(Killed):
        office.run()
    monkeypatch.undo()
    results = office.folder / "results"
    (killed,) = [path for path in results.iterdir() if path.is_dir()]
    left = [killed / f"{OWN}{1:016x}.tmp", results / f"{OWN}{2:016x}.tmp"]
    theirs = [results / ".versteckt.tmp", results / f"{OWN}notes.tmp", results / ".report.json.4711.tmp"]
    for path in (*left, *theirs):
        path.write_text("half")

    with replacing(results / "of another process") as living:
        living.write(b"half")
        office.run()
        under_way = [path for path in results.iterdir() if path.name.startswith(OWN) and path not in theirs]

    assert [path.exists() for path in (*left, *theirs)] == [False, False, True, True, True]
    assert len(under_way) == 1
    assert (results / "of another process").read_bytes() == b"half"


def test_what_staff_dropped_stays_also_where_its_folder_lies_among_the_results(
    office: Office, api: Running, world: World
) -> None:
    folders = {"refused": "results/refused", "archive": "results/archive"}
    office.configure(retention={"days": 30}, folders={"settle_seconds": 0.0, **folders})
    damaged = office.drop / "2026-01-01 a.csv - 3 Zeilen zu korrigieren.xlsx"
    office.make_folders()
    damaged.write_bytes(b"broken")
    office.drop_csv("a.csv", world.rows)
    office.run()
    (refused,) = (office.folder / "results" / "refused").rglob("*korrigieren.xlsx")
    (archived,) = (office.folder / "results" / "archive").rglob("a.csv")
    os.utime(refused, (0, 0))

    later(office, api, 90)

    assert refused.read_bytes() == b"broken"
    assert archived.exists()
