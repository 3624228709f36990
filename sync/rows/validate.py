"""From text cells to changes: every row is judged, alone and beside all other rows of the run. Pure, by column.

The result is a `Checked`: the row table and the problem table of `sync.domain.tables`, and one change per link that may be sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, pairwise, repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sync.domain.model import (
    NOTHING_ELSE,
    WARNINGS,
    Cells,
    Checked,
    CheckOutcome,
    Code,
    Column,
    Confirmation,
    Feedback,
    Operation,
    Place,
)
from sync.domain.tables import AIMS, CONFIRMATIONS, FEEDBACKS, Changes, Numbers, ProblemTable, RowTable, numbers_in, repeated
from sync.i18n import everywhere
from sync.rows.columns import ASKING, GUARDS, HANDED_OUT, is_blank, is_customer_number, parse_aim, parse_id, plain_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sync.domain.model import Loaded, Sheet
    from sync.domain.tables import Bools, Carried, Codes, Ints, Texts
    from sync.rows.spellings import SpellingReading, Spellings

    #: Lines about which something is said, what it is, in which column, and the other lines that are named, each as long.
    About = tuple[Ints, Code, Column | None, tuple[Ints, ...]]


def validate(
    files: Sequence[Loaded],
    spellings: Spellings,
    policy: RowPolicy,
    place_text: Callable[[Place], str],
) -> Checked:
    """Judge all rows of all files at once.

    `place_text` words the place of another row in the language of the report.
    """
    table = AllSheets(files)
    problems = Problems(table)
    problems.add_from_readers()
    parsed = parse(table, spellings, policy, problems)
    bad = problems.rows_with_errors()
    beside = ConflictFinder(table, Wanted.of(parsed, bad), parsed, policy)
    beside.report(problems, place_text)
    return Checked(tuple(files), _row_table(table, parsed, beside, bad), problems.table(), beside.changes())


def _row_table(table: AllSheets, parsed: Parsed, beside: ConflictFinder, bad: Bools) -> RowTable:
    files = np.array([file for file, _ in table.parts], dtype=np.int64)
    sheets = np.array([sheet.name for _, sheet in table.parts], dtype=object)
    return RowTable(
        file=files[table.part],
        sheet=sheets[table.part],
        row=table.row,
        appointment_id=parsed.appointment,
        address_id=parsed.address,
        confirmation=_words_of(parsed.confirmation, CONFIRMATIONS),
        feedback=_words_of(parsed.feedback, FEEDBACKS),
        action=_words_of(parsed.aim, AIMS),
        outcome=_outcomes(bad, beside),
        change=beside.change_of_lines(),
        guards=parsed.guards_of(parsed.guards),
    )


def _words_of(numbers: Codes, words: Sequence[str]) -> Texts:
    return np.array([*(str(word) for word in words), None], dtype=object)[numbers]


def _outcomes(bad: Bools, beside: ConflictFinder) -> Texts:
    outcome = repeated(CheckOutcome.VALID.value, len(bad))
    outcome[bad] = CheckOutcome.INVALID.value
    outcome[beside.line[beside.duplicate]] = CheckOutcome.DUPLICATE.value
    outcome[beside.line[beside.contradicts]] = CheckOutcome.CONFLICT.value
    return outcome


# Each column of text into typed values; what cannot be read becomes a finding.


#: Cells looked at together: small enough that one odd cell does not send many plain ones the slow way.
_IDS_AT_ONCE: Final = 4096
_LARGEST_ID: Final = 10**18 - 1


@dataclass(frozen=True, slots=True)
class RowPolicy:
    """What the office allows: the last of contradicting rows wins, missing links are made, links may be taken away."""

    last_wins: bool = False
    create_missing: bool = False
    allow_delete: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """Typed columns of all lines. Ids are 0 and words -1 where the cell holds none or a wrong one.

    Words are positions in `CONFIRMATIONS`, `FEEDBACKS`, `AIMS`. What a work list says that a link had when it was handed out
    stands in `confirmation_now` and `feedback_now`. `guards` has for each guarding column positions in its `guard_values`, which
    end with None.
    """

    appointment: Ints
    address: Ints
    confirmation: Codes
    feedback: Codes
    aim: Codes
    confirmation_now: Codes
    feedback_now: Codes
    guards: Mapping[Column, Codes]
    guard_values: Mapping[Column, Texts]

    def guards_of(self, codes: Mapping[Column, Codes]) -> Mapping[Column, Texts]:
        """The values behind such positions."""
        return {column: values[codes[column]] for column, values in self.guard_values.items()}


def parse(table: AllSheets, spellings: Spellings, policy: RowPolicy, problems: Problems) -> Parsed:
    """Read all columns of all lines."""
    known = problems.rows_with_errors()
    appointment = _ids(table, Column.APPOINTMENT, problems, known)
    address = _ids(table, Column.ADDRESS, problems, known)
    confirmation, no_confirmation = _words(table, Column.CONFIRMATION, spellings, problems)
    feedback, no_feedback = _words(table, Column.FEEDBACK, spellings, problems)
    confirmation_now, _ = _words(table, Column.CONFIRMATION_NOW, spellings, problems)
    feedback_now, _ = _words(table, Column.FEEDBACK_NOW, spellings, problems)
    codes, aims = _cells(table, Column.ACTION, parse_aim, Operation.SET, problems)
    aim = _places(aims, AIMS)[codes]
    guards, guard_values = {}, {}
    for column, read in GUARDS.items():
        codes, said = _cells(table, column, read, None, problems)
        values = list(dict.fromkeys(value for value in said if value))
        guards[column], guard_values[column] = _places(said, values)[codes], _each([*values, None], object)
    # a row has to set at least one status; a cell that was reported already counts as an attempt
    nothing = np.flatnonzero(no_confirmation & no_feedback & (aim == AIMS.index(Operation.SET)) & ~problems.rows_with_errors())
    problems.add(nothing, Code.NOTHING_TO_SET, None, None)
    unlink = np.flatnonzero(aim == AIMS.index(Operation.UNLINK))
    if not policy.allow_delete and len(unlink):
        alone = np.where((no_confirmation & no_feedback)[unlink], NOTHING_ELSE, np.array(None))
        problems.add(unlink, Code.ACTION_NOT_ALLOWED, Column.ACTION, table.text(Column.ACTION)[unlink], alone)
    elif len(unlink):
        for column, words in ((Column.CONFIRMATION, confirmation), (Column.FEEDBACK, feedback)):
            unused = unlink[words[unlink] >= 0]
            problems.add(unused, Code.WORD_NOT_USED, column, table.text(column)[unused])
    return Parsed(appointment, address, confirmation, feedback, aim, confirmation_now, feedback_now, guards, guard_values)


def _ids(table: AllSheets, column: Column, problems: Problems, known: Bools) -> Ints:
    """Record numbers; a blank cell whose reader already reported an error in the row is not reported again."""
    texts = table.cells(column)
    numbers = np.zeros(len(texts), dtype=np.int64)
    wrong: dict[int, Code] = {}
    for start in range(0, len(texts), _IDS_AT_ONCE):
        some = texts[start : start + _IDS_AT_ONCE]
        plain = _plain_ids(some)
        if plain is not None:
            numbers[start : start + len(some)] = plain
            continue
        for line, value in enumerate(map(parse_id, some), start):
            if isinstance(value, Code):
                wrong[line] = value
            else:
                numbers[line] = value
    customers = [column is Column.ADDRESS and bool(header) and is_customer_number(header) for header in table.headers(column)]
    told = [line for line, code in wrong.items() if code is not Code.MISSING_ID or not known[line]]
    at = np.array(told, dtype=np.int64)
    meant = [str(parse_id(plain_digits(texts[line]))) if wrong[line] is Code.FOREIGN_DIGITS else None for line in told]
    if column is Column.ADDRESS:  # in the place of its number people write another one
        meant = [column.value if wrong[line] is Code.MISSING_ID else hint for line, hint in zip(told, meant, strict=True)]
    missing = {
        line: Code.CUSTOMER_NUMBER_MISSING for line in told if wrong[line] is Code.MISSING_ID and customers[table.part[line]]
    }
    codes = np.array([missing.get(line, wrong[line]).value for line in told], dtype=object)
    problems.add(at, codes, column, _each((texts[line] or None for line in told), object), _each(meant, object))
    return numbers


def _plain_ids(texts: list[str]) -> Ints | None:
    """The numbers, where every text is nothing but digits and no number is too long: nearly always, and ten times as fast."""
    numbers = numbers_in(texts)
    return numbers if numbers is not None and numbers.min() > 0 and numbers.max() <= _LARGEST_ID else None


def _words(table: AllSheets, column: Column, spellings: Spellings, problems: Problems) -> tuple[Codes, Bools]:
    """Positions of the words in their enum, and which cells are blank."""
    of_confirmation = column in {Column.CONFIRMATION, Column.CONFIRMATION_NOW}
    kind: type[Confirmation | Feedback] = Confirmation if of_confirmation else Feedback
    allowed = Column.CONFIRMATION if of_confirmation else Column.FEEDBACK
    codes, texts = _distinct(table, column)
    untold = everywhere("report.not_set_up") if column is Column.FEEDBACK_NOW else []
    readings: list[SpellingReading | None] = [
        None if is_blank(text) or text.strip() in untold else spellings.read(text, kind) for text in texts
    ]
    numbers = _places((r.word if r else None for r in readings), list(kind))
    hints = _each((r and (r.word or r.suggestion or (None if r.damaged else allowed.value)) for r in readings), object)
    wrong = [r is not None and r.word is None and not r.damaged for r in readings]
    damaged = [r is not None and r.damaged for r in readings]
    repaired = [r is not None and r.repaired for r in readings]
    for found, code in ((wrong, Code.UNKNOWN_WORD), (damaged, Code.DAMAGED_TEXT), (repaired, Code.REPAIRED)):
        at = np.flatnonzero(_each(found, bool)[codes])
        problems.add(at, code, column, texts[codes[at]], hints[codes[at]])
    return numbers[codes], _each((r is None for r in readings), bool)[codes]


def _cells(
    table: AllSheets, column: Column, parse: Callable[[str], str | Code], blank: str | None, problems: Problems
) -> tuple[Codes, list[str | None]]:
    """For every line the position of its value, and the values; a wrong cell counts as a blank one."""
    codes, texts = _distinct(table, column)
    parsed = [parse(text) if not is_blank(text) else blank for text in texts]
    wrong = _each((value.value if isinstance(value, Code) else None for value in parsed), object)
    at = np.flatnonzero(_each((isinstance(value, Code) for value in parsed), bool)[codes])
    problems.add(at, wrong[codes[at]], column, texts[codes[at]], repeated(column.value, len(at)))
    return codes, [blank if isinstance(value, Code) else value for value in parsed]


def _places(values: Iterable[str | None], words: Sequence[str]) -> Codes:
    """Where each value stands among the words; -1 where there is none."""
    at = {word: number for number, word in enumerate(words)}
    return _each((-1 if value is None else at[value] for value in values), np.int32)


def _distinct(table: AllSheets, column: Column) -> tuple[Codes, Texts]:
    """The texts that occur in a column, and for every line the position of its own among them."""
    if not table.has(column):
        return np.zeros(len(table), np.int32), np.array([""], dtype=object)
    texts = table.cells(column)
    positions = Numbers()
    codes = np.fromiter(map(positions.__getitem__, texts), dtype=np.int32, count=len(texts))
    return codes, _each(positions, object)


def _each(values: Iterable[object], kind: type) -> np.ndarray[tuple[int], np.dtype[Any]]:
    """An array of one value each, also where a value is a sequence itself."""
    return np.fromiter(values, dtype=kind)


# All sheets of all files as one table, and the findings collected about it.


class AllSheets:
    """All sheets of all files under each other; knows for each line which sheet it came from."""

    def __init__(self, files: Sequence[Loaded]) -> None:
        self.files = files
        self.parts: list[tuple[int, Sheet]] = [(at, sheet) for at, file in enumerate(files) for sheet in file.sheets]
        lengths = [len(sheet.rows) for _, sheet in self.parts]
        self.ends = np.cumsum([0, *lengths])
        self.part: Codes = np.repeat(np.arange(len(self.parts), dtype=np.int32), lengths)
        self.row: Ints = np.concatenate([np.empty(0, np.int64), *(sheet.rows for _, sheet in self.parts)])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def has(self, column: Column) -> bool:
        """Whether any sheet has a column."""
        return any(column in sheet.declared for _, sheet in self.parts)

    def text(self, column: Column) -> Texts:
        """One column of text; "" where a sheet does not have it."""
        return np.array([*self.cells(column), None], dtype=object)[:-1]

    def cells(self, column: Column) -> list[str]:
        """One column of text, as a list."""
        return [*chain.from_iterable(_cells_of(sheet, column) for _, sheet in self.parts)]

    def headers(self, column: Column) -> Texts:
        """The header of a column in each sheet, None where a sheet does not have it."""
        found = (sheet.declared.get(column) for _, sheet in self.parts)
        return np.array([each and each.header for each in found], dtype=object)

    def place(self, at: int) -> Place:
        """Where a line stands."""
        file, sheet = self.parts[self.part[at]]
        return Place(self.files[file].name, sheet.name, int(self.row[at]))


def _cells_of(sheet: Sheet, column: Column) -> Iterable[str]:
    """One column of a sheet; of its addresses the record numbers, also where it has customer numbers."""
    if column is Column.ADDRESS and sheet.addresses is not None:
        addresses: list[str] = sheet.addresses.tolist()
        return addresses
    return sheet.declared.get(column) or repeat("", len(sheet.rows))


class Problems:
    """Collects findings column by column; one line per finding in the end."""

    def __init__(self, table: AllSheets) -> None:
        self._table = table
        self._found: list[ProblemTable] = []

    def add(self, at: Ints, code: Texts | Code, column: Column | None, value: Texts | None, hint: Texts | None = None) -> None:
        """Add one finding per line of `at`; the other arrays are as long as `at`."""
        if not len(at):
            return
        nothing = np.full(len(at), None, dtype=object)
        self._found.append(
            ProblemTable(
                at,
                repeated(code.value, len(at)) if isinstance(code, Code) else code,
                self._table.headers(column)[self._table.part[at]] if column else nothing,
                nothing if value is None else value,
                nothing if hint is None else hint,
            )
        )

    def add_from_readers(self) -> None:
        """Take over what the readers of the files found."""
        table = self._table
        for number, (_, sheet) in enumerate(table.parts):
            first, last = int(table.ends[number]), int(table.ends[number + 1])
            if not sheet.problems or first == last:
                continue
            rows = np.array([problem.place.row for problem in sheet.problems], dtype=np.int64)
            at = first + np.minimum(np.searchsorted(table.row[first:last], rows), last - first - 1)
            lines = [(problem.code.value, problem.column, problem.value, problem.hint) for problem in sheet.problems]
            self._found.append(ProblemTable(at, *np.array(lines, dtype=object).T))

    def rows_with_errors(self) -> Bools:
        """Which lines have a finding that keeps them from being sent."""
        bad = np.zeros(len(self._table), dtype=bool)
        for found in self._found:
            bad[found.at[[code not in WARNINGS for code in found.code]]] = True
        return bad

    def table(self) -> ProblemTable:
        """The problem table."""
        return ProblemTable.joined(self._found)


# Work lists that come back: the rows in which nobody has filled anything in ask for nothing.


def without_unfilled(file: Loaded) -> Loaded:
    """The file; of its work lists the rows that ask for nothing count as blank."""
    if not any(HANDED_OUT & sheet.declared.keys() for sheet in file.sheets):
        return file
    return replace(file, sheets=tuple(_filled(sheet) if HANDED_OUT & sheet.declared.keys() else sheet for sheet in file.sheets))


def _filled(sheet: Sheet) -> Sheet:
    """The sheet with those of its rows only that ask for something."""
    asks = np.zeros(len(sheet.rows), dtype=bool)
    for column in ASKING & sheet.declared.keys():
        asks |= np.fromiter((not is_blank(text) for text in sheet.declared[column]), dtype=bool, count=len(sheet.rows))
    asks |= np.isin(sheet.rows, [*_without_value(sheet)])
    if asks.all():
        return sheet
    rows = set(sheet.rows[asks].tolist())
    return replace(
        sheet,
        rows=sheet.rows[asks],
        declared={column: _some(cells, asks) for column, cells in sheet.declared.items()},
        others=tuple(_some(cells, asks) for cells in sheet.others),
        addresses=None if sheet.addresses is None else sheet.addresses[asks],
        blank=sheet.blank + int(np.count_nonzero(~asks)),
        problems=tuple(problem for problem in sheet.problems if problem.place.row in rows),
    )


def _without_value(sheet: Sheet) -> Iterator[int]:
    """The rows in which somebody has filled in what came out as nothing, such as a formula that no program has worked out."""
    headers = {sheet.declared[column].header.strip() for column in ASKING & sheet.declared.keys()}
    for problem in sheet.problems:
        if problem.code not in WARNINGS and problem.column and problem.column.strip() in headers:
            yield problem.place.row


def _some(cells: Cells | Carried, asks: Bools) -> Cells:
    return Cells(cells.header, cells.position, cells.texts[asks])


# What rows say beside each other: duplicates, contradictions, and one wanted state per link.


#: What lines can say, by the column in which they say it.
_COLUMNS: Final = {
    Column.CONFIRMATION: ("confirmation",),
    Column.FEEDBACK: ("feedback",),
    Column.ACTION: ("stays", "made"),
    **{column: (column.value,) for column in GUARDS},
}
_SET, _LINK, _UNLINK = map(AIMS.index, (Operation.SET, Operation.LINK, Operation.UNLINK))


@dataclass(frozen=True, slots=True)
class Wanted:
    """The lines that ask for something, ordered by link and then as read.

    `line` are line numbers, `first` marks a link's first line.
    """

    line: Ints
    first: Bools

    @classmethod
    def of(cls, parsed: Parsed, bad: Bools) -> Wanted:
        """All lines but the bad ones."""
        good = np.flatnonzero(~bad)
        at = good[np.lexsort((parsed.address[good], parsed.appointment[good]))]
        appointment, address = parsed.appointment[at], parsed.address[at]
        first = np.ones(len(at), dtype=bool)
        first[1:] = (appointment[1:] != appointment[:-1]) | (address[1:] != address[:-1])
        return cls(at, first)

    def in_company(self) -> Wanted:
        """The lines of links that several lines speak of: the only ones that can stand against each other."""
        company = ~self._alone
        return Wanted(self.line[company], self.first[company])

    @property
    def links_in_company(self) -> Ints:
        """The numbers of those links among all links."""
        return np.flatnonzero(~self._alone[self.first])

    @property
    def _alone(self) -> Bools:
        alone = self.first.copy()
        alone[:-1] &= self.first[1:]
        return alone

    @property
    def starts(self) -> Ints:
        """The first line of each link."""
        return np.flatnonzero(self.first)

    @property
    def group(self) -> Ints:
        """The number of each line's link, counted from 0."""
        return np.cumsum(self.first) - 1


class ConflictFinder:
    """What the rows say beside each other: duplicates, contradictions, and one wanted state per link.

    `line` are the lines of links that several lines speak of, by link and then as read; `contradicts` and `duplicate` are as
    long.
    """

    def __init__(self, table: AllSheets, wanted: Wanted, parsed: Parsed, policy: RowPolicy) -> None:
        self._table, self._wanted, self._parsed, self._policy = table, wanted, parsed, policy
        company = wanted.in_company()
        self.line, self._starts, self._group = company.line, company.starts, company.group
        self._said = self._what(self.line)
        self._merged = {what: self._merge(said) for what, said in self._said.items()}
        self._against = {what: (said >= 0) & (said != self._merged[what][self._group]) for what, said in self._said.items()}
        self.contradicts = self._contradicting()
        self._counts = {what: (said >= 0) & ~self.contradicts for what, said in self._said.items()}
        self.duplicate = self._duplicates()

    def _what(self, lines: Ints) -> dict[str, Codes]:
        """What lines say, -1 for nothing.

        "set" says that the link stays, but not that it may be made; a line that takes it away says nothing about its status.
        """
        parsed = self._parsed
        aim = parsed.aim[lines]
        stays = aim != _UNLINK
        return {
            "confirmation": np.where(stays, parsed.confirmation[lines], np.int32(-1)),
            "feedback": np.where(stays, parsed.feedback[lines], np.int32(-1)),
            "stays": stays.astype(np.int32),
            "made": np.where(aim == _LINK, np.int32(1), np.int32(-1)),
            **{column.value: codes[lines] for column, codes in parsed.guards.items()},
        }

    def changes(self) -> Changes:
        """One change per link that may be sent, ordered by appointment and address."""
        sent = self._sent()
        lines = self._wanted.line[self._wanted.first]
        merged = self._what(lines)
        several = self._wanted.links_in_company
        for what, values in self._merged.items():
            merged[what][several] = values
        aim = np.full(len(lines), _LINK if self._policy.create_missing else _SET, dtype=np.int32)
        aim[merged["made"] == 1] = _LINK
        aim[merged["stays"] == 0] = _UNLINK
        return Changes(
            self._parsed.appointment[lines[sent]],
            self._parsed.address[lines[sent]],
            merged["confirmation"][sent],
            merged["feedback"][sent],
            np.array(AIMS, dtype=object)[aim[sent]],
            np.full(np.count_nonzero(sent), None, dtype=object),
            self._handed_out(self._parsed.confirmation_now)[sent],
            self._handed_out(self._parsed.feedback_now)[sent],
            self._parsed.guards_of({column: merged[column.value][sent] for column in GUARDS}),
        )

    def _handed_out(self, said: Codes) -> Codes:
        """What each link had when its row was handed out, as the last of its lines has it that says anything."""
        known: Codes = said[self._wanted.line[self._wanted.first]]
        if len(self.line):
            last = self._last_line(said[self.line])
            known[self._wanted.links_in_company] = np.where(last >= 0, said[self.line][last], np.int32(-1))
        return known

    def change_of_lines(self) -> Ints:
        """For every line of the table the position of its change, -1 for none."""
        sent = self._sent()
        position = np.where(sent, np.cumsum(sent) - 1, -1)
        change = np.full(len(self._table), -1, dtype=np.int64)
        change[self._wanted.line] = position[self._wanted.group]
        return change

    def _sent(self) -> Bools:
        """Which links are sent."""
        sent = np.ones(np.count_nonzero(self._wanted.first), dtype=bool)
        if not self._policy.last_wins:
            sent[self._wanted.links_in_company[self._group[self.contradicts]]] = False
        return sent

    def _merge(self, said: Codes) -> Codes:
        """What each link shall have: what its lines say, the last one's word where they differ and the last wins."""
        if not len(said):
            return said
        if not self._policy.last_wins:
            return np.maximum.reduceat(said, self._starts)
        last = self._last_line(said)
        return np.where(last >= 0, said[last], np.int32(-1))

    def _contradicting(self) -> Bools:
        """The lines that are set aside: all lines of a link in dispute, or only those that a later one overrules."""
        against = np.logical_or.reduce([*self._against.values()])
        return against if self._policy.last_wins else np.logical_or.reduceat(against, self._starts)[self._group]

    def _duplicates(self) -> Bools:
        """The lines that count and add nothing to what earlier lines of their link said that count."""
        adds = np.zeros(len(self.line), dtype=bool)
        for says in self._counts.values():
            first = self._first_of(says)
            adds[first[first < len(adds)]] = True
        return ~adds & ~self.contradicts

    def report(self, problems: Problems, place_text: Callable[[Place], str]) -> None:
        """Say beside each repeated line which others it repeats, beside each set-aside one which differ, and what those say."""
        for lines, code, column, others in self._repeated():
            hints = self._hints(self.line[np.array(others)], partial(self._place, place_text))
            problems.add(self.line[lines], code, column, None, hints)
        for lines, code, column, others in self._set_aside():
            told = self._place if column in GUARDS else self._with_words  # what guards shows in no word
            hints = self._hints(self.line[np.array(others)], partial(told, place_text))
            problems.add(self.line[lines], code, column, None, hints)

    def _place(self, place_text: Callable[[Place], str], line: int) -> str:
        return place_text(self._table.place(line))

    def _with_words(self, place_text: Callable[[Place], str], line: int) -> str:
        """The place of a line, and what it asks for."""
        parsed, aim = self._parsed, int(self._parsed.aim[line])
        status = ((CONFIRMATIONS, parsed.confirmation), (FEEDBACKS, parsed.feedback)) if aim != _UNLINK else ()
        words = [kinds[said[line]].value for kinds, said in status if said[line] >= 0]
        words += [AIMS[aim].value] * (aim != _SET)
        return f"{self._place(place_text, line)} ({', '.join(words)})"

    def _hints(self, others: Ints, told: Callable[[int], str]) -> Texts:
        """The lines that stand below each other, as read and each once; one is worded once for all."""
        lines, at = np.unique(others, return_inverse=True)
        places = np.array([told(line) for line in lines.tolist()], dtype=object)
        first, *more = np.sort(at.reshape(others.shape), axis=0)
        hints: Texts = places[first]
        for before, this in pairwise((first, *more)):
            hints += np.where(this == before, "", "; " + places[this])
        return hints

    def _repeated(self) -> Iterator[About]:
        """The repeated lines, each with the first line that says all it says, or else the first one for each of its words."""
        words = [says for what, says in self._counts.items() if what != "stays"]  # all that count say the same of that
        said = sum((says.astype(np.int32) << at for at, says in enumerate(words)), np.zeros(len(self.line), np.int32))
        first = np.arange(len(self.line))
        for some in np.unique(said[self.duplicate]).tolist():
            lines = np.flatnonzero(self.duplicate & (said == some))
            first[lines] = self._first_of(self._counts["stays"] & (said & some == some))[self._group[lines]]
        alone = first == np.arange(len(first))
        once, pieced = np.flatnonzero(self.duplicate & ~alone), np.flatnonzero(self.duplicate & alone)
        yield once, Code.SAME_AS_EARLIER, None, (first[once],)
        pieces = np.array([np.where(says[pieced], self._first_of(says)[self._group[pieced]], -1) for says in words])
        yield pieced, Code.SAME_AS_SEVERAL, None, tuple(np.where(pieces < 0, pieces.max(axis=0), pieces))

    def _set_aside(self) -> Iterator[About]:
        """The lines that are set aside, each with one that says something else, or with two others where it contradicts none."""
        if not self.contradicts.any():
            return
        if self._policy.last_wins:
            aside = np.flatnonzero(self.contradicts)
            yield aside, Code.OVERRULED, None, (self._overruling()[aside],)
            return
        takes_part, opponent, (one, other) = self._disputes()
        count = takes_part.sum(axis=0)
        for at, column in enumerate(_COLUMNS):
            single = np.flatnonzero((count == 1) & takes_part[at])
            yield single, Code.CONTRADICTION, column, (opponent[single],)
        several, none = np.flatnonzero(count > 1), np.flatnonzero(self.contradicts & (count == 0))
        yield several, Code.CONTRADICTION, None, (opponent[several],)
        yield none, Code.OTHERS_CONTRADICT, None, (one[none], other[none])

    def _disputes(self) -> tuple[Bools, Ints, Ints]:
        """For every line: the columns in which it takes part in a dispute, one that it contradicts, two of its link at odds."""
        takes_part = np.zeros((len(_COLUMNS), len(self.line)), dtype=bool)
        opponent = np.full(len(self.line), -1)
        at_odds = np.full((2, len(self.line)), -1)
        for at, what in ((at, what) for at, whats in enumerate(_COLUMNS.values()) for what in whats):
            against, says = self._against[what], self._said[what] >= 0
            two = np.array([self._first_of(says & ~against), self._first_of(against)])[:, self._group]
            disputed = two[1] < len(self.line)
            takes_part[at] |= disputed & says
            opponent = np.where(disputed & says, np.where(against, *two), opponent)
            at_odds = np.where(disputed, two, at_odds)
        return takes_part, opponent, at_odds

    def _overruling(self) -> Ints:
        """For every line that is overruled the last one that overrules it."""
        last = np.full(len(self.line), -1)
        for what, against in self._against.items():
            last = np.maximum(last, np.where(against, self._last_line(self._said[what])[self._group], -1))
        return last

    def _first_of(self, some: Bools) -> Ints:
        """The first of these lines in each link; the number of all lines where it has none of them."""
        return np.minimum.reduceat(np.where(some, np.arange(len(some)), len(some)), self._starts)

    def _last_line(self, said: Codes) -> Ints:
        """The last line of each link that says anything; -1 where none does."""
        return np.maximum.reduceat(np.where(said >= 0, np.arange(len(said)), -1), self._starts)
