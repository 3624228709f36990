"""Files become sheets of text cells with their places. Whatever is in a file, reading it costs that file only.

Every file is opened, judged and read by a confined process (`sync.confined`)::

    worker      starts the process and takes what it says (`stream`, on the way as frames: `wire`); `assemble` puts it together
    child       the process: `reader` takes the file (`snapshot`), judges what it is (`detect`), has it read by its format
    slow, trial many files that take long, and whether the process works at all
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.domain.model import FileKind, Loaded, Reason, Why
from sync.errors import ReaderBroken
from sync.rows.columns import declared
from sync.sheets.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.rows.columns import Columns
    from sync.sheets.stream import ReadingJob


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

    from sync.sheets.archive import snapshot  # noqa: PLC0415
    from sync.sheets.stream import RefuseFile  # noqa: PLC0415

    try:
        return hashlib.sha256(snapshot(path, limits.file_bytes)).hexdigest()
    except RefuseFile:
        return ""


# Whether this machine can read files at all: a small sample of every kind, read by the same confined process as any file.


_SAMPLES: Final = Path(__file__).with_name("samples")
#: A slow machine is not a broken one.
_PATIENCE_SECONDS: Final = 60.0


def try_samples(limits: Limits, check: Callable[[], None]) -> None:
    """Read the samples. `check` is asked meanwhile, as in `load`.

    Raises:
        ReaderBroken: one of them cannot be read; they are all sound.
    """
    patient = replace(limits, seconds=max(limits.seconds, _PATIENCE_SECONDS))
    for kind in FileKind:
        (sample,) = _SAMPLES.glob(f"{kind}.*")
        loaded = load(sample, sample.name, declared(), patient, check)
        if not loaded.readable or loaded.kind is not kind:
            why = f"{loaded.reason.why} {loaded.reason.detail}".strip() if loaded.reason else f"taken for {loaded.kind}"
            raise ReaderBroken(f"{sample.name}: {why}")


# How long one file may take in a night in which many end at a limit.


#: What says nothing good about a file, or about the machine that reads it.
SUSPICIOUS: Final = frozenset({Why.READER_CRASHED, Why.LIMIT_MEMORY, Why.LIMIT_SECONDS})
#: What a file gets when the slow ones had their time: at first, and at the very least. Each that needs longer halves it.
_SHORT_SECONDS: Final = 10.0
_SHORTEST_SECONDS: Final = 1.0


class SlowFiles:
    """Knows how much time the slow files of a night took together.

    Once that was `seconds`, one that takes long is not refused, as it had no fair try: it waits for the next night.
    """

    def __init__(self, limits: Limits, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._left = seconds
        self._short = min(_SHORT_SECONDS, limits.seconds)
        self._clock = clock

    def read(self, load: Callable[[Limits], Loaded]) -> Loaded:
        """What `load` makes of a file in the time that it gets."""
        fair = self._left > 0
        began = self._clock()
        loaded = load(self._limits if fair else replace(self._limits, seconds=self._short))
        if loaded.reason is None or loaded.reason.why not in SUSPICIOUS:
            return loaded
        if fair:
            self._left -= self._clock() - began
            return loaded
        self._short = max(_SHORTEST_SECONDS, self._short / 2)
        return replace(loaded, reason=Reason(Why.NO_TIME)) if loaded.reason.why is Why.LIMIT_SECONDS else loaded


__all__ = ["Limits", "go_on", "load", "sha256"]
