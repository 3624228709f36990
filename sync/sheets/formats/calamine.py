"""Workbooks: python-calamine reads the cells, the sheet's own XML tells the rest, openpyxl helps out."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import python_calamine as calamine

from sync.domain.model import Reason, Why
from sync.sheets.cells import BATCH_CELLS, CellBatch, Grid, Marks, by_column
from sync.sheets.containers import Archive, decrypted
from sync.sheets.formats.package import (
    SHARED,
    by_custom,
    check_names,
    date_styles,
    first_of,
    related,
    workbook,
    workbook_part,
    xlsb_by_custom,
)
from sync.sheets.formats.xls_records import XlsSheet, book_of, is_encrypted, workbook_stream
from sync.sheets.formats.xlsb_records import XlsbSheet, book_of_xlsb, with_plain_cells, with_sheets, with_texts_as_results
from sync.sheets.formats.xlsx import SheetValues, Texts, XlsxBook, look, texts_of
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sync.sheets.cells import Cell
    from sync.sheets.formats.package import Workbook
    from sync.sheets.stream import Limits


_LAST_DAY = 2_958_466


def read_xlsx(data: bytes, limits: Limits, *, slowly: bool) -> Iterator[Grid]:
    """The sheets of an .xlsx or .xlsm workbook.

    Args:
        data: the file.
        limits: what it may hold.
        slowly: leave calamine out, because it crashed on this file.
    """
    archive = Archive(data, limits.unpacked_bytes)
    listed = workbook(archive)
    _check_declarations(archive, listed)
    with ThreadPoolExecutor(1) as beside:  # calamine lets other threads work while it reads
        sheets = None if slowly else beside.submit(_sheets_of, archive, data, listed)
        looked = [look(archive, sheet, limits, recalculate=listed.recalculate) for sheet in listed.sheets]
        texts = texts_of(partial(archive.pieces, listed.texts)) if listed.texts else Texts(())
    book = XlsxBook(texts, date_styles(archive, listed.styles), listed.from_1904)
    found = sheets.result() if sheets and not texts.in_pieces else None
    if found is None or any(each.in_pieces for each in looked):
        found = _by_openpyxl(by_custom(archive, listed))
    for sheet, marked, grid in zip(listed.sheets, looked, found, strict=True):
        second = SheetValues(partial(archive.pieces, sheet.path), book, marked.form)
        hidden = sheet.state != "visible"
        yield replace(grid, name=sheet.name, marks=replace(marked.marks, hidden_sheet=hidden), second=second)


def _sheets_of(archive: Archive, data: bytes, listed: Workbook) -> list[Grid] | None:
    """The sheets as calamine reads them; None where it cannot read all of them."""
    for usual in (True, False):
        if usual and not listed.usual:
            continue
        try:
            sheets = _sheets(data if usual else by_custom(archive, listed))
        except calamine.CalamineError:
            continue
        if [meta.name for meta, _ in sheets] == [sheet.name for sheet in listed.sheets]:
            return list(_with_calamine(sheets, {}))
    return None


def _check_declarations(archive: Archive, listed: Workbook) -> None:
    """Reads shared texts and styles once, so that a bomb or an entity in them is found before another reader meets it."""
    for path in filter(None, (listed.texts, listed.styles)):
        if any(b"<!DOCTYPE" in piece for piece in archive.pieces(path)):
            raise RefuseFile(Reason(Why.XML_DECLARATIONS))


def read_xlsb(data: bytes, limits: Limits, *, slowly: bool) -> Iterator[Grid]:
    """The sheets of an .xlsb workbook. `slowly`: see `read_xlsx`."""
    archive = Archive(data, limits.unpacked_bytes)
    path = workbook_part(archive, "xl/workbook.bin")
    parts, part = related(archive, path), b"".join(archive.pieces(path))
    texts, styles = (b"".join(archive.pieces(at)) if (at := first_of(archive, parts, kind)) else b"" for kind in SHARED)
    with _damaged_unless_read():
        book = book_of_xlsb(part, texts, styles)
        check_names(sheet.name for sheet in book.sheets)
        listed = [sheet for sheet in book.sheets if sheet.relation in parts and parts[sheet.relation].kind == "worksheet"]
        stored = {sheet.relation: b"".join(archive.pieces(parts[sheet.relation].path)) for sheet in listed}
        sheets = {sheet.name: XlsbSheet(stored[sheet.relation], book, limits.cells, shown=sheet.shown) for sheet in listed}
        plain = {at: with_plain_cells(sheet) for at, sheet in stored.items()}
        book_part = with_sheets(part, stored)
    found = None if slowly else _by_calamine(xlsb_by_custom(archive, book_part, parts, plain), sheets.keys())
    if found is None:
        plain = {at: with_texts_as_results(sheet) for at, sheet in plain.items()}
        found = _by_pyxlsb(xlsb_by_custom(archive, book_part, parts, plain), sheets)
    for grid in found:
        sheet = sheets[grid.name or ""]
        yield replace(grid, marks=sheet.marks, second=sheet)


def _by_pyxlsb(package: bytes, sheets: Mapping[str, XlsbSheet]) -> list[Grid]:
    """Slow, but at home with what calamine refuses. It knows no dates: which number is one the records tell."""
    import pyxlsb.workbook  # noqa: PLC0415 - rarely needed

    pyxlsb.workbook.TemporaryFile = io.BytesIO  # a process that reads may not write that much

    with _damaged_unless_read(), closing(pyxlsb.open_workbook(io.BytesIO(package))) as book:
        grids = []
        for name, records in sheets.items():
            with closing(book.get_sheet(name)) as sheet:
                rows = sorted((row for row in sheet.rows(sparse=True) if row), key=lambda row: row[0].r)
                numbers, cells = [row[0].r + 1 for row in rows], [_row_of_pyxlsb(row, records) for row in rows]
                grids.append(Grid(name, iter([by_column(numbers, cells)] if rows else []), Marks()))
        return grids


def _row_of_pyxlsb(row: Sequence[Any], records: XlsbSheet) -> list[Cell]:
    cells = [records.moment(cell.r + 1, cell.c, cell.v) if isinstance(cell.v, float) else cell.v for cell in row]
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def read_xls(data: bytes, limits: Limits, *, slowly: bool) -> Iterator[Grid]:
    """The sheets of an .xls workbook. `slowly`: see `read_xlsx`."""
    with _damaged_unless_read():
        if is_encrypted(workbook_stream(data)):
            data = decrypted(data)
        book = book_of(workbook_stream(data))
        sheets = [XlsSheet(book, place, limits.cells) for place in book.sheets]
    listed = {sheet.name: sheet for sheet in sheets if not sheet.is_dialog}
    found = None if slowly or book.unusual or any(sheet.unusual for sheet in sheets) else _by_calamine(data, listed.keys())
    for grid in found or _by_xlrd(data, listed.keys()):
        sheet = listed[grid.name or ""]
        yield replace(grid, marks=sheet.marks, second=sheet)


def _by_calamine(data: bytes, names: Collection[str]) -> list[Grid] | None:
    """The sheets of that name as calamine reads them; None where it cannot read all of them."""
    try:
        sheets = {meta.name: (meta, sheet) for meta, sheet in _sheets(data)}
    except calamine.CalamineError:
        return None
    if not sheets.keys() >= set(names):
        return None
    return list(_with_calamine([sheets[name] for name in names], {}))


def _by_xlrd(data: bytes, names: Collection[str]) -> list[Grid]:
    """Slow, but at home with what calamine refuses, and with what it is known to read wrong."""
    import xlrd  # noqa: PLC0415 - rarely needed

    with _damaged_unless_read():
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), ignore_workbook_corruption=True)
        return [Grid(name, _uneven_batches(_rows_of_xlrd(book.sheet_by_name(name), book.datemode)), Marks()) for name in names]


def _rows_of_xlrd(sheet: Any, datemode: int) -> Iterator[list[Cell]]:  # noqa: ANN401 - xlrd has no types
    for row in range(sheet.nrows):
        yield [
            _cell_of_xlrd(kind, value, datemode) for kind, value in zip(sheet.row_types(row), sheet.row_values(row), strict=True)
        ]


def _cell_of_xlrd(kind: int, value: str | float, datemode: int) -> Cell:
    import xlrd  # noqa: PLC0415

    if kind == xlrd.XL_CELL_DATE and float(value) < _LAST_DAY:
        moment: datetime = xlrd.xldate_as_datetime(value, datemode)
        return moment
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    return None if kind in {xlrd.XL_CELL_ERROR, xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK} else value


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


def _by_openpyxl(data: bytes) -> list[Grid]:
    """Slow, but at home with sheets that calamine refuses or dies of, and with values in pieces."""
    from openpyxl import load_workbook  # noqa: PLC0415 - rarely needed

    with _damaged_unless_read():
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    grids = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        rows = cast("Iterator[tuple[Cell, ...]]", sheet.iter_rows(values_only=True))
        grids.append(Grid(sheet.title, _uneven_batches(_cleaned(rows)), Marks()))
    return grids


def _cleaned(rows: Iterator[tuple[Cell, ...]]) -> Iterator[list[Cell]]:
    """Openpyxl leaves `_x000D_` in texts, and blank cells to the right of the others."""
    from openpyxl.utils.escape import unescape  # noqa: PLC0415 - takes long to import

    with _damaged_unless_read():
        for cells in rows:
            cleaned = [unescape(cell) if isinstance(cell, str) and "_x" in cell else cell for cell in cells]
            while cleaned and cleaned[-1] is None:
                cleaned.pop()
            yield cleaned


def _even_batches(rows: Iterable[Sequence[Cell]], width: int) -> Iterator[CellBatch]:
    """Rows of one width, numbered from 1: calamine leaves out none above the first cell."""
    rows = iter(rows)
    number, size = 1, max(1, BATCH_CELLS // max(1, width))
    while cells := list(islice(rows, size)):
        yield by_column(range(number, number + len(cells)), cells)
        number += len(cells)


def _uneven_batches(rows: Iterable[Sequence[Cell]]) -> Iterator[CellBatch]:
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
