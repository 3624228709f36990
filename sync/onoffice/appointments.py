"""Appointments: the ways of asking for them, and what a look shows of them from whatever shape it came in (onoffice-api 6)."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, compress, product
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import numpy as np

from sync.domain.model import Answer, Found, Live, State
from sync.domain.tables import Numbers, address_of, link_keys
from sync.onoffice.dialect import NO, Dialect, FollowUp, SingleRead, Trait, Unread
from sync.onoffice.error_codes import APPOINTMENT_UNKNOWN, NO_SUCH_CALL, WAY_REFUSED
from sync.onoffice.wire import Asking
from sync.onoffice.words import fields, learnt_state, line, members, moment, number, read_state, record_numbers, word

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from sync.domain.model import Link, Result
    from sync.domain.tables import Ints
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
#: What a contact says: confirmation, feedback, whether that is set up.
_Words = tuple[object, object, object]
_STATUSES: Final = ("confirmationStatus", "followUpStatus", "followUpAvailable")
#: When an appointment starts, whether it is one of a series, whether it reminds those who confirmed.
_Kind = tuple[str | None, bool, bool]
#: The id of an appointment, and the fields of its record.
_Record = tuple[int, Mapping[str, object]]
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
    if result.answer is Answer.ACCEPTED:
        yield from _one_by_one(_wanted(map(_id_of, result.records), result.records, wanted), _told(result.records), dialect)


@dataclass(frozen=True, slots=True, eq=False)
class Alike(Mapping[int, Appointment]):
    """Appointments by their ids, of which an answer says only what it says of most: column by column, each made when asked for.

    places   where in the columns an appointment stands
    kind     for each of them, where in `kinds` its start stands, whether it recurs, whether it reminds
    subject  for each of them, its subject as it came
    bounds   for each of them, where its contacts begin; and where the last ones end
    link     for each contact, the key of its link (`link_keys`), no two the same
    said     for each contact, where in `states` its state stands, and whether it has a feedback status
    """

    places: Mapping[int, int]
    kind: Ints
    kinds: Sequence[_Kind]
    subject: Sequence[object]
    bounds: Ints
    link: Ints
    said: Ints
    states: Sequence[tuple[State, bool]]

    @property
    def owner(self) -> Ints:
        """For each contact, where in the columns its appointment stands."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    def __getitem__(self, appointment_id: int) -> Appointment:
        at = self.places[appointment_id]
        bounds, link, said = self.bounds.data, self.link.data, self.said.data  # quicker one by one than arrays
        contacts, without_feedback = {}, []
        for place in range(bounds[at], bounds[at + 1]):
            address = address_of(link[place])
            contacts[address], has_feedback = self.states[said[place]]
            if not has_feedback:
                without_feedback.append(address)
        (start, recurs, reminds), subject = self.kinds[self.kind[at]], line(self.subject[at])
        nobody = frozenset(without_feedback)
        return Appointment(True, True, False, start, contacts, nobody, recurs, reminds, _NO_WORDS, True, _NO_WORDS, subject)

    def live(self, kind: int, said: int) -> Live:
        """The live state of the link of a contact, by its places in `kinds` and `states`."""
        (start, recurs, reminds), (state, has_feedback) = self.kinds[kind], self.states[said]
        return Live(Found.LINKED, state, start, has_feedback, recurs, reminds)

    def __iter__(self) -> Iterator[int]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


_NONE: Final = np.empty(0, dtype=np.int64)
_NONE_ALIKE: Final = Alike({}, _NONE, (), (), np.zeros(1, dtype=np.int64), _NONE, _NONE, ())


class Shown(list[int | None]):
    """The ids of the records of a period, and what it shows of wanted appointments: those that are `alike`, and the `others`."""

    __slots__ = ("alike", "others")

    def __init__(self, numbers: Iterable[int | None], alike: Alike, others: Iterable[tuple[int, Appointment]]) -> None:
        super().__init__(numbers)
        self.alike = alike
        self.others = tuple(others)


def all_shown(records: Sequence[Mapping[str, object]], wanted: Container[int], dialect: Dialect = _PLAIN) -> Shown:
    """What the records of a period show of wanted appointments. One that cannot be read whole is left out."""
    told, numbers = _told(records), [*map(_id_of, records)]
    asked = _wanted(numbers, records, wanted)
    try:
        alike = _alike(asked, told, dialect)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):  # another shape than in most answers
        alike = _NONE_ALIKE
    others = [each for each in asked if each[0] not in alike] if len(alike) < len(asked) else ()
    return Shown(numbers, alike, _one_by_one(others, told, dialect))


def _wanted(numbers: Iterable[int | None], records: Sequence[Mapping[str, object]], wanted: Container[int]) -> list[_Record]:
    """The ids of wanted appointments, and what records say of them."""
    pairs = zip(numbers, records, strict=True)
    return [(each, fields(record.get("elements"))) for each, record in pairs if each is not None and each in wanted]


def _one_by_one(some: Iterable[_Record], told: _Told, dialect: Dialect) -> Iterator[tuple[int, Appointment]]:
    usual: dict[Unread, _Understood] = {}
    for number_, elements in some:
        appointment = _appointment(elements, told, dialect, usual)
        if appointment.readable:
            yield number_, appointment


def _alike(some: Sequence[_Record], told: _Told, dialect: Dialect) -> Alike:
    """Those of these appointments of which nothing odd is said, each in one record, and of each contact once.

    Raises:
        ArithmeticError, AttributeError, LookupError, TypeError, ValueError: they have another shape than in most answers.
    """
    if not some or told != (True, True):  # where some tell both, what is missing says the same as null
        return _NONE_ALIKE
    numbers, every = zip(*some, strict=True)
    lists = [elements.get("contacts") for elements in every]
    if {*map(type, lists)} != {list} or len({*numbers}) < len(numbers):
        times = Counter(numbers)
        usual = [type(each) is list and times[number_] == 1 for number_, each in zip(numbers, lists, strict=True)]
        return _alike([*compress(some, usual)], told, dialect)
    contacts, counts = [*chain.from_iterable(lists)], [*map(len, lists)]
    words, kinds = Numbers(), Numbers()
    said = np.array([*map(words.__getitem__, _words(contacts))], dtype=np.int64)
    states = [_plain_state(each, told, dialect) for each in words]
    owner = np.repeat(np.array(numbers), counts)
    link = link_keys(owner, record_numbers([each["id"] for each in contacts]))
    ordered = np.sort(link)
    twice = ordered[1:][np.diff(ordered) == 0]
    odd = np.isin(said, [at for at, state in enumerate(states) if state is None])
    if len(twice) or odd.any():
        others = {*owner[odd | np.isin(link, twice)].tolist()}
        return _alike([each for each in some if each[0] not in others], told, dialect)
    kind = [kinds[_begin(each), bool(each.get("recurrence")), _reminds_the_confirmed(each.get("reminder"))] for each in every]
    subjects, places = [elements.get("subject") for elements in every], dict(zip(numbers, range(len(numbers)), strict=True))
    if not all(begin is None or isinstance(begin, str) for begin, _, _ in kinds):  # 1 equals True, and reads otherwise
        raise TypeError
    started = [(_start(begin), recurs, reminds) for begin, recurs, reminds in kinds]
    return Alike(places, np.array(kind), started, subjects, np.cumsum([0, *counts]), link, said, [*filter(None, states)])


def _words(contacts: Sequence[Any]) -> Iterable[_Words]:
    """What contacts say; where all say all of it, that takes half the time."""
    try:
        return [*map(itemgetter(*_STATUSES), contacts)]
    except KeyError:
        return [tuple(map(each.get, _STATUSES)) for each in contacts]


def _plain_state(words: _Words, told: _Told, dialect: Dialect) -> tuple[State, bool] | None:
    """The state of a contact with these words, and whether it has a feedback status; None where they are odd."""
    if not all(each is None or isinstance(each, str) for each in words[:2]):  # 1 equals True, and reads otherwise
        return None
    state, _, has_feedback, said = _contact(dict(zip(_STATUSES, words, strict=True)), told, dialect)
    return (state, has_feedback) if said == _NOTHING_ODD else None


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
    start, recurs, reminds = _kind(elements)
    subject = line(elements.get("subject"))
    # by their places, which takes half the time: readable, exists, empty ...
    return Appointment(True, True, False, start, states, _NOBODY, recurs, reminds, _NO_WORDS, tells_feedback, _NO_WORDS, subject)


def _kind(elements: Mapping[str, object]) -> _Kind:
    return _start(_begin(elements)), bool(elements.get("recurrence")), _reminds_the_confirmed(elements.get("reminder"))


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


def _begin(elements: Mapping[str, object]) -> object:
    date = elements.get("date", elements.get("start_dt"))
    return date.get("start") if isinstance(date, dict) else date


def _start(begin: object) -> str | None:
    start = moment(begin)
    return None if start is None else sys.intern(start)  # many begin at the same time


def _reminds_the_confirmed(reminder: object) -> bool:
    """Whether one of the reminders goes to those only who confirmed (onoffice-api 7)."""
    if not reminder:
        return False
    for each in reminder if isinstance(reminder, list) else (reminder,):
        if isinstance(each, dict) and (said := each.get("confirmedOnly")) and said in (True, "1", "true"):
            return True
    return False


def _has_no_feedback(contact: Mapping[str, object], told: _Told) -> bool:
    """Whether feedback is not set up: said so, or null, or missing where others have it (onoffice-api 6.1)."""
    available = contact.get("followUpAvailable")
    if available in (False, 0, "0", "false") and "followUpAvailable" in contact:
        return available is not None
    return told.feedback and contact.get("followUpStatus") is None
