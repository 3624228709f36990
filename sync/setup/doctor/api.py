"""onOffice: does it answer, take the credentials, show appointments, take a write; the clock against its clock.

Reads ask in the same ways as a run does, and change nothing. The one write sets a status that a link has already, on an
appointment that the user names, between two looks; where it takes the other status along, that is set back at once. Another verb
is tried only where the account does not know the first one at all.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Sequence  # noqa: TC003 - a field's type
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Final

from sync.domain.model import Action, Answer, Confirmation, Link, State, Stop, Verb
from sync.errors import StopRun
from sync.job.context import portions_of
from sync.onoffice.appointments import UNREADABLE, Ways, read_appointments, shown_in
from sync.onoffice.client import Batch, Client, ClientSettings
from sync.onoffice.dialect import Learner, PartialWrites, ResourceId, Trait, Unkept, Written
from sync.onoffice.error_codes import CALL_UNKNOWN, RESOURCE_ID_REFUSED, Consequence, consequence
from sync.onoffice.names import ADDRESS
from sync.onoffice.transport import Limiter, TooLarge, TooSlow
from sync.onoffice.wire import Call, Credentials, period_call, relation_call
from sync.rounds.reader import AppointmentReader, Period
from sync.setup.doctor.finding import Finding, Symptom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sync.config import Config
    from sync.domain.model import Result, Stopped
    from sync.onoffice.appointments import Appointment
    from sync.onoffice.dialect import Dialect, Lesson
    from sync.onoffice.wire import Reply

logging.getLogger("sync.onoffice").addHandler(
    logging.NullHandler()
)  # findings say it; else Python prints it where no log is open

_DAYS_AROUND_TODAY: Final = 14
_CLOCK_SLIPS_SECONDS: Final = 20
#: What the API allows (onoffice-api 1.5).
_CLOCK_WRONG_SECONDS: Final = 120
_DAY_SECONDS: Final = 86_400
#: So often a request is sent that finds too many before it: somebody waits for the answer, but not for hours.
_PATIENCE: Final = 6
_MOST_WORDS: Final = 5
_STOPS: Final = {
    Stop.CREDENTIALS: Symptom.CREDENTIALS_REFUSED,
    Stop.CLOCK: Symptom.CLOCK_WRONG,
    Stop.CLOCK_DISPUTED: Symptom.CLOCK_DISPUTED,
    Stop.REDIRECTED: Symptom.REDIRECTED,
    Stop.TOO_MANY_REQUESTS: Symptom.TOO_MANY_REQUESTS,
    Stop.UNREACHABLE: Symptom.UNREACHABLE,
    Stop.REQUEST_REFUSED: Symptom.REQUEST_REFUSED,
}
#: The word that is written again, if there is a choice: one that no customer could be reminded of comes first.
_QUIET_FIRST: Final = (*reversed(Confirmation), None)


@dataclass(frozen=True, slots=True)
class Named:
    """The appointment on which a write may be tried, and one of its addresses; without it any linked one is taken."""

    appointment_id: int
    address_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """A link and the words that it has already, to be written once more."""

    link: Link
    words: State

    def of(self, words: State) -> _Case:
        """The same link with other words."""
        return replace(self, words=words)


class _NoJournal:
    """Nothing is written down: what is written to the API is what was there before."""

    def intent(self, _kind: str, _actions: str, _links: Sequence[Link]) -> int:
        return 0

    def outcome(self, _request: int, _outcome: str, _results: str) -> None:
        pass


class _Line:
    """A client with numbers for its calls; raises StopRun as soon as the API wants no more.

    `refusals` are the error codes of the reads since the last look began, `unknown_words` those that were told.
    """

    def __init__(self, client: Client, config: Config, today: dt.date) -> None:
        self.client = client
        self.refusals: list[int] = []
        self.unknown_words: set[str] = set()
        self._names = (f"doctor-{number}" for number in count(1))
        sending, learner = config.sending, client.learner
        back, ahead = dt.timedelta(days=sending.look_back_days), dt.timedelta(days=sending.look_ahead_days)
        portions = portions_of(config, client)
        period = Period(today - back, today + ahead)
        self._looker = AppointmentReader(self._read, self._names, portions, sending.attempts, period, learner)

    @property
    def dialect(self) -> Dialect:
        """What is known of this API."""
        return self.client.learner.dialect

    def list_around(self, today: dt.date) -> Result:
        """The appointments around today, asked for as a run asks, with other fields where these are not known."""
        around, ways = dt.timedelta(days=_DAYS_AROUND_TODAY), Ways(self.client.learner)
        while True:
            result = self._only(self._read([period_call(next(self._names), today - around, today + around, ways.asking)]))
            if result.answer is Answer.ACCEPTED:
                ways.fields_work()
            malformed = consequence(result.error_code or 0) is Consequence.STOP_MALFORMED
            if not malformed or result.error_code in CALL_UNKNOWN or not ways.other_fields():
                return result

    def any_address(self) -> Result:
        """One address, whichever: shows whether the API user may read them."""
        return self._read([Call(next(self._names), Verb.READ, ADDRESS, {"data": [], "listlimit": 1, "listoffset": 0})]).results[0]

    def look(self, appointment_id: int) -> Appointment | None:
        """One appointment, asked for in every way that a run knows; None where no answer was clear."""
        self.refusals.clear()
        try:
            return next((some[appointment_id] for some in self._looker.at([appointment_id], {})), UNREADABLE)
        except TooSlow:
            return None
        except StopRun as error:
            if error.stopped.stop is Stop.BAD_ANSWERS:
                return None
            raise

    def write(self, call: Callable[[str], Call], link: Link) -> Result:
        return self._only(self.client.write(Batch([call(next(self._names))], [link])))

    def _read(self, calls: Sequence[Call]) -> Reply:
        reply = self.client.read(calls)
        self.refusals += [each.error_code or 0 for each in reply.results if each.answer is Answer.REFUSED]
        return reply

    @staticmethod
    def _only(reply: Reply) -> Result:
        if reply.stopped:
            raise StopRun(reply.stopped.stop, reply.stopped.detail)
        return reply.results[0]


def examine(
    config: Config,
    credentials: tuple[str, str],
    named: Named | None = None,
    *,
    lessons: Iterable[Lesson] = (),
    now: Callable[[], float] = time.time,
) -> Iterator[Finding]:
    """Everything about onOffice, as far as it answers; `lessons` are what runs have learnt of it."""
    client, follows = _client(config, credentials, lessons, now), config.onoffice.clock == "server"
    with closing(client):
        today = dt.datetime.fromtimestamp(now()).astimezone().date()
        line = _Line(client, config, today)
        try:
            yield from _reading(line, config, today)
            yield _clock(client.clock_offset_seconds, follows=follows)
            yield from _writing(line, config, named)
        except StopRun as error:
            yield _stopped(error.stopped, config.onoffice.url)
            if error.stopped.stop is Stop.CREDENTIALS:
                yield _clock(client.clock_offset_seconds, follows=follows)
        except TooLarge:
            yield Finding(Symptom.BAD_ANSWERS, "HTTP 413", config.onoffice.url)


def links_in_a_week(config: Config, credentials: tuple[str, str], *, now: Callable[[], float] = time.time) -> int | None:
    """How many links the appointments around today have in a usual week; None where they cannot be read."""
    client = _client(config, credentials, (), now)
    with closing(client):
        today = dt.datetime.fromtimestamp(now()).astimezone().date()
        line = _Line(client, config, today)
        try:
            result = line.list_around(today)
        except (StopRun, TooLarge):
            return None
        if result.answer is not Answer.ACCEPTED:
            return None
        shown = read_appointments(result, {*shown_in(result)}, line.dialect)
        return round(sum(len(appointment.contacts) for _, appointment in shown) * 7 / (2 * _DAYS_AROUND_TODAY))


def _client(config: Config, credentials: tuple[str, str], lessons: Iterable[Lesson], now: Callable[[], float]) -> Client:
    """A client that writes nothing down and waits for nobody long."""
    sending, follows = config.sending, config.onoffice.clock == "server"
    settings = ClientSettings(config.onoffice.url, sending.connect_timeout, sending.read_timeout, 1, follows, _PATIENCE)
    limiter, learner = Limiter(sending.requests_per_minute), Learner(Unkept(lessons))
    return Client(settings, Credentials(*credentials), limiter, _NoJournal(), now=now, learner=learner)


def _stopped(stopped: Stopped, url: str) -> Finding:
    """Why the API wants no more."""
    if stopped.stop is Stop.CLOCK and not stopped.detail:
        return Finding(Symptom.CLOCK_REFUSED)
    return Finding(_STOPS.get(stopped.stop, Symptom.BAD_ANSWERS), stopped.detail, url)


def _reading(line: _Line, config: Config, today: dt.date) -> Iterator[Finding]:
    """Ask for the appointments around today: shows that the API answers, takes the credentials and lets read."""
    result = line.list_around(today)
    yield Finding(Symptom.ANSWERS, path=config.onoffice.url)
    yield Finding(Symptom.CREDENTIALS_TAKEN)
    needed, code = config.sending.look is True, str(result.error_code)
    if result.answer is Answer.ACCEPTED:
        yield Finding(Symptom.READS if result.records else Symptom.READS_NOTHING, str(len(result.records)))
        shown = read_appointments(result, {*shown_in(result)}, line.dialect)
        yield from _unread(line, (appointment for _, appointment in shown))
        if result.records:
            yield from _addresses(line)
    elif result.answer is not Answer.REFUSED:
        yield Finding(Symptom.READ_UNCLEAR)
    elif consequence(result.error_code or 0) is Consequence.REFUSE_NO_RIGHT:
        yield Finding(Symptom.READ_REFUSED_BUT_NEEDED if needed else Symptom.READ_REFUSED, code)
    else:
        yield Finding(Symptom.LIST_REFUSED, code)


def _addresses(line: _Line) -> Iterator[Finding]:
    """Without the right to read addresses appointments look as if nobody were linked (onoffice-api 8)."""
    result = line.any_address()
    if result.answer is Answer.ACCEPTED:
        yield Finding(Symptom.READS_ADDRESSES if result.records else Symptom.NO_ADDRESSES)
    elif result.answer is Answer.REFUSED and consequence(result.error_code or 0) is Consequence.REFUSE_NO_RIGHT:
        yield Finding(Symptom.NO_ADDRESSES)


def _unread(line: _Line, shown: Iterable[Appointment]) -> Iterator[Finding]:
    """The words that neither this program knows nor a run has learnt, each of them once."""
    words = {word for appointment in shown for pair in appointment.unread.values() for word in pair if word is not None}
    words -= line.unknown_words
    line.unknown_words |= words
    if words:
        yield Finding(Symptom.UNKNOWN_WORDS, ", ".join(sorted(words)[:_MOST_WORDS]))


def _clock(offset_seconds: int | None, *, follows: bool) -> Finding:
    if offset_seconds is None:
        return Finding(Symptom.CLOCK_NOT_KNOWN)
    off_by = abs(offset_seconds)
    if off_by > _CLOCK_WRONG_SECONDS:
        followed = follows and off_by < _DAY_SECONDS
        return Finding(Symptom.CLOCK_FOLLOWED if followed else Symptom.CLOCK_WRONG, str(offset_seconds))
    return Finding(Symptom.CLOCK_SLIPS if off_by > _CLOCK_SLIPS_SECONDS else Symptom.CLOCK_FINE, str(offset_seconds))


def _writing(line: _Line, config: Config, named: Named | None) -> Iterator[Finding]:
    """Write what is there already, between two looks."""
    if named is None:
        yield Finding(Symptom.WRITE_NOT_TRIED)
        return
    before = line.look(named.appointment_id)
    if before is None:
        yield Finding(Symptom.READ_UNCLEAR)
        return
    if not before.readable:
        yield _not_shown(line, named.appointment_id)
        return
    yield from _unread(line, [before])
    case = _choose(before, named, names_both=line.dialect.partial_writes is PartialWrites.RESET)
    if isinstance(case, Finding):
        nobody = case.symptom is Symptom.NOBODY_LINKED
        hidden = nobody and any(found.symptom is Symptom.NO_ADDRESSES for found in _addresses(line))
        yield Finding(Symptom.NOBODY_SHOWN, case.detail) if hidden else case
        return
    yield from _tried(line, case, Verb(config.sending.modify_verb))
    yield from _compared(line, case, before)


def _not_shown(line: _Line, appointment_id: int) -> Finding:
    """An appointment that cannot be read: for want of a right, or in none of the ways of asking."""
    codes = sorted({*line.refusals})
    if not codes or any(consequence(code) is Consequence.REFUSE_NO_RIGHT for code in codes):
        return Finding(Symptom.CANNOT_LOOK, str(appointment_id))
    return Finding(Symptom.NO_WAY_TO_LOOK, ", ".join(map(str, codes)), str(appointment_id))


def _compared(line: _Line, case: _Case, before: Appointment) -> Iterator[Finding]:
    """Look again, and set back what the write took along."""
    after = line.look(case.link.appointment_id)
    name = _name(case.link)
    if after is None or not after.readable:
        yield Finding(Symptom.NOT_LOOKED_AT_AGAIN, path=name)
        return
    written = _written(case, before, after)
    if written.lost:
        _write(line, case.of(written.lost.filled_from(case.words)))
        again = line.look(case.link.appointment_id)
        back = again is not None and _same(again, before)
        yield Finding(Symptom.OTHER_SET_BACK if back else Symptom.OTHER_LOST, _shown(before, case.link), name)
    elif _same(after, before):
        yield Finding(Symptom.NOTHING_CHANGED, _shown(before, case.link), name)
    else:
        yield Finding(Symptom.CHANGED, f"{_shown(before, case.link)} -> {_shown(after, case.link)}", name)


def _written(case: _Case, before: Appointment, after: Appointment) -> Written:
    was, now = before.live(case.link), after.live(case.link)
    address = case.link.address_id
    unread = before.unread.get(address), after.unread.get(address)
    return Written(case.link, was.state, now.state, case.words, *unread, no_feedback=not now.feedback_set_up)


def _same(one: Appointment, other: Appointment) -> bool:
    return (one.contacts, one.unread, one.start) == (other.contacts, other.unread, other.start)


def _choose(before: Appointment, named: Named, *, names_both: bool) -> _Case | Finding:
    """The link to write, with the words that it has; or why there is none."""
    number = str(named.appointment_id)
    if not before.exists:
        return Finding(Symptom.NO_APPOINTMENT, number)
    if not before.contacts:
        return Finding(Symptom.NOBODY_LINKED, number)
    address_id = named.address_id
    if address_id is None:
        address_id = min(before.contacts, key=lambda one: _QUIET_FIRST.index(before.contacts[one].confirmation))
    link = Link(named.appointment_id, address_id)
    if address_id not in before.contacts:
        return Finding(Symptom.NOT_LINKED, ", ".join(map(str, sorted(before.contacts))), _name(link))
    state = before.contacts[address_id]
    words = state if names_both else State(confirmation=state.confirmation) or State(feedback=state.feedback)
    return _Case(link, words) if words else Finding(Symptom.NO_KNOWN_WORD, path=_name(link))


def _tried(line: _Line, case: _Case, configured: Verb) -> Iterator[Finding]:
    """Write, and say which verb and which resourceid the API took."""
    result = _first_taken(line, case)
    name, verb = _name(case.link), line.dialect.verb or Verb.MODIFY
    if result.answer is Answer.ACCEPTED:
        yield Finding(Symptom.WRITES, ", ".join(filter(None, case.words.words)), name)
        yield Finding(Symptom.VERB_FINE if verb is configured else Symptom.VERB_DIFFERS, verb)
        sent = str(relation_call("", _action(line, case), line.dialect.resource_id).resource_id)
        yield Finding(Symptom.RESOURCE_ID_NEEDED if sent else Symptom.RESOURCE_ID_EMPTY, sent)
    elif result.answer is Answer.REFUSED:
        no_right = consequence(result.error_code or 0) is Consequence.REFUSE_NO_RIGHT
        yield Finding(Symptom.NO_RIGHT_TO_WRITE if no_right else Symptom.WRITE_REFUSED, str(result.error_code), name)
    else:
        yield Finding(Symptom.WRITE_UNCLEAR, path=name)


def _first_taken(line: _Line, case: _Case) -> Result:
    """What was learnt first, then modify without a resourceid; something else only where that is not known at all."""
    learner, known = line.client.learner, line.dialect
    verbs = [each for each in (Verb.MODIFY, Verb.CREATE) if each is not (known.verb or Verb.MODIFY)]
    resource_ids = [each for each in ResourceId if each is not known.resource_id]
    while (result := _write(line, case)).answer is Answer.REFUSED:
        if result.error_code in RESOURCE_ID_REFUSED and resource_ids:
            learner.learn(Trait.RESOURCE_ID, resource_ids.pop(0))
        elif result.error_code in CALL_UNKNOWN and verbs:
            learner.learn(Trait.VERB, verbs.pop())
        else:
            break
    return result


def _write(line: _Line, case: _Case) -> Result:
    return line.write(lambda name: relation_call(name, _action(line, case), line.dialect.resource_id), case.link)


def _action(line: _Line, case: _Case) -> Action:
    verb = line.dialect.verb or Verb.MODIFY
    return Action(verb, (case.link.appointment_id,), (case.link.address_id,), case.words)


def _name(link: Link) -> str:
    return f"{link.appointment_id}/{link.address_id}"


def _shown(appointment: Appointment, link: Link) -> str:
    """The words of a link as far as it has any, those that nobody knows as they were read."""
    unread = appointment.unread.get(link.address_id, (None, None))
    pairs = zip(appointment.live(link).state.words, unread, strict=True)
    return ", ".join(filter(None, (known or read for known, read in pairs))) or "-"
