"""What stands on the terminal after a run, a dry run and a check."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from sync.domain.model import COULD_NOT_LOOK, WARNINGS, Code, Link, Place, RunInfo, Severity, Stop, Verdict
from sync.i18n import counted, number, text
from sync.i18n.texts import (
    accepted_text,
    left_text,
    link_text,
    notice_text,
    place_text,
    quoted,
    reason_parts,
    shown,
    stop_parts,
    verdict_meaning,
    verdict_word,
)
from sync.report.console import say, say_all, show_table
from sync.report.lines import dropped_again, findings, need_a_person, not_set_up, old_and_new
from sync.report.story import Tally, findings_told, found, happened, is_unnumbered, tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from rich.console import Console

    from sync.domain.model import Checked, Notice, Stopped
    from sync.domain.tables import Ints, ProblemTable
    from sync.report.lines import Status


# What a run would change: old and new of every link, from a row table with the live state.


class Planned(NamedTuple):
    """One link that would change, with its two statuses in words."""

    link: Link
    statuses: tuple[Status, Status]


def planned(checked: Checked) -> Iterator[Planned]:
    """Every link that would change, once, in the order of the rows."""
    rows, run = checked.rows, checked.verdicts
    would = rows.change >= 0
    if run:
        would &= run.verdict == Verdict.NOT_SENT
    without = {*checked.problems.at[checked.problems.code == Code.FEEDBACK_NOT_SET_UP].tolist()}
    changes, lines = np.unique(rows.change[would], return_index=True)
    order = np.argsort(lines)
    for at, line in zip(changes[order].tolist(), np.flatnonzero(would)[lines[order]].tolist(), strict=True):
        change = checked.changes[at]
        found = run.before_found[line] if run else None
        before = (run.before_confirmation[line], run.before_feedback[line]) if run else (None, None)
        confirmation, feedback = old_and_new(change.aim, change.wanted.words, found, before)
        yield Planned(change.link, (confirmation, not_set_up(feedback) if line in without else feedback))


_PROBLEMS_SHOWN: Final = 10
_CHANGES_SHOWN: Final = 50
_STYLES: Final = {
    Verdict.UPDATED: "green",
    Verdict.UNCHANGED: "green",
    Verdict.DUPLICATE: "bright_black",
    Verdict.CONFLICT: "yellow",
    Verdict.INVALID: "red",
    Verdict.REJECTED: "magenta",
    Verdict.UNKNOWN: "yellow",
    Verdict.NOT_SENT: "blue",
}


def print_summary(console: Console, info: RunInfo, checked: Checked, result_paths: Sequence[Path]) -> None:
    """Tell what a run came to. The row table holds verdicts."""
    counts = tally(checked)
    over = info.stopped is not None or not info.dry_run  # a rehearsal that got through leaves no row for later
    _print_notices(console, (notice for notice in info.notices if notice.what in COULD_NOT_LOOK))
    if over:
        say(console)
    if info.stopped:
        what, then = stop_parts(info.stopped)
        say(console, f"{text('report.stopped')}: {what}", "bold red")
        say(console, then, indent=2)
    if info.accepted:
        say(console, accepted_text(info.accepted), "" if info.accepted.holds else "bold yellow")
    _print_notices(console, (notice for notice in info.notices if notice.what not in COULD_NOT_LOOK))
    if over:
        say(console, happened(counts), "bold")
        _print_verdicts(console, counts)
    _print_refused(console, checked)
    _print_left(console, checked)
    if again := list(_dropped_before(checked)):
        _print_list(console, "report.dropped_again", again)
    if not result_paths:
        print_findings(console, checked)
        return
    _print_problems(console, checked, rest="report.more")
    _print_warnings(console, counts)
    _print_list(console, "report.reports", [str(path) for path in result_paths])


def print_plan(console: Console, checked: Checked, heading: str = "report.would_change") -> None:
    """Tell old and new of every link that would change, below a heading that says how many they are."""
    plan = planned(checked)
    some = list(islice(plan, _CHANGES_SHOWN))
    more = sum(1 for _ in plan)
    say(console)
    say(console, counted(heading, len(some) + more), "bold")
    if some:
        headings = ("report.appointment", "report.address", "report.confirmation", "report.feedback")
        show_table(console, [text(each) for each in headings], [_planned_cells(each) for each in some])
    if more:
        say(console, counted("report.and_more", more))


def print_guard(console: Console, guard: Stopped | None) -> None:
    """Tell of the guard that would stop the run itself, if there is one."""
    if guard:
        key = "report.would_stop_changes" if guard.stop is Stop.TOO_MANY_CHANGES else "report.would_stop_invalid"
        say(console, text(key, limit=guard.detail), "bold yellow")


def print_findings(console: Console, checked: Checked) -> None:
    """Tell the errors of rows that somebody has to look at, and the warnings: no report holds them."""
    _print_problems(console, checked, rest="report.and_more")
    warnings = np.isin(checked.problems.code.astype(str), list(WARNINGS))
    heading = text("report.warnings")
    _print_some(console, heading, checked, checked.problems.some(warnings), rest="report.and_more")


def print_check(console: Console, checked: Checked) -> None:
    """Tell every problem, one line each with its place, rows that repeat others in one line a file, then what it came to."""
    counts, problems = tally(checked), checked.problems
    repeated = np.isin(problems.code.astype(str), [Code.SAME_AS_EARLIER, Code.SAME_AS_SEVERAL])
    _print_refused(console, checked)
    say_all(console, _problem_lines(checked, problems.some(~repeated)))
    if repeated.any():
        say_all(console, _repeated(checked, problems.at[repeated]))
    say(console, found(counts), "bold")


def _print_notices(console: Console, notices: Iterable[Notice]) -> None:
    for notice in notices:
        say(console, notice_text(notice), "bold yellow")


def _print_verdicts(console: Console, counts: Tally) -> None:
    rows = [
        (
            (verdict_word(verdict), _STYLES[verdict]),
            (number(count), ""),
            (verdict_meaning(verdict), ""),
        )
        for verdict in Verdict
        if (count := counts.of(verdict))
    ]
    if rows:
        headings = ("report.verdict", "report.rows", "report.meaning")
        show_table(console, [text(words) for words in headings], rows, right=1)


def _print_refused(console: Console, checked: Checked) -> None:
    for heading, unnumbered in (("report.refused_files", False), ("report.unnumbered_files", True)):
        some = [(file.name, file.reason) for file in checked.files if file.reason and is_unnumbered(file) == unnumbered]
        if some:
            _print_list(console, heading, ())
        for name, reason in some:
            what, then = reason_parts(reason)
            say(console, f"{shown(name, 200)}: {what}", indent=2)
            say(console, then, indent=4)


def _print_left(console: Console, checked: Checked) -> None:
    if checked.left:
        _print_list(console, "report.left_files", (left_text(each) for each in checked.left))


def _dropped_before(checked: Checked) -> Iterator[str]:
    """A note for every file whose bytes were handed out or processed before."""
    for at, said in dropped_again(checked):
        yield f"{shown(checked.files[at].name, 200)}: {said}"


def _print_problems(console: Console, checked: Checked, *, rest: str) -> None:
    """The errors of rows that somebody has to look at, below how many there are in how many rows."""
    needed = need_a_person(checked)
    problems = checked.problems
    errors = problems.some(needed[problems.at] & ~np.isin(problems.code.astype(str), list(WARNINGS)))
    heading = f"{text('report.problems')} ({findings_told(len(errors), int(needed.sum()))})"
    _print_some(console, heading, checked, errors, rest=rest)


def _print_some(console: Console, heading: str, checked: Checked, problems: ProblemTable, *, rest: str) -> None:
    if len(problems):
        _print_lines(console, heading, _problem_lines(checked, problems.some(slice(_PROBLEMS_SHOWN))))
    if (more := len(problems) - _PROBLEMS_SHOWN) > 0:
        say(console, counted(rest, more), indent=2)


def _print_warnings(console: Console, counts: Tally) -> None:
    if counts.warnings:
        say(console)
        say(console, counted("report.warnings_in_report", counts.warnings))


def _print_list(console: Console, heading: str, entries: Iterable[str]) -> None:
    _print_lines(console, text(heading), entries)


def _print_lines(console: Console, heading: str, entries: Iterable[str]) -> None:
    say(console)
    say(console, f"{heading}:", "bold")
    for entry in entries:
        say(console, entry, indent=2)


def _problem_lines(checked: Checked, problems: ProblemTable) -> Iterator[str]:
    rows = checked.rows
    columns = (rows.file, rows.sheet, rows.row, rows.appointment_id, rows.address_id)
    places = zip(*(column[problems.at].tolist() for column in columns), strict=True)
    for (file, sheet, row, *link), (_, finding) in zip(places, findings(problems), strict=True):
        said = finding.column is not None and quoted(finding.column) in finding.message  # no column is named twice
        place = place_text(Place(checked.files[file].name, sheet, row), None if said else finding.column)
        if all(link) and (finding.column is None or finding.code == Code.CONTRADICTION):
            place += f" ({link_text(Link(*link))})"
        mark = f"{text('report.warning')}: " if finding.severity is Severity.WARNING else ""
        yield f"{place}: {mark}{finding.message}"


def _repeated(checked: Checked, at: Ints) -> Iterator[str]:
    """Each file that has some of these rows, which repeat earlier ones, with where they stand."""
    from sync.report.page.document import Places  # noqa: PLC0415 - with it comes what pages are made of

    rows = checked.rows
    for file in np.unique(rows.file[at]).tolist():
        places, some = Places(), at[rows.file[at] == file]
        for sheet, row in zip(rows.sheet[some].tolist(), rows.row[some].tolist(), strict=True):
            places.add(sheet, row)
        name = shown(checked.files[file].name, 200)
        yield f"{name}: {text('report.warning')}: {counted('report.repeats', len(some), places=places.text())}"


def _planned_cells(each: Planned) -> list[tuple[str, str]]:
    ids = [(str(number), "") for number in each.link]
    unknown = text("report.not_known")
    words = (f"{status.old or unknown} -> {status.new}" if status.differs else "" for status in each.statuses)
    return [*ids, *((word, "yellow") for word in words)]
