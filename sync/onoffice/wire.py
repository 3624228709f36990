"""Calls and answers as they stand on the wire: building actions, reading envelopes. Pure."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from sync.model import Action, Answer, Found, Link, Live, Result, State, Stop, Stopped, Verb
from sync.onoffice.codes import ACTIONS_REFUSED, APPOINTMENT_UNKNOWN, Consequence, consequence
from sync.onoffice.names import ACTION, APPOINTMENT_LIST, CALENDAR_ADDRESS, RELATION
from sync.onoffice.signing import sign
from sync.onoffice.words import read_state, relationinfo

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from datetime import date


class BadAnswer(Exception):
    """What came back cannot be trusted; whether the request took effect is open."""


class TooManyActions(Exception):
    """The API takes no request of so many actions and did nothing of it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Token and secret of the API user; never shown by `repr`."""

    token: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One action before it is signed. `identifier` is unique within the run."""

    identifier: str
    verb: Verb
    resource_type: str
    parameters: Mapping[str, object]
    resource_id: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One result per call, in the order of the calls. `stopped` says that nothing more may be sent."""

    results: tuple[Result, ...]
    stopped: Stopped | None = None


#: The words of one contact as they were read, where nobody knows them; None for a known one. Confirmation and feedback.
Unread = tuple[str | None, str | None]


class Appointment(NamedTuple):
    """One appointment as read: whether it could be read, whether it is there, its start, the state of each linked address.

    `without_feedback` are the linked addresses for which the CRM keeps no feedback status. `empty`: the answer was a success
    that held nothing, which can be a missing record or a missing right (onoffice-api 8). `recurs`: one of a series. `reminds`:
    the CRM reminds those who confirmed, and nobody else (onoffice-api 7). `unread` are the words of addresses that nobody knows.
    """

    readable: bool
    exists: bool = False
    empty: bool = False
    start: str | None = None
    contacts: Mapping[int, State] = MappingProxyType({})
    without_feedback: frozenset[int] = frozenset()
    recurs: bool = False
    reminds: bool = False
    unread: Mapping[int, Unread] = MappingProxyType({})

    def live(self, link: Link) -> Live:
        """The live state of one link of this appointment."""
        if not self.readable:
            return Live(Found.UNREADABLE)
        if not self.exists:
            return Live(Found.NO_APPOINTMENT)
        state = self.contacts.get(link.address_id)
        if state is None:
            return Live(Found.NOT_LINKED, start=self.start, recurs=self.recurs, reminds=self.reminds)
        has_feedback = link.address_id not in self.without_feedback
        return Live(Found.LINKED, state, self.start, has_feedback, self.recurs, self.reminds)


#: All that fits into 64 bits; Python itself refuses to read numbers of thousands of digits.
#: Half of a pair of surrogates and NUL, which no file, database or output takes, and the escapes of JSON that stand for them.
_UNWRITABLE: Final = re.compile("[\x00\ud800-\udfff]")
_PERHAPS_UNWRITABLE: Final = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_MOST_DIGITS: Final = 18
_TOO_LARGE_AN_ID: Final = 10**_MOST_DIGITS

#: How many appointments a read of a period shows (onoffice-api 6.1).
MOST_LISTED: Final = 500

#: As many bytes as a call takes in a request at the most, without ids; and each id.
CALL_BYTES: Final = 640
ID_BYTES: Final = 20

_NOBODY: Final[frozenset[int]] = frozenset()

UNREADABLE: Final = Appointment(readable=False)
MISSING: Final = Appointment(readable=True)
EMPTY: Final = Appointment(readable=True, empty=True)


def weight(action: Action) -> int:
    """How many bytes of a request an action takes, at most."""
    return CALL_BYTES + ID_BYTES * (len(action.appointment_ids) + len(action.address_ids))


def most_links(bytes_: int) -> int:
    """How many links an action can hold in a request of so many bytes, at least 1."""
    return max(1, (bytes_ - CALL_BYTES) // ID_BYTES - 1)


def relation_call(identifier: str, action: Action) -> Call:
    """The call that carries out an action on links (onoffice-api 5.2, 5.3, 5.5).

    The appointment is the parent, the address the child. Delete takes scalars and no words, create and modify arrays.
    """
    if action.verb is Verb.DELETE:
        ids: dict[str, object] = {"parentid": action.appointment_ids[0], "childid": action.address_ids[0]}
    else:
        ids = {"parentid": list(action.appointment_ids), "childid": list(action.address_ids)}
        ids["relationinfo"] = relationinfo(action.words)
    return Call(identifier, action.verb, RELATION, {**ids, "relationtype": CALENDAR_ADDRESS})


def appointment_call(identifier: str, appointment_id: int, *, more: bool = True) -> Call:
    """The call that reads one appointment with the statuses of its links (onoffice-api 6.1).

    Where `showFollowUpStatus` goes is not settled in the documentation, so it stands in both places. `more` asks for what a
    change may bring about, too; an account that finds these fields unknown does without the warnings.
    """
    return Call(identifier, Verb.GET, APPOINTMENT_LIST, _fields(more=more), str(appointment_id))


def period_call(identifier: str, first: date, last: date, *, more: bool = True) -> Call:
    """The call that reads all appointments that start from the first to the last day, as `appointment_call` does.

    At most `MOST_LISTED` come back, and there is no way to ask for those beyond (onoffice-api 6.1).
    """
    days = {"startDate": first.isoformat(), "endDate": last.isoformat()}
    return Call(identifier, Verb.GET, APPOINTMENT_LIST, {**_fields(more=more), "filter": days})


def _fields(*, more: bool) -> dict[str, object]:
    fields = ["id", "date", "contacts", "showFollowUpStatus", *(["recurrence", "reminder"] if more else [])]
    return {"data": fields, "showFollowUpStatus": True}


def encode(calls: Sequence[Call], credentials: Credentials, timestamp: int) -> bytes:
    """The body of one request, signed for this second (onoffice-api 1.2). All actions of one kind share a signature."""
    signatures = {
        (call.verb, call.resource_type): sign(
            timestamp=timestamp,
            token=credentials.token,
            secret=credentials.secret,
            resource_type=call.resource_type,
            action_id=ACTION + call.verb,
        )
        for call in calls
    }
    actions = [
        {
            "actionid": ACTION + call.verb,
            "resourceid": call.resource_id,
            "resourcetype": call.resource_type,
            "identifier": call.identifier,
            "timestamp": timestamp,
            "hmac_version": 2,
            "hmac": signatures[call.verb, call.resource_type],
            "parameters": dict(sorted(call.parameters.items())),
        }
        for call in calls
    ]
    return json.dumps({"token": credentials.token, "request": {"actions": actions}}, separators=(",", ":")).encode()


def describe(calls: Sequence[Call]) -> str:
    """Calls as JSON for the ledger: all but what signs them."""
    return json.dumps(
        [[call.identifier, call.verb, call.resource_type, call.resource_id, call.parameters] for call in calls],
        separators=(",", ":"),
        ensure_ascii=False,
    )


def describe_results(results: Sequence[Result]) -> str:
    """Answers as JSON for the ledger, one per call."""
    return json.dumps([[result.answer.name, result.error_code] for result in results], separators=(",", ":"))


def decode(calls: Sequence[Call], body: bytes) -> Reply:
    """Match what came back with what was asked, by identifier and count (onoffice-api 2).

    Each call is judged by its own result only. A call that got no result, or several, counts as lost. The envelope's own
    status is asked only where there are no results at all.

    Raises:
        BadAnswer: the body is no envelope of the API.
        TooManyActions: the API refused the list of actions as a whole.
    """
    envelope = _object(_parse(body))
    answers = _object(envelope.get("response") or {}).get("results")
    if not isinstance(answers, list) or not answers:
        return _refused_whole(calls, envelope)
    known = [answer for answer in answers if isinstance(answer, dict)]
    seen = Counter(str(answer.get("identifier")) for answer in known)
    by_identifier = {str(answer.get("identifier")): answer for answer in known}
    results = tuple(
        _result(by_identifier[call.identifier]) if seen[call.identifier] == 1 else Result(Answer.LOST) for call in calls
    )
    return Reply(results, next((stop for stop in map(_stop, results) if stop), None))


def read_appointment(result: Result, appointment_id: int) -> Appointment:
    """What one look found out about one appointment. An empty answer counts as "not there" (onoffice-api 6.1, 8)."""
    if result.answer is not Answer.ACCEPTED:
        return MISSING if result.error_code in APPOINTMENT_UNKNOWN else UNREADABLE
    for record in result.records:
        elements = record.get("elements")
        if isinstance(elements, dict) and _number(record.get("id")) == appointment_id:
            return _appointment(elements)
    return UNREADABLE if result.records else EMPTY


def read_appointments(result: Result, wanted: Container[int]) -> Iterator[tuple[int, Appointment]]:
    """What a read of a period shows of wanted appointments. One that cannot be read whole is left out."""
    for record in result.records if result.answer is Answer.ACCEPTED else ():
        elements, number = record.get("elements"), _number(record.get("id"))
        if isinstance(elements, dict) and number is not None and number in wanted:
            appointment = _appointment(elements)
            if appointment.readable:
                yield number, appointment


def is_cut_off(result: Result) -> bool:
    """Whether a read of a period may have held more appointments than it shows."""
    return len(result.records) >= MOST_LISTED


def _appointment(elements: Mapping[str, object]) -> Appointment:
    contacts = elements.get("contacts")
    if not isinstance(contacts, list):
        return UNREADABLE
    states: dict[int, State] = {}
    without_feedback: set[int] = set()
    for contact in contacts:
        if isinstance(contact, dict) and (number := _number(contact.get("id"))) is not None:
            states[number] = read_state(contact.get("confirmationStatus"), contact.get("followUpStatus"))
            if _has_no_feedback(contact):
                without_feedback.add(number)
            elif without_feedback:
                without_feedback.discard(number)  # of one that is there twice the last counts
    date = elements.get("date")
    start = date.get("start") if isinstance(date, dict) else None
    return Appointment(
        readable=True,
        exists=True,
        start=sys.intern(start) if isinstance(start, str) else None,  # many begin at the same time
        contacts=states,
        without_feedback=frozenset(without_feedback) if without_feedback else _NOBODY,
        recurs=bool(elements.get("recurrence")),
        reminds=_reminds_the_confirmed(elements.get("reminder")),
    )


def _reminds_the_confirmed(reminder: object) -> bool:
    """Whether one of the reminders goes to those only who confirmed (onoffice-api 7)."""
    if not reminder:
        return False
    for each in reminder if isinstance(reminder, list) else [reminder]:
        if isinstance(each, dict) and each.get("confirmedOnly") in (True, "1", "true"):
            return True
    return False


def _has_no_feedback(contact: Mapping[str, object]) -> bool:
    """Whether feedback is not set up: null, unlike a word nobody knows or a key that did not come (onoffice-api 6.1)."""
    return "followUpStatus" in contact and contact["followUpStatus"] is None


def _parse(body: bytes) -> object:
    try:
        text = body.decode("utf-8-sig")
        answer = json.loads(text)
        return _writable(answer) if _PERHAPS_UNWRITABLE.search(text) else answer
    except (ValueError, RecursionError) as error:
        raise BadAnswer("the answer is not JSON") from error


def _writable(value: object) -> object:
    """The same without what nothing could write down."""
    if isinstance(value, str):
        return _UNWRITABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_writable(each) for each in value]
    return {_writable(name): _writable(each) for name, each in value.items()} if isinstance(value, dict) else value


def _object(value: object) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    if value == []:  # PHP writes an empty object as an empty array (onoffice-api 2.1)
        return {}
    raise BadAnswer("the answer is no envelope of the API")


def _number(value: object) -> int | None:
    """An id or a code that may come as number or as text; None for anything else."""
    if type(value) is int:
        return value if 0 <= value < _TOO_LARGE_AN_ID else None
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS
    return int(value) if is_number else None  # type: ignore[call-overload] # it is text


def _result(answer: Mapping[str, object]) -> Result:
    status = answer.get("status")
    code = _number(status.get("errorcode")) if isinstance(status, dict) else None
    if code is None:
        return Result(Answer.LOST)
    data = answer.get("data")
    records = data.get("records") if isinstance(data, dict) else None
    found = tuple(record for record in records if isinstance(record, dict)) if isinstance(records, list) else ()
    message = str(status.get("message", "")) if isinstance(status, dict) else ""
    return Result(_ANSWERS[consequence(code)], code, message, found)


# A stop says nothing about the link: it was not refused and may go out again.
_ANSWERS: Final = {
    Consequence.FINE: Answer.ACCEPTED,
    Consequence.TRY_AGAIN: Answer.AGAIN,
    Consequence.STOP_CLOCK: Answer.AGAIN,
    Consequence.STOP_CREDENTIALS: Answer.AGAIN,
    Consequence.STOP_MALFORMED: Answer.REFUSED,
    Consequence.REFUSE: Answer.REFUSED,
    Consequence.REFUSE_NO_RIGHT: Answer.REFUSED,
}


def _stop(result: Result) -> Stopped | None:
    match consequence(result.error_code or 0):
        case Consequence.STOP_CREDENTIALS:
            return Stopped(Stop.CREDENTIALS, str(result.error_code))
        case Consequence.STOP_CLOCK:
            return Stopped(Stop.CLOCK)
        case _:
            return None


_NOT_AUTHENTICATED: Final = frozenset({400, 401})


def _refused_whole(calls: Sequence[Call], envelope: Mapping[str, object]) -> Reply:
    """The API took the request for broken or not allowed and did nothing (onoffice-api 2.3)."""
    status = _object(envelope.get("status") or {})
    code = _number(status.get("errorcode"))
    if code == ACTIONS_REFUSED and len(calls) > 1:
        raise TooManyActions(f"{ACTIONS_REFUSED}: {len(calls)}")
    stopped = _stop(Result(Answer.LOST, code))
    if stopped is None and consequence(code or 0) is Consequence.STOP_MALFORMED:
        stopped = Stopped(Stop.REQUEST_REFUSED, str(code))
    if stopped is None and _number(status.get("code")) in _NOT_AUTHENTICATED:
        stopped = Stopped(Stop.CREDENTIALS, str(code or 400))
    if stopped is None:
        raise BadAnswer("the answer holds no results")
    return Reply(tuple(Result(Answer.AGAIN, code) for _ in calls), stopped)
