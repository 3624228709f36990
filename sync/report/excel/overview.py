"""The first sheet of the results workbook: what happened, at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sync.domain.model import RunInfo, Verdict
from sync.i18n.texts import (
    Language,
    Words,
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
from sync.report import labels
from sync.report.excel.writer import Styles, put, row_height, set_up_print
from sync.report.story import happened, number, when
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

    def __init__(self, book: Workbook, styles: Styles, language: Language) -> None:
        self._sheet = book.add_worksheet(labels.OVERVIEW.text(language))
        self._styles = styles
        self._language = language
        self._row = 0

    def write(self, info: RunInfo, checked: Checked) -> None:
        """Write the whole sheet."""
        counts = tally(checked)
        self._set_up()
        title = labels.UNDO_TITLE if info.undo_of else labels.TITLE
        self._line(f"{title.text(self._language)} {when(info.started, self._language)}", self._styles.title, 26)
        self._line(happened(counts, self._language), self._styles.story, 20)
        self._row += 1
        if info.stopped:
            what, then = stop_parts(info.stopped, self._language)
            self._table(
                (labels.STOPPED, None, labels.REASON, labels.WHAT_TO_DO),
                [_Entry(when(info.finished, self._language), None, what, then)],
            )
        if info.notices:
            told = (notice_parts(notice, self._language) for notice in info.notices)
            self._table((labels.NOTICES, None, labels.REASON, labels.WHAT_TO_DO), [_Entry("", None, *parts) for parts in told])
        self._verdicts(counts)
        if refused := self._refused(checked):
            self._table((labels.REFUSED_FILES, None, labels.REASON, labels.WHAT_TO_DO), refused)
        if checked.left:
            self._table((labels.LEFT_FILES, None, labels.REASON, labels.WHAT_TO_DO), self._left(checked))
        if again := self._dropped_before(checked):
            self._table((labels.DROPPED_AGAIN, None, labels.REASON, None), again)
        self._table((labels.ABOUT, None, None, None), self._facts(info, checked, counts))

    def _set_up(self) -> None:
        for column, width in enumerate(_WIDTHS):
            self._sheet.set_column(column, column, width)
        self._sheet.hide_gridlines(2)
        set_up_print(self._sheet, self._language)

    def _line(self, text: str, style: Format, height: float) -> None:
        self._sheet.set_row(self._row, height)
        put(self._sheet, self._row, 0, text, style)
        self._row += 1

    def _table(self, headings: tuple[Words | None, ...], entries: list[_Entry]) -> None:
        for column, words in enumerate(headings):
            style = self._styles.count_heading if column == 1 else self._styles.heading
            put(self._sheet, self._row, column, words.text(self._language) if words else "", style)
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
        self._table((labels.VERDICT, labels.ROWS, labels.MEANING, labels.WHAT_TO_DO), entries)
        self._row -= 1
        put(self._sheet, self._row, 0, labels.TOTAL.text(self._language), self._styles.total)
        self._sheet.write_number(self._row, 1, counts.rows, self._styles.total_count)
        self._row += 2

    def _verdict(self, verdict: Verdict, count: int) -> _Entry:
        style = self._styles.looks[verdict].verdict if count else None
        step = next_step(verdict, self._language) if count else ""
        return _Entry(verdict_word(verdict, self._language), count, verdict_meaning(verdict, self._language), step, style)

    def _refused(self, checked: Checked) -> list[_Entry]:
        return [
            _Entry(shown(file.name, 200), None, *reason_parts(file.reason, self._language))
            for file in checked.files
            if file.reason
        ]

    def _left(self, checked: Checked) -> list[_Entry]:
        return [_Entry(shown(left.name, 200), None, *left_parts(left, self._language)) for left in checked.left]

    def _dropped_before(self, checked: Checked) -> list[_Entry]:
        return [
            _Entry(shown(file.name, 200), None, dropped_before_text(file.dropped_before, self._language))
            for file in checked.files
            if file.dropped_before
        ]

    def _facts(self, info: RunInfo, checked: Checked, counts: Tally) -> list[_Entry]:
        facts = (
            (labels.OFFICE, info.office),
            (labels.RUN, info.id),
            (labels.STARTED, when(info.started, self._language)),
            (labels.FINISHED, when(info.finished, self._language)),
            (labels.FILES_READ, number(sum(file.readable for file in checked.files), self._language)),
            (labels.BLANK_ROWS, number(counts.blank, self._language)),
            (labels.WARNINGS, number(counts.warnings, self._language)),
            (labels.REQUESTS, number(info.requests, self._language)),
        )
        return [_Entry(words.text(self._language), None, text) for words, text in facts]
