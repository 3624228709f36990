"""The results workbook: every row with its verdict, the reason and what to do, for people who know Excel and nothing else."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from sync.domain.model import RunInfo, Verdict
from sync.i18n import text
from sync.i18n.texts import shown, verdict_word
from sync.report.excel.carried import carried_headers, carried_rows
from sync.report.excel.new_book import new_book
from sync.report.excel.overview import Overview
from sync.report.excel.tables import reason, steps
from sync.report.excel.writer import Styles, put, row_height, set_up_print
from sync.report.lines import Line, lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has types but no py.typed

    from sync.domain.model import Checked
    from sync.report.excel.writer import Look
    from sync.report.links import Status

_Cell = str | int | None

#: What fits on a sheet of Excel below the header.
_ROWS_PER_SHEET: Final = 1_048_575
_COLUMNS_PER_SHEET: Final = 16_384
#: Excel rounds longer numbers, so they are written as text.
_LONGEST_NUMBER: Final = 10**15
_CARRIED_WIDTH: Final = 17
_COLUMNS: Final[tuple[tuple[str, int], ...]] = (
    ("report.file", 18),
    ("report.sheet", 13),
    ("report.row", 7),
    ("report.appointment", 9),
    ("report.address", 9),
    ("report.verdict", 16),
    ("report.reason", 42),
    ("report.what_to_do", 42),
    ("report.confirmation_change", 20),
    ("report.feedback_change", 18),
    ("report.attempts", 10),
    ("report.verified", 12),
)
_VERDICT: Final = 5
#: The columns whose texts decide how tall a row is.
_TALL: Final = (0, 1, 6, 7)
_HEADER_HEIGHT: Final = 32


def write_workbook(path: Path, info: RunInfo, checked: Checked) -> None:
    """Write the results workbook, whole or not at all. The row table holds verdicts. Raises OSError."""
    with new_book(path) as book:
        styles = Styles(book)
        Overview(book, styles).write(info, checked)
        _Results(book, styles, checked).write()


class _Results:
    """Writes the sheets with every row."""

    def __init__(self, book: Workbook, styles: Styles, checked: Checked) -> None:
        self._book = book
        self._styles = styles
        self._checked = checked
        self._words = {verdict: verdict_word(verdict) for verdict in Verdict}
        self._headers = carried_headers(checked)[: _COLUMNS_PER_SHEET - len(_COLUMNS)]

    def write(self) -> None:
        """Write all rows, on as many sheets as they need."""
        rows = zip(lines(self._checked), carried_rows(self._checked, self._headers), strict=True)
        total = len(self._checked.rows)
        name = text("report.results")
        for number, start in enumerate(range(0, max(total, 1), _ROWS_PER_SHEET), 1):
            sheet = self._book.add_worksheet(name if number == 1 else f"{name} {number}")
            count = min(total - start, _ROWS_PER_SHEET)
            self._set_up(sheet, count)
            for at, (line, carried) in enumerate(islice(rows, count), 1):
                self._row(sheet, at, line, carried)

    def _set_up(self, sheet: Worksheet, rows: int) -> None:
        for column, (words, width) in enumerate(_COLUMNS):
            sheet.set_column(column, column, width)
            put(sheet, 0, column, text(words), self._styles.heading)
        for column, header in enumerate(self._headers, len(_COLUMNS)):
            sheet.set_column(column, column, _CARRIED_WIDTH)
            put(sheet, 0, column, header.text, self._styles.heading)
        sheet.set_row(0, _HEADER_HEIGHT)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, rows, len(_COLUMNS) + len(self._headers) - 1)
        sheet.repeat_rows(0)
        set_up_print(sheet)

    def _row(self, sheet: Worksheet, at: int, line: Line, carried: Iterable[str | None]) -> None:
        look = self._styles.looks[Verdict(line.outcome)]
        cells = self._cells(line)
        sheet.set_row(at, row_height(*((str(cells[column] or ""), _COLUMNS[column][1]) for column in _TALL)))
        for column, cell in enumerate((*cells, *carried)):
            if column == _VERDICT:
                put(sheet, at, column, str(cell), look.verdict)
            else:
                _put_cell(sheet, at, column, cell, look)

    def _cells(self, line: Line) -> tuple[_Cell, ...]:
        file = shown(self._checked.files[line.file].name, 300)
        place = (file, line.sheet, line.row, line.appointment_id, line.address_id)
        verdict = (self._words[Verdict(line.outcome)], reason(line), "\n".join(steps(line)))
        return (*place, *verdict, *map(_change, line.statuses()), line.attempts or None, self._verified(line))

    def _verified(self, line: Line) -> str | None:
        if not line.verified and not line.attempts:
            return None
        return text("report.yes" if line.verified else "report.no")


def _change(status: Status) -> str | None:
    """Old and new in one cell; a row that wants nothing shows nothing."""
    return f"{status.old or '?'} → {status.new}" if status.differs else status.new


def _put_cell(sheet: Worksheet, row: int, column: int, cell: _Cell, look: Look) -> None:
    if cell is None or cell == "":
        sheet.write_blank(row, column, None, look.text)
    elif isinstance(cell, int) and cell < _LONGEST_NUMBER:
        sheet.write_number(row, column, cell, look.number)
    else:
        put(sheet, row, column, str(cell), look.text)
