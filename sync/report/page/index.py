"""The overview pages: all runs of an office whose results are there, and how they went over time; many offices, the worst first.

The folders are asked for runs, not the ledger: what the overview links is there, what was deleted is gone, and a results folder
that was moved keeps its overview. Of a run the head of its `report.json` is read.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from sync.domain.model import Code, ExitCode, Tally, Verdict, WhyLeft
from sync.i18n import counted, day, number, text
from sync.i18n.texts import shown
from sync.report.page.document import PAGES, Bar, Places, bars, kind_title, write_document
from sync.report.story import RefusedFolder, happened, lasted, refused_in, seconds, state
from sync.report.waiting import UNREADABLE, is_kept, waiting_in
from sync.system import handles
from sync.system.handles import not_written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sync.report.waiting import Waiting
    from sync.system.handles import Held


_log = logging.getLogger(__name__)

_REPORT: Final = "report.json"
#: The head of `report.json` is its first two lines; the rows, which may be many, come after it.
_LONGEST_HEAD: Final = 100_000
#: More rows or seconds than any run can have had.
_MOST: Final = 10**9
#: What a report counts besides its summary, in the order of `Tally`.
_BESIDE: Final = (
    "warnings",
    "unreadable",
    "waiting",
    "held",
    "unseen",
    "settled",
    "closed",
    "repeating",
    "blind",
    "repeating_failed",
)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its report tells it. `folder` is the name of its folder, `page` that of its report page, "" where it has none."""

    folder: str
    page: str
    office: str
    started: datetime
    duration: int
    state: str
    counts: Tally

    @property
    def month(self) -> tuple[int, int]:
        """Year and month in which it began."""
        return self.started.year, self.started.month


@dataclass(frozen=True, slots=True)
class Streak:
    """Runs one after the other that ended early, or that did not."""

    red: bool
    runs: tuple[Run, ...]


def runs_in(results: Path) -> list[Run]:
    """All runs, the oldest first; a folder without a report that can be read is none. Raises OSError."""
    with handles.folder(results) as held:
        names = [entry.name for entry in held.entries() if entry.is_dir(follow_symlinks=False)]
        found = [run for name in names if (run := _run(held, name)) is not None]
    return sorted(found, key=lambda run: run.folder)


def streaks(runs: Sequence[Run]) -> list[Streak]:
    """The runs in stretches of red ones and others, in their order."""
    return [Streak(red, tuple(some)) for red, some in groupby(runs, key=lambda run: run.state == "red")]


def months(runs: Sequence[Run]) -> Iterator[tuple[tuple[int, int], list[Run]]]:
    """The runs by the month in which they began, newest first."""
    for month, some in groupby(reversed(runs), key=lambda run: run.month):
        yield month, list(some)


def _run(results: Held, name: str) -> Run | None:
    try:
        with results.spot(name).held() as folder:
            with folder.spot(_REPORT).reading() as file:
                head = json.loads(file.readline(_LONGEST_HEAD) + file.readline(_LONGEST_HEAD).rstrip().rstrip(b",") + b"}")
            return _told(head, name, page=next((name for name in PAGES if folder.spot(name).is_there()), ""))
    except (FileNotFoundError, NotADirectoryError):
        return None  # another folder, or a file
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
        # whoever may write here may put anything here: the overview tells about the others
        _log.warning("%s is passed over: it is no report of this job (%s)", results.path / name / _REPORT, type(error).__name__)
        return None


def _told(head: Any, folder: str, *, page: str) -> Run:  # noqa: ANN401 - any JSON
    run, summary = head["run"], head["summary"]
    return Run(
        folder,
        page,
        str(run["office"]),
        datetime.fromisoformat(run["started"]),
        _count(seconds(run["started"], run["finished"])),
        state(int(run["exit_code"])),
        Tally(
            {verdict.value: _count(summary[verdict]) for verdict in Verdict},
            _count(summary["rows"]),
            _count(summary["blank"]),
            *(_count(run.get(name, 0)) for name in _BESIDE),
        ),
    )


def _count(value: Any) -> int:  # noqa: ANN401 - any JSON
    """A number that can be one of rows or seconds. Raises ValueError, TypeError, ArithmeticError."""
    if not 0 <= (number := int(value)) <= _MOST:
        raise ValueError(value)
    return number


NAME: Final = "index.html"
#: Longer than any reason of ours.
_LONGEST_WHY: Final = 1_000
#: Files of which the page tells what waits.
_WAITING_FILES: Final = 100
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


class _Kind(NamedTuple):
    """Rows of a file that wait for the same reason since the same day; no places where it is the file as a whole."""

    what: str
    since: str
    rows: int
    places: str


@dataclass(frozen=True, slots=True)
class _WaitingFile:
    """What waits of one file: in words, with the link to its current correction file, or to the report of its run."""

    name: str
    kinds: list[_Kind]
    href: str
    link: str
    is_folder: bool

    @property
    def rows(self) -> int:
        """How many rows wait; 0 where it is the file as a whole."""
        return sum(kind.rows for kind in self.kinds)


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


def write_index(results: Path, refused: RefusedFolder | None = None) -> None:
    """Write `index.html` into the results folder, whole or not at all; unreadable files lie in `refused`. Raises OSError."""
    runs = runs_in(results)
    told = streaks(runs)
    waiting = _waiting(results, runs, refused)
    write_document(
        results / NAME,
        "index.html",
        states={name: text(key) for name, key in _STATES.items()},
        office=shown(runs[-1].office) if runs else "",
        last=runs[-1] if runs else None,
        happened=happened(runs[-1].counts) if runs else "",
        waiting_known=is_kept(results),
        waiting=waiting[:_WAITING_FILES],
        more_waiting=len(waiting) - _WAITING_FILES,
        waits=_counted(waiting),
        streak=_current(told[-1]) if told else "",
        longest=_longest(told),
        nights=runs[-_LAST_NIGHTS:],
        pictured=runs[-_NIGHTS:],
        charts=_charts(runs[-_NIGHTS:]),
        months=[_Month(_month_name(month), some) for month, some in months(runs)],
        lasted=lambda run: lasted(run.duration),
        day=_day,
        href=lambda run: f"{quote(run.folder, errors='surrogateescape')}/{run.page}",
    )


def _waiting(results: Path, runs: Sequence[Run], refused: RefusedFolder | None) -> list[_WaitingFile]:
    """What waits for a person, file by file; what has waited longest comes first."""
    pages = {run.folder: f"{run.folder}/{run.page}" for run in runs if run.page}
    files: dict[tuple[str, str, str], list[Waiting]] = {}
    for each in sorted(waiting_in(results), key=lambda one: one.since):
        there = each.correction if os.path.lexists(results / each.correction) else ""  # people tidy up, too
        files.setdefault((each.file, each.run, there), []).append(each)
    return [_waiting_file(some, there, pages, refused) for (_, _, there), some in files.items()]


def _counted(waiting: Sequence[_WaitingFile]) -> str:
    """How much waits: rows, files as a whole, folders that nobody could look into."""
    whole = [file for file in waiting if not file.rows]
    folders = sum(file.is_folder for file in whole)
    counts = {
        "page.rows": sum(file.rows for file in waiting),
        "page.files_counted": len(whole) - folders,
        "page.folders_counted": folders,
    }
    return ", ".join(counted(key, count) for key, count in counts.items() if count)


def _waiting_file(
    some: Sequence[Waiting], correction: str, pages: Mapping[str, str], refused: RefusedFolder | None
) -> _WaitingFile:
    """What waits of one file and one run; `pages` are the ways to the report pages of runs. `correction` is "" for none."""
    name, run = some[0].file, some[0].run
    kinds: dict[tuple[str, str, str], list[Waiting]] = {}
    for each in sorted(some, key=lambda one: (one.since, one.sheet or "", one.row)):
        kinds.setdefault((each.what, each.why, each.since[:10]), []).append(each)
    told = []
    for (what, why, since), rows in kinds.items():
        places = Places()
        for row in rows:
            if row.row:
                places.add(row.sheet, row.row)
        count, since_day = sum(row.row > 0 for row in rows), day(dt.date.fromisoformat(since))
        told.append(_Kind(_what_waits(what, why, refused_in(refused, run)), since_day, count, places.text()))
    way, link = correction, correction.rpartition("/")[2]
    if not correction:
        way, link = pages.get(run, ""), text("overview.open")
    is_folder = some[0].what == WhyLeft.CLOSED_FOLDER
    return _WaitingFile(shown(name, 200), told, quote(way, errors="surrogateescape"), shown(link, 200), is_folder)


def _what_waits(kind: str, why: str, folder: str) -> str:
    if kind == UNREADABLE:
        return text("overview.unreadable", why=shown(why, _LONGEST_WHY), folder=folder)
    if kind in set(WhyLeft):
        return text(f"left.{kind}")
    return kind_title(kind) if kind in {*Code, *Verdict} else shown(kind, 200)


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


#: The worst first.
STATES: Final = (*(ExitCode.FAILED, ExitCode.USAGE, ExitCode.ALREADY_RUNNING, ExitCode.ROWS_NEED_A_PERSON, ExitCode.OK),)

#: Longer than any text of ours: what is to be done stands at the end, and is never cut off.
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class OfficeResult:
    """How one office went. `name` is that of its configuration, `office` its own; `page` leads to its report or overview.

    `is_to_be_told`: a quiet run speaks of it although all is well.
    """

    name: str
    office: str
    exit_code: ExitCode
    sentence: str
    page: Path | None = None
    seconds: float = 0.0
    rows: int = 0
    changed: int = 0
    to_settle: int = 0
    is_to_be_told: bool = False


def said(result: OfficeResult) -> list[str]:
    """What happened to one office, a line for each of its mistakes, safe to show."""
    return [shown(part, _LONGEST) for part in result.sentence.splitlines()]


def line(result: OfficeResult) -> str:
    """One office in one line: `berlin  0  Alle 50 Zeilen sind erledigt.`."""
    return f"{shown(result.name)}  {int(result.exit_code)}  {' | '.join(said(result))}"


def sentence(results: Sequence[OfficeResult]) -> str:
    """All offices in one sentence, the worst first."""
    counts = Counter(result.exit_code for result in results)
    offices = counted("fleet.many", len(results))
    parts = [f"{number(counts[code])} {state_word(code)}" for code in STATES if counts[code]]
    return f"{offices}: {', '.join(parts)}." if parts else f"{offices}."


def state_word(code: ExitCode) -> str:
    """How an office went, in words that fit a number before them."""
    return text(f"fleet.state.{code.name.lower()}")


def write_fleet(folder: Path, started: str, results: Sequence[OfficeResult]) -> Path:
    """Write `index.html` into the folder of the configurations, whole or not at all; returns its path.

    Raises:
        ReportError: it cannot be written.
    """
    order = list(STATES)
    ranked = sorted(results, key=lambda result: (order.index(result.exit_code), result.name))
    path = handles.resolved(folder) / NAME
    try:
        write_document(
            path,
            "fleet.html",
            started=started,
            told=sentence(results),
            state=state(int(ranked[0].exit_code)) if ranked else "green",
            offices=ranked,
            state_of=lambda result: state(int(result.exit_code)),
            state_word=lambda result: state_word(result.exit_code),
            said=said,
            lasted=lambda result: lasted(round(result.seconds)),
            href=lambda result: _href(result, folder),
        )
    except OSError as error:
        raise not_written(path, error) from error
    return path


def _href(result: OfficeResult, folder: Path) -> str:
    """The way to an office's page: from folder to folder, so that both can be moved, or whole to another drive."""
    if result.page is None:
        return ""
    try:
        way = os.path.relpath(result.page, folder.resolve())
    except ValueError:  # another drive of Windows
        return result.page.as_uri()
    return quote(way.replace(os.sep, "/"), errors="surrogateescape")
