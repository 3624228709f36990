"""Killed at any instant, with faults of every kind: the runs after it end as if nothing had been, and every word is true."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from sync.simulator.options import Options
from tests.rehearsal.chronicle import Chronicle
from tests.rehearsal.instants import Instants, dies, killed_at, watched
from tests.rehearsal.truth import NOT_THERE
from tests.rehearsal.worlds import NOBODY, World, seed

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, Spawn

FAULTS: Final[list[dict[str, Any]]] = [
    *({"do": name} for name in ("drop_before", "drop_after", "truncate", "garbage", "short_results", "reorder_results")),
    *({"do": "status", "code": code} for code in (400, 413, 429, 500, 502, 503)),
    *({"do": "action_error", "code": code} for code in (1, 70, 97, 136, 137, 156, 168, 180, 219, 999)),
    {"do": "duplicate_results"},
    {"do": "delay", "seconds": 0.4},
    {"do": "stop", "seconds": 0.05},
]
#: Kills of the short form.
SHORT: Final = 15
#: All phases in which a kill can leave a job, as `Chronicle` tells them from outside.
PHASES: Final = {"starting", "claiming", "reading and looking", "sending", "reporting", "finishing", "filing", "all done"}


@dataclass
class Figures:
    """What a campaign came to."""

    kills: Counter[str] = field(default_factory=Counter)
    starts: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    files: int = 0

    def add(self, chronicle: Chronicle) -> None:
        self.starts += len(chronicle.starts)
        self.rows += chronicle.rows
        self.files += len(chronicle.files)
        self.faults.update(entry["fault"] for entry in chronicle.api.log() if entry["fault"])


class Case:
    """One office by dice, killed a few times, then left in peace until nothing is left to do."""

    def __init__(self, folder: Path, kit: type[Kit], api: Running, dice: random.Random) -> None:
        self.dice = dice
        self.world = World(dice)
        self.api = api
        self.office: Office = kit.Office(folder, api.url)
        self.chronicle = Chronicle(self.office, api)
        api.put_faults([])
        api.put_state(seed(self.world.state))
        api.put_options(asdict(Options()) | self.options())
        self.office.configure(sending=self.sending(), rules={"allow_delete": True})
        self.office.make_folders()
        self.chronicle.dropped(self.world.drop(self.office.drop))

    def options(self) -> dict[str, Any]:
        pick = self.dice.choice
        return {
            "several_links": pick(["atomic", "partial", "first"]),
            "failure_envelope": pick(["97", "code", "ok"]),
            "success_body": pick(["empty", "record"]),
            "followup_words": pick(["german", "english"]),
            "modify_verb": pick(["modify", "both"]),
            "latency_ms": pick([0, 0, 3]),
        }

    def sending(self) -> dict[str, object]:
        pick = self.dice.randint
        sizes: dict[str, object] = {"actions_per_request": pick(1, 8), "links_per_action": pick(1, 5), "rounds": pick(1, 4)}
        return sizes | {"read_timeout": 0.3, "attempts": 1}

    def rule(self) -> dict[str, Any]:
        pick = self.dice
        on: dict[str, Any] = pick.choice(
            [
                {"on": "nth", "n": pick.randint(1, 6)},
                {"on": "every", "n": pick.randint(2, 5)},
                {"on": "random", "p": 0.3, "seed": pick.randint(0, 99)},
            ]
        )
        return {**on, **pick.choice(FAULTS), "verb": pick.choice([None, "modify", "create", "delete", "get"])}

    def arm(self) -> None:
        self.api.put_faults([self.rule() for _ in range(self.dice.randint(0, 3))])

    def until_quiet(self, start: Callable[[], int]) -> None:
        """Nights in peace; what onOffice refused in bad ones is dropped again, as staff would drop the correction file."""
        self.api.put_faults([])
        self.api.put_options(asdict(Options()))
        self.office.configure(sending={"read_timeout": 30, "rounds": 5})
        known = set(self.chronicle.reports)
        for number in range(3):
            with self.chronicle.start():
                assert start() in {0, 3}
            assert not self.chronicle.waiting()
            if self.chronicle.state == self.world.wanted():
                break
            self.chronicle.dropped(self.world.drop(self.office.drop, f"noch-{number}-"))
        with self.chronicle.start():
            assert start() == 0, "nothing is left for one more night"
        self.assert_all_is_well()
        for run in set(self.chronicle.reports) - known:
            self.assert_nothing_is_open(run)

    def assert_all_is_well(self) -> None:
        chronicle = self.chronicle
        assert chronicle.state == self.world.wanted()
        chronicle.assert_nothing_is_lost(at_rest=True)
        assert chronicle.ledger("SELECT id FROM runs WHERE finished IS NULL AND carried_on_by IS NULL") == []
        assert [path for path in self.office.folder.rglob(".onoffice-sync-*") if path.is_file()] == []

    def assert_nothing_is_open(self, run: str) -> None:
        """In a night in peace every row gets what it asks for, but for those that ask for what is not there."""
        for row, told in self.chronicle.told(run):
            codes = {problem["code"] for problem in told["problems"]}
            if told["outcome"] == "rejected":
                assert codes & NOT_THERE or row.pair[1] == NOBODY, (row, told)
            elif told["outcome"] == "unknown":
                assert "feedback_not_set_up" in codes, (row, told)


def started(spawn: Spawn, case: Case, at: int | None) -> BaseProcess:
    """The job as a process; with `at` one that kills itself at that instant."""
    if at is None:
        return spawn(case.office)
    arguments = ["run", "--config", str(case.office.config)]
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=killed_at, args=(arguments, str(case.office.folder), at))
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
        with watched(Instants(case.office.folder, None, dies)) as instants:
            case.office.run()
        return seconds, len(instants.seen)

    def _one_office(self, case: Case, seconds: float, instants: int) -> None:
        for _ in range(case.dice.choice((1, 1, 2, 3))):
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
    assert campaign.kill(SHORT).kills.total() == SHORT


@pytest.mark.long
def test_killed_two_hundred_times_in_every_phase_of_its_life(campaign: Campaign) -> None:
    figures = campaign.kill(200)

    assert set(figures.kills) == PHASES
