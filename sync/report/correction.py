"""The correction file: only the rows that need a person, in the input's own layout, to be mended and dropped back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.model import FINE
from sync.report import sheets_texts as texts
from sync.report.lines import outcomes
from sync.report.sheets import tables, told
from sync.report.sheets_book import ROWS_PER_SHEET, Notes, Page, write_book
from sync.report.sheets_notes import allowed_lines, written_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sync.model import Checked, RunInfo
    from sync.texts import Language


def correction_pages(checked: Checked, file: int, language: Language) -> list[Page]:
    """What there is to correct in one file, a page per table; none where nothing is."""
    pages = []
    for table in tables(checked, file):
        if FINE.issuperset(outcomes(checked)[table.rows.start : table.rows.stop]):
            continue  # as on most nights, and to tell every row takes its time
        rows = [row for row in told(checked, table, language) if row.for_a_person]
        for start in range(0, len(rows), ROWS_PER_SHEET):
            some = rows[start : start + ROWS_PER_SHEET]
            pages.append(Page(table.sheet, table.headers, table.columns, some, len(some), numbered=True))
    return pages


def write_correction(path: Path, info: RunInfo, name: str, pages: Sequence[Page], language: Language) -> None:
    """Write the correction file, whole or not at all. `name` is the input's name. Raises OSError."""
    lines = [
        *(words.text(language).format(file=name) for words in texts.CORRECT_STEPS),
        "",
        *allowed_lines(pages, language),
        "",
        written_line(info, language),
    ]
    write_book(path, pages, Notes(texts.CORRECT_TITLE.text(language), lines), language)
