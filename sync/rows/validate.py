"""From text cells to changes: every row is judged, alone and beside all other rows of the run. Pure, by column.

The result is a `Checked`: the row table and the problem table of `sync.domain.tables`, and one change per link that may be sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sync.domain.model import Cells, Checked, CheckOutcome, Column
from sync.domain.tables import AIMS, CONFIRMATIONS, FEEDBACKS, RowTable
from sync.rows.columns import ASKING, is_blank
from sync.rows.conflicts import ConflictFinder, RowPolicy, Wanted
from sync.rows.parse import AllSheets, Problems, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.domain.model import Loaded, Place, Sheet
    from sync.domain.tables import Bools, Codes, Texts
    from sync.rows.parse import Parsed
    from sync.rows.spellings import Spellings


def validate(
    files: Sequence[Loaded],
    spellings: Spellings,
    policy: RowPolicy,
    place_text: Callable[[Place], str],
) -> Checked:
    """Judge all rows of all files at once.

    `place_text` words the place of another row in the language of the report.
    """
    table = AllSheets(files)
    problems = Problems(table)
    problems.add_from_readers()
    parsed = parse(table, spellings, policy, problems)
    bad = problems.rows_with_errors()
    beside = ConflictFinder(table, Wanted.of(parsed, bad), parsed, policy)
    beside.report(problems, place_text)
    return Checked(tuple(files), _row_table(table, parsed, beside, bad), problems.table(), beside.changes())


def _row_table(table: AllSheets, parsed: Parsed, beside: ConflictFinder, bad: Bools) -> RowTable:
    files = np.array([file for file, _ in table.parts], dtype=np.int64)
    sheets = np.array([sheet.name for _, sheet in table.parts], dtype=object)
    return RowTable(
        file=files[table.part],
        sheet=sheets[table.part],
        row=table.row,
        appointment_id=parsed.appointment,
        address_id=parsed.address,
        confirmation=_words(parsed.confirmation, CONFIRMATIONS),
        feedback=_words(parsed.feedback, FEEDBACKS),
        action=_words(parsed.aim, AIMS),
        begin=parsed.begins[parsed.begin],
        outcome=_outcomes(bad, beside),
        change=beside.change_of_lines(),
    )


def _words(numbers: Codes, words: Sequence[str]) -> Texts:
    return np.array([*(str(word) for word in words), None], dtype=object)[numbers]


def _outcomes(bad: Bools, beside: ConflictFinder) -> Texts:
    outcome = np.full(len(bad), CheckOutcome.VALID.value, dtype=object)
    outcome[bad] = CheckOutcome.INVALID.value
    outcome[beside.line[beside.duplicate]] = CheckOutcome.DUPLICATE.value
    outcome[beside.line[beside.contradicts]] = CheckOutcome.CONFLICT.value
    return outcome


# Work lists that come back: the rows in which nobody has filled anything in ask for nothing. Pure.


_HANDED_OUT = frozenset({Column.CONFIRMATION_NOW, Column.FEEDBACK_NOW})


def without_unfilled(file: Loaded) -> Loaded:
    """The file; of its work lists the rows that ask for nothing count as blank."""
    if not any(_HANDED_OUT & sheet.declared.keys() for sheet in file.sheets):
        return file
    return replace(file, sheets=tuple(_filled(sheet) if _HANDED_OUT & sheet.declared.keys() else sheet for sheet in file.sheets))


def _filled(sheet: Sheet) -> Sheet:
    """The sheet with those of its rows only that ask for something."""
    asks = np.zeros(len(sheet.rows), dtype=bool)
    for column in ASKING & sheet.declared.keys():
        asks |= np.fromiter((not is_blank(text) for text in sheet.declared[column]), dtype=bool, count=len(sheet.rows))
    if asks.all():
        return sheet
    rows = set(sheet.rows[asks].tolist())
    return replace(
        sheet,
        rows=sheet.rows[asks],
        declared={column: _some(cells, asks) for column, cells in sheet.declared.items()},
        others=tuple(_some(Cells(each.header, each.position, each.texts), asks) for each in sheet.others),
        addresses=None if sheet.addresses is None else sheet.addresses[asks],
        blank=sheet.blank + int(np.count_nonzero(~asks)),
        problems=tuple(problem for problem in sheet.problems if problem.place.row in rows),
    )


def _some(cells: Cells, asks: Bools) -> Cells:
    return replace(cells, texts=cells.texts[asks])


__all__ = ["RowPolicy", "validate"]
