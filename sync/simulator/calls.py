"""Which call answers which action (onoffice-api 1.2), and which records an action names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.domain.model import Verb
from sync.onoffice.names import APPOINTMENT_LIST, CALENDAR, IDS_FROM_RELATION, RELATION
from sync.simulator.choices import ApiCall, ModifyVerb
from sync.simulator.desk import Desk, readable_ids
from sync.simulator.protocol import ActionRefused, Data, ReceivedCall, verb_of
from sync.simulator.reads import get_appointments, get_ids, read_addresses, read_calendar, read_estates
from sync.simulator.writes import create_relation, delete_relation, modify_relation

if TYPE_CHECKING:
    from collections.abc import Callable


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
