"""Appointments: the ways of asking for them, and what a look shows of them from whatever shape it came in (onoffice-api 6)."""

from __future__ import annotations

import sys
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from sync.domain.model import Answer, Found, Live, State
from sync.onoffice.dialect import NO, Dialect, FollowUp, SingleRead, Trait, Unread
from sync.onoffice.error_codes import APPOINTMENT_UNKNOWN, NO_SUCH_CALL, WAY_REFUSED
from sync.onoffice.wire import Asking
from sync.onoffice.words import fields, learnt_state, line, members, moment, number, read_state, word

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from sync.domain.model import Link, Result
    from sync.onoffice.dialect import Learner


# Ways of asking for appointments, tried in the order of likelihood; what worked comes first the next time (onoffice-api 6.1).


T = TypeVar("T")

#: Where `showFollowUpStatus` stands and whether more fields are asked for: without it no feedback status could be read at all.
_FIELDS: Final = (
    *product([FollowUp.BOTH], [True, False]),
    *product([FollowUp.ENTRY, FollowUp.PARAMETER], [True]),
    *product([FollowUp.ENTRY, FollowUp.PARAMETER], [False]),
    *product([FollowUp.NOWHERE], [True, False]),
)


class Ways:
    """The way of asking at the moment. `is_proven`: it has shown an appointment by its id, in this run or an earlier one."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        known = learner.dialect
        self._learnt = known.follow_up
        self._fields = _first(_FIELDS, (known.follow_up or FollowUp.BOTH, known.extra_fields))
        self._singles = _first(tuple(SingleRead), known.single_read or SingleRead.RESOURCE_ID)
        self._fields_work = False
        self.is_proven = known.single_read is not None
        self.is_proven_now = False

    @property
    def asking(self) -> Asking:
        """How to ask."""
        follow_up, more = self._fields[0]
        return Asking(self._singles[0], follow_up, more)

    def fields_work(self) -> None:
        """An answer came that found nothing wrong with the fields.

        Those that an earlier run has left out are tried again every second night: nothing else shows that they are known by now.
        """
        if self._fields_work or self.asking.single is SingleRead.CALENDAR:
            return
        self._fields_work = True
        (follow_up, more), known = self._fields[0], self._learner.dialect
        if follow_up is not (known.follow_up or FollowUp.BOTH):
            self._learner.learn(Trait.FOLLOW_UP, follow_up)
        if not more and known.extra_fields:
            self._learner.learn(Trait.EXTRA_FIELDS, NO)
        else:
            self._learner.unlearn(Trait.EXTRA_FIELDS)

    def told(self, appointment: Appointment) -> None:
        """An appointment was shown. One with contacts of whom no feedback is told belies what an earlier run has learnt."""
        if (
            not appointment.tells_feedback
            and self._fields[0][0] is self._learnt
            and self.asking.single is not SingleRead.CALENDAR
        ):
            self._learner.unlearn(Trait.FOLLOW_UP)

    def showed_one(self) -> None:
        """An appointment was shown by its id.

        The calendar, which tells no feedback, is not kept for good: the other ways are tried again every second night.
        """
        single, known = self.asking.single, self._learner.dialect.single_read
        if single is SingleRead.CALENDAR and known is single and not self.is_proven_now:
            self._learner.unlearn(Trait.SINGLE_READ)
        elif not self.is_proven_now:
            self._learner.learn(Trait.SINGLE_READ, single)
        self.is_proven = self.is_proven_now = True

    def other_fields(self) -> bool:
        """Ask for the fields otherwise; False where every way has been tried, or these work."""
        if self._fields_work or len(self._fields) == 1:
            return False
        self._fields = self._fields[1:]
        return True

    def other_single(self, code: int | None = None) -> bool:
        """Ask for an appointment in another way; False where none is left. `code` is why the present one failed."""
        if self.is_proven_now:
            return False
        if code is not None and code not in WAY_REFUSED and self.other_fields():
            return True
        left = self._singles[1:]
        if code in NO_SUCH_CALL:
            left = tuple(each for each in left if each is SingleRead.CALENDAR)
        if not left:
            return False
        if self.is_proven:  # by an earlier run: it has stopped working, and everything is tried anew
            self.is_proven = False
            self._learner.unlearn(Trait.SINGLE_READ)
            if code not in NO_SUCH_CALL:
                left = tuple(each for each in SingleRead if each is not self._singles[0])
        self._singles = left
        if not self._fields_work:
            self._fields = _FIELDS
        return True


def _first(all_of_them: tuple[T, ...], one: T) -> tuple[T, ...]:
    return (one, *(each for each in all_of_them if each != one))


# What a look shows. Pure.


#: How many appointments a read of a period shows (onoffice-api 6.1).
MOST_LISTED: Final = 500


class Appointment(NamedTuple):
    """One appointment as read: whether it could be read, whether it is there, its start, the state of each linked address.

    `without_feedback` are the linked addresses for which the CRM keeps no feedback status. `empty`: the answer was a success
    that held nothing, which can be a missing record or a missing right (onoffice-api 8). `recurs`: one of a series. `reminds`:
    the CRM reminds those who confirmed, and nobody else (onoffice-api 7). `unread` are the words of addresses that nobody knows,
    `odd` these and the ones that are known of this office's API only.
    `tells_feedback`: the answer tells feedback statuses at all. `subject` is in one line, and for people only.
    """

    readable: bool
    exists: bool = False
    empty: bool = False
    start: str | None = None
    contacts: Mapping[int, State] = MappingProxyType({})
    without_feedback: frozenset[int] = frozenset()
    recurs: bool = False
    reminds: bool = False
    unread: Mapping[int, Unread] = MappingProxyType({})
    tells_feedback: bool = True
    odd: Mapping[int, Unread] = MappingProxyType({})
    subject: str = ""

    def live(self, link: Link) -> Live:
        """The live state of one link of this appointment."""
        if not self.readable:
            return Live(Found.UNREADABLE)
        if not self.exists:
            return Live(Found.NO_APPOINTMENT)
        state = self.contacts.get(link.address_id)
        if state is None:
            return Live(Found.NOT_LINKED, start=self.start, recurs=self.recurs, reminds=self.reminds)
        has_feedback = link.address_id not in self.without_feedback
        return Live(Found.LINKED, state, self.start, has_feedback, self.recurs, self.reminds, self.tells_feedback)


UNREADABLE: Final = Appointment(readable=False)
MISSING: Final = Appointment(readable=True)
EMPTY: Final = Appointment(readable=True, empty=True)
_NOBODY: Final[frozenset[int]] = frozenset()
_NO_WORDS: Final[Mapping[int, Unread]] = MappingProxyType({})
_NOTHING_ODD: Final[Unread] = (None, None)
#: What a contact says in most answers: confirmation, feedback, whether that is set up.
_Words = tuple[object, object, object]
#: What `_contact` makes of one.
_Understood = tuple[State, Unread, bool, Unread]
#: Under which names the links of an appointment stand (onoffice-api 6.1, 6.2).
_CONTACTS: Final = ("contacts", "addresses")
_MISSING_WORD: Final = "(missing)"
_PLAIN: Final = Dialect()


class _Told(NamedTuple):
    """Which of the statuses the contacts of an answer tell at all: a key may be missing where there is nothing to say."""

    confirmation: bool
    feedback: bool


def read_appointment(result: Result, appointment_id: int, dialect: Dialect = _PLAIN) -> Appointment:
    """What one look found out about one appointment. An empty answer counts as "not there" (onoffice-api 6.1, 8)."""
    if result.answer is not Answer.ACCEPTED:
        return MISSING if result.error_code in APPOINTMENT_UNKNOWN else UNREADABLE
    told = _told(result.records)
    for record in result.records:
        if _id_of(record) == appointment_id:
            return _appointment(fields(record.get("elements")), told, dialect, {})
    return UNREADABLE if result.records else EMPTY


def read_appointments(result: Result, wanted: Container[int], dialect: Dialect = _PLAIN) -> Iterator[tuple[int, Appointment]]:
    """What a read of a period shows of wanted appointments. One that cannot be read whole is left out."""
    for number_, appointment in all_shown(result.records, wanted, dialect) if result.answer is Answer.ACCEPTED else ():
        if number_ is not None and appointment is not None:
            yield number_, appointment


def all_shown(
    records: Sequence[Mapping[str, object]], wanted: Container[int], dialect: Dialect = _PLAIN
) -> Sequence[tuple[int | None, Appointment | None]]:
    """The id and the appointment of each record of a period; None where it is not wanted, or cannot be read whole."""
    told = _told(records)
    usual: dict[Unread, _Understood] = {}
    plain: dict[_Words, State] = {}
    found: list[tuple[int | None, Appointment | None]] = []
    for record in records:
        number_, appointment = _id_of(record), None
        if number_ is not None and number_ in wanted:
            elements = fields(record.get("elements"))
            states = _states(elements, plain)
            if states is None:
                read = _appointment(elements, told, dialect, usual)
                plain = {(*words, True): state for words, (state, *_, said) in usual.items() if said == _NOTHING_ODD}
                appointment = read if read.readable else None
            else:
                appointment = _shown(elements, states, tells_feedback=told.feedback or not states)
        found.append((number_, appointment))
    return found


def shown_in(result: Result) -> Iterator[int]:
    """The ids of the appointments that a read shows."""
    return (found for found in map(_id_of, result.records) if found is not None)


def by_id(result: Result) -> Mapping[int, Mapping[str, object]]:
    """The records of a read by the ids of their appointments."""
    return {key: record for record in result.records if (key := _id_of(record)) is not None}


def is_cut_off(result: Result) -> bool:
    """Whether a read of a period may have held more appointments than it shows."""
    shown = len(result.records)
    return shown >= MOST_LISTED or (result.count is not None and result.count > shown > 0)


def related(result: Result) -> Mapping[int, frozenset[int]] | None:
    """The addresses of appointments that `idsfromrelation` tells of (onoffice-api 5.6); None where it tells nothing.

    An appointment without links is missing.
    """
    if result.answer is not Answer.ACCEPTED:
        return None
    found: dict[int, frozenset[int]] = {}
    for record in result.records:
        for appointment, addresses in fields(record.get("elements")).items():
            some = [*addresses.values()] if isinstance(addresses, dict) else addresses if isinstance(addresses, list) else []
            if (appointment_id := number(appointment)) is not None:
                found[appointment_id] = frozenset(each for each in map(number, some) if each is not None)
    return found


def _id_of(record: Mapping[str, object]) -> int | None:
    outer = number(record.get("id"))
    return number(fields(record.get("elements")).get("id")) if outer is None else outer


def _contacts(elements: Mapping[str, object]) -> Sequence[Mapping[str, object]] | None:
    """The contacts of an appointment; one without any may not name them at all."""
    for name in _CONTACTS:
        if name in elements:
            return _with_ids(elements[name])
    if "assignedaddressids" in elements:  # of whom nothing else is told (onoffice-api 6.2)
        return None if elements["assignedaddressids"] else ()
    return () if elements else None


def _with_ids(value: object) -> Sequence[Mapping[str, object]] | None:
    """Contacts with their ids, which may only be the keys that they stand under."""
    if isinstance(value, dict):
        value = [{"id": key, **each} if isinstance(each, dict) and "id" not in each else each for key, each in value.items()]
    return members(value)


def _told(records: Sequence[Mapping[str, object]]) -> _Told:
    confirmation = feedback = False
    for record in records:
        for contact in _contacts(fields(record.get("elements"))) or ():
            confirmation = confirmation or "confirmationStatus" in contact
            feedback = feedback or "followUpStatus" in contact or "followUpAvailable" in contact
        if confirmation and feedback:
            break
    return _Told(confirmation, feedback)


def _appointment(elements: Mapping[str, object], told: _Told, dialect: Dialect, usual: dict[Unread, _Understood]) -> Appointment:
    """An appointment as its fields tell; `usual` is what was made of other contacts of the same answer, by their words."""
    contacts = _contacts(elements)
    if contacts is None:
        return UNREADABLE
    states: dict[int, State] = {}
    unread: dict[int, Unread] = {}
    odd: dict[int, Unread] = {}
    without_feedback: set[int] = set()
    for contact in contacts:
        if (address := number(contact.get("id"))) is None:
            continue
        state, words, has_feedback, said = _remembered(contact, told, dialect, usual)
        if said != _NOTHING_ODD:
            odd[address] = said
        if address in states:
            state, words = _agreed(states[address], state), (None, None)
            has_feedback = has_feedback or address not in without_feedback
            unread.pop(address, None)
            odd.pop(address, None)
            without_feedback.discard(address)
        states[address] = state
        if words != _NOTHING_ODD:
            unread[address] = words
        if not has_feedback:
            without_feedback.add(address)
    shown = _shown(elements, states, tells_feedback=told.feedback or not contacts)
    if not (without_feedback or odd or unread):
        return shown
    return shown._replace(without_feedback=frozenset(without_feedback), unread=unread or _NO_WORDS, odd=odd or _NO_WORDS)


def _shown(elements: Mapping[str, object], states: Mapping[int, State], *, tells_feedback: bool) -> Appointment:
    """An appointment whose contacts have these states, and nothing odd about them."""
    recurs, reminds = bool(elements.get("recurrence")), _reminds_the_confirmed(elements.get("reminder"))
    subject = line(elements.get("subject"))
    # by their places, which takes half the time: readable, exists, empty ...
    return Appointment(
        True, True, False, _start(elements), states, _NOBODY, recurs, reminds, _NO_WORDS, tells_feedback, _NO_WORDS, subject
    )


def _states(elements: Mapping[str, object], plain: Mapping[_Words, State]) -> Mapping[int, State] | None:
    """The states of the contacts of an appointment, where all say what contacts of the same answer have said; else None."""
    contacts: Any = elements.get("contacts")
    if not isinstance(contacts, list):
        return None
    try:
        states = {
            number(contact["id"]): plain[contact["confirmationStatus"], contact["followUpStatus"], contact["followUpAvailable"]]
            for contact in contacts
        }
    except (KeyError, TypeError):  # another shape, or words that are new
        return None
    return None if None in states or len(states) < len(contacts) else states  # type: ignore[return-value] # no None in it


def _remembered(contact: Mapping[str, object], told: _Told, dialect: Dialect, usual: dict[Unread, _Understood]) -> _Understood:
    """As `_contact`; most say the same few words, each as a text, and there may be millions."""
    confirmation, feedback = contact.get("confirmationStatus"), contact.get("followUpStatus")
    if not (isinstance(confirmation, str) and isinstance(feedback, str) and contact.get("followUpAvailable", True) is True):
        return _contact(contact, told, dialect)
    understood = usual.get((confirmation, feedback))
    if understood is None:
        understood = usual[confirmation, feedback] = _contact(contact, told, dialect)
    return understood


def _contact(contact: Mapping[str, object], told: _Told, dialect: Dialect) -> _Understood:
    """The state of one contact, its words that nobody knows, whether there can be a feedback status, its odd words."""
    has_feedback = not _has_no_feedback(contact, told)
    confirmation, feedback = _confirmation(contact, told), word(contact.get("followUpStatus")) if has_feedback else None
    state = read_state(confirmation, feedback)
    if state.confirmation is not None and (state.feedback is not None or feedback is None):
        return state, _NOTHING_ODD, has_feedback, _NOTHING_ODD
    unread = (
        None if state.confirmation else confirmation if confirmation is not None else _MISSING_WORD,
        None if state.feedback else feedback,
    )
    known = learnt_state(state, unread, dialect.words, dialect.feedback_words)
    return known, (None if known.confirmation else unread[0], None if known.feedback else unread[1]), has_feedback, unread


def _confirmation(contact: Mapping[str, object], told: _Told) -> str | None:
    """The word; of one that is null, or missing where others have it, nothing is set."""
    if contact.get("confirmationStatus") is None:
        return "" if "confirmationStatus" in contact or told.confirmation else None
    return word(contact["confirmationStatus"])


def _agreed(one: State, other: State) -> State:
    """What two states say alike: of a contact that is there twice nothing else is known."""
    return State(
        one.confirmation if one.confirmation == other.confirmation else None,
        one.feedback if one.feedback == other.feedback else None,
    )


def _start(elements: Mapping[str, object]) -> str | None:
    date = elements.get("date", elements.get("start_dt"))
    start = moment(date.get("start") if isinstance(date, dict) else date)
    return None if start is None else sys.intern(start)  # many begin at the same time


def _reminds_the_confirmed(reminder: object) -> bool:
    """Whether one of the reminders goes to those only who confirmed (onoffice-api 7)."""
    if not reminder:
        return False
    for each in reminder if isinstance(reminder, list) else [reminder]:
        if isinstance(each, dict) and each.get("confirmedOnly") in (True, "1", "true"):
            return True
    return False


def _has_no_feedback(contact: Mapping[str, object], told: _Told) -> bool:
    """Whether feedback is not set up: said so, or null, or missing where others have it (onoffice-api 6.1)."""
    available = contact.get("followUpAvailable")
    if available in (False, 0, "0", "false") and "followUpAvailable" in contact:
        return available is not None
    return told.feedback and contact.get("followUpStatus") is None
