"""The messages of the reading process become one `Loaded` file."""

from __future__ import annotations

from array import array
from collections import defaultdict
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from sync.domain.model import Cells, Loaded, Place, Problem, Reason, Sheet, Why
from sync.rows.columns import letters
from sync.sheets.stream import EndOfFile, Hashed, Joined, Opened, Part, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sync.domain.tables import Carried, Texts
    from sync.sheets.stream import Message, Told


#: After so many cells a column in which nearly every one is another is known as such.
_ENOUGH = 20_000
_NEARLY_ALL = 0.8


class _Shared:
    """The texts of one column, equal ones made one object: a sheet of a million rows says "bestätigt" once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._seen = 0

    def array(self, column: Told | Joined) -> Texts:
        """The cells as an array of texts."""
        import numpy as np  # noqa: PLC0415

        if isinstance(column, np.ndarray):
            return column
        texts = spelled(column)
        return np.fromiter(texts if isinstance(column, array) else self._one_each(texts), dtype=object, count=len(texts))

    def _one_each(self, column: Sequence[str]) -> Iterable[str]:
        self._seen += len(column)
        if self._seen > _ENOUGH and len(self._known) > self._seen * _NEARLY_ALL:
            return column
        return map(self._known.setdefault, column, column)


def spelled(column: Told | Joined) -> Sequence[str]:
    """The texts of a column."""
    if isinstance(column, Joined):
        return column.texts()
    return list(map(str, map(int, column))) if isinstance(column, array) else cast("Sequence[str]", column)


class _Open:
    """A table of which parts are still to come.

    What a part holds of a declared column becomes an array at once, while the next part is read; all else stays small.
    """

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.declared = {at: column for column, at in opened.positions}
        self.parts: list[Part] = []
        self._shared: dict[int, _Shared] = defaultdict(_Shared)
        self._arrays: list[dict[int, Texts]] = []
        self._carried: list[dict[int, Told | Joined]] = []

    def add(self, part: Part) -> None:
        """The next part."""
        self._arrays.append({at: self._shared[at].array(column) for at, column in part.columns if at in self.declared})
        others = {at: column for at, column in part.columns if at not in self.declared}
        self._carried.append({at: column if isinstance(column, Joined) else joined(column) for at, column in others.items()})
        self.parts.append(replace(part, columns=()))

    def columns(self) -> dict[int, Cells | Carried]:
        """The declared columns and all others with a header or a text."""
        named = {at for at, text in enumerate(self.opened.cells) if text.strip()}
        found = named | self.declared.keys() | {at for part in self._carried for at in part}
        return {at: self._cells(at) if at in self.declared else self._others(at) for at in sorted(found)}

    def _cells(self, at: int) -> Cells:
        import numpy as np  # noqa: PLC0415

        pieces = (part.pop(at, None) for part in self._arrays)  # each is let go as soon as it stands in the column
        texts = np.full(sum(len(part.rows) for part in self.parts), "", dtype=object)
        start = 0
        for piece, part in zip(pieces, self.parts, strict=True):
            if piece is not None:
                texts[start : start + len(piece)] = piece
            start += len(part.rows)
        return Cells(_header(self.opened, at), at, texts)

    def _others(self, at: int) -> Carried:
        from sync.domain.tables import Carried  # noqa: PLC0415 - numpy

        pieces = (part.get(at) for part in self._carried)
        return Carried(
            _header(self.opened, at),
            at,
            tuple(
                partial(_blanks, len(part.rows)) if piece is None else partial(spelled, piece)
                for piece, part in zip(pieces, self.parts, strict=True)
            ),
        )


def _blanks(count: int) -> list[str]:
    return [""] * count


def assemble(name: str, messages: Iterable[Message]) -> Loaded:
    """The file `name` as its messages tell."""
    import numpy as np  # noqa: F401, PLC0415 - not for the process that reads, and while that one starts

    tables: list[_Open] = []
    sha256, done = "", EndOfFile(Reason(Why.READER_CRASHED))
    for message in messages:
        if isinstance(message, Opened):
            tables.append(_Open(message))
        elif isinstance(message, Part) and tables:
            tables[-1].add(message)
        elif isinstance(message, Hashed):
            sha256 = message.sha256
        elif isinstance(message, EndOfFile):
            done = message
    if done.reason:
        return Loaded(name, sha256, reason=done.reason, kind=done.kind)
    sheets = tuple(_sheet(name, table) for table in tables)
    nothing = not any(len(sheet.rows) for sheet in sheets)
    return Loaded(name, sha256, sheets, Reason(Why.NO_ROWS) if nothing else None, kind=done.kind)


def _sheet(file: str, table: _Open) -> Sheet:
    import numpy as np  # noqa: PLC0415

    opened, parts = table.opened, table.parts
    findings = [finding for part in parts for finding in part.findings]
    columns = table.columns()
    return Sheet(
        name=opened.sheet,
        header_row=opened.header_row,
        rows=np.concatenate([np.empty(0, np.int64), *(np.frombuffer(part.rows, dtype=np.int64) for part in parts)]),
        declared=MappingProxyType({table.declared[at]: cells for at, cells in columns.items() if isinstance(cells, Cells)}),
        others=tuple(cells for cells in columns.values() if not isinstance(cells, Cells)),
        blank=sum(part.blank for part in parts),
        problems=tuple(Problem(Place(file, opened.sheet, f.row), f.code, f.column, f.value, f.hint) for f in findings),
    )


def _header(opened: Opened, at: int) -> str:
    """The text of a header; the letter of the column where there is none."""
    text = opened.cells[at].strip() if at < len(opened.cells) else ""
    return text or letters(at + opened.first_column)
