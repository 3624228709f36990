"""Names beside numbers: addresses and estates by record number, addresses by customer number (onoffice-api 11.2, 11.3).

Names are personal data: they are read for what is shown, and neither kept nor logged here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from sync.domain.model import Answer, Verb
from sync.errors import StopRun
from sync.onoffice.batching import RequestQueue
from sync.onoffice.error_codes import Consequence, consequence
from sync.onoffice.names import ADDRESS, ESTATE
from sync.onoffice.wire import CALL_BYTES, ID_BYTES, Call, stop_of
from sync.onoffice.words import fields, line, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sync.domain.model import Result
    from sync.onoffice.batching import AdaptiveBatchSize
    from sync.onoffice.wire import Reply

#: Most records of one page, and most ids of one call (onoffice-api 11.2).
MOST_LISTED: Final = 500
_CUSTOMER_NUMBER: Final = "KdNr"
_ADDRESS_FIELDS: Final = (_CUSTOMER_NUMBER, "Vorname", "Name", "Zusatz1")
_ESTATE_FIELDS: Final = ("objektnr_extern", "objekttitel", "strasse", "hausnummer", "plz", "ort")
#: So often calls are asked that get no clear answer, in all.
_PASSES: Final = 3


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
    """One call: the ids or the customer numbers that it asks for, and how many records to pass over."""

    keys: tuple[int | str, ...]
    offset: int = 0


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
        found: defaultdict[str, dict[int, Person]] = defaultdict(dict)
        for key, values in lookup.records(sorted({*numbers})).items():
            person = _person(values)
            found[person.customer_number][key] = person
        self.addresses = lookup.outcome
        return found

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
        """The answers to one page, asked for with different fields, in one request."""
        return self._read([self._call(page, kind, names) for names in probes]).results

    def _call(self, page: _Page, kind: str, names: Sequence[str]) -> Call:
        if page.keys and isinstance(page.keys[0], str):
            wanted: dict[str, object] = {"filter": {_CUSTOMER_NUMBER: [{"op": "IN", "val": [*page.keys]}]}}
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

    def records(self, keys: Sequence[int] | Sequence[str]) -> Mapping[int, Mapping[str, object]]:
        """The fields of the records of ids or customer numbers, by record number."""
        found: dict[int, Mapping[str, object]] = {}
        pages = [_Page(tuple(keys[start : start + MOST_LISTED])) for start in range(0, len(keys), MOST_LISTED)]
        unclear: list[_Page] = []
        for _ in range(_PASSES):
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
        plain, *each = self._directory.probe(_Page(page.keys[:1]), self._kind, probes)
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


def _person(values: Mapping[str, object]) -> Person:
    return Person(*(_text(values, name) for name in _ADDRESS_FIELDS))


def _estate(values: Mapping[str, object]) -> str:
    """An estate in one line: its street and town, and the number by which the office knows it."""
    outer_number, title, street, house, code, town = (_text(values, name) for name in _ESTATE_FIELDS)
    where = ", ".join(part for part in (f"{street} {house}".strip(), f"{code} {town}".strip()) if part)
    what = where or title
    return f"{what} ({outer_number})" if what and outer_number else what or outer_number
