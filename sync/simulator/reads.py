"""The calls that read: ids of relations, appointments, the calendar (onoffice-api 5.6, 6)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from sync.domain.model import Confirmation, Feedback
from sync.onoffice.names import CALENDAR, CALENDAR_ADDRESS
from sync.simulator import envelopes
from sync.simulator.envelopes import identified, listed, local, written
from sync.simulator.options import (
    AddressRefusal,
    ApiCall,
    AppointmentStatus,
    Dates,
    Elsewhere,
    FollowUpPlace,
    HiddenFrom,
    IdShape,
    PeriodCounts,
    SingleReadChoice,
)
from sync.simulator.protocol import ActionRefused, Data, ReceivedCall
from sync.simulator.records import (
    Contact,
    Desk,
    check_relation_type,
    chosen,
    id_of,
    ids_of,
    says_yes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sync.simulator.options import Options
    from sync.simulator.records import AppointmentRecord, Fields

    Entry = Mapping[str, object]


# How one appointment is asked for in `appointmentList`: documented in words, without an example (onoffice-api 6.1).


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


#: Nothing says whether writing a relation touches this time (onoffice-api 6.2): here it never moves.
_MODIFIED = datetime(2026, 1, 1, tzinfo=UTC)

_FOLLOW_UP = "showFollowUpStatus"


def _check_read_rights(desk: Desk) -> None:
    if not desk.options.read_rights:
        raise ActionRefused(156)


def get_ids(desk: Desk, call: ReceivedCall) -> Data:
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
        found = {str(number): [str(other) for other in others] for number in asked if (others := other_side(desk, number))}
    return Data([{"id": "relatedIds", "type": "", "elements": found or []}])


def _children_of(desk: Desk, appointment_id: int) -> list[int]:
    there = _links_seen(desk, appointment_id)
    return [address for address in there if not _is_hidden_from_all(desk, appointment_id, address)]


def _parents_of(desk: Desk, address_id: int) -> list[int]:
    there = desk.shown.appointments_of.get(address_id, ())
    return [
        appointment
        for appointment in there
        if address_id in _links_seen(desk, appointment) and not _is_hidden_from_all(desk, appointment, address_id)
    ]


def _links_seen(desk: Desk, appointment_id: int) -> Iterable[int]:
    appointment = desk.shown.appointments.get(appointment_id)
    return appointment.contacts if appointment and desk.sees(appointment) else ()


def _is_hidden_from_all(desk: Desk, appointment_id: int, address_id: int) -> bool:
    return desk.options.hidden_from is HiddenFrom.EVERYTHING and _is_hidden(desk, appointment_id, address_id)


def _is_hidden(desk: Desk, appointment_id: int, address_id: int) -> bool:
    options = desk.options
    return not options.address_rights or chosen(options.hidden_contacts, appointment_id, address_id)


def get_appointments(desk: Desk, call: ReceivedCall) -> Data:
    """`appointmentList` (onoffice-api 6.1): one of them, or the first 500 of a period."""
    wanted, feedback = _wanted_fields(call.parameters, desk.options)
    _check_read_rights(desk)
    try:
        one = the_one_asked_for(desk, call)
    except NoneShown:
        return Data([], 0)
    found = _in_period(desk, call.parameters.get("filter")) if one is None else [one]
    records = [_record(desk, appointment, wanted, feedback=feedback) for appointment in found[: desk.options.max_records]]
    return Data(records, len(found))


def _wanted_fields(parameters: Mapping[str, object], options: Options) -> tuple[list[str], bool]:
    """The fields of `data`, and whether the feedback is asked for. Fields that are not modelled are passed over."""
    names = parameters.get("data", [])
    if not isinstance(names, list):
        raise ActionRefused(74, "data")
    place, strict = options.followup_place, options.followup_elsewhere is Elsewhere.ERROR
    in_data, beside = _FOLLOW_UP in names, says_yes(parameters.get(_FOLLOW_UP))
    if strict and in_data and place is FollowUpPlace.PARAMETER:
        raise ActionRefused(75, _FOLLOW_UP)
    if strict and _FOLLOW_UP in parameters and place is FollowUpPlace.DATA:
        raise ActionRefused(282, _FOLLOW_UP)
    feedback = (in_data and place is not FollowUpPlace.PARAMETER) or (beside and place is not FollowUpPlace.DATA)
    return [name for name in names if isinstance(name, str)], feedback


def _in_period(desk: Desk, wanted: object) -> list[AppointmentRecord]:
    if wanted is None or wanted == []:
        raise ActionRefused(230)
    if not isinstance(wanted, dict):
        raise ActionRefused(257, "filter")
    days = _days(wanted.get("startDate"), wanted.get("endDate"), absent=230)
    found: Iterable[AppointmentRecord] = _starting(desk, *days)
    for name, holds in _SWITCHES.items():
        if isinstance(asked := wanted.get(name), bool):
            found = [appointment for appointment in found if holds(appointment) is asked]
    users = wanted.get("userIds")
    if isinstance(users, list) and users:
        ids = {str(user) for user in users}
        found = [appointment for appointment in found if ids & {str(user.get("id")) for user in _users(appointment)}]
    return list(found)


_SWITCHES: dict[str, Callable[[AppointmentRecord], bool]] = {
    "isCancelled": lambda appointment: appointment.status == "canceled",
    "isDone": lambda appointment: appointment.status == "completed",
    "isRecurrent": lambda appointment: appointment.repeats,
}


def _starting(desk: Desk, first: date, last: date) -> list[AppointmentRecord]:
    """The appointments that a period shows, earliest first."""
    counts = desk.options.period_counts
    if counts is PeriodCounts.START:
        found = desk.shown.starting(first, last)
    else:
        found = [one for one in desk.shown.starting(date.min, date.max) if _COUNTS[counts](one, first, last)]
    return [one for one in found if desk.sees(one)] if desk.options.unseen else found


_COUNTS: dict[PeriodCounts, Callable[[AppointmentRecord, date, date], bool]] = {
    PeriodCounts.UTC: lambda one, first, last: first <= one.start.astimezone(UTC).date() <= last,
    PeriodCounts.WITHIN: lambda one, first, last: first <= one.day and one.end.date() <= last,
    PeriodCounts.OVERLAP: lambda one, first, last: one.day <= last and one.end.date() >= first,
    PeriodCounts.BEFORE_END: lambda one, first, last: first <= one.day < last,
}


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


def _record(desk: Desk, appointment: AppointmentRecord, wanted: Sequence[str], *, feedback: bool) -> Entry:
    elements: dict[str, object] = {}
    for name in wanted:
        if name == "contacts":
            elements |= _contacts(desk, appointment, feedback=feedback)
        elif name in _FIELDS:
            elements |= _FIELDS[name](appointment, desk.options)
    return {"id": appointment.id, "type": CALENDAR, "elements": elements}


def _value(value: object, options: Options) -> object:
    """What is an object of `value` and `label` in the documentation."""
    return value if options.appointment_status is AppointmentStatus.TEXT else {"value": value, "label": value}


def _date(appointment: AppointmentRecord, options: Options) -> Entry:
    if options.dates is Dates.MISSING:
        return {}
    start, end = (written(moment, options.dates) for moment in (appointment.start, appointment.end))
    return {"date": {"start": start, "end": end, "allDay": False}}


def _modified(_: AppointmentRecord, options: Options) -> Entry:
    return {} if options.dates is Dates.MISSING else {"modified": written(_MODIFIED, options.dates)}


def _users(appointment: AppointmentRecord) -> list[dict[str, object]]:
    users = appointment.more.get("users")
    return [user if isinstance(user, dict) else {"id": str(user)} for user in users] if isinstance(users, list) else []


def _estate(appointment: AppointmentRecord) -> object:
    estate = appointment.more.get("estate")
    return estate if isinstance(estate, dict) else {"id": str(estate)} if estate else []


def _location(appointment: AppointmentRecord) -> object:
    place = appointment.more.get("location")
    return {"type": "text", "value": place} if isinstance(place, str) else place


def _recurrence(appointment: AppointmentRecord) -> object:
    said = appointment.more.get("recurrence")
    return said if isinstance(said, dict) else {"type": "weekly", "interval": 1} if appointment.repeats else None


_FIELDS: dict[str, Callable[[AppointmentRecord, Options], Entry]] = {
    "id": lambda one, options: identified(one.id, options.element_ids),
    "subject": lambda one, _: {"subject": one.subject},
    "notes": lambda one, _: {"notes": one.more.get("notes", "")},
    "createdBy": lambda one, _: {"createdBy": one.more.get("createdBy", "")},
    "private": lambda one, _: {"private": one.more.get("private") is True},
    "status": lambda one, options: {"status": _value(one.status, options)},
    "type": lambda one, options: {"type": _value(one.more["type"], options) if "type" in one.more else None},
    "confirmationStatus": lambda one, options: envelopes.overall((link.confirmation for link in one.contacts.values()), options),
    "date": _date,
    "modified": _modified,
    "users": lambda one, _: {"users": _users(one)},
    "location": lambda one, _: {"location": _location(one)},
    "estate": lambda one, _: {"estate": _estate(one)},
    "recurrence": lambda one, _: {"recurrence": _recurrence(one)},
    "reminder": lambda one, _: {"reminder": {"confirmedOnly": one.reminds_confirmed_only}},
}


def _contacts(desk: Desk, appointment: AppointmentRecord, *, feedback: bool) -> Entry:
    """The links of an appointment as read, as the entries of an object."""
    options = desk.options
    shown = _shown_contacts(desk, appointment)
    contacts = [
        {
            **identified(address_id, options.contact_ids),
            **envelopes.confirmation(contact.confirmation, options),
            **(envelopes.feedback(contact, options) if feedback else {}),
        }
        for address_id, contact in shown
    ]
    return _keyed("contacts", contacts, shown, options)


def _keyed(name: str, entries: Sequence[Entry], shown: Sequence[tuple[int, Contact]], options: Options) -> Entry:
    return listed(name, entries, options.contacts_shape, options.empty_contacts, lambda position: shown[position][0])


def _shown_contacts(desk: Desk, appointment: AppointmentRecord) -> list[tuple[int, Contact]]:
    """The links that are shown; some of them twice, where `double_contacts` says so: the true one is now first, now last."""
    shown: list[tuple[int, Contact]] = []
    for address_id, contact in appointment.contacts.items():
        if _is_hidden(desk, appointment.id, address_id):
            continue
        entries = [(address_id, contact)]
        if chosen(desk.options.double_contacts, address_id, appointment.id):
            entries.insert(address_id % 2, (address_id, _otherwise(contact)))
        shown += entries
    return shown


def _otherwise(contact: Contact) -> Contact:
    """Another state than that of a link."""
    words = list(Confirmation)
    following = words[(words.index(contact.confirmation) + 1) % len(words)]
    flipped = {Feedback.ACTIVE: Feedback.INACTIVE, Feedback.INACTIVE: Feedback.ACTIVE}
    return Contact(following, contact.feedback and flipped[contact.feedback])


def read_calendar(desk: Desk, call: ReceivedCall) -> Data:
    """`calendar` (onoffice-api 6.2): one by resourceid, or the first 500 of a period, in local times."""
    given = call.parameters
    _check_read_rights(desk)
    one = call.resource_id not in {"", None}
    found = [desk.one_appointment(call.resource_id)] if one else _in_calendar_period(desk, given)
    with_confirmation = says_yes(given.get("showConfirmationStatus"))
    records = [
        {"id": appointment.id, "type": CALENDAR, "elements": _calendar_elements(desk, appointment, told=with_confirmation)}
        for appointment in found[: desk.options.max_records]
    ]
    return Data(records, len(found))


def _in_calendar_period(desk: Desk, given: Mapping[str, object]) -> list[AppointmentRecord]:
    if given.get("modifiedstart") or given.get("modifiedend"):
        first, last = _days(given.get("modifiedstart"), given.get("modifiedend"), absent=289)
        found = desk.shown.starting(date.min, date.max) if first <= _MODIFIED.date() <= last else []
    else:
        found = _starting(desk, *_days(given.get("datestart"), given.get("dateend"), absent=289))
    if says_yes(given.get("showcancelled")):
        return found
    return [appointment for appointment in found if appointment.status != "canceled"]


def _calendar_elements(desk: Desk, appointment: AppointmentRecord, *, told: bool) -> Entry:
    """`told`: with the confirmations."""
    shown, options = _shown_contacts(desk, appointment), desk.options
    elements: dict[str, object] = {
        "start_dt": local(appointment.start),
        "end_dt": local(appointment.end),
        "note": appointment.subject,
        "abgesagt": appointment.status == "canceled",
        "status": appointment.status,
        "assignedaddressids": [address_id for address_id, _ in shown],
        "rp_flag": False,
        "modified": local(_MODIFIED),
    }
    if told:
        elements |= envelopes.overall((contact.confirmation for contact in appointment.contacts.values()), options)
        addresses = [
            {**identified(address_id, _calendar_id(options)), **envelopes.confirmation(contact.confirmation, options)}
            for address_id, contact in shown
        ]
        elements |= _keyed("addresses", addresses, shown, options)
    return elements


def _calendar_id(options: Options) -> IdShape:
    """Ids are numbers here (onoffice-api 6.2), but where they are missing altogether."""
    return IdShape.MISSING if options.contact_ids is IdShape.MISSING else IdShape.NUMBER


# Reading addresses and estates (onoffice-api 11.2, 11.3): pages, ids, filters, fields that an office has switched off.


#: Records of a page that names no limit, and most of one (onoffice-api 4).
_DEFAULT_LIMIT, _MOST = 20, 500

_ADDRESS_FIELDS: Final = ("KdNr", "Anrede", "Titel", "Vorname", "Name", "Zusatz1")
_ESTATE_FIELDS: Final = ("objektnr_extern", "objekttitel", "strasse", "hausnummer", "plz", "ort")


def read_addresses(desk: Desk, call: ReceivedCall) -> Data:
    """A page of addresses; without the right to read them none, or 156."""
    if not desk.options.address_rights:
        if desk.options.address_refusal is AddressRefusal.REFUSED:
            raise ActionRefused(156)
        return Data([], 0)
    known = {number: desk.shown.addresses.get(number, {}) for number in desk.shown.address_ids()}
    return _page(desk, call, ApiCall.ADDRESS, known, _ADDRESS_FIELDS)


def read_estates(desk: Desk, call: ReceivedCall) -> Data:
    """A page of estates; without the right to read them none."""
    if not desk.options.estate_rights:
        return Data([], 0)
    return _page(desk, call, ApiCall.ESTATE, desk.shown.estates, _ESTATE_FIELDS)


def _page(desk: Desk, call: ReceivedCall, kind: str, known: Mapping[int, Fields], standard: Sequence[str]) -> Data:
    wanted = _wanted(desk, call.parameters.get("data", []))
    limit, offset = _number(call, "listlimit", _DEFAULT_LIMIT), _number(call, "listoffset", 0)
    if not 0 < limit <= _MOST:
        raise ActionRefused(255, "listlimit")
    matching = [number for number in _people_asked(call, known) if _matches(call.parameters.get("filter"), known[number])]
    names = [name for name in wanted if name in standard or any(name in values for values in known.values())]
    records = [
        {"id": number, "type": kind, "elements": {"id": number} | {name: known[number].get(name, "") for name in names}}
        for number in matching[offset : offset + min(limit, desk.options.max_records)]
    ]
    return Data(records, len(matching))


def _wanted(desk: Desk, names: object) -> list[str]:
    """The fields of `data` that are switched on. Raises ActionRefused 74, `disabled_code`."""
    if not isinstance(names, list):
        raise ActionRefused(74, "data")
    texts = [name for name in names if isinstance(name, str)]
    disabled = [name for name in texts if name in desk.options.disabled_fields]
    if disabled and desk.options.disabled_code:
        raise ActionRefused(desk.options.disabled_code, disabled[0])
    return [name for name in texts if name not in disabled]


def _number(call: ReceivedCall, name: str, default: int) -> int:
    raw = call.parameters.get(name, default)
    if isinstance(raw, str) and raw.isascii() and raw.isdigit():
        raw = int(raw)
    if type(raw) is not int or raw < 0:
        raise ActionRefused(255, name)
    return raw


def _people_asked(call: ReceivedCall, known: Mapping[int, Fields]) -> list[int]:
    """The ids that a call narrows its answer to, as far as they exist; all where it names none."""
    if call.resource_id not in {"", None}:
        number = id_of(call.resource_id)
        return [number] if number in known and number is not None else []
    given = call.parameters.get("recordids")
    return list(known) if given in (None, []) else [number for number in ids_of(given) if number in known]


def _matches(wanted: object, values: Fields) -> bool:
    """Whether a record fits all conditions of a filter. Raises ActionRefused 142, 257."""
    if wanted is None or wanted == []:
        return True
    if not isinstance(wanted, dict):
        raise ActionRefused(257, "filter")
    return all(
        _holds(condition, str(values.get(name, "")))
        for name, conditions in wanted.items()
        for condition in (conditions if isinstance(conditions, list) else [conditions])
    )


def _holds(condition: object, value: str) -> bool:
    if not isinstance(condition, dict) or "val" not in condition:
        raise ActionRefused(257, "filter")
    operator, given = str(condition.get("op", "=")).lower(), condition["val"]
    if operator not in _OPERATORS:
        raise ActionRefused(142, operator)
    return _OPERATORS[operator](value, [str(each) for each in given] if isinstance(given, list) else [str(given)])


_OPERATORS: Final[dict[str, Callable[[str, list[str]], bool]]] = {
    "=": lambda value, given: value == given[0],
    "in": lambda value, given: value in given,
    "like": lambda value, given: fnmatchcase(value.lower(), given[0].lower().replace("%", "*")),
    "between": lambda value, given: len(given) > 1 and given[0] <= value <= given[1],
}
