"""A new workbook with tables in their own layout: for correction files, and for marked copies of what is no .xlsx workbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from sync.domain.model import ALLOWED, Column, Verdict
from sync.i18n import number, text
from sync.i18n.texts import as_date, verdict_word
from sync.report.excel.names import cell_text, sheet_names
from sync.report.excel.writer import FILL_WRONG, INK_WRONG, Rows, Styles, as_number, book_into, put, row_height, set_up_print
from sync.rows.columns import IDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import BinaryIO

    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has types but no py.typed

    from sync.report.excel.orders import RowReport
    from sync.report.excel.writer import StyledCell

#: What Excel offers below the header of a sheet.
ROWS_PER_SHEET: Final = 1_048_575
#: Thousands of comments make a workbook slow to open; the reason stands in its column anyway.
MOST_COMMENTS: Final = 2_000
#: The added columns with their widths.
ADDED: Final[tuple[tuple[str, int], ...]] = (
    ("column.added.verdict", 18),
    ("column.added.reason", 46),
    ("column.added.step", 46),
)
#: Those with what a table itself lacks, see `ReturnedTable.beside`.
BESIDE: Final[Mapping[str, tuple[str, int]]] = {"when": ("column.added.when", 16), "name": ("column.added.name", 22)}
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


def write_book(target: BinaryIO, pages: Sequence[Page], notes: SheetNotes) -> bool:
    """Write a workbook with a sheet per table; returns whether all comments have found room. Raises OSError."""
    with book_into(target, len(pages)) as book:
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
        written = Rows(sheet)
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

    def _row(self, sheet: Worksheet, rows: Rows, at: int, row: RowReport, page: Page) -> None:
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
        cells += [(said[0], self._styles.looks[row.verdict].verdict), (row.reason, self._said), (row.step, self._said)]
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


def comments_left_out() -> str:
    """That a sheet has more wrong cells than comments."""
    return text("returned.comments_left_out", count=number(MOST_COMMENTS))


def drop_down_texts(words: Sequence[str]) -> tuple[str, str]:
    """Title and text of the warning about other words."""
    return text("returned.allowed"), text("returned.choose", words=", ".join(words))


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
