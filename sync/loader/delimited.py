"""CSV and its cousins."""

from __future__ import annotations

import csv
import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from sync.columns import Header, parse_id
from sync.loader.cells import BATCH_CELLS, Batch, Grid, Marks
from sync.loader.encoding import decode
from sync.loader.messages import RefuseFile
from sync.model import Column, Reason, Why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from sync.columns import Columns

_DELIMITERS = ";,\t|"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[;,\t|]*[\r\n]*', re.IGNORECASE)
_SAMPLE_LINES = 300
_SAMPLE_CHARACTERS = 2**18
_SENTINEL = "\x00end"


class _Layout(NamedTuple):
    delimiter: str
    header: Header | None


def read_delimited(data: bytes, columns: Columns) -> Iterator[Grid]:
    """The one grid of a text file.

    Raises:
        RefuseFile: unknown encoding; while reading: a quote that is never closed.
    """
    decoded = decode(data)
    head = decoded.text.read(_SAMPLE_CHARACTERS)
    decoded.text.seek(0)
    layout = _layout(head, columns)
    records = _Records(decoded.text, layout)
    yield Grid(None, records.batches(), Marks(mixed=set(decoded.mixed)), records=True)


def _layout(head: str, columns: Columns) -> _Layout:
    """The delimiter that shows a header; else the one that cuts the most lines into the same number of cells."""
    separator = _SEPARATOR_LINE.match(head)
    lines = head.splitlines(keepends=True)[:_SAMPLE_LINES]
    best, best_score = _Layout(";", None), (-1, 0.0)
    for delimiter in dict.fromkeys((separator[1] if separator else "") + _DELIMITERS):
        records = list(_lenient(lines, delimiter))
        found = columns.find_header(records)
        header = found if isinstance(found, Header) else None
        rank = len(found.positions) + 2 if isinstance(found, Header) else int(found.why is not Why.NO_HEADER)
        score = (rank, _evenness([len(record) for record in records if record]))
        if score > best_score:
            best, best_score = _Layout(delimiter, header), score
    return best


def _evenness(widths: list[int]) -> float:
    """How many records have the most frequent width, where that is not 1."""
    return max((widths.count(width) / len(widths) for width in set(widths) if width > 1), default=0.0)


def _lenient(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error:
        return


class _Records:
    """The records of a text file with the physical line on which each starts."""

    def __init__(self, text: TextIO, layout: _Layout) -> None:
        self._layout = layout
        self._kept: list[str] = []
        self._lines = self._keeping(text)
        self._reader = csv.reader(self._lines, delimiter=layout.delimiter, strict=True)

    def batches(self) -> Iterator[Batch]:
        """All records in batches."""
        records = self._numbered()
        size = max(1, BATCH_CELLS // max(1, len(self._layout.header.cells) if self._layout.header else 10))
        while batch := list(islice(records, size)):
            rows, cells = zip(*batch, strict=True)
            yield Batch(rows, list(cells))

    def _keeping(self, text: TextIO) -> Iterator[str]:
        """The lines, each kept until its record is complete."""
        for line in text:
            self._kept.append(line)
            yield line

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        reader, kept = self._reader, self._kept
        start = 1
        while True:
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error:
                record = self._one_line(start)
            if len(kept) > 1:
                self._check_inner_lines(start)
            if start > 1 or not _SEPARATOR_LINE.fullmatch(kept[0]):
                yield start, record
            start += len(kept)
            kept.clear()

    def _one_line(self, start: int) -> list[str]:
        """The cells of a line with stray quotes, read as Excel does; quotes that swallow lines are not guessed at."""
        if len(self._kept) == 1:
            reader = csv.reader([self._kept[0].rstrip("\r\n") + "\n", _SENTINEL], delimiter=self._layout.delimiter)
            record = next(reader)
            if next(reader, None) == [_SENTINEL]:
                return record
        raise RefuseFile(Reason(Why.UNCLOSED_QUOTE, str(start)))

    def _check_inner_lines(self, start: int) -> None:
        """A line inside quotes that is itself a record with both ids: the quote before it was meant to be a plain character."""
        header = self._layout.header
        if header is None:
            return
        positions = [header.positions[Column.APPOINTMENT], header.positions[Column.ADDRESS]]
        for cells in _lenient(self._kept[1:], self._layout.delimiter):
            if len(cells) == len(header.cells) and all(isinstance(parse_id(cells[at]), int) for at in positions):
                raise RefuseFile(Reason(Why.UNCLOSED_QUOTE, str(start)))
