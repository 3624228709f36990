"""The correction file: only the rows that need a person, in the input's own layout, to be mended and dropped back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.report.excel import texts
from sync.report.excel.layout import ROWS_PER_SHEET, Notes, Page, write_book
from sync.report.excel.notes import allowed_lines

if TYPE_CHECKING:
    from typing import BinaryIO

    from sync.report.excel.orders import Order


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
        rows = [row for row in told if row.for_a_person]
        for start in range(0, len(rows), ROWS_PER_SHEET):
            some = rows[start : start + ROWS_PER_SHEET]
            pages.append(Page(table.sheet, table.headers, table.columns, some, len(some), numbered=True))
    return pages
