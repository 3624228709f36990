"""The results workbook: every row with its verdict, the reason and what to do, for people who know Excel and nothing else."""

from __future__ import annotations

from itertools import compress, islice
from typing import TYPE_CHECKING, Final, NamedTuple

from sync.domain.model import RunInfo, Verdict
from sync.i18n import number, text, when
from sync.i18n.texts import (
    as_date,
    left_parts,
    next_step,
    notice_parts,
    reason_parts,
    shown,
    stop_parts,
    verdict_word,
)
from sync.report.excel.returned import carried_headers, carried_rows
from sync.report.excel.writer import RowWriter, Styles, new_book, put, reason, row_height, set_up_print, steps
from sync.report.story import Known, Line, beside, dropped_again, happened, known, lines, meaning

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # it has types but no py.typed
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has types but no py.typed

    from sync.domain.model import Checked, Tally
    from sync.report.excel.writer import Look
    from sync.report.story import Status


# The first sheet of the results workbook: what happened, at a glance.


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
        counts = checked.tally
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
        self._table(("report.about", None, None, None), self._facts(info, checked))

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
        entries = [self._verdict(verdict, counts) for verdict in Verdict]
        self._table(("report.verdict", "report.rows", "report.meaning", "report.what_to_do"), entries)
        self._row -= 1
        put(self._sheet, self._row, 0, text("report.total"), self._styles.total)
        self._sheet.write_number(self._row, 1, counts.rows, self._styles.total_count)
        self._row += 2

    def _verdict(self, verdict: Verdict, counts: Tally) -> _Entry:
        count = counts.of(verdict)
        style = self._styles.look(verdict).verdict if count else None
        step = next_step(verdict) if count else ""
        return _Entry(verdict_word(verdict), count, meaning(verdict, counts), step, style)

    def _refused(self, checked: Checked) -> list[_Entry]:
        return [_Entry(shown(file.name, 200), None, *reason_parts(file.reason)) for file in checked.files if file.reason]

    def _left(self, checked: Checked) -> list[_Entry]:
        return [_Entry(shown(left.name, 200), None, *left_parts(left)) for left in checked.left]

    def _dropped_before(self, checked: Checked) -> list[_Entry]:
        return [_Entry(shown(checked.files[at].name, 200), None, said) for at, said in dropped_again(checked)]

    def _facts(self, info: RunInfo, checked: Checked) -> list[_Entry]:
        facts = (
            ("report.office", info.office),
            ("report.run", info.id),
            ("report.started", when(info.started)),
            ("report.finished", when(info.finished)),
            ("report.files_read", number(sum(file.readable for file in checked.files))),
            ("report.blank_rows", number(checked.tally.blank)),
            ("report.warnings", number(checked.tally.warnings)),
            ("report.requests", number(info.requests)),
        )
        return [_Entry(text(key), None, said) for key, said in facts]


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
    ("report.when", 16),
    ("report.name", 20),
    ("report.verdict", 16),
    ("report.reason", 42),
    ("report.what_to_do", 42),
    ("report.confirmation_change", 20),
    ("report.feedback_change", 18),
    ("report.attempts", 10),
    ("report.verified", 12),
)
_ROW, _WHEN, _NAME, _VERDICT = 2, 5, 6, 7
#: The columns whose texts decide how tall a row is, beside the name: file, sheet, reason, step.
_TALL: Final = (0, 1, 8, 9)
_OUTCOME: Final = Line._fields.index("outcome")
#: So many kinds of rows are remembered.
_MOST_KINDS: Final = 10_000
_HEADER_HEIGHT: Final = 32


def write_workbook(path: Path, info: RunInfo, checked: Checked) -> None:
    """Write the results workbook, whole or not at all. The row table holds verdicts. Raises OSError."""
    with new_book(path) as book:
        book.set_custom_property("onoffice-sync", "results")  # by which `sync.sheets.detect` knows it
        styles = Styles(book)
        Overview(book, styles).write(info, checked)
        _Results(book, styles, checked).write()


class _Kind(NamedTuple):
    """What rows have in common: their look, the XML before and behind what differs between them, their height."""

    look: Look
    before: str
    said: str
    height: float


class _Results:
    """Writes the sheets with every row."""

    def __init__(self, book: Workbook, styles: Styles, checked: Checked) -> None:
        self._book = book
        self._styles = styles
        self._checked = checked
        self._words = {verdict: verdict_word(verdict) for verdict in Verdict}
        self._files = [shown(file.name, 300) for file in checked.files]
        self._headers = carried_headers(checked)[: _COLUMNS_PER_SHEET - len(_COLUMNS)]
        told = beside(checked)
        #: Where nobody knows who and when rows are about, there is no column for it.
        unused = {at for at, used in ((_WHEN, told.when), (_NAME, told.name)) if not used}
        self._is_used = [at not in unused for at in range(len(_COLUMNS))]
        self._columns = [*compress(_COLUMNS, self._is_used)]
        self._kinds: dict[tuple[object, ...], _Kind] = {}

    def write(self) -> None:
        """Write all rows, on as many sheets as they need."""
        checked = self._checked
        rows = zip(lines(checked), known(checked), carried_rows(checked, self._headers), strict=True)
        total = len(checked.rows)
        name = text("report.results")
        for sheet_number, start in enumerate(range(0, max(total, 1), _ROWS_PER_SHEET), 1):
            sheet = self._book.add_worksheet(name if sheet_number == 1 else f"{name} {sheet_number}")
            count = min(total - start, _ROWS_PER_SHEET)
            self._set_up(sheet, count)
            written = RowWriter(sheet)
            for at, (line, about, carried) in enumerate(islice(rows, count), 1):
                self._row(written, at, line, about, carried)

    def _set_up(self, sheet: Worksheet, rows: int) -> None:
        for column, (words, width) in enumerate(self._columns):
            sheet.set_column(column, column, width)
            put(sheet, 0, column, text(words), self._styles.heading)
        for column, header in enumerate(self._headers, len(self._columns)):
            sheet.set_column(column, column, _CARRIED_WIDTH)
            put(sheet, 0, column, self._carried(header.text), self._styles.heading)
        sheet.set_row(0, _HEADER_HEIGHT)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, rows, len(self._columns) + len(self._headers) - 1)
        sheet.repeat_rows(0)
        set_up_print(sheet)

    def _row(self, rows: RowWriter, at: int, line: Line, about: Known, carried: Iterable[str | None]) -> None:
        alike = line.file, line.sheet, line.confirmation, line.feedback, line.action, *line[_OUTCOME:]
        kind = self._kinds.get(alike)
        if kind is None:
            if len(self._kinds) >= _MOST_KINDS:
                self._kinds.clear()
            kind = self._kinds[alike] = self._kind(rows, line)
        look = kind.look
        known_ = compress((about.when, about.name), self._is_used[_WHEN:_VERDICT])
        who = rows.xml(_ROW, [_styled(cell, look) for cell in (line.row, line.appointment_id, line.address_id, *known_)])
        after = rows.xml(len(self._columns), [_styled(as_date(cell) if cell else cell, look) for cell in carried])
        height = max(kind.height, row_height((about.name, _COLUMNS[_NAME][1])))
        rows.add_xml(at, height, len(self._columns) + len(self._headers), f"{kind.before}{who}{kind.said}{after}")

    def _kind(self, rows: RowWriter, line: Line) -> _Kind:
        """What stands in all rows that are like this one but for its numbers, its name and time, and what is carried through."""
        own = Verdict(line.outcome)
        look = self._styles.look(Verdict.REJECTED if line.repeats_failed else own)  # to be seen like what it repeats
        place, said = (self._files[line.file], line.sheet), self._said(line)
        verdict = (self._words[own], self._styles.look(own).verdict)
        tall = zip((*place, *said), _TALL, strict=False)
        return _Kind(
            look,
            rows.xml(0, [_styled(cell, look) for cell in place]),
            rows.xml(len(self._columns) - 1 - len(said), [verdict, *(_styled(cell, look) for cell in said)]),
            row_height(*((str(cell or ""), _COLUMNS[column][1]) for cell, column in tall)),
        )

    def _carried(self, header: str) -> str:
        """The header of a column that is carried through, told apart from one of ours that is called the same."""
        ours = {text(words).casefold() for words, _ in self._columns}
        return text("report.of_the_file", column=header) if header.casefold() in ours else header

    def _said(self, line: Line) -> tuple[str | int | None, ...]:
        """The cells behind the verdict."""
        step = "\n".join(steps(line))
        return (reason(line), step, *map(_change, line.statuses()), line.attempts or None, self._verified(line))

    def _verified(self, line: Line) -> str | None:
        """Whether a look has shown what the row has come to; nothing where nothing is set, which would read as done."""
        if line.outcome not in {Verdict.UPDATED, Verdict.UNCHANGED} and not line.changed():
            return None
        return text("report.yes" if line.verified else "report.no")


def _change(status: Status) -> str | None:
    """Old and new in one cell; a row that wants nothing shows nothing."""
    return f"{status.old or '?'} → {status.new}" if status.differs else status.new


def _styled(cell: _Cell, look: Look) -> tuple[_Cell, Format]:
    if not isinstance(cell, int):
        return cell, look.text
    return (cell, look.number) if cell < _LONGEST_NUMBER else (str(cell), look.text)
