"""Files become sheets of text cells with their places. Whatever is in a file, reading it costs that file only.

Every file is opened, judged and read by a confined process (`sync.confined`)::

    worker      starts the process and takes what it says (`stream`, on the way as frames: `wire`); `assemble` puts it together
    child       the process: `reader` takes the file (`snapshot`), judges what it is (`detect`), has it read by its format
    slow, trial many files that take long, and whether the process works at all
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.domain.model import Loaded, Reason, Why
from sync.sheets.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync.rows.columns import Columns
    from sync.sheets.stream import ReadingJob

__all__ = ["Limits", "go_on", "load", "sha256"]

#: Where the quick parser ended without an answer, the slow one gets a try.
_WORTH_ANOTHER_TRY = frozenset({Why.READER_CRASHED, Why.LIMIT_MEMORY})


def go_on() -> None:
    """Nobody asks the reading to end."""


def load(path: Path, name: str, columns: Columns, limits: Limits, check: Callable[[], None] = go_on) -> Loaded:
    """One file as read: its sheets, or the reason why it could not be read.

    `Loaded.sha256` is that of the very bytes that were read, "" where there was nothing that may be read (no plain file, no
    access, beyond the limit of size).

    Args:
        path: where the file lies.
        name: its path below the drop folder, with `/`.
        columns: the declared columns, see `sync.rows.columns.declared`.
        limits: a file beyond one is refused with the limit's name.
        check: asked several times a second; what it raises ends the reading.

    Raises:
        ReaderBroken: the process that reads cannot work on this machine, whatever the file.
    """
    from sync.sheets.stream import ReadingJob  # noqa: PLC0415 - the process that reads needs nothing of this

    job = ReadingJob(path, columns, limits)
    loaded = _read(job, name, check)
    if loaded.reason and loaded.reason.why in _WORTH_ANOTHER_TRY:
        second = _read(replace(job, slowly=True), name, check)
        loaded = second if second.readable else loaded
    return loaded


def _read(job: ReadingJob, name: str, check: Callable[[], None]) -> Loaded:
    from sync.sheets.assemble import assemble  # noqa: PLC0415
    from sync.sheets.worker import Reading  # noqa: PLC0415

    try:
        return assemble(name, Reading(job, check).messages())
    except MemoryError:  # here: what was read has no room beside everything else
        return Loaded(name, "", reason=Reason(Why.LIMIT_MEMORY))


def sha256(path: Path, limits: Limits) -> str:
    """The hash of a file's bytes, "" where there is nothing that may be read."""
    import hashlib  # noqa: PLC0415 - as above

    from sync.sheets.snapshot import snapshot  # noqa: PLC0415
    from sync.sheets.stream import RefuseFile  # noqa: PLC0415

    try:
        return hashlib.sha256(snapshot(path, limits.file_bytes)).hexdigest()
    except RefuseFile:
        return ""
