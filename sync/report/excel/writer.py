"""How the results workbook looks, and the one way a text gets into a cell."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from sync.domain.model import Verdict
from sync.i18n import text
from sync.report.excel.cell_text import cell_text

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has types but no py.typed


_A4: Final = 9
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
        self.looks = {verdict: _look(book, wrapped, colour) for verdict, colour in COLOURS.items()}


def _look(book: Workbook, base: dict[str, object], colour: Colour) -> Look:
    row = base | {"border": 1, "border_color": "#DDDDDD"} | ({"bg_color": colour.light} if colour.light else {})
    return Look(
        book.add_format(row),
        book.add_format(row | {"num_format": "0", "align": "left"}),
        book.add_format(row | {"bg_color": colour.strong, "font_color": colour.ink, "bold": True}),
    )


def put(sheet: Worksheet, row: int, column: int, text: str, style: Format) -> None:
    """Write a text as a text: never a formula, never a link, never something that breaks the file."""
    text = cell_text(text)
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "  # XlsxWriter takes such a text for markup of its own and writes it into the file unescaped
    sheet.write_string(row, column, text, style)


def row_height(*cells: tuple[str, int]) -> float:
    """The height in points that shows wrapped texts whole, given with the widths of their columns.

    Excel would find it by itself, LibreOffice does not.
    """
    most = max(sum(max(1, ceil(len(part) / width / _LETTERS_PER_WIDTH)) for part in text.split("\n")) for text, width in cells)
    return min(most * _LINE_HEIGHT + 2, _TALLEST_ROW)


def set_up_print(sheet: Worksheet) -> None:
    """Print landscape on A4, as wide as the page, with page numbers."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L&A&R{text('report.page')}")
