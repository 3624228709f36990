"""What happened, as one sentence; numbers and times as people write them."""

from __future__ import annotations

import errno
import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from sync.confined.child import without_values
from sync.domain.model import FINE, WARNINGS, Checked, CheckOutcome, Verdict, Why
from sync.errors import OF_THE_DISK
from sync.i18n import counted, text
from sync.i18n.texts import quoted
from sync.report.lines import held, settled, unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from sync.domain.model import Loaded


_PAIR: Final = 2


def happened(counts: Tally) -> str:
    """What a run came to, in one sentence."""
    if counts.rows and counts.fine == counts.rows:
        return _sentence(all_of("story.all_done", "story.both_done", counts.rows), counts)
    done = counted("story.done", counts.fine)
    return _sentence(_parts(done, counts), counts)


def found(counts: Tally) -> str:
    """What a check came to, in one sentence."""
    if counts.rows and counts.fine == counts.rows:
        return _sentence(all_of("story.all_good", "story.both_good", counts.rows), counts)
    good = counted("story.good", counts.fine)
    return _sentence(_parts(good, counts), counts)


def all_of(key: str, both: str, count: int) -> str:
    """The text of `key` for all of so many; of two, people say both."""
    return text(both) if count == _PAIR else counted(key, count)


def findings_told(findings: int, rows: int) -> str:
    """How many findings there are, and in how many rows."""
    what = counted("report.findings", findings)
    return f"{what} {counted('report.in_rows', rows)}"


def _parts(good: str, counts: Tally) -> str:
    if not counts.rows:
        return text("story.no_rows" if counts.unreadable or counts.waiting else "story.nothing")
    parts = [good]
    if counts.need_a_person:
        parts.append(counted("story.need", counts.need_a_person))
    waiting = (
        (counts.settled, "story.settled"),
        (counts.unseen, "story.unseen"),
        (counts.kept, "story.kept"),
        (counts.held, "story.held"),
    )
    parts += [counted(key, count) for count, key in waiting if count]
    return f"{counted('story.rows', counts.rows)}: {', '.join(parts)}"


def _sentence(rows: str, counts: Tally) -> str:
    parts = [rows]
    if unreadable := counts.unreadable - counts.unnumbered:
        parts.append(counted("story.unreadable", unreadable))
    if counts.unnumbered:
        parts.append(counted("story.unnumbered", counts.unnumbered))
    if counts.waiting:
        parts.append(counted("story.wait", counts.waiting))
    return f"{'; '.join(parts)}."


# What a run or a check comes to: the counts, and the sentence that says what happened.


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts: rows per verdict (after a check per outcome), rows, blank rows, warnings, files that could not be read.

    A file is `unreadable` where it was refused, and where it stays in the drop folder until somebody does something about it;
    `unnumbered`, one of these, where a check leaves its record numbers to be looked up by a run; `waiting` where a later run may
    take it. Of the rows, a guard has `held` some back, and some are `unseen`: they were sent,
    and the next run looks what became of them; what some ask for is `settled` by other files.
    """

    counts: Mapping[str, int]
    rows: int
    blank: int
    warnings: int
    unreadable: int = 0
    waiting: int = 0
    held: int = 0
    unseen: int = 0
    settled: int = 0
    unnumbered: int = 0

    def of(self, word: Verdict | CheckOutcome) -> int:
        """How many rows have this verdict."""
        return self.counts.get(word, 0)

    @property
    def fine(self) -> int:
        """How many rows are as they shall be."""
        return sum(self.of(word) for word in FINE)

    @property
    def kept(self) -> int:
        """How many rows wait for nothing but the next run to send them."""
        return self.of(Verdict.NOT_SENT) - self.held

    @property
    def need_a_person(self) -> int:
        """How many rows somebody has to look at."""
        return self.rows - self.fine - self.kept - self.held - self.unseen - self.settled

    @property
    def to_settle(self) -> int:
        """How many rows and files somebody has to look at."""
        return self.need_a_person + self.unreadable


def is_unnumbered(file: Loaded) -> bool:
    """Whether a check leaves it to a run to look up the record numbers of a file."""
    return file.reason is not None and file.reason.why is Why.NUMBERS_SOUGHT_LATER


def refused_in(refused: Path | None, run: str) -> str:
    """Where the unreadable files of a run lie, by the names that people see; "" where nobody knows."""
    return "" if refused is None else quoted(f"{refused.name}/{run}")


def tally(checked: Checked) -> Tally:
    """Count what the rows came to."""
    return Tally(
        Counter(map(str, checked.outcomes.tolist())),
        len(checked.rows),
        sum(sheet.blank for file in checked.files for sheet in file.sheets),
        sum(code in WARNINGS for code in checked.problems.code),
        checked.unreadable,
        sum(left.waits for left in checked.left),
        int(held(checked).sum()),
        int(unseen(checked).sum()),
        int(settled(checked).sum()),
        sum(is_unnumbered(file) for file in checked.files),
    )


# The guard of last resort: what goes wrong with one file costs that file, and is told to whoever looks after the job.


T = TypeVar("T")

#: The same in a folder of our own, in which nobody else could have changed the rights of a place.
OF_OUR_FOLDER: Final = OF_THE_DISK | {errno.EACCES, errno.EPERM}

_log = logging.getLogger(__name__)


def attempt(what: str, write: Callable[[], T], fatal: AbstractSet[int] = OF_THE_DISK) -> T | None:
    """Write one file; None where that went wrong in whatever way, which the log then tells with its place.

    Raises OSError with one of the `fatal` numbers.
    """
    try:
        return write()
    except Exception as error:
        if isinstance(error, OSError) and error.errno in fatal:
            raise
        _log.error("%s could not be written; all others are\n%s", what, without_values(error))
        return None
