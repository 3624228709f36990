"""Files become sheets of text cells with their places. Whatever is in a file, reading it costs that file only.

Every file is opened, judged and read by a confined process (`sync.confined`), so that a crash or an endless loop of a parser
is told and no more::

    load        `Reading` starts the process and takes what it says (`stream`); `assemble` puts it together
    reader      the process: takes the file (`containers`), judges what it is (`detect`), has it read by its format
    formats/    a module per format gives grids of cells (`cells`), `tables` finds the tables in them

`SlowFiles` bounds what many slow files may take in a night; `try_samples` reads a sound sample of every kind by the same process:
whether this machine can read files at all. `try_packages` imports there what only some files need.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sync.confined import parent
from sync.confined.child import BrokenFrame, Frame
from sync.confined.parent import Bounds, Child, ChildEnded, Ending
from sync.domain.model import FileKind, Loaded, Place, Problem, Reason, Sheet, Why
from sync.errors import NO_ROOM, ReaderBroken
from sync.i18n import everywhere
from sync.rows.columns import declared, letters
from sync.sheets.containers import megabytes, snapshot
from sync.sheets.stream import (
    TRY_PACKAGES,
    EndOfFile,
    Hashed,
    Joined,
    Limits,
    Opened,
    Part,
    ReadingJob,
    RefuseFile,
    as_message,
    joined,
    spelled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sync.domain.tables import Carried
    from sync.rows.columns import Columns
    from sync.sheets.stream import Message, Told


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
    job = ReadingJob(path, columns, limits)
    loaded = _read(job, name, check)
    if loaded.reason and loaded.reason.why in _WORTH_ANOTHER_TRY:
        second = _read(replace(job, slowly=True), name, check)
        loaded = second if second.readable else loaded
    return loaded


def _read(job: ReadingJob, name: str, check: Callable[[], None]) -> Loaded:

    try:
        return assemble(name, Reading(job, check).messages())
    except MemoryError:  # here: what was read has no room beside everything else
        return Loaded(name, "", reason=Reason(Why.LIMIT_MEMORY))


def sha256(path: Path, limits: Limits) -> str:
    """The hash of a file's bytes, "" where there is nothing that may be read."""
    try:
        return hashlib.sha256(snapshot(path, limits.file_bytes)).hexdigest()
    except RefuseFile:
        return ""


_MODULE: Final = "sync.sheets.reader"
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


class _Open:
    """A table of which parts are still to come; what they hold stays small until somebody asks for it."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.declared = {at: column for column, at in opened.positions}
        self.parts: list[Part] = []
        self._carried: list[dict[int, Told | Joined]] = []

    def add(self, part: Part) -> None:
        """The next part."""
        self._carried.append({at: column if isinstance(column, Joined) else joined(column) for at, column in part.columns})
        self.parts.append(replace(part, columns=()))

    def columns(self) -> dict[int, Carried]:
        """The declared columns and all others with a header or a text."""
        named = {at for at, text in enumerate(self.opened.cells) if text.strip()}
        found = named | self.declared.keys() | {at for part in self._carried for at in part}
        return {at: self._column(at) for at in sorted(found)}

    def _column(self, at: int) -> Carried:
        from sync.domain.tables import Carried  # noqa: PLC0415 - numpy

        pieces = (part.get(at) for part in self._carried)
        return Carried(
            _header(self.opened, at),
            at,
            tuple(
                partial(_blanks, len(part.rows)) if piece is None else partial(spelled, piece)
                for piece, part in zip(pieces, self.parts, strict=True)
            ),
        )


def _blanks(count: int) -> list[str]:
    return [""] * count


def assemble(name: str, messages: Iterable[Message]) -> Loaded:
    """The file `name` as its messages tell."""
    import numpy as np  # noqa: F401, PLC0415 - takes long to import: the process that reads starts meanwhile

    tables: list[_Open] = []
    sha256, done = "", EndOfFile(Reason(Why.READER_CRASHED))
    for message in messages:
        if isinstance(message, Opened):
            tables.append(_Open(message))
        elif isinstance(message, Part) and tables:
            tables[-1].add(message)
        elif isinstance(message, Hashed):
            sha256 = message.sha256
        elif isinstance(message, EndOfFile):
            done = message
    if done.reason:
        return Loaded(name, sha256, reason=done.reason, kind=done.kind)
    sheets = tuple(_sheet(name, table) for table in tables)
    why = None if any(len(sheet.rows) for sheet in sheets) else _without_rows(tables, done)
    given_back = bool(done.untold) and _as_given_back(tables, done)
    reason = Reason(why) if why else None
    return Loaded(name, sha256, sheets, reason, kind=done.kind, given_back=given_back, correction=done.correction)


def _as_given_back(tables: Sequence[_Open], done: EndOfFile) -> bool:
    """Whether a file is a workbook as the job gives it back, with nothing in it but that and perhaps the job's notes."""
    all_given_back = done.kind is FileKind.XLSX and all(table.opened.given_back for table in tables)
    return all_given_back and {*done.untold} <= {*everywhere("returned.notes")}


def _without_rows(tables: Sequence[_Open], done: EndOfFile) -> Why | None:
    """What a file is in which no row stands: one that came out empty, or the template that the job gives out to be filled in.

    None for a workbook as the job gave it back: who deletes all its rows wants none of them any more. A text may be cut off.
    """
    if _as_given_back(tables, done):
        return None
    headers = [everywhere(f"template.{name}.header") for name in ("appointment", "address", "confirmation", "feedback")]
    is_template = any(
        table.opened.sheet in everywhere("template.sheet")
        and len(table.opened.cells) == len(headers)
        and all(cell in some for cell, some in zip(table.opened.cells, headers, strict=True))
        for table in tables
    )
    return Why.EMPTY_TEMPLATE if is_template else Why.NO_ROWS


def _sheet(file: str, table: _Open) -> Sheet:
    import numpy as np  # noqa: PLC0415

    opened, parts = table.opened, table.parts
    findings = [finding for part in parts for finding in part.findings]
    columns = table.columns()
    return Sheet(
        name=opened.sheet,
        header_row=opened.header_row,
        rows=np.concatenate([np.empty(0, np.int64), *(np.frombuffer(part.rows, dtype=np.int64) for part in parts)]),
        declared=MappingProxyType({column: columns[at] for at, column in sorted(table.declared.items())}),
        others=tuple(cells for at, cells in columns.items() if at not in table.declared),
        blank=sum(part.blank for part in parts),
        problems=tuple(Problem(Place(file, opened.sheet, f.row), f.code, f.column, f.value, f.hint) for f in findings),
    )


def _header(opened: Opened, at: int) -> str:
    """The text of a header; the letter of the column where there is none."""
    text = opened.cells[at].strip() if at < len(opened.cells) else ""
    return text or letters(at + opened.first_column)


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


def try_packages(limits: Limits) -> None:
    """Import whatever a file of any format may need; of some the samples have no use.

    Raises:
        ReaderBroken: one of them is missing or broken.
    """
    bounds = Bounds(limits.memory_bytes, max(limits.seconds, _PATIENCE_SECONDS))
    try:
        with Child(_MODULE, Frame(TRY_PACKAGES), bounds) as child:
            for _ in child.frames():
                pass
    except ChildEnded as ended:
        raise ReaderBroken(ended.said) from ended


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
