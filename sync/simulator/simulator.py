"""One simulated office: takes the bytes of a request, gives the bytes of the answer. Knows no HTTP server.

The faults that can be ordered, and reads that lag behind writes, are made here.
"""

from __future__ import annotations

import copy
import math
import random
import time
from collections import deque
from dataclasses import asdict, dataclass, field, replace
from email.utils import formatdate
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING

from sync.simulator.calls import LogEntry, answering, logged_action
from sync.simulator.envelopes import NOT_AUTHENTICATED, WRONG_HMAC, envelope, refusal
from sync.simulator.options import CredentialsAnswer, Envelope, Options, RateAnswer, Redirect
from sync.simulator.protocol import (
    ActionRefused,
    BadInput,
    Outcome,
    RequestRefused,
    a_list,
    a_number,
    a_whole_number,
    a_word,
    an_object,
    check_authentic,
    checked_calls,
    decoded,
    php_json,
    raw_actions,
    verb_of,
)
from sync.simulator.records import Desk, Records

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sync.domain.model import Link
    from sync.simulator.protocol import ReceivedCall
    from sync.simulator.records import Contact


# Faults that can be ordered: which requests they hit, and what they do to them.


class On(StrEnum):
    """Which of the requests that a rule looks at it hits.

    EVERY: each n-th (each one, where no n is given); NTH: the n-th alone; RANDOM: each with the probability p.
    """

    EVERY = "every"
    NTH = "nth"
    RANDOM = "random"


class ApiVerb(StrEnum):
    """All verbs of the API (onoffice-api 1.2)."""

    READ = "read"
    CREATE = "create"
    MODIFY = "modify"
    DELETE = "delete"
    GET = "get"
    DO = "do"


class Fault(StrEnum):
    """What happens to a request that is hit.

    DROP_BEFORE, STATUS and STOP keep the work from being done; with all others it is done, and what fails is the answer:
    SHORT_RESULTS leaves the last result out, REORDER_RESULTS turns them round, DUPLICATE_RESULTS gives the first one
    twice, LONG_RESULTS gives one more that is nobody's, FOREIGN_RESULTS calls all of them by other names, EMPTY has no body,
    DRIP takes a pause before every byte. ACTION_ERROR refuses every action of the rule's verb (all, without a verb) and lets
    the others work. NO_EFFECT is the lie: the answer is that of the work, which nothing comes of.
    """

    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    STATUS = "status"
    DELAY = "delay"
    TRUNCATE = "truncate"
    GARBAGE = "garbage"
    SHORT_RESULTS = "short_results"
    REORDER_RESULTS = "reorder_results"
    DUPLICATE_RESULTS = "duplicate_results"
    LONG_RESULTS = "long_results"
    FOREIGN_RESULTS = "foreign_results"
    EMPTY = "empty"
    DRIP = "drip"
    NO_EFFECT = "no_effect"
    ACTION_ERROR = "action_error"
    STOP = "stop"


#: Faults that keep the work from being done.
BEFORE_WORK = frozenset({Fault.DROP_BEFORE, Fault.STATUS, Fault.STOP})

_NEEDS: dict[On | Fault, str] = {
    On.NTH: "n",
    On.RANDOM: "p",
    Fault.STATUS: "code",
    Fault.ACTION_ERROR: "code",
    Fault.DELAY: "seconds",
    Fault.DRIP: "seconds",
    Fault.STOP: "seconds",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One order. `verb` None looks at every request, else at those with at least one action of the verb.

    `n` counts the requests that the rule looks at; `p` and `seed` belong to RANDOM; `code` is an HTTP status or an error
    code of the API, `retry_after` and `seconds` are seconds.
    """

    on: On
    do: Fault
    n: int = 1
    p: float = 1.0
    seed: int = 1
    verb: ApiVerb | None = None
    code: int = 0
    retry_after: float | None = None
    seconds: float = 0


class Faults:
    """The rules in force, with their counts."""

    def __init__(self, rules: tuple[Rule, ...] = ()) -> None:
        self.rules = rules
        self._counts = [0] * len(rules)
        self._randoms = [random.Random(rule.seed) for rule in rules]  # noqa: S311 - repeatable on purpose, guards nothing

    def pick(self, verbs: Collection[str]) -> Rule | None:
        """The first rule that hits a request with these verbs. Every rule counts every request that it looks at."""
        hits = [rule for position, rule in enumerate(self.rules) if self._hits(position, verbs)]
        return hits[0] if hits else None

    def _hits(self, position: int, verbs: Collection[str]) -> bool:
        rule = self.rules[position]
        if rule.verb is not None and rule.verb not in verbs:
            return False
        self._counts[position] += 1
        if rule.on is On.RANDOM:
            return self._randoms[position].random() < rule.p
        if rule.on is On.EVERY:
            return self._counts[position] % rule.n == 0
        return self._counts[position] == rule.n


def read_faults(raw: object) -> tuple[Rule, ...]:
    """The rules that a list describes (shape: contracts, "Simulator"). Raises BadInput that names the place."""
    return tuple(_read_rule(entry, f"faults[{position}]") for position, entry in enumerate(a_list(raw, "faults")))


def write_faults(faults: Faults) -> list[dict[str, object]]:
    """The rules in the shape in which they can be put in again."""
    return [asdict(rule) for rule in faults.rules]


def _read_rule(raw: object, path: str) -> Rule:
    given = {
        key: value for key, value in an_object(raw, path, Rule.__slots__, required=("on", "do")).items() if value is not None
    }
    on = a_word(given.get("on"), f"{path}.on", On)
    do = a_word(given.get("do"), f"{path}.do", Fault)
    for key in (_NEEDS.get(on), _NEEDS.get(do)):
        if key and key not in given:
            raise BadInput(f"{path}: {on} {do} needs {key!r}")
    return Rule(
        on=on,
        do=do,
        n=a_whole_number(given.get("n", 1), f"{path}.n"),
        p=a_number(given.get("p", 1.0), f"{path}.p", most=1),
        seed=a_whole_number(given.get("seed", 1), f"{path}.seed", least=0),
        verb=a_word(given["verb"], f"{path}.verb", ApiVerb) if "verb" in given else None,
        code=_read_code(given.get("code", 0), f"{path}.code", do),
        retry_after=a_number(given["retry_after"], f"{path}.retry_after") if "retry_after" in given else None,
        seconds=a_number(given.get("seconds", 0), f"{path}.seconds"),
    )


def _read_code(raw: object, path: str, do: Fault) -> int:
    if do is Fault.STATUS:
        return a_whole_number(raw, path, least=400, most=599)
    return a_whole_number(raw, path, least=int(do is Fault.ACTION_ERROR))


# Reads that lag behind writes: a copy of the records that follows them some time later, as a replica does.


class Replica:
    """A copy of the records as they were, to which writes are brought as they grow old enough. Times in seconds."""

    def __init__(self, records: Records) -> None:
        self._records = copy.deepcopy(records)
        self._writes: deque[tuple[float, Link, Contact | None]] = deque()

    def note(self, at: float, link: Link, contact: Contact | None) -> None:
        """Remember how a link was left by a write, None where it is gone."""
        self._writes.append((at, link, copy.copy(contact)))

    def as_of(self, at: float) -> Records:
        """The records with every write up to a moment."""
        while self._writes and self._writes[0][0] <= at:
            _, link, contact = self._writes.popleft()
            if contact is not None:
                self._records.add(link, contact)
            elif self._records.contact(link) is not None:
                self._records.remove(link)
        return self._records


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
class HttpReply:
    """An answer before it is sent. `wait_seconds` passes first; `drip_seconds` belong to DRIP, `stop_seconds` to STOP."""

    status: int | None
    body: bytes = b""
    content_type: str = _JSON
    retry_after: str | None = None
    delivery: Delivery = Delivery.WHOLE
    wait_seconds: float = 0
    drip_seconds: float = 0
    stop_seconds: float = 0
    redirect: Redirect = Redirect.NONE


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
        self._replica: Replica | None = None

    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.clock() - self._started

    def go_forward(self, seconds: float) -> None:
        """Let time pass for the log, the rate, reads that lag and a server that is gone, at once."""
        self._started -= seconds

    def put_records(self, records: Records) -> None:
        """Replace all records, for reads too."""
        self.records, self._replica = records, None

    def date(self) -> str:
        """The server's own time as an HTTP date."""
        return formatdate(self._now(), usegmt=True)

    def answer(self, body: bytes, at: float, *, stable: bool = True) -> HttpReply:
        """Handle one request that came in `at` seconds since the start, on the channel `stable` or `latest`, and log it."""
        request = _read(body)
        if stable and self.options.redirect:
            reply = HttpReply(self.options.redirect_status, redirect=self.options.redirect)
            self._note(request, LogEntry(at, reply.status, None, len(body), applied=False, actions=()), None)
            return reply
        rule = self.faults.pick(request.verbs)
        codes: Sequence[int] | None = None
        refused = self._over_a_limit(body, at)
        if refused:
            rule, reply = None, refused
        elif rule and rule.do in BEFORE_WORK:
            reply = _instead_of_work(rule)
        else:
            codes, answer = self._work(request, rule, at)
            reply = self._delivered(answer, rule, len(request.actions))
        applied = codes is not None and not (rule and rule.do is Fault.NO_EFFECT)
        self._note(request, LogEntry(at, reply.status, str(rule.do) if rule else None, len(body), applied, ()), codes)
        return reply

    def _work(self, request: _Request, rule: Rule | None, at: float) -> tuple[Sequence[int] | None, HttpReply]:
        """The code of every action (None: the request was refused as a whole) and the answer."""
        options, now = self.options, self._now()
        try:
            calls = self._calls(request, now)
        except RequestRefused as refused:
            is_401 = refused.code in NOT_AUTHENTICATED and options.credentials_answer is CredentialsAnswer.HTTP_401
            return None, HttpReply(401 if is_401 else options.http_status, refusal(refused, options))
        desk = self._desk(at, in_vain=rule is not None and rule.do is Fault.NO_EFFECT)
        outcomes = [self._outcome(call, desk, now, rule) for call in calls]
        codes = [outcome.code for outcome in outcomes]
        if WRONG_HMAC in codes and options.credentials_answer is CredentialsAnswer.ACTION_OK:
            options = replace(options, failure_envelope=Envelope.OK)
        return codes, HttpReply(options.http_status, envelope(_bent(outcomes, rule), options))

    def _calls(self, request: _Request, now: float) -> list[ReceivedCall]:
        """The calls of a request. Raises RequestRefused, for a wrong signature too where `credentials_answer` says so."""
        if request.unreadable:
            raise request.unreadable
        token = "" if self.options.refuse_credentials else self.token
        how = self.options.credentials_answer
        beside = how in {CredentialsAnswer.ACTION, CredentialsAnswer.ACTION_OK}
        calls = checked_calls(request.value, None if beside else token, self.options.max_actions)
        if not beside and how is not CredentialsAnswer.TOP:
            for call in calls:
                try:
                    check_authentic(call, self.token, self.secret, now)
                except ActionRefused as refused:
                    if refused.code in NOT_AUTHENTICATED:
                        raise RequestRefused(refused.code) from None
        return calls

    def _desk(self, at: float, *, in_vain: bool) -> Desk:
        """The records to work on and those to show; `in_vain`: on a copy, which nothing comes of."""
        lag = self.options.read_lag_s
        if not lag:
            self._replica = None
        elif self._replica is None:
            self._replica = Replica(self.records)
        records = copy.deepcopy(self.records) if in_vain else self.records
        replica = self._replica

        def written(link: Link) -> None:
            if replica is not None and not in_vain:
                replica.note(at, link, records.contact(link))

        return Desk(records, replica.as_of(at - lag) if replica else records, self.options, written)

    def _outcome(self, call: ReceivedCall, desk: Desk, now: float, rule: Rule | None) -> Outcome:
        try:
            if self.options.refuse_credentials:
                return Outcome(call, WRONG_HMAC)
            check_authentic(call, self.token, self.secret, now)
            if rule and rule.do is Fault.ACTION_ERROR and rule.verb in {None, call.verb}:
                return Outcome(call, rule.code)
            return Outcome(call, data=answering(desk, call))
        except ActionRefused as refused:
            return Outcome(call, refused.code, refused.detail)

    def _delivered(self, answer: HttpReply, rule: Rule | None, actions: int) -> HttpReply:
        wait_seconds = (self.options.latency_ms + self.options.per_action_ms * actions) / 1000
        whole = replace(answer, wait_seconds=wait_seconds)
        return _ANSWERS[rule.do](whole, rule) if rule and rule.do in _ANSWERS else whole

    def _over_a_limit(self, body: bytes, at: float) -> HttpReply | None:
        if self.options.max_bytes is not None and len(body) > self.options.max_bytes:
            return HttpReply(413, b"Request Entity Too Large", "text/plain")
        rate = self.options.rate_per_minute
        if rate is None:
            return None
        while self._counted and self._counted[0] <= at - _MINUTE:
            self._counted.popleft()
        if len(self._counted) >= rate:
            wait = self._counted[0] + _MINUTE - at
            return _too_many(self.options.rate_answer, str(max(1, math.ceil(wait))))
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


def _too_many(answer: RateAnswer, retry_after: str) -> HttpReply:
    """A request above the rate, as it is refused."""
    words = b"Too Many Requests"
    match answer:
        case RateAnswer.TOO_MANY | RateAnswer.TOO_MANY_BARE:
            return HttpReply(429, words, "text/plain", retry_after if answer is RateAnswer.TOO_MANY else None)
        case RateAnswer.BUSY | RateAnswer.BUSY_BARE:
            return HttpReply(503, b"Service Unavailable", "text/plain", retry_after if answer is RateAnswer.BUSY else None)
        case RateAnswer.TEXT:
            return HttpReply(200, words, "text/plain")
        case RateAnswer.HTML:
            return HttpReply(200, b"<html><head><title>429</title></head><body><h1>Too Many Requests</h1></body></html>", _HTML)
        case RateAnswer.JSON:
            return HttpReply(200, php_json({"code": 429, "message": "too many requests"}).encode())
        case RateAnswer.STATUS:
            status = {"code": 429, "errorcode": 429, "message": "Too many requests"}
            return HttpReply(200, php_json({"status": status, "response": {"results": []}}).encode())


def _instead_of_work(rule: Rule) -> HttpReply:
    if rule.do is Fault.STATUS:
        retry_after = None if rule.retry_after is None else f"{rule.retry_after:g}"
        return HttpReply(rule.code, b"The simulator was told to fail", "text/plain", retry_after)
    if rule.do is Fault.STOP:
        return HttpReply(None, delivery=Delivery.STOP, stop_seconds=rule.seconds)
    return HttpReply(None, delivery=Delivery.CUT)


#: What becomes of the answer to work that was done.
_ANSWERS: dict[Fault, Callable[[HttpReply, Rule], HttpReply]] = {
    Fault.DROP_AFTER: lambda whole, _: HttpReply(None, delivery=Delivery.CUT, wait_seconds=whole.wait_seconds),
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
