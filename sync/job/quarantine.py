"""A file under which two runs died is set aside before a third one begins with it.

Which file a run is at stands in the ledger before it begins to read or to mark it, and is taken out when it is done: what is left
there of another run is a file under which that run died (killed, out of memory, an internal error), and no other one.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sync.domain.model import Loaded, Reason, Why
from sync.errors import OF_THE_DISK, SyncError
from sync.sheets import load as loader
from sync.system.program import program_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync.ledger import Ledger
    from sync.rows.columns import Columns
    from sync.sheets.load import Limits

#: So many runs may die under a file; the next one does not begin with it.
MOST_DEATHS: Final = 2

_log = logging.getLogger(__name__)


class Quarantine:
    """Notes which file a run is at. What an older version of the program died of does not count: a new one may get over it."""

    def __init__(self, ledger: Ledger, run_id: str) -> None:
        self._ledger, self._run_id, self._program = ledger, run_id, program_version()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While files are worked on one by one; what would have ended the run at any file is none's fault."""
        try:
            yield
        except BaseException as error:
            if _is_no_files_fault(error):
                self._ledger.is_at(self._run_id, "", self._program)
            raise
        self._ledger.is_at(self._run_id, "", self._program)

    def load(self, path: Path, name: str, columns: Columns, limits: Limits, check: Callable[[], None] = lambda: None) -> Loaded:
        """As `sync.sheets.load.load`, but for a file under which two runs died: it is refused as it is."""
        sha256 = loader.sha256(path, limits)
        if sha256 and self._ledger.deaths(self._run_id, sha256, self._program) >= MOST_DEATHS:
            _log.error("%s is set aside: %d runs died while they worked on it", name, MOST_DEATHS)
            return Loaded(name, sha256, reason=Reason(Why.RUNS_DIED))
        self.begins(sha256)
        loaded = loader.load(path, name, columns, limits, check)
        return loaded if loaded.sha256 else replace(loaded, sha256=sha256)  # of a file that the reader crashed on

    def begins(self, sha256: str) -> None:
        """The run is about to work on a file."""
        self._ledger.is_at(self._run_id, sha256, self._program)


def _is_no_files_fault(error: BaseException) -> bool:
    """Whether a run ended in order, or because of the disk or the machine."""
    return isinstance(error, (SyncError, KeyboardInterrupt)) or (isinstance(error, OSError) and error.errno in OF_THE_DISK)
