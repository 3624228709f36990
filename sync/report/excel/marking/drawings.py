"""Where pictures and charts lie on a sheet, so that nothing is written below them."""

from __future__ import annotations

from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from sync.report.excel.marking.package import Package

_DRAWING: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"
_XDR: Final = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
#: A column of the usual width and a row of the usual height, in the unit of drawings.
_COLUMN: Final = 609_600
_ROW: Final = 190_500
#: Nobody has more or wider ones; looking at them all would take forever.
_MOST: Final = 10_000
_WIDEST: Final = 500


def below_drawings(package: Package, path: str, first: int, last: int) -> set[int]:
    """The columns, counted from 0, over which pictures and charts of a sheet lie between two rows."""
    return {
        column
        for left, right, top, bottom in islice(_areas(package, path), _MOST)
        if top < last and bottom >= first - 1
        for column in range(left, min(right, left + _WIDEST) + 1)
    }


def _areas(package: Package, path: str) -> Iterator[tuple[int, int, int, int]]:
    """First and last column, first and last row of every drawing, counted from 0."""
    for relation in package.relations(path):
        if relation.kind != _DRAWING or relation.path not in package:
            continue
        for anchor in package.look(relation.path):
            start = anchor.find(f"{_XDR}from")
            if start is not None:
                left, top = _place(start)
                right, bottom = _end(anchor, left, top)
                yield left, right, top, bottom


def _end(anchor: _Element, left: int, top: int) -> tuple[int, int]:
    end, size = anchor.find(f"{_XDR}to"), anchor.find(f"{_XDR}ext")
    if end is not None:
        return _place(end)
    if size is None:
        return left, top
    return left + ceil(int(size.get("cx", "0")) / _COLUMN), top + ceil(int(size.get("cy", "0")) / _ROW)


def _place(marker: _Element) -> tuple[int, int]:
    return int(marker.findtext(f"{_XDR}col") or 0), int(marker.findtext(f"{_XDR}row") or 0)
