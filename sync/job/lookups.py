"""What onOffice is asked about people beside the links: which links sheets without numbers mean, and names beside numbers.

Sheets may name their rows by day, time and person: what fits is suggested (`suggested`), and never sent. Where the office allows
customer numbers, these tell more of a person than the name.

Names (`with_names`) are of those whom rows are about, and of who is linked instead of an address that a row names. They are read
in one request: where sheets have none, if somebody has to look at rows; where they have some, of rows sent or kept from it,
to tell what contradicts their numbers. Names are kept nowhere.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import chain, count, islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from sync.confined.child import without_values
from sync.domain.model import (
    MOST_WRONG_ROWS,
    Candidate,
    Cells,
    Code,
    Column,
    Found,
    Meeting,
    Notice,
    Odd,
    Place,
    Problem,
    Stop,
    Verdict,
    Why,
    as_hint,
)
from sync.domain.tables import ProblemTable
from sync.errors import StopRun
from sync.i18n.texts import moment_text
from sync.job import context
from sync.job.check import plain_number, refused_for, same_digits, without_numbers
from sync.onoffice.agenda import MOST_LISTED, Agenda, Directory, NotAllowed, TooCrowded
from sync.report.story import own
from sync.rounds.guards import local_start
from sync.rows.columns import (
    ASKING,
    FIRST_NAMES,
    IDS,
    NAMES,
    PLACE_NAMES,
    TIME_NAMES,
    Header,
    by_name,
    declared,
    has_day,
    is_blank,
    is_customer_number,
    is_no_day,
    key,
    lacks_year,
    parse_begin,
    parse_id,
    start_of,
    telling,
    unread,
    visible,
)
from sync.sheets import load as loader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sync.config import Config
    from sync.domain.model import Checked, Loaded, Sheet
    from sync.domain.tables import Bools, Carried
    from sync.job.check import Load
    from sync.job.context import Job, Runtime
    from sync.ledger import Memory
    from sync.onoffice.agenda import Listed, Person
    from sync.onoffice.client import Client
    from sync.onoffice.transport import AdaptiveBatchSize
    from sync.rounds.converge import Rounds
    from sync.rows.columns import Columns

    Asking = tuple[Client, Iterator[str], AdaptiveBatchSize]
    #: The links of the appointments that start at a minute.
    Choices = Mapping[dt.datetime, Sequence["_Choice"]]


_RUN: Final = "suggestions"
#: So many are told beside a row.
_MOST_TOLD: Final = 10
#: Between two days that lie farther apart nothing is read; of a sheet whose days lie all over the years only some is.
_APART: Final = dt.timedelta(days=31)
_MOST_PERIODS: Final = 12
_WORD: Final = re.compile(r"[^\W_]+")
#: What stands beside a name and is none.
_NO_NAMES: Final = frozenset(
    {"herr", "herrn", "hr", "frau", "fr", "familie", "fam", "eheleute", "ehepaar", "dr", "prof", "dipl", "ing", "med", "jur",
     "und", "u", "mr", "mrs", "ms", "miss", "and", "the"}
)  # fmt: skip

#: What stands in the place of a name.
_NOBODY: Final = frozenset({"nn", "unbekannt", "unknown", "offen", "na", "tba", "xx", "xxx"})
_TOKENS: Final = re.compile(r"[\s,;]+")
_SEVERAL: Final = re.compile(r"[&+/]|\b(?:und|u|and)\b", re.IGNORECASE)
_LEGAL_FORMS: Final = frozenset({"gmbh", "mbh", "ag", "kg", "ohg", "gbr", "ug", "se", "ev", "co", "ltd", "inc"})
#: From here on of 100 two words may be the same with a slip of the pen (Meier, Meyer: 80); shorter ones are never alike.
_ALIKE: Final = 80
_TOO_SHORT: Final = 3

_TIMES, _FIRST_NAMES, _PLACES = (
    frozenset(map(key, names)) for names in ((*TIME_NAMES, *NAMES[Column.BEGIN]), FIRST_NAMES, PLACE_NAMES)
)

_log = logging.getLogger(__name__)


class _Row(NamedTuple):
    """What a row says instead of numbers: when, who, where, who by customer number; empty for what it does not say.

    `unread` is what of day and time cannot be read, `fault` says more closely why where that is known. `headers` are those of its
    day (of its time, where that is what is wrong) and of its person. A row that leaves only one number blank, in the column
    `gap`, has the `other`.
    """

    start: dt.datetime | None
    person: tuple[str, ...]
    place: tuple[str, ...]
    customer: str = ""
    unread: str = ""
    fault: str | None = None
    headers: tuple[str, str] = ("", "")
    gap: str | None = None
    other: tuple[Column, int] | None = None


class _Part(NamedTuple):
    """A sheet, with what each of its rows says instead of numbers; None for a row that is not looked up."""

    sheet: Sheet
    rows: Sequence[_Row | None]


@dataclass(frozen=True, slots=True)
class _Choice:
    """A link that a row may mean: the words of its person's names, of the company, of where and what the appointment is.

    `customer` is the number of its person; "" for none.
    """

    candidate: Candidate
    customer: str
    first: frozenset[str]
    last: frozenset[str]
    company: frozenset[str]
    place: frozenset[str]

    @classmethod
    def of(cls, listed: Listed, start: dt.datetime, address: int, person: Person, place: str) -> _Choice:
        """An address of an appointment."""
        what = ", ".join(part for part in (person.name, moment_text(start), listed.subject, place) if part)
        words = (person.first_name, person.last_name, person.company, f"{place} {listed.subject}")
        return cls(Candidate(address, what, listed.id), person.customer_number, *(frozenset(_words(text)) for text in words))

    def belongs_to(self, other: tuple[Column, int] | None) -> bool:
        """Whether its appointment, or its address, is the one that a row names, if it names any."""
        numbers = {Column.APPOINTMENT: self.candidate.appointment_id, Column.ADDRESS: self.candidate.address_id}
        return other is None or numbers[other[0]] == other[1]

    def has(self, words: Sequence[str]) -> bool:
        """Whether all that a row says of its person is true of this one, and it says who."""
        known = self.first | self.last | self.company
        named = not self.last.isdisjoint(words) or (bool(self.company) and self.company.issubset(words))
        return named and all(word in known or self._is_initial(word) for word in words)

    def may_be(self, words: Sequence[str]) -> bool:
        """Whether the row names the surname or the company, whatever else it says."""
        return any(names and names.issubset(words) for names in (self.last, self.company))

    def is_like(self, words: Sequence[str]) -> bool:
        """Whether the row names a part of the company and nothing else, or surname or company but for a slip of the pen."""
        known = {name for name in self.last | self.company if len(name) > _TOO_SHORT and name not in _LEGAL_FORMS}
        part = bool(words) and self.company.issuperset(words) and not _LEGAL_FORMS.issuperset(words)
        return part or any(_is_among(word, known) for word in words)

    def is_apart(self, words: Sequence[str]) -> bool:
        """Whether the row names nothing of the first name."""
        return bool(self.first) and self.first.isdisjoint(words) and not any(map(self._is_initial, words))

    def _is_initial(self, word: str) -> bool:
        return len(word) == 1 and any(name.startswith(word) for name in self.first)


def suggested(  # noqa: PLR0917 - what a question needs
    files: Sequence[tuple[Path, str]],
    loaded: Sequence[Loaded],
    config: Config,
    credentials: tuple[str, str],
    runtime: Runtime,
    memory: Memory | None,
    *,
    load: Load = loader.load,
) -> tuple[Loaded, ...]:
    """The files; one without record numbers is read again by its days and names, where onOffice can be asked for these.

    None of its rows can be sent: beside each stands which links fit, or that none does. So it is with rows that leave one or
    both numbers blank in a file that has columns for them, as a correction file has. Where onOffice is away, or the right to read
    appointments or addresses is missing, a file without numbers stays refused, and says so.

    `files` says where the loaded ones lie, `load` reads a file as `sync.sheets.load.load`. Raises StopRun: the run was asked to
    end while a file was read.
    """
    if not config.report.names:
        return tuple(loaded)
    columns = declared(config.columns, customer_numbers=config.rules.customer_numbers)
    again = without_numbers(files, loaded, config, runtime.stopper.check_asked, load=load)
    asking = context.asking(config, credentials, runtime, memory, _RUN)
    try:
        found = _told(again, loaded, columns, asking, ZoneInfo(config.onoffice.timezone))
    except NotAllowed as error:
        _log.warning("no suggestions: the API user may not read %s", str(error) or "appointments")
        return refused_for(loaded, again, Why.NUMBERS_NOT_ALLOWED)
    except (StopRun, TooCrowded) as error:
        _log.warning("no suggestions: %s", error.stopped.stop if isinstance(error, StopRun) else type(error).__name__)
        return refused_for(loaded, again, Why.NUMBERS_NOT_SOUGHT)
    except Exception as error:  # noqa: BLE001 - the guard of last resort: these files stay refused, all others go on
        _log.error("no suggestions: an internal error\n%s", without_values(error))
        return refused_for(loaded, again, Why.NUMBERS_NOT_SOUGHT)
    return tuple(found.get(at, file) for at, file in enumerate(loaded))


def _told(
    again: Mapping[int, Loaded],
    loaded: Sequence[Loaded],
    columns: Columns,
    asking: AbstractContextManager[Asking],
    zone: ZoneInfo,
) -> Mapping[int, Loaded]:
    """The files to be judged, in which beside each row without numbers stands what fits; none where nothing can be asked."""
    customers = columns.takes_customer_numbers
    parts = {
        at: [_Part(_asking(sheet, columns), [*_rows(sheet, customers=customers)]) for sheet in file.sheets]
        for at, file in again.items()
    }
    names = by_name(columns)  # once: it takes longer than a small file
    with_gaps = {at: [_with_gaps(sheet, names) for sheet in file.sheets] for at, file in enumerate(loaded)}
    parts |= {at: some for at, some in with_gaps.items() if any(any(part.rows) for part in some)}
    named = [row for some in parts.values() for part in some for row in part.rows if row and (row.person or row.customer)]
    if not named:  # of these only the work lists that ask for nothing are no longer refused
        parts = {at: some for at, some in parts.items() if not any(part.rows for part in some)}
    choices: Choices = {}
    if starts := {row.start for row in named if row.start}:
        with asking as (client, identifiers, portions):
            agenda = Agenda(client.read, identifiers, portions, client.learner)
            choices = _choices(agenda, Directory(client.read, identifiers, portions), starts, zone)
    files = {**dict(enumerate(loaded)), **again}
    return {
        at: replace(files[at], sheets=tuple(_sheet(files[at].name, part, choices) for part in some)) for at, some in parts.items()
    }


def _asking(sheet: Sheet, columns: Columns) -> Sheet:
    """A sheet that was read by day and name, with nothing declared but what its rows ask for and when they say that it is."""
    asking = {column: cells for column, cells in sheet.declared.items() if column in ASKING}
    others = [cells for cells in _cells(sheet) if cells not in asking.values()]
    for cells in [cells for cells in others if columns.strong_column(cells.header) is Column.BEGIN][:1]:
        asking[Column.BEGIN] = Cells(cells.header, cells.position, cells.texts)
        others.remove(cells)
    return replace(sheet, declared=MappingProxyType(asking), others=tuple(others))


def _with_gaps(sheet: Sheet, names: Columns) -> _Part:
    """A sheet with columns for both numbers, and what those rows say that leave one or both blank and name a person.

    None of a sheet of customer numbers: a record number that is suggested there would be taken for one.
    `names` are those of the columns for day and person.
    """
    nothing = _Part(sheet, [None] * len(sheet.rows))
    if not sheet.declared.keys() >= IDS or is_customer_number(sheet.declared[Column.ADDRESS].header):
        return nothing
    ids = [sheet.declared[column] for column in (Column.APPOINTMENT, Column.ADDRESS)]
    blank = [any(map(is_blank, pair)) for pair in zip(*ids, strict=True)]
    if not 0 < sum(blank) <= MOST_WRONG_ROWS:
        return nothing
    cells = [each for each in _cells(sheet) if each not in ids]
    header = names.match([each.header for each in cells])
    if not isinstance(header, Header) or not header.positions.keys() >= IDS:
        return nothing
    named = {column: cells[header.positions[column]] for column in IDS}
    said = replace(
        sheet,
        declared={column: Cells(each.header, each.position, each.texts) for column, each in named.items()},
        others=tuple(each for each in cells if each not in named.values()),
    )
    read = _rows(said, customers=names.takes_customer_numbers)
    rows = [
        _with_other(row, pair, ids) if gap and (row.person or row.customer) else None
        for gap, row, pair in zip(blank, read, zip(*ids, strict=True), strict=True)
    ]
    return _Part(sheet, rows)


def _with_other(row: _Row, pair: tuple[str, ...], ids: Sequence[Cells | Carried]) -> _Row | None:
    """A row that leaves numbers blank, with the one that it has; None where this is no record number."""
    if all(map(is_blank, pair)):
        return row
    at = 1 if is_blank(pair[0]) else 0
    number = parse_id(pair[at])
    if isinstance(number, Code):
        return None
    return row._replace(gap=ids[1 - at].header, other=((Column.APPOINTMENT, Column.ADDRESS)[at], number))


def _cells(sheet: Sheet) -> list[Cells | Carried]:
    return sorted((*sheet.declared.values(), *sheet.others), key=lambda each: each.position)


def _rows(sheet: Sheet, *, customers: bool) -> Iterator[_Row]:
    """What each row says, with its customer number where these count. Of a sheet that was read by day and name."""
    blank = [""] * len(sheet.rows)
    day_cells, people = sheet.declared[Column.APPOINTMENT], sheet.declared[Column.ADDRESS]
    numbers = [each for each in (people, *sheet.others) if customers and is_customer_number(each.header)][:1]
    names = blank if people in numbers else people
    times, first_names, places = (
        [each for each in sheet.others if key(each.header) in names] for names in (_TIMES, _FIRST_NAMES, _PLACES)
    )
    time_header = times[0].header if times else day_cells.header
    columns = (zip(*map(list, some), strict=True) if some else zip(blank, strict=True) for some in (times, first_names, places))
    known = map(plain_number, numbers[0]) if numbers else blank
    for day_text, name, number, hours, first, where in zip(day_cells, names, known, *columns, strict=True):
        words = [word for word in _words(" ".join((*first, name))) if word not in _NO_NAMES]
        start = start_of(day_text, hours)
        cannot = "" if start else unread(day_text, hours)
        at_fault = time_header if not start and has_day(day_text) else day_cells.header
        fault = None if start else "no_such_day" if is_no_day(day_text) else "no_year" if lacks_year(day_text) else None
        yield _Row(start, tuple(words), tuple(_words(" ".join(where))), number, cannot, fault, (at_fault, people.header))


def _words(text: str) -> list[str]:
    """The words of a text as far as their letters count."""
    words = (key(each) for each in _WORD.findall(unicodedata.normalize("NFC", text)))
    return [f"{word[: -len('strasse')]}str" if word.endswith("strasse") else word for word in words if word]


def _choices(agenda: Agenda, directory: Directory, starts: set[dt.datetime], zone: ZoneInfo) -> Choices:
    """The links of the appointments that start at these minutes. Raises NotAllowed, StopRun: the addresses cannot be read."""
    found: list[tuple[dt.datetime, Listed]] = []
    for first, last in islice(_periods(sorted({start.date() for start in starts})), _MOST_PERIODS):
        for listed in agenda.between(first, last):
            start = local_start(listed.appointment.start, zone)
            if start and not listed.all_day and (minute := start.replace(second=0, microsecond=0)) in starts:
                found.append((minute, listed))
    hidden = agenda.linked([listed.id for _, listed in found])
    links = {listed.id: {*listed.appointment.contacts} | hidden.get(listed.id, frozenset()) for _, listed in found}
    people = directory.people(set().union(*links.values()))
    places = directory.places(listed.estate for _, listed in found if listed.estate and not listed.location)
    if directory.addresses.refused:
        raise NotAllowed("addresses")
    if directory.addresses.unclear:
        raise StopRun(Stop.BAD_ANSWERS, f"{directory.addresses.unclear} x addresses")
    choices: defaultdict[dt.datetime, list[_Choice]] = defaultdict(list)
    for start, listed in found:
        place = listed.location or places.get(listed.estate or 0, "")
        choices[start] += [
            _Choice.of(listed, start, address, person, place)
            for address in sorted(links[listed.id])
            if (person := people.get(address))
        ]
    return choices


def _periods(days: Sequence[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """The days as periods, in which no two that follow each other lie far apart."""
    first = last = days[0]
    for each in days[1:]:
        if each - last > _APART:
            yield first, last
            first = each
        last = each
    yield first, last


def _sheet(file: str, part: _Part, choices: Choices) -> Sheet:
    """The sheet with what fits; its column of starts, of which some hold a time only, names them whole as the rows mean them."""
    sheet, rows = part
    asking = dict(sheet.declared)
    if begins := asking.get(Column.BEGIN):
        texts = [row.start.isoformat() if row and row.start else text for row, text in zip(rows, begins, strict=True)]
        asking[Column.BEGIN] = Cells(begins.header, begins.position, np.array([*texts, None], dtype=object)[:-1])
    problems = [
        Problem(Place(file, sheet.name, number), *told)
        for number, row in zip(sheet.rows.tolist(), rows, strict=True)
        if row and (told := _fitting(row, choices))
    ]
    return replace(sheet, declared=MappingProxyType(asking), problems=(*sheet.problems, *problems))


def _meant(row: _Row, choices: Sequence[_Choice]) -> tuple[list[_Choice], list[_Choice]]:
    """The links that a row means for sure, one of several or not, and those that it may mean besides.

    A customer number tells more than a name; where nobody there has it, neither a name nor one of the same digits (`K-1016` for
    1016) makes anything sure.
    """
    if same := [each for each in choices if row.customer and each.customer == row.customer]:
        sure = [each for each in same if not row.person or each.has(row.person)]
        named = [each for each in choices if not sure and each.has(row.person)]  # the number is somebody else's
        return sure, [each for each in (*same, *named) if each not in sure]
    sure = [each for each in choices if not row.customer and each.has(row.person)]
    alike = [each for each in choices if same_digits(each.customer, row.customer)]
    perhaps = [each for each in choices if each in alike or (each not in sure and each.may_be(row.person))]
    perhaps = perhaps or [each for each in choices if not sure and each.is_like(row.person)]
    near = [each for each in perhaps if each in alike or not each.is_apart(row.person)]
    return sure, near if sure or near else perhaps


def _fitting(row: _Row, choices: Choices) -> tuple[Code, str | None, str | None, str | None] | None:
    """What to say about a row, with the links that it may mean; None where one of its numbers is there and nothing fits.

    One fits if all that the row says of the person is true of it, and no other can be meant; among several the place may tell.
    What agrees in the surname only, a person has to choose.
    """
    when, who = row.headers
    if row.start is None:
        told = Code.NUMBERS_NEED_START, when, row.unread or None, row.fault
        return None if row.other else told
    if not (row.person or row.customer):
        return Code.NUMBERS_NOT_FOUND, who, None, "no_name"
    there = choices.get(row.start, ())
    sure, perhaps = _meant(row, [each for each in there if each.belongs_to(row.other)])
    if len(sure) > 1 and not perhaps and row.place:
        at_place = [each for each in sure if each.place.issuperset(row.place)]
        sure = at_place if len(at_place) == 1 else sure
    found = [*sure, *perhaps]
    if not found:
        nobody = (who, None, "nobody") if there else (when, None, None)
        return None if row.other else (Code.NUMBERS_NOT_FOUND, *nobody)
    code = Code.NUMBERS_SUGGESTED if len(sure) == 1 and not perhaps else Code.NUMBERS_TO_CHOOSE
    return code, row.gap, None, as_hint(each.candidate for each in found[:_MOST_TOLD])


_NOT_DONE: Final = (Verdict.NOT_SENT, Verdict.CONFLICT, Verdict.REJECTED, Verdict.UNKNOWN)
_UNCHANGED: Final = (Verdict.UNCHANGED,)
_LENGTH_OF_A_DAY: Final = len("2026-12-02")
#: Beside so many rows stand names at the most; the report page has no more rows below its groups.
_MOST_NAMED: Final = 5_000


def with_names(job: Job, client: Client, rounds: Rounds, checked: Checked) -> tuple[Checked, tuple[Notice, ...]]:
    """The judged rows with the names of those whom they are about, and a notice where the right to read them is missing.

    Beside a row that is not linked stands who is, and beside one that was sent, or kept from it, where its sheet names another
    person, or another start, than onOffice has for its numbers. Where names are asked for anyway, in the same request, those of
    rows that were right already are compared, too.
    """
    checked = _with_starts(checked)
    linked = _linked_instead(rounds, checked)
    candidates = [*dict.fromkeys(chain.from_iterable(linked.values()))]
    wanted = [*dict.fromkeys([*candidates, *_listed(checked)])][:_MOST_NAMED]
    named = _named(checked)
    people: Mapping[int, Person] = {}
    notices: tuple[Notice, ...] = ()
    if (wanted or named) and job.config.report.names and not rounds.stopped:
        some = dict.fromkeys([*wanted, *named, *_named(checked, _UNCHANGED)])
        people, hidden = _read(job, client, [*some], chain(candidates, _seen(rounds, checked)))
        notices = (Notice(Odd.NO_NAMES, ""),) if hidden and wanted else ()
    found = replace(
        checked,
        people={key: person.name for key, person in people.items() if person.name},
        problems=ProblemTable.joined([checked.problems, _contradicted(checked, people)]),
    )
    return _with_candidates(found, linked, rounds.subjects if job.config.report.names else {}), notices


def _read(job: Job, client: Client, wanted: Sequence[int], seen: Iterable[int]) -> tuple[Mapping[int, Person], bool]:
    """The people behind addresses, in one request, and whether the right to read them is missing: some were `seen`."""
    portions = context.portions_of(job.config, client)
    numbers = (f"{job.run_id}-n{number}" for number in count(1))
    some = wanted[: MOST_LISTED * portions.calls]
    directory = Directory(client.read, numbers, portions)
    try:
        people = directory.people(some)
    except StopRun as stop:
        _log.info("no names: %s", stop.stopped.stop)
        return {}, False
    return people, directory.addresses.refused and (not directory.addresses.silent or not {*some}.isdisjoint(seen))


class _Columns(NamedTuple):
    """The columns of a sheet that say who a row is about, and when, beside its numbers; none where it has none."""

    names: Sequence[Cells | Carried]
    first_names: Sequence[Cells | Carried]
    days: Sequence[Cells | Carried]
    times: Sequence[Cells | Carried]
    numbers: Sequence[Cells | Carried]

    @classmethod
    def of(cls, sheet: Sheet) -> _Columns:
        """The columns of a sheet. One that declares starts is held to these, and to no other day."""
        names, first_names, days, times = (
            [sheet.others[at] for at in some] for some in telling(each.header for each in sheet.others)
        )
        numbers = [each for each in sheet.others if is_customer_number(each.header)]
        held = Column.BEGIN in sheet.declared
        return cls(names[:1], first_names[:1], [] if held else days[:1], [] if held else times[:1], numbers[:1])

    @property
    def say_who(self) -> bool:
        """Whether any of them says who."""
        return bool(self.names or self.first_names or self.numbers)


def _at_stake(checked: Checked, only: Sequence[Verdict] = ()) -> Iterator[tuple[_Columns, int, Sequence[int]]]:
    """Of sheets that say who or when: where their rows begin in the row table, and which of these have `only` these verdicts.

    Without any: which were sent, are to be, or were kept from it.
    """
    verdicts, end = checked.verdicts, 0
    for sheet in (sheet for file in checked.files for sheet in file.sheets):
        start, end = end, end + len(sheet.rows)
        columns = _Columns.of(sheet)
        if verdicts is None or not (columns.say_who or columns.days):
            continue
        sent = verdicts.attempts[start:end] > 0
        some = np.isin(verdicts.verdict[start:end].astype(str), [*(only or _NOT_DONE)])
        some = some & ~sent if only else some | sent
        yield columns, start, (np.flatnonzero(some) + start).tolist()


def _named(checked: Checked, only: Sequence[Verdict] = ()) -> list[int]:
    """The addresses of rows that are sent or kept from it, or have `only` these verdicts, of sheets that say who."""
    some = [lines for columns, _, lines in _at_stake(checked, only) if lines and columns.say_who]
    return [*dict.fromkeys(checked.rows.address_id[[*chain.from_iterable(some)]].tolist())] if some else []


def _contradicted(checked: Checked, people: Mapping[int, Person]) -> ProblemTable:
    """Where such a row says something else of its person or its start than onOffice has for its numbers."""
    found: list[tuple[int, str, str, str, str]] = []
    for only in ((), _UNCHANGED) if people else ((),):
        for columns, begin, some_lines in _at_stake(checked, only):
            lines = [line for line in some_lines if not only or int(checked.rows.address_id[line]) in people]
            if lines and (columns.say_who or not only):
                texts = [[[*each] for each in some] for some in columns]
                for line in lines:
                    cells = [[visible(column[line - begin]) for column in some] for some in texts]
                    told = _contradictions(checked, people, line, columns, cells)
                    found += ((line, *each) for each in told if not only or each[0] == Code.PERSON_DIFFERS)
    return ProblemTable.of(found)


def _contradictions(
    checked: Checked, people: Mapping[int, Person], line: int, columns: _Columns, cells: Sequence[Sequence[str]]
) -> Iterator[tuple[str, str, str, str]]:
    """What of a row's cells is not so, as a finding without its place."""
    name, first, day, time, number = ("".join(some) for some in cells)
    if person := people.get(int(checked.rows.address_id[line])):
        if number and person.customer_number and not _is_number_of(person, plain_number(number)):
            known = f"{person.customer_number} {person.name}".strip()
            yield Code.PERSON_DIFFERS, columns.numbers[0].header, number, known
        elif not _may_be(person, f"{first} {name}"):
            header = (columns.names if name else columns.first_names)[0].header
            yield Code.PERSON_DIFFERS, header, name or first, person.name
    if start := checked.verdicts.start[line] if checked.verdicts else None:
        told = start_of(day, [time])
        begin = parse_begin(day)
        other_day = has_day(day) and begin[:_LENGTH_OF_A_DAY] != start.date().isoformat()
        if other_day or (told and told != start.replace(second=0, microsecond=0)):
            column, cell = (columns.days, day) if other_day or not time else (columns.times, time)
            yield Code.START_DIFFERS, column[0].header, cell, moment_text(start)


def _is_number_of(person: Person, number: str) -> bool:
    known = person.customer_number
    return number.casefold() == known.casefold() or same_digits(number, known)


def _may_be(person: Person, text: str) -> bool:
    """Whether a text may name a person: by surname or company, with no other first name, or by the first name alone.

    A slip of the pen does not matter. Initials, numbers and words such as "unbekannt" name nobody; of several people it is enough
    that one may be meant.
    """
    first, last, company = (_words(part) for part in (person.first_name, person.last_name, person.company))
    surnames = {*last, "".join(last), *company} - {*_LEGAL_FORMS, ""}
    first_names = {*first, "".join(first)} - {""}
    tokens = [[word for word in _words(token) if len(word) > 1 and not word.isdecimal()] for token in _TOKENS.split(text)]
    said = {*chain.from_iterable(tokens)} - _NO_NAMES - _NOBODY - _LEGAL_FORMS
    of_last = {*chain.from_iterable(some for some in tokens if any(_is_among(word, surnames) for word in some))}
    of_first = {word for word in said if _is_among(word, first_names)}
    if not said or not (surnames or first_names):
        return True
    several = bool(_SEVERAL.search(text))
    if not of_last:
        return said == of_first or bool(of_first and (several or not surnames))
    return bool(several or of_first or not first_names or len(said - of_last) != 1)


def _is_among(word: str, names: Collection[str]) -> bool:
    """Whether a word is one of these names, but for a slip of the pen."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - only where names are compared

    return word in names or any(fuzz.ratio(word, name) >= _ALIKE for name in names if len(name) > _TOO_SHORT)


def _listed(checked: Checked) -> Iterator[int]:
    """The addresses of the rows that need a person, then of those that have changed, or would; of sheets without names."""
    rows, verdicts, nameless = checked.rows, checked.verdicts, _nameless(checked)
    if verdicts is None:
        return
    needed = checked.need_a_person & (rows.address_id > 0) & nameless
    would_change = (verdicts.verdict == Verdict.NOT_SENT) & nameless  # after a dry run
    if needed.any() or would_change.any():
        changed = ((verdicts.attempts > 0) & nameless) | would_change
        yield from chain(rows.address_id[needed].tolist(), rows.address_id[changed].tolist())


def _nameless(checked: Checked) -> Bools:
    """Which rows stand in a sheet that has no names itself."""
    sheets = [sheet for file in checked.files for sheet in file.sheets]
    nameless = np.array([not own(sheet).name for sheet in sheets], dtype=bool)
    return np.repeat(nameless, [len(sheet.rows) for sheet in sheets])


def _seen(rounds: Rounds, checked: Checked) -> Iterator[int]:
    """The addresses that are there, as looks have shown; where these show none at all, those that are told to be linked."""
    verdicts = checked.verdicts
    shown = [] if verdicts is None else checked.rows.address_id[verdicts.before_found == Found.LINKED].tolist()
    yield from shown or chain.from_iterable(rounds.linked.values())


def _with_starts(checked: Checked) -> Checked:
    """The judged rows; one that is wrong itself has the start that a look at its appointment has shown for other rows."""
    rows, verdicts = checked.rows, checked.verdicts
    if verdicts is None or not checked.need_a_person.any():
        return checked
    known = verdicts.start.astype(bool)
    lacking = np.flatnonzero(checked.need_a_person & ~known & (rows.appointment_id > 0))
    others = np.flatnonzero(known & np.isin(rows.appointment_id, rows.appointment_id[lacking]))
    starts = dict(zip(rows.appointment_id[others].tolist(), verdicts.start[others].tolist(), strict=True))
    if not starts:
        return checked
    start = verdicts.start.copy()
    start[lacking] = [starts.get(number) for number in rows.appointment_id[lacking].tolist()]
    return replace(checked, verdicts=replace(verdicts, start=start))


def _linked_instead(rounds: Rounds, checked: Checked) -> Mapping[int, tuple[int, ...]]:
    """The addresses of those appointments that turned out not to be linked to the address of a row."""
    problems = checked.problems
    lines = problems.at[problems.code == Code.NOT_LINKED]
    appointments = {*checked.rows.appointment_id[lines].tolist()}
    return {number: rounds.linked[number][:_MOST_TOLD] for number in sorted(appointments & rounds.linked.keys())}


def _with_candidates(checked: Checked, linked: Mapping[int, tuple[int, ...]], subjects: Mapping[int, str]) -> Checked:
    """The judged rows; beside those that are not linked stands who is, and which appointment that is."""
    problems, rows, verdicts = checked.problems, checked.rows, checked.verdicts
    places = np.flatnonzero(problems.code == Code.NOT_LINKED)
    if not linked or not len(places) or verdicts is None:
        return checked
    hint = problems.hint.copy()
    for place in places.tolist():
        line = problems.at[place]
        appointment = int(rows.appointment_id[line])
        if appointment in linked:
            meeting = Meeting(appointment, verdicts.start[line], subjects.get(appointment, ""))
            hint[place] = as_hint((Candidate(each, checked.people.get(each, "")) for each in linked[appointment]), meeting)
    return replace(checked, problems=replace(problems, hint=hint))
