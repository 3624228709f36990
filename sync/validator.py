"""From text cells to changes: every row is judged, alone and beside all other rows of the run. Pure, by column.

The result is a `Checked`: the row table and the problem table of `sync.model`, and one change per link that may be sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from sync.columns import parse_aim, parse_begin, parse_id
from sync.model import (
    WARNINGS,
    Aim,
    Change,
    Checked,
    CheckOutcome,
    Code,
    Column,
    Confirmation,
    Feedback,
    Link,
    Place,
    State,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from sync.model import Loaded, Sheet
    from sync.spellings import Reading, Spellings

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]
    Objects = npt.NDArray[np.object_]

_CONFIRMATIONS: Final = tuple(Confirmation)
_FEEDBACKS: Final = tuple(Feedback)
_NOTHING: Final = np.iinfo(np.int64).max
_PROBLEM_COLUMNS: Final = ("at", "code", "column", "value", "hint")


@dataclass(frozen=True, slots=True)
class Policy:
    """What the office allows: the last of contradicting rows wins, missing links are made, links may be taken away."""

    last_wins: bool = False
    create_missing: bool = False
    allow_delete: bool = False


def validate(
    files: Sequence[Loaded],
    spellings: Spellings,
    policy: Policy,
    place_text: Callable[[Place], str],
) -> Checked:
    """Judge all rows of all files at once.

    `place_text` words the place of another row in the language of the report.
    """
    table = _Table(files)
    problems = _Problems(table)
    problems.add_from_readers()
    parsed = _parse(table, spellings, policy, problems)
    bad = problems.rows_with_errors()
    beside = _Beside(table, _Wanted.of(parsed, bad), policy)
    beside.report(problems, place_text)
    return Checked(tuple(files), _row_table(table, parsed, beside, bad), problems.frame(), beside.changes())


class _Table:
    """All sheets of all files under each other; knows for each line which sheet it came from."""

    def __init__(self, files: Sequence[Loaded]) -> None:
        self.files = files
        self.parts: list[tuple[int, Sheet]] = [(at, sheet) for at, file in enumerate(files) for sheet in file.sheets]
        lengths = [len(sheet.rows) for _, sheet in self.parts]
        self.ends = np.cumsum([0, *lengths])
        self.part: Ints = np.repeat(np.arange(len(self.parts), dtype=np.int64), lengths)
        self.row: Ints = np.concatenate([np.empty(0, np.int64), *(sheet.rows["row"].to_numpy() for _, sheet in self.parts)])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def text(self, column: Column) -> Objects:
        """One column of text."""
        cells = (sheet.rows[column.value].to_numpy(dtype=object) for _, sheet in self.parts)
        return np.concatenate([np.empty(0, object), *cells])

    def header(self, column: Column) -> list[str | None]:
        """The header of a column in each sheet."""
        return [sheet.headers.get(column) for _, sheet in self.parts]

    def place(self, at: int) -> Place:
        """Where a line stands."""
        file, sheet = self.parts[self.part[at]]
        return Place(self.files[file].name, sheet.name, int(self.row[at]))


class _Problems:
    """Collects findings column by column; one line per finding in the end."""

    def __init__(self, table: _Table) -> None:
        self._table = table
        self._found: list[pd.DataFrame] = []

    def add(self, at: Ints, code: Objects | Code, column: Column | None, value: Objects, hint: Objects | None = None) -> None:
        """Add one finding per line of `at`; the other arrays are as long as `at`."""
        if not len(at):
            return
        headers = np.array(self._table.header(column) if column else [None] * len(self._table.parts), dtype=object)
        words = np.full(len(at), code.value, dtype=object) if isinstance(code, Code) else code
        hints = np.full(len(at), None, dtype=object) if hint is None else hint
        columns = (at, words, headers[self._table.part[at]], value, hints)
        self._found.append(pd.DataFrame(dict(zip(_PROBLEM_COLUMNS, columns, strict=True)), dtype=object))

    def add_from_readers(self) -> None:
        """Take over what the readers of the files found."""
        table = self._table
        for number, (_, sheet) in enumerate(table.parts):
            first, last = int(table.ends[number]), int(table.ends[number + 1])
            if not sheet.problems or first == last:
                continue
            rows = np.array([problem.place.row for problem in sheet.problems], dtype=np.int64)
            at = first + np.minimum(np.searchsorted(table.row[first:last], rows), last - first - 1)
            lines = [
                (place, problem.code.value, problem.column, problem.value, problem.hint)
                for place, problem in zip(at, sheet.problems, strict=True)
            ]
            self._found.append(pd.DataFrame(lines, columns=list(_PROBLEM_COLUMNS), dtype=object))

    def rows_with_errors(self) -> Bools:
        """Which lines have a finding that keeps them from being sent."""
        bad = np.zeros(len(self._table), dtype=bool)
        warnings = [code.value for code in WARNINGS]
        for found in self._found:
            bad[found.loc[~found["code"].isin(warnings), "at"].to_numpy(dtype=np.int64)] = True
        return bad

    def frame(self) -> pd.DataFrame:
        """The problem table."""
        if not self._found:
            return pd.DataFrame({name: pd.Series(dtype=object) for name in _PROBLEM_COLUMNS}).astype({"at": np.int64})
        frame = pd.concat(self._found, ignore_index=True).astype({"at": np.int64})
        return frame.sort_values("at", kind="stable", ignore_index=True)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """Typed columns of all lines. Ids are 0 and words -1 where the cell holds none or a wrong one."""

    appointment: Ints
    address: Ints
    confirmation: Ints
    feedback: Ints
    aim: Objects
    begin: Objects


def _parse(table: _Table, spellings: Spellings, policy: Policy, problems: _Problems) -> _Parsed:
    known = problems.rows_with_errors()
    appointment = _ids(table, Column.APPOINTMENT, problems, known)
    address = _ids(table, Column.ADDRESS, problems, known)
    confirmation = _words(table, Column.CONFIRMATION, spellings, problems)
    feedback = _words(table, Column.FEEDBACK, spellings, problems)
    aim = _cells(table, Column.ACTION, parse_aim, Aim.SET, problems)
    begin = _cells(table, Column.BEGIN, parse_begin, None, problems)
    _check_anything_to_set(table, aim, problems)
    unlink = np.flatnonzero(aim == Aim.UNLINK)
    if not policy.allow_delete and len(unlink):
        problems.add(unlink, Code.ACTION_NOT_ALLOWED, Column.ACTION, table.text(Column.ACTION)[unlink])
    return _Parsed(appointment, address, confirmation, feedback, aim, begin)


def _ids(table: _Table, column: Column, problems: _Problems, known: Bools) -> Ints:
    """Record numbers; a blank cell whose reader already reported an error in the row is not reported again."""
    codes, texts = pd.factorize(table.text(column))
    parsed = [parse_id(text) for text in texts]
    numbers = np.array([0 if isinstance(value, Code) else value for value in parsed], dtype=np.int64)
    wrong = np.array([value.value if isinstance(value, Code) else None for value in parsed], dtype=object)
    bad = np.array([isinstance(value, Code) for value in parsed], dtype=bool)
    missing = np.array([value is Code.MISSING_ID for value in parsed], dtype=bool)
    if not len(codes):
        return np.empty(0, np.int64)
    at = np.flatnonzero(bad[codes] & ~(missing[codes] & known))
    problems.add(at, wrong[codes[at]], column, _shown(texts[codes[at]]))
    return numbers[codes]


def _words(table: _Table, column: Column, spellings: Spellings, problems: _Problems) -> Ints:
    """Positions of the words in their enum."""
    kind: type[Confirmation | Feedback] = Confirmation if column is Column.CONFIRMATION else Feedback
    codes, texts = pd.factorize(table.text(column))
    if not len(codes):
        return np.empty(0, np.int64)
    readings: list[Reading | None] = [spellings.read(text, kind) if text.strip() else None for text in texts]
    order = [word.value for word in kind]
    numbers = np.array([order.index(r.word) if r and r.word else -1 for r in readings], dtype=np.int64)
    wrong = np.array([r is not None and r.word is None for r in readings], dtype=bool)
    repaired = np.array([r is not None and r.repaired for r in readings], dtype=bool)
    hints = np.array([(r.word or r.suggestion) if r else None for r in readings], dtype=object)
    for found, code in ((wrong, Code.UNKNOWN_WORD), (repaired, Code.REPAIRED)):
        at = np.flatnonzero(found[codes])
        problems.add(at, code, column, texts[codes[at]], hints[codes[at]])
    return numbers[codes]


def _cells(table: _Table, column: Column, parse: Callable[[str], object], blank: object, problems: _Problems) -> Objects:
    codes, texts = pd.factorize(table.text(column))
    parsed = [parse(text) if text.strip() else blank for text in texts]
    values = np.empty(len(parsed), dtype=object)
    values[:] = [blank if isinstance(value, Code) else value for value in parsed]
    wrong = np.array([value.value if isinstance(value, Code) else None for value in parsed], dtype=object)
    if not len(codes):
        return np.empty(0, object)
    at = np.flatnonzero(wrong[codes] != None)  # noqa: E711 - by element
    problems.add(at, wrong[codes[at]], column, texts[codes[at]])
    return values[codes]


def _check_anything_to_set(table: _Table, aim: Objects, problems: _Problems) -> None:
    """A row has to set at least one status; a cell that was reported already counts as an attempt."""
    blank = np.ones(len(table), dtype=bool)
    for column in (Column.CONFIRMATION, Column.FEEDBACK):
        codes, texts = pd.factorize(table.text(column))
        if len(codes):
            blank &= np.array([not text.strip() for text in texts], dtype=bool)[codes]
    at = np.flatnonzero(blank & (aim == Aim.SET) & ~problems.rows_with_errors())
    problems.add(at, Code.NOTHING_TO_SET, None, np.full(len(at), None, dtype=object))


def _shown(texts: Objects) -> Objects:
    """Cell texts for the problem table: None for a blank cell."""
    shown = texts.copy()
    shown[shown == ""] = None
    return shown


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The lines that ask for something, ordered by link and then as read.

    `line` are line numbers, `group` counts links from 0, `first` marks a link's first line.
    """

    line: Ints
    group: Ints
    first: Bools
    parsed: _Parsed

    @classmethod
    def of(cls, parsed: _Parsed, bad: Bools) -> _Wanted:
        good = np.flatnonzero(~bad)
        at = good[np.lexsort((parsed.address[good], parsed.appointment[good]))]
        appointment, address = parsed.appointment[at], parsed.address[at]
        first = np.ones(len(at), dtype=bool)
        first[1:] = (appointment[1:] != appointment[:-1]) | (address[1:] != address[:-1])
        return cls(at, np.cumsum(first) - 1, first, parsed)

    @property
    def starts(self) -> Ints:
        """The first line of each link."""
        return np.flatnonzero(self.first)


class _Beside:
    """What the rows say beside each other: duplicates, contradictions, and one wanted state per link."""

    def __init__(self, table: _Table, wanted: _Wanted, policy: Policy) -> None:
        self._table, self._wanted, self._policy = table, wanted, policy
        self.line = wanted.line
        parsed = wanted.parsed
        aim = parsed.aim[self.line]
        # -1 says nothing; "set" says that the link stays, but not that it may be made
        self._said: dict[str, Ints] = {
            "confirmation": parsed.confirmation[self.line],
            "feedback": parsed.feedback[self.line],
            "stays": np.where(aim == Aim.UNLINK, 0, 1),
            "made": np.where(aim == Aim.LINK, 1, -1),
        }
        self._merged = {what: self._merge(said) for what, said in self._said.items()}
        self.contradicts = self._contradicting()
        self.duplicate = self._duplicates() & ~self.contradicts
        self._sent_groups = np.ones(len(wanted.starts), dtype=bool)
        if not policy.last_wins:
            self._sent_groups[wanted.group[self.contradicts]] = False

    def changes(self) -> tuple[Change, ...]:
        """One change per link that may be sent, ordered by appointment and address."""
        lines = self._wanted.line[self._wanted.starts][self._sent_groups]
        parsed = self._wanted.parsed
        confirmations, feedbacks, stays, made = (self._merged[what][self._sent_groups].tolist() for what in self._said)
        states = {
            (confirmation, feedback): State(
                _CONFIRMATIONS[confirmation] if confirmation >= 0 else None, _FEEDBACKS[feedback] if feedback >= 0 else None
            )
            for confirmation in range(-1, len(_CONFIRMATIONS))
            for feedback in range(-1, len(_FEEDBACKS))
        }
        links = map(Link, parsed.appointment[lines].tolist(), parsed.address[lines].tolist())
        wanted = (states[words] for words in zip(confirmations, feedbacks, strict=True))
        aims = (_aim(*says, create_missing=self._policy.create_missing) for says in zip(stays, made, strict=True))
        return tuple(Change(link, state, aim) for link, state, aim in zip(links, wanted, aims, strict=True))

    def change_of_lines(self) -> Ints:
        """For every line of the table the position of its change, -1 for none."""
        position = np.where(self._sent_groups, np.cumsum(self._sent_groups) - 1, -1)
        change = np.full(len(self._table), -1, dtype=np.int64)
        change[self.line] = position[self._wanted.group]
        return change

    def _merge(self, said: Ints) -> Ints:
        """What each link shall have: what its lines say, the last one's word where they differ and the last wins."""
        starts = self._wanted.starts
        if not len(starts):
            return np.empty(0, np.int64)
        if not self._policy.last_wins:
            return np.maximum.reduceat(said, starts)
        last = self._last_line(said)
        return np.where(last >= 0, said[last], -1)

    def _contradicting(self) -> Bools:
        """The lines that are set aside: all lines of a link in dispute, or only those that a later one overrules."""
        group = self._wanted.group
        against = np.zeros(len(group), dtype=bool)
        for what, said in self._said.items():
            against |= (said >= 0) & (said != self._merged[what][group])
        if self._policy.last_wins or not len(group):
            return against
        return np.logical_or.reduceat(against, self._wanted.starts)[group]

    def _duplicates(self) -> Bools:
        """The lines that add nothing to what earlier lines of their link said."""
        adds = np.zeros(len(self.line), dtype=bool)
        for what, said in self._said.items():
            says = (said >= 0) & (said == self._merged[what][self._wanted.group])
            before: Ints = np.cumsum(says) - says
            adds |= says & (before == before[self._wanted.starts][self._wanted.group])
        return ~adds & ~self._wanted.first

    def report(self, problems: _Problems, place_text: Callable[[Place], str]) -> None:
        """Say beside each set-aside or repeated line which other line it is about."""
        aside, twice = np.flatnonzero(self.contradicts), np.flatnonzero(self.duplicate)
        code = Code.OVERRULED if self._policy.last_wins else Code.CONTRADICTION
        first_of = self.line[self._wanted.starts][self._wanted.group]
        for lines, what, others in (
            (aside, code, self.line[self._opponents()[aside]].tolist()),
            (twice, Code.SAME_AS_EARLIER, first_of[twice].tolist()),
        ):
            hints = np.empty(len(lines), dtype=object)
            hints[:] = [place_text(self._table.place(other)) for other in others]
            problems.add(self.line[lines], what, None, np.full(len(lines), None, dtype=object), hints)

    def _opponents(self) -> Ints:
        """For every line another line of its link that says something else; the winner where the last one wins."""
        group, lines = self._wanted.group, np.arange(len(self.line))
        if not len(lines):
            return lines
        starts = self._wanted.starts
        opponents = np.where(self._wanted.first, np.minimum(lines + 1, len(lines) - 1), starts[group])
        for said in self._said.values():
            low = np.minimum.reduceat(np.where(said >= 0, said, _NOTHING), starts)
            high = np.maximum.reduceat(said, starts)
            contested = ((low != high) & (low != _NOTHING))[group] & (said >= 0)
            first_low = self._first_line(said, low)
            winner = self._last_line(said) if self._policy.last_wins else self._first_line(said, high)
            other = np.where(said == said[winner[group]], first_low[group], winner[group])
            opponents = np.where(contested, other, opponents)
        return opponents

    def _first_line(self, said: Ints, value: Ints) -> Ints:
        lines = np.arange(len(said))
        return np.minimum.reduceat(np.where(said == value[self._wanted.group], lines, _NOTHING), self._wanted.starts)

    def _last_line(self, said: Ints) -> Ints:
        """The last line of each link that says anything; -1 where none does."""
        return np.maximum.reduceat(np.where(said >= 0, np.arange(len(said)), -1), self._wanted.starts)


def _aim(stays: int, made: int, *, create_missing: bool) -> Aim:
    if not stays:
        return Aim.UNLINK
    return Aim.LINK if made == 1 or create_missing else Aim.SET


def _row_table(table: _Table, parsed: _Parsed, beside: _Beside, bad: Bools) -> pd.DataFrame:
    """The row table of `sync.model`, as it stands before the run."""
    files = np.array([file for file, _ in table.parts], dtype=np.int64)
    sheets = np.array([sheet.name for _, sheet in table.parts], dtype=object)
    return pd.DataFrame(
        {
            "file": files[table.part] if len(table) else files[:0],
            "sheet": pd.Series(sheets[table.part] if len(table) else sheets[:0], dtype=object),
            "row": table.row,
            "appointment_id": _nullable(parsed.appointment),
            "address_id": _nullable(parsed.address),
            "confirmation": pd.Series(_word_texts(parsed.confirmation, _CONFIRMATIONS), dtype=object),
            "feedback": pd.Series(_word_texts(parsed.feedback, _FEEDBACKS), dtype=object),
            "action": pd.Series(parsed.aim, dtype=object),
            "begin": pd.Series(parsed.begin, dtype=object),
            "outcome": pd.Series(_outcomes(bad, beside), dtype=object),
            "change": beside.change_of_lines(),
        }
    )


def _nullable(ids: Ints) -> pd.Series[int]:
    return pd.Series(pd.arrays.IntegerArray(ids, ids == 0))


def _word_texts(numbers: Ints, words: Sequence[str]) -> Objects:
    return np.array([*(str(word) for word in words), None], dtype=object)[numbers]


def _outcomes(bad: Bools, beside: _Beside) -> Objects:
    outcome = np.full(len(bad), CheckOutcome.VALID.value, dtype=object)
    outcome[bad] = CheckOutcome.INVALID.value
    outcome[beside.line[beside.duplicate]] = CheckOutcome.DUPLICATE.value
    outcome[beside.line[beside.contradicts]] = CheckOutcome.CONFLICT.value
    return outcome
