"""What the process that reads a file is asked, and what it says, piece by piece, so that neither process holds a file twice.

`as_frame` and `as_message` take it over the way between the two; what comes is checked, as the process has read
a stranger's file.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from sync.confined.child import BrokenFrame, Frame
from sync.domain.model import Code, Column, FileKind, Reason, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sync.domain.tables import Texts
    from sync.rows.columns import Columns

    #: A column of whole, exact numbers, which become texts where they arrive.
    Numbers = array[float]
    Told = Sequence[str] | Texts | Numbers


@dataclass(frozen=True, slots=True)
class Limits:
    """A file beyond one of these is refused with the limit's name.

    `file_bytes` counts the file as it lies there, `unpacked_bytes` what its archive holds, `cells` and `columns` what is in its
    tables, `seconds` the time to read it, `memory_bytes` the address space of the process that reads it.
    """

    file_bytes: int = 200_000_000
    unpacked_bytes: int = 1_024_000_000
    cells: int = 30_000_000
    columns: int = 1_000
    seconds: float = 60
    memory_bytes: int = 3_072_000_000


#: Kind of a request that asks for no file, but whether all packages that any file may need can be imported.
TRY_PACKAGES: Final = "try packages"


@dataclass(frozen=True, slots=True)
class ReadingJob:
    """What to read, and how."""

    path: Path
    columns: Columns
    limits: Limits
    slowly: bool = False


class RefuseFile(Exception):
    """The file cannot be read; ends the reading of this file only."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class FoundInFile(NamedTuple):
    """A problem whose file and sheet go without saying."""

    row: int
    code: Code
    column: str | None = None
    value: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A table begins. `cells` are the texts of its header row, `positions` says which cell names which declared column.

    `first_column` is the spreadsheet column of the first cell, counted from 0. `given_back`: the job had added columns to the
    table when it gave that back; their texts are blank here.
    """

    sheet: str | None
    header_row: int
    cells: tuple[str, ...]
    positions: tuple[tuple[Column, int], ...]
    first_column: int = 0
    given_back: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """The next rows of the table opened last: row numbers (64 bit) and, by position, the columns that are not all blank.

    `numbered` says that every row has been seen to hold its record numbers; it stays in the process that reads.
    """

    rows: array[int]
    columns: tuple[tuple[int, Told | Joined], ...]
    blank: int
    findings: tuple[FoundInFile, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Hashed:
    """The first message: the bytes that are going to be read."""

    sha256: str


@dataclass(frozen=True, slots=True)
class EndOfFile:
    """The whole file was read, or `reason` says why not. `kind` is what the file is by its content, None where nobody knows.

    `untold` are the names of sheets in which something stands and no table was found. `correction` is what a correction file of
    the job has within itself, "" in any other file.
    """

    reason: Reason | None = None
    kind: FileKind | None = None
    untold: tuple[str, ...] = ()
    correction: str = ""


Message = Hashed | Opened | Part | EndOfFile

_BETWEEN = "\0"


class Joined(NamedTuple):
    """A column of texts as one text: a fraction of the room, and of the time on the way from one process to another."""

    text: str

    def texts(self) -> list[str]:
        """The cells."""
        return self.text.split(_BETWEEN)

    def length(self) -> int:
        """How many cells there are."""
        return self.text.count(_BETWEEN) + 1


def joined(column: Told) -> Told | Joined:
    """The column as one text; one that holds what stands between two cells stays as it is, and so do numbers."""
    if isinstance(column, array):
        return column
    text = _BETWEEN.join(column)
    return Joined(text) if text.count(_BETWEEN) == len(column) - 1 else list(column)


def spelled(column: Told | Joined) -> Sequence[str]:
    """The texts of a column."""
    if isinstance(column, Joined):
        return column.texts()
    return list(map(str, map(int, column))) if isinstance(column, array) else cast("Sequence[str]", column)


#: How a column of a part stands in its block.
_JOINED, _NUMBERS, _LISTED = "joined", "numbers", "listed"
_EXACT: Final = 2**53


def as_frame(message: Message) -> Frame:
    """A message for the way between two processes."""
    if isinstance(message, Hashed):
        return Frame("hashed", message.sha256)
    if isinstance(message, Opened):
        opened = message
        head = [opened.sheet, opened.header_row, opened.cells, opened.positions, opened.first_column, opened.given_back]
        return Frame("opened", head)
    if isinstance(message, Part):
        forms, blocks = zip(*(_block(column) for _, column in message.columns), strict=True) if message.columns else ((), ())
        places = [at for at, _ in message.columns]
        return Frame("part", [message.blank, places, forms, message.findings], (memoryview(message.rows), *blocks))
    reason = message.reason
    told = [reason.why, reason.detail, reason.sheet, reason.missing] if reason else None
    return Frame("done", [told, message.kind, message.untold, message.correction])


def _block(column: Told | Joined) -> tuple[str, bytes | memoryview]:
    packed = column if isinstance(column, Joined) else joined(column)
    if isinstance(packed, Joined):
        return _JOINED, packed.text.encode("utf-8", "replace")
    if isinstance(packed, array):
        return _NUMBERS, memoryview(packed)
    return _LISTED, json.dumps(list(packed), ensure_ascii=False).encode("utf-8", "replace")


def as_message(frame: Frame) -> Message:
    """The message that a frame holds.

    Raises:
        BrokenFrame: it holds none.
    """
    try:
        return _READ[frame.kind](frame)
    except (LookupError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BrokenFrame(f"{frame.kind}: {error}") from error


def _hashed(frame: Frame) -> Hashed:
    return Hashed(_text(frame.head))


def _opened(frame: Frame) -> Opened:
    sheet, header_row, cells, positions, first_column, given_back = _list(frame.head)
    cells = tuple(map(_text, _list(cells)))
    places = tuple((Column(_text(column)), _count(at, len(cells))) for column, at in map(_list, _list(positions)))
    return Opened(_text_or_none(sheet), _count(header_row), cells, places, _count(first_column), _flag(given_back))


def _part(frame: Frame) -> Part:
    blank, places, forms, findings = _list(frame.head)
    rows = array("q")
    rows.frombytes(frame.blocks[0])
    read = (_COLUMNS[_text(form)](bytes(block), len(rows)) for form, block in zip(_list(forms), frame.blocks[1:], strict=True))
    columns = tuple(zip(map(_count, _list(places)), read, strict=True))
    return Part(rows, columns, _count(blank), tuple(_finding(*_list(each)) for each in _list(findings)))


def _joined(block: bytes, count: int) -> Joined:
    column = Joined(str(block, "utf-8"))
    if column.length() != count:
        raise ValueError("a column of another length")
    return column


def _numbers(block: bytes, count: int) -> array[float]:
    import numpy as np  # noqa: PLC0415 - not for the process that reads

    values = np.frombuffer(block, dtype=np.float64)
    if len(values) != count or not ((np.trunc(values) == values) & (np.abs(values) < _EXACT)).all():
        raise ValueError("no column of whole numbers")
    return array("d", block)


def _listed(block: bytes, count: int) -> list[str]:
    texts = [_text(each) for each in _list(json.loads(block))]
    if len(texts) != count:
        raise ValueError("a column of another length")
    return texts


def _finding(row: object, code: object, column: object, value: object, hint: object) -> FoundInFile:
    return FoundInFile(_count(row), Code(_text(code)), _text_or_none(column), _text_or_none(value), _text_or_none(hint))


def _done(frame: Frame) -> EndOfFile:
    told, kind, untold, correction = _list(frame.head)
    reason = None if told is None else _reason(*_list(told))
    known = None if kind is None else FileKind(_text(kind))
    return EndOfFile(reason, known, tuple(map(_text, _list(untold))), _text(correction))


def _reason(why: object, detail: object, sheet: object, missing: object) -> Reason:
    return Reason(Why(_text(why)), _text(detail), _text(sheet), tuple(Column(_text(each)) for each in _list(missing)))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    value.encode()  # half of a pair of surrogates could be written nowhere
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _count(value: object, below: int = 2**62) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < below:
        raise ValueError("no count")
    return value


_READ: Final[dict[str, Callable[[Frame], Message]]] = {"hashed": _hashed, "opened": _opened, "part": _part, "done": _done}
_COLUMNS: Final[dict[str, Callable[[bytes, int], Joined | array[float] | list[str]]]] = {
    _JOINED: _joined,
    _NUMBERS: _numbers,
    _LISTED: _listed,
}
