"""What happened, as one sentence; numbers and times as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.domain.model import CheckOutcome
from sync.i18n import counted, text

if TYPE_CHECKING:
    from sync.report.tally import Tally

_PAIR: Final = 2


def happened(counts: Tally) -> str:
    """What a run came to, in one sentence."""
    if counts.rows and counts.fine == counts.rows:
        return _sentence(all_of("story.all_done", "story.both_done", counts.rows), counts)
    done = counted("story.done", counts.fine)
    return _sentence(_parts(done, counts), counts)


def found(counts: Tally) -> str:
    """What a check came to, in one sentence."""
    good = counts.of(CheckOutcome.VALID) + counts.of(CheckOutcome.DUPLICATE)
    if counts.rows and good == counts.rows:
        return _sentence(all_of("story.all_good", "story.both_good", good), counts)
    fine = counted("story.good", good)
    return _sentence(_parts(fine, counts), counts)


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
    waiting = ((counts.unseen, "story.unseen"), (counts.kept, "story.kept"), (counts.held, "story.held"))
    parts += [counted(key, count) for count, key in waiting if count]
    return f"{counted('story.rows', counts.rows)}: {', '.join(parts)}"


def _sentence(rows: str, counts: Tally) -> str:
    parts = [rows]
    if counts.unreadable:
        parts.append(counted("story.unreadable", counts.unreadable))
    if counts.waiting:
        parts.append(counted("story.wait", counts.waiting))
    return f"{'; '.join(parts)}."
