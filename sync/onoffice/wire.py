"""Calls and answers as they stand on the wire: building actions, reading envelopes. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sync.domain.model import Action, Answer, Result, Stop, Stopped, Verb
from sync.onoffice.dialect import FollowUp, ResourceId, SingleRead
from sync.onoffice.error_codes import ACTIONS_REFUSED, Consequence, consequence
from sync.onoffice.names import ACTION, APPOINTMENT_LIST, CALENDAR, CALENDAR_ADDRESS, IDS_FROM_RELATION, RELATION
from sync.onoffice.words import answer_in, fields, members, number, relationinfo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    Take = Callable[[Sequence[Mapping[str, object]]], Sequence[Any]]


class BadAnswer(Exception):
    """What came back cannot be trusted; whether the request took effect is open."""


class TooManyRequests(Exception):
    """The API wants fewer requests in a minute and did nothing of this one."""


class TooManyActions(Exception):
    """The API takes no request of so many actions and did nothing of it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Token and secret of the API user; never shown by `repr`."""

    token: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One action before it is signed. `identifier` is unique within the run.

    `take` makes of the records of its result what is to be kept of them: there may be tens of thousands in an answer.
    """

    identifier: str
    verb: Verb
    resource_type: str
    parameters: Mapping[str, object]
    resource_id: str | int = ""
    take: Take = tuple


@dataclass(frozen=True, slots=True)
class Reply:
    """One result per call, in the order of the calls. `stopped` says that nothing more may be sent.

    `noise` is what stood around the answer. `odd`: identifiers do not come back, so that only one call at a time can be told.
    """

    results: tuple[Result, ...]
    stopped: Stopped | None = None
    noise: str = ""
    odd: bool = False


#: As many bytes as a call takes in a request at the most, without ids; and each id.
CALL_BYTES: Final = 640
ID_BYTES: Final = 20


def weight(action: Action) -> int:
    """How many bytes of a request an action takes, at most."""
    return CALL_BYTES + ID_BYTES * (len(action.appointment_ids) + len(action.address_ids))


def most_links(bytes_: int) -> int:
    """How many links an action can hold in a request of so many bytes, at least 1."""
    return max(1, (bytes_ - CALL_BYTES) // ID_BYTES - 1)


def relation_call(identifier: str, action: Action, resource_id: ResourceId = ResourceId.EMPTY) -> Call:
    """The call that carries out an action on links (onoffice-api 5.2, 5.3, 5.5).

    The appointment is the parent, the address the child. Delete takes scalars and no words, create and modify arrays.
    """
    if action.verb is Verb.DELETE:
        ids: dict[str, object] = {"parentid": action.appointment_ids[0], "childid": action.address_ids[0]}
    else:
        ids = {"parentid": list(action.appointment_ids), "childid": list(action.address_ids)}
        if words := relationinfo(action.words):
            ids["relationinfo"] = words
    named = {
        ResourceId.EMPTY: "",
        ResourceId.APPOINTMENT: str(action.appointment_ids[0]),
        ResourceId.RELATION: RELATION,
    }[resource_id]
    return Call(identifier, action.verb, RELATION, {**ids, "relationtype": CALENDAR_ADDRESS}, named)


@dataclass(frozen=True, slots=True)
class Asking:
    """How appointments are asked for: the way to one of them, where `showFollowUpStatus` stands, whether for more than statuses.

    Where it goes is not settled in the documentation; standing in both places is the most likely to work. `more` asks for what a
    change may bring about, and for the subject; an account that finds these fields unknown does without.
    """

    single: SingleRead = SingleRead.RESOURCE_ID
    follow_up: FollowUp = FollowUp.BOTH
    more: bool = True


def appointment_call(identifier: str, appointment_id: int, asking: Asking = Asking()) -> Call:
    """The call that reads one appointment with the statuses of its links (onoffice-api 6.1, 6.2)."""
    parameters = _fields(asking)
    match asking.single:
        case SingleRead.CALENDAR:
            flags = {"showConfirmationStatus": True}
            return Call(identifier, Verb.READ, CALENDAR, flags, str(appointment_id))
        case SingleRead.RESOURCE_ID:
            return Call(identifier, Verb.GET, APPOINTMENT_LIST, parameters, str(appointment_id))
        case SingleRead.NUMBER:
            return Call(identifier, Verb.GET, APPOINTMENT_LIST, parameters, appointment_id)
        case SingleRead.PARAMETER:
            return Call(identifier, Verb.GET, APPOINTMENT_LIST, {**parameters, "resourceId": str(appointment_id)})
        case SingleRead.FILTER:
            return Call(identifier, Verb.GET, APPOINTMENT_LIST, {**parameters, "filter": {"id": str(appointment_id)}})


def period_call(  # noqa: PLR0917 - what a period is asked by
    identifier: str,
    first: date,
    last: date,
    asking: Asking = Asking(),
    details: Sequence[str] = (),
    filters: Mapping[str, object] = MappingProxyType({}),
) -> Call:
    """The call that reads all appointments that start from the first to the last day, as `appointment_call` does.

    `details` are further fields, `filters` narrow the period (onoffice-api 11.1). At most 500 come back, and there is no way to
    ask for those beyond (onoffice-api 6.1).
    """
    days = {"startDate": first.isoformat(), "endDate": last.isoformat(), **filters}
    return Call(identifier, Verb.GET, APPOINTMENT_LIST, {**_fields(asking, details), "filter": days})


def relations_call(identifier: str, appointment_ids: Sequence[int]) -> Call:
    """The call that tells the addresses of up to 500 appointments, and nothing of their statuses (onoffice-api 5.6)."""
    ids = [*appointment_ids]
    return Call(identifier, Verb.GET, IDS_FROM_RELATION, {"relationtype": CALENDAR_ADDRESS, "parentids": ids})


def _fields(asking: Asking, details: Sequence[str] = ()) -> dict[str, object]:
    in_data = asking.follow_up in {FollowUp.BOTH, FollowUp.ENTRY}
    names = [
        "id",
        "date",
        "contacts",
        *(["showFollowUpStatus"] if in_data else []),
        *(["recurrence", "reminder", "subject"] if asking.more else []),
        *details,
    ]
    beside = {"showFollowUpStatus": True} if asking.follow_up in {FollowUp.BOTH, FollowUp.PARAMETER} else {}
    return {"data": [*dict.fromkeys(names)], **beside}


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


def sign(*, timestamp: int, token: str, secret: str, resource_type: str, action_id: str) -> str:
    """Sign one action with HMAC version 2.

    The message is the plain concatenation of timestamp (seconds), token, resource type and action id; parameters are not
    part of it. The API takes a signature for 120 seconds, so it is made at the moment of sending (onoffice-api 1.3, 1.5).
    """
    message = f"{timestamp}{token}{resource_type}{action_id}"
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


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
        TooManyRequests: it says that too many requests came.
        TooManyActions: the API refused the list of actions as a whole.
    """
    understand = _Understand(calls)
    envelope, around = _envelope(body, understand)
    listed = fields(envelope.get("response")).get("results")
    some = listed.values() if isinstance(listed, dict) else listed if isinstance(listed, list) else ()
    answers = [answer for answer in map(understand, some) if answer]
    if not answers and not (listed and isinstance(listed, list)):
        return _refused_whole(calls, envelope)
    matched = _matched(calls, answers)
    results = tuple(Result(Answer.LOST) if answer is None else answer.result for answer in matched)
    stopped = next((stop for stop in map(stop_of, results) if stop), None)
    exact = {str(answer.identifier) for answer in answers}
    odd = (
        bool(answers)
        and not any(call.identifier in exact for call in calls)
        and all(_is_odd(answer, calls) for answer in answers)
    )
    return Reply(results, stopped, around, odd)


class _Answer(NamedTuple):
    """What an answer says to one of the calls, and what it echoes of it."""

    result: Result
    identifier: object
    resource_type: object
    action_id: object


class _Understand:
    """Makes an `_Answer` of each of the results, as soon as it is read; None of what is none."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._takes = {_bare(call.identifier): call.take for call in calls}
        self._otherwise: Take = calls[0].take if len(calls) == 1 else tuple

    def __call__(self, answer: object) -> _Answer | None:
        if not isinstance(answer, dict):
            return answer if isinstance(answer, _Answer) else None
        identifier = answer.get("identifier")
        result = _result(answer, self._takes.get(_bare(str(identifier)), self._otherwise))
        return _Answer(result, identifier, answer.get("resourcetype"), answer.get("actionid"))


def _envelope(body: bytes, understand: _Understand) -> tuple[Mapping[str, object], str]:
    try:
        envelope, around = answer_in(body, understand)
    except ValueError as error:
        if _TOO_MANY_REQUESTS.search(body[:_BEGINNING_BYTES]):
            raise TooManyRequests("the answer says that too many requests came") from error
        raise BadAnswer(str(error)) from error
    return _object(envelope), around


def _matched(calls: Sequence[Call], answers: Sequence[_Answer]) -> list[_Answer | None]:
    """The answer of each call, None where there is none that is its own and nobody else's.

    An identifier may come back in other letters, or with blanks. What is left of it otherwise, or nothing, tells nothing apart:
    then only a single call with a single answer, about what was asked, belong together.
    """
    names = [_bare(str(answer.identifier)) for answer in answers]
    seen = Counter(names)
    by_name = dict(zip(names, answers, strict=True))
    found = [by_name[name] if seen[name := _bare(call.identifier)] == 1 else None for call in calls]
    if found == [None] and len(answers) == 1 and _is_odd(answers[0], calls) and _is_about(answers[0], calls[0]):
        return [answers[0]]
    return found


def _bare(identifier: str) -> str:
    return identifier.strip().casefold()


def _is_odd(answer: _Answer, calls: Sequence[Call]) -> bool:
    """Whether an answer has no identifier of its own, or only a part of what one of the calls has."""
    echoed = answer.identifier
    if echoed is None or echoed == "":
        return True
    return isinstance(echoed, str) and any(_bare(call.identifier).startswith(_bare(echoed)) for call in calls)


def _is_about(answer: _Answer, call: Call) -> bool:
    """Whether nothing that an answer echoes besides belongs to another call."""
    # no sets: what is echoed may be a list, which has no hash
    return answer.resource_type in (call.resource_type, None, "") and answer.action_id in (ACTION + call.verb, None, "")


def _object(value: object) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    raise BadAnswer("the answer is no envelope of the API")


def _result(answer: Mapping[str, object], take: Take) -> Result:
    status = answer.get("status")
    code = number(status.get("errorcode")) if isinstance(status, dict) else None
    if code is None:
        return Result(Answer.LOST)
    data = fields(answer.get("data"))
    count = number(fields(data.get("meta")).get("cntabsolute"))
    message = str(status.get("message", "")) if isinstance(status, dict) else ""
    records = members(data.get("records")) or ()
    return Result(_ANSWERS[consequence(code)], code, message, take(records), count)


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


def stop_of(result: Result) -> Stopped | None:
    """Whether an answer says that nothing more may be sent, and why."""
    match consequence(result.error_code or 0):
        case Consequence.STOP_CREDENTIALS:
            return Stopped(Stop.CREDENTIALS, str(result.error_code))
        case Consequence.STOP_CLOCK:
            return Stopped(Stop.CLOCK)
        case _:
            return None


#: How a limit of requests says so where it has no code of its own (no such code is documented, onoffice-api 3).
_TOO_MANY_REQUESTS: Final = re.compile(
    rb"too many requests|rate.?limit|throttl|zu viele (anfragen|requests|zugriffe)", re.IGNORECASE
)
_RATE_CODES: Final = frozenset({429})
_BEGINNING_BYTES: Final = 100_000
_NOT_AUTHENTICATED: Final = frozenset({400, 401})


def _refused_whole(calls: Sequence[Call], envelope: Mapping[str, object]) -> Reply:
    """The API took the request for broken or not allowed and did nothing (onoffice-api 2.3)."""
    status = fields(envelope.get("status"))
    code = number(status.get("errorcode"))
    said = " ".join(str(each) for each in (status.get("message"), *envelope.values()) if isinstance(each, str))
    if _RATE_CODES.intersection((code, number(status.get("code")), number(envelope.get("code")))) or _TOO_MANY_REQUESTS.search(
        said.encode()
    ):
        raise TooManyRequests("the answer says that too many requests came")
    if code == ACTIONS_REFUSED and len(calls) > 1:
        raise TooManyActions(f"{ACTIONS_REFUSED}: {len(calls)}")
    stopped = stop_of(Result(Answer.LOST, code))
    if stopped is None and consequence(code or 0) is Consequence.STOP_MALFORMED:
        stopped = Stopped(Stop.REQUEST_REFUSED, str(code))
    if stopped is None and number(status.get("code")) in _NOT_AUTHENTICATED:
        stopped = Stopped(Stop.CREDENTIALS, str(code or 400))
    if stopped is None:
        raise BadAnswer("the answer holds no results")
    return Reply(tuple(Result(Answer.AGAIN, code) for _ in calls), stopped)
