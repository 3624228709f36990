"""How requests travel: how many in a minute, within which time, over which connections, and how many actions in each."""

from __future__ import annotations

import ssl
import threading
import time
from collections import deque
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests.utils import get_auth_from_url

from sync.domain.model import Stop
from sync.errors import StopRun
from sync.onoffice.wire import CALL_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from requests import PreparedRequest


# What may go wrong on the way; named by what to do about it.


class Transient(Exception):
    """The API did not take the request; sending it again does no harm. `wait_seconds` is what the server asked for."""

    def __init__(self, why: str, wait_seconds: float = 0.0) -> None:
        super().__init__(why)
        self.wait_seconds = wait_seconds


class ClockOff(Transient):
    """The API found the timestamp too old or too new. `offset_seconds`: how far this clock is ahead of the server's."""

    def __init__(self, offset_seconds: int | None) -> None:
        super().__init__("the timestamp lies outside the allowed 120 seconds")
        self.offset_seconds = offset_seconds


class Throttled(Transient):
    """The API wants fewer requests in a minute and did not take this one."""


class TryDifferently(Transient):
    """The API did not take the request as it was, and what has to be different is known now: the time or the address."""


class Ambiguous(Exception):
    """Bytes may have left and no trustworthy answer came: only a look can tell what became of the request."""


class TooSlow(Ambiguous):
    """No whole answer came in time; of a smaller request it might."""


class TooLarge(Exception):
    """The server refuses requests of this size and did nothing of it: of so many bytes (HTTP 413), or actions (code 15)."""

    def __init__(self, why: str = "", *, bytes_: bool = False) -> None:
        super().__init__(why)
        self.bytes = bytes_


# Never above the configured rate: a window log.


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


# Connections to servers: encrypted by settings of our own, nobody else's credentials, and no answer beyond a sane size.


#: The largest answer that is read; one of a thousand actions has about a megabyte.
LARGEST_ANSWER_BYTES: Final = 256 * 2**20
_PIECE_BYTES: Final = 2**20


class AnswerTooLarge(requests.exceptions.RequestException):
    """The server sends more than any answer to us can be."""


def session(*, with_proxies: bool = False) -> requests.Session:
    """A session that takes nothing from the environment, but proxies and authorities of the machine where they are asked for.

    No credentials from `.netrc`, and no file of keys, which `SSLKEYLOGFILE` would ask for.
    """
    made = requests.Session()
    made.trust_env = with_proxies
    made.auth = _own_only
    made.mount("https://", _Encrypted())
    return made


def read_answer(response: requests.Response) -> bytes:
    """The whole body of an answer to a request that was sent with `stream=True`.

    Raises:
        AnswerTooLarge: it is larger than `LARGEST_ANSWER_BYTES`, unpacked.
        RequestException: it breaks off.
    """
    content = bytearray()
    for piece in response.iter_content(_PIECE_BYTES):
        content += piece
        if len(content) > LARGEST_ANSWER_BYTES:
            response.close()
            raise AnswerTooLarge
    return bytes(content)


def _own_only(request: PreparedRequest) -> PreparedRequest:
    """No credentials but those in the address itself; without this, requests looks for some in `.netrc`."""
    user, password = get_auth_from_url(request.url or "")
    return HTTPBasicAuth(user, password)(request) if user or password else request


class _Encrypted(HTTPAdapter):
    """Makes the context of TLS here, where no variable of the environment has a say."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().init_poolmanager(*args, ssl_context=_context(), **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - passed on
        return super().proxy_manager_for(*args, ssl_context=_context(), **kwargs)


def _context() -> ssl.SSLContext:
    """TLS 1.2 or newer with a certificate that is checked; `ssl.create_default_context` would log keys for others."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


# How many actions go into one request: learnt downward when the API answers badly, recovering slowly.


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
