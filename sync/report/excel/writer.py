"""What our own workbooks share: looks, the one way a text gets into a cell, rows in words, files whole or not there."""

from __future__ import annotations

import errno
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from itertools import accumulate, islice
from math import ceil
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO, Final
from zipfile import ZipFile

import xlsxwriter.workbook  # type: ignore[import-untyped]  # it has types but no py.typed
from xlsxwriter import Workbook
from xlsxwriter.exceptions import (  # type: ignore[import-untyped]  # it has types but no py.typed
    FileCreateError,
    FileSizeError,
)
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]  # it has types but no py.typed

from sync.domain.model import FINE, WITHOUT_NUMBERS, Code, Column, Severity, Verdict
from sync.i18n import text
from sync.i18n.texts import next_step
from sync.report.excel.names import cell_text
from sync.report.excel.orders import Piece, ReportedRows, ReturnedTable, Saying
from sync.report.story import Line, known, own, some_lines
from sync.rows.columns import is_blank
from sync.system.handles import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has types but no py.typed

    from sync.domain.model import Cells, Checked, Sheet
    from sync.domain.tables import Carried
    from sync.report.excel.orders import Part
    from sync.report.story import RowFinding


#: As many rows are packed in a third of the time that zlib's own level takes, into files an eighth larger (docs/adr/0010).
xlsxwriter.workbook.ZipFile = partial(ZipFile, compresslevel=3)

_A4: Final = 9
_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - cells know no time zones
#: The height of a row that says nothing of it, in points and in pixels.
USUAL_HEIGHT: Final = 15.0
_USUAL_PIXELS: Final = 20
#: What an .xlsx file holds as `_x001F_`, and a text that looks like that itself.
_ESCAPED: Final = re.compile("[\\x00-\\x08\\x0b-\\x1f]|_(?=x[0-9a-fA-F]{4}_)")
#: Arial 10 gets more letters into a column than its width says, which counts digits of the default font.
_LETTERS_PER_WIDTH: Final = 1.25
_LINE_HEIGHT: Final = 13.0
_TALLEST_ROW: Final = 409.0
_NAVY: Final = "#1F3864"
#: Above the columns that the job adds to a sheet of somebody else's.
ADDED_BLUE: Final = "#5B7083"
#: A wrong cell in a sheet that goes back. No colour of Excel's palette, so that a later run knows its own.
FILL_WRONG: Final = "#FFC9C4"
INK_WRONG: Final = "#9C0006"


@dataclass(frozen=True, slots=True)
class Colour:
    """The colours of a verdict: of its cell, of the rest of its row, of its word; `#RRGGBB`."""

    strong: str
    light: str | None
    ink: str


#: Rows that somebody has to look at are coloured as a whole, the others in their verdict only; the word stands there always.
COLOURS: Final = {
    Verdict.UPDATED: Colour("#C9E7CF", None, "#1B5E20"),
    Verdict.UNCHANGED: Colour("#E6F1E7", None, "#33691E"),
    Verdict.DUPLICATE: Colour("#E4E7EB", None, "#37474F"),
    Verdict.CONFLICT: Colour("#FFD9A8", "#FFF4E5", "#8A3B00"),
    Verdict.INVALID: Colour("#F7C6C2", "#FDEFED", "#8E1B12"),
    Verdict.REJECTED: Colour("#E5CDEB", "#F8F0FA", "#5B1A6B"),
    Verdict.UNKNOWN: Colour("#FFE58A", "#FFFAE3", "#665000"),
    Verdict.NOT_SENT: Colour("#CBE0F5", "#F0F6FC", "#0D3C6E"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """The formats of one verdict's rows."""

    text: Format
    number: Format
    verdict: Format


class Styles:
    """The formats of one workbook."""

    def __init__(self, book: Workbook) -> None:
        text = {"font_name": "Arial", "font_size": 10, "valign": "top"}
        wrapped = text | {"text_wrap": True}
        heading = wrapped | {"bold": True, "bg_color": _NAVY, "font_color": "#FFFFFF", "valign": "vcenter"}
        count = text | {"num_format": "#,##0", "align": "right", "indent": 1}
        self.text: Format = book.add_format(wrapped)
        self.count: Format = book.add_format(count)
        self.total: Format = book.add_format(text | {"bold": True, "top": 1})
        self.total_count: Format = book.add_format(count | {"bold": True, "top": 1})
        self.title: Format = book.add_format(text | {"font_size": 16, "bold": True, "font_color": _NAVY})
        self.story: Format = book.add_format(text | {"font_size": 12})
        self.heading: Format = book.add_format(heading)
        self.added_heading: Format = book.add_format(heading | {"bg_color": ADDED_BLUE})
        self.count_heading: Format = book.add_format(heading | {"align": "right", "indent": 1})
        self._new_look = partial(_look, book, wrapped)
        self._looks: dict[Verdict, Look] = {}

    def look(self, verdict: Verdict) -> Look:
        """The formats of a verdict's rows; a workbook has few of the verdicts, and each format takes its time to make."""
        if verdict not in self._looks:
            self._looks[verdict] = self._new_look(COLOURS[verdict])
        return self._looks[verdict]


def _look(book: Workbook, base: dict[str, object], colour: Colour) -> Look:
    row = base | {"border": 1, "border_color": "#DDDDDD"} | ({"bg_color": colour.light} if colour.light else {})
    return Look(
        book.add_format(row),
        book.add_format(row | {"num_format": "0", "align": "left"}),
        book.add_format(row | {"bg_color": colour.strong, "font_color": colour.ink, "bold": True}),
    )


def put(sheet: Worksheet, row: int, column: int, text: str, style: Format) -> None:
    """Write a text as a text: never a formula, never a link, never something that breaks the file."""
    sheet.write_string(row, column, _as_text(text), style)


def _as_text(text: str) -> str:
    text = cell_text(text)
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "  # XlsxWriter takes such a text for markup of its own and writes it into the file unescaped
    return text


#: Stands for the number of a row; no XML holds this character itself.
_ROW_NUMBER: Final = "\0"
#: Shorter texts fit into any cell.
_SHORT: Final = 1_000

#: A text, a number, or nothing, and how it looks.
StyledCell = tuple["str | float | None", "Format"]


class RowWriter:
    """Rows of a sheet by the ten thousand: the very XML that XlsxWriter would write, in a fifth of its time.

    It goes to where XlsxWriter keeps rows that are done (docs/adr/0010), so all that stands above comes before these rows, and a
    comment before its own.
    """

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._columns: list[str] = []
        self._styles: dict[Format, int] = {}
        if sheet.constant_memory:  # what XlsxWriter still holds comes first
            sheet._write_single_row(sheet.previous_row + 1)  # noqa: SLF001 - XlsxWriter has no door here

    def add(self, row: int, height: float, cells: Sequence[StyledCell]) -> None:
        """A row with its cells from the first column on; rows come in their order."""
        if self._sheet.constant_memory:
            self.add_xml(row, height, len(cells), self.xml(0, cells))
        else:  # one of very many sheets
            self._add_by_cell(row, height, cells)

    def add_xml(self, row: int, height: float, width: int, xml: str) -> None:
        """A row of so many cells, given as `xml` makes them; in books of few sheets only."""
        sheet, number = self._sheet, row + 1
        for at in (0, width - 1):
            sheet._check_dimensions(row, at)  # noqa: SLF001 - XlsxWriter has no door here
        pixels = int(height * 4 / 3 + 0.5)  # as Excel counts them: 4 are 3 points
        own = ""
        if pixels != _USUAL_PIXELS:
            own = f' ht="{pixels * 0.75:.16g}" customHeight="1"'
            sheet.set_row(row, height)  # comments lie where rows are
        cells = xml.replace(_ROW_NUMBER, str(number))
        sheet.row_data_fh.write(f'<row r="{number}"{own}>{cells}</row>')
        sheet.previous_row = number

    def xml(self, first: int, cells: Sequence[StyledCell]) -> str:
        """Cells from a column on, without the number of their row: it is the same text for all rows that say the same."""
        styles, parts = self._styles, []
        while len(self._columns) < first + len(cells):
            self._columns.append(xl_col_to_name(len(self._columns)))
        for column, (cell, style) in zip(islice(self._columns, first, None), cells, strict=False):
            index = styles.get(style)
            if index is None:
                index = styles[style] = style._get_xf_index()  # noqa: SLF001 - as above
            parts.append(f'<c r="{column}{_ROW_NUMBER}" s="{index}"{_cell_xml(cell)}')
        return "".join(parts)

    def _add_by_cell(self, row: int, height: float, cells: Sequence[StyledCell]) -> None:
        self._sheet.set_row(row, height)
        for column, (cell, style) in enumerate(cells):
            if cell is None or cell == "":
                self._sheet.write_blank(row, column, None, style)
            elif isinstance(cell, str):
                put(self._sheet, row, column, cell, style)
            else:
                self._sheet.write_number(row, column, cell, style)


def as_number(moment: datetime) -> float:
    """A point in time as cells hold it."""
    since = moment - _DAY_ZERO
    return since.days + since.seconds / 86_400


def _cell_xml(cell: str | float | None) -> str:
    """What stands in a cell, from behind its attributes on."""
    if isinstance(cell, str) and cell.isalnum() and cell.isascii() and len(cell) < _SHORT:
        return f' t="inlineStr"><is><t>{cell}</t></is></c>'  # as most are, by the million
    return _any_cell_xml(cell)


@lru_cache(maxsize=10_000)
def _any_cell_xml(cell: str | float | None) -> str:
    if cell is None or cell == "":
        return "/>"
    if not isinstance(cell, str):
        return f"><v>{cell:.16G}</v></c>"
    text = _as_text(cell)
    if "_x" in text or not text.isprintable():
        text = _ESCAPED.sub(lambda found: f"_x{ord(found[0][0]):04X}_" + found[0][1:], text)
    spaces = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f' t="inlineStr"><is><t{spaces}>{text}</t></is></c>'


def row_height(*cells: tuple[str, int]) -> float:
    """The height in points that shows wrapped texts whole, given with the widths of their columns.

    Excel would find it by itself, LibreOffice does not.
    """
    return min(max(_lines(text, width) for text, width in cells) * _LINE_HEIGHT + 2, _TALLEST_ROW)


@lru_cache(maxsize=10_000)
def _lines(text: str, width: int) -> int:
    return sum(max(1, ceil(len(part) / width / _LETTERS_PER_WIDTH)) for part in text.split("\n"))


def set_up_print(sheet: Worksheet) -> None:
    """Print landscape on A4, as wide as the page, with page numbers."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L&A&R{text('report.page')}")


# A new workbook that is either whole or not there.


#: A text stays a text, and rows go to the disk as they come.
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
#: On its way to the disk each sheet has an open file; with more sheets their rows stay in memory.
_MOST_OPEN: Final = 20


@contextmanager
def new_book(path: Path) -> Iterator[Workbook]:
    """A workbook to fill; what is on the disk at the end is whole. Raises OSError."""
    with replacing(path) as file, book_into(file) as book:
        yield book


@contextmanager
def book_into(target: BinaryIO, sheets: int = 1) -> Iterator[Workbook]:
    """A workbook of about so many sheets to fill, which is written at the end. Raises OSError."""
    options = _OPTIONS | {"constant_memory": sheets <= _MOST_OPEN}
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        outlet = _Outlet(target)
        book = Workbook(outlet, options | {"tmpdir": scratch})
        try:
            with book:
                yield book
        except FileCreateError as error:
            (cause,) = error.args
            raise cause if isinstance(cause, OSError) else OSError(errno.EIO, str(error)) from error
        except FileSizeError as error:
            raise OSError(errno.EFBIG, str(error)) from error
        finally:
            outlet.is_open = False
            for sheet in book.worksheets():  # after an error XlsxWriter leaves open where it kept their rows
                if sheet.row_data_fh:
                    with suppress(OSError):
                        sheet.row_data_fh.close()


class _Outlet:
    """Passes on what is written to a file until it is cut off; from then on it only counts.

    XlsxWriter leaves its archive open after an error, and Python tries to complete it whenever it clears away.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0
        self.is_open = True

    def write(self, content: bytes) -> int:
        if self.is_open:
            self._file.write(content)
        self._position += len(content)
        return len(content)

    def seek(self, offset: int) -> int:
        if self.is_open:
            self._file.seek(offset)
        self._position = offset
        return offset

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        if self.is_open:
            self._file.flush()


# The tables of a file as its dropper knows them, every row with what is said about it in words.


#: After these a row counts only if it says which state somebody has seen who drops it again.
_OUT_OF_DATE: Final = frozenset({Code.CHANGED_SINCE, Code.OLD_FILE})
#: So many rows are put into words at a time, so that they never stand in memory twice.
_ROWS_IN_A_PIECE: Final = 5_000


def parts(checked: Checked, file: int, *, all_rows: bool) -> Iterator[Part]:
    """The tables of one file of a run with their rows, in their order; the row table holds verdicts.

    Without `all_rows` there are only those that need a person.
    """
    sheets = [(at, sheet) for at, each in enumerate(checked.files) for sheet in each.sheets]
    starts = accumulate((len(sheet.rows) for _, sheet in sheets), initial=0)
    for (at, sheet), start in zip(sheets, starts, strict=False):
        if at == file:
            some = slice(start, start + len(sheet.rows))
            fine = not all_rows and FINE.issuperset(checked.outcomes[some])  # as on most nights; to tell rows takes its time
            table = replace(_table(sheet), beside=_beside(checked, sheet, some))
            rows = () if fine else _told(checked, sheet, table, some, all_rows=all_rows)
            yield table, ReportedRows.of(rows)


def _columns(sheet: Sheet) -> list[Cells | Carried]:
    return sorted((*sheet.declared.values(), *sheet.others), key=lambda each: each.position)


def _table(sheet: Sheet) -> ReturnedTable:
    cells = _columns(sheet)
    order = {each.position: at for at, each in enumerate(cells)}
    return ReturnedTable(
        sheet=sheet.name,
        header_row=sheet.header_row,
        last_row=int(sheet.rows[-1]) if len(sheet.rows) else sheet.header_row,
        headers=tuple(each.header for each in cells),
        columns={column: order[each.position] for column, each in sheet.declared.items()},
    )


def _beside(checked: Checked, sheet: Sheet, some: slice) -> tuple[str, ...]:
    """What of who and when its rows are about a sheet does not say itself and onOffice does."""
    has, people = own(sheet), checked.people
    started = checked.verdicts is not None and any(checked.verdicts.start[some].tolist())
    named = not has.name and bool(people) and not people.keys().isdisjoint(checked.rows.address_id[some].tolist())
    return tuple(what for what, lacks in (("when", started and not has.when), ("name", named)) if lacks)


def _told(checked: Checked, sheet: Sheet, table: ReturnedTable, some: slice, *, all_rows: bool) -> Iterator[Piece]:
    columns, about = [*map(iter, _columns(sheet))], known(checked, some.start, some.stop)
    for start in range(some.start, some.stop, _ROWS_IN_A_PIECE):
        places = range(start, min(start + _ROWS_IN_A_PIECE, some.stop))
        cells = [[*islice(column, len(places))] for column in columns]
        who = [*islice(about, len(places))] if table.beside else []
        beside = [[getattr(each, what) for each in who] for what in table.beside]
        said, sayings = _said(checked, table, places, cells)
        piece = Piece(checked.rows.row[start : places.stop].tolist(), cells, said, sayings, beside)
        yield piece if all_rows else piece.for_a_person()


def _said(
    checked: Checked, table: ReturnedTable, places: range, cells: Sequence[Sequence[str]]
) -> tuple[list[int], list[Saying]]:
    """What is said about some rows with these cells: for each its place among the sayings, and those."""
    outcomes = checked.outcomes[places.start : places.stop].tolist()
    of_outcome = {outcome: at for at, outcome in enumerate(dict.fromkeys(outcomes))}
    first_ones = some_lines(checked, [places[outcomes.index(outcome)] for outcome in of_outcome])
    sayings = [_saying(line._replace(findings=()), table, ()) for line in first_ones]
    said = [of_outcome[outcome] for outcome in outcomes]
    first, last = checked.problems.at.searchsorted([places.start, places.stop])
    told = sorted({*checked.problems.at[first:last].tolist()})
    alike: dict[tuple[object, ...], int] = {}
    for place, line in zip(told, some_lines(checked, told), strict=True):
        at, key = place - places.start, (line.outcome, line.findings)
        if key in alike:
            said[at] = alike[key]
            continue
        saying = _saying(line, table, tuple([column[at] for column in cells]))
        said[at] = len(sayings)
        sayings.append(saying)
        if not (saying.wrong or saying.filled):  # those depend on the row
            alike[key] = said[at]
    return said, sayings


def _saying(line: Line, table: ReturnedTable, row: tuple[str, ...]) -> Saying:
    return Saying(
        verdict=Verdict(line.outcome),
        reason=reason(line),
        step="\n".join(steps(line)),
        wrong=_wrong(line, table, row),
        for_a_person=line.needs_correction,
        filled=_filled(line),
    )


def reason(line: Line) -> str:
    """All that is said about a row, one finding per line."""
    return "\n".join(finding.message for finding in line.findings)


def steps(line: Line) -> list[str]:
    """What to do about the errors of a row, each step once; rows that are fine may have warnings to look into."""
    fine = line.fine
    found = [finding.step for finding in line.findings if fine or finding.severity is Severity.ERROR]
    if not found and not fine:
        return [next_step(line.outcome)]
    return list(dict.fromkeys(found))


def _filled(line: Line) -> dict[Column, tuple[str, ...]]:
    """What onOffice has by now, for a row that was out of date; for one without numbers those that fit."""
    codes = {finding.code for finding in line.findings}
    if not codes.isdisjoint(WITHOUT_NUMBERS):
        found = [each for finding in line.findings if finding.code in WITHOUT_NUMBERS for each in finding.candidates]
        open_ = [""] if Code.NUMBERS_TO_CHOOSE in codes else []  # also where there is but one: a person shall say so
        return {
            Column.APPOINTMENT: tuple(dict.fromkeys(str(each.appointment_id) for each in found)),
            Column.ADDRESS: tuple(dict.fromkeys([*open_, *(str(each.address_id) for each in found)])),
        }
    if _OUT_OF_DATE.isdisjoint(codes):
        return {}
    return {Column.CONFIRMATION_NOW: (line.before_confirmation or "",), Column.FEEDBACK_NOW: (line.before_feedback or "",)}


def _wrong(line: Line, table: ReturnedTable, row: tuple[str, ...]) -> dict[int, str]:
    """The comment for every cell that is wrong, by its position."""
    found: dict[int, list[str]] = {}
    for finding in line.findings:
        if finding.severity is Severity.ERROR and not line.fine:
            for position in _mistaken(finding, table, row):
                found.setdefault(position, []).append(finding.message)
    return {position: "\n".join(dict.fromkeys(messages)) for position, messages in found.items()}


def _mistaken(finding: RowFinding, table: ReturnedTable, row: tuple[str, ...]) -> list[int]:
    """Where the mistake is; where a finding names no column, those of its cells that the row fills, if it fills any."""
    if finding.column is not None:
        declared = [at for at in table.columns.values() if table.headers[at] == finding.column]
        return declared or [at for at, header in enumerate(table.headers) if header == finding.column][:1]
    columns = [table.columns[column] for column in Code(finding.code).cells if column in table.columns]
    return [at for at in columns if not is_blank(row[at])] or columns
