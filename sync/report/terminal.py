"""What stands on the terminal after a run, a dry run and a check, and of past runs.

`say` and `show_table` print on a terminal or into a file: a table where there is room for one, and no character that cannot be
shown.
"""

from __future__ import annotations

import datetime as dt
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sync.domain.model import (
    COULD_NOT_LOOK,
    GUARDS,
    WARNINGS,
    Code,
    Found,
    Link,
    Place,
    RunInfo,
    Severity,
    Stop,
    Tally,
    Verdict,
    WhyLeft,
)
from sync.i18n import counted, number, text, when
from sync.i18n.texts import (
    accepted_text,
    left_parts,
    left_text,
    limit_text,
    link_text,
    notice_text,
    place_text,
    quoted,
    reason_parts,
    shown,
    stop_parts,
    trouble_text,
    verdict_word,
)
from sync.report.history import undone_by
from sync.report.story import (
    Known,
    dropped_again,
    findings,
    findings_told,
    found,
    happened,
    lasted,
    looked,
    meaning,
    not_filled_in,
    not_set_up,
    of_links,
    old_and_new,
    seconds,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

    from sync.domain.model import Checked, Live, Notice, Stopped
    from sync.domain.tables import Ints, ProblemTable
    from sync.ledger import AppliedChange, RequestRecord, RunRecord
    from sync.report.history import Details
    from sync.report.story import Status


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
#: Rows of a table with a frame: rich takes long over each.
_MOST_IN_A_FRAME: Final = 1_000
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
    counts = checked.tally
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
    say_all(console, (f"{shown(checked.files[at].name, 200)}: {said}" for at, said in not_filled_in(checked)))
    if not result_paths:
        print_findings(console, checked)
        return
    _print_problems(console, checked, most=_PROBLEMS_SHOWN)
    _print_warnings(console, counts)
    _print_list(console, "report.reports", [str(path) for path in result_paths])


def print_plan(console: Console, checked: Checked, heading: str = "report.would_change") -> None:
    """Tell old and new of every link that would change, below a heading that says how many they are."""
    plan = list(planned(checked))
    say(console)
    say(console, counted(heading, len(plan)), "bold")
    if plan:
        known = of_links(checked, {each.link for each in plan})
        _show_links(
            console, ("report.confirmation", "report.feedback"), map(_planned_cells, plan), [known[each.link] for each in plan]
        )


def print_guard(console: Console, guard: Stopped | None) -> None:
    """Tell of the guard that would stop the run itself, if there is one."""
    if guard:
        key = "report.would_stop_changes" if guard.stop is Stop.TOO_MANY_CHANGES else "report.would_stop_invalid"
        say(console, text(key, limit=limit_text(guard.detail)), "bold yellow")


def print_findings(console: Console, checked: Checked) -> None:
    """Tell the errors of rows that somebody has to look at, and the warnings, every one of them: no report holds them."""
    _print_problems(console, checked)
    warnings = np.isin(checked.problems.code.astype(str), list(WARNINGS))
    _print_some(console, text("report.warnings"), checked, checked.problems.some(warnings))


def print_check(console: Console, checked: Checked) -> None:
    """Tell every problem, one line each with its place, rows that repeat others in one line a file, then what it came to."""
    counts, problems = checked.tally, checked.problems
    repeated = np.isin(problems.code.astype(str), [Code.SAME_AS_EARLIER, Code.SAME_AS_SEVERAL])
    _print_refused(console, checked)
    say_all(console, _problem_lines(checked, problems.some(~repeated)))
    if repeated.any():
        say_all(console, _repeated(checked, problems.at[repeated]))
    say_all(console, _not_filled_in(checked))
    say(console, found(counts), "bold")


def _print_notices(console: Console, notices: Iterable[Notice]) -> None:
    for notice in notices:
        say(console, notice_text(notice), "bold yellow")


def _print_verdicts(console: Console, counts: Tally) -> None:
    rows = [
        (
            (verdict_word(verdict), _STYLES[verdict]),
            (number(count), ""),
            (meaning(verdict, counts), ""),
        )
        for verdict in Verdict
        if (count := counts.of(verdict))
    ]
    if rows:
        headings = ("report.verdict", "report.rows", "report.meaning")
        show_table(console, [text(words) for words in headings], rows, right=1)


def _print_refused(console: Console, checked: Checked) -> None:
    for heading, unnumbered in (("report.refused_files", False), ("report.unnumbered_files", True)):
        some = [(file.name, file.reason) for file in checked.files if file.reason and file.is_unnumbered == unnumbered]
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


def _print_problems(console: Console, checked: Checked, most: int | None = None) -> None:
    """The errors of rows that somebody has to look at, below how many there are in how many rows; `most` at most."""
    needed = checked.need_a_person
    problems = checked.problems
    errors = problems.some(needed[problems.at] & ~np.isin(problems.code.astype(str), list(WARNINGS)))
    heading = f"{text('report.problems')} ({findings_told(len(errors), int(needed.sum()))})"
    _print_some(console, heading, checked, errors, most)


def _print_some(console: Console, heading: str, checked: Checked, problems: ProblemTable, most: int | None = None) -> None:
    if len(problems):
        _print_lines(console, heading, _problem_lines(checked, problems.some(slice(most))))
    if most is not None and len(problems) > most:
        say(console, counted("report.more", len(problems) - most), indent=2)


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


def _not_filled_in(checked: Checked) -> Iterator[str]:
    """Each file in which nothing is asked for, such as a work list that was handed back as it was."""
    asking, lists = {*np.unique(checked.rows.file).tolist()}, dict(not_filled_in(checked))
    for at, file in enumerate(checked.files):
        if file.readable and at not in asking:
            yield f"{shown(file.name, 200)}: {lists.get(at) or text('report.not_filled_in')}"


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


_RUNS_SHOWN: Final = 20
_LINKS_SHOWN: Final = 50
_REQUESTS_SHOWN: Final = 20
_LONGEST_NAME: Final = 60
_NAMES_SHOWN: Final = 5
_LONGEST_ANSWER: Final = 200
_ANSWERS: Final = {
    "answered": "history.answered",
    "Ambiguous": "history.unclear",
    "TooSlow": "history.unclear",
    "Transient": "history.not_taken",
    "ClockOff": "history.not_taken",
    "TooLarge": "history.too_large",
    "StopRun": "history.turned_away",
}


def print_history(console: Console, runs: Sequence[RunRecord]) -> None:
    """The last runs as a table, the newest first."""
    if not runs:
        say(console, text("history.no_runs"))
        return
    headings = ("report.run", "history.began", "history.took", "history.what", "history.came_to")
    some = list(reversed(runs))[:_RUNS_SHOWN]
    show_table(console, _said(headings), [[(cell, "") for cell in _line(run, runs)] for run in some])
    if (more := len(runs) - len(some)) > 0:
        say(console, counted("history.more_runs", more))


def print_run(console: Console, details: Details, known: Mapping[Link, Known] = MappingProxyType({})) -> None:
    """One run in detail: its files, what its rows came to, its links with old and new, its requests.

    `known` is who and when its links are about.
    """
    run = details.run
    title = f"{text('history.run')} {run.id}"
    say(console, f"{title}: {_kind(run)}" if run.undo_of or run.is_trial else title, "bold")
    for line in _story(run, details.runs):
        say(console, line)
    _print_files(console, run)
    _print_sum_of_verdicts(console, run)
    if run.forgotten is None:
        _print_links(console, details.done, known)
        _print_requests(console, details.requests, dt.datetime.fromisoformat(details.run.started).tzinfo)


def _line(run: RunRecord, runs: Sequence[RunRecord]) -> list[str]:
    names = [*(file.name for file in run.files), *(left.name for left in run.left)]
    files = ", ".join(shown(name, _LONGEST_NAME) for name in names[:_NAMES_SHOWN])
    if (more := len(names) - _NAMES_SHOWN) > 0:
        files += f" {text('history.more_files', count=number(more))}"
    kind = _kind(run) if run.undo_of or run.is_trial else files
    took = lasted(seconds(run.started, run.finished)) if run.finished else ""
    return [run.id, when(run.started), took, kind, " ".join(_outcome(run, runs))]


def _outcome(run: RunRecord, runs: Sequence[RunRecord]) -> list[str]:
    """How a run ended, in sentences."""
    if run.carried_on_by:
        return [text("history.carried_on", run=run.carried_on_by)]
    if run.finished is None:
        return [text("history.not_over")]
    said = [text("history.stopped", why=stop_parts(run.stopped)[0])] if run.stopped else []
    if run.verdicts is not None and not run.is_trial:
        said.append(happened(_tally(run)))
    if (other := undone_by(run, runs)) is not None:
        said.append(text("history.undone", run=other.id))
    return said or [text("history.finished")]


def _story(run: RunRecord, runs: Sequence[RunRecord]) -> list[str]:
    began = f"{text('history.began')}: {when(run.started)}"
    if run.finished:
        began += f", {text('history.took')}: {lasted(seconds(run.started, run.finished))}"
    said = [began, *_outcome(run, runs)]
    if run.requests is not None:
        counts = {"requests": run.requests, "actions": run.actions, "rounds": run.rounds}
        said.append(text("history.requests_and_rounds", **counts))
    if run.accepted:
        said.append(text("history.accepted", run=run.accepted))
    if run.forgotten:
        said.append(text("history.forgotten", when=when(run.forgotten)))
    return said


def _kind(run: RunRecord) -> str:
    if run.is_trial:
        return text("history.trial")
    return text("history.undo_of", run=run.undo_of) if run.undo_of else text("history.run")


def _tally(run: RunRecord) -> Tally:
    """What the ledger knows of it; what a run that ended early left unknown is for the next one to look at."""
    counts = dict(run.verdicts or {})
    guard = run.stopped is not None and run.stopped.stop in GUARDS
    held = counts.get(Verdict.NOT_SENT, 0) + run.repeating if guard else 0
    unseen = counts.get(Verdict.UNKNOWN, 0) if run.stopped and not guard else 0
    unreadable = sum(file.fate == "refuse" for file in run.files) + sum(left.needs_a_person for left in run.left)
    waiting = sum(left.waits for left in run.left)
    closed = sum(left.why is WhyLeft.CLOSED_FOLDER for left in run.left)
    rows = sum(counts.values())
    return Tally(
        counts,
        rows,
        0,
        0,
        unreadable,
        waiting,
        held,
        unseen,
        closed=closed,
        repeating=run.repeating,
        repeating_failed=run.repeating_failed,
        blind=run.blind,
    )


def _print_files(console: Console, run: RunRecord) -> None:
    without = "carried_on" if run.carried_on_by else "none"  # what became of it then is told of that run
    went = [(file.name, text(f"history.fate.{file.fate or without}", run=run.carried_on_by)) for file in run.files]
    went += [(left.name, text("history.stayed", why=left_parts(left)[0])) for left in run.left]
    if went:
        rows = [[(shown(name, _LONGEST_NAME), ""), (where, "")] for name, where in went]
        say(console)
        show_table(console, _said(("report.file", "history.went")), rows)


def _print_sum_of_verdicts(console: Console, run: RunRecord) -> None:
    counts = _tally(run)
    rows = [
        [(verdict_word(verdict), ""), (number(count), ""), (meaning(verdict, counts), "")]
        for verdict in Verdict
        if (count := counts.of(verdict))
    ]
    if rows:
        say(console)
        show_table(console, _said(("report.verdict", "report.rows", "report.meaning")), rows, right=1)


def _print_links(console: Console, done: Sequence[AppliedChange], known: Mapping[Link, Known]) -> None:
    say(console)
    if not done:
        say(console, text("history.no_links"))
        return
    say(console, f"{text('history.links')} ({number(len(done))}):", "bold")
    some = list(islice(done, _LINKS_SHOWN))
    words = ("report.confirmation", "report.feedback", "report.verdict")
    _show_links(console, words, map(_link, some), [known.get(each.change.link, Known()) for each in some])
    if (more := len(done) - _LINKS_SHOWN) > 0:
        say(console, counted("history.more_links", more))


def _show_links(console: Console, words: Sequence[str], links: Iterable[list[tuple[str, str]]], about: Sequence[Known]) -> None:
    """Print links, each as its two numbers and its `words`, and between them when it is and who it is about, as far as known."""
    told = {"report.when": [each.when for each in about], "report.name": [each.name for each in about]}
    beside = {heading: cells for heading, cells in told.items() if any(cells)}
    rows = [
        [*cells[:2], *((cell, "") for cell in more), *cells[2:]] for cells, *more in zip(links, *beside.values(), strict=True)
    ]
    show_table(console, _said(("report.appointment", "report.address", *beside, *words)), rows)


def _link(done: AppliedChange) -> list[tuple[str, str]]:
    before, after = done.before, done.after
    if after and not before.feedback_set_up and after.state.feedback is None:
        after = after._replace(feedback_set_up=False)  # the ledger keeps that of the state before
    old, new = _words(before), _words(after)
    changes = [was if was == now else f"{was} -> {now}" for was, now in zip(old, new, strict=True)]
    verdict = verdict_word(done.verdict) if done.verdict else text("history.unsettled")
    return [(cell, "") for cell in (*map(str, done.change.link), *changes, verdict)]


def _words(live: Live | None) -> tuple[str, str]:
    """Both statuses of a link, or why there are none."""
    unknown = text("report.not_known")
    confirmation, feedback = looked(live.found, live.state.words) if live else (None, None)
    without = live is not None and live.found is Found.LINKED and not live.feedback_set_up
    return confirmation or unknown, feedback or (text("report.not_set_up") if without else unknown)


def _print_requests(console: Console, requests: Sequence[RequestRecord], zone: dt.tzinfo | None) -> None:
    if not requests:
        return
    say(console)
    say(console, f"{text('history.requests')} ({number(len(requests))}):", "bold")
    headings = ("history.left_at", "history.what", "history.for_links", "history.answer")
    rows = [[(cell, "") for cell in _request(each, zone)] for each in requests[-_REQUESTS_SHOWN:]]
    show_table(console, _said(headings), rows, right=2)


def _request(request: RequestRecord, zone: dt.tzinfo | None) -> list[str]:
    """The cells of a request; the ledger has its time by the clock of the machine, people read that of the office."""
    kind = text("history.write" if request.kind == "write" else "history.read")
    time = f"{dt.datetime.fromisoformat(request.left_at).astimezone(zone):%H:%M:%S}"
    links = number(request.links) if request.links else ""
    return [time, kind, links, answer_text(request.outcome)]


def answer_text(outcome: str | None) -> str:
    """What became of a request, from what the client noted: a word, and mostly what was wrong."""
    if outcome is None:
        return text("history.no_answer")
    kind, _, trouble = outcome.partition(": ")
    if kind not in _ANSWERS:
        return shown(outcome, _LONGEST_ANSWER)
    if kind == "StopRun":
        trouble = trouble.rpartition(": ")[2]  # before it stands what ended the run
    return shown(text(_ANSWERS[kind], why=trouble_text(trouble)), _LONGEST_ANSWER)


def _said(headings: Sequence[str]) -> list[str]:
    return [text(heading) for heading in headings]


_LINES_AT_ONCE: Final = 1_000
_GAP: Final = "  "
#: What stands for characters of good typography where they cannot be shown.
_PLAIN: Final = str.maketrans({"„": '"', "“": '"', "”": '"', "…": "...", "→": "->", "\N{EN DASH}": "-"})


def showable(text: str, encoding: str) -> str:
    """The text with nothing in it that an output of this encoding cannot take (redirected output on Windows is cp1252)."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    return text


def say(console: Console, text: str = "", style: str = "", indent: int = 0) -> None:
    """Print a text as it is: nothing in it is markup, and only a terminal folds it, between words."""
    shown = showable(text, console.encoding)
    if console.is_terminal:
        folded = Text(shown, style=style)
        console.print(Padding(folded, (0, 0, 0, indent), expand=False) if indent else folded)
    else:
        console.out(" " * indent + shown, highlight=False)


def say_all(console: Console, lines: Iterable[str]) -> None:
    """Print very many lines, unfolded."""
    rest = iter(lines)
    while some := list(islice(rest, _LINES_AT_ONCE)):
        console.out(showable("\n".join(some), console.encoding), highlight=False)


def show_table(
    console: Console, headings: Sequence[str], rows: Sequence[Sequence[tuple[str, str]]], right: int | None = None
) -> None:
    """Print cells (text and style) as a table; the column `right` is set flush right."""
    if not console.is_terminal or len(rows) > _MOST_IN_A_FRAME:
        say_all(console, _plain_lines([list(headings), *([text for text, _ in row] for row in rows)], right))
        return
    table = Table(box=box.ROUNDED)
    for at, heading in enumerate(headings):
        shown_heading = Text(showable(heading, console.encoding))
        table.add_column(shown_heading, justify="right" if at == right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(showable(text, console.encoding), style=style) for text, style in row))
    console.print(table)


def _plain_lines(rows: Sequence[Sequence[str]], right: int | None) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (c.rjust(w) if at == right else c.ljust(w) for at, (c, w) in enumerate(zip(row, widths, strict=True)))
        yield _GAP.join(cells).rstrip()
