"""Killed at any instant, with faults of every kind: the runs after it end as if nothing had been, and every word is true."""

from __future__ import annotations

import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pytest

from tests import forked
from tests.rehearsal.cases import Case
from tests.rehearsal.instants import Instants, killed_at, watched
from tests.tries import tries

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit, Spawn
    from tests.rehearsal.chronicle import Chronicle

#: Kills of the short form.
SHORT: Final = tries(12)
#: All phases in which a kill can leave a job, as `Chronicle` tells them from outside.
PHASES: Final = {"starting", "claiming", "reading and looking", "sending", "reporting", "finishing", "filing"}


@dataclass
class Figures:
    """What a campaign came to."""

    kills: Counter[str] = field(default_factory=Counter)
    starts: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    files: int = 0

    def add(self, chronicle: Chronicle) -> None:
        self.starts += chronicle.starts
        self.rows += chronicle.rows
        self.files += len(chronicle.files)
        self.faults.update(entry["fault"] for entry in chronicle.api.log() if entry["fault"])


def started(spawn: Spawn, case: Case, at: int | None) -> BaseProcess:
    """The job as a process; with `at` one that kills itself at that instant."""
    if at is None:
        return spawn(case.office)
    arguments = ["run", "--config", str(case.office.config)]
    process = forked.process(killed_at, arguments, str(case.office.folder), at, environment=case.office.environment)
    process.start()
    return process


@dataclass
class Campaign:
    """Kills jobs at instants by count and by the clock, and brings every office to its end."""

    folder: Path
    api: Running
    kit: type[Kit]
    spawn: Spawn
    dice: Callable[[int], random.Random]
    figures: Figures = field(default_factory=Figures)

    def kill(self, kills: int) -> Figures:
        seconds, instants = self._whole_life()
        number = 0
        while self.figures.kills.total() < kills:
            number += 1
            self._one_office(self._case(number), seconds, instants)
        print(self.figures)  # noqa: T201 - for docs/reliability.md
        return self.figures

    def _case(self, number: int) -> Case:
        return Case(self.folder / str(number), self.kit, self.api, self.dice(number))

    def _whole_life(self) -> tuple[float, int]:
        """Seconds and instants of a whole life of a job."""
        for number in (-3, -2):  # the first one warms up
            case, began = self._case(number), time.monotonic()
            self.spawn(case.office).join(60)
            seconds = time.monotonic() - began
        case = self._case(-1)
        with watched(Instants(case.office.folder)) as instants:
            case.office.run()
        return seconds, len(instants.seen)

    def _one_office(self, case: Case, seconds: float, instants: int) -> None:
        for _ in range(case.dice.choice((1, 1, 2))):  # the third run that dies while it reads a file would set it aside
            case.arm()
            at = case.dice.randint(1, instants) if case.dice.random() < 0.5 else None
            with case.chronicle.start():
                process = started(self.spawn, case, at)
                if at is None:
                    wait_to_kill(case, seconds)
                    process.kill()
                process.join(60)
            if process.exitcode == -signal.SIGKILL:
                self.figures.kills[case.chronicle.last_phase] += 1
        case.until_quiet(lambda: int(case.office.run().info.exit_code))
        case.take_everything_back()
        self.figures.add(case.chronicle)


def wait_to_kill(case: Case, seconds: float) -> None:
    """An instant by the clock: anywhere in the life of a job, or in the short part of it when all is sent."""
    if case.dice.random() < 0.7:
        time.sleep(case.dice.uniform(0, seconds))
        return
    known, end = len(list(case.office.folder.glob("results/*"))), time.monotonic() + seconds
    while len(list(case.office.folder.glob("results/*"))) == known and time.monotonic() < end:
        time.sleep(0.0005)
    time.sleep(case.dice.uniform(0, seconds / 4))


@pytest.fixture
def campaign(tmp_path: Path, api: Running, kit: type[Kit], spawn: Spawn, dice: Callable[[int], random.Random]) -> Campaign:
    return Campaign(tmp_path, api, kit, spawn, dice)


def test_killed_at_any_instant_the_next_runs_end_as_if_nothing_had_been(campaign: Campaign) -> None:
    assert campaign.kill(SHORT).kills.total() >= SHORT


@pytest.mark.long
def test_killed_two_hundred_times_in_every_phase_of_its_life(campaign: Campaign) -> None:
    figures = campaign.kill(200)

    assert set(figures.kills) >= PHASES
