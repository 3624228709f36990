"""One request to the API: signed at the moment of sending, written down before and after, tried again by name."""

from __future__ import annotations

import contextlib
import logging
import ssl
import time
from collections import Counter
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urljoin, urlsplit

import requests
import tenacity

from sync.domain.model import Answer, Notice, Odd, Result, Stop
from sync.errors import StopRun
from sync.onoffice.dialect import NO, Learner, Trait
from sync.onoffice.transport import (
    Ambiguous,
    ClockOff,
    DeadlineExceeded,
    Throttled,
    TooLarge,
    TooSlow,
    TotalTimeout,
    Transient,
    TryDifferently,
    read_answer,
    session,
)
from sync.onoffice.wire import BadAnswer, Reply, TooManyActions, TooManyRequests, decode, describe, describe_results, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync.domain.model import Link
    from sync.onoffice.transport import Limiter
    from sync.onoffice.wire import Call, Credentials

_log = logging.getLogger(__name__)


#: So often a request is sent that finds too many before it, where no deadline ends that; the pauses grow to a minute.
_MOST_THROTTLED: Final = 60


class Journal(Protocol):
    """Where each attempt is written down: the intent before it leaves, the outcome after."""

    def intent(self, kind: str, actions: str, links: Sequence[Link]) -> int:
        """Write down durably what is about to be sent ("read" or "write", JSON); returns the number of the request."""

    def outcome(self, request: int, outcome: str, results: str) -> None:
        """Write down what became of it, with the results as JSON."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer as it came: HTTP status, headers, body, and when this clock saw it, in seconds since 1970."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    at: float


class RequestListener(Protocol):
    """Hears every request and every answer as they stand on the wire."""

    def leaves(self, kind: str, body: bytes) -> int:
        """A request ("read" or "write") is about to leave; returns its number."""

    def came(self, number: int, heard: Heard | str) -> None:
        """What came of a request: an answer, or why there is none."""


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Where and how patiently to send. `attempts` counts the first one.

    Timeouts in seconds: for the connection, for the server's silence. Both together are the time for a whole answer.
    `follow_clock`: where this clock is wrong, sign with the server's time. `patience` is how often a request is sent that finds
    too many before it.
    """

    url: str
    connect_timeout: float
    read_timeout: float
    attempts: int
    follow_clock: bool = False
    patience: float = _MOST_THROTTLED


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes into one request: its calls, and the links that they write."""

    calls: Sequence[Call]
    links: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A request that is under way."""

    kind: str
    batch: Batch
    number: int
    heard_as: int
    session: requests.Session
    answer: TotalTimeout[_Answer]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back, and when this clock saw it, in seconds since 1970."""

    response: requests.Response
    content: bytes
    at: float

    def heard(self) -> Heard:
        """The same for others."""
        return Heard(self.response.status_code, self.response.headers, self.content, self.at)


#: What became of an attempt.
_End = Reply | Transient | Ambiguous | TooLarge | StopRun


_HEADERS: Final = {"Content-Type": "application/json"}
_LONGEST_PAUSE_SECONDS: Final = 60.0
_LONGEST_RETRY_AFTER_SECONDS: Final = 600.0
#: A pause of that length is told, so that nobody takes the run for dead.
_LONG_PAUSE_SECONDS: Final = 10.0
#: So often a request is sent because its time or address was wrong.
_MOST_DIFFERENT: Final = 6
#: What the API allows a timestamp to be off (onoffice-api 1.5).
_CLOCK_MAY_DIFFER_SECONDS: Final = 120
_LONGEST_FOLLOWED_SECONDS: Final = 86_400
#: A pause between requests that short need not be kept for the next run.
_SHORTEST_KEPT_GAP_SECONDS: Final = 0.5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NOT_TAKEN: Final = frozenset({429, 503})
_UNCLEAR: Final = frozenset({*range(201, 300), 408, *range(500, 600)}) - _NOT_TAKEN
_TOO_SLOW: Final = frozenset({408, 504, 524})
_NO_CONNECTION: Final = frozenset({"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"})


class Client:
    """Sends calls and answers with one result per call.

    A write whose answer was lost is *not* sent again here: its results are LOST and the next look settles them. Reads are
    tried again in every case.
    """

    def __init__(
        self,
        settings: ClientSettings,
        credentials: Credentials,
        limiter: Limiter,
        journal: Journal,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        has_time: Callable[[float], None] = lambda _seconds: None,
        learner: Learner | None = None,
        listener: RequestListener | None = None,
    ) -> None:
        """`has_time` raises StopRun where the run has to end within so many seconds."""
        self._has_time = has_time
        #: What is known of the API, and what this run learns about it.
        self.learner = learner or Learner()
        self._settings = settings
        self._url = settings.url
        self._ahead_seconds = 0
        self._throttled = False
        self._usual_statuses: set[int] = set()
        self._notices: dict[Odd, Notice] = {}
        self._credentials = credentials
        self._limiter = limiter
        self._journal = journal
        self._listener = listener
        self._now = now
        self._sleep = sleep
        self._session = session()
        self.requests_sent = 0
        #: How far this clock was ahead of the server's at the last answer; None where the server does not tell the time.
        self.clock_offset_seconds: int | None = None
        limiter.begin_with(self.learner.dialect.gap_seconds)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is odd about the server or the clock, each kind once."""
        return tuple(self._notices.values())

    def close(self) -> None:
        """Close the connection; a pace that was learnt and that nobody asked for in this run is forgotten by halves.

        The one at which a run ended that found too many requests to the last is where the next run begins.
        """
        self._session.close()
        gap = self.learner.dialect.gap_seconds
        if self._throttled and self._limiter.gap_seconds > gap:
            self._learn_gap(self._limiter.gap_seconds)
        elif self.requests_sent and gap and not self._throttled:
            self._learn_gap(gap / 2)

    def _learn_gap(self, seconds: float) -> None:
        if seconds >= _SHORTEST_KEPT_GAP_SECONDS:
            self.learner.learn(Trait.GAP, f"{seconds:.2g}")
        else:
            self.learner.unlearn(Trait.GAP)

    def read(self, calls: Sequence[Call]) -> Reply:
        """Send calls that change nothing.

        Raises:
            StopRun: the API is out of reach or does not answer properly.
            TooLarge: the server refuses requests of this size.
            TooSlow: it takes too long over several calls; fewer may do.
        """
        several = len(calls) > 1

        def again(error: BaseException) -> bool:
            return isinstance(error, Transient | Ambiguous) and not (several and isinstance(error, TooSlow))

        try:
            for attempt in self._attempts(again):
                with attempt:
                    reply = self._ended(self._begin("read", Batch(calls)))
        except Ambiguous as error:
            if several and isinstance(error, TooSlow):
                raise
            raise StopRun(Stop.UNREACHABLE, str(error)) from None
        return reply

    def write(self, batch: Batch) -> Reply:
        """Send calls that write links. A lost answer comes back as results that are LOST.

        Raises:
            StopRun: the API is out of reach.
            TooLarge: the server refuses requests of this size.
        """
        (end,) = self.write_at_once([batch])
        if isinstance(end, Exception):
            raise end
        return end

    def write_at_once(self, batches: Sequence[Batch]) -> list[Reply | StopRun | TooLarge]:
        """Have several requests under way at the same time; all are answered when it returns, or given up.

        The first leaves as soon as it may, the others with it as far as they may: where there are fewer ends than batches, the
        rest has not left. What comes of each stands in its place, as `write` would return or raise it: what was sent must not be
        forgotten because another one failed. As soon as one ends the run, none that was not taken is sent again.

        Raises:
            StopRun: the run ends before anything has left.
        """
        under_way = [self._begin("write", batches[0])]
        for batch in batches[1:]:
            if not self._limiter.is_free():  # waiting here would leave answers unheard
                break
            under_way.append(self._begin("write", batch))
        ends = [self._end(attempt) for attempt in under_way]
        self._keep_pace(ends)
        return self._settled([attempt.batch for attempt in under_way], ends)

    def _settled(self, batches: Sequence[Batch], ends: Sequence[_End]) -> list[Reply | StopRun | TooLarge]:
        stop = next(filter(None, map(_stop_of, ends)), None)
        settled: list[Reply | StopRun | TooLarge] = []
        for batch, end in zip(batches, ends, strict=True):
            final = end
            if isinstance(end, Transient):
                final = stop or self._again(batch, end)
                stop = stop or _stop_of(final)
            settled.append(_lost(batch) if isinstance(final, Ambiguous | Transient) else final)
        return settled

    def _again(self, batch: Batch, failure: Transient) -> _End:
        """Send a request once more that was not taken; that was the first of its attempts."""
        failures = [failure]
        try:
            for attempt in self._attempts(lambda error: isinstance(error, Transient)):
                with attempt:
                    if failures:
                        raise failures.pop()
                    reply = self._ended(self._begin("write", batch))
        except (Ambiguous, StopRun, TooLarge) as error:
            return error
        return reply

    def _ended(self, attempt: _Attempt) -> Reply:
        """The reply to the only request that is under way; raises what else became of it."""
        end = self._end(attempt)
        self._keep_pace([end])
        if isinstance(end, Exception):
            raise end
        return end

    def _keep_pace(self, ends: Sequence[_End]) -> None:
        """Leave more time before the next request after a failure, less after an answer; once for all that were under way."""
        if any(isinstance(end, Throttled) for end in ends):
            self._throttled = True
        if any(isinstance(end, Transient | Ambiguous) and not isinstance(end, ClockOff | TryDifferently) for end in ends):
            self._limiter.slow_down()
        elif any(isinstance(end, Reply) for end in ends):
            if self._throttled and self._limiter.gap_seconds > self.learner.dialect.gap_seconds:
                self._learn_gap(self._limiter.gap_seconds)
            self._limiter.speed_up()

    def _attempts(self, again: Callable[[BaseException], bool]) -> Iterator[tenacity.AttemptManager]:
        """One attempt after the other, until one does not fail, or fails in a way of which nothing says `again`.

        Raises:
            StopRun: it is enough.
        """
        try:
            yield from tenacity.Retrying(
                retry=tenacity.retry_if_exception(again),
                stop=_Enough(self._settings),
                wait=_pause,
                sleep=self._sleep,
                reraise=True,
            )
        except ClockOff as error:
            offset = error.offset_seconds
            agrees = offset is not None and abs(offset) <= _CLOCK_MAY_DIFFER_SECONDS
            raise StopRun(Stop.CLOCK_DISPUTED if agrees else Stop.CLOCK, "" if offset is None else str(offset)) from None
        except Throttled as error:
            down = str(requests.codes.unavailable) in str(error)
            raise StopRun(Stop.UNREACHABLE if down else Stop.TOO_MANY_REQUESTS, str(error)) from None
        except Transient as error:
            raise StopRun(Stop.UNREACHABLE, str(error)) from None

    def _begin(self, kind: str, batch: Batch) -> _Attempt:
        """Wait for a slot, write the intent down, sign and let the request leave."""
        self._limiter.wait()
        number = self._journal.intent(kind, describe(batch.calls), batch.links)
        body = encode(batch.calls, self._credentials, int(self._now()) - self._ahead_seconds)
        timeouts = self._settings.connect_timeout, self._settings.read_timeout
        session, url = self._session, self._url

        def post() -> _Answer:
            response = session.post(url, data=body, headers=_HEADERS, timeout=timeouts, allow_redirects=False, stream=True)
            return _Answer(response, read_answer(response), self._now())

        self.requests_sent += 1
        heard_as = self._listener.leaves(kind, body) if self._listener else 0
        return _Attempt(kind, batch, number, heard_as, session, TotalTimeout(sum(timeouts), post))

    def _end(self, attempt: _Attempt) -> _End:
        """Wait for the answer and write down what it says."""
        try:
            answer = self._answer(attempt)
            self._tell(attempt, answer)
            reply = self._understand(attempt, answer)
        except (Transient, Ambiguous, TooLarge, StopRun) as error:
            self._journal.outcome(attempt.number, f"{type(error).__name__}: {error}", "[]")
            return error
        self._journal.outcome(attempt.number, "answered", describe_results(reply.results))
        return reply

    def _answer(self, attempt: _Attempt) -> _Answer:
        try:
            return attempt.answer.result()
        except DeadlineExceeded:
            attempt.session.close()  # the old connection still belongs to an answer that may come one day
            if self._session is attempt.session:
                self._session = session()
            self._tell(attempt, "no whole answer in time")
            raise TooSlow("no whole answer in time") from None
        except requests.exceptions.RequestException as error:
            self._tell(attempt, _plain(error))
            raise _meaning(error)(_plain(error)) from None
        finally:
            self._limiter.answered()

    def _tell(self, attempt: _Attempt, came: _Answer | str) -> None:
        if self._listener:
            heard = (
                came if isinstance(came, str) else Heard(came.response.status_code, came.response.headers, came.content, came.at)
            )
            self._listener.came(attempt.heard_as, heard)

    def _understand(self, attempt: _Attempt, answer: _Answer) -> Reply:
        self.clock_offset_seconds = _offset_seconds(answer.response.headers, answer.at)
        if answer.response.status_code in _REDIRECTS:
            raise self._moved(answer.response)
        try:
            reply = decode(attempt.batch.calls, answer.content)
        except BadAnswer as error:
            if answer.response.status_code not in self._usual_statuses:  # those under which it answers say nothing bad
                self._check_http(attempt.kind, answer)
            raise Ambiguous(str(error)) from None
        except TooManyRequests as error:
            raise self._too_many(answer, str(error)) from None
        except TooManyActions as error:
            raise TooLarge(str(error)) from None
        self._usual_statuses |= {answer.response.status_code} - _NOT_TAKEN
        self._tell_noise(reply.noise)
        self._note_identifiers(reply)
        nothing_done = all(result.answer is Answer.AGAIN for result in reply.results)
        if reply.stopped and reply.stopped.stop is Stop.CLOCK and nothing_done:
            raise self._other_time() or ClockOff(self.clock_offset_seconds)
        return reply

    def _moved(self, response: requests.Response) -> TryDifferently | StopRun:
        """What becomes of a request that the server wants at another address: on the same machine, as safely, it goes there."""
        there = urljoin(self._url, response.headers.get("Location", ""))
        here, to = urlsplit(self._url), urlsplit(there)
        if (to.scheme, to.hostname, to.port) != (here.scheme, here.hostname, here.port) or there == self._url:
            return StopRun(Stop.REDIRECTED, f"{to.scheme}://{to.netloc.rpartition('@')[2]}{to.path}")
        _log.info("onOffice has moved to %s", to.path)
        self._url = there
        return TryDifferently(f"HTTP {response.status_code}")

    def _other_time(self) -> TryDifferently | None:
        """Sign with the server's time from now on, where it tells the time and this clock is off by less than a day."""
        offset = self.clock_offset_seconds
        if not self._settings.follow_clock or offset is None or offset == self._ahead_seconds:
            return None
        if not _CLOCK_MAY_DIFFER_SECONDS / 2 < abs(offset) < _LONGEST_FOLLOWED_SECONDS:
            return None
        self._ahead_seconds = offset
        self._notices[Odd.CLOCK] = Notice(Odd.CLOCK, str(offset))
        _log.warning("The clock of this computer is off by %d seconds; requests are signed with the time of onOffice.", offset)
        return TryDifferently("signed with another time")

    def _tell_noise(self, noise: str) -> None:
        if noise and Odd.NOISE not in self._notices:
            self._notices[Odd.NOISE] = Notice(Odd.NOISE, str(len(noise)))
            _log.warning("Something stands around the answers of onOffice, %d characters; it was passed over.", len(noise))

    def _note_identifiers(self, reply: Reply) -> None:
        """Where identifiers do not come back as they were, one call at a time goes out; where they do again, no more."""
        if reply.odd:
            self.learner.learn(Trait.IDENTIFIERS, NO)
        elif any(result.answer is not Answer.LOST for result in reply.results):
            self.learner.unlearn(Trait.IDENTIFIERS)

    def _too_many(self, answer: _Answer, why: str) -> Throttled:
        self._has_time(_asked_seconds(answer.response.headers, answer.at))
        seconds = _retry_after_seconds(answer.response.headers, answer.at)
        self._limiter.penalise(seconds)
        if seconds >= _LONG_PAUSE_SECONDS:
            _log.info("onOffice asks for a pause of %.0f s", seconds)
        return Throttled(why, seconds)

    def _check_http(self, kind: str, answer: _Answer) -> None:
        status = answer.response.status_code
        if status in _NOT_TAKEN:
            throttled = self._too_many(answer, f"HTTP {status}")
            if status == requests.codes.unavailable and kind == "write" and not throttled.wait_seconds:
                raise Ambiguous(f"HTTP {status}")  # a server in between may have passed it on; one that names a time did not
            raise throttled
        if status == requests.codes.unauthorized:
            raise StopRun(Stop.CREDENTIALS, str(status))
        if status == requests.codes.request_entity_too_large:
            raise TooLarge(f"HTTP {status}", bytes_=True)
        if status in _UNCLEAR:
            raise (TooSlow if status in _TOO_SLOW else Ambiguous)(f"HTTP {status}")
        if status != requests.codes.ok:
            raise StopRun(Stop.UNREACHABLE, f"HTTP {status}")


def _stop_of(end: _End) -> StopRun | None:
    """The end of the run, if that is what became of an attempt."""
    if isinstance(end, Reply) and end.stopped:
        return StopRun(end.stopped.stop, end.stopped.detail)
    return end if isinstance(end, StopRun) else None


def _lost(batch: Batch) -> Reply:
    return Reply(tuple(Result(Answer.LOST) for _ in batch.calls))


class _Enough(tenacity.stop.stop_base):
    """When to send a request no more: after so many failures.

    Those that only ask for patience, or for another try, have limits of their own.
    """

    def __init__(self, settings: ClientSettings) -> None:
        self._settings = settings
        self._counts: Counter[type[BaseException]] = Counter()

    def __call__(self, state: tenacity.RetryCallState) -> bool:
        """Whether it is enough."""
        error = state.outcome.exception() if state.outcome else None
        kind = next((each for each in (Throttled, TryDifferently) if isinstance(error, each)), Transient)
        self._counts[kind] += 1
        most = {Throttled: self._settings.patience, TryDifferently: _MOST_DIFFERENT}.get(kind, self._settings.attempts)
        return self._counts[kind] >= most


def _pause(state: tenacity.RetryCallState) -> float:
    """Exponential with jitter, in seconds; never shorter than the server asked for."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, TryDifferently):
        return 0.0
    asked = error.wait_seconds if isinstance(error, Transient) else 0.0
    return max(asked, tenacity.wait_random_exponential(multiplier=0.5, max=_LONGEST_PAUSE_SECONDS)(state))


def _meaning(error: Exception) -> type[Transient | Ambiguous]:
    if _never_connected(error):
        return Transient
    return TooSlow if isinstance(error, requests.exceptions.ReadTimeout) else Ambiguous


def _never_connected(error: Exception) -> bool:
    """Whether not a byte can have left: there was no connection, or nobody with the right certificate at its other end.

    Other failures of the encryption can come at any time, also after the request has left.
    """
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    cause = reason.args[0] if isinstance(reason, Exception) and reason.args else None
    return type(reason).__name__ in _NO_CONNECTION or isinstance(cause, ssl.SSLCertVerificationError)


def _plain(error: Exception) -> str:
    """The kind of a transport failure in words; the exception's own text may hold what must not be shown."""
    return {
        "ConnectTimeout": "no connection within the connect timeout",
        "ReadTimeout": "no answer within the read timeout",
        "SSLError": "the secure connection could not be made or broke off (certificate)",
        "ChunkedEncodingError": "the answer broke off",
        "ContentDecodingError": "the answer cannot be unpacked",
        "AnswerTooLarge": "the answer is larger than any can be",
    }.get(type(error).__name__, "no connection" if _never_connected(error) else "the connection broke off")


def _retry_after_seconds(headers: Mapping[str, str], now: float) -> float:
    """How long to wait as the server asks for, within reason."""
    return min(_asked_seconds(headers, now), _LONGEST_RETRY_AFTER_SECONDS)


def _asked_seconds(headers: Mapping[str, str], now: float) -> float:
    """`Retry-After` as seconds, from a number (fractions allowed) or a date; 0 where it is missing or nonsense."""
    text = headers.get("Retry-After", "").strip()
    seconds = 0.0
    with contextlib.suppress(ValueError):
        seconds = float(text)
    if text and not seconds:
        with contextlib.suppress(ValueError, TypeError, OverflowError):
            seconds = parsedate_to_datetime(text).timestamp() - now
    return max(seconds, 0.0) if seconds == seconds else 0.0  # noqa: PLR0124 - nan


def _offset_seconds(headers: Mapping[str, str], now: float) -> int | None:
    with contextlib.suppress(ValueError, TypeError, KeyError, OverflowError):
        return round(now - parsedate_to_datetime(headers["Date"]).timestamp())
    return None
