"""What every call works with: the desk, and the ids and relation types that parameters name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

from sync.onoffice.names import CALENDAR_ADDRESS, RELATION_TYPES
from sync.simulator.protocol import ActionRefused, ReceivedCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.domain.model import Link
    from sync.simulator.options import Options
    from sync.simulator.records import AppointmentRecord, Records

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
