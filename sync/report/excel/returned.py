"""What the droppers of the files get back: a marked copy of each file, and a correction file where there is something to do.

Both are made by a confined process (`sync.report.excel.copies`), as it takes opening a stranger's workbook. Many small files
share one; where it dies of a file, that file gets a plainer copy from a new process, and the others go on.
"""

from __future__ import annotations

import errno
import logging
import os
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import repeat
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import numpy as np

from sync.confined.child import BrokenFrame
from sync.confined.parent import Child, ChildEnded, Ending
from sync.domain.model import GUARDS, FileKind, Verdict
from sync.errors import NO_ROOM, OF_THE_DISK
from sync.i18n import spoken, text
from sync.report.excel.copies import written_line
from sync.report.excel.names import correction_mark, correction_state, free_path, marked_state
from sync.report.excel.orders import CORRECTED, DISK, MARKED, Order, as_frame, comments_left_out
from sync.report.excel.writer import parts
from sync.report.story import attempt
from sync.system import handles
from sync.system.handles import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sync.confined.child import Frame
    from sync.confined.parent import Bounds
    from sync.domain.model import Checked, RunInfo, Sheet


#: All that a copy can do without, but for comments.
WITHOUT: Final = ("returned.rewritten", "returned.too_large", "returned.no_macros", "returned.no_signature")

#: Rows of a file beyond which there is no marked copy: about 20 s. The results workbook of the run has all rows anyway.
MOST_ROWS: Final = 100_000
#: Rows, and files, for which one process is asked: what takes it long would hold up too much.
_ROWS_AT_ONCE: Final = 20_000
_FILES_AT_ONCE: Final = 50
_MODULE: Final = "sync.report.excel.copies"

_log = logging.getLogger(__name__)

#: What became of rows of which nothing was sent.
_NOTHING_DONE: Final = (Verdict.NOT_SENT, Verdict.INVALID, Verdict.CONFLICT, Verdict.DUPLICATE)

#: What ends the run. That the process opens too many files, or fills the disk that it needs for a moment, may be the fault of the
#: file; where the disk of the results is full, writing them will say so.
_OF_EVERY_FILE: Final = OF_THE_DISK - NO_ROOM - {errno.EMFILE}
#: What a subfolder meets in whose place somebody has put something else.
_IN_THE_WAY: Final = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EEXIST, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG})


@dataclass(frozen=True, slots=True)
class ReturnedFile:
    """What is given back of one file. `file` is its position in `Checked.files`.

    `to_correct` counts the rows of the correction file, which is None where there are none. `missing` says in sentences what
    is not there, `without` what the marked copy does without; it is None itself where there is none.
    """

    file: int
    marked: Path | None
    correction: Path | None = None
    to_correct: int = 0
    missing: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(slots=True)
class _Task:
    """One file under way; `order` is what is still to be written of it."""

    at: int
    order: Order
    marked: Path | None = None
    correction: Path | None = None
    to_correct: int = 0
    missing: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return self.order.correct or self.order.mark

    @property
    def handed(self) -> ReturnedFile:
        return ReturnedFile(self.at, self.marked, self.correction, self.to_correct, tuple(self.missing), tuple(self.without))


class ReturnWriter:
    """Writes what the droppers of one run's files get back.

    Args:
        results: the folder with the results of all runs.
        info: about the run.
        checked: with verdicts.
        bounds: what a process may use that works on a file.
        begins: is told the content's hash of each file before anything is done with it, "" before something else is.
        meanwhile: what this process does beside the first process that works; done in any case, once.
    """

    def __init__(
        self,
        results: Path,
        info: RunInfo,
        checked: Checked,
        *,
        bounds: Bounds,
        begins: Callable[[str], None],
        meanwhile: Callable[[], None],
    ) -> None:
        self._results, self._info, self._checked = results, info, checked
        self._bounds, self._begins = bounds, begins
        self._meanwhile: Callable[[], None] | None = meanwhile

    def files(self, files: Iterable[tuple[int, Path]], *, to_correct: bool) -> Iterator[ReturnedFile]:
        """Write the marked copies of files, given with where they lie, and, where wanted, their correction files.

        What cannot be written is told in `ReturnedFile.missing`, and in the log. Raises OSError where the disk fails.
        """
        batch: list[_Task] = []
        for at, source in files:
            self._begins(self._checked.files[at].sha256)
            what = f"What is given back of {self._checked.files[at].name}"
            task = attempt(what, partial(self._task, at, source, to_correct=to_correct))
            if task is None:
                yield ReturnedFile(at, None, missing=(text("returned.not_marked"),))
                continue
            batch.append(task)
            if len(batch) >= _FILES_AT_ONCE or sum(task.order.rows for task in batch) >= _ROWS_AT_ONCE:
                yield from self._work(batch)
                batch = []
        yield from self._work(batch)
        self._do_meanwhile()

    def _task(self, at: int, source: Path, *, to_correct: bool) -> _Task:
        """What is to be written about a file."""
        file = self._checked.files[at]
        small = sum(len(sheet.rows) for sheet in file.sheets) <= MOST_ROWS
        mark = small and (to_correct or self._tells_something(at))
        to_correct = to_correct and not file.settled
        order = Order(
            name=file.name,
            identity=correction_mark(self._info.id, file.name),
            written=written_line(self._info),
            anew=text("returned.rewritten"),
            language=spoken(),
            parts=tuple(parts(self._checked, at, all_rows=mark)) if mark or to_correct else (),
            source=source if file.kind is FileKind.XLSX else None,
            correct=to_correct,
            mark=mark,
        )
        return _Task(at, order, missing=[] if small else [text("returned.too_many_rows")])

    def _tells_something(self, at: int) -> bool:
        """Whether a copy of a file that goes back to be read again tells staff anything: what was done, or what they decide.

        Else every night of an outage would leave one more, and each looks like open work.
        """
        if self._info.stopped and self._info.stopped.stop in GUARDS:
            return True
        return not np.isin(self._checked.outcomes[self._checked.rows.file == at], list(_NOTHING_DONE)).all()

    def _work(self, tasks: Sequence[_Task]) -> Iterator[ReturnedFile]:
        """Have all of them written, each as well as can be."""
        while still := [task for task in tasks if task.open]:
            self._begins(self._checked.files[still[0].at].sha256)
            ended = self._round(still)
            if still[0].open:
                self._settle_for_less(still[0], ended)
        yield from (task.handed for task in tasks)

    def _round(self, tasks: Sequence[_Task]) -> Ending | None:
        """Ask one process for all that is open; returns why it did not get through."""
        with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            try:
                with Child(_MODULE, as_frame((task.order for task in tasks), Path(scratch)), self._bounds) as child:
                    child.beside(partial(self._do_meanwhile, self._checked.files[tasks[0].at].sha256))
                    for frame in child.frames():
                        self._take(frame, tasks)
            except ChildEnded as ended:
                _log.error("the process that marks files ended (%s)\n%s", ended.ending.value, ended.said)
                return ended.ending
            except BrokenFrame as broken:
                _log.error("the process that marks files said what is no answer (%s)", broken)
        return None

    def _do_meanwhile(self, sha256: str = "") -> None:
        """Do what is to be done beside; what the run dies of meanwhile is no fault of the file with this hash, which is next."""
        work, self._meanwhile = self._meanwhile, None
        if work:
            self._begins("")
            work()
            self._begins(sha256)

    def _take(self, frame: Frame, tasks: Sequence[_Task]) -> None:
        """Write what came about the first file that is open. Raises BrokenFrame, OSError."""
        if frame.kind == DISK and isinstance(frame.head, int):
            if frame.head in _OF_EVERY_FILE:
                raise OSError(frame.head, os.strerror(frame.head))
            _log.error("the process that marks files met an error: %s", os.strerror(frame.head))
            return
        task, said, book = _understood(frame, tasks)
        if frame.kind == CORRECTED:
            task.order = replace(task.order, correct=False)
            self._keep_correction(task, said, book)
        else:
            task.order = replace(task.order, mark=False)
            self._keep_copy(task, said, book)
        following = next((each for each in tasks if each.open), task)
        if following is not task:
            self._begins(self._checked.files[following.at].sha256)

    def _keep_correction(self, task: _Task, count: object, book: bytes | memoryview) -> None:
        if not isinstance(count, int) or count > task.order.rows:
            raise BrokenFrame(f"{count} rows")
        if not count:
            return
        state = correction_state(count)
        task.correction = attempt(f"The correction file of {task.order.name}", lambda: self._write(task.at, state, book))
        if task.correction:
            task.to_correct = count
        else:
            task.missing.append(text("returned.no_correction"))

    def _keep_copy(self, task: _Task, missing: object, book: bytes | memoryview) -> None:
        known = [*map(text, WITHOUT), comments_left_out()]
        if not isinstance(missing, list) or not all(each in known for each in missing):
            raise BrokenFrame(f"without {missing}")
        state = self._state(task.at)
        task.marked = attempt(f"The marked copy of {task.order.name}", lambda: self._write(task.at, state, book))
        if task.marked:
            task.without += missing
        else:
            task.missing.append(text("returned.not_marked"))

    def _settle_for_less(self, task: _Task, ended: Ending | None) -> None:
        """What a process died of is not asked of the next one again."""
        order, name = task.order, task.order.name
        if order.correct:
            _log.error("%s: no correction file could be written", name)
            task.order = replace(order, correct=False)
            task.missing.append(text("returned.no_correction"))
        elif order.source:
            _log.error("%s: the workbook could not be marked itself; its copy is a new one", name)
            words = "returned.too_large" if ended in {Ending.MEMORY, Ending.TIME} else "returned.rewritten"
            task.order = replace(order, source=None, anew=text(words))
        else:
            _log.error("%s could not be marked", name)
            task.order = replace(order, mark=False)
            task.missing.append(text("returned.not_marked"))

    def _write(self, at: int, state: str, book: bytes | memoryview) -> Path:
        path = self._path(at, state)
        with replacing(path) as file:
            file.write(book)
        return path

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
        own = self._checked.rows.file == at
        done = self._checked.done[own]
        return marked_state(int(done.sum()), len(done), blind=bool(self._checked.blind[own].any()))


def _understood(frame: Frame, tasks: Sequence[_Task]) -> tuple[_Task, object, bytes | memoryview]:
    """The file that a frame is about, which is the first open one, what is said about its workbook, and that.

    Raises BrokenFrame.
    """
    at = next((at for at, task in enumerate(tasks) if task.open), -1)
    asked = {CORRECTED: at >= 0 and tasks[at].order.correct, MARKED: at >= 0 and tasks[at].order.mark}
    is_pair = isinstance(frame.head, list) and len(frame.head) == len(("number", "said"))
    if not asked.get(frame.kind) or not is_pair or len(frame.blocks) != 1:
        raise BrokenFrame(frame.kind)
    number, said = cast("list[object]", frame.head)
    if number != at:
        raise BrokenFrame(f"{frame.kind} {number}")
    return tasks[at], said, frame.blocks[0]


# The columns of the sheets that nobody declared, carried through to the report as they are.


class CarriedHeader(NamedTuple):
    """A header as it stands in a sheet, and how many columns of the sheet before it have the same one."""

    text: str
    earlier: int


def carried_headers(checked: Checked) -> list[CarriedHeader]:
    """The headers of all sheets, each once, in the order in which they come."""
    return list(dict.fromkeys(header for sheet in _sheets(checked) for header in _headers(sheet)))


def carried_rows(checked: Checked, headers: list[CarriedHeader]) -> Iterator[tuple[str | None, ...]]:
    """For every row of the row table its cells below `headers`, None where its sheet has no such column."""
    for sheet in _sheets(checked):
        own = {header: number for number, header in enumerate(_headers(sheet))}
        yield from (
            zip(*(_cells(sheet, own.get(header)) for header in headers), strict=True) if headers else repeat((), len(sheet.rows))
        )


def _sheets(checked: Checked) -> Iterator[Sheet]:
    return (sheet for file in checked.files for sheet in file.sheets)


def _headers(sheet: Sheet) -> Iterator[CarriedHeader]:
    seen: Counter[str] = Counter()
    for column in sheet.others:
        yield CarriedHeader(column.header, seen[column.header])
        seen[column.header] += 1


def _cells(sheet: Sheet, number: int | None) -> Iterable[str | None]:
    return repeat(None, len(sheet.rows)) if number is None else sheet.others[number]
