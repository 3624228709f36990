"""What droppers get back, as it is written: the marked copy of a file, its correction file; and the undo file of a run.

A marked copy is the file as it was, with what became of every row. An .xlsx or .xlsm workbook is marked inside (`mark`); of every
other file, and of a workbook that cannot be marked, the copy is a new workbook of the same layout. What a copy does without is
said in it and returned. A correction file has only the rows that need a person, in the layout of the input, to be mended and
dropped back. Both open what strangers have made, so they are written by a process of their own, `python -m
sync.report.excel.copies`, see `returned`. The undo file has every link that a run changed with its state before, in a layout that
can be dropped back as it is.
"""

from __future__ import annotations

import errno
import gc
import tempfile
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Final

from sync.confined.child import serve
from sync.confined.frames import Frame
from sync.domain.model import ALLOWED, Column, Operation
from sync.i18n import speak, text, when
from sync.report.excel.layout import ROWS_PER_SHEET, Page, SheetNotes, comments_left_out, write_book
from sync.report.excel.orders import CORRECTED, DISK, MARKED, from_frame
from sync.report.excel.writer import USUAL_HEIGHT, Rows, Styles, new_book, put, row_height, set_up_print
from sync.report.story import OF_OUR_FOLDER, attempt
from sync.rows.columns import IDS
from sync.system import handles
from sync.system.handles import not_written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has types but no py.typed

    from sync.domain.model import Loaded, RunInfo, Sheet
    from sync.report.excel.orders import Order, ReturnedTable, RowReport


def allowed_lines(pages: Iterable[Page]) -> list[str]:
    """The allowed words of every status column, by its header as it stands in the file."""
    headers = {
        page.headers[at].strip(): words
        for page in pages
        for column, words in ALLOWED.items()
        if (at := page.columns.get(column)) is not None
    }
    return [text("returned.allowed_in", header=header, words=", ".join(words)) for header, words in headers.items()]


def written_line(info: RunInfo) -> str:
    """When the workbook was written, and that the original is not touched."""
    return f"{text('returned.written', when=when(info.started))} {text('returned.original_kept')}"


def marked(order: Order, target: BinaryIO) -> list[str]:
    """Write the marked copy of a file; returns what it does without, in sentences.

    Raises OSError: the file cannot be read any more, or there is no room for what is needed for a moment.
    """
    about = text("returned.copy", file=order.name)
    if order.source is None:
        return _anew(order, about, order.anew, target)
    from sync.report.excel.mark import mark  # noqa: PLC0415 - what it needs is slow to import
    from sync.report.excel.workbook import PartTooLarge  # noqa: PLC0415

    with handles.folder(handles.resolved(order.source.parent)) as folder, folder.spot(order.source.name).reading() as file:
        source = BytesIO(file.read())
    try:
        return mark(source, target, order.parts, f"{about} {order.written}")
    except MemoryError:
        raise
    except PartTooLarge:
        anew = "returned.too_large"
    except Exception:  # noqa: BLE001 - a workbook may be odd in any way; that costs its formats only, never the run
        anew = "returned.rewritten"
    target.seek(0)
    target.truncate()
    return _anew(order, about, text(anew), target)


def _anew(order: Order, about: str, missing: str, target: BinaryIO) -> list[str]:
    """A new workbook of the same layout."""
    pages = [Page(table.sheet, table.headers, table.columns, rows, len(rows), beside=table.beside) for table, rows in order.parts]
    lines = [about, missing, "", *allowed_lines(pages), "", order.written]
    notes = SheetNotes(text("returned.copy_title"), lines)
    whole = write_book(target, pages, notes)
    return [missing] if whole else [missing, comments_left_out()]


#: Columns that a table may lack and a correction file fills in.
_FILLED: Final[Mapping[Column, str]] = {
    Column.APPOINTMENT: "worklist.head.appointment",
    Column.ADDRESS: "worklist.head.address",
    Column.CONFIRMATION_NOW: "worklist.head.confirmation_now",
    Column.FEEDBACK_NOW: "worklist.head.feedback_now",
}


def correction(order: Order, target: BinaryIO) -> int:
    """Write the correction file of one file, if there is anything to correct; returns the number of its rows."""
    pages = correction_pages(order)
    if pages:
        lines = [
            *(text(f"returned.correct_steps.{step}", file=order.name) for step in range(1, 5)),
            *([text("returned.suggested")] if _suggests(pages) else []),
            "",
            *allowed_lines(pages),
            "",
            order.written,
        ]
        write_book(target, pages, SheetNotes(text("returned.correct_title"), lines))
    return sum(page.count for page in pages)


def correction_pages(order: Order) -> list[Page]:
    """What there is to correct in one file, a page per table; none where nothing is."""
    pages = []
    for table, told in order.parts:
        table, rows = _with_filled(table, [row for row in told if row.for_a_person])  # noqa: PLW2901
        for start in range(0, len(rows), ROWS_PER_SHEET):
            some = rows[start : start + ROWS_PER_SHEET]
            pages.append(Page(table.sheet, table.headers, table.columns, some, len(some), numbered=True, beside=table.beside))
    return pages


def _suggests(pages: Sequence[Page]) -> bool:
    return any(IDS & row.filled.keys() for page in pages for row in page.rows)


def _with_filled(table: ReturnedTable, rows: Sequence[RowReport]) -> tuple[ReturnedTable, Sequence[RowReport]]:
    """A table and its rows with the cells that are filled in for people, in columns of their own where it has none."""
    filled = {column for row in rows for column, texts in row.filled.items() if column in IDS or any(texts)}
    if not filled:
        return table, rows
    added = [column for column in _FILLED if column in filled - table.columns.keys()]
    columns = {**table.columns, **{column: len(table.headers) + at for at, column in enumerate(added)}}
    headers = (*table.headers, *(text(_FILLED[column]) for column in added))
    return replace(table, headers=headers, columns=columns), [_with_cells(row, columns, len(headers)) for row in rows]


def _with_cells(row: RowReport, columns: Mapping[Column, int], width: int) -> RowReport:
    cells = [*row.cells, *[""] * (width - len(row.cells))]
    for column, texts in row.filled.items():
        if column in columns:
            cells[columns[column]] = texts[0] if len(texts) == 1 else ""
    return row._replace(cells=tuple(cells))


_WIDTH: Final = 20
_NOTES_WIDTH: Final = 110


def write_undo_file(folder: Path, run: str, file: Loaded) -> bool:
    """Write the undo file of a run into its folder, if there is anything to take back; whole or not at all.

    Returns False where it is missing, as the log tells.

    Raises:
        ReportError: the disk fails.
    """
    (sheet,) = file.sheets
    if not len(sheet.rows):
        return True
    try:
        handles.make(folder)
        return bool(attempt("The undo file", lambda: _to_disk(folder / text("undo_file.name"), run, sheet), OF_OUR_FOLDER))
    except OSError as error:
        raise not_written(folder, error) from error


def _to_disk(path: Path, run: str, sheet: Sheet) -> bool:
    with new_book(path) as book:
        _write(book, run, sheet)
    return True


def _write(book: Workbook, run: str, sheet: Sheet) -> None:
    styles = Styles(book)
    plain = book.add_format({"font_name": "Arial", "font_size": 10, "num_format": "@", "border": 1, "border_color": "#DDDDDD"})
    for number, start in enumerate(range(0, len(sheet.rows), ROWS_PER_SHEET), 1):
        name = sheet.name if number == 1 else f"{sheet.name} {number}"
        page = book.add_worksheet(name)
        _table(page, sheet, slice(start, start + ROWS_PER_SHEET), styles.heading, plain)
        set_up_print(page)
    lines = [text(f"undo_file.lines.{line}", run=run) for line in range(1, 4)]
    if Operation.UNLINK.value in sheet.declared[Column.ACTION].texts.tolist():
        lines.append(text("undo_file.unlinks"))
    _notes(book, lines, styles)


def _table(page: Worksheet, sheet: Sheet, some: slice, heading: Format, text: Format) -> None:
    cells = (*sheet.declared.values(), *sheet.others)
    columns = [each.texts[some].tolist() for each in cells]
    page.set_column(0, len(columns) - 1, _WIDTH, text)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(columns[0]), len(columns) - 1)
    page.repeat_rows(0)
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{len(columns[0]) + 1}"})
    for at, each in enumerate(cells):
        put(page, 0, at, each.header, heading)
    rows = Rows(page)
    for line, row in enumerate(zip(*columns, strict=True), 1):
        rows.add(line, USUAL_HEIGHT, [(cell, text) for cell in row])


def _notes(book: Workbook, lines: list[str], styles: Styles) -> None:
    page = book.add_worksheet(text("undo_file.notes"))
    page.hide_gridlines(2)
    page.set_column(0, 0, _NOTES_WIDTH)
    set_up_print(page)
    page.set_row(0, 26)
    put(page, 0, 0, text("undo_file.title"), styles.title)
    for at, line in enumerate(lines, 1):
        page.set_row(at, row_height((line, _NOTES_WIDTH)) + 4)
        put(page, at, 0, line, styles.text)


#: What marking a workbook needs as well, see `sync.confined.template`.
NEEDS: Final = ("sync.report.excel.mark",)


def answer(request: Frame) -> Iterator[Frame]:
    """A correction file and a marked copy for each order, with its number."""
    gc.disable()  # rows and cells are in no cycles
    orders, scratch = from_frame(request)
    tempfile.tempdir = str(scratch)
    for number, order in enumerate(orders):
        speak(order.language)
        try:
            yield from _written(number, order)
        except OSError as error:
            yield Frame(DISK, error.errno or errno.EIO)
            return


def _written(number: int, order: Order) -> Iterator[Frame]:
    if order.correct:
        book = BytesIO()
        count = correction(order, book)
        yield Frame(CORRECTED, [number, count], (book.getbuffer(),))
    if order.mark:
        book = BytesIO()
        missing = marked(order, book)
        yield Frame(MARKED, [number, missing], (book.getbuffer(),))


if __name__ == "__main__":
    serve(answer)
