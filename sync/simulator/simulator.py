"""One simulated office: takes the bytes of a request, gives the bytes of the answer. Knows no HTTP server."""

from __future__ import annotations

import copy
import math
import time
from collections import deque
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from enum import Enum, auto
from typing import TYPE_CHECKING

from sync.simulator.calls import answering
from sync.simulator.desk import Desk
from sync.simulator.faults import BEFORE_WORK, Fault, Faults
from sync.simulator.log import LogEntry, logged_action
from sync.simulator.options import Options
from sync.simulator.protocol import (
    ActionRefused,
    Outcome,
    RequestRefused,
    check_authentic,
    checked_calls,
    decoded,
    envelope,
    raw_actions,
    refusal,
    verb_of,
)
from sync.simulator.records import Records

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.simulator.faults import Rule
    from sync.simulator.protocol import Call

_JSON = "application/json; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_GARBAGE = b"<!DOCTYPE html>\n<html><head><title>Gateway</title></head><body><h1>Please try again later</h1></body></html>\n"

#: Seconds over which `rate_per_minute` counts.
_MINUTE = 60.0


class Delivery(Enum):
    """How an answer leaves: whole, byte by byte, half of it, not at all, or not at all and nobody is there for a while."""

    WHOLE = auto()
    DRIP = auto()
    HALF = auto()
    CUT = auto()
    STOP = auto()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is sent. `wait_seconds` passes first; `drip_seconds` belong to DRIP, `stop_seconds` to STOP."""

    status: int | None
    body: bytes = b""
    content_type: str = _JSON
    retry_after: str | None = None
    delivery: Delivery = Delivery.WHOLE
    wait_seconds: float = 0
    drip_seconds: float = 0
    stop_seconds: float = 0


@dataclass(frozen=True, slots=True)
class _Request:
    """A request as far as it could be read: the JSON value or why there is none, and its actions as they stand."""

    value: object
    unreadable: RequestRefused | None
    actions: Sequence[object]

    @property
    def verbs(self) -> set[str]:
        return {verb_of(action.get("actionid")) for action in self.actions if isinstance(action, dict)}


@dataclass
class Simulator:
    """An office with its credentials, records, options, faults and log.

    `clock` counts seconds for the log and the rate, `wall` tells seconds since 1970 for timestamps; both can be made up.
    One request is handled at a time and as a whole.
    """

    token: str
    secret: str
    records: Records = field(default_factory=Records)
    options: Options = field(default_factory=Options)
    faults: Faults = field(default_factory=Faults)
    log: list[LogEntry] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self._started = self.clock()
        self._counted: deque[float] = deque()

    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.clock() - self._started

    def date(self) -> str:
        """The server's own time as an HTTP date."""
        return formatdate(self._now(), usegmt=True)

    def answer(self, body: bytes, at: float) -> Reply:
        """Handle one request that came in `at` seconds since the start, and log it."""
        request = _read(body)
        rule = self.faults.pick(request.verbs)
        codes: Sequence[int] | None = None
        reply = self._over_a_limit(body, at)
        if reply:
            rule = None
        elif rule and rule.do in BEFORE_WORK:
            reply = _instead_of_work(rule)
        else:
            codes, answer = self._work(request, rule)
            reply = self._delivered(answer, rule, len(request.actions))
        applied = codes is not None and not (rule and rule.do is Fault.NO_EFFECT)
        self._note(request, LogEntry(at, reply.status, str(rule.do) if rule else None, len(body), applied, ()), codes)
        return reply

    def _work(self, request: _Request, rule: Rule | None) -> tuple[Sequence[int] | None, bytes]:
        """The code of every action (None: the request was refused as a whole) and the answer."""
        try:
            if request.unreadable:
                raise request.unreadable
            calls = checked_calls(request.value, self.token, self.options.max_actions)
        except RequestRefused as refused:
            return None, refusal(refused)
        records = copy.deepcopy(self.records) if rule and rule.do is Fault.NO_EFFECT else self.records
        desk, now = Desk(records, self.options), self._now()
        outcomes = [self._outcome(call, desk, now, rule) for call in calls]
        return [outcome.code for outcome in outcomes], envelope(_bent(outcomes, rule), self.options.failure_envelope)

    def _outcome(self, call: Call, desk: Desk, now: float, rule: Rule | None) -> Outcome:
        try:
            check_authentic(call, self.token, self.secret, now)
            if rule and rule.do is Fault.ACTION_ERROR and rule.verb in {None, call.verb}:
                return Outcome(call, rule.code)
            return Outcome(call, data=answering(desk, call))
        except ActionRefused as refused:
            return Outcome(call, refused.code, refused.detail)

    def _delivered(self, answer: bytes, rule: Rule | None, actions: int) -> Reply:
        wait_seconds = (self.options.latency_ms + self.options.per_action_ms * actions) / 1000
        whole = Reply(200, answer, wait_seconds=wait_seconds)
        return _ANSWERS[rule.do](whole, rule) if rule and rule.do in _ANSWERS else whole

    def _over_a_limit(self, body: bytes, at: float) -> Reply | None:
        if self.options.max_bytes is not None and len(body) > self.options.max_bytes:
            return Reply(413, b"Request Entity Too Large", "text/plain")
        rate = self.options.rate_per_minute
        if rate is None:
            return None
        while self._counted and self._counted[0] <= at - _MINUTE:
            self._counted.popleft()
        if len(self._counted) >= rate:
            wait = self._counted[0] + _MINUTE - at
            return Reply(429, b"Too Many Requests", "text/plain", retry_after=str(max(1, math.ceil(wait))))
        self._counted.append(at)
        return None

    def _note(self, request: _Request, entry: LogEntry, codes: Sequence[int] | None) -> None:
        every_code = codes if codes is not None else [None] * len(request.actions)
        actions = tuple(logged_action(action, code) for action, code in zip(request.actions, every_code, strict=True))
        self.log.append(LogEntry(entry.at, entry.http_status, entry.fault, entry.bytes_in, entry.applied, actions))

    def _now(self) -> float:
        return self.wall() + self.options.clock_offset_s


def _read(body: bytes) -> _Request:
    try:
        value = decoded(body)
    except RequestRefused as refused:
        return _Request(None, refused, ())
    return _Request(value, None, raw_actions(value))


def _instead_of_work(rule: Rule) -> Reply:
    if rule.do is Fault.STATUS:
        retry_after = None if rule.retry_after is None else f"{rule.retry_after:g}"
        return Reply(rule.code, b"The simulator was told to fail", "text/plain", retry_after)
    if rule.do is Fault.STOP:
        return Reply(None, delivery=Delivery.STOP, stop_seconds=rule.seconds)
    return Reply(None, delivery=Delivery.CUT)


#: What becomes of the answer to work that was done.
_ANSWERS: dict[Fault, Callable[[Reply, Rule], Reply]] = {
    Fault.DROP_AFTER: lambda whole, _: Reply(None, delivery=Delivery.CUT, wait_seconds=whole.wait_seconds),
    Fault.DELAY: lambda whole, rule: replace(whole, wait_seconds=whole.wait_seconds + rule.seconds),
    Fault.DRIP: lambda whole, rule: replace(whole, delivery=Delivery.DRIP, drip_seconds=rule.seconds),
    Fault.TRUNCATE: lambda whole, _: replace(whole, delivery=Delivery.HALF),
    Fault.GARBAGE: lambda whole, _: replace(whole, body=_GARBAGE, content_type=_HTML),
    Fault.EMPTY: lambda whole, _: replace(whole, body=b"", content_type=_HTML),
}


def _bent(outcomes: list[Outcome], rule: Rule | None) -> list[Outcome]:
    """The results as a fault leaves them: one too few, one too many, in another order, or by other names."""
    match rule and rule.do:
        case Fault.SHORT_RESULTS:
            return outcomes[:-1]
        case Fault.REORDER_RESULTS:
            return outcomes[::-1]
        case Fault.DUPLICATE_RESULTS:
            return [*outcomes, outcomes[0]]
        case Fault.LONG_RESULTS:
            return [*outcomes, _of_somebody_else(outcomes[-1])]
        case Fault.FOREIGN_RESULTS:
            return [_of_somebody_else(outcome) for outcome in outcomes]
        case _:
            return outcomes


def _of_somebody_else(outcome: Outcome) -> Outcome:
    return replace(outcome, call=replace(outcome.call, identifier=f"foreign-{outcome.call.identifier}"))
