"""A work list: the links of a period as a sheet that staff fill in and drop, as a workbook or as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from sync.domain.model import Column, Confirmation, Feedback
from sync.i18n.texts import Language, Words
from sync.report.excel.cell_text import cell_text
from sync.report.excel.new_book import new_book
from sync.report.excel.writer import put, row_height, set_up_print
from sync.system.atomic import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed
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
    """One link of a work list; "" for what is not known. `start` is in the office's own time, None where nobody knows it."""

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


@dataclass(frozen=True, slots=True)
class WorkList:
    """The links of a period, in the order of time, as they were at `made` (the office's own time). `notes` say what it lacks."""

    first: date
    last: date
    made: datetime
    entries: Sequence[Entry]
    notes: tuple[Words, ...] = ()


_RECURS: Final = Words("Serientermin", "series")
_CANCELED: Final = Words("abgesagt", "cancelled")
_ALL_DAY: Final = Words("ganztägig", "all day")
_DATE: Final = Words("%d.%m.%Y", "%Y-%m-%d")
_BEGIN: Final = Words("%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M")
_DATE_FORMAT: Final = Words("[$-407]ddd dd.mm.yyyy", "[$-409]ddd yyyy-mm-dd")

Cell = str | int | date


class _Head(NamedTuple):
    """One column. `role` says how its cells look, `always` whether it is there without anything in it."""

    header: Words
    width: int
    of: Callable[[Entry, Language], Cell]
    role: Literal["text", "date", "number", "now", "new", "id"] = "text"
    always: bool = True
    column: Column | None = None


def _time(entry: Entry, language: Language) -> str:
    if entry.start is None:
        return ""
    return _ALL_DAY.text(language) if entry.all_day else f"{entry.start:%H:%M}"


def _subject(entry: Entry, language: Language) -> str:
    said = [words.text(language) for words, is_so in ((_RECURS, entry.recurs), (_CANCELED, entry.canceled)) if is_so]
    return " ".join(part for part in (entry.subject, f"({', '.join(said)})" if said else "") if part)


#: The columns, all names of which the job reads again (see `sync.columns`).
_COLUMNS: Final = (
    _Head(Words("Datum", "Date"), 14, lambda entry, _: entry.start.date() if entry.start else "", "date"),
    _Head(Words("Uhrzeit", "Time"), 9, _time),
    _Head(Words("Betreff", "Subject"), 24, _subject),
    _Head(Words("Art", "Kind"), 13, lambda entry, _: entry.kind, always=False),
    _Head(Words("Ort", "Place"), 24, lambda entry, _: entry.place, always=False),
    _Head(Words("Wer", "Who"), 13, lambda entry, _: entry.users, always=False),
    _Head(Words("Name", "Name"), 24, lambda entry, _: entry.name),
    _Head(Words("Kundennummer", "Customer number"), 13, lambda entry, _: entry.customer_number),
    _Head(
        *(Words("Bestätigung jetzt", "Confirmation now"), 12, lambda entry, _: entry.state.confirmation or "", "now"),
        column=Column.CONFIRMATION_NOW,
    ),
    _Head(
        *(Words("Rückmeldung jetzt", "Feedback now"), 12, lambda entry, _: entry.state.feedback or "", "now"),
        column=Column.FEEDBACK_NOW,
    ),
    _Head(Words("Bestätigung neu", "Confirmation new"), 14, lambda *_: "", "new", column=Column.CONFIRMATION),
    _Head(Words("Rückmeldung neu", "Feedback new"), 12, lambda *_: "", "new", column=Column.FEEDBACK),
    _Head(
        *(
            Words("Beginn", "Begin"),
            6,
            lambda entry, language: entry.start.strftime(_BEGIN.text(language)) if entry.start else "",
        ),
        "id",
        column=Column.BEGIN,
    ),
    _Head(Words("Termin-ID", "Appointment ID"), 6, lambda entry, _: entry.link.appointment_id, "id", column=Column.APPOINTMENT),
    _Head(Words("Adress-ID", "Address ID"), 6, lambda entry, _: entry.link.address_id, "id", column=Column.ADDRESS),
)
_ALLOWED: Final = {Column.CONFIRMATION: tuple(Confirmation), Column.FEEDBACK: tuple(Feedback)}

_NAME: Final = Words("Arbeitsliste", "Work list")
_HOW_TO: Final = Words("So geht es", "How to")
_TITLE: Final = Words("Arbeitsliste {first} bis {last}, Stand {made}", "Work list {first} to {last}, as of {made}")
_NOTHING: Final = Words(
    "Für diesen Zeitraum zeigt onOffice keine Termine mit Adressen.",
    "onOffice shows no appointments with addresses for this period.",
)
_SHOWN: Final = Words(
    "Die Liste zeigt, was der Benutzer des Abgleichs in onOffice sehen darf; private Termine und gesperrte Adressen fehlen.",
    "The list shows what this job's user may see in onOffice; private appointments and locked addresses are missing.",
)
_STEPS: Final = (
    Words(
        "Tragen Sie in „Bestätigung neu“ und „Rückmeldung neu“ ein, was sich ändern soll: ein Wort aus der Liste der Zelle.",
        "Enter what shall change in “Confirmation new” and “Feedback new”: a word of the cell's list.",
    ),
    Words(
        "Zeilen, in denen beide Zellen leer bleiben, ändern nichts. Sie müssen nichts löschen.",
        "Rows in which both cells stay blank change nothing. You need not delete anything.",
    ),
    Words(
        "Die Nummern ganz rechts sagen, welcher Termin und welche Adresse gemeint sind. Bitte lassen Sie sie, wie sie sind.",
        "The numbers at the right say which appointment and which address are meant. Please leave them as they are.",
    ),
    Words(
        "Speichern Sie die Liste und legen Sie sie in den Ablageordner. Hat inzwischen jemand in onOffice etwas anderes "
        "eingestellt, wird nichts überschrieben: die Zeile kommt zur Entscheidung zurück.",
        "Save the list and put it into the drop folder. Where somebody has set something else in onOffice since, nothing is "
        "overwritten: the row comes back to be decided on.",
    ),
    Words(
        "Grün hinterlegt ist der heutige Tag; grau sind vergangene und abgesagte Termine. Das Blatt ist ohne Kennwort geschützt.",
        "Today has a green background; past and cancelled appointments are grey. The sheet is protected without a password.",
    ),
)
_CHOOSE: Final = Words("Bitte wählen Sie ein Wort aus der Liste.", "Please choose a word from the list.")
_CHECK: Final = Words("Bitte prüfen", "Please check")


def file_name(first: date, last: date, language: Language) -> str:
    """The name of a list, without ending: `Arbeitsliste 2026-12-01 bis 2026-12-14`."""
    return f"{_NAME.text(language)} {first.isoformat()} {Words('bis', 'to').text(language)} {last.isoformat()}"


def write(path: Path, worklist: WorkList, language: Language) -> None:
    """Write a list, whole or not at all: as CSV where the path ends so, else as a workbook. Raises OSError."""
    columns = _used(worklist.entries, language)
    if path.suffix.lower() == ".csv":
        with replacing(path) as file:
            file.write(_as_csv(worklist, columns, language))
        return
    with new_book(path) as book:
        _Page(book, worklist, columns, language).write()
        _write_notes(book, worklist, language)


def _used(entries: Sequence[Entry], language: Language) -> list[_Head]:
    """The columns without those that hold nothing and need not be there."""
    return [head for head in _COLUMNS if head.always or any(head.of(entry, language) for entry in entries)]


def _as_csv(worklist: WorkList, columns: Sequence[_Head], language: Language) -> bytes:
    """As Excel opens it with a double click: UTF-8 with its mark, the separator of the language."""
    out = io.StringIO(newline="")
    lines = csv.writer(out, delimiter=Words(";", ",").text(language))
    for note in worklist.notes:
        lines.writerow([_plain(note.text(language))])
    lines.writerow([head.header.text(language) for head in columns])
    for entry in worklist.entries:
        lines.writerow([_csv_cell(head.of(entry, language), language) for head in columns])
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell, language: Language) -> str:
    if isinstance(cell, date):
        return cell.strftime(_DATE.text(language))
    return str(cell) if isinstance(cell, int) else _plain(cell)


def _plain(text: str) -> str:
    """A text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def _title(worklist: WorkList, language: Language) -> str:
    days = {name: day.strftime(_DATE.text(language)) for name, day in (("first", worklist.first), ("last", worklist.last))}
    return _TITLE.text(language).format(**days, made=worklist.made.strftime(_BEGIN.text(language)))


class _Page:
    """The sheet with the list."""

    def __init__(self, book: Workbook, worklist: WorkList, columns: Sequence[_Head], language: Language) -> None:
        self._book, self._list, self._columns, self._language = book, worklist, columns, language
        self._formats: dict[tuple[str, str, bool], Format] = {}
        self._sheet: Worksheet = book.add_worksheet(_NAME.text(language))

    def write(self) -> None:
        sheet, language = self._sheet, self._language
        first, last = _TITLE_ROWS + 1, _TITLE_ROWS + max(1, len(self._list.entries))
        for at, head in enumerate(self._columns):
            hidden = {"level": 1} if head.role == "id" else {}
            sheet.set_column(at, at, head.width, None, hidden)
            if head.column and (words := _ALLOWED.get(head.column)):
                sheet.data_validation(first, at, last, at, self._drop_down(words))
        self._write_top()
        for row, (entry, opens_day) in enumerate(self._with_days(), first):
            self._write_entry(row, entry, opens_day=opens_day)
        sheet.freeze_panes(first, 0)
        sheet.autofilter(_TITLE_ROWS, 0, last, len(self._columns) - 1)
        sheet.set_selection(first, 0, first, 0)
        set_up_print(sheet, language)
        sheet.repeat_rows(_TITLE_ROWS)
        sheet.print_area(0, 0, last, max(at for at, head in enumerate(self._columns) if head.role != "id"))
        sheet.protect("", dict.fromkeys(("autofilter", "sort", "format_columns", "format_rows", "format_cells"), True))

    def _write_top(self) -> None:
        sheet, language = self._sheet, self._language
        title = self._book.add_format(_FONT | {"bold": True, "font_size": 14, "font_color": _NAVY})
        note = self._book.add_format(_FONT | {"italic": True, "font_size": 9, "font_color": "#5B5B5B"})
        warning = self._book.add_format(_FONT | {"bold": True, "font_color": "#8A3B00"})
        sheet.set_row(0, 22)
        put(sheet, 0, 0, _title(self._list, language), title)
        if self._list.notes:
            put(sheet, 1, 0, " ".join(each.text(language) for each in self._list.notes), warning)
        put(sheet, 2, 0, (_SHOWN if self._list.entries else _NOTHING).text(language), note)
        heading = _FONT | {"bold": True, "text_wrap": True, "bg_color": _NAVY, "font_color": "#FFFFFF", "valign": "vcenter"}
        plain, slight = self._book.add_format(heading), self._book.add_format(heading | {"bg_color": "#8EA0B5", "font_size": 8})
        sheet.set_row(_TITLE_ROWS, 30)
        for at, head in enumerate(self._columns):
            put(sheet, _TITLE_ROWS, at, head.header.text(language), slight if head.role == "id" else plain)

    def _with_days(self) -> Iterator[tuple[Entry, bool]]:
        """The entries, each with whether it is the first of its day."""
        day: date | None = None
        for number, entry in enumerate(self._list.entries):
            now = entry.start.date() if entry.start else None
            yield entry, number == 0 or now != day
            day = now

    def _write_entry(self, row: int, entry: Entry, *, opens_day: bool) -> None:
        sheet, look = self._sheet, self._look(entry)
        cells = [head.of(entry, self._language) for head in self._columns]
        wrapped = [(cell, head.width) for cell, head in zip(cells, self._columns, strict=True) if head.role == "text"]
        sheet.set_row(row, row_height(*((str(cell), width) for cell, width in wrapped)))
        for at, (head, cell) in enumerate(zip(self._columns, cells, strict=True)):
            style = self._format(head.role, look, opens_day)
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
                "date": {"num_format": _DATE_FORMAT.text(self._language), "align": "left"},
                "new": {"bg_color": _INPUT, "border": 1, "border_color": "#BFA95A"} | ({"top": 2} if opens_day else {}),
                "id": {"num_format": "0", "align": "left", "font_size": 7, "font_color": "#A6A6A6"},
            }
            self._formats[key] = self._book.add_format(style | of_role.get(role, {"text_wrap": True}))
        return self._formats[key]

    def _drop_down(self, words: Sequence[str]) -> dict[str, object]:
        told = {"error_title": _CHECK.text(self._language), "error_message": _CHOOSE.text(self._language)}
        return {"validate": "list", "source": list(words), **told}


def _write_notes(book: Workbook, worklist: WorkList, language: Language) -> None:
    sheet = book.add_worksheet(_HOW_TO.text(language))
    title = book.add_format(_FONT | {"bold": True, "font_size": 14, "font_color": _NAVY})
    text = book.add_format(_FONT | {"font_size": 11, "text_wrap": True})
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 4)
    sheet.set_column(1, 1, 100)
    set_up_print(sheet, language)
    put(sheet, 0, 0, _HOW_TO.text(language), title)
    notes: Iterable[Words] = (*_STEPS, _SHOWN, *worklist.notes)
    for row, words in enumerate(notes, 1):
        if row <= len(_STEPS):
            sheet.write_number(row, 0, row, text)
        put(sheet, row, 1, cell_text(words.text(language)), text)
        sheet.set_row(row, row_height((words.text(language), 90)) + 6)
