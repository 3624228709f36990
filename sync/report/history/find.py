"""From what a person typed to one run, and what became of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.domain.model import ExitCode
from sync.errors import SyncError
from sync.i18n import LazyText, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.ledger import AppliedChange, Memory, RequestRecord, RunRecord

#: What stands for the newest run.
LAST: Final = "last"
_SHOWN: Final = 5


class NoSuchRun(SyncError):
    """No run is meant, or several are."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Details:
    """One run among all, the links that it sent, its requests."""

    run: RunRecord
    runs: Sequence[RunRecord]
    done: Sequence[AppliedChange]
    requests: Sequence[RequestRecord]


def details(memory: Memory, asked: str) -> Details:
    """Everything about one run. Raises NoSuchRun, see `find`."""
    runs = memory.runs()
    run = find(runs, asked)
    return Details(run, runs, memory.done(run.id), memory.requests(run.id))


def find(runs: Sequence[RunRecord], asked: str) -> RunRecord:
    """The run of which a person gave the id, its beginning, or `last`. `runs` are in the order in which they began.

    Raises:
        NoSuchRun: there is none, or several begin like that.
    """
    if not runs:
        raise NoSuchRun(LazyText("history.no_runs"))
    if asked == LAST:
        return last_of(runs)
    some = [run for run in runs if run.id == asked] or [run for run in runs if asked and run.id.startswith(asked)]
    if not some:
        raise NoSuchRun(LazyText("history.no_such_run", run=asked))
    if len(some) > 1:
        ids = ", ".join(run.id for run in some[:_SHOWN])
        if (more := len(some) - _SHOWN) > 0:
            ids = text("history.and_more", some=ids, count=more)
        raise NoSuchRun(LazyText("history.several_runs", run=asked, some=ids))
    return some[0]


def last_of(runs: Sequence[RunRecord]) -> RunRecord:
    """The newest run; trials of the doctor are none. Raises NoSuchRun where there was none yet."""
    found = next((run for run in reversed(runs) if not run.is_trial), None)
    if found is None:
        raise NoSuchRun(LazyText("history.no_runs"))
    return found


def carried_on(run: RunRecord, runs: Sequence[RunRecord]) -> RunRecord:
    """The run that carried an interrupted one to its end, over as many as it took; a run that was not interrupted itself."""
    by_id = {each.id: each for each in runs}
    while run.carried_on_by is not None:
        run = by_id[run.carried_on_by]
    return run


def is_over(run: RunRecord, runs: Sequence[RunRecord]) -> bool:
    """Whether nothing more will come of a run: it, or the one that carried it on, got to its end."""
    return carried_on(run, runs).finished is not None


def undone_by(run: RunRecord, runs: Sequence[RunRecord]) -> RunRecord | None:
    """The run that took all of a run back and was not taken back itself."""
    for each in reversed(runs):
        if each.undo_of == run.id and each.exit_code == ExitCode.OK and undone_by(each, runs) is None:
            return each
    return None


def open_undos(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """The runs of which the last undo was killed or stopped before its end, unless that undo is being taken back itself."""
    last = {run.undo_of: run for run in runs if run.undo_of is not None}
    return [run for run in runs if run.id in last and last[run.id].id not in last and _is_open(last[run.id])]


def _is_open(run: RunRecord) -> bool:
    return run.finished is None or run.stopped is not None
