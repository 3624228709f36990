"""Past runs on a terminal."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from sync.domain.model import GUARDS, Verdict
from sync.i18n.texts import left_parts, shown, stop_parts, trouble_text, verdict_meaning, verdict_word
from sync.report import labels
from sync.report.console import say, show_table
from sync.report.history import texts
from sync.report.history.find import undone_by
from sync.report.links import looked
from sync.report.page.timing import lasted, seconds
from sync.report.story import counted, happened, number, when
from sync.report.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from sync.domain.model import Live
    from sync.i18n.texts import Language, Words
    from sync.ledger import Done, RequestRecord, RunRecord
    from sync.report.history.find import Details

_RUNS_SHOWN: Final = 20
_LINKS_SHOWN: Final = 50
_REQUESTS_SHOWN: Final = 20
_LONGEST_NAME: Final = 60
_NAMES_SHOWN: Final = 5
_LONGEST_ANSWER: Final = 200
_ANSWERS: Final = {
    "answered": texts.ANSWERED,
    "Ambiguous": texts.UNCLEAR,
    "TooSlow": texts.UNCLEAR,
    "Transient": texts.NOT_TAKEN,
    "ClockOff": texts.NOT_TAKEN,
    "TooLarge": texts.TOO_LARGE,
    "StopRun": texts.TURNED_AWAY,
}


def print_history(console: Console, runs: Sequence[RunRecord], language: Language) -> None:
    """The last runs as a table, the newest first."""
    if not runs:
        say(console, texts.NO_RUNS.text(language))
        return
    headings = (labels.RUN, texts.BEGAN, texts.TOOK, texts.WHAT, texts.CAME_TO)
    some = list(reversed(runs))[:_RUNS_SHOWN]
    show_table(console, _said(headings, language), [[(cell, "") for cell in _line(run, runs, language)] for run in some])
    if (more := len(runs) - len(some)) > 0:
        say(console, counted(more, texts.MORE_RUNS, texts.MORE_RUNS, language))


def print_run(console: Console, details: Details, language: Language) -> None:
    """One run in detail: its files, what its rows came to, its links with old and new, its requests."""
    run = details.run
    title = f"{texts.RUN.text(language)} {run.id}"
    say(console, f"{title}: {_kind(run, language)}" if run.undo_of else title, "bold")
    for line in _story(run, details.runs, language):
        say(console, line)
    _print_files(console, run, language)
    _print_verdicts(console, run, language)
    if run.forgotten is None:
        _print_links(console, details.done, language)
        _print_requests(console, details.requests, language)


def _line(run: RunRecord, runs: Sequence[RunRecord], language: Language) -> list[str]:
    names = [*(file.name for file in run.files), *(left.name for left in run.left)]
    files = ", ".join(shown(name, _LONGEST_NAME) for name in names[:_NAMES_SHOWN])
    if (more := len(names) - _NAMES_SHOWN) > 0:
        files += f" {texts.MORE_FILES.text(language).format(number(more, language))}"
    kind = _kind(run, language) if run.undo_of else files
    took = lasted(seconds(run.started, run.finished), language) if run.finished else ""
    return [run.id, when(run.started, language), took, kind, " ".join(_outcome(run, runs, language))]


def _outcome(run: RunRecord, runs: Sequence[RunRecord], language: Language) -> list[str]:
    """How a run ended, in sentences."""
    if run.carried_on_by:
        return [texts.CARRIED_ON.text(language).format(run.carried_on_by)]
    if run.finished is None:
        return [texts.NOT_OVER.text(language)]
    said = [texts.STOPPED.text(language).format(stop_parts(run.stopped, language)[0])] if run.stopped else []
    if run.verdicts is not None:
        said.append(happened(_tally(run), language))
    if (other := undone_by(run, runs)) is not None:
        said.append(texts.UNDONE.text(language).format(other.id))
    return said or [texts.FINISHED.text(language)]


def _story(run: RunRecord, runs: Sequence[RunRecord], language: Language) -> list[str]:
    began = f"{texts.BEGAN.text(language)}: {when(run.started, language)}"
    if run.finished:
        began += f", {texts.TOOK.text(language)}: {lasted(seconds(run.started, run.finished), language)}"
    said = [began, *_outcome(run, runs, language)]
    if run.requests is not None:
        counts = {"requests": run.requests, "actions": run.actions, "rounds": run.rounds}
        said.append(texts.REQUESTS_AND_ROUNDS.text(language).format(**counts))
    if run.accepted:
        said.append(texts.ACCEPTED.text(language).format(run.accepted))
    if run.forgotten:
        said.append(texts.FORGOTTEN.text(language).format(when(run.forgotten, language)))
    return said


def _kind(run: RunRecord, language: Language) -> str:
    return texts.UNDO_OF.text(language).format(run.undo_of) if run.undo_of else texts.RUN.text(language)


def _tally(run: RunRecord) -> Tally:
    """What the ledger knows of it; what a run that ended early left unknown is for the next one to look at."""
    counts = dict(run.verdicts or {})
    guard = run.stopped is not None and run.stopped.stop in GUARDS
    held = counts.get(Verdict.NOT_SENT, 0) if guard else 0
    unseen = counts.get(Verdict.UNKNOWN, 0) if run.stopped and not guard else 0
    unreadable = sum(file.fate == "refuse" for file in run.files) + sum(left.needs_a_person for left in run.left)
    waiting = sum(left.waits for left in run.left)
    return Tally(counts, sum(counts.values()), 0, 0, unreadable, waiting, held, unseen)


def _print_files(console: Console, run: RunRecord, language: Language) -> None:
    went = [(file.name, texts.FATES[file.fate].text(language)) for file in run.files]
    went += [(left.name, texts.STAYED.text(language).format(left_parts(left, language)[0])) for left in run.left]
    if went:
        rows = [[(shown(name, _LONGEST_NAME), ""), (where, "")] for name, where in went]
        say(console)
        show_table(console, _said((labels.FILE, texts.WENT), language), rows)


def _print_verdicts(console: Console, run: RunRecord, language: Language) -> None:
    counts = _tally(run)
    rows = [
        [(verdict_word(verdict, language), ""), (number(count, language), ""), (verdict_meaning(verdict, language), "")]
        for verdict in Verdict
        if (count := counts.of(verdict))
    ]
    if rows:
        say(console)
        show_table(console, _said((labels.VERDICT, labels.ROWS, labels.MEANING), language), rows, right=1)


def _print_links(console: Console, done: Sequence[Done], language: Language) -> None:
    say(console)
    if not done:
        say(console, texts.NO_LINKS.text(language))
        return
    say(console, f"{texts.LINKS.text(language)} ({number(len(done), language)}):", "bold")
    headings = (labels.APPOINTMENT, labels.ADDRESS, labels.CONFIRMATION, labels.FEEDBACK, labels.VERDICT)
    rows = [[(cell, "") for cell in _link(each, language)] for each in islice(done, _LINKS_SHOWN)]
    show_table(console, _said(headings, language), rows)
    if (more := len(done) - _LINKS_SHOWN) > 0:
        say(console, counted(more, texts.MORE_LINKS, texts.MORE_LINKS, language))


def _link(done: Done, language: Language) -> list[str]:
    old, new = _words(done.before, language), _words(done.after, language)
    changes = [was if was == now else f"{was} -> {now}" for was, now in zip(old, new, strict=True)]
    verdict = verdict_word(done.verdict, language) if done.verdict else texts.UNSETTLED.text(language)
    return [*map(str, done.change.link), *changes, verdict]


def _words(live: Live | None, language: Language) -> tuple[str, str]:
    """Both statuses of a link, or why there are none."""
    unknown = labels.NOT_KNOWN.text(language)
    confirmation, feedback = looked(live.found, live.state.words, language) if live else (None, None)
    return confirmation or unknown, feedback or unknown


def _print_requests(console: Console, requests: Sequence[RequestRecord], language: Language) -> None:
    if not requests:
        return
    say(console)
    say(console, f"{texts.REQUESTS.text(language)} ({number(len(requests), language)}):", "bold")
    headings = (texts.LEFT_AT, texts.WHAT, texts.FOR_LINKS, texts.ANSWER)
    rows = [[(cell, "") for cell in _request(each, language)] for each in requests[-_REQUESTS_SHOWN:]]
    show_table(console, _said(headings, language), rows, right=2)


def _request(request: RequestRecord, language: Language) -> list[str]:
    kind = (texts.WRITE if request.kind == "write" else texts.READ).text(language)
    time = request.left_at[11:19]
    links = number(request.links, language) if request.links else ""
    return [time, kind, links, answer_text(request.outcome, language)]


def answer_text(outcome: str | None, language: Language) -> str:
    """What became of a request, from what the client noted: a word, and mostly what was wrong."""
    if outcome is None:
        return texts.NO_ANSWER.text(language)
    kind, _, trouble = outcome.partition(": ")
    if kind not in _ANSWERS:
        return shown(outcome, _LONGEST_ANSWER)
    if kind == "StopRun":
        trouble = trouble.rpartition(": ")[2]  # before it stands what ended the run
    return shown(_ANSWERS[kind].text(language).format(trouble_text(trouble, language)), _LONGEST_ANSWER)


def _said(headings: Sequence[Words], language: Language) -> list[str]:
    return [words.text(language) for words in headings]
