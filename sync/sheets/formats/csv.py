"""CSV and its cousins."""

from __future__ import annotations

import csv
import io
import re
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, cast

from sync.domain.model import Column, Reason, Why
from sync.rows.columns import Header, parse_id
from sync.rows.header import find_header
from sync.sheets.cells import CellBatch, Grid, Marks, by_column
from sync.sheets.encoding import decode
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TextIO

    from sync.rows.columns import Columns

_DELIMITERS = ";,\t|"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[;,\t|]*(?:\r\n|\r|\n)', re.IGNORECASE)
#: How exports keep Excel from taking a text for a number; Excel shows what is inside.
_AS_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_SAMPLE_LINES = 300
_SAMPLE_CHARACTERS = 2**18
#: More columns than this cost pandas more time than they save.
_WIDEST = 1_000
#: Characters worked on at a time.
_BLOCK = 2**21
#: The byte order mark; programs that join files leave it in the middle of a text.
_MARK = "\ufeff"
#: Fewer characters are cut before pandas is imported.
_WORTH_PANDAS = 2**20
_SENTINEL = "\x01"
_END = "\x01end"


class _Layout(NamedTuple):
    delimiter: str
    header: Header | None


def read_delimited(data: bytes, columns: Columns) -> Iterator[Grid]:
    """The one grid of a text file.

    Raises:
        RefuseFile: unknown encoding; while reading: a quote that is never closed.
    """
    csv.field_size_limit(2**31 - 1)  # the limit of the file is ours, and refuses it as a whole
    decoded = decode(data, columns)
    head = decoded.text.read(_SAMPLE_CHARACTERS)
    decoded.text.seek(0)
    records = _Records(decoded.text, _layout(head, columns))
    yield Grid(None, records.batches(), Marks(mixed=set(decoded.mixed)), records=True)


def _layout(head: str, columns: Columns) -> _Layout:
    """The delimiter that shows a header; else the one that cuts the most lines into the same number of cells."""
    separator = _SEPARATOR_LINE.match(head)
    lines = list(io.StringIO(head, newline=""))[:_SAMPLE_LINES]
    best, best_score = _Layout(";", None), (-1, 0.0)
    for delimiter in dict.fromkeys((separator[1] if separator else "") + _DELIMITERS):
        records = list(_lenient(lines, delimiter))
        found = find_header(columns, records)
        rank = len(found.positions) + 2 if isinstance(found, Header) else int(found.why is not Why.NO_HEADER)
        score = (rank, _evenness([len(record) for record in records if record]))
        if score > best_score:
            best, best_score = _Layout(delimiter, found if isinstance(found, Header) else None), score
    return best


def _evenness(widths: list[int]) -> float:
    """The share of records that have the most frequent width, where that is not 1."""
    return max((widths.count(width) / len(widths) for width in set(widths) if width > 1), default=0.0)


def _lenient(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error:
        return


class _Records:
    """The records of a text file with the physical line on which each starts."""

    def __init__(self, text: TextIO, layout: _Layout) -> None:
        self._text = text
        self._delimiter = layout.delimiter
        self._header = layout.header
        self._line = 1

    def batches(self) -> Iterator[CellBatch]:
        """All records."""
        self._skip_separator_line()
        while block := self._text.read(_BLOCK):
            block += self._text.readline()
            batch = self._quickly(block) if len(block) >= _WORTH_PANDAS else None
            yield self._exactly(block) if batch is None else batch

    def _skip_separator_line(self) -> None:
        if _SEPARATOR_LINE.fullmatch(self._text.readline()):
            self._line = 2
        else:
            self._text.seek(0)

    def _quickly(self, block: str) -> CellBatch | None:
        """Lines that are one record each, all of the same length, cut by pandas in a third of the time; None for others.

        Every line gets one more cell. Where each record has that cell, and has it last, no record is shorter or longer,
        or ends on another line.
        """
        import pandas as pd  # noqa: PLC0415 - takes long to import

        lines = block.replace("\r\n", "\n").replace("\r", "\n")
        count = lines.count("\n") + (not lines.endswith("\n"))
        lines = lines.rstrip("\n")
        first = next(_lenient(lines.split("\n", 1)[:1], self._delimiter), [])
        if not 0 < len(first) <= _WIDEST or "\0" in lines or '="' in lines or lines.startswith(_MARK):  # pandas takes it off
            return None
        end = self._delimiter + _SENTINEL
        try:
            frame = pd.read_csv(
                io.BytesIO((lines.replace("\n", f"{end}\n") + end).encode()),
                sep=self._delimiter,
                names=list(range(len(first) + 1)),
                header=None,
                index_col=False,
                dtype=object,
                na_filter=False,
                skip_blank_lines=False,
                lineterminator="\n",
                low_memory=False,
            )
        except (ValueError, pd.errors.ParserWarning):
            return None
        if len(frame) != lines.count("\n") + 1 or not (frame[len(first)] == _SENTINEL).all():
            return None
        rows = range(self._line, self._line + len(frame))
        self._line += count
        texts = [cast("Sequence[str]", frame[at].to_numpy()) for at in range(len(first))]
        return CellBatch(rows, texts, texts=True)

    def _exactly(self, block: str) -> CellBatch:
        lines = list(io.StringIO(block, newline=""))
        reader = csv.reader(chain(lines, self._text), delimiter=self._delimiter, strict=True)
        rows, cells, before = [], [], 0
        while before < len(lines):
            try:
                record = next(reader)
            except csv.Error:
                record = self._one_line(lines[before : reader.line_num], self._line + before)
            if reader.line_num > before + 1:
                self._check_inner_lines(record, self._line + before)
            rows.append(self._line + before)
            cells.append([_AS_TEXT.sub(r"\1", cell) for cell in record] if '="' in "".join(record) else record)
            before = reader.line_num
        self._line += before
        return by_column(rows, cells)

    def _one_line(self, lines: list[str], number: int) -> list[str]:
        """The cells of a line with stray quotes, read as Excel does; quotes that swallow lines are not guessed at."""
        if len(lines) == 1:
            reader = csv.reader([lines[0].rstrip("\r\n") + "\n", _END], delimiter=self._delimiter)
            record = next(reader)
            if next(reader, None) == [_END]:
                return record
        raise RefuseFile(Reason(Why.UNCLOSED_QUOTE, str(number)))

    def _check_inner_lines(self, record: list[str], number: int) -> None:
        """A line inside quotes that is itself a record with both ids: the quote before it was meant to be a plain character."""
        if self._header is None:
            return
        positions = [self._header.positions[Column.APPOINTMENT], self._header.positions[Column.ADDRESS]]
        inner = [line for cell in record for line in list(io.StringIO(cell, newline=""))[1:]]
        for cells in _lenient(inner, self._delimiter):
            if len(cells) > max(positions) and all(isinstance(parse_id(cells[at]), int) for at in positions):
                raise RefuseFile(Reason(Why.UNCLOSED_QUOTE, str(number)))
