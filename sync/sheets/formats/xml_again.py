"""XML a second time, by another parser and row by row: what the second readings of OpenDocument and SpreadsheetML share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from lxml import etree

from sync.sheets.second_reading import InStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sync.sheets.cells import Cell


#: The parser takes no larger ones.
_PIECE = 2**20


class RowAgain(NamedTuple):
    """A row: which sheet it stands in, counted from 0, its number as the spreadsheet shows it, and its cells by column."""

    sheet: int
    number: int
    cells: Mapping[int, Cell]


class CellsAgain(Mapping[int, "Cell"]):
    """The cells of a row by column, each read when it is asked for: most columns of most tables never are."""

    __slots__ = ("_cells", "_value")

    def __init__(self, cells: Mapping[int, etree._Element], value: Callable[[etree._Element], Cell]) -> None:
        self._cells = cells
        self._value = value

    def __getitem__(self, column: int) -> Cell:
        return self._value(self._cells[column])

    def __iter__(self) -> Iterator[int]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def get(self, column: int, default: object = None) -> Cell:  # noqa: ARG002 - quicker than the one that is inherited
        """The cell, None where there is none."""
        cell = self._cells.get(column)
        return None if cell is None else self._value(cell)


class SheetsAgain:
    """All sheets of a file in one go; they are asked for in their order, each when the one before is done."""

    def __init__(self, rows: Iterable[RowAgain]) -> None:
        self._coming = iter(rows)
        self._ahead = next(self._coming, None)

    def sheet(self, index: int) -> InStep:
        """The second reading of one sheet."""
        return InStep(self._rows(index))

    def _rows(self, index: int) -> Iterator[tuple[int, Mapping[int, Cell]]]:
        while self._ahead and self._ahead.sheet < index:
            self._ahead = next(self._coming, None)
        while self._ahead and self._ahead.sheet == index:
            yield self._ahead.number, self._ahead.cells
            self._ahead = next(self._coming, None)


def elements(pieces: Iterable[bytes], tags: Sequence[str], encoding: str | None = None) -> Iterator[tuple[str, etree._Element]]:
    """The elements with some tags, as they begin and end; what cannot be parsed is left out, as the first parser refuses it."""
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=[f"{{*}}{tag}" for tag in tags],
        encoding=encoding,
        recover=True,
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    for piece in pieces:
        for at in range(0, len(piece), _PIECE):
            parser.feed(piece[at : at + _PIECE])
            yield from cast("Iterator[tuple[str, etree._Element]]", parser.read_events())  # noqa: SLF001 - it has no other name


def let_go_before(element: etree._Element) -> None:
    """Frees everything before an element that nobody holds."""
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)


class _LocalNames(dict[str, str]):
    """Tags and names of attributes without namespaces and prefixes, each worked out once."""

    def __missing__(self, name: str) -> str:
        self[name] = name.rpartition("}")[2].rpartition(":")[2]
        return self[name]


LOCAL_NAMES = _LocalNames()


def local_name(element: etree._Element) -> str:
    """The name without namespace or prefix."""
    return LOCAL_NAMES[str(element.tag)]


def attributes_of(element: etree._Element) -> dict[str, str]:
    """The attributes by their names without namespaces."""
    return {LOCAL_NAMES[name]: value for name, value in cast("list[tuple[str, str]]", element.items())}


def count(attributes: Mapping[str, str], name: str, default: int = 1) -> int:
    """An attribute that counts something."""
    text = attributes.get(name, "")
    return min(int(text[:20]), 2**20) if text.isascii() and text.isdigit() else default
