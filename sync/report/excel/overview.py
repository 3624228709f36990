"""The first sheet of the results workbook: what happened, at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sync.domain.model import RunInfo, Verdict
from sync.i18n import number, text, when
from sync.i18n.texts import (
    dropped_before_text,
    left_parts,
    next_step,
    notice_parts,
    reason_parts,
    shown,
    stop_parts,
    verdict_meaning,
    verdict_word,
)
from sync.report.excel.writer import Styles, put, row_height, set_up_print
from sync.report.story import happened
from sync.report.tally import Tally, tally

if TYPE_CHECKING:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has types but no py.typed

    from sync.domain.model import Checked


_WIDTHS: Final = (30, 10, 56, 62)


class _Entry(NamedTuple):
    """One line of a table on the sheet."""

    name: str
    rows: int | None = None
    what: str = ""
    then: str = ""
    style: Format | None = None


class Overview:
    """Writes the sheet from top to bottom; holds how far it has come."""

    def __init__(self, book: Workbook, styles: Styles) -> None:
        self._sheet = book.add_worksheet(text("report.overview"))
        self._styles = styles
        self._row = 0

    def write(self, info: RunInfo, checked: Checked) -> None:
        """Write the whole sheet."""
        counts = tally(checked)
        self._set_up()
        title = "report.undo_title" if info.undo_of else "report.title"
        self._line(f"{text(title)} {when(info.started)}", self._styles.title, 26)
        self._line(happened(counts), self._styles.story, 20)
        self._row += 1
        if info.stopped:
            what, then = stop_parts(info.stopped)
            self._table(
                ("report.stopped", None, "report.reason", "report.what_to_do"),
                [_Entry(when(info.finished), None, what, then)],
            )
        if info.notices:
            told = (notice_parts(notice) for notice in info.notices)
            self._table(
                ("report.notices", None, "report.reason", "report.what_to_do"), [_Entry("", None, *parts) for parts in told]
            )
        self._verdicts(counts)
        if refused := self._refused(checked):
            self._table(("report.refused_files", None, "report.reason", "report.what_to_do"), refused)
        if checked.left:
            self._table(("report.left_files", None, "report.reason", "report.what_to_do"), self._left(checked))
        if again := self._dropped_before(checked):
            self._table(("report.dropped_again", None, "report.reason", None), again)
        self._table(("report.about", None, None, None), self._facts(info, checked, counts))

    def _set_up(self) -> None:
        for column, width in enumerate(_WIDTHS):
            self._sheet.set_column(column, column, width)
        self._sheet.hide_gridlines(2)
        set_up_print(self._sheet)

    def _line(self, text: str, style: Format, height: float) -> None:
        self._sheet.set_row(self._row, height)
        put(self._sheet, self._row, 0, text, style)
        self._row += 1

    def _table(self, headings: tuple[str | None, ...], entries: list[_Entry]) -> None:
        for column, words in enumerate(headings):
            style = self._styles.count_heading if column == 1 else self._styles.heading
            put(self._sheet, self._row, column, text(words) if words else "", style)
        self._sheet.set_row(self._row, 18)
        self._row += 1
        for entry in entries:
            self._entry(entry)
        self._row += 1

    def _entry(self, entry: _Entry) -> None:
        self._sheet.set_row(self._row, row_height((entry.name, _WIDTHS[0]), (entry.what, _WIDTHS[2]), (entry.then, _WIDTHS[3])))
        put(self._sheet, self._row, 0, entry.name, entry.style or self._styles.text)
        if entry.rows is not None:
            self._sheet.write_number(self._row, 1, entry.rows, self._styles.count)
        put(self._sheet, self._row, 2, entry.what, self._styles.text)
        put(self._sheet, self._row, 3, entry.then, self._styles.text)
        self._row += 1

    def _verdicts(self, counts: Tally) -> None:
        entries = [self._verdict(verdict, counts.of(verdict)) for verdict in Verdict]
        self._table(("report.verdict", "report.rows", "report.meaning", "report.what_to_do"), entries)
        self._row -= 1
        put(self._sheet, self._row, 0, text("report.total"), self._styles.total)
        self._sheet.write_number(self._row, 1, counts.rows, self._styles.total_count)
        self._row += 2

    def _verdict(self, verdict: Verdict, count: int) -> _Entry:
        style = self._styles.looks[verdict].verdict if count else None
        step = next_step(verdict) if count else ""
        return _Entry(verdict_word(verdict), count, verdict_meaning(verdict), step, style)

    def _refused(self, checked: Checked) -> list[_Entry]:
        return [_Entry(shown(file.name, 200), None, *reason_parts(file.reason)) for file in checked.files if file.reason]

    def _left(self, checked: Checked) -> list[_Entry]:
        return [_Entry(shown(left.name, 200), None, *left_parts(left)) for left in checked.left]

    def _dropped_before(self, checked: Checked) -> list[_Entry]:
        return [
            _Entry(shown(file.name, 200), None, dropped_before_text(file.dropped_before))
            for file in checked.files
            if file.dropped_before
        ]

    def _facts(self, info: RunInfo, checked: Checked, counts: Tally) -> list[_Entry]:
        facts = (
            ("report.office", info.office),
            ("report.run", info.id),
            ("report.started", when(info.started)),
            ("report.finished", when(info.finished)),
            ("report.files_read", number(sum(file.readable for file in checked.files))),
            ("report.blank_rows", number(counts.blank)),
            ("report.warnings", number(counts.warnings)),
            ("report.requests", number(info.requests)),
        )
        return [_Entry(text(key), None, said) for key, said in facts]
