"""No 60 seconds at the API hold more requests than the office allows; counted in the simulator's log, in made-up time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sync import config, simulator
from sync.domain.model import Stop
from sync.job import worklist
from sync.job.context import Runtime, Stopper

if TYPE_CHECKING:
    from pathlib import Path

    from tests.job.conftest import Kit


@dataclass
class Clock:
    """Time that passes only where somebody waits for it."""

    now: float = 1_795_500_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize("retry_after", [None, 7])
def test_no_window_of_60_seconds_holds_more_requests_than_allowed(
    tmp_path: Path, kit: type[Kit], retry_after: int | None
) -> None:
    clock, world = Clock(), kit.plain_world(60)
    with simulator.running(world.seed, token=kit.token, secret=kit.secret, clock=clock, wall=clock) as api:
        if retry_after is not None:
            api.put_faults([{"on": "nth", "n": 5, "do": "status", "code": 429, "retry_after": retry_after}])
        office = kit.Office(tmp_path / "office", api.url)
        office.configure(sending={"requests_per_minute": 6, "actions_per_request": 2, "attempts": 4})
        office.drop_csv("a.csv", world.rows)

        finished = office.run(Runtime(stopper=Stopper(clock=clock, wait=clock.sleep), now=clock, clock=clock))

        times = [entry["at"] for entry in api.log()]
        assert kit.links(api.state()) == world.wanted
    assert finished.info.exit_code == 0
    assert finished.info.requests == len(times) > 18
    assert max(sum(start <= at < start + 60 for at in times) for start in times) == 6
    assert times[-1] < 60 * (len(times) / 6 + 2), "waiting much longer than needed is no politeness"


def test_runs_one_after_the_other_keep_to_the_rate_together(tmp_path: Path, kit: type[Kit]) -> None:
    clock, world = Clock(), kit.plain_world(9)
    with simulator.running(world.seed, token=kit.token, secret=kit.secret, clock=clock, wall=clock) as api:
        office = kit.Office(tmp_path / "office", api.url)
        office.configure(sending={"requests_per_minute": 4})
        office.has_written_before()
        for number in range(3):
            office.drop_csv(f"{number}.csv", world.rows[3 * number : 3 * number + 3])
            clock.now += 5.5
            office.run(Runtime(stopper=Stopper(clock=clock, wait=clock.sleep), now=clock, clock=clock))

        times = [entry["at"] for entry in api.log()]
        assert kit.links(api.state()) == world.wanted
    assert len(times) == 9
    assert max(sum(start <= at < start + 60 for at in times) for start in times) == 4
    assert times[-1] < 60 * 3, "waiting much longer than needed is no politeness"


def test_a_server_that_always_finds_too_many_requests_is_asked_once_a_minute_until_the_deadline(
    tmp_path: Path, kit: type[Kit]
) -> None:
    clock, world = Clock(), kit.plain_world(9)
    with simulator.running(world.seed, token=kit.token, secret=kit.secret, clock=clock, wall=clock) as api:
        api.put_faults([{"on": "every", "do": "status", "code": 429}])
        office = kit.Office(tmp_path / "office", api.url)
        begin = dt.datetime.fromtimestamp(clock.now).astimezone()
        end = begin + dt.timedelta(hours=3)
        office.configure(sending={"deadline": f"{end:%H:%M}"})
        office.has_written_before()
        office.drop_csv("a.csv", world.rows)
        stopper = Stopper((clock.now + 3 * 3600, f"{end:%H:%M}"), clock=clock, wait=clock.sleep)
        finished = office.run(Runtime(stopper=stopper, now=clock, clock=clock))
        times = [entry["at"] for entry in api.log()]

        assert finished.info.stopped is not None
        assert finished.info.stopped.stop is Stop.DEADLINE
        assert 170 < len(times) < 200
        assert office.places()["drop"] == ["a.csv"]

        api.put_faults([])
        clock.now += 10 * 3600
        office.run(Runtime(stopper=Stopper(clock=clock, wait=clock.sleep), now=clock, clock=clock))
        second = [entry["at"] for entry in api.log()][len(times) :]
        assert second[1] - second[0] > 30, "what was learnt about the pace is kept for the next night"
        assert kit.links(api.state()) == world.wanted


def test_what_is_asked_before_and_after_a_run_counts_too(tmp_path: Path, kit: type[Kit]) -> None:
    clock, world = Clock(), kit.plain_world(12)
    seed = world.seed | {"addresses": [{"id": number, "Name": "Meyer"} for number in world.seed["addresses"]]}
    with simulator.running(seed, token=kit.token, secret=kit.secret, clock=clock, wall=clock) as api:
        office = kit.Office(tmp_path / "office", api.url)
        office.configure(sending={"requests_per_minute": 4, "actions_per_request": 2}, worklist={"on": "daily"})
        office.has_written_before()
        office.drop_csv("a.csv", world.rows)
        header = ("Datum", "Uhrzeit", "Name", "Status")
        office.drop_csv("b.csv", [("02.12.2026", "09:00", "Meyer", "gesendet")], header=header)
        office.run(Runtime(stopper=Stopper(clock=clock, wait=clock.sleep), now=clock, clock=clock))

        times = [entry["at"] for entry in api.log()]
        assert kit.links(api.state()) == world.wanted
        assert [*office.folder.glob("worklists/*.xlsx")]
    assert max(sum(start <= at < start + 60 for at in times) for start in times) == 4


def test_a_work_list_that_is_asked_for_after_a_run_keeps_to_the_rate_with_it(tmp_path: Path, kit: type[Kit]) -> None:
    clock, world = Clock(), kit.plain_world(6)
    with simulator.running(world.seed, token=kit.token, secret=kit.secret, clock=clock, wall=clock) as api:
        office = kit.Office(tmp_path / "office", api.url)
        office.configure(sending={"requests_per_minute": 4})
        office.has_written_before()
        office.drop_csv("a.csv", world.rows)
        tools = {"stopper": Stopper(clock=clock, wait=clock.sleep), "now": clock, "clock": clock}
        office.run(Runtime(**tools))
        wish = worklist.Wish(dt.date(2026, 12, 1), dt.date(2026, 12, 31))
        worklist.make(config.load(office.config), (kit.token, kit.secret), Runtime(**tools), wish)

        times = [entry["at"] for entry in api.log()]
    assert len(times) > 4
    assert max(sum(start <= at < start + 60 for at in times) for start in times) == 4
