"""Never above the configured rate: a window log."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from math import inf
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


WINDOW_SECONDS: Final = 60.0
#: What rounding could take from a window.
_MARGIN_SECONDS: Final = 0.001
_SMALLEST_GAP_SECONDS: Final = 0.05
_RECOVERY: Final = 0.7


class Limiter:
    """Lets at most `requests_per_minute` requests into any 60 seconds, counted where they arrive.

    A request gives its slot free 60 seconds after its *answer* came: it cannot have arrived later than that, so however
    long the way to the server takes, no window there holds one request too many. `penalise` keeps everything waiting, as a
    server asks for with `Retry-After`. Zero requests per minute means no limit.

    `answered` is when the answers to requests of earlier runs came, the oldest first, on the same clock.

    A request that failed makes the pause before the next one longer, each that went well shorter again.
    """

    def __init__(
        self,
        requests_per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        answered: Iterable[float] = (),
    ) -> None:
        self._limit = requests_per_minute
        self._clock = clock
        self._sleep = sleep
        self._answered: deque[float] = deque(answered, maxlen=requests_per_minute)
        self._under_way = 0
        self._not_before = 0.0
        self._last_answer = 0.0
        self._gap = 0.0
        self._first_gap_seconds = WINDOW_SECONDS / requests_per_minute if requests_per_minute else _SMALLEST_GAP_SECONDS

    def wait(self) -> None:
        """Wait until the next request may leave."""
        while (seconds := self._due() - self._clock()) > 0:
            self._sleep(seconds)
        self._under_way += 1

    def is_free(self) -> bool:
        """Whether the next request may leave now."""
        return self._due() <= self._clock()

    def answered(self) -> None:
        """Say that the answer to a request came, or that it never will."""
        self._under_way -= 1
        self._last_answer = self._clock()
        if self._limit:
            self._answered.append(self._last_answer)

    @property
    def last_answers(self) -> Sequence[float]:
        """When the answers came that may still count, the oldest first."""
        return [*self._answered]

    def penalise(self, seconds: float) -> None:
        """Let nothing leave for so many seconds."""
        self._not_before = max(self._not_before, self._clock() + seconds)

    @property
    def gap_seconds(self) -> float:
        """The pause that is left before the next request at the moment."""
        return self._gap

    def begin_with(self, gap_seconds: float) -> None:
        """Leave so much time before the next request, as an earlier run learnt it."""
        self._gap = min(gap_seconds, WINDOW_SECONDS)

    def slow_down(self) -> None:
        """A request failed: leave more time before the next one."""
        self._gap = min(max(2 * self._gap, self._first_gap_seconds), WINDOW_SECONDS)

    def speed_up(self) -> None:
        """A request went well: leave less time again."""
        self._gap = self._gap * _RECOVERY if self._gap > _SMALLEST_GAP_SECONDS else 0.0

    def _due(self) -> float:
        due = max(self._not_before, self._last_answer + self._gap) if self._gap else self._not_before
        #: How many answers have to be a minute old first.
        missing = self._under_way + len(self._answered) - self._limit + 1
        if not self._limit or missing <= 0:
            return due
        if missing > len(self._answered):
            return inf
        return max(due, self._answered[missing - 1] + WINDOW_SECONDS + _MARGIN_SECONDS)


# A time limit on the whole of a call that may otherwise block for as long as somebody keeps sending single bytes.


T = TypeVar("T")


class DeadlineExceeded(Exception):
    """The call did not come back in time; its thread is left behind and ends with the process at the latest."""


class TotalTimeout(Generic[T]):
    """A call under way in a thread of its own, which has so many seconds from now.

    The timeouts of a socket hold for each of its reads, not for all of them together, so only a second thread can look at
    the clock.
    """

    def __init__(self, seconds: float, call: Callable[[], T]) -> None:
        self._outcome: Future[T] = Future()
        self._end = time.monotonic() + seconds
        threading.Thread(target=self._work, args=(call,), name="request", daemon=True).start()

    def result(self) -> T:
        """What the call returns or raises, as soon as it does.

        Raises:
            DeadlineExceeded: it did not in its time.
        """
        try:
            return self._outcome.result(max(0.0, self._end - time.monotonic()))
        except TimeoutError:
            if self._outcome.done():  # the call's own error, or it came in the last moment
                return self._outcome.result()
            raise DeadlineExceeded from None

    def _work(self, call: Callable[[], T]) -> None:
        try:
            self._outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - belongs to the waiting thread
            self._outcome.set_exception(error)
