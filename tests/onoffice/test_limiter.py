"""Promise: never above the configured rate, counted where requests arrive, whatever the way there takes."""

from __future__ import annotations

import bisect
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.onoffice.transport import Limiter
from tests.onoffice.conftest import Clock
from tests.tries import tries

seconds = st.floats(0, 150) | st.sampled_from([0.0, 0.0, 1e-9, 59.999, 60.0, 60.001])


@settings(max_examples=tries(300), deadline=None)
@given(
    limit=st.integers(1, 5),
    ways=st.lists(st.tuples(seconds, seconds, st.floats(0, 1)), min_size=1, max_size=40),
)
def test_no_sixty_seconds_at_the_server_hold_more_than_the_limit(limit: int, ways: list[tuple[float, float, float]]) -> None:
    """A way is: how long the caller dawdles, how long the request takes, and at which part of that it arrives."""
    clock = Clock(0.0)
    limiter = Limiter(limit, clock=clock.now, sleep=clock.sleep)
    arrivals = []
    for dawdles, takes, part in ways:
        clock.time += dawdles
        limiter.wait()
        arrivals.append(clock.time + takes * part)
        clock.time += takes
        limiter.answered()
    assert arrivals == sorted(arrivals)
    for position, arrival in enumerate(arrivals):
        assert bisect.bisect_left(arrivals, arrival + 60.0 - 1e-6) - position <= limit


@settings(max_examples=tries(300), deadline=None)
@given(
    limit=st.integers(1, 6),
    lanes=st.integers(1, 4),
    ways=st.lists(st.tuples(seconds, seconds, st.floats(0, 1)), min_size=1, max_size=40),
)
def test_no_sixty_seconds_hold_more_than_the_limit_with_several_requests_under_way(
    limit: int, lanes: int, ways: list[tuple[float, float, float]]
) -> None:
    """As above; answers are asked for in the order of the requests, when so many are under way as there are lanes."""
    clock = Clock(0.0)
    limiter = Limiter(limit, clock=clock.now, sleep=clock.sleep)
    arrivals: list[float] = []
    for group in (ways[at : at + min(lanes, limit)] for at in range(0, len(ways), min(lanes, limit))):
        ends = []
        for dawdles, takes, part in group:
            clock.time += dawdles
            limiter.wait()
            arrivals.append(clock.time + takes * part)
            ends.append(clock.time + takes)
        for end in ends:
            clock.time = max(clock.time, end)
            limiter.answered()
    arrivals.sort()
    for position, arrival in enumerate(arrivals):
        assert bisect.bisect_left(arrivals, arrival + 60.0 - 1e-6) - position <= limit


def test_as_many_requests_as_allowed_go_out_without_a_pause() -> None:
    clock = Clock()
    limiter = Limiter(3, clock=clock.now, sleep=clock.sleep)
    for _ in range(3):
        limiter.wait()
        limiter.answered()
    assert clock.slept == []
    limiter.wait()
    assert clock.slept == [pytest.approx(60.0, abs=0.01)]


def test_a_slot_is_free_again_sixty_seconds_after_its_answer_and_not_before() -> None:
    clock = Clock(0.0)
    limiter = Limiter(1, clock=clock.now, sleep=clock.sleep)
    limiter.wait()
    clock.time = 25.0
    limiter.answered()
    limiter.wait()
    assert clock.time == pytest.approx(85.0, abs=0.01)


@pytest.mark.parametrize("limit", [0, 1, 7])
def test_nothing_leaves_while_the_server_asked_for_a_pause(limit: int) -> None:
    clock = Clock(0.0)
    limiter = Limiter(limit, clock=clock.now, sleep=clock.sleep)
    limiter.penalise(12.5)
    limiter.penalise(3.0)
    limiter.wait()
    assert clock.time == 12.5


def test_without_a_limit_nothing_waits_and_nothing_is_remembered() -> None:
    clock = Clock()
    limiter = Limiter(0, clock=clock.now, sleep=clock.sleep)
    for _ in range(10_000):
        limiter.wait()
        limiter.answered()
    assert clock.slept == []
    assert not limiter._answered


def test_a_sleep_that_wakes_too_early_is_slept_again() -> None:
    clock = Clock(0.0)
    limiter = Limiter(1, clock=clock.now, sleep=lambda seconds: clock.sleep(min(seconds, 7.0)))
    limiter.wait()
    limiter.answered()
    limiter.wait()
    assert clock.time == pytest.approx(60.0, abs=0.01)


def test_failures_make_the_pauses_longer_up_to_a_minute_and_good_requests_shorter_again() -> None:
    clock = Clock(0.0)
    limiter = Limiter(60, clock=clock.now, sleep=clock.sleep)
    pauses: list[float] = []
    limiter.wait()
    for failed in [True] * 9 + [False] * 30:
        limiter.answered()
        (limiter.slow_down if failed else limiter.speed_up)()
        before = clock.time
        limiter.wait()
        pauses.append(clock.time - before)

    assert pauses[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert all(later <= earlier + 1e-6 for earlier, later in itertools.pairwise(pauses[9:]))
    assert pauses[-1] == 0
