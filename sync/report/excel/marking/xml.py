"""XML parts of a workbook: parsed without entities, with elements put where the schema wants them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from sync.report.excel.cell_text import cell_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element

MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATIONS: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
XML_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_LETTERS: Final = re.compile("[A-Z]+")
#: Excel reads _x000D_ in a text as the character with that number.
_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


class Unmarkable(Exception):
    """The workbook is written in a way that this package does not change."""


class PartTooLarge(Unmarkable):
    """Marking the workbook would take too long and too much memory."""


def parse(data: bytes) -> _Element:
    """A part as elements.

    Raises:
        Unmarkable: it is no XML in UTF-8, or declares a document type, which no spreadsheet program does.
    """
    if b"<!DOCTYPE" in data or b"\0" in data:
        raise Unmarkable("DOCTYPE")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Unmarkable(str(error)) from error
    return root


def serialised(root: _Element) -> bytes:
    """A part as it is stored."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def writable(text: str) -> str:
    """A text as XML and Excel take it for itself."""
    return _ESCAPED.sub("_x005F_", cell_text(text))


def default_namespace(name: str) -> dict[str, str]:
    """Let elements of a namespace, given as `{...}`, be written without a prefix."""
    return cast("dict[str, str]", {None: name[1:-1]})  # lxml wants None, its stubs do not know


def put_in_order(root: _Element, element: _Element, order: Sequence[str]) -> None:
    """Insert an element before the first one that comes later in `order`, names without namespace."""
    rank = {f"{MAIN}{name}": at for at, name in enumerate(order)}
    own = rank[str(element.tag)]
    for at, other in enumerate(root):
        if rank.get(str(other.tag), -1) > own:
            root.insert(at, element)
            return
    root.append(element)


def count_children(element: _Element) -> None:
    """Keep the number of children that some lists carry."""
    if "count" in element.attrib:
        element.set("count", str(len(element)))


def column_of(reference: str) -> int:
    """The column of a cell reference such as `AB12`, counted from 0."""
    match = _LETTERS.match(reference)
    if match is None:
        raise Unmarkable(reference)
    number = 0
    for letter in match[0]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def row_of(reference: str) -> int:
    """The row of a cell reference such as `AB12`."""
    return int(reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def area(reference: str) -> tuple[int, int, int, int]:
    """First row, first column, last row, last column of `B2:D9`, of a single cell, or of whole rows or columns."""
    first, _, last = reference.replace("$", "").partition(":")
    last = last or first
    return (_row(first, 1), _column(first, 0), _row(last, 1_048_576), _column(last, 16_383))


def _row(reference: str, default: int) -> int:
    digits = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits) if digits else default


def _column(reference: str, default: int) -> int:
    return column_of(reference) if _LETTERS.match(reference) else default
