"""The overview page: all runs whose results are there, and how they went over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from sync.domain.model import Verdict
from sync.i18n.texts import shown
from sync.report import labels
from sync.report.page import words
from sync.report.page.document import write_document
from sync.report.page.pictures import Bar, bars
from sync.report.page.runs import Streak, months, runs_in, streaks
from sync.report.page.timing import lasted
from sync.report.story import happened, number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sync.i18n.texts import Language, Words
    from sync.report.page.runs import Run

NAME: Final = "index.html"
#: Runs in the pictures, one night each: about three months.
_NIGHTS: Final = 90
#: Runs in the row of nights.
_LAST_NIGHTS: Final = 30
#: From this number of runs on a red streak is worth a sentence.
_STREAK: Final = 2
_STATES: Final = {
    "green": words.Overview.GREEN_NIGHT,
    "yellow": words.Overview.YELLOW_NIGHT,
    "red": words.Overview.RED_NIGHT,
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


def write_index(results: Path, language: Language) -> None:
    """Write `index.html` into the results folder, whole or not at all. Raises OSError."""
    runs = runs_in(results)
    told = streaks(runs)
    write_document(
        results / NAME,
        "index.html",
        language,
        words=words.Overview,
        labels=labels,
        many=(words.ONE_RUN, words.RUNS),
        states={name: text.text(language) for name, text in _STATES.items()},
        office=shown(runs[-1].office) if runs else "",
        last=runs[-1] if runs else None,
        happened=happened(runs[-1].counts, language) if runs else "",
        streak=_current(told[-1], language) if told else "",
        longest=_longest(told, language),
        nights=runs[-_LAST_NIGHTS:],
        pictured=runs[-_NIGHTS:],
        charts=_charts(runs[-_NIGHTS:], language),
        months=[_Month(_month_name(month, language), some) for month, some in months(runs)],
        lasted=lambda run: lasted(run.duration, language),
        day=lambda run: _day(run, language),
        href=lambda run: f"{quote(run.folder, errors='surrogateescape')}/report.html",
    )


def _current(streak: Streak, language: Language) -> str:
    """What the newest runs have in common."""
    say, count = words.Overview, len(streak.runs)
    if count < _STREAK:
        return (say.ONE_RED if streak.red else say.ONE_CALM).text(language)
    return (say.RED if streak.red else say.CALM).text(language).format(number(count, language), _day(streak.runs[0], language))


def _longest(told: Sequence[Streak], language: Language) -> str:
    """The longest red streak that is over, where there is one worth a sentence."""
    longest = max((streak for streak in told[:-1] if streak.red), key=lambda streak: len(streak.runs), default=None)
    if longest is None or len(longest.runs) < _STREAK:
        return ""
    first, last = (_day(run, language) for run in (longest.runs[0], longest.runs[-1]))
    say = words.Overview.LONGEST_ON_A_DAY if first == last else words.Overview.LONGEST
    return say.text(language).format(number(len(longest.runs), language), first, last)


def _charts(runs: Sequence[Run], language: Language) -> list[_Chart]:
    def chart(name: Words, kind: str, values: list[int], told: Callable[[int], str]) -> _Chart:
        average = round(sum(values) / len(values))
        return _Chart(name.text(language), kind, bars(values, len(values)), told(values[-1]), told(max(values)), told(average))

    if not runs:
        return []
    counts = [run.counts for run in runs]
    return [
        chart(words.Overview.CHANGES, "changes", [each.of(Verdict.UPDATED) for each in counts], lambda n: number(n, language)),
        chart(words.Overview.PROBLEMS, "problems", [each.need_a_person for each in counts], lambda n: number(n, language)),
        chart(words.Overview.DURATION, "duration", [run.duration for run in runs], lambda n: lasted(n, language)),
    ]


def _day(run: Run, language: Language) -> str:
    return run.started.strftime(words.DAY.text(language))


def _month_name(month: tuple[int, int], language: Language) -> str:
    year, number_of_month = month
    return f"{words.MONTHS[number_of_month - 1].text(language)} {year}"
