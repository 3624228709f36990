"""The calls: which answers which action, those that write links, and the log of them (onoffice-api 1.2, 5.2, 5.3, 5.5, 9.4, 9.5).

Each raises ActionRefused before it changes anything, but for actions of several links as the option says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.domain.model import Confirmation, Feedback, Link, State, Verb
from sync.onoffice.names import (
    APPOINTMENT_LIST,
    CALENDAR,
    CONFIRMATION_KEY,
    FEEDBACK_KEY,
    IDS_FROM_RELATION,
    RELATION,
)
from sync.simulator.options import (
    ApiCall,
    EmptyRelationInfo,
    EmptyResourceId,
    FilledResourceId,
    ModifyVerb,
    PartialWritesChoice,
    Protected,
    SeveralLinks,
    SuccessBody,
)
from sync.simulator.protocol import ActionRefused, Data, ReceivedCall, verb_of
from sync.simulator.reads import get_appointments, get_ids, read_addresses, read_calendar, read_estates
from sync.simulator.records import (
    Contact,
    Desk,
    check_relation_type,
    ids_of,
    readable_ids,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sync.simulator.records import AppointmentRecord


def modify_relation(desk: Desk, call: ReceivedCall) -> Data:
    """Change links that exist. Raises ActionRefused 18, 24, 132, 180 to 182, 185, 169, 219, 292, 302."""
    links = _links(desk, call, untouchable=182)
    words = _words(call.parameters.get("relationinfo"), refusal=181)
    if not words:
        raise ActionRefused(181)
    _each(desk, links, lambda link: _problem(desk, link, words, unlinked=180), lambda link: _set(desk, link, words))
    return _written(desk)


def create_relation(desk: Desk, call: ReceivedCall) -> Data:
    """Make links; one that exists stays as it is, or is changed where `modify_verb` says so. Raises as modify, 179 for 181."""
    links = _links(desk, call, untouchable=199)
    info = call.parameters.get("relationinfo", {})
    words = _words(info, refusal=179)
    if "relationinfo" in call.parameters and not info and desk.options.empty_relationinfo is EmptyRelationInfo.REFUSED:
        raise ActionRefused(179)
    _each(desk, links, lambda link: _problem(desk, link, words, unlinked=0), lambda link: _set_or_add(desk, link, words))
    return _written(desk)


def delete_relation(desk: Desk, call: ReceivedCall) -> Data:
    """Take links away. Raises as modify, 168 for 180 and 182."""
    links = _links(desk, call, untouchable=168)
    _each(desk, links, lambda link: _problem(desk, link, State(), unlinked=168), desk.records.remove)
    return _written(desk)


def _links(desk: Desk, call: ReceivedCall, *, untouchable: int) -> list[Link]:
    """The links that a writing call names, appointment by appointment."""
    if not desk.options.write_rights or (call.verb == Verb.DELETE and not desk.options.delete_rights):
        raise ActionRefused(156)
    if call.resource_id in {"", None}:
        if desk.options.empty_resourceid is EmptyResourceId.REFUSED:
            raise ActionRefused(18)
    elif desk.options.filled_resourceid is FilledResourceId.REFUSED:
        raise ActionRefused(24, str(call.resource_id))
    check_relation_type(call, untouchable)
    parents, children = ids_of(call.parameters.get("parentid")), ids_of(call.parameters.get("childid"))
    if len(parents) > 1 and len(children) > 1:
        raise ActionRefused(219)
    return [Link(parent, child) for parent in parents for child in children]


def _words(info: object, *, refusal: int) -> State:
    """The statuses that a relationinfo sets; `[]` is PHP's empty object."""
    if info == []:
        return State()
    if not isinstance(info, dict) or not info.keys() <= {CONFIRMATION_KEY, FEEDBACK_KEY}:
        raise ActionRefused(refusal)
    try:
        return State(
            Confirmation(info[CONFIRMATION_KEY]) if CONFIRMATION_KEY in info else None,
            Feedback(info[FEEDBACK_KEY]) if FEEDBACK_KEY in info else None,
        )
    except ValueError:
        raise ActionRefused(refusal) from None


def _problem(desk: Desk, link: Link, words: State, *, unlinked: int) -> int:
    """The code that keeps a link from being written, 0 where nothing does (onoffice-api 5.4)."""
    appointment = desk.records.appointments.get(link.appointment_id)
    if appointment is None:
        return 169
    if not desk.records.knows_address(link.address_id):
        return 292
    contact = desk.records.contact(link)
    if contact is None and unlinked:
        return unlinked
    configured = appointment.feedback_configured if contact is None else contact.feedback is not None
    in_vain = words.feedback is not None and not configured and Protected.FEEDBACK in desk.options.protected
    return desk.options.protected_code if in_vain or _is_protected(desk, appointment) else 0


def _is_protected(desk: Desk, appointment: AppointmentRecord) -> bool:
    """Whether an appointment is of a kind that refuses changes."""
    protected = desk.options.protected
    return bool(protected) and any(Protected(kind) in protected for kind in appointment.kinds)


def _each(desk: Desk, links: Iterable[Link], problem: Callable[[Link], int], write: Callable[[Link], None]) -> None:
    """Write all links, or as many as the option `several_links` says when one of them is wrong."""
    right: list[Link] = []
    first_code = 0
    for link in links:
        code = problem(link)
        if not code:
            right.append(link)
            continue
        first_code = first_code or code
        if desk.options.several_links is not SeveralLinks.PARTIAL:
            break
    if not first_code or desk.options.several_links is not SeveralLinks.ATOMIC:
        for link in right:
            if not _is_protected(desk, desk.records.appointments[link.appointment_id]):  # with a code it would not be right
                write(link)
                desk.written(link)
    if first_code:
        raise ActionRefused(first_code)


def _set(desk: Desk, link: Link, words: State) -> None:
    """Give a link its words. A key that was not sent stays, or is reset where `partial_writes` says so.

    Feedback that is not configured stays so (onoffice-api 7).
    """
    contact = desk.records.appointments[link.appointment_id].contacts[link.address_id]
    if desk.options.partial_writes is PartialWritesChoice.RESET:
        contact.confirmation = Confirmation.NOT_SET
        contact.feedback = contact.feedback and Feedback.INACTIVE
    contact.confirmation = words.confirmation or contact.confirmation
    contact.feedback = contact.feedback and (words.feedback or contact.feedback)


def _set_or_add(desk: Desk, link: Link, words: State) -> None:
    if desk.records.contact(link) is None:
        configured = desk.records.appointments[link.appointment_id].feedback_configured
        desk.records.add(link, Contact(feedback=Feedback.INACTIVE if configured else None))
    elif desk.options.modify_verb is ModifyVerb.MODIFY:
        return
    _set(desk, link, words)


def _written(desk: Desk) -> Data:
    if desk.options.success_body is SuccessBody.EMPTY:
        return Data()
    return Data([{"id": 0, "type": RELATION, "elements": {"success": "success"}}])


# Which call answers which action (onoffice-api 1.2), and which records an action names.


def answering(desk: Desk, call: ReceivedCall) -> Data:
    """Do what a call asks for. Raises ActionRefused with the code of onoffice-api 3."""
    missing = desk.options.missing_calls
    if missing and ({call.resource_type, call.verb if call.resource_type == RELATION else ""} & set(missing)):
        raise ActionRefused(desk.options.missing_code, call.resource_type)
    if call.resource_type not in _RESOURCE_TYPES:
        raise ActionRefused(25, call.resource_type)
    work = _CALLS.get((call.verb, call.resource_type))
    without_modify = call.verb == Verb.MODIFY and desk.options.modify_verb is ModifyVerb.CREATE
    if work is None or without_modify:
        raise ActionRefused(23, call.action_id)
    return work(desk, call)


def sides(call: ReceivedCall) -> tuple[list[int], list[int]]:
    """The appointments and addresses that a call names, as far as they are ids: for the log."""
    given = call.parameters
    if call.resource_type in {APPOINTMENT_LIST, CALENDAR}:
        wanted = given.get("filter")
        otherwise = given.get("resourceId") or (wanted.get("id") if isinstance(wanted, dict) else None)
        return readable_ids(call.resource_id or otherwise), []
    if call.resource_type == ApiCall.ADDRESS:
        return [], readable_ids(call.resource_id or given.get("recordids"))
    return readable_ids(given.get("parentid", given.get("parentids"))), readable_ids(given.get("childid", given.get("childids")))


_CALLS: dict[tuple[str, str], Callable[[Desk, ReceivedCall], Data]] = {
    (Verb.MODIFY, RELATION): modify_relation,
    (Verb.CREATE, RELATION): create_relation,
    (Verb.DELETE, RELATION): delete_relation,
    (Verb.GET, IDS_FROM_RELATION): get_ids,
    (Verb.GET, APPOINTMENT_LIST): get_appointments,
    (Verb.READ, CALENDAR): read_calendar,
    (Verb.READ, ApiCall.ADDRESS): read_addresses,
    (Verb.READ, ApiCall.ESTATE): read_estates,
}
_RESOURCE_TYPES = frozenset(kind for _, kind in _CALLS)


# The simulator's log: every request to the API, also those that a fault cut off.


@dataclass(frozen=True, slots=True)
class LoggedAction:
    """One action as sent. `errorcode` None: it was not looked at."""

    identifier: str | int | None
    verb: str
    resourcetype: str
    errorcode: int | None
    parents: tuple[int, ...]
    children: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request. `at` in seconds since the start; `http_status` None: no answer was sent; `applied`: it took effect."""

    at: float
    http_status: int | None
    fault: str | None
    bytes_in: int
    applied: bool
    actions: tuple[LoggedAction, ...]


def logged_action(raw: object, errorcode: int | None) -> LoggedAction:
    """What the log keeps of an element of `request.actions`, whatever it looks like."""
    action = raw if isinstance(raw, dict) else {}
    identifier, resource_type, parameters = action.get("identifier"), action.get("resourcetype"), action.get("parameters")
    verb = verb_of(action.get("actionid"))
    call = ReceivedCall(
        action_id="",
        verb=verb,
        resource_id=action.get("resourceid"),
        resource_type=resource_type if isinstance(resource_type, str) else "",
        identifier=identifier if isinstance(identifier, (str, int)) else None,
        parameters=parameters if isinstance(parameters, dict) else {},
        timestamp=None,
        hmac_version=None,
        hmac=None,
    )
    parents, children = sides(call)
    return LoggedAction(call.identifier, verb, call.resource_type, errorcode, tuple(parents), tuple(children))


def write_log(entries: list[LogEntry]) -> list[dict[str, object]]:
    """The log in the shape of the contract."""
    return [
        {
            "at": round(entry.at, 6),
            "http_status": entry.http_status,
            "fault": entry.fault,
            "bytes_in": entry.bytes_in,
            "applied": entry.applied,
            "actions": [
                {
                    "identifier": action.identifier,
                    "verb": action.verb,
                    "resourcetype": action.resourcetype,
                    "errorcode": action.errorcode,
                    "parents": list(action.parents),
                    "children": list(action.children),
                }
                for action in entry.actions
            ],
        }
        for entry in entries
    ]
