"""The calls that read: ids of relations, appointments, the calendar (onoffice-api 5.6, 6)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from sync.model import Confirmation, Feedback
from sync.onoffice.names import CALENDAR, CALENDAR_ADDRESS
from sync.simulator.desk import MOST, Desk, check_relation_type, id_of, ids_of
from sync.simulator.options import FollowUpWords
from sync.simulator.protocol import ActionRefused, Call, Data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sync.simulator.options import Options
    from sync.simulator.records import Appointment, Records

#: How a written confirmation reads (onoffice-api 6).
CONFIRMATION_READS = {
    Confirmation.CONFIRMED: "confirmed",
    Confirmation.SENT: "sent",
    Confirmation.CANCELED: "canceled",
    Confirmation.NOT_SET: "not-set",
}

_FEEDBACK_READS = {Feedback.ACTIVE: "active", Feedback.INACTIVE: "inactive"}

#: Nothing says whether writing a relation touches this time (onoffice-api 6.2): here it never moves.
_MODIFIED = datetime(2026, 1, 1, tzinfo=UTC)


def _check_read_rights(desk: Desk) -> None:
    if not desk.options.read_rights:
        raise ActionRefused(156)


def get_ids(desk: Desk, call: Call) -> Data:
    """The other side of links (onoffice-api 5.6); ids without links are absent, no links at all are PHP's `[]`."""
    check_relation_type(call, untouchable=0)
    parents, children = call.parameters.get("parentids"), call.parameters.get("childids")
    if (parents is None) == (children is None):
        raise ActionRefused(185, "either parentids or childids")
    asked = ids_of(children if parents is None else parents)
    _check_read_rights(desk)
    found: dict[str, list[str]] = {}
    if call.parameters["relationtype"] == CALENDAR_ADDRESS:
        other_side = _children_of if parents is not None else _parents_of
        found = {
            str(number): [str(other) for other in others] for number in asked if (others := other_side(desk.records, number))
        }
    return Data([{"id": "relatedIds", "type": "", "elements": found or []}])


def _children_of(records: Records, appointment_id: int) -> list[int]:
    appointment = records.appointments.get(appointment_id)
    return list(appointment.contacts) if appointment else []


def _parents_of(records: Records, address_id: int) -> list[int]:
    return list(records.appointments_of.get(address_id, ()))


def get_appointments(desk: Desk, call: Call) -> Data:
    """`appointmentList` (onoffice-api 6.1): one by resourceid, or the first 500 that start within a period."""
    wanted = _wanted_fields(call.parameters)
    _check_read_rights(desk)
    if call.resource_id in {"", None}:
        found, total = _in_period(desk, call.parameters.get("filter"))
    else:
        found, total = [_one_appointment(desk, call.resource_id)], 1
    words = _followup_words(desk.options)
    records = [
        {
            "id": appointment.id,
            "type": CALENDAR,
            "elements": {name: _FIELDS[name](appointment) for name in wanted if name in _FIELDS}
            | (
                {"contacts": _contacts(appointment, words if "showFollowUpStatus" in wanted else None)}
                if "contacts" in wanted
                else {}
            ),
        }
        for appointment in found
    ]
    return Data(records, total)


def _wanted_fields(parameters: Mapping[str, object]) -> list[str]:
    """The fields of `data`; `showFollowUpStatus` also as a parameter of its own. Fields that are not modelled are passed over."""
    names = parameters.get("data", [])
    if not isinstance(names, list):
        raise ActionRefused(74, "data")
    follow_up = parameters.get("showFollowUpStatus") in (True, 1, "1", "true")
    return [name for name in names if isinstance(name, str)] + ["showFollowUpStatus"] * follow_up


def _in_period(desk: Desk, wanted: object) -> tuple[list[Appointment], int]:
    if wanted is None or wanted == []:
        raise ActionRefused(230)
    if not isinstance(wanted, dict):
        raise ActionRefused(257, "filter")
    days = _days(wanted.get("startDate"), wanted.get("endDate"), absent=230)
    found = desk.records.starting(*days)
    # no appointment here is cancelled or done
    if any(wanted.get(name) is True for name in ("isCancelled", "isDone")):
        found = []
    if (recurring := wanted.get("isRecurrent")) is not None:
        found = [appointment for appointment in found if appointment.recurring is recurring]
    return found[:MOST], len(found)


def _days(first: object, last: object, *, absent: int) -> tuple[date, date]:
    if not first or not last:
        raise ActionRefused(absent)
    try:
        start, end = date.fromisoformat(str(first)[:10]), date.fromisoformat(str(last)[:10])
    except ValueError:
        raise ActionRefused(231) from None
    if start > end:
        raise ActionRefused(93)
    return start, end


def _one_appointment(desk: Desk, resource_id: object) -> Appointment:
    number = id_of(resource_id)
    if number is None:
        raise ActionRefused(121)
    if number not in desk.records.appointments:
        raise ActionRefused(169)
    return desk.records.appointments[number]


@lru_cache(maxsize=65_536)
def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


_FIELDS: dict[str, Callable[[Appointment], object]] = {
    "id": lambda appointment: str(appointment.id),
    "subject": lambda appointment: appointment.subject,
    "status": lambda _: {"value": "active", "label": "active"},
    "confirmationStatus": lambda appointment: overall(contact.confirmation for contact in appointment.contacts.values()),
    "date": lambda appointment: {"start": _utc(appointment.start), "end": _utc(appointment.end), "allDay": False},
    "modified": lambda _: _utc(_MODIFIED),
    "estate": lambda _: [],
    "recurrence": lambda appointment: {"type": "weekly", "interval": 1} if appointment.recurring else None,
    "reminder": lambda appointment: {"confirmedOnly": appointment.reminds_confirmed_only},
}


def _contacts(appointment: Appointment, words: Mapping[Feedback, str] | None) -> list[dict[str, object]]:
    """The links of an appointment as read; with `words` also their feedback."""
    contacts: list[dict[str, object]] = []
    for address_id, contact in appointment.contacts.items():
        read: dict[str, object] = {"id": str(address_id), "confirmationStatus": CONFIRMATION_READS[contact.confirmation]}
        if words is not None:
            read["followUpAvailable"] = contact.feedback is not None
            read["followUpStatus"] = words[contact.feedback] if contact.feedback else None
        contacts.append(read)
    return contacts


def _followup_words(options: Options) -> Mapping[Feedback, str]:
    return _FEEDBACK_READS if options.followup_words is FollowUpWords.ENGLISH else {word: str(word) for word in Feedback}


def overall(confirmations: Iterable[Confirmation]) -> str:
    """The confirmation of an appointment as a whole (onoffice-api 6)."""
    there = set(confirmations)
    if Confirmation.SENT in there:
        return "sent"
    answers = [CONFIRMATION_READS[answer] for answer in (Confirmation.CONFIRMED, Confirmation.CANCELED) if answer in there]
    return " and ".join(answers) or "not-set"


def read_calendar(desk: Desk, call: Call) -> Data:
    """`calendar` (onoffice-api 6.2): one by resourceid, or the first 500 of a period, in local times."""
    given = call.parameters
    _check_read_rights(desk)
    one = call.resource_id not in {"", None}
    found = [_one_appointment(desk, call.resource_id)] if one else _in_calendar_period(desk, given)
    with_confirmation = given.get("showConfirmationStatus") in (True, 1, "1", "true")
    records = [
        {"id": appointment.id, "type": CALENDAR, "elements": _calendar_elements(appointment, with_confirmation=with_confirmation)}
        for appointment in found[:MOST]
    ]
    return Data(records, len(found))


def _in_calendar_period(desk: Desk, given: Mapping[str, object]) -> list[Appointment]:
    if given.get("modifiedstart") or given.get("modifiedend"):
        first, last = _days(given.get("modifiedstart"), given.get("modifiedend"), absent=289)
        return desk.records.starting(date.min, date.max) if first <= _MODIFIED.date() <= last else []
    return desk.records.starting(*_days(given.get("datestart"), given.get("dateend"), absent=289))


def _calendar_elements(appointment: Appointment, *, with_confirmation: bool) -> dict[str, object]:
    elements: dict[str, object] = {
        "start_dt": _local(appointment.start),
        "end_dt": _local(appointment.end),
        "note": appointment.subject,
        "abgesagt": False,
        "status": "active",
        "assignedaddressids": list(appointment.contacts),
        "rp_flag": False,
        "modified": _local(_MODIFIED),
    }
    if with_confirmation:
        elements["confirmationStatus"] = overall(contact.confirmation for contact in appointment.contacts.values())
        elements["addresses"] = [
            {"id": address_id, "confirmationStatus": CONFIRMATION_READS[contact.confirmation]}
            for address_id, contact in appointment.contacts.items()
        ]
    return elements


def _local(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
