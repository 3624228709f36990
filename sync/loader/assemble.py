"""The messages of the reading process become one `Loaded` file."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from sync.loader.messages import Done, Opened, Part
from sync.model import Column, Loaded, Place, Problem, Reason, Sheet, Why

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import pandas as pd

    from sync.loader.messages import Message


@dataclass(slots=True)
class _Open:
    opened: Opened
    parts: list[Part] = field(default_factory=list)


def assemble(name: str, messages: Iterable[Message]) -> Loaded:
    """The file `name` as its messages tell."""
    import pandas  # noqa: F401, ICN001, PLC0415 - takes as long as the process that reads takes to start: at the same time

    tables: list[_Open] = []
    done = Done("", Reason(Why.READER_CRASHED))
    for message in messages:
        if isinstance(message, Opened):
            tables.append(_Open(message))
        elif isinstance(message, Part):
            tables[-1].parts.append(message)
        else:
            done = message
    if done.reason:
        return Loaded(name, done.sha256, reason=done.reason)
    sheets = tuple(_sheet(name, table) for table in tables)
    nothing = not any(len(sheet.rows) for sheet in sheets)
    return Loaded(name, done.sha256, sheets, Reason(Why.NO_ROWS) if nothing else None)


def _sheet(file: str, table: _Open) -> Sheet:
    import numpy as np  # noqa: PLC0415 - heavy: not for a caller that reads nothing
    import pandas as pd  # noqa: PLC0415

    opened, parts = table.opened, table.parts
    positions = dict(opened.positions)
    numbers = [np.frombuffer(part.rows, dtype=np.int64) for part in parts]
    rows = pd.DataFrame({"row": np.concatenate(numbers) if numbers else np.empty(0, dtype=np.int64)})
    by_position = [dict(part.columns) for part in parts]
    findings = [finding for part in parts for finding in part.findings]
    blank = sum(part.blank for part in parts)
    parts.clear()  # each column is let go as soon as it is part of the table
    for column in Column:
        rows[column.value] = _column(by_position, numbers, positions.get(column, -1))
    return Sheet(
        name=opened.sheet,
        header_row=opened.header_row,
        headers=MappingProxyType({column: opened.cells[at].strip() for column, at in positions.items()}),
        rows=rows,
        others=_others(opened, by_position, numbers),
        blank=blank,
        problems=tuple(Problem(Place(file, opened.sheet, f.row), f.code, f.column, f.value, f.hint) for f in findings),
    )


def _column(parts: list[dict[int, Sequence[str]]], numbers: list[np.ndarray], position: int) -> pd.Series:
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    pieces = [np.empty(0, dtype=object)]
    for part, rows in zip(parts, numbers, strict=True):
        texts = part.pop(position, None)
        pieces.append(np.full(len(rows), "", dtype=object) if texts is None else np.array(texts, dtype=object))
    return pd.Series(np.concatenate(pieces), dtype=object)


def _others(opened: Opened, parts: list[dict[int, Sequence[str]]], numbers: list[np.ndarray]) -> pd.DataFrame:
    """The columns nobody declared, in the order of the file; one without a header is named by its letter."""
    import pandas as pd  # noqa: PLC0415

    declared = {at for _, at in opened.positions}
    named = {at for at, text in enumerate(opened.cells) if text.strip()}
    names: dict[str, pd.Series] = {}
    for at in sorted((named | {at for part in parts for at in part}) - declared):
        header = opened.cells[at].strip() if at in named else _letters(at + opened.first_column)
        names[_unlike(header, names)] = _column(parts, numbers, at)
    frame = pd.DataFrame(names, index=pd.RangeIndex(sum(map(len, numbers))))
    return frame.astype(object)


def _unlike(header: str, taken: Iterable[str]) -> str:
    if header not in taken:
        return header
    number = 2
    while f"{header} ({number})" in taken:
        number += 1
    return f"{header} ({number})"


def _letters(column: int) -> str:
    """The name of a spreadsheet column, counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
