"""An empty workbook that staff can fill in: headers, drop-downs with the allowed words, a short explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed

from sync.domain.model import ALLOWED, Column, Confirmation, Feedback
from sync.i18n import text

if TYPE_CHECKING:
    from pathlib import Path

    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has types but no py.typed

_ROWS: Final = 5_000
_NAVY: Final = "#1F3864"
#: Letters on a line of the explanation.
_LINE: Final = 95


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


_COLUMNS: Final = (
    _Column("appointment", width=14),
    _Column("address", width=14),
    _Column("confirmation", ALLOWED[Column.CONFIRMATION]),
    _Column("feedback", ALLOWED[Column.FEEDBACK]),
)


def write(path: Path) -> None:
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
    for position, column in enumerate(_COLUMNS):
        sheet.set_column(position, position, column.width, cells.word if column.allowed else cells.number)
        sheet.write_string(0, position, column.header, heading)
        sheet.data_validation(1, position, _ROWS, position, _validation(column))
    sheet.set_row(0, 22)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, _ROWS, len(_COLUMNS) - 1)
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
        sheet.set_row(row, 33 if len(said) > _LINE else 18)
    _fit(sheet)


def _fit(sheet: Worksheet) -> None:
    """Print on A4, as wide as the page."""
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
