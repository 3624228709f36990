"""Stops reading a file of which so many rows are wrong, or worth a remark, that nobody can deal with them one by one."""

from __future__ import annotations

from array import array
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from sync.domain.model import MOST_WRONG_ROWS, WARNINGS, Code, Reason, Why
from sync.rows.columns import ASKING, IDS, parse_id
from sync.sheets.assemble import spelled
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.sheets.stream import Opened, Part, Told

#: With more remarks, warnings included, they alone would take a gigabyte; a sheet of Excel has no more rows than this.
_MOST_REMARKS: Final = 2**20
_LONGEST_PLAIN: Final = 18
_SHOWN: Final = 40


class WrongRows:
    """Counts the rows that are certainly wrong: an id that is none, nothing to set, an error that the reader found."""

    def __init__(self) -> None:
        self._count = 0
        self._remarks = 0
        self._first = ""

    def look(self, table: Opened, part: Part) -> None:
        """The next rows of a table.

        Raises:
            RefuseFile: there are too many by now; it names the first one.
        """
        self._remarks += len(part.findings)
        if self._remarks > _MOST_REMARKS:
            raise RefuseFile(Reason(Why.LIMIT_MEMORY))
        columns = dict(part.columns)
        wrong = dict.fromkeys(range(len(part.rows)) if _asks_nothing(table, columns) else (), "")
        for column, at in sorted(table.positions, key=itemgetter(1), reverse=True):  # what is told is the first one
            if column in IDS:
                wrong |= {row: f"{table.cells[at].strip()}: {text[:_SHOWN]}" for row, text in _no_ids(columns.get(at), part)}
        if found := [finding for finding in part.findings if finding.code not in WARNINGS]:
            places = {row: place for place, row in enumerate(part.rows)}
            told = ((finding, places.get(finding.row)) for finding in found)
            wrong |= {at: f"{each.column or ''}: {each.value or ''}"[:_SHOWN] for each, at in told if at is not None}
        if wrong and not self._count:
            first = min(wrong)
            said = wrong[first].strip(": ")
            self._first = f"{part.rows[first]} ({said})" if said else str(part.rows[first])
        self._count += len(wrong)
        if self._count > MOST_WRONG_ROWS:
            raise RefuseFile(Reason(Why.TOO_MANY_WRONG, self._first, table.sheet or ""))


def _asks_nothing(table: Opened, columns: dict[int, Told]) -> bool:
    """Whether every row leaves all that it could set blank."""
    return all(at not in columns for column, at in table.positions if column in ASKING)


def _no_ids(column: Told | None, part: Part) -> list[tuple[int, str]]:
    """Where a column holds no record number, and what it holds there."""
    if column is None:
        return [(at, "") for at in range(len(part.rows))]
    if isinstance(column, array):
        return [(at, str(int(number))) for at, number in enumerate(column) if number < 1]
    texts = spelled(column)
    if _are_plain_ids(texts):
        return []
    odd = {text for text in set(texts) if isinstance(parse_id(text), Code)}
    return [(at, text) for at, text in enumerate(texts) if text in odd] if odd else []


def _are_plain_ids(texts: Sequence[str]) -> bool:
    """Whether all are digits that make a number above 0: nearly always, and quick to see."""
    together = "".join(texts)
    if not (together.isascii() and together.isdigit()) or max(map(len, texts)) > _LONGEST_PLAIN:
        return False
    least = min(texts)  # a blank one comes first, then those that begin with 0
    return least >= "1" or (least != "" and all(text.strip("0") for text in texts))
