"""The correction file: only the rows that need a person, in the input's own layout, to be mended and dropped back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sync.domain.model import Column
from sync.i18n.texts import Words
from sync.report.excel import texts
from sync.report.excel.layout import ROWS_PER_SHEET, Notes, Page, write_book
from sync.report.excel.notes import allowed_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from sync.i18n.texts import Language
    from sync.report.excel.orders import Order
    from sync.report.excel.told import Table, Told

#: The headers of columns that a table may lack and a correction file fills in.
_HEADERS: Final[Mapping[Column, Words]] = {
    Column.CONFIRMATION_NOW: Words("Bestätigung jetzt", "Confirmation now"),
    Column.FEEDBACK_NOW: Words("Rückmeldung jetzt", "Feedback now"),
}


def correction(order: Order, target: BinaryIO) -> int:
    """Write the correction file of one file, if there is anything to correct; returns the number of its rows."""
    pages = correction_pages(order)
    if pages:
        lines = [
            *(words.text(order.language).format(file=order.name) for words in texts.CORRECT_STEPS),
            "",
            *allowed_lines(pages, order.language),
            "",
            order.written,
        ]
        write_book(target, pages, Notes(texts.CORRECT_TITLE.text(order.language), lines), order.language)
    return sum(page.count for page in pages)


def correction_pages(order: Order) -> list[Page]:
    """What there is to correct in one file, a page per table; none where nothing is."""
    pages = []
    for table, told in order.parts:
        table, rows = _with_filled(table, [row for row in told if row.for_a_person], order.language)  # noqa: PLW2901
        for start in range(0, len(rows), ROWS_PER_SHEET):
            some = rows[start : start + ROWS_PER_SHEET]
            pages.append(Page(table.sheet, table.headers, table.columns, some, len(some), numbered=True))
    return pages


def _with_filled(table: Table, rows: Sequence[Told], language: Language) -> tuple[Table, Sequence[Told]]:
    """A table and its rows with the cells that are filled in for people, in columns of their own where it has none."""
    filled = {column for row in rows for column, text in row.filled.items() if text}
    if not filled:
        return table, rows
    added = [column for column in _HEADERS if column in filled - table.columns.keys()]
    columns = {**table.columns, **{column: len(table.headers) + at for at, column in enumerate(added)}}
    headers = (*table.headers, *(_HEADERS[column].text(language) for column in added))
    return replace(table, headers=headers, columns=columns), [_with_cells(row, columns, len(headers)) for row in rows]


def _with_cells(row: Told, columns: Mapping[Column, int], width: int) -> Told:
    cells = [*row.cells, *[""] * (width - len(row.cells))]
    for column, text in row.filled.items():
        if column in columns:
            cells[columns[column]] = text
    return replace(row, cells=tuple(cells))
