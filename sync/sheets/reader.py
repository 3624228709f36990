"""Reads one file, whatever it is, and says piece by piece what is in it."""

from __future__ import annotations

import hashlib
import sys
import time
from typing import TYPE_CHECKING

from sync.confined.traces import without_values
from sync.domain.model import FileKind, Reason, Why
from sync.rows.columns import IDS, parse_id
from sync.sheets.detect import sniff
from sync.sheets.formats.encrypted import without_default_password
from sync.sheets.snapshot import megabytes, snapshot
from sync.sheets.stream import EndOfFile, Hashed, Opened, RefuseFile
from sync.sheets.tables import Tables
from sync.sheets.wrong import WrongRows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.rows.columns import Columns
    from sync.sheets.cells import Grid
    from sync.sheets.limits import Limits
    from sync.sheets.stream import Message


def read(path: Path, columns: Columns, limits: Limits, *, slowly: bool = False) -> Iterator[Message]:
    """What is in a file; the last message is `EndOfFile`. Raises nothing that a bad file could cause.

    The hash is that of the very bytes that are read. `slowly` leaves out the quick parser that crashed on the file.
    """
    try:
        data = snapshot(path, limits.file_bytes)
    except RefuseFile as refused:
        yield EndOfFile(refused.reason)
    else:
        yield from read_bytes(data, columns, limits, slowly=slowly)


def read_bytes(data: bytes, columns: Columns, limits: Limits, *, slowly: bool = False) -> Iterator[Message]:
    """What is in the bytes of a file; `Hashed` is the first message, `EndOfFile` the last.

    Raises:
        ImportError: a package is missing; that is no fault of the file.
    """
    sha256, kind, reason = hashlib.sha256(data).hexdigest(), None, None
    yield Hashed(sha256)
    try:
        data = without_default_password(data)
        kind = sniff(data)
        yield from _tables(_grids(kind, data, columns, limits, slowly=slowly), columns, limits)
    except RefuseFile as refused:
        reason = refused.reason
    except MemoryError:
        reason = Reason(Why.LIMIT_MEMORY, megabytes(limits.memory_bytes))
    except ImportError:
        raise
    except Exception as error:  # noqa: BLE001 - a parser may stumble over a broken file in any way; it costs that file only
        sys.stderr.write(f"{without_values(error)}\n")
        reason = Reason(Why.READER_CRASHED, type(error).__name__)
    yield EndOfFile(reason, kind)


def _grids(kind: FileKind, data: bytes, columns: Columns, limits: Limits, *, slowly: bool) -> Iterator[Grid]:
    """The sheets of a file. Readers are imported when needed: a small CSV file is read before others are loaded."""
    if kind is FileKind.TEXT:
        from sync.sheets.formats.csv import read_delimited  # noqa: PLC0415

        return read_delimited(data, columns)
    if kind in {FileKind.XLSX, FileKind.XLSB, FileKind.XLS}:
        from sync.sheets.formats.calamine import read_xls, read_xlsb, read_xlsx  # noqa: PLC0415

        if kind is FileKind.XLSX:
            return read_xlsx(data, limits, slowly=slowly)
        return read_xlsb(data, limits, slowly=slowly) if kind is FileKind.XLSB else read_xls(data, limits, slowly=slowly)
    return _marked_up(kind, data, limits)


def _marked_up(kind: FileKind, data: bytes, limits: Limits) -> Iterator[Grid]:
    from sync.sheets.archive import Archive  # noqa: PLC0415
    from sync.sheets.formats.html import read_html  # noqa: PLC0415
    from sync.sheets.formats.ods import read_opendocument  # noqa: PLC0415
    from sync.sheets.formats.xml2003 import read_spreadsheetml  # noqa: PLC0415

    if kind is FileKind.HTML:
        return read_html(data, limits)
    if kind is FileKind.SPREADSHEETML:
        return read_spreadsheetml(data, limits)
    if kind is FileKind.FODS:
        return read_opendocument(lambda: [data], limits)
    return read_opendocument(lambda: Archive(data, limits.unpacked_bytes).pieces("content.xml"), limits)


def _tables(grids: Iterator[Grid], columns: Columns, limits: Limits) -> Iterator[Message]:
    """The tables of every sheet. A sheet without a header is a note, unless it looks like the rest of a table."""
    deadline = time.monotonic() + limits.seconds
    opened: list[Opened] = []
    wrong = WrongRows()
    missing: list[tuple[Grid, Tables]] = []
    for grid in grids:
        tables = Tables(grid, columns, limits, deadline=deadline)
        for message in tables.read():
            if isinstance(message, Opened):
                opened.append(message)
            else:
                wrong.look(opened[-1], message)
            yield message
        if tables.missing:
            missing.append((grid, tables))
    if not opened:
        reasons = [tables.missing for _, tables in missing if tables.missing]
        raise RefuseFile(next((reason for reason in reasons if reason.why is not Why.EMPTY), Reason(Why.EMPTY)))
    for grid, tables in missing:
        if any(_looks_like_rest(table, grid, tables.sample) for table in opened):
            raise RefuseFile(Reason(Why.SHEET_WITHOUT_HEADER, grid.name or ""))


def _looks_like_rest(table: Opened, grid: Grid, sample: list[list[str]]) -> bool:
    """Whether a sheet without a header has record numbers where a table of the file has its ids."""
    places = [at + table.first_column - grid.first_column for column, at in table.positions if column in IDS]
    return any(all(0 <= at < len(row) and isinstance(parse_id(row[at]), int) for at in places) for row in sample)
