"""What droppers get back, as it is written: the marked copy of a file, its correction file; and the undo file of a run.

A marked copy is the file as it was, with what became of every row. An .xlsx or .xlsm workbook is marked inside (`mark`); of every
other file, and of a workbook that cannot be marked, the copy is a new workbook with the tables in their own layout. What a copy
does without is said in it and returned. A correction file has only the rows that need a person, in the layout of the input, to be
mended and dropped back. As both take opening what strangers have made, a process of their own writes them, `python -m
sync.report.excel.copies`, see `returned`. The undo file has every link that a run changed with its state before, in a layout that
can be dropped back as it is.
"""

from __future__ import annotations

import errno
import gc
import re
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from sync.confined.child import Frame, serve
from sync.domain.model import ALLOWED, Column, Operation, Verdict
from sync.i18n import speak, text, when
from sync.i18n.texts import as_date, verdict_word
from sync.report.excel.names import cell_text, sheet_names
from sync.report.excel.orders import (
    ADDED,
    BESIDE,
    CORRECTED,
    DISK,
    MARKED,
    MOST_COMMENTS,
    comments_left_out,
    drop_down_texts,
    from_frame,
)
from sync.report.excel.writer import (
    FILL_WRONG,
    INK_WRONG,
    USUAL_HEIGHT,
    RowWriter,
    Styles,
    as_number,
    book_into,
    new_book,
    put,
    row_height,
    set_up_print,
)
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
    from sync.report.excel.writer import StyledCell


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
        red = {bool(row.wrong) for page in pages for row in page.rows}
        left_out = {2 if True not in red else 0, 3 if False not in red else 0}
        lines = [
            *(text(f"returned.correct_steps.{step}", file=order.name) for step in range(1, 6) if step not in left_out),
            *([text("returned.suggested")] if _suggests(pages) else []),
            "",
            *allowed_lines(pages),
            "",
            order.written,
        ]
        write_book(target, pages, SheetNotes(text("returned.correct_title"), lines), order.identity)
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
    rows = RowWriter(page)
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


#: What Excel offers below the header of a sheet.
ROWS_PER_SHEET: Final = 1_048_575
_ROW_WIDTH: Final = 10
#: A number that nobody has typed yet.
_FILL_SUGGESTED: Final = "#FFF3BF"
_INK_SUGGESTED: Final = "#664D00"
_SAMPLE: Final = 300
_NARROWEST: Final = 9
_WIDEST: Final = 34
_HEADER_HEIGHT: Final = 32
#: Excel knows a 29th of February 1900.
_FIRST_MOMENT: Final = "1900-03"
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Page:
    """One table to write. `columns` says where the declared columns are; `numbered` adds the row numbers of the input.

    `beside` are those of `BESIDE` that the table lacks.
    """

    sheet: str | None
    headers: tuple[str, ...]
    columns: Mapping[Column, int]
    rows: Iterable[RowReport]
    count: int
    numbered: bool = False
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetNotes:
    """What the last sheet says: a title and its lines."""

    title: str
    lines: Sequence[str]


def write_book(target: BinaryIO, pages: Sequence[Page], notes: SheetNotes, identity: str = "") -> bool:
    """Write a workbook with a sheet per table; returns whether all comments have found room. Raises OSError.

    `identity` is what tells a correction file from all others, "" for any other workbook.
    """
    with book_into(target, len(pages)) as book:
        if identity:
            book.set_custom_property("onoffice-sync-correction", identity)  # by which `sync.sheets.detect` knows it
        return _Book(book).write(pages, notes)


class _Book:
    """Writes the sheets one after the other."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._styles = Styles(book)
        cell = {"font_name": "Arial", "font_size": 10, "valign": "top", "border": 1, "border_color": "#DDDDDD"}
        moment = text("format.excel_moment")
        self._text: Format = book.add_format(cell | {"num_format": "@"})
        self._moment: Format = book.add_format(cell | {"num_format": moment, "align": "left"})
        wrong = cell | {"bg_color": FILL_WRONG, "font_color": INK_WRONG}
        self._wrong: Format = book.add_format(wrong | {"num_format": "@"})
        self._wrong_moment: Format = book.add_format(wrong | {"num_format": moment, "align": "left"})
        self._said: Format = book.add_format(cell | {"text_wrap": True, "align": "left"})
        suggested = {"num_format": "@", "bg_color": _FILL_SUGGESTED, "font_color": _INK_SUGGESTED, "italic": True}
        self._suggested: Format = book.add_format(cell | suggested)
        self._names: set[str] = set()
        self._words = {verdict: verdict_word(verdict) for verdict in Verdict}
        self._comments = 0
        self._declared: set[int] = set()
        self._said_widths: list[int] = []

    def write(self, pages: Sequence[Page], notes: SheetNotes) -> bool:
        """Write all tables, then the notes; returns whether all comments have found room."""
        most = 0
        for page in pages:
            self._comments = 0
            self._page(page)
            most = max(most, self._comments)
        left_out = [comments_left_out()] if most > MOST_COMMENTS else []
        self._notes(notes.title, [*notes.lines, *left_out])
        return not left_out

    def _page(self, page: Page) -> None:
        sheet = self._book.add_worksheet(self._name(page.sheet or text("returned.sheet")))
        rows = iter(page.rows)
        sample = list(islice(rows, _SAMPLE))
        beside = [BESIDE[each] for each in page.beside]
        added = (*beside, *ADDED, *([("column.added.row", _ROW_WIDTH)] if page.numbered else []))
        for at, header in enumerate(page.headers):
            sheet.set_column(at, at, _width(header, (row.cells[at] for row in sample)), self._text)
            put(sheet, 0, at, header, self._styles.heading)
        for at, (words, width) in enumerate(added, len(page.headers)):
            sheet.set_column(at, at, width)
            put(sheet, 0, at, text(words), self._styles.added_heading)
        self._set_up(sheet, page, len(page.headers) + len(added))
        written = RowWriter(sheet)
        self._declared = {*page.columns.values()} - {page.columns.get(Column.BEGIN, -1)}
        self._said_widths = [width for _, width in (*beside, *ADDED)]
        for at, row in enumerate(chain(sample, rows), 1):
            self._row(sheet, written, at, row, page)

    def _set_up(self, sheet: Worksheet, page: Page, width: int) -> None:
        sheet.set_row(0, _HEADER_HEIGHT)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, page.count, width - 1)
        sheet.repeat_rows(0)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{page.count + 1}"})
        sheet.set_comments_author(text("returned.author"))
        set_up_print(sheet)
        for column, words in ALLOWED.items():
            if (at := page.columns.get(column)) is not None and page.count:
                sheet.data_validation(1, at, page.count, at, _drop_down(words))

    def _row(self, sheet: Worksheet, rows: RowWriter, at: int, row: RowReport, page: Page) -> None:
        said = (self._words[row.verdict], row.reason, row.step)
        wrong = row.wrong
        declared = self._declared
        cells: list[StyledCell] = [
            # a point in time in a declared column looks as in the reason, and the cell stays one for text
            (as_date(cell), self._wrong if column in wrong else self._text)
            if column in declared
            else self._cell(cell, wrong=column in wrong)
            for column, cell in enumerate(row.cells)
        ]
        for each in IDS & row.filled.keys() if page.numbered and row.filled else ():
            cells[page.columns[each]] = self._suggested_cell(sheet, at, page.columns[each], row.filled[each])
        for column, comment in wrong.items():
            self._comments += 1
            if self._comments <= MOST_COMMENTS:
                sheet.write_comment(at, column, cell_text(comment), _comment_options(comment))
        cells += [(each, self._said) for each in row.beside]
        cells += [(said[0], self._styles.look(row.verdict).verdict), (row.reason, self._said), (row.step, self._said)]
        if page.numbered:
            cells.append((row.row, self._said))
        rows.add(at, row_height(*zip((*row.beside, *said), self._said_widths, strict=True)), cells)

    def _cell(self, text: str, *, wrong: bool) -> StyledCell:
        """A cell of the input, as text; a point in time is one again, so that people can read it."""
        if moment := _moment(text):
            return as_number(moment), self._wrong_moment if wrong else self._moment
        return text if "T" in text else as_date(text), self._wrong if wrong else self._text

    def _suggested_cell(self, sheet: Worksheet, at: int, column: int, texts: Sequence[str]) -> StyledCell:
        """A number that is suggested, marked as such; those from which a person chooses are offered."""
        if offered := [text for text in texts if text]:
            sheet.data_validation(at, column, at, column, {"validate": "list", "source": offered, "show_error": False})
        return texts[0] if len(texts) == 1 else None, self._suggested

    def _name(self, wished: str) -> str:
        """A name for a sheet that Excel takes and no other one has."""
        names = sheet_names(wished, text("returned.sheet"))
        name = next(each for each in names if each.casefold() not in self._names)
        self._names.add(name.casefold())
        return name

    def _notes(self, title: str, lines: Sequence[str]) -> None:
        sheet = self._book.add_worksheet(self._name(text("returned.notes")))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 110)
        set_up_print(sheet)
        sheet.set_row(0, 26)
        put(sheet, 0, 0, title, self._styles.title)
        for at, line in enumerate(lines, 1):
            sheet.set_row(at, row_height((line, 110)) + 4)
            put(sheet, at, 0, line, self._styles.text)


def _drop_down(words: Sequence[str]) -> dict[str, object]:
    """The rule for a cell that offers words and warns about others, which may be spellings that are understood."""
    title, message = drop_down_texts(words)
    return {"validate": "list", "source": list(words), "error_type": "warning", "error_title": title, "error_message": message}


def _moment(text: str) -> datetime | None:
    """The point in time that a text is; None for any other one, and where Excel counts the days otherwise."""
    if not _MOMENT.fullmatch(text) or text < _FIRST_MOMENT:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.isoformat() == text else None


def _width(header: str, cells: Iterable[str]) -> int:
    """A width that shows most cells whole; the header may take two lines."""
    longest = max(map(len, cells), default=0)
    word = max(map(len, header.split()), default=0) + 3
    return min(max(_NARROWEST, longest + 2, word, len(header) * 2 // 3 + 3), _WIDEST)


def _comment_options(comment: str) -> dict[str, object]:
    lines = sum(1 + len(part) // 38 for part in comment.split("\n"))
    return {"x_scale": 2.0, "y_scale": max(0.5, 0.25 * (lines + 1)), "font_size": 9, "color": "#FFF7DB"}


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
