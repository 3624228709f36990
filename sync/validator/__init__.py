"""From text cells to changes: every row is judged, alone and beside all other rows of the run. Pure, by column.

The result is a `Checked`: the row table and the problem table of `sync.model`, and one change per link that may be sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sync.model import Checked, CheckOutcome
from sync.validator.beside import Beside, Policy, Wanted
from sync.validator.parse import CONFIRMATIONS, FEEDBACKS, parse
from sync.validator.table import Problems, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.model import Loaded, Place
    from sync.spellings import Spellings
    from sync.validator.parse import Parsed
    from sync.validator.table import Bools, Ints, Objects

__all__ = ["Policy", "validate"]


def validate(
    files: Sequence[Loaded],
    spellings: Spellings,
    policy: Policy,
    place_text: Callable[[Place], str],
) -> Checked:
    """Judge all rows of all files at once.

    `place_text` words the place of another row in the language of the report.
    """
    table = Table(files)
    problems = Problems(table)
    problems.add_from_readers()
    parsed = parse(table, spellings, policy, problems)
    bad = problems.rows_with_errors()
    beside = Beside(table, Wanted.of(parsed, bad), policy)
    beside.report(problems, place_text)
    return Checked(tuple(files), _row_table(table, parsed, beside, bad), problems.frame(), beside.changes())


def _row_table(table: Table, parsed: Parsed, beside: Beside, bad: Bools) -> pd.DataFrame:
    """The row table of `sync.model`, as it stands before the run."""
    files = np.array([file for file, _ in table.parts], dtype=np.int64)
    sheets = np.array([sheet.name for _, sheet in table.parts], dtype=object)
    return pd.DataFrame(
        {
            "file": files[table.part] if len(table) else files[:0],
            "sheet": pd.Series(sheets[table.part] if len(table) else sheets[:0], dtype=object),
            "row": table.row,
            "appointment_id": _nullable(parsed.appointment),
            "address_id": _nullable(parsed.address),
            "confirmation": pd.Series(_word_texts(parsed.confirmation, CONFIRMATIONS), dtype=object),
            "feedback": pd.Series(_word_texts(parsed.feedback, FEEDBACKS), dtype=object),
            "action": pd.Series(parsed.aim, dtype=object),
            "begin": pd.Series(parsed.begin, dtype=object),
            "outcome": pd.Series(_outcomes(bad, beside), dtype=object),
            "change": beside.change_of_lines(),
        }
    )


def _nullable(ids: Ints) -> pd.Series[int]:
    return pd.Series(pd.arrays.IntegerArray(ids, ids == 0))


def _word_texts(numbers: Ints, words: Sequence[str]) -> Objects:
    return np.array([*(str(word) for word in words), None], dtype=object)[numbers]


def _outcomes(bad: Bools, beside: Beside) -> Objects:
    outcome = np.full(len(bad), CheckOutcome.VALID.value, dtype=object)
    outcome[bad] = CheckOutcome.INVALID.value
    outcome[beside.line[beside.duplicate]] = CheckOutcome.DUPLICATE.value
    outcome[beside.line[beside.contradicts]] = CheckOutcome.CONFLICT.value
    return outcome
