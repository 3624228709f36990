"""How many actions go into one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.model import Stop, Stopped
from sync.errors import StopRun
from sync.onoffice.transport import AdaptiveBatchSize, RequestQueue, TooLarge, TooSlow, Wave

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


def weight(_: object) -> int:
    return 1


def in_requests(
    items: Iterable[int], portions: AdaptiveBatchSize, weigh: Callable[[int], int], send: Callable[[Sequence[int]], Any]
) -> Iterator[tuple[Sequence[int], Any]]:
    """All items in one request after the other, with what `send` returned."""
    waiting = RequestQueue(items, portions, weigh)
    while waiting:
        with waiting.request() as some:
            yield some, send(some)


def side_by_side(
    items: Iterable[int],
    portions: AdaptiveBatchSize,
    weigh: Callable[[int], int],
    send: Callable[[Sequence[Sequence[int]]], Sequence[Any]],
    lanes: int,
) -> Iterator[Wave[int, Any]]:
    """All items in waves of so many requests, with what came of each."""
    waiting = RequestQueue(items, portions, weigh)
    while waiting:
        groups = waiting.requests(lanes)
        yield waiting.settled(groups, send(groups))


@given(items=st.lists(st.integers(), max_size=40), size=st.integers(1, 50), fits=st.integers(1, 50))
def test_what_is_too_large_goes_out_in_halves_in_order_and_once(items: list[int], size: int, fits: int) -> None:
    def send(some: Sequence[int]) -> int:
        if len(some) > fits:
            raise TooLarge
        return sum(some)

    sent = list(in_requests(items, AdaptiveBatchSize(size, 10**9), weight, send))
    assert [item for some, _ in sent for item in some] == items
    assert all(total == sum(some) and len(some) <= min(size, fits) for some, total in sent)


def test_a_single_action_that_is_too_large_stops_the_run() -> None:
    def send(_: Sequence[int]) -> None:
        raise TooLarge("HTTP 413")

    with pytest.raises(StopRun) as stop:
        list(in_requests([1, 2, 3], AdaptiveBatchSize(2, 10**9), weight, send))
    assert stop.value.stopped == Stopped(Stop.BAD_ANSWERS, "HTTP 413")


def test_what_takes_too_long_goes_out_in_halves_in_order_and_once() -> None:
    tried: list[int] = []

    def send(some: Sequence[int]) -> Sequence[int]:
        tried.append(len(some))
        if len(some) > 3:
            raise TooSlow
        return some

    sent = [item for some, _ in in_requests(range(10), AdaptiveBatchSize(50, 10**9), weight, send) for item in some]

    assert sent == list(range(10))
    assert tried == [10, 5, 2, 2, 2, 2, 2]


def test_a_size_that_was_refused_is_never_tried_again() -> None:
    tried: list[int] = []
    portions = AdaptiveBatchSize(50, 10**9)

    def send(some: Sequence[int]) -> None:
        tried.append(len(some))
        if len(some) > 30:
            raise TooLarge
        portions.went_well()

    list(in_requests(range(200), portions, weight, send))

    assert tried == [50, *[25] * 8]


@given(st.integers(1, 500), st.lists(st.sampled_from(["failed", "went_well"]), max_size=60))
def test_requests_shrink_after_failures_and_grow_back_step_by_step(most: int, events: list[str]) -> None:
    portions = AdaptiveBatchSize(most, 10**9)
    for event in events:
        before = portions.size
        if event == "failed":
            portions.failed(portions.size)
        else:
            portions.went_well()
        assert 1 <= portions.size <= most
        assert portions.size <= before if event == "failed" else portions.size >= before
    for _ in range(100):
        portions.went_well()
    assert portions.size == most


@given(
    items=st.lists(st.integers(1, 30), max_size=40),
    size=st.integers(1, 10),
    most=st.integers(1, 60),
    fits=st.integers(30, 60),
    lanes=st.integers(1, 4),
)
def test_side_by_side_everything_goes_out_once_within_actions_and_bytes(
    items: list[int], size: int, most: int, fits: int, lanes: int
) -> None:
    """An item weighs what it is; the server takes `fits` bytes."""

    def send(groups: Sequence[Sequence[int]]) -> list[int | Exception]:
        assert len(groups) <= lanes
        assert all(len(some) <= size and (sum(some) <= most or len(some) == 1) for some in groups)
        return [sum(some) if sum(some) <= fits else TooLarge("HTTP 413", bytes_=True) for some in groups]

    answered = list(side_by_side(items, AdaptiveBatchSize(size, most), int, send, lanes))

    assert not any(wave.stop for wave in answered)
    pairs = [pair for wave in answered for pair in wave.answered]
    assert sorted(item for some, _ in pairs for item in some) == sorted(items)
    assert all(total == sum(some) for some, total in pairs)


def test_where_the_bytes_were_too_many_actions_of_few_bytes_still_go_together() -> None:
    tried: list[list[int]] = []

    def send(some: Sequence[int]) -> None:
        tried.append(list(some))
        if sum(some) > 100:
            raise TooLarge(bytes_=True)

    list(in_requests([60, 60, *[10] * 12], AdaptiveBatchSize(8, 10**9), int, send))

    assert tried[0] == [60, 60, *[10] * 6]
    assert max(len(some) for some in tried[1:]) == 8


def test_neither_an_answer_nor_the_end_of_the_run_beside_it_is_lost() -> None:
    stop = StopRun(Stop.UNREACHABLE)
    waves = side_by_side([1, 2, 3], AdaptiveBatchSize(1, 10**9), weight, lambda groups: [groups[0][0], stop], 3)
    assert next(waves) == Wave([([1], 1)], stop)


def test_what_had_no_room_under_way_goes_with_the_next_in_order() -> None:
    tried: list[list[list[int]]] = []

    def send(groups: Sequence[Sequence[int]]) -> list[int | Exception]:
        tried.append([list(some) for some in groups])
        return [TooSlow() if len(tried) == 1 else 0, *([0] if len(groups) > 1 else [])]

    list(side_by_side(range(8), AdaptiveBatchSize(2, 10**9), weight, send, 3))

    assert tried == [[[0, 1], [2, 3], [4, 5]], [[0], [1], [4]], [[4], [5], [6]], [[6], [7]]]


def test_a_smaller_size_that_was_refused_holds_beside_a_larger_one() -> None:
    portions = AdaptiveBatchSize(50, 10**9)
    for tried in (4, 50):
        portions.too_large(tried, 0, in_bytes=False)
    for _ in range(20):
        portions.went_well()
    assert portions.size == 2
