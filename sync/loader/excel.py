"""Workbooks: python-calamine reads the cells, the sheet's own XML tells the rest, openpyxl helps out."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, cast

import python_calamine as calamine

from sync.loader import ooxml, records
from sync.loader.archive import Archive
from sync.loader.cells import BATCH_CELLS, Batch, Grid, Marks, by_column
from sync.loader.messages import RefuseFile
from sync.model import Reason, Why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync.loader.cells import Cell
    from sync.loader.limits import Limits


def read_xlsx(data: bytes, limits: Limits, *, slowly: bool) -> Iterator[Grid]:
    """The sheets of an .xlsx or .xlsm workbook.

    Args:
        data: the file.
        limits: what it may hold.
        slowly: leave calamine out, because it crashed on this file.
    """
    archive = Archive(data, limits.unpacked_bytes)
    listed = ooxml.workbook(archive)
    ooxml.check_texts(archive)
    with ThreadPoolExecutor(1) as beside:  # calamine lets other threads work while it reads
        sheets = None if slowly else beside.submit(_sheets, data)
        marks = {sheet.name: ooxml.look(archive, sheet, limits, recalculate=listed.recalculate) for sheet in listed.sheets}
    try:
        grids = _with_calamine(sheets.result(), marks) if sheets else _with_openpyxl(data, marks)
    except calamine.CalamineError:
        grids = _with_openpyxl(data, marks)
    yield from grids


def read_xlsb(data: bytes, limits: Limits) -> Iterator[Grid]:
    """The sheets of an .xlsb workbook."""
    archive = Archive(data, limits.unpacked_bytes)
    related = ooxml.related(archive, "xl/workbook.bin")
    listed = records.sheets_of_xlsb(b"".join(archive.pieces("xl/workbook.bin")))
    paths = {name: related[at].path for name, at in listed if at in related and related[at].kind == "worksheet"}
    stored = {path: b"".join(archive.pieces(path)) for path in paths.values()}
    parts = {path: records.with_long_cells(part) for path, part in stored.items()}
    marks = {name: records.marks_of_xlsb(parts[path]) for name, path in paths.items()}
    yield from _with_calamine(_sheets_or_refusal(data if parts == stored else archive.replaced(parts)), marks)


def read_xls(data: bytes) -> Iterator[Grid]:
    """The sheets of an .xls workbook."""
    yield from _with_calamine(_sheets_or_refusal(data), records.marks_of_xls(data))


def _sheets_or_refusal(data: bytes) -> list[tuple[calamine.SheetMetadata, calamine.CalamineSheet]]:
    try:
        return _sheets(data)
    except calamine.PasswordError as error:
        raise RefuseFile(Reason(Why.PASSWORD)) from error
    except calamine.CalamineError as error:
        raise RefuseFile(Reason(Why.DAMAGED, str(error))) from error


def _sheets(data: bytes) -> list[tuple[calamine.SheetMetadata, calamine.CalamineSheet]]:
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [
            (meta, book.get_sheet_by_index(index))
            for index, meta in enumerate(book.sheets_metadata)
            if meta.typ is calamine.SheetTypeEnum.WorkSheet
        ]
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # Rust's own, which has no other name and is no Exception
            raise calamine.CalamineError(str(error)) from error
        raise


def _with_calamine(
    sheets: list[tuple[calamine.SheetMetadata, calamine.CalamineSheet]], marks: dict[str, Marks]
) -> Iterator[Grid]:
    for meta, sheet in sheets:
        looked = marks.get(meta.name, Marks())
        looked = replace(looked, merged=looked.merged or _merged(sheet))
        hidden = meta.visible is not calamine.SheetVisibleEnum.Visible
        first_column = (sheet.start or (0, 0))[1]
        yield Grid(
            meta.name,
            _even_batches(sheet.iter_rows(), sheet.width),
            replace(looked, hidden_sheet=hidden),
            first_column=first_column,
        )


def _merged(sheet: calamine.CalamineSheet) -> list[tuple[int, int, int, int]]:
    return [(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]


def _with_openpyxl(data: bytes, marks: dict[str, Marks]) -> Iterator[Grid]:
    """Slow, but at home with sheets that calamine refuses or dies of."""
    from openpyxl import load_workbook  # noqa: PLC0415 - rarely needed

    with _damaged_unless_read():
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        looked = replace(marks.get(sheet.title, Marks()), hidden_sheet=sheet.sheet_state != "visible")
        rows = cast("Iterator[tuple[Cell, ...]]", sheet.iter_rows(values_only=True))
        yield Grid(sheet.title, _uneven_batches(_cleaned(rows)), looked)


def _cleaned(rows: Iterator[tuple[Cell, ...]]) -> Iterator[list[Cell]]:
    """Openpyxl leaves `_x000D_` in texts, and blank cells to the right of the others."""
    from openpyxl.utils.escape import unescape  # noqa: PLC0415 - takes long to import

    with _damaged_unless_read():
        for cells in rows:
            cleaned = [unescape(cell) if isinstance(cell, str) and "_x" in cell else cell for cell in cells]
            while cleaned and cleaned[-1] is None:
                cleaned.pop()
            yield cleaned


def _even_batches(rows: Iterable[Sequence[Cell]], width: int) -> Iterator[Batch]:
    """Rows of one width, numbered from 1: calamine leaves out none above the first cell."""
    rows = iter(rows)
    number, size = 1, max(1, BATCH_CELLS // max(1, width))
    while cells := list(islice(rows, size)):
        yield by_column(range(number, number + len(cells)), cells)
        number += len(cells)


def _uneven_batches(rows: Iterable[Sequence[Cell]]) -> Iterator[Batch]:
    """Rows of any width, numbered from 1; a wide one does not make those before it wide, too."""
    number, widest = 1, 1
    batch: list[Sequence[Cell]] = []
    for cells in rows:
        widest = max(widest, len(cells))
        if batch and widest * (len(batch) + 1) > BATCH_CELLS:
            yield by_column(range(number, number + len(batch)), batch)
            number, widest, batch = number + len(batch), len(cells), []
        batch.append(cells)
    if batch:
        yield by_column(range(number, number + len(batch)), batch)


@contextmanager
def _damaged_unless_read() -> Iterator[None]:
    """Whatever openpyxl stumbles over where calamine stumbled before is the file's fault."""
    try:
        yield
    except (MemoryError, RefuseFile):
        raise
    except Exception as error:
        raise RefuseFile(Reason(Why.DAMAGED, str(error))) from error
