"""From text cells to changes: every row is judged, alone and beside all other rows of the run. Pure, by column.

The result is a `Checked`: the row table and the problem table of `sync.domain.tables`, and one change per link that may be sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import Cells, Checked, CheckOutcome, Code, Column, Operation
from sync.domain.tables import AIMS, CONFIRMATIONS, FEEDBACKS, Changes, RowTable
from sync.rows.columns import ASKING, GUARDS, is_blank
from sync.rows.parse import AllSheets, Problems, RowPolicy, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sync.domain.model import Loaded, Place, Sheet
    from sync.domain.tables import Bools, Codes, Ints, Texts
    from sync.rows.parse import Parsed
    from sync.rows.spellings import Spellings

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
        confirmation=_words(parsed.confirmation, CONFIRMATIONS),
        feedback=_words(parsed.feedback, FEEDBACKS),
        action=_words(parsed.aim, AIMS),
        outcome=_outcomes(bad, beside),
        change=beside.change_of_lines(),
        guards=parsed.guards_of(parsed.guards),
    )


def _words(numbers: Codes, words: Sequence[str]) -> Texts:
    return np.array([*(str(word) for word in words), None], dtype=object)[numbers]


def _outcomes(bad: Bools, beside: ConflictFinder) -> Texts:
    outcome = np.full(len(bad), CheckOutcome.VALID.value, dtype=object)
    outcome[bad] = CheckOutcome.INVALID.value
    outcome[beside.line[beside.duplicate]] = CheckOutcome.DUPLICATE.value
    outcome[beside.line[beside.contradicts]] = CheckOutcome.CONFLICT.value
    return outcome


# Work lists that come back: the rows in which nobody has filled anything in ask for nothing. Pure.


_HANDED_OUT = frozenset({Column.CONFIRMATION_NOW, Column.FEEDBACK_NOW})


def without_unfilled(file: Loaded) -> Loaded:
    """The file; of its work lists the rows that ask for nothing count as blank."""
    if not any(_HANDED_OUT & sheet.declared.keys() for sheet in file.sheets):
        return file
    return replace(file, sheets=tuple(_filled(sheet) if _HANDED_OUT & sheet.declared.keys() else sheet for sheet in file.sheets))


def _filled(sheet: Sheet) -> Sheet:
    """The sheet with those of its rows only that ask for something."""
    asks = np.zeros(len(sheet.rows), dtype=bool)
    for column in ASKING & sheet.declared.keys():
        asks |= np.fromiter((not is_blank(text) for text in sheet.declared[column]), dtype=bool, count=len(sheet.rows))
    if asks.all():
        return sheet
    rows = set(sheet.rows[asks].tolist())
    return replace(
        sheet,
        rows=sheet.rows[asks],
        declared={column: _some(cells, asks) for column, cells in sheet.declared.items()},
        others=tuple(_some(Cells(each.header, each.position, each.texts), asks) for each in sheet.others),
        addresses=None if sheet.addresses is None else sheet.addresses[asks],
        blank=sheet.blank + int(np.count_nonzero(~asks)),
        problems=tuple(problem for problem in sheet.problems if problem.place.row in rows),
    )


def _some(cells: Cells, asks: Bools) -> Cells:
    return replace(cells, texts=cells.texts[asks])


# What rows say beside each other: duplicates, contradictions, and one wanted state per link. Pure.


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
