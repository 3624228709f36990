"""What rows say beside each other: duplicates, contradictions, and one wanted state per link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.model import Aim, Code
from sync.tables import Changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.model import Place
    from sync.tables import Bools, Ints, Texts
    from sync.validator.parse import Parsed
    from sync.validator.table import Problems, Table

_NOTHING: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Policy:
    """What the office allows: the last of contradicting rows wins, missing links are made, links may be taken away."""

    last_wins: bool = False
    create_missing: bool = False
    allow_delete: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """The lines that ask for something, ordered by link and then as read.

    `line` are line numbers, `group` counts links from 0, `first` marks a link's first line.
    """

    line: Ints
    group: Ints
    first: Bools
    parsed: Parsed

    @classmethod
    def of(cls, parsed: Parsed, bad: Bools) -> Wanted:
        """All lines but the bad ones."""
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


class Beside:
    """What the rows say beside each other: duplicates, contradictions, and one wanted state per link."""

    def __init__(self, table: Table, wanted: Wanted, policy: Policy) -> None:
        self._table, self._wanted, self._policy = table, wanted, policy
        self.line = wanted.line
        parsed = wanted.parsed
        aim = parsed.aim[self.line]
        self._begins, begin = _numbered(parsed.begin[self.line])
        # -1 says nothing; "set" says that the link stays, but not that it may be made
        self._said: dict[str, Ints] = {
            "confirmation": parsed.confirmation[self.line],
            "feedback": parsed.feedback[self.line],
            "stays": np.where(aim == Aim.UNLINK, 0, 1),
            "made": np.where(aim == Aim.LINK, 1, -1),
            "begin": begin,
        }
        self._merged = {what: self._merge(said) for what, said in self._said.items()}
        self.contradicts = self._contradicting()
        self.duplicate = self._duplicates() & ~self.contradicts
        self._sent_groups = np.ones(len(wanted.starts), dtype=bool)
        if not policy.last_wins:
            self._sent_groups[wanted.group[self.contradicts]] = False

    def changes(self) -> Changes:
        """One change per link that may be sent, ordered by appointment and address."""
        lines = self._wanted.line[self._wanted.starts][self._sent_groups]
        merged = {what: values[self._sent_groups] for what, values in self._merged.items()}
        made = (merged["made"] == 1) | self._policy.create_missing
        aims = np.array([Aim.UNLINK, Aim.SET, Aim.LINK], dtype=object)
        parsed = self._wanted.parsed
        return Changes(
            parsed.appointment[lines],
            parsed.address[lines],
            merged["confirmation"],
            merged["feedback"],
            aims[np.where(merged["stays"] == 0, 0, np.where(made, 2, 1))],
            self._begins[merged["begin"]],
        )

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

    def report(self, problems: Problems, place_text: Callable[[Place], str]) -> None:
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
            problems.add(self.line[lines], what, None, None, hints)

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


def _numbered(texts: Texts) -> tuple[Texts, Ints]:
    """The texts that occur, with None at the end, and for each text its position; -1 for None."""
    known = [text for text in dict.fromkeys(texts.tolist()) if text is not None]
    numbers = {text: number for number, text in enumerate(known)} | {None: -1}
    return np.array([*known, None], dtype=object), np.fromiter(map(numbers.__getitem__, texts.tolist()), dtype=np.int64)
