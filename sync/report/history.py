"""The past runs of an office, as people ask for them: which one is meant, what became of it, where they are remembered."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.config import is_there
from sync.credentials import database
from sync.domain.model import ExitCode
from sync.errors import LedgerError, SyncError
from sync.i18n import LazyText, text
from sync.ledger import NAME, Memory, UntouchedFile, server_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.config import Config
    from sync.ledger import AppliedChange, RequestRecord, RunRecord
    from sync.onoffice.dialect import Lesson


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


def memory_of(config: Config) -> Memory:
    """The ledger of an office, to be read only, also while a run is active.

    Raises:
        NoSuchRun: there is none yet.
        LedgerError: it cannot be read.
    """
    none = NoSuchRun(text("history.no_runs"))
    if address := database(config):
        server = server_of(address, config.office, alone=False)
        if not server.is_there:
            server.close()
            raise none
        return Memory(server)
    path = config.folder("state") / NAME
    if not is_there(path):
        raise none
    return Memory(path, to_write=False)


@contextmanager
def remembered(config: Config) -> Iterator[Memory | None]:
    """What the ledger of an office remembers; None where there was no run yet, or it cannot be read.

    Leaves no trace: it is for what changes nothing anywhere.
    """
    path, memory = config.folder("state") / NAME, None
    try:
        memory = memory_of(config) if config.state.database_env else Memory(UntouchedFile(path))
        memory.lessons()  # only now it shows whether it can be read
    except (NoSuchRun, LedgerError):
        if memory is not None:
            memory.close()
        memory = None
    try:
        yield memory
    finally:
        if memory is not None:
            memory.close()


def lessons_of(config: Config) -> list[Lesson]:
    """What runs have learnt about the API of an office; nothing where there was none yet, or the ledger cannot be read."""
    with remembered(config) as memory:
        return memory.lessons() if memory else []
