"""What stands on the terminal after a run, a dry run and a check."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import WARNINGS, Code, Link, Odd, Place, RunInfo, Severity, Stop, Verdict
from sync.i18n.texts import (
    Language,
    accepted_text,
    dropped_before_text,
    left_text,
    link_text,
    notice_text,
    place_text,
    reason_parts,
    shown,
    stop_parts,
    verdict_meaning,
    verdict_word,
)
from sync.report import labels
from sync.report.console import say, say_all, show_table
from sync.report.lines import findings, need_a_person
from sync.report.plan import Planned, planned
from sync.report.story import counted, findings_told, found, happened, number
from sync.report.tally import Tally, tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from rich.console import Console

    from sync.domain.model import Checked, Notice, Stopped
    from sync.domain.tables import Ints, ProblemTable
    from sync.i18n.texts import Words

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


def print_summary(console: Console, info: RunInfo, checked: Checked, result_paths: Sequence[Path], language: Language) -> None:
    """Tell what a run came to. The row table holds verdicts."""
    counts = tally(checked)
    over = info.stopped is not None or not info.dry_run  # a rehearsal that got through leaves no row for later
    _print_notices(console, (notice for notice in info.notices if notice.what is Odd.BLIND), language)
    if over:
        say(console)
    if info.stopped:
        what, then = stop_parts(info.stopped, language)
        say(console, f"{labels.STOPPED.text(language)}: {what}", "bold red")
        say(console, then, indent=2)
    if info.accepted:
        say(console, accepted_text(info.accepted, language), "" if info.accepted.holds else "bold yellow")
    _print_notices(console, (notice for notice in info.notices if notice.what is not Odd.BLIND), language)
    if over:
        say(console, happened(counts, language), "bold")
        _print_verdicts(console, counts, language)
    _print_refused(console, checked, language)
    _print_left(console, checked, language)
    if again := list(_dropped_before(checked, language)):
        _print_list(console, labels.DROPPED_AGAIN, again, language)
    if not result_paths:
        print_findings(console, checked, language)
        return
    _print_problems(console, checked, language, rest=labels.MORE)
    _print_warnings(console, counts, language)
    _print_list(console, labels.REPORTS, [str(path) for path in result_paths], language)


def print_plan(
    console: Console,
    checked: Checked,
    language: Language,
    one: Words = labels.ONE_WOULD_CHANGE,
    many: Words = labels.WOULD_CHANGE,
) -> None:
    """Tell old and new of every link that would change, below a heading for one or many of them."""
    plan = planned(checked, language)
    some = list(islice(plan, _CHANGES_SHOWN))
    more = sum(1 for _ in plan)
    total = len(some) + more
    say(console)
    say(console, counted(total, one, many, language), "bold")
    if some:
        headings = (labels.APPOINTMENT, labels.ADDRESS, labels.CONFIRMATION, labels.FEEDBACK)
        show_table(console, [words.text(language) for words in headings], [_planned_cells(each, language) for each in some])
    if more:
        say(console, counted(more, labels.AND_MORE, labels.AND_MORE, language))


def print_guard(console: Console, guard: Stopped | None, language: Language) -> None:
    """Tell of the guard that would stop the run itself, if there is one."""
    if guard:
        text = labels.WOULD_STOP_CHANGES if guard.stop is Stop.TOO_MANY_CHANGES else labels.WOULD_STOP_INVALID
        say(console, text.text(language).format(guard.detail), "bold yellow")


def print_findings(console: Console, checked: Checked, language: Language) -> None:
    """Tell the errors of rows that somebody has to look at, and the warnings: no report holds them."""
    _print_problems(console, checked, language, rest=labels.AND_MORE)
    warnings = np.isin(checked.problems.code.astype(str), list(WARNINGS))
    heading = labels.WARNINGS.text(language)
    _print_some(console, heading, checked, checked.problems.some(warnings), language, rest=labels.AND_MORE)


def print_check(console: Console, checked: Checked, language: Language) -> None:
    """Tell every problem, one line each with its place, rows that repeat others in one line a file, then what it came to."""
    counts, problems = tally(checked), checked.problems
    repeated = np.isin(problems.code.astype(str), [Code.SAME_AS_EARLIER, Code.SAME_AS_SEVERAL])
    _print_refused(console, checked, language)
    say_all(console, _problem_lines(checked, problems.some(~repeated), language))
    say_all(console, _repeated(checked, problems.at[repeated], language))
    say(console, found(counts, language), "bold")


def _print_notices(console: Console, notices: Iterable[Notice], language: Language) -> None:
    for notice in notices:
        say(console, notice_text(notice, language), "bold yellow")


def _print_verdicts(console: Console, counts: Tally, language: Language) -> None:
    rows = [
        (
            (verdict_word(verdict, language), _STYLES[verdict]),
            (number(count, language), ""),
            (verdict_meaning(verdict, language), ""),
        )
        for verdict in Verdict
        if (count := counts.of(verdict))
    ]
    if rows:
        headings = (labels.VERDICT, labels.ROWS, labels.MEANING)
        show_table(console, [words.text(language) for words in headings], rows, right=1)


def _print_refused(console: Console, checked: Checked, language: Language) -> None:
    refused = [(file.name, reason_parts(file.reason, language)) for file in checked.files if file.reason]
    if refused:
        _print_list(console, labels.REFUSED_FILES, (), language)
    for name, (what, then) in refused:
        say(console, f"{shown(name, 200)}: {what}", indent=2)
        say(console, then, indent=4)


def _print_left(console: Console, checked: Checked, language: Language) -> None:
    if checked.left:
        _print_list(console, labels.LEFT_FILES, (left_text(each, language) for each in checked.left), language)


def _dropped_before(checked: Checked, language: Language) -> Iterator[str]:
    """A note for every file whose bytes were processed before."""
    for file in checked.files:
        if file.dropped_before:
            yield f"{shown(file.name, 200)}: {dropped_before_text(file.dropped_before, language)}"


def _print_problems(console: Console, checked: Checked, language: Language, *, rest: Words) -> None:
    """The errors of rows that somebody has to look at, below how many there are in how many rows."""
    needed = need_a_person(checked)
    problems = checked.problems
    errors = problems.some(needed[problems.at] & ~np.isin(problems.code.astype(str), list(WARNINGS)))
    heading = f"{labels.PROBLEMS.text(language)} ({findings_told(len(errors), int(needed.sum()), language)})"
    _print_some(console, heading, checked, errors, language, rest=rest)


def _print_some(
    console: Console, heading: str, checked: Checked, problems: ProblemTable, language: Language, *, rest: Words
) -> None:
    if len(problems):
        _print_lines(console, heading, _problem_lines(checked, problems.some(slice(_PROBLEMS_SHOWN)), language))
    if (more := len(problems) - _PROBLEMS_SHOWN) > 0:
        say(console, counted(more, rest, rest, language), indent=2)


def _print_warnings(console: Console, counts: Tally, language: Language) -> None:
    if counts.warnings:
        say(console)
        say(console, counted(counts.warnings, labels.ONE_WARNING, labels.WARNINGS_IN_REPORT, language))


def _print_list(console: Console, heading: Words, entries: Iterable[str], language: Language) -> None:
    _print_lines(console, heading.text(language), entries)


def _print_lines(console: Console, heading: str, entries: Iterable[str]) -> None:
    say(console)
    say(console, f"{heading}:", "bold")
    for entry in entries:
        say(console, entry, indent=2)


def _problem_lines(checked: Checked, problems: ProblemTable, language: Language) -> Iterator[str]:
    rows = checked.rows
    columns = (rows.file, rows.sheet, rows.row, rows.appointment_id, rows.address_id)
    places = zip(*(column[problems.at].tolist() for column in columns), strict=True)
    for (file, sheet, row, *link), (_, finding) in zip(places, findings(problems, language), strict=True):
        place = place_text(Place(checked.files[file].name, sheet, row), language, finding.column)
        if all(link) and (finding.column is None or finding.code == Code.CONTRADICTION):
            place += f" ({link_text(Link(*link), language)})"
        mark = f"{labels.WARNING.text(language)}: " if finding.severity is Severity.WARNING else ""
        yield f"{place}: {mark}{finding.message}"


def _repeated(checked: Checked, at: Ints, language: Language) -> Iterator[str]:
    """Each file that has some of these rows, which repeat earlier ones, with where they stand."""
    from sync.report.page.places import Places  # noqa: PLC0415 - with it comes what pages are made of

    rows = checked.rows
    for file in np.unique(rows.file[at]).tolist():
        places, some = Places(), at[rows.file[at] == file]
        for sheet, row in zip(rows.sheet[some].tolist(), rows.row[some].tolist(), strict=True):
            places.add(sheet, row)
        words = labels.REPEATS_ONE if len(some) == 1 else labels.REPEATS
        name = shown(checked.files[file].name, 200)
        yield f"{name}: {labels.WARNING.text(language)}: {words.text(language).format(places.text(language))}"


def _planned_cells(each: Planned, language: Language) -> list[tuple[str, str]]:
    ids = [(str(number), "") for number in each.link]
    unknown = labels.NOT_KNOWN.text(language)
    words = (f"{status.old or unknown} -> {status.new}" if status.differs else "" for status in each.statuses)
    return [*ids, *((text, "yellow") for text in words)]
