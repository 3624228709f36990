"""What is old goes: results and the ledger's details by age; what killed runs left half written, at once."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sync.domain.model import is_run_id
from sync.errors import SyncError
from sync.report.excel.names import handed_on
from sync.report.history import carried_on, is_over, open_undos
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sync.dropfolder import Folders
    from sync.ledger import Ledger, RunRecord
    from sync.system.handles import Held, Spot


_log = logging.getLogger(__name__)

#: Deeper than any folder among the results that the job makes.
_MOST_FOLDERS: Final = 40


def sweep(results: Path, runs: Sequence[RunRecord]) -> None:
    """Remove the half written reports of killed runs. To be called once a run has the lock."""
    if all(run.finished is not None for run in runs if run.carried_on_by is None):
        return
    for folder, names in _walked(results, lambda _place: True):
        for name in names:
            handles.remove_half_written(folder, name)


def _walked(top: Path, wanted: Callable[[Held], bool]) -> Iterator[tuple[Held, list[str]]]:
    """Every folder at or below `top` that is wanted, held open, with the names of its files and links; none is followed."""
    waiting = [top]
    while waiting:
        path = waiting.pop()
        with suppress(OSError), handles.folder(path) as folder:
            entries = folder.entries()
            if path != top and not wanted(folder):
                continue
            if len(path.parts) - len(top.parts) < _MOST_FOLDERS:
                waiting += [path / entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
            yield folder, [entry.name for entry in entries if not entry.is_dir(follow_symlinks=False)]


def expire(ledger: Ledger, folders: Folders, days: int, now: dt.datetime) -> None:
    """Remove results and details of runs that are older than so many days; 0 keeps all.

    What cannot be removed stays until the next time: a run never fails for that.
    """
    from sync.report.page import write_index  # noqa: PLC0415 - slow to import, and the requests come first

    if not days:
        return
    limit = now - dt.timedelta(days=days)
    with suppress(SyncError, OSError):
        removed = [_forget(ledger, folders.results, run, now) for run in list(expired(ledger.runs(), limit))]
        removed += [_removed_handed(folders, limit.date())]
        if any(removed):
            write_index(folders.results, folders.refused)


def expired(runs: Sequence[RunRecord], limit: dt.datetime) -> Iterator[RunRecord]:
    """The runs that may go: over before `limit`, and needed by nothing that is still to be done."""
    needed = {run.id for run in open_undos(runs)}
    needed |= {run.id for run in runs if run.undo_of in needed}
    for run in runs:
        last = carried_on(run, runs)
        if run.forgotten is None and is_over(run, runs) and last.id not in needed and _before(last.finished, limit):
            yield run


def _before(moment: str | None, limit: dt.datetime) -> bool:
    try:
        return dt.datetime.fromisoformat(moment or "") < limit
    except (ValueError, TypeError):  # a time that nobody can read says nothing about the age
        return False


def _forget(ledger: Ledger, results: Path, run: RunRecord, now: dt.datetime) -> bool:
    """Remove the results of a run, then its details; returns whether that could be done."""
    if not is_run_id(run.id):
        _log.warning("the ledger knows a run %r, which is no id that this job gives: it is left alone", run.id)
        return False
    try:
        with handles.folder(results) as folder:
            spot = folder.spot(run.id)
            if not stat.S_ISDIR(spot.info().st_mode):
                _log.warning("%s is no folder of this job: it is left alone", spot.path)
                return False
            shutil.rmtree(spot.at, dir_fd=spot.number)
    except FileNotFoundError:
        pass
    except (OSError, RecursionError) as error:
        _log.warning("%s cannot be removed (%s); the next run tries again", results / run.id, type(error).__name__)
        return False
    ledger.forget(run.id, now.isoformat(timespec="seconds"))
    return True


def _removed_handed(folders: Folders, limit: dt.date) -> bool:
    """Remove what droppers got back before a day and nobody has touched since; returns whether there was any.

    What they dropped lies in folders of its own.
    """
    dropped = {folders.drop, folders.archive, folders.refused, folders.state}

    def wanted(folder: Held) -> bool:
        return folder.path not in dropped and not folder.spot("report.json").is_there()

    removed = False
    for folder, names in _walked(folders.results, wanted):
        for name in names:
            day = handed_on(name)
            if day is not None and day < limit:
                removed |= _removed(folder.spot(name), limit)
    return removed


def _removed(spot: Spot, limit: dt.date) -> bool:
    try:
        if dt.date.fromtimestamp(spot.info().st_mtime) >= limit:  # noqa: DTZ012 - as people count days
            return False
        spot.unlink()
    except (OSError, ValueError, OverflowError):  # a time that nobody can have meant says nothing about the age
        return False
    return True
