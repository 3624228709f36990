"""How many actions go into one request: learnt downward when the API answers badly, recovering slowly."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
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


@dataclass(frozen=True, slots=True)
class Wave(Generic[T, R]):
    """What came of the requests that were under way at the same time: the answers, and the end of the run if one asks for it."""

    answered: Sequence[tuple[Sequence[T], R]]
    stop: StopRun | None


class RequestQueue(Generic[T]):
    """Items that wait to be sent, so many in a request as `portions` says; those of one that was too large come again.

    `weigh` tells about how many bytes an item takes in a request. It is true as long as items wait.
    """

    def __init__(self, items: Iterable[T], portions: AdaptiveBatchSize, weigh: Callable[[T], int]) -> None:
        self._waiting = deque(items)
        self._portions = portions
        self._weigh = weigh

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @contextmanager
    def request(self) -> Iterator[Sequence[T]]:
        """The items of the next request; where TooLarge or TooSlow is raised within, they go back and come again, fewer at once.

        Raises:
            StopRun: a single item is too large.
        """
        some = self._next()
        try:
            yield some
        except (TooLarge, TooSlow) as error:
            if stop := self._learn(some, error):
                raise stop from None
            self._waiting.extendleft(reversed(some))

    def requests(self, most: int) -> Sequence[Sequence[T]]:
        """The items of up to so many requests that shall be under way at the same time."""
        return [some for _ in range(most) if (some := self._next())]

    def settled(self, groups: Sequence[Sequence[T]], ends: Sequence[R | Exception]) -> Wave[T, R]:
        """What came of these requests. Where there are fewer ends than requests, the rest has not left, and comes again.

        An end may also be what else would be raised: an answer must not get lost because the request beside it failed.
        """
        answered, failed, stop = [], [], None
        for some, end in zip(groups, ends, strict=False):
            if not isinstance(end, Exception):
                answered.append((some, end))
                continue
            stop = stop or self._learn(some, end)
            failed.append(some)
        for some in reversed([*failed, *groups[len(ends) :]]):
            self._waiting.extendleft(reversed(some))
        return Wave(answered, stop)

    def _next(self) -> list[T]:
        """The items of the next request: at least one, if there is any."""
        some: list[T] = []
        room = self._portions.bytes
        while self._waiting and len(some) < self._portions.size:
            room -= self._weigh(self._waiting[0])
            if some and room < 0:
                break
            some.append(self._waiting.popleft())
        return some

    def _learn(self, some: Sequence[T], error: Exception) -> StopRun | None:
        """Make the next requests smaller; returns the end of the run where they cannot be, or must not be sent at all."""
        if isinstance(error, StopRun):
            return error
        if isinstance(error, TooLarge) and len(some) == 1:
            return StopRun(Stop.BAD_ANSWERS, str(error))
        if isinstance(error, TooLarge):
            self._portions.too_large(len(some), sum(map(self._weigh, some)), in_bytes=error.bytes)
        else:
            self._portions.failed(len(some))
        return None
