"""What people know a viewing by: the appointments of a period, and the names of addresses and estates (onoffice-api 6.1, 11).

Names are personal data: they are read for what is shown, and neither kept nor logged here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from sync.domain.model import Answer, Stop, Verb
from sync.errors import StopRun
from sync.onoffice.appointments import Ways, by_id, is_cut_off, read_appointments, related
from sync.onoffice.error_codes import Consequence, consequence
from sync.onoffice.names import ADDRESS, APPOINTMENT_LIST, ESTATE
from sync.onoffice.transport import RequestQueue
from sync.onoffice.wire import CALL_BYTES, ID_BYTES, Call, period_call, relations_call, stop_of
from sync.onoffice.words import fields, line, members, number, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sync.domain.model import Result
    from sync.onoffice.appointments import Appointment
    from sync.onoffice.dialect import Learner
    from sync.onoffice.transport import AdaptiveBatchSize
    from sync.onoffice.wire import Reply


_DAY: Final = timedelta(days=1)
#: What is asked for beside the statuses.
_DETAILS: Final = ("subject", "type", "status", "location", "users", "estate")
#: A day that holds more than a read shows is split by what an appointment either is or is not.
_SWITCHES: Final = ("isCancelled", "isDone", "isRecurrent")
_CANCELED: Final = "canceled"
#: So many appointments are asked for their links at once (onoffice-api 5.6).
_MOST_RELATED: Final = 500
#: So often a call is asked that gets no clear answer, in all.
_PASSES: Final = 4


class NotAllowed(Exception):
    """The API user may not read appointments, or what is asked for besides."""


class TooCrowded(Exception):
    """On a day there are more appointments than can be read, however they are told apart."""

    def __init__(self, day: date) -> None:
        super().__init__(day.isoformat())
        self.day = day


@dataclass(frozen=True, slots=True)
class Listed:
    """One appointment with what people know it by; "" for what is not known.

    `appointment` has its start and the state of each linked address. `users` are the names of those who go there, `user_ids`
    their numbers.
    """

    id: int
    appointment: Appointment
    subject: str = ""
    kind: str = ""
    location: str = ""
    users: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    estate: int | None = None
    canceled: bool = False
    all_day: bool = False


class _Slice(NamedTuple):
    """Some appointments of a period: those that start on these days and for which these filters hold."""

    first: date
    last: date
    narrowed: tuple[tuple[str, bool | str], ...] = ()

    @property
    def halves(self) -> tuple[_Slice, ...]:
        """Two slices that hold the same; nothing where only users can tell appointments apart."""
        if self.first < self.last:
            middle = self.first + (self.last - self.first) // 2
            return self._replace(last=middle), self._replace(first=middle + _DAY)
        used = {name for name, _ in self.narrowed}
        switch = next((name for name in _SWITCHES if name not in used), None)
        if switch is None:
            return ()
        return tuple(self._replace(narrowed=(*self.narrowed, (switch, value))) for value in (False, True))

    def of_user(self, user: str) -> _Slice:
        """Those of it at which a user takes part."""
        return self._replace(narrowed=(*self.narrowed, ("userIds", user)))

    @property
    def filters(self) -> Mapping[str, object]:
        """The filters as they stand on the wire."""
        return {name: value if isinstance(value, bool) else [value] for name, value in self.narrowed}


class Agenda:
    """Reads the appointments of a period, all of them or none.

    Args:
        read: sends calls that change nothing.
        identifiers: a new one for each call.
        portions: how many calls go into one request.
        learner: what is known of the office's API.
    """

    def __init__(
        self,
        read: Callable[[Sequence[Call]], Reply],
        identifiers: Iterator[str],
        portions: AdaptiveBatchSize,
        learner: Learner,
    ) -> None:
        self._read = read
        self._identifiers = identifiers
        self._portions = portions
        self._learner = learner
        self._ways = Ways(learner)
        self._details = True
        self._found: dict[int, Listed] = {}

    def between(self, first: date, last: date) -> Sequence[Listed]:
        """The appointments that start from the first to the last day, in no particular order.

        Raises:
            StopRun: the API is out of reach, the credentials are wrong, or there is no clear answer.
            NotAllowed: the API user may not read appointments.
            TooCrowded: a day holds more of them than can be read.
        """
        self._found = {}
        waiting = self._first_slices(first, last)
        for _ in range(_PASSES):
            unclear: list[_Slice] = []
            while waiting:
                waiting, again = self._once(waiting)
                unclear += again
            if not unclear:
                return [*self._found.values()]
            waiting = unclear
        raise StopRun(Stop.BAD_ANSWERS, f"{len(waiting)} x {APPOINTMENT_LIST}")

    def linked(self, appointment_ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
        """The addresses that are linked to appointments, shown or not, as far as the API tells them. Raises StopRun."""
        found: dict[int, frozenset[int]] = {}
        parts = [appointment_ids[at : at + _MOST_RELATED] for at in range(0, len(appointment_ids), _MOST_RELATED)]
        waiting = RequestQueue(parts, self._portions, lambda some: CALL_BYTES + ID_BYTES * len(some))
        while waiting:
            with waiting.request() as some:
                for result in self._read([relations_call(next(self._identifiers), each) for each in some]).results:
                    found |= related(result) or {}
        return found

    def _first_slices(self, first: date, last: date) -> list[_Slice]:
        """The period in as many parts as fit into one request, none shorter than a day."""
        days = (last - first).days + 1
        count = min(days, self._portions.calls)
        bounds = [days * at // count for at in range(count + 1)]
        return [_Slice(first + _DAY * start, first + _DAY * (end - 1)) for start, end in pairwise(bounds)]

    def _once(self, slices: Sequence[_Slice]) -> tuple[list[_Slice], list[_Slice]]:
        """Read slices; returns those to read next, and those that got no clear answer."""
        following: list[_Slice] = []
        left = dict.fromkeys(slices)
        crowded: list[tuple[_Slice, Result]] = []
        waiting = RequestQueue(slices, self._portions, lambda _: CALL_BYTES)
        while waiting:
            with waiting.request() as some:
                reply = self._read([self._call(each) for each in some])
                if reply.stopped:
                    raise StopRun(reply.stopped.stop, reply.stopped.detail)
                for each, result in zip(some, reply.results, strict=True):
                    if result.answer is Answer.REFUSED:
                        self._otherwise(result)
                        return [*following, *left], []
                    if result.answer is not Answer.ACCEPTED:
                        continue
                    del left[each]
                    self._ways.fields_work()
                    self._take(result)
                    if is_cut_off(result):
                        following += each.halves
                        crowded += [] if each.halves else [(each, result)]
        for each, result in crowded:
            self._by_user(each, result)
        return following, [*left]

    def _otherwise(self, refused: Result) -> None:
        """Ask with other fields from now on. Raises NotAllowed, StopRun where that cannot help."""
        what = consequence(refused.error_code or 0)
        if what is Consequence.REFUSE_NO_RIGHT:
            raise NotAllowed
        if what is Consequence.STOP_MALFORMED and self._details:
            self._details = False
        elif what is not Consequence.STOP_MALFORMED or not self._ways.other_fields():
            raise StopRun(Stop.REQUEST_REFUSED, str(refused.error_code))

    def _call(self, each: _Slice) -> Call:
        more = _DETAILS if self._details else ()
        return period_call(next(self._identifiers), each.first, each.last, self._ways.asking, more, each.filters)

    def _take(self, result: Result) -> set[int]:
        """Take over what a read shows; returns whose numbers it shows."""
        records = by_id(result)
        for key, appointment in read_appointments(result, records, self._learner.dialect):
            self._found[key] = _listed(key, appointment, fields(records[key].get("elements")))
        return {*records}

    def _by_user(self, crowded: _Slice, shown: Result) -> None:
        """Read a crowded day user by user, also those who only turn up on the way, until all of it is there.

        Raises TooCrowded: an appointment has no participant who could be asked for, or a single one has too many.
        """
        there, asked = {*by_id(shown)}, set[str]()
        while users := {user for key in there if key in self._found for user in self._found[key].user_ids} - asked:
            asked |= users
            waiting = RequestQueue([crowded.of_user(user) for user in sorted(users)], self._portions, lambda _: CALL_BYTES)
            while waiting:
                with waiting.request() as some:
                    for result in self._read([self._call(each) for each in some]).results:
                        if result.answer is not Answer.ACCEPTED or is_cut_off(result):
                            raise TooCrowded(crowded.first)
                        there |= self._take(result)
        if shown.count is None or len(there) < shown.count:
            raise TooCrowded(crowded.first)


def _listed(key: int, appointment: Appointment, values: Mapping[str, object]) -> Listed:
    users = members(values.get("users")) or ()
    date_ = fields(values.get("date"))
    return Listed(
        id=key,
        appointment=appointment,
        subject=line(values.get("subject")),
        kind=_label(values.get("type")),
        location=line(values.get("location")),
        users=tuple(name for user in users if (name := _user_name(user))),
        user_ids=tuple(str(user_id) for user in users if (user_id := number(user.get("id"))) is not None),
        estate=number(fields(values.get("estate")).get("id")) or None,
        canceled=word(values.get("status")) == _CANCELED,
        all_day=date_.get("allDay") in (True, "1", "true"),
    )


def _label(value: object) -> str:
    """What people call an object of `value` and `label`."""
    return line(value.get("label") or value.get("value")) if isinstance(value, dict) else line(value)


def _user_name(user: Mapping[str, object]) -> str:
    name = " ".join(part for part in (line(user.get("firstName")), line(user.get("lastName"))) if part)
    return name or line(user.get("userName"))


# Names beside numbers: addresses and estates by record number, addresses by customer number (onoffice-api 11.2, 11.3).


#: Most records of one page, and most ids of one call (onoffice-api 11.2).
MOST_LISTED: Final = 500
_CUSTOMER_NUMBER: Final = "KdNr"
_ADDRESS_FIELDS: Final = (_CUSTOMER_NUMBER, "Vorname", "Name", "Zusatz1")
_ESTATE_FIELDS: Final = ("objektnr_extern", "objekttitel", "strasse", "hausnummer", "plz", "ort")
#: So often calls are asked that get no clear answer, in all.
_NAME_PASSES: Final = 3


class Person(NamedTuple):
    """An address as people know it; "" for what is not known."""

    customer_number: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""

    @property
    def name(self) -> str:
        """The name in one line, with the company where there are both."""
        name = " ".join(part for part in (self.first_name, self.last_name) if part)
        return f"{name} ({self.company})" if name and self.company else name or self.company


@dataclass(frozen=True, slots=True)
class Readable:
    """What could be read of a kind of records: `refused` where the right is missing, `unclear` counts records without an answer.

    `silent`: the right may be there, as nothing says that it is not, but not one of the records is shown. `switched_off` are
    fields that the office does not use.
    """

    refused: bool = False
    unclear: int = 0
    switched_off: tuple[str, ...] = ()
    silent: bool = False


class _Page(NamedTuple):
    """One call: the ids or the customer numbers (one, by its `ending`) that it asks for, and how many records to pass over."""

    keys: tuple[int | str, ...]
    offset: int = 0
    ending: bool = False


class Directory:
    """Looks up addresses and estates, many in a request.

    Args:
        read: sends calls that change nothing.
        identifiers: a new one for each call.
        portions: how many calls go into one request.

    Every lookup raises StopRun where the API is out of reach or the credentials are wrong.
    """

    def __init__(self, read: Callable[[Sequence[Call]], Reply], identifiers: Iterator[str], portions: AdaptiveBatchSize) -> None:
        self._read = read
        self._identifiers = identifiers
        self._portions = portions
        #: What could be read of addresses and of estates.
        self.addresses = Readable()
        self.estates = Readable()

    def people(self, address_ids: Iterable[int]) -> Mapping[int, Person]:
        """The addresses of these record numbers, as far as they are there and may be read."""
        lookup = _Lookup(self, ADDRESS, _ADDRESS_FIELDS)
        found = {key: _person(values) for key, values in lookup.records(sorted({*address_ids})).items()}
        self.addresses = lookup.outcome
        return found

    def by_customer_number(self, numbers: Iterable[str]) -> Mapping[str, Mapping[int, Person]]:
        """The addresses of these customer numbers, by number and then by record number; usually one of each."""
        lookup = _Lookup(self, ADDRESS, _ADDRESS_FIELDS)
        found = _by_number(lookup.records(sorted({*numbers})))
        self.addresses = lookup.outcome
        return found

    def ending_in(self, digits: Iterable[str]) -> Mapping[str, Mapping[int, Person]]:
        """The addresses whose customer numbers end in these digits, each asked for by itself; none where nobody says."""
        return _by_number(_Lookup(self, ADDRESS, _ADDRESS_FIELDS).records(sorted({*digits}), ending=True))

    def places(self, estate_ids: Iterable[int]) -> Mapping[int, str]:
        """The estates of these record numbers in one line each: title or number, and where it is."""
        lookup = _Lookup(self, ESTATE, _ESTATE_FIELDS)
        found = {key: _estate(values) for key, values in lookup.records(sorted({*estate_ids})).items()}
        self.estates = lookup.outcome
        return found

    def ask(self, pages: Sequence[_Page], kind: str, names: Sequence[str]) -> Iterator[tuple[_Page, Result]]:
        """Each page with its answer."""
        waiting = RequestQueue(pages, self._portions, _weight)
        while waiting:
            with waiting.request() as some:
                reply = self._read([self._call(page, kind, names) for page in some])
                yield from zip(some, reply.results, strict=True)

    def probe(self, page: _Page, kind: str, probes: Sequence[Sequence[str]]) -> Sequence[Result]:
        """The answers to one page, asked for with different fields, in one request where that is not too large."""
        waiting = RequestQueue(probes, self._portions, lambda _: _weight(page))
        results: list[Result] = []
        while waiting:
            with waiting.request() as some:
                results += self._read([self._call(page, kind, names) for names in some]).results
        return results

    def _call(self, page: _Page, kind: str, names: Sequence[str]) -> Call:
        if page.keys and isinstance(page.keys[0], str):
            condition = {"op": "like", "val": f"%{page.keys[0]}"} if page.ending else {"op": "IN", "val": [*page.keys]}
            wanted: dict[str, object] = {"filter": {_CUSTOMER_NUMBER: [condition]}}
        else:
            wanted = {"recordids": [*page.keys]}
        parameters = {**wanted, "data": [*names], "listlimit": MOST_LISTED, "listoffset": page.offset}
        return Call(next(self._identifiers), Verb.READ, kind, parameters)


class _Lookup:
    """One lookup of records of a kind."""

    def __init__(self, directory: Directory, kind: str, names: Sequence[str]) -> None:
        self._directory, self._kind, self._names = directory, kind, tuple(names)
        self._switched_off: tuple[str, ...] = ()
        self._refused = self._silent = False
        self._unclear = 0

    @property
    def outcome(self) -> Readable:
        return Readable(self._refused or self._silent, self._unclear, self._switched_off, self._silent)

    def records(self, keys: Sequence[int] | Sequence[str], *, ending: bool = False) -> Mapping[int, Mapping[str, object]]:
        """The fields of the records of ids or customer numbers, or of all numbers with one `ending`, by record number."""
        found: dict[int, Mapping[str, object]] = {}
        step = 1 if ending else MOST_LISTED
        pages = [_Page(tuple(keys[start : start + step]), ending=ending) for start in range(0, len(keys), step)]
        unclear: list[_Page] = []
        for _ in range(_NAME_PASSES):
            unclear = []
            while pages and not self._refused:
                pages, again = self._once(pages, found)
                unclear += again
            if not unclear or self._refused:
                break
            pages = unclear
        self._unclear = sum(len(page.keys) for page in unclear)
        asked_for_ids = bool(keys) and isinstance(keys[0], int)
        self._silent = asked_for_ids and not (found or unclear or self._refused)
        return found

    def _once(self, pages: Sequence[_Page], found: dict[int, Mapping[str, object]]) -> tuple[list[_Page], list[_Page]]:
        """Ask for pages; returns those that follow, and those that got no clear answer."""
        following: list[_Page] = []
        left = dict.fromkeys(pages)
        for page, result in self._directory.ask(pages, self._kind, self._names):
            if result.answer is Answer.LOST or _may_pass(result):
                continue
            if result.answer is not Answer.ACCEPTED:
                if _lacks_right(result) or not self._narrow(page, result):
                    self._refused = True
                    return [], []
                return [*following, *left], []
            del left[page]
            following += self._taken(page, result, found)
        return following, [*left]

    def _taken(self, page: _Page, result: Result, found: dict[int, Mapping[str, object]]) -> list[_Page]:
        """Take the records of a page over; returns the page after it, where there is one."""
        for record in result.records:
            elements = fields(record.get("elements"))
            key = number(record.get("id")) or number(elements.get("id"))
            if key is not None:
                found[key] = elements
        shown = page.offset + len(result.records)
        total = result.count if result.count is not None else len(page.keys)
        return [page._replace(offset=shown)] if result.records and shown < total else []

    def _narrow(self, page: _Page, refused: Result) -> bool:
        """Leave out the fields that the office has switched off; False where it is not the fields.

        Raises StopRun: not even a call without any field is taken, because of the credentials.
        """
        if self._switched_off:
            return False
        probes = [(), *((name,) for name in self._names)]
        plain, *each = self._directory.probe(_Page(page.keys[:1], ending=page.ending), self._kind, probes)
        if plain.answer is not Answer.ACCEPTED:
            if stopped := stop_of(refused):
                raise StopRun(stopped.stop, stopped.detail)
            return False
        works = [result.answer is Answer.ACCEPTED for result in each]
        self._switched_off = tuple(name for name, taken in zip(self._names, works, strict=True) if not taken)
        self._names = tuple(name for name, taken in zip(self._names, works, strict=True) if taken)
        return bool(self._switched_off)


def _weight(page: _Page) -> int:
    return CALL_BYTES + ID_BYTES * len(page.keys)


def _may_pass(result: Result) -> bool:
    return result.answer is Answer.AGAIN and consequence(result.error_code or 0) is Consequence.TRY_AGAIN


def _lacks_right(result: Result) -> bool:
    return consequence(result.error_code or 0) is Consequence.REFUSE_NO_RIGHT


def _text(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return line(value)


def _by_number(records: Mapping[int, Mapping[str, object]]) -> Mapping[str, Mapping[int, Person]]:
    found: defaultdict[str, dict[int, Person]] = defaultdict(dict)
    for key, values in records.items():
        person = _person(values)
        found[person.customer_number][key] = person
    return found


def _person(values: Mapping[str, object]) -> Person:
    return Person(*(_text(values, name) for name in _ADDRESS_FIELDS))


def _estate(values: Mapping[str, object]) -> str:
    """An estate in one line: its street and town, and the number by which the office knows it."""
    outer_number, title, street, house, code, town = (_text(values, name) for name in _ESTATE_FIELDS)
    where = ", ".join(part for part in (f"{street} {house}".strip(), f"{code} {town}".strip()) if part)
    what = where or title
    return f"{what} ({outer_number})" if what and outer_number else what or outer_number
