"""Which call answers which action (onoffice-api 1.2), and which records an action names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.model import Verb
from sync.onoffice.names import APPOINTMENT_LIST, CALENDAR, IDS_FROM_RELATION, RELATION
from sync.simulator.choices import ApiCall, ModifyVerb
from sync.simulator.desk import Desk, readable_ids
from sync.simulator.people import read_addresses, read_estates
from sync.simulator.protocol import ActionRefused, Data, ReceivedCall
from sync.simulator.reads import get_appointments, get_ids, read_calendar
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
