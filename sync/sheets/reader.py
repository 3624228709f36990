"""Reads one file, whatever it is, and says piece by piece what is in it; `WrongRows` stops where nobody could mend all rows.

This is the process that may die of a file: `python -m sync.sheets.reader`, started by `sync.sheets.load` only. It imports little:
what a format needs is imported when a file of that format is there.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import pickle
import sys
import time
from array import array
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from sync.confined.child import serve, without_values
from sync.domain.model import MOST_WRONG_ROWS, WARNINGS, Code, Reason, Why
from sync.rows.columns import ASKING, IDS, are_plain_ids, parse_id
from sync.sheets.containers import megabytes, snapshot, without_default_password
from sync.sheets.detect import correction_mark, grids, sniff
from sync.sheets.stream import TRY_PACKAGES, EndOfFile, Hashed, Opened, RefuseFile, as_frame, spelled
from sync.sheets.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from sync.confined.child import Frame
    from sync.rows.columns import Columns
    from sync.sheets.cells import Grid
    from sync.sheets.stream import Limits, Message, Part, ReadingJob, Told


#: With more remarks, warnings included, they alone would take a gigabyte; a sheet of Excel has no more rows than this.
_MOST_REMARKS: Final = 2**20
_SHOWN: Final = 40
#: Every package that a file of some format or other needs; most are imported when the first such file is there.
PACKAGES: Final = ("lxml.etree", "msoffcrypto", "olefile", "openpyxl", "pandas", "pyxlsb.workbook", "python_calamine", "xlrd")


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
            if column in IDS and not part.numbered:
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
    if are_plain_ids(texts):
        return []  # nearly always, and quick to see
    odd = {text for text in set(texts) if isinstance(parse_id(text), Code)}
    return [(at, text) for at, text in enumerate(texts) if text in odd] if odd else []


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
    untold: list[str] = []
    correction = ""
    yield Hashed(sha256)
    try:
        data = without_default_password(data)
        kind = sniff(data)
        correction = correction_mark(kind, data)
        untold = yield from _tables(grids(kind, data, columns, limits, slowly=slowly), columns, limits)
    except RefuseFile as refused:
        reason = refused.reason
    except MemoryError:
        reason = Reason(Why.LIMIT_MEMORY, megabytes(limits.memory_bytes))
    except ImportError:
        raise
    except Exception as error:  # noqa: BLE001 - a parser may stumble over a broken file in any way; it costs that file only
        sys.stderr.write(f"{without_values(error)}\n")
        reason = Reason(Why.READER_CRASHED, type(error).__name__)
    yield EndOfFile(reason, kind, tuple(untold), correction)


def _tables(grids: Iterator[Grid], columns: Columns, limits: Limits) -> Generator[Message, None, list[str]]:
    """The tables of every sheet; returns the names of those that hold something else.

    A sheet without a header is a note, unless it looks like the rest of a table.
    """
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
    return [grid.name or "" for grid, tables in missing if tables.missing and tables.missing.why is not Why.EMPTY]


def _looks_like_rest(table: Opened, grid: Grid, sample: list[list[str]]) -> bool:
    """Whether a sheet without a header has record numbers where a table of the file has its ids."""
    places = [at + table.first_column - grid.first_column for column, at in table.positions if column in IDS]
    return any(all(0 <= at < len(row) and isinstance(parse_id(row[at]), int) for at in places) for row in sample)


#: What most files need as well, see `sync.confined.template`.
NEEDS: Final = ("sync.sheets.formats.text", "sync.sheets.formats.calamine")


def answer(request: Frame) -> Iterator[Frame]:
    """What is in the file of the job; nothing where all packages are tried."""
    if request.kind == TRY_PACKAGES:
        for name in PACKAGES:
            importlib.import_module(name)
        return
    gc.disable()  # cells are in no cycles, and looking for some takes a fifth of the time
    job: ReadingJob = pickle.loads(request.blocks[0])  # noqa: S301 - from the process that started this one
    for message in read(job.path, job.columns, job.limits, slowly=job.slowly):
        yield as_frame(message)


if __name__ == "__main__":
    serve(answer)
