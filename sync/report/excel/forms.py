"""Sheets that staff fill in and drop: the empty template, and work lists of the links of a period, as a workbook or as CSV.

Both have drop-downs with the allowed words. The template explains itself; a work list has everything but the new words in it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed

from sync.domain.model import ALLOWED, Column, Confirmation, Feedback
from sync.i18n import day, text
from sync.report.excel.names import cell_text
from sync.report.excel.writer import new_book, put, row_height, set_up_print
from sync.system.handles import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has types but no py.typed

    from sync.domain.model import Link, State


_FONT: Final = {"font_name": "Arial", "font_size": 10, "valign": "top"}
_NAVY: Final = "#1F3864"
_TODAY: Final = "#E3F0DC"
_INPUT: Final = "#FFF8DC"
_GREY_INK: Final = "#8C8C8C"
_GREY_FILL: Final = "#F4F4F4"
_LINE: Final = "#D9D9D9"
#: Above the header: the title, what the list does not show, a gap.
_TITLE_ROWS: Final = 3
#: What makes a formula of a text that stands in a CSV file, for Excel and its like.
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of a work list; "" for what is not known. `start` is in the office's own time, None where nobody knows it.

    `feedback_set_up` is False where onOffice says that the appointment has none.
    """

    link: Link
    state: State
    start: datetime | None = None
    all_day: bool = False
    subject: str = ""
    kind: str = ""
    place: str = ""
    users: str = ""
    name: str = ""
    customer_number: str = ""
    canceled: bool = False
    recurs: bool = False
    feedback_set_up: bool = True


@dataclass(frozen=True, slots=True)
class WorkList:
    """The links of a period, in the order of time, as they were at `made` (the office's own time). `notes` say what it lacks."""

    first: date
    last: date
    made: datetime
    entries: Sequence[Entry]
    notes: tuple[str, ...] = ()


Cell = str | int | date


class _Head(NamedTuple):
    """One column. `role` says how its cells look, `always` whether it is there without anything in it."""

    key: str
    width: int
    of: Callable[[Entry], Cell]
    role: Literal["text", "date", "number", "now", "new", "id"] = "text"
    always: bool = True
    column: Column | None = None

    @property
    def header(self) -> str:
        """What stands above it."""
        return text(f"worklist.head.{self.key}")


def _time(entry: Entry) -> str:
    if entry.start is None:
        return ""
    return text("worklist.all_day") if entry.all_day else f"{entry.start:%H:%M}"


def _subject(entry: Entry) -> str:
    said = [text(key) for key, is_so in (("worklist.recurs", entry.recurs), ("worklist.canceled", entry.canceled)) if is_so]
    return " ".join(part for part in (entry.subject, f"({', '.join(said)})" if said else "") if part)


def _feedback(entry: Entry) -> str:
    return entry.state.feedback or ("" if entry.feedback_set_up else text("report.not_set_up"))


#: The columns, all names of which the job reads again (see `sync.rows.columns`).
WORK_LIST_COLUMNS: Final = (
    _Head("date", 14, lambda entry: entry.start.date() if entry.start else "", "date"),
    _Head("time", 9, _time),
    _Head("subject", 24, _subject),
    _Head("kind", 13, lambda entry: entry.kind, always=False),
    _Head("place", 24, lambda entry: entry.place, always=False),
    _Head("who", 13, lambda entry: entry.users, always=False),
    _Head("name", 24, lambda entry: entry.name),
    _Head("customer_number", 13, lambda entry: entry.customer_number),
    _Head("confirmation_now", 12, lambda entry: entry.state.confirmation or "", "now", column=Column.CONFIRMATION_NOW),
    _Head("feedback_now", 12, _feedback, "now", column=Column.FEEDBACK_NOW),
    _Head("confirmation_new", 14, lambda _: "", "new", column=Column.CONFIRMATION),
    _Head("feedback_new", 12, lambda _: "", "new", column=Column.FEEDBACK),
    _Head("begin", 6, lambda entry: _minute(entry.start) if entry.start else "", "id", column=Column.BEGIN),
    _Head("appointment", 6, lambda entry: entry.link.appointment_id, "id", column=Column.APPOINTMENT),
    _Head("address", 6, lambda entry: entry.link.address_id, "id", column=Column.ADDRESS),
)
_STEPS: Final = 5


def _minute(moment: datetime) -> str:
    return moment.strftime(text("format.minute"))


def work_list_name(first: date, last: date) -> str:
    """The name of a list, without ending: `Arbeitsliste 2026-12-01 bis 2026-12-14`."""
    return text("worklist.file_name", first=first.isoformat(), last=last.isoformat())


def write_work_list(path: Path, worklist: WorkList) -> None:
    """Write a list, whole or not at all: as CSV where the path ends so, else as a workbook. Raises OSError."""
    columns = _used(worklist.entries)
    if path.suffix.lower() == ".csv":
        with replacing(path) as file:
            file.write(_as_csv(worklist, columns))
        return
    with new_book(path) as book:
        _Page(book, worklist, columns).write()
        _write_notes(book, worklist)


def _used(entries: Sequence[Entry]) -> list[_Head]:
    """The columns without those that hold nothing and need not be there."""
    return [head for head in WORK_LIST_COLUMNS if head.always or any(head.of(entry) for entry in entries)]


def _as_csv(worklist: WorkList, columns: Sequence[_Head]) -> bytes:
    """As Excel opens it with a double click: UTF-8 with its mark, the separator of the language."""
    out = io.StringIO(newline="")
    lines = csv.writer(out, delimiter=text("format.csv_separator"))
    for note in worklist.notes:
        lines.writerow([_plain(note)])
    lines.writerow([head.header for head in columns])
    for entry in worklist.entries:
        lines.writerow([_csv_cell(head.of(entry)) for head in columns])
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, date):
        return day(cell)
    return str(cell) if isinstance(cell, int) else _plain(cell)


def _plain(cell: str) -> str:
    """A text that no spreadsheet program takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_SIGNS) else cell


def _title(worklist: WorkList) -> str:
    return text("worklist.title", first=day(worklist.first), last=day(worklist.last), made=_minute(worklist.made))


class _Page:
    """The sheet with the list."""

    def __init__(self, book: Workbook, worklist: WorkList, columns: Sequence[_Head]) -> None:
        self._book, self._list, self._columns = book, worklist, columns
        self._formats: dict[tuple[str, str, bool], Format] = {}
        self._sheet: Worksheet = book.add_worksheet(text("worklist.name"))

    def write(self) -> None:
        sheet = self._sheet
        first, last = _TITLE_ROWS + 1, _TITLE_ROWS + max(1, len(self._list.entries))
        for at, head in enumerate(self._columns):
            hidden = {"level": 1} if head.role == "id" else {}
            sheet.set_column(at, at, head.width, None, hidden)
            if head.column and (words := ALLOWED.get(head.column)):
                self._offer(at, self._offering(head, first, last), self._drop_down(words))
        self._write_top()
        for row, (entry, opens_day) in enumerate(self._with_days(), first):
            self._write_entry(row, entry, opens_day=opens_day)
        sheet.freeze_panes(first, 0)
        sheet.autofilter(_TITLE_ROWS, 0, last, len(self._columns) - 1)
        sheet.set_selection(first, 0, first, 0)
        set_up_print(sheet)
        sheet.repeat_rows(_TITLE_ROWS)
        sheet.print_area(0, 0, last, max(at for at, head in enumerate(self._columns) if head.role != "id"))
        sheet.protect("", dict.fromkeys(("autofilter", "sort", "format_columns", "format_rows", "format_cells"), True))

    def _offering(self, head: _Head, first: int, last: int) -> list[tuple[int, int]]:
        """The rows of a column that offer words, from and to: none where there is no feedback to set."""
        if head.column is not Column.FEEDBACK or not self._list.entries:
            return [(first, last)]
        ranges, row = [], first
        for set_up, some in groupby(self._list.entries, key=lambda entry: entry.feedback_set_up):
            count = len([*some])
            ranges += [(row, row + count - 1)] if set_up else []
            row += count
        return ranges

    def _offer(self, column: int, ranges: Sequence[tuple[int, int]], words: dict[str, object]) -> None:
        if ranges:
            (first, last), others = ranges[0], [[start, column, end, column] for start, end in ranges[1:]]
            self._sheet.data_validation(first, column, last, column, words | ({"other_cells": others} if others else {}))

    def _write_top(self) -> None:
        sheet = self._sheet
        title = self._book.add_format(_FONT | {"bold": True, "font_size": 14, "font_color": _NAVY})
        note = self._book.add_format(_FONT | {"italic": True, "font_size": 9, "font_color": "#5B5B5B"})
        warning = self._book.add_format(_FONT | {"bold": True, "font_color": "#8A3B00"})
        sheet.set_row(0, 22)
        put(sheet, 0, 0, _title(self._list), title)
        if self._list.notes:
            put(sheet, 1, 0, " ".join(self._list.notes), warning)
        put(sheet, 2, 0, text("worklist.shown" if self._list.entries else "worklist.nothing"), note)
        heading = _FONT | {"bold": True, "text_wrap": True, "bg_color": _NAVY, "font_color": "#FFFFFF", "valign": "vcenter"}
        plain, slight = self._book.add_format(heading), self._book.add_format(heading | {"bg_color": "#8EA0B5", "font_size": 8})
        sheet.set_row(_TITLE_ROWS, 30)
        for at, head in enumerate(self._columns):
            put(sheet, _TITLE_ROWS, at, head.header, slight if head.role == "id" else plain)

    def _with_days(self) -> Iterator[tuple[Entry, bool]]:
        """The entries, each with whether it is the first of its day."""
        last: date | None = None
        for number, entry in enumerate(self._list.entries):
            now = entry.start.date() if entry.start else None
            yield entry, number == 0 or now != last
            last = now

    def _write_entry(self, row: int, entry: Entry, *, opens_day: bool) -> None:
        sheet, look = self._sheet, self._look(entry)
        cells = [head.of(entry) for head in self._columns]
        wrapped = [(cell, head.width) for cell, head in zip(cells, self._columns, strict=True) if head.role == "text"]
        sheet.set_row(row, row_height(*((str(cell), width) for cell, width in wrapped)))
        for at, (head, cell) in enumerate(zip(self._columns, cells, strict=True)):
            no_feedback = head.column is Column.FEEDBACK and not entry.feedback_set_up
            style = self._format("now" if no_feedback else head.role, look, opens_day)
            if isinstance(cell, date):
                sheet.write_datetime(row, at, datetime(cell.year, cell.month, cell.day), style)  # noqa: DTZ001 - a day
            elif isinstance(cell, int):
                sheet.write_number(row, at, cell, style)
            elif cell:
                put(sheet, row, at, cell, style)
            else:
                sheet.write_blank(row, at, None, style)

    def _look(self, entry: Entry) -> str:
        if entry.canceled or (entry.start and entry.start < self._list.made and entry.start.date() < self._list.made.date()):
            return "over"
        return "today" if entry.start and entry.start.date() == self._list.made.date() else "plain"

    def _format(self, role: str, look: str, opens_day: bool) -> Format:
        key = role, look, opens_day
        if key not in self._formats:
            style: dict[str, object] = {**_FONT, "bottom": 1, "bottom_color": _LINE, "locked": role in {"now", "id"}}
            style |= {"top": 2, "top_color": _NAVY} if opens_day else {}
            style |= {"bg_color": _TODAY} if look == "today" else {}
            style |= {"font_color": _GREY_INK, "bg_color": _GREY_FILL} if look == "over" else {}
            of_role: dict[str, dict[str, object]] = {
                "date": {"num_format": text("format.excel_day"), "align": "left"},
                "new": {"bg_color": _INPUT, "border": 1, "border_color": "#BFA95A"} | ({"top": 2} if opens_day else {}),
                "id": {"num_format": "0", "align": "left", "font_size": 7, "font_color": "#A6A6A6"},
            }
            self._formats[key] = self._book.add_format(style | of_role.get(role, {"text_wrap": True}))
        return self._formats[key]

    def _drop_down(self, words: Sequence[str]) -> dict[str, object]:
        told = {"error_title": text("template.wrong"), "error_message": text("template.not_a_word")}
        return {"validate": "list", "source": list(words), **told}


def _write_notes(book: Workbook, worklist: WorkList) -> None:
    sheet = book.add_worksheet(text("worklist.how_to"))
    title = book.add_format(_FONT | {"bold": True, "font_size": 14, "font_color": _NAVY})
    plain = book.add_format(_FONT | {"font_size": 11, "text_wrap": True})
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 4)
    sheet.set_column(1, 1, 100)
    set_up_print(sheet)
    put(sheet, 0, 0, text("worklist.how_to"), title)
    steps = [text(f"worklist.steps.{step}") for step in range(1, _STEPS + 1)]
    for row, said in enumerate([*steps, text("worklist.shown"), *worklist.notes], 1):
        if row <= _STEPS:
            sheet.write_number(row, 0, row, plain)
        put(sheet, row, 1, cell_text(said), plain)
        sheet.set_row(row, row_height((said, 90)) + 6)


_ROWS: Final = 5_000
#: Letters on a line of the explanation.
_LETTERS_PER_LINE: Final = 95


class _Column(NamedTuple):
    """One column of the sheet, by the keys of its texts; `allowed` is empty where any record number may stand."""

    name: str
    allowed: tuple[str, ...] = ()
    width: int = 20

    @property
    def header(self) -> str:
        """Its header."""
        return text(f"template.{self.name}.header")

    @property
    def hint(self) -> str:
        """What belongs there."""
        return text(f"template.{self.name}.hint")


TEMPLATE_COLUMNS: Final = (
    _Column("appointment", width=14),
    _Column("address", width=14),
    _Column("confirmation", ALLOWED[Column.CONFIRMATION]),
    _Column("feedback", ALLOWED[Column.FEEDBACK]),
)


def write_template(path: Path) -> None:
    """Write the workbook; raises OSError, and FileExistsError instead of overwriting."""
    with path.open("xb") as file, Workbook(file) as book:
        heading = book.add_format(
            {"bold": True, "font_name": "Arial", "font_size": 11, "bg_color": _NAVY, "font_color": "#FFFFFF", "valign": "vcenter"}
        )
        _sheet(book.add_worksheet(text("template.sheet")), heading, _Cells.of(book))
        _notes(book)


class _Cells(NamedTuple):
    number: Format
    word: Format

    @classmethod
    def of(cls, book: Workbook) -> _Cells:
        text = {"font_name": "Arial", "font_size": 11}
        return cls(book.add_format({**text, "num_format": "0", "align": "left"}), book.add_format(text))


def _sheet(sheet: Worksheet, heading: Format, cells: _Cells) -> None:
    for position, column in enumerate(TEMPLATE_COLUMNS):
        sheet.set_column(position, position, column.width, cells.word if column.allowed else cells.number)
        sheet.write_string(0, position, column.header, heading)
        sheet.data_validation(1, position, _ROWS, position, _validation(column))
    sheet.set_row(0, 22)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, _ROWS, len(TEMPLATE_COLUMNS) - 1)
    sheet.set_selection(1, 0, 1, 0)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    _fit(sheet)


def _validation(column: _Column) -> dict[str, object]:
    rule: dict[str, object] = (
        {"validate": "list", "source": list(column.allowed), "error_message": text("template.not_a_word")}
        if column.allowed
        else {"validate": "integer", "criteria": ">", "value": 0, "error_message": text("template.not_a_number")}
    )
    about = {"input_title": column.header, "input_message": column.hint}
    return rule | about | {"error_title": text("template.wrong")}


def _notes(book: Workbook) -> None:
    sheet = book.add_worksheet(text("template.notes_sheet"))
    look = {"font_name": "Arial", "font_size": 11, "valign": "top"}
    plain, bold = book.add_format({**look, "text_wrap": True}), book.add_format({**look, "bold": True})
    title = book.add_format({**look, "bold": True, "font_size": 16, "font_color": _NAVY})
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 84)
    sheet.write_string(0, 0, text("template.title"), title)
    sheet.set_row(0, 32)
    steps = [(str(step), text(f"template.steps.{step}")) for step in range(1, 6)]
    meanings = [(word, text(f"template.meaning.{word.name.lower()}")) for word in (*Confirmation, *Feedback)]
    for row, (name, said) in enumerate([*steps, ("", ""), *meanings, ("", text("template.mails"))], 1):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, said, plain)
        sheet.set_row(row, 33 if len(said) > _LETTERS_PER_LINE else 18)
    _fit(sheet)


def _fit(sheet: Worksheet) -> None:
    """Print on A4, as wide as the page."""
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
