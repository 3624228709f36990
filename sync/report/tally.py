"""What a run or a check comes to: the counts, and the sentence that says what happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.domain.model import FINE, WARNINGS, Checked, CheckOutcome, Verdict
from sync.report.lines import held, outcomes, unseen

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts: rows per verdict (after a check per outcome), rows, blank rows, warnings, files that could not be read.

    A file is `unreadable` where it was refused, and where it stays in the drop folder until somebody does something about it;
    `waiting` where a later run may take it. Of the rows, a guard has `held` some back, and some are `unseen`: they were sent,
    and the next run looks what became of them.
    """

    counts: Mapping[str, int]
    rows: int
    blank: int
    warnings: int
    unreadable: int = 0
    waiting: int = 0
    held: int = 0
    unseen: int = 0

    def of(self, word: Verdict | CheckOutcome) -> int:
        """How many rows have this verdict."""
        return self.counts.get(word, 0)

    @property
    def fine(self) -> int:
        """How many rows are as they shall be."""
        return sum(self.of(verdict) for verdict in FINE)

    @property
    def kept(self) -> int:
        """How many rows wait for nothing but the next run to send them."""
        return self.of(Verdict.NOT_SENT) - self.held

    @property
    def need_a_person(self) -> int:
        """How many rows somebody has to look at."""
        return self.rows - self.fine - self.kept - self.held - self.unseen - self.of(CheckOutcome.VALID)

    @property
    def to_settle(self) -> int:
        """How many rows and files somebody has to look at."""
        return self.need_a_person + self.unreadable


def tally(checked: Checked) -> Tally:
    """Count what the rows came to."""
    return Tally(
        Counter(map(str, outcomes(checked).tolist())),
        len(checked.rows),
        sum(sheet.blank for file in checked.files for sheet in file.sheets),
        sum(code in WARNINGS for code in checked.problems.code),
        sum(not file.readable for file in checked.files) + sum(left.needs_a_person for left in checked.left),
        sum(left.waits for left in checked.left),
        int(held(checked).sum()),
        int(unseen(checked).sum()),
    )
