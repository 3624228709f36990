"""What the droppers of the files get back: a marked copy of each file, and a correction file where there is something to do."""

from __future__ import annotations

import errno
import logging
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import numpy as np

from sync import handles
from sync.model import FINE
from sync.report import sheets_texts as texts
from sync.report.attempt import attempt
from sync.report.correction import correction_pages, write_correction
from sync.report.lines import outcomes
from sync.report.marked import Marker, fits
from sync.report.sheets_names import correction_state, free_path, marked_state

if TYPE_CHECKING:
    from pathlib import Path

    from sync.model import Checked, RunInfo
    from sync.texts import Language

_log = logging.getLogger(__name__)

#: What a subfolder meets in whose place somebody has put something else.
_IN_THE_WAY: Final = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EEXIST, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG})


@dataclass(frozen=True, slots=True)
class Handed:
    """What is given back of one file. `file` is its position in `Checked.files`.

    `to_correct` counts the rows of the correction file, which is None where there are none. `missing` says in sentences what
    is not there and what the marked copy does without; it is None itself where there is none.
    """

    file: int
    marked: Path | None
    correction: Path | None = None
    to_correct: int = 0
    missing: tuple[str, ...] = ()


class Desk:
    """Writes what the droppers of one run's files get back."""

    def __init__(self, results: Path, info: RunInfo, checked: Checked, language: Language) -> None:
        self._results, self._info, self._checked, self._language = results, info, checked, language
        self._marker = Marker(info, checked, language)

    def file(self, at: int, source: Path, *, to_correct: bool) -> Handed:
        """Write the marked copy of a file that lies at `source` and, where wanted, its correction file.

        What cannot be written is told in `Handed.missing`, and in the log. Raises OSError where the disk fails.
        """
        name = self._checked.files[at].name
        some = attempt(f"The correction file of {name}", lambda: self._correct(at)) if to_correct else (None, 0)
        correction, count = some or (None, 0)
        missing = [] if some else [texts.NO_CORRECTION.text(self._language)]
        if not fits(self._checked, at):
            return Handed(at, None, correction, count, (*missing, texts.TOO_MANY_ROWS.text(self._language)))
        marked = attempt(f"The marked copy of {name}", lambda: self._mark(at, source))
        if marked is None:
            return Handed(at, None, correction, count, (*missing, texts.NOT_MARKED.text(self._language)))
        path, without = marked
        return Handed(at, path, correction, count, (*missing, *without))

    def _correct(self, at: int) -> tuple[Path | None, int]:
        """The correction file and the number of its rows; None without any."""
        pages = correction_pages(self._checked, at, self._language)
        count = sum(page.count for page in pages)
        if not count:
            return None, 0
        path = self._path(at, correction_state(count, self._language))
        write_correction(path, self._info, self._checked.files[at].name, pages, self._language)
        return path, count

    def _mark(self, at: int, source: Path) -> tuple[Path, list[str]]:
        """The marked copy, and what it does without."""
        path = self._path(at, self._state(at))
        return path, self._marker.write(at, source, path)

    def _path(self, at: int, state: str) -> Path:
        day, name = self._info.started[:10], self._checked.files[at].name
        path = free_path(self._results, day, name, state)
        try:
            handles.make(path.parent)
        except OSError as error:
            if error.errno not in _IN_THE_WAY:
                raise
            _log.warning("%s cannot be a folder for results (%s); they lie above it", path.parent, error.strerror)
            path = free_path(self._results, day, PurePosixPath(name).name, state)
        return path

    def _state(self, at: int) -> str:
        own = outcomes(self._checked)[self._checked.rows.file == at]
        return marked_state(int(np.isin(own, list(FINE)).sum()), len(own), self._language)
