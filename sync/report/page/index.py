"""The overview page: all runs whose results are there, and how they went over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from sync.domain.model import Verdict
from sync.i18n import counted, day, number, text
from sync.i18n.texts import shown
from sync.report.page.document import write_document
from sync.report.page.pictures import Bar, bars
from sync.report.page.runs import Streak, months, runs_in, streaks
from sync.report.page.timing import lasted
from sync.report.story import happened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sync.report.page.runs import Run

NAME: Final = "index.html"
#: Runs in the pictures, one night each: about three months.
_NIGHTS: Final = 90
#: Runs in the row of nights.
_LAST_NIGHTS: Final = 30
#: From this number of runs on a red streak is worth a sentence.
_STREAK: Final = 2
_STATES: Final = {
    "green": "overview.green_night",
    "yellow": "overview.yellow_night",
    "red": "overview.red_night",
}


class _Chart(NamedTuple):
    """One picture: its bars, what it is about, and the numbers that stand beside it, in words."""

    name: str
    kind: str
    bars: tuple[Bar, ...]
    newest: str
    most: str
    average: str


@dataclass(frozen=True, slots=True)
class _Month:
    """A month as a heading, with its runs, newest first."""

    name: str
    runs: list[Run]

    @property
    def red(self) -> int:
        """Runs that ended early."""
        return sum(run.state == "red" for run in self.runs)


def write_index(results: Path) -> None:
    """Write `index.html` into the results folder, whole or not at all. Raises OSError."""
    runs = runs_in(results)
    told = streaks(runs)
    write_document(
        results / NAME,
        "index.html",
        states={name: text(key) for name, key in _STATES.items()},
        office=shown(runs[-1].office) if runs else "",
        last=runs[-1] if runs else None,
        happened=happened(runs[-1].counts) if runs else "",
        streak=_current(told[-1]) if told else "",
        longest=_longest(told),
        nights=runs[-_LAST_NIGHTS:],
        pictured=runs[-_NIGHTS:],
        charts=_charts(runs[-_NIGHTS:]),
        months=[_Month(_month_name(month), some) for month, some in months(runs)],
        lasted=lambda run: lasted(run.duration),
        day=_day,
        href=lambda run: f"{quote(run.folder, errors='surrogateescape')}/report.html",
    )


def _current(streak: Streak) -> str:
    """What the newest runs have in common."""
    since = _day(streak.runs[0])
    return counted("overview.red" if streak.red else "overview.calm", len(streak.runs), since=since)


def _longest(told: Sequence[Streak]) -> str:
    """The longest red streak that is over, where there is one worth a sentence."""
    longest = max((streak for streak in told[:-1] if streak.red), key=lambda streak: len(streak.runs), default=None)
    if longest is None or len(longest.runs) < _STREAK:
        return ""
    first, last = _day(longest.runs[0]), _day(longest.runs[-1])
    key = "overview.longest_on_a_day" if first == last else "overview.longest"
    return counted(key, len(longest.runs), first=first, last=last)


def _charts(runs: Sequence[Run]) -> list[_Chart]:
    def chart(name: str, kind: str, values: list[int], told: Callable[[int], str]) -> _Chart:
        average = round(sum(values) / len(values))
        return _Chart(text(name), kind, bars(values, len(values)), told(values[-1]), told(max(values)), told(average))

    if not runs:
        return []
    counts = [run.counts for run in runs]
    return [
        chart("overview.changes", "changes", [each.of(Verdict.UPDATED) for each in counts], number),
        chart("overview.problems", "problems", [each.to_settle for each in counts], number),
        chart("overview.duration", "duration", [run.duration for run in runs], lasted),
    ]


def _day(run: Run) -> str:
    return day(run.started)


def _month_name(month: tuple[int, int]) -> str:
    year, number_of_month = month
    return f"{text(f'format.month.{number_of_month}')} {year}"
