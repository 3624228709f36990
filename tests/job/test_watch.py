"""Watching: when the job runs, when it waits, and how it ends. No test waits: the clock moves when the watch sleeps."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from filelock import FileLock

from sync import config, simulator
from sync.cli.run import _hands
from sync.domain.model import ExitCode, RunInfo, Stop, Stopped
from sync.errors import AlreadyRunning, FolderError, PackagesMissing, StopRun
from sync.job.context import Stopper
from sync.job.run import Finished
from sync.job.watch import WatchHooks, watch
from sync.log import Log, SecretMasks

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
NOON: Final = dt.datetime(2026, 11, 24, 12, 0).astimezone().timestamp()


@dataclass
class World:
    """A drop folder, a clock, and a job that takes the files, or what `outcomes` says instead, one after the other."""

    folder: Path
    seconds: float = 0.0
    runs: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    outcomes: list[Stop | Exception | None] = field(default_factory=list)
    plans: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    takes: bool = True
    during: Callable[[Stopper], object] = lambda _: None

    @property
    def drop(self) -> Path:
        return self.folder / "drop"

    def __post_init__(self) -> None:
        self.drop.mkdir(parents=True)
        self.stopper = Stopper(wait=self.pass_time)

    def put(self, name: str = "a.csv", text: str = "x") -> None:
        (self.drop / name).write_text(text, encoding="utf-8")

    def at(self, seconds: float, plan: Callable[[], object]) -> None:
        self.plans.append((seconds, plan))

    def pass_time(self, seconds: float) -> None:
        self.seconds = round(self.seconds + seconds, 6)
        for plan in [plan for plan in self.plans if plan[0] <= self.seconds]:
            self.plans.remove(plan)
            plan[1]()

    def job(self, stopper: Stopper) -> Finished:
        self.runs.append(round(self.seconds))
        outcome = self.outcomes.pop(0) if self.outcomes else None
        self.during(stopper)
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is None and self.takes:
            for path in self.drop.iterdir():
                path.unlink()
        return finished(outcome)

    def watch(self, until: float, every_seconds: float = 30.0) -> list[float]:
        """Watch so many seconds; returns when the job ran."""
        self.at(until, self.stopper.ask)
        office = config.Config(base=self.folder, folders=config.FolderNames(settle_seconds=0.0))
        hands = WatchHooks(self.job, lambda: self.delivered.append(round(self.seconds)), lambda: None)
        watch(
            office, hands, self.stopper, every_seconds=every_seconds, now=lambda: NOON + self.seconds, clock=lambda: self.seconds
        )
        return self.runs


def finished(stop: Stop | None) -> Finished:
    code = ExitCode.FAILED if stop else ExitCode.OK
    info = RunInfo("r", "", "", False, code, 0, 0, 0, "o", Stopped(stop) if stop else None)
    return Finished(info, None)  # type: ignore[arg-type]  # a watch looks at nothing else


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "office")


def test_the_job_runs_at_the_start_and_then_when_a_file_is_there(world: World) -> None:
    world.at(95, world.put)

    assert world.watch(until=300) == [0, 120]


def test_it_runs_once_on_every_day_although_no_file_comes(world: World) -> None:
    assert world.watch(until=48 * HOUR, every_seconds=1800) == [0, 12 * HOUR, 36 * HOUR]


def test_after_failures_it_waits_longer_and_longer_and_at_most_an_hour(world: World) -> None:
    world.put()
    world.outcomes = [Stop.UNREACHABLE] * 9
    runs = world.watch(until=4 * HOUR)

    assert [(b - a) / MINUTE for a, b in itertools.pairwise(runs)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_good_run_ends_the_patience(world: World) -> None:
    world.put()
    world.outcomes = [Stop.UNREACHABLE, Stop.UNREACHABLE, None, Stop.UNREACHABLE]
    world.at(400, world.put)
    runs = world.watch(until=600)

    assert runs == [0, 60, 180, 420, 480]


def test_a_new_file_shortens_the_wait_but_not_below_a_minute(world: World) -> None:
    world.put()
    world.outcomes = [Stop.UNREACHABLE] * 3
    world.at(100, lambda: world.put("b.csv"))
    world.at(150, lambda: world.put("c.csv"))

    assert world.watch(until=300) == [0, 60, 120, 180]


@pytest.mark.parametrize("stop", [Stop.CREDENTIALS, Stop.TOO_MANY_CHANGES, Stop.TOO_MANY_INVALID, Stop.REQUEST_REFUSED])
def test_what_only_a_person_can_heal_is_tried_again_when_the_files_change_or_on_the_next_day(world: World, stop: Stop) -> None:
    world.put()
    world.outcomes = [stop, stop, stop, stop]
    world.at(5 * HOUR - 10, lambda: world.put(text="corrected"))

    assert world.watch(until=20 * HOUR, every_seconds=1800) == [0, 5 * HOUR, 12 * HOUR]


@pytest.mark.parametrize("error", [FolderError("the disk is full"), RuntimeError])
def test_an_error_of_a_run_ends_the_watch_only_if_nobody_foresaw_it(world: World, error: Any) -> None:  # noqa: ANN401 - both kinds
    world.put()
    if isinstance(error, FolderError):
        world.outcomes = [error]
        assert world.watch(until=100) == [0, 60]
    else:
        world.outcomes = [error("oh")]
        with pytest.raises(RuntimeError):
            world.watch(until=100)


def test_beside_a_run_of_another_process_it_waits_and_comes_again(world: World) -> None:
    world.put()
    world.outcomes = [AlreadyRunning("another"), AlreadyRunning("another")]

    assert world.watch(until=100) == [0, 30, 60]


def test_a_drop_folder_that_is_away_for_a_while_is_told_once_and_waited_for(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "sync")
    world.at(10, world.drop.rmdir)
    world.at(100, world.drop.mkdir)
    world.at(110, world.put)

    assert world.watch(until=200) == [0, 120]
    assert caplog.text.count("The drop folder cannot be read") == 1


def test_a_drop_folder_that_the_first_run_makes_is_no_trouble(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "sync")
    world.drop.rmdir()
    world.during = lambda _: world.drop.mkdir(exist_ok=True)
    world.at(100, world.put)

    assert world.watch(until=200) == [0, 120]
    assert "cannot be read" not in caplog.text


def test_a_drop_folder_that_is_away_from_the_start_is_told_once_the_run_has_not_made_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "sync")
    world.drop.rmdir()
    world.outcomes = [FolderError("it is away")]

    assert world.watch(until=100) == [0]
    assert caplog.text.count("The drop folder cannot be read") == 1


def test_a_file_that_no_run_can_take_is_not_run_for_every_time(world: World) -> None:
    world.put()
    world.takes = False

    assert world.watch(until=430) == [0, 60, 180, 420]


def test_it_ends_between_two_looks_and_within_a_run(world: World) -> None:
    world.put()
    seen: list[str] = []

    def during(stopper: Stopper) -> None:
        world.stopper.ask()
        for end in (stopper.check, lambda: stopper.sleep(10)):
            with pytest.raises(StopRun):
                end()
        seen.append("ended")

    world.during = during
    world.outcomes = [Stop.INTERRUPTED]

    assert world.watch(until=1000) == [0]
    assert seen == ["ended"]


def test_messages_that_wait_are_tried_again_between_runs(world: World) -> None:
    world.watch(until=HOUR)

    assert world.delivered == [900, 1800, 2700, 3600][: len(world.delivered)]
    assert len(world.delivered) >= 3


def test_two_watches_of_one_office_are_refused(world: World) -> None:
    (world.folder / "state").mkdir()
    with FileLock(world.folder / "state" / "watch.lock"), pytest.raises(AlreadyRunning):
        world.watch(until=100)

    assert world.runs == []


def test_every_event_is_one_line_and_told_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "sync")
    world.put("~$a.xlsx")
    world.put("a.xlsx")
    world.outcomes = [Stop.UNREACHABLE]
    world.at(40, (world.drop / "~$a.xlsx").unlink)
    world.watch(until=200)

    assert [record.getMessage() for record in caplog.records] == [
        f"watching {world.drop} every 30 s",
        "a.xlsx waits: open",
        "next try in 1 minutes, or soon after the files change",
        "a.xlsx is there",
        "watching ends",
    ]


def test_why_no_run_can_begin_is_told_once_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    missing: list[str] = []
    monkeypatch.setattr("sync.system.process.missing_packages", lambda: missing)
    monkeypatch.setenv("ONOFFICE_TOKEN", "t")
    monkeypatch.setenv("ONOFFICE_SECRET", "s")
    office = config.Config(base=tmp_path)
    hands = _hands(office, Log(SecretMasks([]), None))

    for why in (["rich"], ["rich"], ["lxml"], [], ["lxml"], ["lxml"]):
        missing[:] = why
        with nullcontext() if not why else pytest.raises(PackagesMissing):
            hands.run(Stopper())

    failed = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [line.rpartition(" ")[2] for line in failed] == ["rich", "lxml", "lxml"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM for other processes")
def test_the_command_works_on_a_file_and_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    contacts = [{"id": 90001, "confirmation": "nicht gesetzt", "feedback": "inaktiv"}]
    seed = {"appointments": [{"id": 70001, "start": "2026-12-02T09:00:00+01:00", "contacts": contacts}], "addresses": [90001]}
    (tmp_path / "drop").mkdir()
    with simulator.running(seed) as api:
        (tmp_path / "config.toml").write_text(
            f'[onoffice]\nurl = "{api.url}"\n[folders]\nsettle_seconds = 0.0\n', encoding="utf-8"
        )
        (tmp_path / "drop" / "a.csv").write_bytes("Termin-ID;Adress-ID;Status\r\n70001;90001;bestätigt\r\n".encode())
        process = subprocess.Popen(
            [sys.executable, "-m", "sync", "watch", "--every", "1"],
            cwd=tmp_path,
            env=os.environ
            | {"ONOFFICE_TOKEN": api.token, "ONOFFICE_SECRET": api.secret, "PYTHONPATH": str(Path(__file__).parents[2])},
            stderr=subprocess.PIPE,
            text=True,
        )
        end = time.monotonic() + 60
        while not list(tmp_path.glob("archive/*/a.csv")) and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=30)[1].splitlines()

    assert process.returncode == 0, said
    assert [line.split(maxsplit=3)[3].partition(" ")[0] for line in said][-1] == "watching"
    assert (tmp_path / "state" / "logs" / "onoffice-sync.log").read_text(encoding="utf-8").splitlines() == said
    assert len([line for line in said if " begins" in line]) == 1
