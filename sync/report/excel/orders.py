"""What the confined process that writes for droppers is asked, in frames; and what every copy has, however it is written."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from itertools import compress, islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from sync.confined.child import Frame
from sync.domain.model import Column, Verdict
from sync.i18n import Language, number, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


#: Thousands of comments make a workbook slow to open; the reason stands in its column anyway.
MOST_COMMENTS: Final = 2_000
#: The added columns with their widths.
ADDED: Final[tuple[tuple[str, int], ...]] = (
    ("column.added.verdict", 22),
    ("column.added.reason", 46),
    ("column.added.step", 46),
)
#: Those with what a table itself lacks, see `ReturnedTable.beside`.
BESIDE: Final[Mapping[str, tuple[str, int]]] = {"when": ("column.added.when", 22), "name": ("column.added.name", 22)}


@dataclass(frozen=True, slots=True)
class ReturnedTable:
    """One table of a file: its headers as they stand there, and where each declared column is among them.

    `beside` are the columns that it lacks and of which onOffice tells something, of `when` and `name`.
    """

    sheet: str | None
    header_row: int
    last_row: int
    headers: tuple[str, ...]
    columns: Mapping[Column, int]
    beside: tuple[str, ...] = ()

    def header(self, column: Column) -> str:
        """The header of a declared column."""
        return self.headers[self.columns[column]]


class Saying(NamedTuple):
    """What is said about a row; thousands of rows may say the same. See `RowReport`."""

    verdict: Verdict
    reason: str
    step: str
    wrong: Mapping[int, str]
    for_a_person: bool
    filled: Mapping[Column, tuple[str, ...]]


class RowReport(NamedTuple):  # no dataclass: there may be a million of them, and this is four times as quick
    """One row: its cells in the order of the headers, what the run concluded, and which cells, by position, are wrong and why.

    `filled` are cells that a correction file has filled in: what onOffice has by now, so that who drops the row has seen it, and
    numbers that are suggested. Of several texts a person chooses; the cell is blank. `beside` is who and when the row is about,
    as far as its table has columns for it.
    """

    row: int
    cells: tuple[str, ...]
    verdict: Verdict
    reason: str
    step: str
    wrong: Mapping[int, str]
    for_a_person: bool
    filled: Mapping[Column, tuple[str, ...]]
    beside: tuple[str, ...] = ()


class Piece(NamedTuple):
    """Some thousand rows of a table, by column. `said` tells for each row which of the `sayings` is its own."""

    rows: Sequence[int]
    cells: Sequence[Sequence[str]]
    said: Sequence[int]
    sayings: Sequence[Saying]
    beside: Sequence[Sequence[str]]

    def for_a_person(self) -> Piece:
        """Those of the rows that somebody has to correct."""
        chosen = [self.sayings[at].for_a_person for at in self.said]
        cells, beside = ([[*compress(column, chosen)] for column in columns] for columns in (self.cells, self.beside))
        return Piece([*compress(self.rows, chosen)], cells, [*compress(self.said, chosen)], self.sayings, beside)


@dataclass(frozen=True, slots=True)
class ReportedRows:
    """The rows of a table as they go over, in `pieces` of JSON: a row itself is made when somebody asks for it."""

    count: int = 0
    pieces: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> ReportedRows:
        """Rows in their order."""
        count, packed = 0, []
        for piece in pieces:
            if piece.rows:
                count += len(piece.rows)
                packed.append(json.dumps(piece, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
        return cls(count, tuple(packed))

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[RowReport]:
        for piece in self.pieces:
            rows, cells, said, sayings, beside = json.loads(piece)
            known = [_as_saying(each) for each in sayings]
            own, about = (zip(*some, strict=True) if some else repeat((), len(rows)) for some in (cells, beside))
            for row, texts, at, who in zip(rows, own, said, about, strict=True):
                verdict, reason, step, wrong, for_a_person, filled = known[at]
                yield RowReport(row, texts, verdict, reason, step, wrong, for_a_person, filled, who)


#: A table and its rows, in their order.
Part = tuple[ReturnedTable, ReportedRows]


#: The kinds of frames: the question; a correction file with the number of its rows; a marked copy with what it does without; that
#: the disk failed, with the number of the error.
ORDERS: Final = "orders"
CORRECTED: Final = "corrected"
MARKED: Final = "marked"
DISK: Final = "disk"


@dataclass(frozen=True, slots=True)
class Order:
    """What to write about one file, called `name` by people.

    `source` is where the workbook lies that is to be marked inside; None where a new workbook shall say what `anew` says of
    itself. `written` is the line about run and original. Where `mark` is not set, there are only the rows for a person.
    `identity` is what its correction file has within itself, by which the job knows it again.
    """

    name: str
    identity: str
    written: str
    anew: str
    language: Language
    parts: tuple[Part, ...]
    source: Path | None = None
    correct: bool = True
    mark: bool = True

    @property
    def rows(self) -> int:
        """How many rows there are to tell."""
        return sum(len(rows) for _, rows in self.parts)


def comments_left_out() -> str:
    """That a sheet has more wrong cells than comments."""
    return text("returned.comments_left_out", count=number(MOST_COMMENTS))


def drop_down_texts(words: Sequence[str]) -> tuple[str, str]:
    """Title and text of the warning about other words."""
    return text("returned.allowed"), text("returned.choose", words=", ".join(words))


def as_frame(orders: Iterable[Order], scratch: Path) -> Frame:
    """The question; `scratch` is a folder for what is needed for a moment."""
    some = list(orders)
    # as bytes: not every name of a file is a text that JSON can say
    places = [b"" if order.source is None else os.fsencode(order.source) for order in some]
    pieces = (piece for order in some for _, rows in order.parts for piece in rows.pieces)
    return Frame(ORDERS, [_head(order) for order in some], (os.fsencode(scratch), *places, *pieces))


def from_frame(frame: Frame) -> tuple[list[Order], Path]:
    """What `as_frame` has said."""
    heads = cast("list[list[Any]]", frame.head)  # from the process that started this one
    blocks = map(bytes, frame.blocks)
    scratch, *places = map(os.fsdecode, islice(blocks, 1 + len(heads)))
    return [_order(head, Path(place) if place else None, blocks) for head, place in zip(heads, places, strict=True)], Path(
        scratch
    )


def _head(order: Order) -> list[object]:
    parts = [[_table(table), len(rows), len(rows.pieces)] for table, rows in order.parts]
    return [order.name, order.identity, order.written, order.anew, order.language, order.correct, order.mark, parts]


def _order(head: Sequence[Any], source: Path | None, blocks: Iterator[bytes]) -> Order:
    name, identity, written, anew, language, correct, mark, parts = head
    some = tuple((_as_table(table), ReportedRows(count, tuple(islice(blocks, pieces)))) for table, count, pieces in parts)
    return Order(name, identity, written, anew, Language(language), some, source, correct, mark)


def _table(table: ReturnedTable) -> list[object]:
    return [table.sheet, table.header_row, table.last_row, table.headers, table.columns, table.beside]


def _as_table(head: Sequence[Any]) -> ReturnedTable:
    sheet, header_row, last_row, headers, columns, beside = head
    declared = {Column(column): at for column, at in columns.items()}
    return ReturnedTable(sheet, header_row, last_row, tuple(headers), declared, tuple(beside))


def _as_saying(head: Sequence[Any]) -> Saying:
    verdict, reason, step, wrong, for_a_person, filled = head
    mistakes = {int(position): comment for position, comment in wrong.items()}
    fresh = {Column(column): tuple(texts) for column, texts in filled.items()}
    return Saying(Verdict(verdict), reason, step, mistakes, for_a_person, fresh)
