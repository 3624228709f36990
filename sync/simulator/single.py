"""How one appointment is asked for in `appointmentList`: documented in words, without an example (onoffice-api 6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.simulator.choices import SingleReadChoice
from sync.simulator.protocol import ActionRefused, ReceivedCall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.simulator.desk import Desk
    from sync.simulator.records import AppointmentRecord


class NoneShown(Exception):
    """An appointment was asked for in a way that this dialect does not know, and answers with nothing."""


def the_one_asked_for(desk: Desk, call: ReceivedCall) -> AppointmentRecord | None:
    """The appointment that a call asks for, None where it asks for a period.

    Raises ActionRefused 121, 169 or `single_refusal`, and NoneShown.
    """
    way, wanted = desk.options.single_read, call.parameters.get("filter")
    period = isinstance(wanted, dict) and bool(wanted.get("startDate") or wanted.get("endDate"))
    asked = _asked(call, way)
    if asked is not None:
        return desk.one_appointment(asked)
    if period or way is SingleReadChoice.RESOURCEID:
        return None
    if not desk.options.single_refusal:
        raise NoneShown
    raise ActionRefused(desk.options.single_refusal)


def _asked(call: ReceivedCall, way: SingleReadChoice) -> object:
    """The id as this dialect takes it, None where it finds none."""
    given = call.resource_id if call.resource_id != "" else None
    match way:
        case SingleReadChoice.RESOURCEID:
            return given
        case SingleReadChoice.TEXT:
            return given if isinstance(given, str) else None
        case SingleReadChoice.NUMBER:
            return given if isinstance(given, int) else None
        case SingleReadChoice.PARAMETER:
            return call.parameters.get("resourceId")
        case SingleReadChoice.FILTER:
            wanted = call.parameters.get("filter")
            return _filtered(wanted) if isinstance(wanted, dict) else None
        case SingleReadChoice.NONE:
            return None


def _filtered(wanted: Mapping[str, object]) -> object:
    """The id in `{"id": 70001}`, `{"id": [70001]}` or `{"id": [{"op": "=", "val": 70001}]}`."""
    asked = wanted.get("id")
    while isinstance(asked, list) and len(asked) == 1:
        asked = asked[0]["val"] if isinstance(asked[0], dict) and "val" in asked[0] else asked[0]
    return asked
