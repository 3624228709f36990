"""onOffice: does it answer, take the credentials, show appointments, take a write; the clock against its clock.

Reads change nothing. The one write sets a status that a link has already, on an appointment that the user names, between two
looks. Another verb is tried only where the account does not know the first one at all.
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Final

from sync.doctor.finding import Finding, Symptom
from sync.errors import StopRun
from sync.model import Action, Answer, Confirmation, Link, State, Stop, Verb
from sync.onoffice.appointments import read_appointment
from sync.onoffice.client import Batch, Client, Settings, TooLarge
from sync.onoffice.codes import CALL_UNKNOWN, Consequence, consequence
from sync.onoffice.limiter import Limiter
from sync.onoffice.names import APPOINTMENT_LIST
from sync.onoffice.wire import Call, Credentials, appointment_call, relation_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sync.config import Config
    from sync.model import Result
    from sync.onoffice.appointments import Appointment
    from sync.onoffice.wire import Reply

#: The record id stood at the wrong place or was missing (onoffice-api 3.1).
_RESOURCE_ID_REFUSED: Final = 18
_DAYS_AROUND_TODAY: Final = 14
_CLOCK_SLIPS_SECONDS: Final = 20
#: What the API allows (onoffice-api 1.5).
_CLOCK_WRONG_SECONDS: Final = 120
_STOPS: Final = {
    Stop.CREDENTIALS: Symptom.CREDENTIALS_REFUSED,
    Stop.CLOCK: Symptom.CLOCK_WRONG,
    Stop.UNREACHABLE: Symptom.UNREACHABLE,
    Stop.REQUEST_REFUSED: Symptom.REQUEST_REFUSED,
}
#: The word that is written again, if there is a choice: one that no customer could be reminded of comes first.
_QUIET_FIRST: Final = (Confirmation.NOT_SET, Confirmation.CANCELED, Confirmation.SENT, Confirmation.CONFIRMED, None)


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


class _NoJournal:
    """Nothing is written down: what is written to the API is what was there before."""

    def intent(self, _kind: str, _actions: str, _links: Sequence[Link]) -> int:
        return 0

    def outcome(self, _request: int, _outcome: str, _results: str) -> None:
        pass


class _Line:
    """A client with numbers for its calls; raises StopRun as soon as the API wants no more."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._names = (f"doctor-{number}" for number in count(1))

    def read(self, call: Callable[[str], Call]) -> Result:
        return self._only(self.client.read([call(next(self._names))]))

    def write(self, call: Callable[[str], Call], link: Link) -> Result:
        return self._only(self.client.write(Batch([call(next(self._names))], [link])))

    @staticmethod
    def _only(reply: Reply) -> Result:
        if reply.stopped:
            raise StopRun(reply.stopped.stop, reply.stopped.detail)
        return reply.results[0]


def examine(
    config: Config, credentials: tuple[str, str], named: Named | None = None, *, now: Callable[[], float] = time.time
) -> Iterator[Finding]:
    """Everything about onOffice, as far as it answers."""
    sending = config.sending
    settings = Settings(config.onoffice.url, sending.connect_timeout, sending.read_timeout, attempts=1, patience=2)
    client = Client(settings, Credentials(*credentials), Limiter(sending.requests_per_minute), _NoJournal(), now=now)
    with closing(client):
        line = _Line(client)
        try:
            yield from _reading(line, config, dt.datetime.fromtimestamp(now()).astimezone().date())
            yield _clock(client.clock_offset_seconds)
            yield from _writing(line, config, named)
        except StopRun as error:
            stopped = error.stopped
            yield Finding(_STOPS.get(stopped.stop, Symptom.BAD_ANSWERS), stopped.detail, config.onoffice.url)
            if stopped.stop is Stop.CREDENTIALS:
                yield _clock(client.clock_offset_seconds)
        except TooLarge:
            yield Finding(Symptom.BAD_ANSWERS, "HTTP 413", config.onoffice.url)


def _reading(line: _Line, config: Config, today: dt.date) -> Iterator[Finding]:
    """Ask for the ids of the appointments around today: shows that the API answers, takes the credentials and lets read."""
    around = dt.timedelta(days=_DAYS_AROUND_TODAY)
    period = {"startDate": (today - around).isoformat(), "endDate": (today + around).isoformat()}
    result = line.read(lambda name: Call(name, Verb.GET, APPOINTMENT_LIST, {"data": ["id"], "filter": period}))
    yield Finding(Symptom.ANSWERS, path=config.onoffice.url)
    yield Finding(Symptom.CREDENTIALS_TAKEN)
    if result.answer is Answer.ACCEPTED:
        yield Finding(Symptom.READS if result.records else Symptom.READS_NOTHING, str(len(result.records)))
    elif result.answer is Answer.REFUSED:
        needed = config.sending.look is True
        yield Finding(Symptom.READ_REFUSED_BUT_NEEDED if needed else Symptom.READ_REFUSED, str(result.error_code))
    else:
        yield Finding(Symptom.READ_UNCLEAR)


def _clock(offset_seconds: int | None) -> Finding:
    if offset_seconds is None:
        return Finding(Symptom.CLOCK_NOT_KNOWN)
    off_by = abs(offset_seconds)
    if off_by > _CLOCK_WRONG_SECONDS:
        return Finding(Symptom.CLOCK_WRONG, str(offset_seconds))
    return Finding(Symptom.CLOCK_SLIPS if off_by > _CLOCK_SLIPS_SECONDS else Symptom.CLOCK_FINE, str(offset_seconds))


def _writing(line: _Line, config: Config, named: Named | None) -> Iterator[Finding]:
    """Write what is there already, between two looks."""
    if named is None:
        yield Finding(Symptom.WRITE_NOT_TRIED)
        return
    before = _look(line, named.appointment_id)
    case = _choose(before, named)
    if isinstance(case, Finding):
        yield case
        return
    yield from _tried(line, case, Verb(config.sending.modify_verb))
    after = _look(line, named.appointment_id)
    if (after.contacts, after.start) == (before.contacts, before.start):
        yield Finding(Symptom.NOTHING_CHANGED, _shown(before, case.link), _name(case.link))
    else:
        states = f"{_shown(before, case.link)} -> {_shown(after, case.link)}"
        yield Finding(Symptom.CHANGED, states, _name(case.link))


def _look(line: _Line, appointment_id: int) -> Appointment:
    return read_appointment(line.read(lambda name: appointment_call(name, appointment_id)), appointment_id)


def _choose(before: Appointment, named: Named) -> _Case | Finding:
    """The link to write, with the words that it has; or why there is none."""
    number = str(named.appointment_id)
    if not before.readable:
        return Finding(Symptom.CANNOT_LOOK, number)
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
    words = State(confirmation=state.confirmation) or State(feedback=state.feedback)
    return _Case(link, words) if words else Finding(Symptom.NO_KNOWN_WORD, path=_name(link))


def _tried(line: _Line, case: _Case, configured: Verb) -> Iterator[Finding]:
    """Write, and say which verb and which resourceid the API took."""
    verb, resource_id, result = _first_taken(line, case)
    if result.answer is Answer.ACCEPTED:
        yield Finding(Symptom.WRITES, ", ".join(filter(None, case.words.words)), _name(case.link))
        yield Finding(Symptom.VERB_FINE if verb is configured else Symptom.VERB_DIFFERS, verb)
        yield Finding(Symptom.RESOURCE_ID_NEEDED if resource_id else Symptom.RESOURCE_ID_EMPTY, resource_id)
    elif result.answer is Answer.REFUSED:
        no_right = consequence(result.error_code or 0) is Consequence.REFUSE_NO_RIGHT
        yield Finding(Symptom.NO_RIGHT_TO_WRITE if no_right else Symptom.WRITE_REFUSED, str(result.error_code), _name(case.link))
    else:
        yield Finding(Symptom.WRITE_UNCLEAR, path=_name(case.link))


def _first_taken(line: _Line, case: _Case) -> tuple[Verb, str, Result]:
    """Modify first; create only where modify is not known at all. A resourceid only where an empty one is refused."""
    verb, resource_id, result = Verb.MODIFY, "", _write(line, case, Verb.MODIFY, "")
    if result.error_code in CALL_UNKNOWN:
        verb, result = Verb.CREATE, _write(line, case, Verb.CREATE, "")
    if result.error_code == _RESOURCE_ID_REFUSED:
        resource_id = str(case.link.appointment_id)
        result = _write(line, case, verb, resource_id)
    return verb, resource_id, result


def _write(line: _Line, case: _Case, verb: Verb, resource_id: str) -> Result:
    action = Action(verb, (case.link.appointment_id,), (case.link.address_id,), case.words)
    return line.write(lambda name: replace(relation_call(name, action), resource_id=resource_id), case.link)


def _name(link: Link) -> str:
    return f"{link.appointment_id}/{link.address_id}"


def _shown(appointment: Appointment, link: Link) -> str:
    state = appointment.live(link).state
    return ", ".join(word or "?" for word in state.words)
