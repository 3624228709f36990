"""The messages of the reading process become one `Loaded` file."""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from sync.loader.messages import Done, Opened, Part
from sync.model import Cells, Loaded, Place, Problem, Reason, Sheet, Why

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.loader.messages import Message, Told
    from sync.tables import Texts


#: After so many cells a column in which nearly every one is another is known as such.
_ENOUGH = 20_000
_NEARLY_ALL = 0.8


class _Shared:
    """The texts of one column, equal ones made one object: a sheet of a million rows says "bestätigt" once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._seen = 0

    def array(self, column: Told) -> Texts:
        """The cells as an array of texts."""
        import numpy as np  # noqa: PLC0415

        if isinstance(column, np.ndarray):
            return column
        texts = map(str, map(int, column)) if isinstance(column, array) else self._one_each(column)
        return np.fromiter(texts, dtype=object, count=len(column))

    def _one_each(self, column: Sequence[str]) -> Iterable[str]:
        self._seen += len(column)
        if self._seen > _ENOUGH and len(self._known) > self._seen * _NEARLY_ALL:
            return column
        return map(self._known.setdefault, column, column)


@dataclass(slots=True)
class _Open:
    """A table of which parts are still to come. What a part holds of a column becomes an array at once, while others are read."""

    opened: Opened
    parts: list[Part] = field(default_factory=list)
    columns: list[dict[int, Texts]] = field(default_factory=list)
    shared: dict[int, _Shared] = field(default_factory=lambda: defaultdict(_Shared))

    def add(self, part: Part) -> None:
        """The next part."""
        self.columns.append({at: self.shared[at].array(column) for at, column in part.columns})
        self.parts.append(replace(part, columns=()))


def assemble(name: str, messages: Iterable[Message]) -> Loaded:
    """The file `name` as its messages tell."""
    import numpy as np  # noqa: F401, PLC0415 - not for the process that reads, and while that one starts

    tables: list[_Open] = []
    done = Done("", Reason(Why.READER_CRASHED))
    for message in messages:
        if isinstance(message, Opened):
            tables.append(_Open(message))
        elif isinstance(message, Part):
            tables[-1].add(message)
        else:
            done = message
    if done.reason:
        return Loaded(name, done.sha256, reason=done.reason)
    sheets = tuple(_sheet(name, table) for table in tables)
    nothing = not any(len(sheet.rows) for sheet in sheets)
    return Loaded(name, done.sha256, sheets, Reason(Why.NO_ROWS) if nothing else None)


def _sheet(file: str, table: _Open) -> Sheet:
    import numpy as np  # noqa: PLC0415 - heavy: not for the process that reads

    opened, parts = table.opened, table.parts
    declared = {at: column for column, at in opened.positions}
    lengths = [len(part.rows) for part in parts]
    rows = np.concatenate([np.empty(0, np.int64), *(np.frombuffer(part.rows, dtype=np.int64) for part in parts)])
    findings = [finding for part in parts for finding in part.findings]
    blank = sum(part.blank for part in parts)
    named = {at for at, text in enumerate(opened.cells) if text.strip()}
    cells = {
        at: Cells(_header(opened, at), at, _column(table.columns, lengths, at))
        for at in sorted(named | declared.keys() | {at for part in table.columns for at in part})
    }
    return Sheet(
        name=opened.sheet,
        header_row=opened.header_row,
        rows=rows,
        declared=MappingProxyType({column: cells[at] for at, column in declared.items()}),
        others=tuple(column for at, column in cells.items() if at not in declared),
        blank=blank,
        problems=tuple(Problem(Place(file, opened.sheet, f.row), f.code, f.column, f.value, f.hint) for f in findings),
    )


def _column(parts: list[dict[int, Texts]], lengths: list[int], position: int) -> Texts:
    """One column, taken out of the parts: each is let go as soon as it stands in the table."""
    import numpy as np  # noqa: PLC0415

    texts = np.full(sum(lengths), "", dtype=object)
    start = 0
    for part, length in zip(parts, lengths, strict=True):
        if (some := part.pop(position, None)) is not None:
            texts[start : start + length] = some
        start += length
    return texts


def _header(opened: Opened, at: int) -> str:
    """The text of a header; the letter of the column where there is none."""
    text = opened.cells[at].strip() if at < len(opened.cells) else ""
    return text or _letters(at + opened.first_column)


def _letters(column: int) -> str:
    """The name of a spreadsheet column, counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
