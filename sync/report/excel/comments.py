"""Comments on the cells of one worksheet, beside those that are there: their texts, and the boxes that show them."""

from __future__ import annotations

import re
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

from lxml import etree

from sync.report.excel.workbook import (
    MAIN,
    ORDER,
    RELATIONS,
    XML_SPACE,
    Unmarkable,
    column_of,
    default_namespace,
    parse,
    put_in_order,
    row_of,
    writable,
)
from sync.rows.columns import letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lxml.etree import _Element

    from sync.report.excel.workbook import Package, Relation, Worksheet


_KIND: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_COMMENTS_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE: Final = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_V: Final = "{urn:schemas-microsoft-com:vml}"
_X: Final = "{urn:schemas-microsoft-com:office:excel}"
_NEW_VML: Final = b"""<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"
 xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout>
</xml>"""
_SHAPE_TYPE: Final = (
    '<v:shapetype xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPE: Final = (
    '<v:shape xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel" id="_x0000_s{number}" type="#_x0000_t202" '
    'style="position:absolute;visibility:hidden" fillcolor="#fff7db" o:insetmode="auto"><v:fill color2="#fff7db"/>'
    '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"/></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_SHAPE_NUMBER: Final = re.compile(r"_s([0-9]{1,9})$")
_LETTERS_PER_LINE: Final = 44
_LINE_PIXELS: Final = 17
_BOX_PIXELS: Final = 290


class Comment(NamedTuple):
    """What to say at a cell; the row as the spreadsheet shows it, the column counted from 0."""

    row: int
    column: int
    text: str

    @property
    def reference(self) -> str:
        """The cell as `B7`."""
        return f"{letters(self.column)}{self.row}"


class Comments:
    """The comments of one sheet. `author` marks those of an earlier run, which go."""

    def __init__(self, package: Package, path: str, sheet: Worksheet, author: Sequence[str]) -> None:
        self._package, self._path, self._sheet, self._author = package, path, sheet, author
        self._texts = self._related("comments")
        self._boxes = self._legacy()

    def write(self, new: Sequence[Comment]) -> None:
        """Add comments; a cell that has one of somebody else's keeps that."""
        if self._texts is not None:
            self._remove_own()
        if not new:
            return
        texts, boxes = self._open_texts(), self._open_boxes()
        listed, number = _comment_list(texts), _author(texts, self._author[0])
        taken = {comment.get("ref") for comment in listed}
        first, widths = _first_number(boxes), self._sheet.pixels()
        for at, comment in enumerate(each for each in _joined(new) if each.reference not in taken):
            listed.append(_text(comment, number))
            boxes.append(self._box(comment, first + at, widths))
        listed[:] = sorted(listed, key=lambda each: (row_of(each.get("ref", "A1")), column_of(each.get("ref", "A1"))))

    def _related(self, word: str) -> Relation | None:
        return next((each for each in self._package.relations(self._path) if each.kind == _KIND + word and each.path), None)

    def _legacy(self) -> str | None:
        """The part with the boxes, which form controls share."""
        element = self._sheet.root.find(f"{MAIN}legacyDrawing")
        if element is None:
            return None
        number = element.get(f"{RELATIONS}id")
        found = next((each.path for each in self._package.relations(self._path) if each.id == number), None)
        if not found:
            raise Unmarkable("legacyDrawing")
        return found

    def _open_texts(self) -> _Element:
        if self._texts is not None:
            return self._package.edit(self._texts.path)
        root = etree.Element(f"{MAIN}comments", nsmap=default_namespace(MAIN))
        path = self._package.add("xl/comments", ".xml", _COMMENTS_TYPE, root)
        self._package.relate(self._path, f"{_KIND}comments", path)
        return root

    def _open_boxes(self) -> _Element:
        if self._boxes is not None:
            boxes = self._package.edit(self._boxes)
        else:
            boxes = parse(_NEW_VML)
            path = self._package.add("xl/drawings/vmlDrawing", ".vml", _VML_TYPE, boxes)
            number = self._package.relate(self._path, f"{_KIND}vmlDrawing", path)
            element = etree.Element(f"{MAIN}legacyDrawing", {f"{RELATIONS}id": number}, nsmap={"r": RELATIONS[1:-1]})
            put_in_order(self._sheet.root, element, ORDER)
        if boxes.find(f"{_V}shapetype[@id='_x0000_t202']") is None:
            boxes.append(etree.fromstring(_SHAPE_TYPE))
        return boxes

    def _remove_own(self) -> None:
        """Take away what an earlier run said."""
        if self._texts is None:
            return
        root = self._package.look(self._texts.path)
        authors = [author.text for author in root.iterfind(f"{MAIN}authors/{MAIN}author")]
        own = {str(at) for at, author in enumerate(authors) if author in self._author}
        gone = [comment for comment in _comment_list(root) if comment.get("authorId") in own]
        if not gone:
            return
        root = self._package.edit(self._texts.path)
        places = {(str(row_of(each.get("ref", "A1")) - 1), str(column_of(each.get("ref", "A1")))) for each in gone}
        for comment in gone:
            _comment_list(root).remove(comment)
        for shape in self._package.edit(self._boxes).findall(f"{_V}shape") if self._boxes else ():
            data = shape.find(f"{_X}ClientData")
            if data is not None and (data.findtext(f"{_X}Row"), data.findtext(f"{_X}Column")) in places:
                shape.getparent().remove(shape)  # type: ignore[union-attr] # it has one

    def _box(self, comment: Comment, number: int, widths: Callable[[int], float]) -> _Element:
        """A box right of the cell, as wide and tall as its text needs."""
        lines = 1 + sum(1 + len(part) // _LETTERS_PER_LINE for part in comment.text.split("\n"))
        left, top = comment.column + 1, max(comment.row - 2, 0)
        right, right_rest = _reach(left, _BOX_PIXELS, widths)
        bottom, bottom_rest = _reach(top, lines * _LINE_PIXELS + 12, lambda row: self._sheet.height(row + 1) * 4 / 3)
        anchor = f"{left}, 15, {top}, 4, {right}, {right_rest}, {bottom}, {bottom_rest}"
        return etree.fromstring(_SHAPE.format(number=number, anchor=anchor, row=comment.row - 1, column=comment.column))


def _joined(comments: Iterable[Comment]) -> list[Comment]:
    """One comment for each cell."""
    by_cell: dict[tuple[int, int], list[str]] = {}
    for comment in comments:
        by_cell.setdefault((comment.row, comment.column), []).append(comment.text)
    return [Comment(*cell, "\n".join(dict.fromkeys(texts))) for cell, texts in by_cell.items()]


def _reach(start: int, pixels: float, size: Callable[[int], float]) -> tuple[int, int]:
    """Which row or column something ends in that is so many pixels long, and how far within."""
    at = start
    while pixels > (here := max(size(at), 1.0)) and at < start + 60:
        pixels -= here
        at += 1
    return at, int(min(pixels, size(at)))


def _comment_list(root: _Element) -> _Element:
    listed = root.find(f"{MAIN}commentList")
    return etree.SubElement(root, f"{MAIN}commentList") if listed is None else listed


def _author(root: _Element, name: str) -> str:
    """The number of the author, who is added where missing."""
    authors = root.find(f"{MAIN}authors")
    if authors is None:
        authors = etree.Element(f"{MAIN}authors")
        root.insert(0, authors)
    for at, author in enumerate(authors):
        if author.text == name:
            return str(at)
    etree.SubElement(authors, f"{MAIN}author").text = name
    return str(len(authors) - 1)


def _text(comment: Comment, author: str) -> _Element:
    element = etree.Element(f"{MAIN}comment", ref=comment.reference, authorId=author)
    run = etree.SubElement(etree.SubElement(element, f"{MAIN}text"), f"{MAIN}r")
    properties = etree.SubElement(run, f"{MAIN}rPr")
    etree.SubElement(properties, f"{MAIN}sz", val="9")
    etree.SubElement(properties, f"{MAIN}color", indexed="81")
    etree.SubElement(properties, f"{MAIN}rFont", val="Arial")
    held = etree.SubElement(run, f"{MAIN}t")
    held.text = writable(comment.text)
    held.set(XML_SPACE, "preserve")
    return element


def _first_number(boxes: _Element) -> int:
    numbers = [int(match[1]) for shape in boxes.iter(f"{_V}shape") if (match := _SHAPE_NUMBER.search(shape.get("id", "")))]
    return max([1024, *numbers]) + 1


# Where pictures and charts lie on a sheet, so that nothing is written below them.


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
