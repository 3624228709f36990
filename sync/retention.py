"""What is old goes: results and the ledger's details by age; what killed runs left half written, at once."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.errors import SyncError
from sync.history import carried_on, is_over, open_undos
from sync.report.sheets_names import handed_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.folder import Folders
    from sync.ledger import Ledger, RunRecord
    from sync.texts import Language

#: What a report is written to before it gets its name, with the process that writes it.
_HALF_WRITTEN: Final = re.compile(r"\..+\.([0-9]+)\.tmp")


def sweep(results: Path, runs: Sequence[RunRecord]) -> None:
    """Remove the half written reports of killed runs. To be called once a run has the lock."""
    if all(run.finished is not None for run in runs if run.carried_on_by is None):
        return
    for place, _, names in os.walk(results):
        for name in names:
            match = _HALF_WRITTEN.fullmatch(name)
            if match and not _is_alive(int(match[1])):
                with suppress(OSError):
                    os.unlink(os.path.join(place, name))  # noqa: PTH108, PTH118 - os.walk gives texts


def expire(ledger: Ledger, folders: Folders, days: int, now: dt.datetime, language: Language) -> None:
    """Remove results and details of runs that are older than so many days; 0 keeps all.

    What cannot be removed stays until the next time: a run never fails for that.
    """
    from sync.report.page import write_index  # noqa: PLC0415 - slow to import, and the requests come first

    if not days:
        return
    limit = now - dt.timedelta(days=days)
    with suppress(SyncError, OSError):
        removed = [_forget(ledger, folders.results, run, now) for run in list(expired(ledger.runs(), limit))]
        removed += [_remove(path) for path in list(_handed(folders, limit.date()))]
        if any(removed):
            write_index(folders.results, language)


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
    try:
        shutil.rmtree(results / run.id)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    ledger.forget(run.id, now.isoformat(timespec="seconds"))
    return True


def _handed(folders: Folders, limit: dt.date) -> Iterator[Path]:
    """What droppers got back before a day and nobody has touched since; what they dropped lies in folders of its own."""
    dropped = {folders.drop, folders.archive, folders.refused, folders.state}
    for place, below, names in os.walk(folders.results):
        below[:] = [name for name in below if not os.path.lexists(os.path.join(place, name, "report.json"))]  # noqa: PTH118
        below[:] = [name for name in below if Path(place, name) not in dropped]
        for name in names:
            day, path = handed_on(name), Path(place, name)
            if day is not None and day < limit and dt.date.fromtimestamp(path.lstat().st_mtime) < limit:  # noqa: DTZ012
                yield path


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True


def _is_alive(process: int) -> bool:
    """Whether a process of this machine has this number; Windows removes no file that is still open anyway."""
    if os.name != "posix":
        return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
