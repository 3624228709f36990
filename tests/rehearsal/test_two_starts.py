"""Two starts at the same moment: one does the work, the other ends with exit code 4 and has touched nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from sync.cli import app as cli
from tests import forked

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, Spawn

SHORT: Final = 4
#: So long the first request waits for its answer: time enough for the other start to look at the lock.
HELD_SECONDS: Final = 0.3


def starts_together(together: Barrier, arguments: list[str]) -> None:
    together.wait(60)
    cli.main(arguments)


def start_two(office: Office) -> list[int | None]:
    """Two processes that go for the lock at the same moment; their exit codes, the lower one first."""
    together, arguments = forked.context().Barrier(2), ["run", "--config", str(office.config)]
    processes = [forked.process(starts_together, together, arguments, environment=office.environment) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return sorted((process.exitcode for process in processes), key=lambda code: -1 if code is None else code)


@pytest.fixture
def rehearse(tmp_path: Path, api: Running, kit: type[Kit], spawn: Spawn) -> Callable[[int], None]:
    """Starts two at once, so many times, each time with a file of its own to work on."""
    del spawn  # leaves no process behind

    def times(count: int) -> None:
        office = kit.Office(tmp_path / "office", api.url)
        office.configure(rules={"on_old_file": "send"})  # what onOffice holds begins anew each time
        for number in range(count):
            world = kit.plain_world(8)
            api.put_state(world.seed)
            api.put_faults([{"on": "nth", "n": 1, "do": "delay", "seconds": HELD_SECONDS}])
            office.drop_csv(f"{number}.csv", world.rows)
            asked = len(api.log())

            assert start_two(office) == [0, 4]

            assert kit.links(api.state()) == world.wanted
            written = [action for entry in api.log()[asked:] for action in entry["actions"] if action["verb"] == "modify"]
            assert sum(len(action["parents"]) * len(action["children"]) for action in written) == 8, "each link was sent once"
            assert len(office.reports()) == number + 1
            assert {place: sorted(names) for place, names in office.places().items()} == {
                "archive": sorted(f"{done}.csv" for done in range(number + 1))
            }

    return times


def test_of_two_that_start_at_the_same_moment_one_works_and_one_says_that_it_does_not(rehearse: Callable[[int], None]) -> None:
    rehearse(SHORT)


@pytest.mark.long
def test_two_start_at_the_same_moment_a_hundred_times(rehearse: Callable[[int], None]) -> None:
    rehearse(100)
