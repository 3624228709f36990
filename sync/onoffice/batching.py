"""How many actions go into one request: learnt downward when the API answers badly, recovering slowly."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from sync.domain.model import Stop
from sync.errors import StopRun
from sync.onoffice.client import TooLarge, TooSlow
from sync.onoffice.wire import CALL_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

T = TypeVar("T")
R = TypeVar("R")

#: So many requests in a row without a trustworthy answer: enough, and the rest is kept for the next run.
LOST_FOR_GOOD: Final = 9
#: After a failure it takes so many good requests to get from nothing to the full size.
_STEPS: Final = 8


class AdaptiveBatchSize:
    """The size of the next request, in actions and in bytes. Never above `most`; what the API refused is never tried again.

    `one_by_one`: answers can be told apart only where there is one.
    """

    def __init__(self, most: int, most_bytes: int, *, one_by_one: bool = False) -> None:
        self._most = self.size = 1 if one_by_one else most
        self.bytes = most_bytes

    @property
    def calls(self) -> int:
        """How many calls fit that are as large as can be."""
        return min(self.size, max(1, self.bytes // CALL_BYTES))

    def too_large(self, actions: int, bytes_: int, *, in_bytes: bool) -> None:
        """The API refused a request of so many actions and bytes, for the bytes or for the actions."""
        if in_bytes:
            self.bytes = min(self.bytes, max(1, bytes_ // 2))
        else:
            self._most = min(self._most, max(1, actions // 2))
            self.size = min(self.size, self._most)

    def one_at_a_time(self) -> None:
        """Answers can be told apart only where there is one."""
        self._most = self.size = 1

    def failed(self, tried: int) -> None:
        """No trustworthy answer came to a request of so many actions: perhaps the server takes too long over them."""
        self.size = max(1, min(tried, self.size) // 2)

    def went_well(self) -> None:
        """An answer came."""
        self.size = min(self._most, self.size + max(1, self._most // _STEPS))


def in_requests(
    items: Iterable[T], portions: AdaptiveBatchSize, weigh: Callable[[T], int], send: Callable[[Sequence[T]], R]
) -> Iterator[tuple[Sequence[T], R]]:
    """Hand items to `send`, so many at once as `portions` says; yields them with what it returned.

    Args:
        items: what is to be sent.
        portions: how much goes into a request.
        weigh: about how many bytes an item takes in a request.
        send: sends some items; may raise TooLarge, TooSlow or StopRun.

    Raises:
        StopRun: a single item is too large, or `send` says so.
    """

    def send_one(groups: Sequence[Sequence[T]]) -> list[R | Exception]:
        try:
            return [send(groups[0])]
        except (StopRun, TooLarge, TooSlow) as error:
            return [error]

    for wave in side_by_side(items, portions, weigh, send_one):
        yield from wave.answered
        if wave.stop:
            raise wave.stop


@dataclass(frozen=True, slots=True)
class Wave(Generic[T, R]):
    """What came of the requests that were under way at the same time: the answers, and the end of the run if one asks for it."""

    answered: Sequence[tuple[Sequence[T], R]]
    stop: StopRun | None


def side_by_side(
    items: Iterable[T],
    portions: AdaptiveBatchSize,
    weigh: Callable[[T], int],
    send: Callable[[Sequence[Sequence[T]]], Sequence[R | Exception]],
    lanes: int = 1,
) -> Iterator[Wave[T, R]]:
    """As `in_requests`, but with up to `lanes` requests under way at the same time.

    `send` returns what came of each, also what else it would raise: an answer must not get lost because the request beside it
    failed. Where it returns fewer than it was given, the rest has not left.
    """
    waiting = deque(items)
    while waiting:
        groups = [some for _ in range(lanes) if (some := _next(waiting, portions, weigh))]
        ends = send(groups)
        answered, failed, stop = [], [], None
        for some, end in zip(groups, ends, strict=False):
            if not isinstance(end, Exception):
                answered.append((some, end))
                continue
            stop = stop or _learn(portions, some, end, sum(map(weigh, some)))
            failed.append(some)
        for some in reversed([*failed, *groups[len(ends) :]]):
            waiting.extendleft(reversed(some))
        yield Wave(answered, stop)


def _next(waiting: deque[T], portions: AdaptiveBatchSize, weigh: Callable[[T], int]) -> list[T]:
    """The items of the next request: at least one, if there is any."""
    some: list[T] = []
    room = portions.bytes
    while waiting and len(some) < portions.size:
        room -= weigh(waiting[0])
        if some and room < 0:
            break
        some.append(waiting.popleft())
    return some


def _learn(portions: AdaptiveBatchSize, some: Sequence[object], error: Exception, bytes_: int) -> StopRun | None:
    """Make the next requests smaller; returns the end of the run where they cannot be, or must not be sent at all."""
    if isinstance(error, StopRun):
        return error
    if isinstance(error, TooLarge) and len(some) == 1:
        return StopRun(Stop.BAD_ANSWERS, str(error))
    if isinstance(error, TooLarge):
        portions.too_large(len(some), bytes_, in_bytes=error.bytes)
    else:
        portions.failed(len(some))
    return None
