"""Past runs on a terminal."""

from __future__ import annotations

import datetime as dt
import json
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sync.domain.model import GUARDS, Found, Verdict
from sync.i18n import counted, number, text, when
from sync.i18n.texts import left_parts, left_text, shown, stop_parts, stop_text, trouble_text, verdict_meaning, verdict_word
from sync.report.console import say, show_table
from sync.report.history.find import undone_by
from sync.report.lines import Known, looked
from sync.report.page.document import lasted, seconds
from sync.report.story import Tally, happened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from sync.domain.model import Link, Live
    from sync.ledger import AppliedChange, RequestRecord, RunRecord
    from sync.report.history.find import Details


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
    _print_verdicts(console, run)
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
    held = counts.get(Verdict.NOT_SENT, 0) if guard else 0
    unseen = counts.get(Verdict.UNKNOWN, 0) if run.stopped and not guard else 0
    unreadable = sum(file.fate == "refuse" for file in run.files) + sum(left.needs_a_person for left in run.left)
    waiting = sum(left.waits for left in run.left)
    return Tally(counts, sum(counts.values()), 0, 0, unreadable, waiting, held, unseen)


def _print_files(console: Console, run: RunRecord) -> None:
    without = "carried_on" if run.carried_on_by else "none"  # what became of it then is told of that run
    went = [(file.name, text(f"history.fate.{file.fate or without}", run=run.carried_on_by)) for file in run.files]
    went += [(left.name, text("history.stayed", why=left_parts(left)[0])) for left in run.left]
    if went:
        rows = [[(shown(name, _LONGEST_NAME), ""), (where, "")] for name, where in went]
        say(console)
        show_table(console, _said(("report.file", "history.went")), rows)


def _print_verdicts(console: Console, run: RunRecord) -> None:
    counts = _tally(run)
    rows = [
        [(verdict_word(verdict), ""), (number(count), ""), (verdict_meaning(verdict), "")]
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
    ids, words = ("report.appointment", "report.address"), ("report.confirmation", "report.feedback", "report.verdict")
    about = [known.get(each.change.link, Known()) for each in some]
    told = {"report.when": [each.when for each in about], "report.name": [each.name for each in about]}
    beside = {heading: cells for heading, cells in told.items() if any(cells)}
    rows = [
        [(cell, "") for cell in (*cells[:2], *more, *cells[2:])]
        for cells, *more in zip(map(_link, some), *beside.values(), strict=True)
    ]
    show_table(console, _said((*ids, *beside, *words)), rows)
    if (more := len(done) - _LINKS_SHOWN) > 0:
        say(console, counted("history.more_links", more))


def _link(done: AppliedChange) -> list[str]:
    before, after = done.before, done.after
    if after and not before.feedback_set_up and after.state.feedback is None:
        after = after._replace(feedback_set_up=False)  # the ledger keeps that of the state before
    old, new = _words(before), _words(after)
    changes = [was if was == now else f"{was} -> {now}" for was, now in zip(old, new, strict=True)]
    verdict = verdict_word(done.verdict) if done.verdict else text("history.unsettled")
    return [*map(str, done.change.link), *changes, verdict]


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


# Past runs for programs.


def history_json(runs: Sequence[RunRecord]) -> bytes:
    """All runs, in the order in which they began, as UTF-8 JSON."""
    return _bytes({"runs": [_run(run, runs) for run in runs]})


def run_json(details: Details) -> bytes:
    """One run with its links and requests as UTF-8 JSON."""
    links, requests = [_link_as_json(each) for each in details.done], [_request_as_json(each) for each in details.requests]
    return _bytes({"run": _run(details.run, details.runs), "links": links, "requests": requests})


def _run(run: RunRecord, runs: Sequence[RunRecord]) -> dict[str, object]:
    stopped, other = run.stopped, undone_by(run, runs)
    return {
        "id": run.id,
        "office": run.office,
        "kind": "trial" if run.is_trial else "undo" if run.undo_of else "run",
        "undo_of": run.undo_of,
        "undone_by": other and other.id,
        "accepted": run.accepted,
        "started": run.started,
        "finished": run.finished,
        "exit_code": run.exit_code,
        "stopped": stopped and {"code": stopped.stop, "detail": stopped.detail, "message": stop_text(stopped)},
        "carried_on_by": run.carried_on_by,
        "requests": run.requests,
        "actions": run.actions,
        "rounds": run.rounds,
        "summary": None if run.verdicts is None else _summary(run),
        "files": [
            {"file": file.name, "sha256": file.sha256, "fate": file.fate, "reason": file.reason or None} for file in run.files
        ],
        "left": [{"file": left.name, "code": left.why, "message": left_text(left)} for left in run.left],
        "details_removed": run.forgotten,
    }


def _summary(run: RunRecord) -> dict[str, int]:
    counts = run.verdicts or {}
    return {verdict.value: counts.get(verdict, 0) for verdict in Verdict} | {"rows": sum(counts.values())}


def _link_as_json(done: AppliedChange) -> dict[str, object]:
    confirmation, feedback = done.change.wanted.words
    return {
        "appointment_id": done.change.link.appointment_id,
        "address_id": done.change.link.address_id,
        "action": done.change.aim,
        "confirmation": confirmation,
        "feedback": feedback,
        "before": _live(done.before),
        "after": _live(done.after),
        "verdict": done.verdict,
        "verified": done.verified,
        "error_code": done.error_code,
    }


def _live(live: Live | None) -> dict[str, object] | None:
    """The two words of a link and whether there is one; null where that is not known."""
    if live is None or live.found not in {Found.LINKED, Found.NOT_LINKED}:
        return None
    confirmation, feedback = live.state.words
    return {"linked": live.found is Found.LINKED, "confirmation": confirmation, "feedback": feedback}


def _request_as_json(request: RequestRecord) -> dict[str, object]:
    return {
        "kind": request.kind,
        "left_at": request.left_at,
        "answered_at": request.answered_at,
        "outcome": request.outcome,
        "links": request.links,
    }


def _bytes(document: dict[str, object]) -> bytes:
    # A lone surrogate (a file name that is no UTF-8) becomes its JSON escape.
    return json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace") + b"\n"
