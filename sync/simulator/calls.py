"""Which call answers which action (onoffice-api 1.2), and which records an action names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.model import Verb
from sync.onoffice.names import APPOINTMENT_LIST, CALENDAR, IDS_FROM_RELATION, RELATION
from sync.simulator.desk import Desk, readable_ids
from sync.simulator.options import ModifyVerb
from sync.simulator.protocol import ActionRefused, Call, Data
from sync.simulator.reads import get_appointments, get_ids, read_calendar
from sync.simulator.writes import create_relation, delete_relation, modify_relation

if TYPE_CHECKING:
    from collections.abc import Callable


def answering(desk: Desk, call: Call) -> Data:
    """Do what a call asks for. Raises ActionRefused with the code of onoffice-api 3."""
    if call.resource_type not in _RESOURCE_TYPES:
        raise ActionRefused(25, call.resource_type)
    work = _CALLS.get((call.verb, call.resource_type))
    without_modify = call.verb == Verb.MODIFY and desk.options.modify_verb is ModifyVerb.CREATE
    if work is None or without_modify:
        raise ActionRefused(23, call.action_id)
    return work(desk, call)


def sides(call: Call) -> tuple[list[int], list[int]]:
    """The appointments and addresses that a call names, as far as they are ids: for the log."""
    given = call.parameters
    if call.resource_type in {APPOINTMENT_LIST, CALENDAR}:
        return readable_ids(call.resource_id), []
    return readable_ids(given.get("parentid", given.get("parentids"))), readable_ids(given.get("childid", given.get("childids")))


_CALLS: dict[tuple[str, str], Callable[[Desk, Call], Data]] = {
    (Verb.MODIFY, RELATION): modify_relation,
    (Verb.CREATE, RELATION): create_relation,
    (Verb.DELETE, RELATION): delete_relation,
    (Verb.GET, IDS_FROM_RELATION): get_ids,
    (Verb.GET, APPOINTMENT_LIST): get_appointments,
    (Verb.READ, CALENDAR): read_calendar,
}
_RESOURCE_TYPES = frozenset(kind for _, kind in _CALLS)
