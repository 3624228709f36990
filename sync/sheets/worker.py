"""Reads a file in a process of its own, so that a crash or an endless loop of a parser costs that file only."""

from __future__ import annotations

import logging
import pickle
from contextlib import closing
from typing import TYPE_CHECKING, Final

from sync.confined import parent
from sync.confined.frames import BrokenFrame, Frame
from sync.confined.parent import Bounds, Child, ChildEnded, Ending
from sync.domain.model import Reason, Why
from sync.errors import NO_ROOM, ReaderBroken
from sync.sheets.archive import megabytes
from sync.sheets.stream import EndOfFile, as_message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.sheets.limits import Limits
    from sync.sheets.stream import Message, ReadingJob

_MODULE: Final = "sync.sheets.child"
_log = logging.getLogger(__name__)


class Reading:
    """A file being read by a process that has started already; `messages` tells what it says.

    `check` is asked while it reads; what it raises ends the reading.

    Raises:
        ReaderBroken: no file can be read on this machine, here or from `messages`.
    """

    def __init__(self, job: ReadingJob, check: Callable[[], None]) -> None:
        self._job = job
        bounds = Bounds(job.limits.memory_bytes, job.limits.seconds)
        try:
            self._child = Child(_MODULE, Frame("read", None, (pickle.dumps(job),)), bounds, check)
        except ChildEnded as ended:
            full = getattr(ended.__cause__, "errno", None) in NO_ROOM or "temporary directory" in ended.said  # as Python says it
            raise ReaderBroken(ended.said, full=full) from ended

    def messages(self) -> Iterator[Message]:
        """What the process says; `EndOfFile` is the last message, also where it came to an untimely end."""
        with closing(self._child):
            try:
                for frame in self._child.frames():
                    message = as_message(frame)
                    if isinstance(message, EndOfFile) and message.reason and message.reason.why is Why.READER_CRASHED:
                        _log.warning("%s: the reader stumbled\n%s", self._job.path.name, self._child.said())
                    yield message
            except ChildEnded as ended:
                if ended.ending is Ending.BROKEN:
                    raise ReaderBroken(ended.said) from ended
                _log.warning("%s: the reader ended (%s)\n%s", self._job.path.name, ended.ending.value, ended.said)
                yield EndOfFile(_reason(ended.ending, self._job.limits))
            except BrokenFrame as broken:
                _log.warning("%s: the reader said what is no message (%s)", self._job.path.name, broken)
                yield EndOfFile(Reason(Why.READER_CRASHED))


def prepare() -> None:
    """Have what reading needs imported beside the work of this process."""
    parent.prepare(_MODULE)


def _reason(ending: Ending, limits: Limits) -> Reason:
    if ending is Ending.TIME:
        return Reason(Why.LIMIT_SECONDS, f"{limits.seconds:g} s")
    if ending is Ending.MEMORY:
        return Reason(Why.LIMIT_MEMORY, megabytes(limits.memory_bytes))
    return Reason(Why.READER_CRASHED)
