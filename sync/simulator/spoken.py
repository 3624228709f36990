"""How the two statuses of a link read in every dialect (onoffice-api 6, 6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.domain.model import Confirmation, Feedback
from sync.simulator.choices import FollowUpUnset, FollowUpWords, ReadWords

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync.simulator.options import Options
    from sync.simulator.records import Contact

#: Stands for a key that is left out.
ABSENT: Final = object()

#: How a written confirmation reads, as far as it is documented (onoffice-api 6).
CONFIRMATION_READS: Final = {
    Confirmation.CONFIRMED: "confirmed",
    Confirmation.SENT: "sent",
    Confirmation.CANCELED: "canceled",
    Confirmation.NOT_SET: "not-set",
}


def _but(word: Confirmation, read: object) -> Mapping[Confirmation, object]:
    return {**CONFIRMATION_READS, word: read}


def _all(*reads: object) -> Mapping[Confirmation, object]:
    """In the order of the words that are written."""
    return dict(zip(Confirmation, reads, strict=True))


_CONFIRMATIONS: Final[dict[ReadWords, Mapping[Confirmation, object]]] = {
    ReadWords.DOCUMENTED: CONFIRMATION_READS,
    ReadWords.CANCELLED: _but(Confirmation.CANCELED, "cancelled"),
    ReadWords.NOT_SET_SPACE: _but(Confirmation.NOT_SET, "not set"),
    ReadWords.NOT_SET_LOW: _but(Confirmation.NOT_SET, "not_set"),
    ReadWords.EMPTY: _but(Confirmation.NOT_SET, ""),
    ReadWords.NULL: _but(Confirmation.NOT_SET, None),
    ReadWords.MISSING: _but(Confirmation.NOT_SET, ABSENT),
    ReadWords.UPPER: {word: read.upper() for word, read in CONFIRMATION_READS.items()},
    ReadWords.GERMAN: {word: str(word) for word in Confirmation},
    ReadWords.OBJECTS: {word: {"value": read, "label": str(word)} for word, read in CONFIRMATION_READS.items()},
    ReadWords.NUMBERS: _all(2, 1, 3, 0),
    ReadWords.OTHER: _all("attending", "invited", "declined", "blank"),
}

#: How `aktiv` and `inaktiv` read.
_FEEDBACKS: Final[dict[FollowUpWords, tuple[object, object]]] = {
    FollowUpWords.GERMAN: ("aktiv", "inaktiv"),
    FollowUpWords.ENGLISH: ("active", "inactive"),
    FollowUpWords.UPPER: ("AKTIV", "INAKTIV"),
    FollowUpWords.BOOLEANS: (True, False),
    FollowUpWords.NUMBERS: (1, 0),
    FollowUpWords.DIGITS: ("1", "0"),
    FollowUpWords.YES_NO: ("yes", "no"),
    FollowUpWords.JA_NEIN: ("ja", "nein"),
    FollowUpWords.ON_OFF: ("on", "off"),
    FollowUpWords.OBJECTS: ({"value": "active", "label": "aktiv"}, {"value": "inactive", "label": "inaktiv"}),
    FollowUpWords.OTHER: ("requested", "paused"),
}


def confirmation(word: Confirmation, options: Options) -> dict[str, object]:
    """`confirmationStatus` of a link, as the entries of an object."""
    read = _CONFIRMATIONS[options.words][word]
    return {} if read is ABSENT else {"confirmationStatus": read}


def feedback(contact: Contact, options: Options) -> dict[str, object]:
    """`followUpAvailable` and `followUpStatus` of a link, as the entries of an object."""
    active, inactive = _FEEDBACKS[options.followup_words]
    if contact.feedback is not None:
        return {"followUpAvailable": True, "followUpStatus": active if contact.feedback is Feedback.ACTIVE else inactive}
    match options.followup_unset:
        case FollowUpUnset.NULL:
            return {"followUpAvailable": False, "followUpStatus": None}
        case FollowUpUnset.MISSING:
            return {"followUpAvailable": False}
        case unset:
            return {"followUpAvailable": unset is FollowUpUnset.SAYS_AVAILABLE, "followUpStatus": inactive}


def overall(confirmations: Iterable[Confirmation], options: Options) -> dict[str, object]:
    """`confirmationStatus` of an appointment as a whole (onoffice-api 6), as the entries of an object."""
    there = set(confirmations)
    if Confirmation.SENT in there:
        return confirmation(Confirmation.SENT, options)
    if {Confirmation.CONFIRMED, Confirmation.CANCELED} <= there:
        return {"confirmationStatus": "confirmed and canceled"}
    answers = there & {Confirmation.CONFIRMED, Confirmation.CANCELED}
    return confirmation(answers.pop() if answers else Confirmation.NOT_SET, options)
