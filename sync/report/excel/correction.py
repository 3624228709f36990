"""The correction file: only the rows that need a person, in the input's own layout, to be mended and dropped back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sync.domain.model import Column
from sync.i18n import text
from sync.report.excel.layout import ROWS_PER_SHEET, Page, SheetNotes, write_book
from sync.report.excel.notes import allowed_lines
from sync.rows.columns import IDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from sync.report.excel.orders import Order
    from sync.report.excel.told import ReturnedTable, RowReport

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
            pages.append(Page(table.sheet, table.headers, table.columns, some, len(some), numbered=True))
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
    return replace(row, cells=tuple(cells))
