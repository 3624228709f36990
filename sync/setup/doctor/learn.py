"""`doctor --learn`: asks an office's API everything that its documentation leaves open (onoffice-api 10).

Reads only. Two writes more where a person names a link of their own: each status is set to what it is already, and looked at.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sync.domain.model import (
    Action,
    Answer,
    Change,
    Confirmation,
    ExitCode,
    Feedback,
    Found,
    Live,
    Result,
    RunInfo,
    State,
    Stop,
    Verb,
    Verdict,
)
from sync.errors import StopRun
from sync.i18n import as_typed, text, text_if_any
from sync.ledger import AppliedChange
from sync.onoffice.appointments import read_appointments, related, shown_in
from sync.onoffice.client import Batch, Client, ClientSettings, Heard
from sync.onoffice.dialect import Dialect, FollowUp, Learner, PartialWrites, ResourceId, SingleRead, Trait
from sync.onoffice.error_codes import CALL_UNKNOWN, NO_SUCH_CALL, Consequence, consequence
from sync.onoffice.names import APPOINTMENT_LIST
from sync.onoffice.questions import Answered, Exchange, Question, Sure, answers, dialect, merged
from sync.onoffice.transport import Limiter, TooLarge
from sync.onoffice.wire import Asking, Call, Credentials, appointment_call, period_call, relation_call, relations_call
from sync.onoffice.words import fields
from sync.setup.doctor.finding import Finding, Symptom
from sync.system.handles import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from sync.config import Config
    from sync.domain.model import Link
    from sync.ledger import Ledger
    from sync.onoffice.appointments import Appointment
    from sync.onoffice.dialect import Lesson
    from sync.onoffice.questions import Value
    from sync.onoffice.wire import Reply


# What runs have learnt about an office's API, with the runs that taught it.


_WORDS: Final = frozenset({Trait.CONFIRMATION_WORD, Trait.FEEDBACK_WORD})


def examine(lessons: Sequence[Lesson]) -> Iterator[Finding]:
    """A finding for each thing that counts; a word counts once enough links agree."""
    dialect = Dialect.of(lessons)
    runs: defaultdict[tuple[Trait, str], list[str]] = defaultdict(list)
    for each in lessons:
        counts = each.trait not in _WORDS or each.subject in {*dialect.words, *dialect.feedback_words}
        said = f"{each.subject} = {each.value}" if each.subject else each.value
        if counts and each.run not in runs[each.trait, said]:
            runs[each.trait, said].append(each.run)
    for (trait, said), taught in runs.items():
        if taught:
            yield Finding(Symptom.LEARNT, f"{trait}: {said}", ", ".join(taught))


# The questions of `doctor --learn` and their answers in words.


def heads() -> list[str]:
    """The heads of the table."""
    return [text("learn.head.question"), text("learn.head.answer"), text("learn.head.sure")]


def row(answered: Answered) -> tuple[str, str, str]:
    """Question, answer, how sure."""
    return text(f"learn.question.{answered.question}"), _answer(answered), text(f"learn.sure.{answered.sure}")


def kept(path: Path) -> str:
    """Where the dialect is."""
    return text("learn.kept", path=path, typed=as_typed([str(path)]))


def _answer(answered: Answered) -> str:
    value: Value | None = answered.value
    if isinstance(value, str):
        return text_if_any(f"learn.answer.{answered.question}.{value or 'none'}") or value
    if value is None or isinstance(value, bool):
        return text("learn.nothing" if value is None else "learn.yes" if value else "learn.no")
    if isinstance(value, float):
        return str(value).replace(".", text("format.decimal"))
    return (", ".join(value) or text("learn.none")) if isinstance(value, list) else str(value)


# What `doctor --learn` writes to onOffice, noted like what a run writes: where it is killed, the next run looks at it.


class Noted:
    """A journal for a client. It opens a run in the ledger where there is something to write, and only then."""

    def __init__(self, ledger: Ledger, office: str, zone: dt.tzinfo, now: Callable[[], float]) -> None:
        self._ledger, self._office, self._zone, self._now = ledger, office, zone, now
        self._run = self._started = ""
        self._written = 0
        self._done: tuple[AppliedChange, ...] = ()

    def save_before(self, link: Link, before: State) -> None:
        """Write down how a link is before it is set to the same."""
        moment = dt.datetime.fromtimestamp(self._now(), self._zone)
        self._run, self._started = self._ledger.new_id(moment), self._time()
        self._ledger.begin(self._run, self._office, self._started, (), carries_on=False)
        change, seen = Change(link, before), Live(Found.LINKED, before, feedback_set_up=before.feedback is not None)
        self._ledger.save_before(self._run, [(change, seen)])
        self._done = (AppliedChange(change, seen, verdict=Verdict.UNKNOWN),)

    def saw_after(self, state: State | None) -> None:
        """Note how the link is after all that was written; None where that could not be seen."""
        if state is None:
            return
        self._done = tuple(
            replace(
                each,
                after=each.before._replace(state=state),
                verdict=Verdict.UNCHANGED if state == each.before.state else Verdict.UNKNOWN,
                verified=True,
            )
            for each in self._done
        )

    def intent(self, kind: str, actions: str, links: Sequence[Link]) -> int:
        """Note a write that is about to leave."""
        if not self._run or not links:
            return 0
        self._written += 1
        return self._ledger.intent(self._run, kind, self._time(), actions, links)

    def outcome(self, request: int, outcome: str, results: str) -> None:
        """Note what became of it."""
        if request:
            self._ledger.outcome(request, self._time(), outcome, results)

    def is_over(self) -> None:
        """Nothing is left to be looked at."""
        if self._run:
            info = RunInfo(
                self._run, self._started, self._time(), False, ExitCode.OK, self._written, self._written, 1, self._office
            )
            self._ledger.finish(info, self._done, ())

    def _time(self) -> str:
        return dt.datetime.fromtimestamp(self._now(), self._zone).isoformat(timespec="seconds")


FILE: Final = "dialect.json"
_VERSION: Final = 1
#: So often a request is sent that finds too many before it: somebody waits for the answer.
_PATIENCE: Final = 6
#: Of no appointment, and small enough for every database.
_NO_APPOINTMENT: Final = 2_000_000_001
_LONG_AGO: Final = dt.date(1990, 1, 1)
_RESOURCE_ID_MISSING: Final = 18
_MOST_RELATED: Final = 500
_NAMES: Final = ("KdNr", "Vorname", "Name", "Zusatz1")
_SINGLES: Final = (SingleRead.RESOURCE_ID, SingleRead.NUMBER, SingleRead.PARAMETER, SingleRead.FILTER)
_PLAIN: Final = Dialect()
_PLACES: Final = (FollowUp.BOTH, FollowUp.ENTRY, FollowUp.PARAMETER)


@dataclass(frozen=True, slots=True)
class Learnt:
    """All questions with their answers. `stopped`: why not everything could be asked. `file`: where the dialect stands."""

    answered: tuple[Answered, ...]
    stopped: StopRun | None = None
    file: Path | None = None


@dataclass(slots=True)
class _Ear:
    """Keeps the answers to the request that is under way."""

    heard: list[Heard] = field(default_factory=list)

    def leaves(self, _kind: str, _body: bytes) -> int:
        return 0

    def came(self, _number: int, heard: Heard | str) -> None:
        if isinstance(heard, Heard):
            self.heard.append(heard)


class _Line:
    """Asks one call a request, and remembers all that was heard."""

    def __init__(self, client: Client, ear: _Ear) -> None:
        self._client = client
        self._ear = ear
        self._names = (f"doctor-learns-{number}" for number in count(1))
        self.exchanges: list[Exchange] = []

    def read(self, call: Callable[[str], Call]) -> Exchange:
        """Raises StopRun where the API is out of reach, or takes no request at all."""
        return self._heard(call(next(self._names)), lambda made: self._client.read([made]))

    def write(self, call: Callable[[str], Call], link: Link) -> Exchange:
        """Raises StopRun as `read` does."""
        return self._heard(call(next(self._names)), lambda made: self._client.write(Batch([made], [link])))

    def _heard(self, call: Call, send: Callable[[Call], Reply]) -> Exchange:
        self._ear.heard.clear()
        reply = send(call)
        if reply.stopped and not any(each.code == 0 for each in self.exchanges):
            raise StopRun(reply.stopped.stop, reply.stopped.detail)
        exchange = Exchange(call, tuple(self._ear.heard))
        self.exchanges.append(exchange)
        return exchange


def learn(
    config: Config,
    credentials: tuple[str, str],
    ledger: Ledger,
    write: Link | None = None,
    *,
    now: Callable[[], float] = time.time,
) -> Learnt:
    """Ask everything, keep what the job goes by, and write the dialect into the state folder.

    `write` is a link of which a person says that its statuses may be set to what they are.

    Raises:
        OSError: the file cannot be written.
    """
    sending, ear = config.sending, _Ear()
    noted = Noted(ledger, config.office, ZoneInfo(config.onoffice.timezone), now)
    follow_clock = config.onoffice.clock == "server"
    settings = ClientSettings(
        config.onoffice.url,
        sending.connect_timeout,
        sending.read_timeout,
        attempts=2,
        follow_clock=follow_clock,
        patience=_PATIENCE,
    )
    limiter, learner = Limiter(sending.requests_per_minute), Learner(ledger, "doctor")
    client = Client(settings, Credentials(*credentials), limiter, noted, now=now, learner=learner, listener=ear)
    found: list[Answered] = []
    stopped = offset = None
    with closing(client):
        line = _Line(client, ear)
        try:
            today = dt.datetime.fromtimestamp(now(), dt.UTC).date()
            found.extend(_Session(line, learner, config, today, noted).all_of_it(write))
        except StopRun as error:
            stopped = error
        except TooLarge as error:
            stopped = StopRun(Stop.UNREACHABLE, str(error))
        if stopped is None:
            noted.is_over()
        offset = client.clock_offset_seconds
    if offset is not None and line.exchanges:
        found.append(Answered(Question.CLOCK, -offset if abs(offset) > 1 else 0, Sure.SEEN))
    answered = tuple(merged([*found, *answers(line.exchanges)]))
    return Learnt(answered, stopped, _kept(config.folder("state") / FILE, answered))


def _kept(path: Path, answered: Sequence[Answered]) -> Path | None:
    """The file with the dialect; nothing is written where nothing was seen."""
    seen = dialect(answered)
    if not seen:
        return None
    with replacing(path, 0o600) as file:
        file.write(json.dumps({"version": _VERSION, "dialect": seen}, indent=2).encode() + b"\n")
    return path


class _Session:
    """The questions, one after the other; later ones go by what earlier ones found."""

    def __init__(self, line: _Line, learner: Learner, config: Config, today: dt.date, noted: Noted) -> None:
        self._noted = noted
        self._line = line
        self._learner = learner
        self._configured = Verb(config.sending.modify_verb)
        back, ahead = (dt.timedelta(days=days) for days in (config.sending.look_back_days, config.sending.look_ahead_days))
        self._period = (today - back, today + ahead)
        self._zone = ZoneInfo(config.onoffice.timezone)
        self._missing: dict[str, int] = {}
        self._follow_up = FollowUp.BOTH
        self._single: SingleRead | None = None

    def all_of_it(self, write: Link | None) -> Iterator[Answered]:
        """Ask everything."""
        lists = self._lists()
        yield from self._feedback_place(lists)
        accepted = [each for each in (lists[self._follow_up], *lists.values()) if each.code == 0]
        listed = accepted[0] if accepted else None
        shown = _appointments(listed) if listed else {}
        named = write.appointment_id if write else None
        sample = max(shown, key=lambda one: len(shown[one].contacts), default=named)
        if sample is not None and APPOINTMENT_LIST not in self._missing:
            yield from self._singles(sample)
        if listed and shown:
            yield Answered(Question.READ_RIGHTS, True, Sure.SEEN)
            yield from self._period_counts(shown)
            yield from self._addresses(shown, shows_any=any(listed.contacts))
        else:
            self._read(lambda name: relations_call(name, [sample or _NO_APPOINTMENT]))
        if sample is not None:
            self._read(lambda name: appointment_call(name, sample, Asking(SingleRead.CALENDAR)))
        if write:
            yield from self._writes(write)
        yield Answered(Question.MISSING_CALLS, sorted(self._missing), Sure.SEEN)
        if self._missing:
            yield Answered(Question.MISSING_CODE, next(iter(self._missing.values())), Sure.SEEN)

    def _read(self, call: Callable[[str], Call]) -> Exchange:
        exchange = self._line.read(call)
        if exchange.code in NO_SUCH_CALL:
            self._missing.setdefault(exchange.call.resource_type, exchange.code or 0)
        return exchange

    def _lists(self) -> dict[FollowUp, Exchange]:
        """Lists of the appointments around today in each way of asking for feedback; before them one that is empty."""
        self._read(lambda name: _list_call(name, FollowUp.NOWHERE, _LONG_AGO, _LONG_AGO))
        first, last = self._period
        return {place: self._read(partial(_list_call, place=place, first=first, last=last)) for place in _PLACES}

    def _feedback_place(self, lists: Mapping[FollowUp, Exchange]) -> Iterator[Answered]:
        """Where `showFollowUpStatus` counts, and what comes of it in the other place."""
        tells = [place for place in _PLACES if _tells_feedback(lists[place])]
        entry, beside = FollowUp.ENTRY in tells, FollowUp.PARAMETER in tells
        if not (entry or beside):
            return
        self._follow_up = tells[0]
        if self._follow_up is not FollowUp.BOTH or self._learner.dialect.follow_up:
            self._learner.learn(Trait.FOLLOW_UP, self._follow_up)
        yield Answered(Question.FOLLOW_UP_PLACE, "both" if entry and beside else "data" if entry else "parameter", Sure.SEEN)
        if not (entry and beside):
            other = lists[FollowUp.PARAMETER if entry else FollowUp.ENTRY]
            yield Answered(Question.FOLLOW_UP_ELSEWHERE, "error" if other.code else "silent", Sure.SEEN)

    def _singles(self, sample: int) -> Iterator[Answered]:
        """How one appointment is asked for, and what comes of one that is not there."""
        asked = {way: self._read(partial(self._single_call, appointment_id=sample, way=way)) for way in _SINGLES}
        shows = [way for way, each in asked.items() if sample in _appointments(each)]
        refusals = [each.code for way, each in asked.items() if way not in shows and each.code is not None]
        if not shows and any(consequence(code) is Consequence.REFUSE_NO_RIGHT for code in refusals):
            yield Answered(Question.READ_RIGHTS, False, Sure.LIKELY)
            return
        yield Answered(Question.SINGLE_READ, _way(shows), Sure.SEEN)
        if refusals and not {SingleRead.RESOURCE_ID, SingleRead.NUMBER} <= {*shows}:
            yield Answered(Question.SINGLE_REFUSAL, max(refusals, key=refusals.count), Sure.LIKELY)
        if not shows:
            return
        self._single = shows[0]
        self._learner.learn(Trait.SINGLE_READ, shows[0])
        unknown = self._read(partial(self._single_call, appointment_id=_NO_APPOINTMENT, way=shows[0]))
        if unknown.code is not None:
            yield Answered(Question.UNKNOWN_APPOINTMENT, unknown.code, Sure.SEEN)

    def _single_call(self, name: str, appointment_id: int, way: SingleRead) -> Call:
        return _with_status(appointment_call(name, appointment_id, Asking(way, self._follow_up, more=False)))

    def _period_counts(self, shown: Mapping[int, Appointment]) -> Iterator[Answered]:
        """Whether the last day of a period counts: asks for the day on which one appointment starts, and up to the next."""
        days = ((one, _day(each.start, self._zone)) for one, each in shown.items())
        one, day = next(((one, day) for one, day in days if day), (0, None))
        if day is None:
            return
        if one in self._shown_until(day, day):
            yield Answered(Question.PERIOD, "start", Sure.LIKELY)
        elif one in self._shown_until(day, day + dt.timedelta(days=1)):
            yield Answered(Question.PERIOD, "before_end", Sure.SEEN)

    def _shown_until(self, first: dt.date, last: dt.date) -> Mapping[int, Appointment]:
        return _appointments(self._read(partial(_list_call, place=self._follow_up, first=first, last=last)))

    def _addresses(self, shown: Mapping[int, Appointment], *, shows_any: bool) -> Iterator[Answered]:
        """Which addresses `idsfromrelation` tells and lists do not; whether their names can be read."""
        some = sorted(shown)[:_MOST_RELATED]
        told = related(_result(self._read(lambda name: relations_call(name, some)))) or {}
        there = {(one, address) for one, addresses in told.items() for address in addresses}
        seen = {(one, address) for one in some for address in shown[one].contacts}
        readable = False
        if links := there or seen:
            about = {"recordids": [min(links)[1]], "data": [*_NAMES], "listlimit": 1}
            asked = self._read(lambda name: Call(name, Verb.READ, "address", about))
            readable = bool(asked.records)
            if readable:
                named = fields(asked.records[0].get("elements"))
                yield Answered(Question.DISABLED, [name for name in _NAMES if name not in named], Sure.SEEN)
            elif "address" not in self._missing:
                yield Answered(Question.ADDRESS_REFUSAL, "156" if asked.code else "empty", Sure.SEEN)
        if there:
            yield Answered(Question.ADDRESS_RIGHTS, shows_any or readable, Sure.SEEN)
        if there and (seen or (readable and not shows_any)):
            yield Answered(Question.HIDDEN, round(len(there - seen) / len(there), 2), Sure.SEEN)

    def _writes(self, link: Link) -> Iterator[Answered]:
        """Set each status to what it is, and see what becomes of the other one."""
        before = self._look(link)
        if before is None:
            yield Answered(Question.LEFT_ALONE, "no", Sure.SEEN)  # a half that cannot be read could not be set back
            return
        self._noted.save_before(link, before)
        try:
            yield from self._set_once_more(link, before)
            state = self._look(link)
            self._noted.saw_after(state)
        except (StopRun, TooLarge):
            yield Answered(Question.LEFT_ALONE, "unknown", Sure.SEEN)
            raise
        yield Answered(Question.LEFT_ALONE, "yes" if state == before else "changed", Sure.SEEN)

    def _set_once_more(self, link: Link, before: State) -> Iterator[Answered]:
        """Write one half, then the other; what went without being named is set back at once."""
        taken: _Taken | None = None
        keeps = False
        for half in (half for half in (State(before.confirmation), State(feedback=before.feedback)) if half):
            if taken:
                self._write(link, half, taken)
            elif (taken := (yield from self._first_write(link, half))) is None:
                break
            after = self._look(link)
            if after and _other(after, half) != _other(before, half):
                self._learner.learn(Trait.PARTIAL_WRITES, PartialWrites.RESET)
                yield Answered(Question.PARTIAL_WRITES, PartialWrites.RESET.value, Sure.SEEN)
                break
            keeps = keeps or _other(before, half) not in {None, Feedback.INACTIVE, Confirmation.NOT_SET}
        else:
            if keeps:
                self._learner.learn(Trait.PARTIAL_WRITES, PartialWrites.KEEP)
                yield Answered(Question.PARTIAL_WRITES, PartialWrites.KEEP.value, Sure.LIKELY)
        if self._look(link) != before:
            self._write(link, before, taken or _Taken(self._configured))

    def _first_write(self, link: Link, words: State) -> Generator[Answered, None, _Taken | None]:
        """Find the first verb and resourceid that are taken; returns both, or None."""
        taken = _Taken()
        exchange = self._write(link, words, taken)
        if exchange.code in CALL_UNKNOWN:
            taken = _Taken(Verb.CREATE)
            exchange = self._write(link, words, taken)
        if exchange.code == _RESOURCE_ID_MISSING:
            taken = _Taken(taken.verb, ResourceId.APPOINTMENT)
            exchange = self._write(link, words, taken)
            yield Answered(Question.RESOURCE_ID, str(_RESOURCE_ID_MISSING), Sure.SEEN)
        if exchange.code != 0:
            if consequence(exchange.code or 0) is Consequence.REFUSE_NO_RIGHT:
                yield Answered(Question.WRITE_RIGHTS, False, Sure.LIKELY)
            return None
        yield Answered(Question.WRITE_RIGHTS, True, Sure.SEEN)
        if taken.resource_id is ResourceId.EMPTY:
            yield Answered(Question.RESOURCE_ID, "ok", Sure.SEEN)
        else:
            self._learner.learn(Trait.RESOURCE_ID, taken.resource_id)
        if taken.verb is not self._configured:
            self._learner.learn(Trait.VERB, taken.verb)
        yield Answered(Question.VERB, taken.verb.value, Sure.LIKELY)
        yield Answered(Question.SUCCESS, "record" if exchange.records else "empty", Sure.SEEN)
        return taken

    def _write(self, link: Link, words: State, how: _Taken) -> Exchange:
        action = Action(how.verb, (link.appointment_id,), (link.address_id,), words)
        return self._line.write(lambda name: relation_call(name, action, how.resource_id), link)

    def _look(self, link: Link) -> State | None:
        """Both statuses as they are now; None where one that is there cannot be read."""
        if self._single:
            exchange = self._line.read(partial(self._single_call, appointment_id=link.appointment_id, way=self._single))
        else:
            first, last = self._period
            exchange = self._line.read(partial(_list_call, place=self._follow_up, first=first, last=last))
        appointment = _appointments(exchange, self._learner.dialect).get(link.appointment_id)
        state = appointment.contacts.get(link.address_id) if appointment else None
        if appointment is None or state is None or state.confirmation is None:
            return None
        may_lack = link.address_id in appointment.without_feedback
        return state if state.feedback or (may_lack and appointment.tells_feedback) else None


@dataclass(frozen=True, slots=True)
class _Taken:
    """How the API takes a write."""

    verb: Verb = Verb.MODIFY
    resource_id: ResourceId = ResourceId.EMPTY


def _list_call(name: str, place: FollowUp, first: dt.date, last: dt.date) -> Call:
    return _with_status(period_call(name, first, last, Asking(follow_up=place, more=False)))


def _with_status(call: Call) -> Call:
    """The same call, which asks for status and type of appointments, too."""
    data = call.parameters["data"]
    return replace(call, parameters={**call.parameters, "data": [*data, "status", "type"] if isinstance(data, list) else data})


def _result(exchange: Exchange) -> Result:
    accepted = exchange.code == 0
    return Result(Answer.ACCEPTED if accepted else Answer.REFUSED, exchange.code, "", tuple(exchange.records))


def _appointments(exchange: Exchange, known: Dialect = _PLAIN) -> dict[int, Appointment]:
    result = _result(exchange)
    return dict(read_appointments(result, {*shown_in(result)}, known))


def _day(start: str | None, zone: ZoneInfo) -> dt.date | None:
    """The day of a start where the office is."""
    try:
        moment = dt.datetime.fromisoformat(start or "")
        return (moment.astimezone(zone) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        return None


def _tells_feedback(exchange: Exchange) -> bool:
    return any(each.contacts and each.tells_feedback for each in _appointments(exchange).values())


def _way(shows: Sequence[SingleRead]) -> str:
    """How one appointment is asked for, in the simulator's words."""
    if SingleRead.RESOURCE_ID in shows:
        return "resourceid" if SingleRead.NUMBER in shows else "text"
    return shows[0].value if shows else "none"


def _other(state: State, half: State) -> Confirmation | Feedback | None:
    """The status that a write of this half does not name."""
    return state.feedback if half.confirmation else state.confirmation
