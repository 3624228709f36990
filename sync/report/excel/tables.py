"""The tables of a file as its dropper knows them, every row with what is said about it in words."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from sync.domain.model import FINE, WITHOUT_NUMBERS, Code, Column, Severity, Verdict
from sync.i18n.texts import next_step
from sync.report.excel.told import ReturnedTable, RowReport
from sync.report.lines import Line, lines, outcomes
from sync.rows.columns import is_blank

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync.domain.model import Cells, Checked, Sheet
    from sync.domain.tables import Carried
    from sync.report.excel.told import Part
    from sync.report.lines import RowFinding

_IDS: Final = (Column.APPOINTMENT, Column.ADDRESS)
_WORDS: Final = (Column.CONFIRMATION, Column.FEEDBACK)
#: Where the mistake is, for findings that name no column themselves; of these the cells that the row fills, if it fills any.
_MISTAKEN: Final[Mapping[Code, tuple[Column, ...]]] = {
    Code.NOTHING_TO_SET: _WORDS,
    Code.RECORD_TOO_LONG: (*_IDS, *_WORDS, Column.ACTION, Column.BEGIN),
    Code.CONTRADICTION: (*_WORDS, Column.ACTION),
    Code.NOT_LINKED: _IDS,
    Code.APPOINTMENT_UNKNOWN: (Column.APPOINTMENT,),
    Code.NO_RIGHT_TO_READ: (Column.APPOINTMENT,),
    Code.REFUSED_BY_CRM: _IDS,
    Code.PERHAPS_HIDDEN: _IDS,
    Code.NOT_APPLIED: _WORDS,
    Code.NOT_MADE: _WORDS,
    Code.FEEDBACK_NOT_SET_UP: (Column.FEEDBACK,),
    Code.RESCHEDULED: (Column.BEGIN,),
    Code.START_UNKNOWN: (Column.BEGIN,),
    Code.CHANGED_SINCE: _WORDS,
    Code.OLD_FILE: _WORDS,
}
#: After these a row counts only if it says which state somebody has seen who drops it again.
_OUT_OF_DATE: Final = frozenset({Code.CHANGED_SINCE, Code.OLD_FILE})


def parts(checked: Checked, file: int, *, all_rows: bool) -> Iterator[Part]:
    """The tables of one file of a run with their rows, in their order; the row table holds verdicts.

    Without `all_rows` there are only those that need a person.
    """
    sheets = [(at, sheet) for at, each in enumerate(checked.files) for sheet in each.sheets]
    starts = accumulate((len(sheet.rows) for _, sheet in sheets), initial=0)
    for (at, sheet), start in zip(sheets, starts, strict=False):
        if at == file:
            some = slice(start, start + len(sheet.rows))
            fine = not all_rows and FINE.issuperset(outcomes(checked)[some])  # as on most nights; to tell rows takes its time
            yield _table(sheet), () if fine else tuple(_told(checked, sheet, some, all_rows=all_rows))


def _columns(sheet: Sheet) -> list[Cells | Carried]:
    return sorted((*sheet.declared.values(), *sheet.others), key=lambda each: each.position)


def _table(sheet: Sheet) -> ReturnedTable:
    cells = _columns(sheet)
    order = {each.position: at for at, each in enumerate(cells)}
    return ReturnedTable(
        sheet=sheet.name,
        header_row=sheet.header_row,
        last_row=int(sheet.rows[-1]) if len(sheet.rows) else sheet.header_row,
        headers=tuple(each.header for each in cells),
        columns={column: order[each.position] for column, each in sheet.declared.items()},
    )


def _told(checked: Checked, sheet: Sheet, some: slice, *, all_rows: bool) -> Iterator[RowReport]:
    table, cells = _table(sheet), zip(*_columns(sheet), strict=True)
    for line, row in zip(lines(checked, some.start, some.stop), cells, strict=True):
        if all_rows or needs_a_person(line):
            verdict, step = Verdict(line.outcome), "\n".join(steps(line))
            yield RowReport(
                line.row, row, verdict, reason(line), step, _wrong(line, table, row), needs_a_person(line), _filled(line)
            )


def reason(line: Line) -> str:
    """All that is said about a row, one finding per line."""
    return "\n".join(finding.message for finding in line.findings)


def steps(line: Line) -> list[str]:
    """What to do about the errors of a row, each step once; rows that are fine may have warnings to look into."""
    fine = line.outcome in FINE
    codes = [finding.code for finding in line.findings if fine or finding.severity is Severity.ERROR]
    if not codes and not fine:
        return [next_step(line.outcome)]
    return list(dict.fromkeys(next_step(code) for code in codes))


def needs_a_person(line: Line) -> bool:
    """Whether somebody has to correct the row, or to drop it once more."""
    errors = {finding.code for finding in line.findings if finding.severity is Severity.ERROR}
    return line.needs_a_person and errors != {Code.OVERRULED}


def _filled(line: Line) -> dict[Column, tuple[str, ...]]:
    """What onOffice has by now, for a row that was out of date; for one without numbers those that fit."""
    codes = {finding.code for finding in line.findings}
    if not codes.isdisjoint(WITHOUT_NUMBERS):
        found = [each for finding in line.findings if finding.code in WITHOUT_NUMBERS for each in finding.candidates]
        open_ = [""] if Code.NUMBERS_TO_CHOOSE in codes else []  # also where there is but one: a person shall say so
        return {
            Column.APPOINTMENT: tuple(dict.fromkeys(str(each.appointment_id) for each in found)),
            Column.ADDRESS: tuple(dict.fromkeys([*open_, *(str(each.address_id) for each in found)])),
        }
    if _OUT_OF_DATE.isdisjoint(codes):
        return {}
    return {Column.CONFIRMATION_NOW: (line.before_confirmation or "",), Column.FEEDBACK_NOW: (line.before_feedback or "",)}


def _wrong(line: Line, table: ReturnedTable, row: tuple[str, ...]) -> dict[Column, str]:
    """The comment for every cell that is wrong."""
    found: dict[Column, list[str]] = {}
    for finding in line.findings:
        if finding.severity is Severity.ERROR and line.outcome not in FINE:
            for column in _mistaken(finding, table, row):
                found.setdefault(column, []).append(finding.message)
    return {column: "\n".join(dict.fromkeys(messages)) for column, messages in found.items()}


def _mistaken(finding: RowFinding, table: ReturnedTable, row: tuple[str, ...]) -> list[Column]:
    if finding.column is not None:
        return [column for column in table.columns if table.header(column) == finding.column]
    columns = [column for column in _MISTAKEN.get(Code(finding.code), ()) if column in table.columns]
    return [column for column in columns if not is_blank(row[table.columns[column]])] or columns
