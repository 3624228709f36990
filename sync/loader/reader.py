"""Reads one file, whatever it is, and says piece by piece what is in it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sync.columns import parse_id
from sync.loader.messages import Done, Opened, RefuseFile
from sync.loader.table import Tables
from sync.model import Column, Reason, Why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.columns import Columns
    from sync.loader.cells import Grid
    from sync.loader.limits import Limits
    from sync.loader.messages import Message


def read(data: bytes, columns: Columns, limits: Limits) -> Iterator[Message]:
    """What is in the bytes of a file; the last message is `Done`. Raises nothing that a bad file could cause."""
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        yield from _tables(_grids(data, columns), columns, limits)
    except RefuseFile as refused:
        yield Done(sha256, refused.reason)
    else:
        yield Done(sha256)


def _grids(data: bytes, columns: Columns) -> Iterator[Grid]:
    if data.startswith(b"PK\x03\x04"):
        from sync.loader.excel import read_excel  # noqa: PLC0415

        return read_excel(data)
    from sync.loader.delimited import read_delimited  # noqa: PLC0415

    return read_delimited(data, columns)


def _tables(grids: Iterator[Grid], columns: Columns, limits: Limits) -> Iterator[Message]:
    """The tables of every sheet. A sheet without a header is a note, unless it looks like the rest of a table."""
    opened: list[Opened] = []
    missing: list[tuple[Grid, Tables]] = []
    for grid in grids:
        tables = Tables(grid, columns, limits)
        for message in tables.read():
            if isinstance(message, Opened):
                opened.append(message)
            yield message
        if tables.missing:
            missing.append((grid, tables))
    if not opened:
        reasons = [tables.missing for _, tables in missing if tables.missing]
        raise RefuseFile(next((reason for reason in reasons if reason.why is not Why.EMPTY), Reason(Why.EMPTY)))
    for grid, tables in missing:
        if any(_looks_like_rest(table, grid, tables.sample) for table in opened):
            raise RefuseFile(Reason(Why.NO_HEADER, grid.name or ""))


def _looks_like_rest(table: Opened, grid: Grid, sample: list[list[str]]) -> bool:
    """Whether a sheet without a header has record numbers where a table of the file has its ids."""
    places = [
        at + table.first_column - grid.first_column
        for column, at in table.positions
        if column in {Column.APPOINTMENT, Column.ADDRESS}
    ]
    return any(all(0 <= at < len(row) and isinstance(parse_id(row[at]), int) for at in places) for row in sample)
