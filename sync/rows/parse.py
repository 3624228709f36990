"""Each column of text into typed values; what cannot be read becomes a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sync.domain.model import WARNINGS, Code, Column, Confirmation, Feedback, Operation, Place
from sync.domain.tables import AIMS, ProblemTable
from sync.i18n import everywhere
from sync.rows.columns import GUARDS, is_blank, parse_aim, parse_id, plain_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sync.domain.model import Loaded, Sheet
    from sync.domain.tables import Bools, Codes, Ints, Texts
    from sync.rows.spellings import SpellingReading, Spellings


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
        problems.add(unlink, Code.ACTION_NOT_ALLOWED, Column.ACTION, table.text(Column.ACTION)[unlink])
    elif len(unlink):
        for column, words in ((Column.CONFIRMATION, confirmation), (Column.FEEDBACK, feedback)):
            unused = unlink[words[unlink] >= 0]
            problems.add(unused, Code.WORD_NOT_USED, column, table.text(column)[unused])
    return Parsed(appointment, address, confirmation, feedback, aim, confirmation_now, feedback_now, guards, guard_values)


def _ids(table: AllSheets, column: Column, problems: Problems, known: Bools) -> Ints:
    """Record numbers; a blank cell whose reader already reported an error in the row is not reported again."""
    texts = table.text(column)
    numbers = np.zeros(len(texts), dtype=np.int64)
    wrong: dict[int, Code] = {}
    for start in range(0, len(texts), _IDS_AT_ONCE):
        some = texts[start : start + _IDS_AT_ONCE].tolist()
        plain = _plain_ids(some)
        if plain is not None:
            numbers[start : start + len(some)] = plain
            continue
        for line, value in enumerate(map(parse_id, some), start):
            if isinstance(value, Code):
                wrong[line] = value
            else:
                numbers[line] = value
    told = [line for line, code in wrong.items() if code is not Code.MISSING_ID or not known[line]]
    at = np.array(told, dtype=np.int64)
    meant = [str(parse_id(plain_digits(texts[line]))) if wrong[line] is Code.FOREIGN_DIGITS else None for line in told]
    codes = np.array([wrong[line].value for line in told], dtype=object)
    problems.add(at, codes, column, _shown(texts[at]), _each(meant, object))
    return numbers


def _plain_ids(texts: list[str]) -> Ints | None:
    """The numbers, where every text is nothing but digits and no number is too long: nearly always, and ten times as fast."""
    together = "".join(texts)
    if not (together.isascii() and together.isdigit()):
        return None
    try:
        numbers = np.fromiter(map(int, texts), dtype=np.int64, count=len(texts))
    except (ValueError, OverflowError):  # a blank cell, thousands of digits
        return None
    return numbers if numbers.min() > 0 and numbers.max() <= _LARGEST_ID else None


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
    problems.add(at, wrong[codes[at]], column, texts[codes[at]], np.full(len(at), column.value, dtype=object))
    return codes, [blank if isinstance(value, Code) else value for value in parsed]


def _places(values: Iterable[str | None], words: Sequence[str]) -> Codes:
    """Where each value stands among the words; -1 where there is none."""
    at = {word: number for number, word in enumerate(words)}
    return _each((-1 if value is None else at[value] for value in values), np.int32)


def _distinct(table: AllSheets, column: Column) -> tuple[Codes, Texts]:
    """The texts that occur in a column, and for every line the position of its own among them."""
    if not table.has(column):
        return np.zeros(len(table), np.int32), np.array([""], dtype=object)
    texts = table.text(column).tolist()
    positions = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    codes = np.fromiter(map(positions.__getitem__, texts), dtype=np.int32, count=len(texts))
    return codes, _each(positions, object)


def _each(values: Iterable[object], kind: type) -> np.ndarray[tuple[int], np.dtype[Any]]:
    """An array of one value each, also where a value is a sequence itself."""
    return np.fromiter(values, dtype=kind)


def _shown(texts: Texts) -> Texts:
    """Cell texts for the problem table: None for a blank cell."""
    shown = texts.copy()
    shown[shown == ""] = None
    return shown


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
        if column is Column.ADDRESS and any(sheet.addresses is not None for _, sheet in self.parts):
            cells_ = [_addresses(sheet) for _, sheet in self.parts]
            return np.concatenate([np.empty(0, object), *cells_])
        found = (sheet.declared.get(column) for _, sheet in self.parts)
        lengths = (len(sheet.rows) for _, sheet in self.parts)
        cells = (each.texts if each else np.full(count, "", object) for each, count in zip(found, lengths, strict=True))
        return np.concatenate([np.empty(0, object), *cells])

    def headers(self, column: Column) -> Texts:
        """The header of a column in each sheet, None where a sheet does not have it."""
        found = (sheet.declared.get(column) for _, sheet in self.parts)
        return np.array([each and each.header for each in found], dtype=object)

    def place(self, at: int) -> Place:
        """Where a line stands."""
        file, sheet = self.parts[self.part[at]]
        return Place(self.files[file].name, sheet.name, int(self.row[at]))


def _addresses(sheet: Sheet) -> Texts:
    """The record numbers of a sheet's addresses, also where it has customer numbers."""
    if sheet.addresses is not None:
        return sheet.addresses
    cells = sheet.declared.get(Column.ADDRESS)
    return cells.texts if cells else np.full(len(sheet.rows), "", object)


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
                np.full(len(at), code.value, dtype=object) if isinstance(code, Code) else code,
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
