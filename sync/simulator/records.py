"""The CRM's records as the simulator keeps them, appointments, addresses and the links between them, and a call's way to them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Final
from zlib import crc32

from sync.domain.model import Confirmation, Feedback, Link
from sync.onoffice.names import CALENDAR_ADDRESS, RELATION_TYPES
from sync.simulator.options import AppointmentKind
from sync.simulator.protocol import ActionRefused, BadInput, ReceivedCall, a_list, a_text, a_whole_number, a_word, an_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync.simulator.options import Options

    #: Fields of an address or an estate by name.
    Fields = Mapping[str, object]


_STATE_KEYS = ("appointments", "addresses", "estates")
#: What an appointment may have besides; it is kept as it was put in.
_MORE_KEYS = ("status", "type", "location", "users", "estate", "recurrence", "notes", "createdBy", "private", "foreign")
_APPOINTMENT_KEYS = ("id", "subject", "start", "end", "contacts", "recurring", "reminds_confirmed_only", *_MORE_KEYS)
_CONTACT_KEYS = ("id", "confirmation", "feedback")


@dataclass(slots=True)
class Contact:
    """The two statuses of one link. `feedback` None: property feedback is not configured (onoffice-api 6.1)."""

    confirmation: Confirmation = Confirmation.NOT_SET
    feedback: Feedback | None = Feedback.INACTIVE


@dataclass(frozen=True, slots=True)
class AppointmentRecord:
    """One appointment with its links by address id. `start` and `end` are aware; the texts stand as they were put in."""

    id: int
    subject: str
    start_text: str
    end_text: str
    start: datetime
    end: datetime
    contacts: dict[int, Contact]
    recurring: bool = False
    reminds_confirmed_only: bool = False
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """One of `active`, `completed`, `canceled`, `participantsAvailable` (onoffice-api 7)."""
        return str(self.more.get("status", "active"))

    @property
    def repeats(self) -> bool:
        """Whether it is a series."""
        return self.recurring or bool(self.more.get("recurrence"))

    @property
    def kinds(self) -> frozenset[AppointmentKind]:
        """What it is that rights may set apart."""
        there = {
            AppointmentKind.SERIES: self.repeats,
            AppointmentKind.CANCELED: self.status == "canceled",
            AppointmentKind.PRIVATE: self.more.get("private") is True,
            AppointmentKind.FOREIGN: self.more.get("foreign") is True,
        }
        return frozenset(kind for kind, yes in there.items() if yes)

    @property
    def day(self) -> date:
        """The day on which it starts, in the offset of its own start."""
        return self.start.date()

    @property
    def feedback_configured(self) -> bool:
        """Whether its links have a feedback status at all."""
        return all(contact.feedback is not None for contact in self.contacts.values())


@dataclass
class Records:
    """Everything that the simulator's office holds, with both directions of the links indexed."""

    appointments: dict[int, AppointmentRecord] = field(default_factory=dict)
    addresses: dict[int, Fields] = field(default_factory=dict)
    estates: dict[int, Fields] = field(default_factory=dict)
    appointments_of: dict[int, dict[int, None]] = field(default_factory=dict)

    def contact(self, link: Link) -> Contact | None:
        """The statuses of a link; None where there is no such link."""
        appointment = self.appointments.get(link.appointment_id)
        return appointment.contacts.get(link.address_id) if appointment else None

    def knows_address(self, address_id: int) -> bool:
        """Whether there is such an address record, linked or not."""
        return address_id in self.addresses or address_id in self.appointments_of

    def add(self, link: Link, contact: Contact) -> None:
        """Link an address to an appointment that exists."""
        self.appointments[link.appointment_id].contacts[link.address_id] = contact
        self.appointments_of.setdefault(link.address_id, {})[link.appointment_id] = None

    def remove(self, link: Link) -> None:
        """Take a link away; the address record stays."""
        del self.appointments[link.appointment_id].contacts[link.address_id]
        del self.appointments_of[link.address_id][link.appointment_id]
        self.addresses.setdefault(link.address_id, {})

    def address_ids(self) -> list[int]:
        """All address records, linked or not."""
        return list(dict.fromkeys([*self.addresses, *self.appointments_of]))

    def starting(self, first: date, last: date) -> list[AppointmentRecord]:
        """The appointments that start from the first to the last day, earliest first."""
        low = bisect_left(self._by_start, first, key=attrgetter("day"))
        high = bisect_right(self._by_start, last, key=attrgetter("day"))
        return self._by_start[low:high]

    @cached_property
    def _by_start(self) -> list[AppointmentRecord]:
        """No call creates or moves an appointment, so one sorting serves until the records are replaced."""
        return sorted(self.appointments.values(), key=attrgetter("day", "id"))


def read_records(raw: object) -> Records:
    """The records that a seed or state describes (shape: contracts, "Simulator").

    Raises BadInput that names the place.
    """
    state = an_object(raw, "state", _STATE_KEYS)
    records = Records()
    for position, entry in enumerate(a_list(state.get("appointments", []), "appointments")):
        appointment = _read_appointment(entry, f"appointments[{position}]")
        if appointment.id in records.appointments:
            raise BadInput(f"appointments[{position}].id: {appointment.id} is there twice")
        records.appointments[appointment.id] = appointment
        for address_id in appointment.contacts:
            records.appointments_of.setdefault(address_id, {})[appointment.id] = None
    for name, table in (("addresses", records.addresses), ("estates", records.estates)):
        for position, entry in enumerate(a_list(state.get(name, []), name)):
            number, values = _read_record(entry, f"{name}[{position}]")
            table[number] = values
    return records


def write_records(records: Records) -> dict[str, object]:
    """The state in the shape in which it can be put in again."""
    return {
        "appointments": [
            {
                "id": appointment.id,
                "subject": appointment.subject,
                "start": appointment.start_text,
                "end": appointment.end_text,
                **({"recurring": True} if appointment.recurring else {}),
                **({"reminds_confirmed_only": True} if appointment.reminds_confirmed_only else {}),
                **appointment.more,
                "contacts": [
                    {
                        "id": address_id,
                        "confirmation": str(contact.confirmation),
                        "feedback": contact.feedback and str(contact.feedback),
                    }
                    for address_id, contact in appointment.contacts.items()
                ],
            }
            for appointment in records.appointments.values()
        ],
        "addresses": [_write_record(number, values) for number, values in records.addresses.items()],
        **({"estates": [_write_record(*estate) for estate in records.estates.items()]} if records.estates else {}),
    }


def _read_record(raw: object, path: str) -> tuple[int, Fields]:
    """An address or an estate: its id, or an object of its fields with the id among them."""
    if not isinstance(raw, dict):
        return a_whole_number(raw, path), {}
    number = a_whole_number(raw.get("id"), f"{path}.id")
    return number, {str(name): value for name, value in raw.items() if name != "id"}


def _write_record(number: int, values: Fields) -> object:
    return {"id": number, **values} if values else number


def _read_appointment(raw: object, path: str) -> AppointmentRecord:
    entry = an_object(raw, path, _APPOINTMENT_KEYS, required=("id", "start"))
    start_text = a_text(entry["start"], f"{path}.start")
    end_text = a_text(entry.get("end", start_text), f"{path}.end")
    return AppointmentRecord(
        id=a_whole_number(entry["id"], f"{path}.id"),
        subject=a_text(entry.get("subject", ""), f"{path}.subject"),
        start_text=start_text,
        end_text=end_text,
        start=_read_time(start_text, f"{path}.start"),
        end=_read_time(end_text, f"{path}.end"),
        contacts=_read_contacts(entry.get("contacts", []), f"{path}.contacts"),
        recurring=entry.get("recurring") is True,
        reminds_confirmed_only=entry.get("reminds_confirmed_only") is True,
        more={name: entry[name] for name in _MORE_KEYS if name in entry},
    )


def _read_contacts(raw: object, path: str) -> dict[int, Contact]:
    contacts: dict[int, Contact] = {}
    for position, entry in enumerate(a_list(raw, path)):
        place = f"{path}[{position}]"
        values = an_object(entry, place, _CONTACT_KEYS, required=("id",))
        address_id = a_whole_number(values["id"], f"{place}.id")
        if address_id in contacts:
            raise BadInput(f"{place}.id: {address_id} is linked twice")
        feedback = values.get("feedback", Feedback.INACTIVE)
        contacts[address_id] = Contact(
            a_word(values.get("confirmation", Confirmation.NOT_SET), f"{place}.confirmation", Confirmation),
            None if feedback is None else a_word(feedback, f"{place}.feedback", Feedback),
        )
    return contacts


#: Appointments of other years are none, and calendars end in the year 9999.
_FIRST_YEAR: Final = 1000
_LAST_YEAR: Final = 9998


def _read_time(text: str, path: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{path}: {text!r:.60} is no ISO date and time") from None
    if moment.tzinfo is None:
        raise BadInput(f"{path}: {text!r} needs an offset, such as +01:00")
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:  # no zone reaches beyond the calendar from there
        raise BadInput(f"{path}: {text!r} lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return moment


# What every call works with: the desk, and the ids and relation types that parameters name.


#: Most ids that one call takes (onoffice-api 3.1, 4).
MOST = 500

_KINDS = """
estate:address:buyer estate:address:renter estate:address:tenant estate:address:owner estate:address:contactPerson
estate:address:contactPersonAll estate:address:interested estate:address:matching
estate:estateUnit estate:allFiles estate:file:titelbild estate:file:grundriss estate:file:foto estate:file:allpictures
estate:file:alllinks estate:file:allpicturesExceptTitelbild estate:mail estate:user:officer estate:user:assignment
estateTracking:estate complex:estate:units billing:estate job:estate
address:process address:resubmission address:searchcriteria address:mail address:customer address:file:attachment
address:address:isTippgeberOf address:contact:address address:estate:tipp address:estate:offer address:estate:contacted
address:estate:offerByAgentsLog address:estate:matching address:user:officer address:user:additionalOfficers
address:user:strangeNameRelation address:user:sync customer:address:contact
calendar:address calendar:estate calendar:file:attachment
agentsLog:address agentsLog:estate agentsLog:file:attachment agentsLog:attachment:download
agentsLogMail:address agentsLogMail:estate
project:address project:estate project:calendar project:agentslog project:task:customer project:file:attachment
task:address task:estate task:file:attachment
user:address user:address:birthday user:messengerUser:is
templateManagement:email:attachment templateManagement:email:documentAttributes
"""

#: All relation types that the API knows (onoffice-api 5.8).
KNOWN_RELATION_TYPES = frozenset(RELATION_TYPES + kind for kind in _KINDS.split())


@dataclass(frozen=True, slots=True)
class Desk:
    """What a call works with: the records, those that a read shows, and who is told of a link that was written."""

    records: Records
    shown: Records
    options: Options
    written: Callable[[Link], None]

    def one_appointment(self, asked: object) -> AppointmentRecord:
        """The appointment of an id as given. Raises ActionRefused 121, 169."""
        number = id_of(asked)
        if number is None:
            raise ActionRefused(121)
        appointment = self.shown.appointments.get(number)
        if appointment is None or not self.sees(appointment):
            raise ActionRefused(169)
        return appointment

    def sees(self, appointment: AppointmentRecord) -> bool:
        """Whether the API user is shown an appointment at all."""
        unseen = self.options.unseen
        return not unseen or not any(kind in unseen for kind in appointment.kinds)


def check_relation_type(call: ReceivedCall, untouchable: int) -> None:
    """Raise ActionRefused 132 for no known type, `untouchable` (0: never) for one that is not appointment to address."""
    kind = call.parameters.get("relationtype")
    if not isinstance(kind, str) or kind not in KNOWN_RELATION_TYPES:
        raise ActionRefused(132)
    if untouchable and kind != CALENDAR_ADDRESS:
        raise ActionRefused(untouchable)


def ids_of(raw: object) -> list[int]:
    """Ids given as a scalar or a list, as numbers or digits, each once. Raises ActionRefused 185, 302."""
    given = raw if isinstance(raw, list) else [raw]
    ids = [id_of(value) for value in given]
    if not ids or None in ids:
        raise ActionRefused(185)
    if len(ids) > MOST:
        raise ActionRefused(302)
    return list(dict.fromkeys(number for number in ids if number is not None))


def readable_ids(raw: object) -> list[int]:
    """The ids among what was given; anything else is passed over."""
    ids = [id_of(value) for value in (raw if isinstance(raw, list) else [raw])]
    return [number for number in ids if number is not None]


def id_of(raw: object) -> int | None:
    """A record number given as a number or as digits; None for anything else."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) <= 18:  # noqa: PLR2004 - all that fits into 64 bits
        raw = int(raw)
    return raw if type(raw) is int and raw > 0 else None


def chosen(share: float, *ids: int) -> bool:
    """Whether what has these ids belongs to a share of all, always the same ones."""
    return share > 0 and crc32("-".join(map(str, ids)).encode()) < share * 2**32


def says_yes(raw: object) -> bool:
    """Whether a switch among the parameters is on."""
    return raw in (True, 1, "1", "true")
