"""OpenDocument spreadsheets a second time: each row as a whole, by another parser than the first reading's."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sync.sheets.cells import ERROR, as_float
from sync.sheets.formats.xml_again import (
    LOCAL_NAMES,
    CellsAgain,
    RowAgain,
    attributes_of,
    count,
    elements,
    let_go_before,
    local_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lxml import etree

    from sync.sheets.cells import Cell

_NUMBERS = frozenset({"float", "percentage", "currency"})
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_MOST_COLUMNS = 16_384
_UNSEEN = frozenset({"annotation", "note", "ruby-text", "frame", "g", "custom-shape", "control", "line", "rect", "object"})
_SIGNS = {"tab": "\t", "line-break": "\n"}


def rows_again(pieces: Iterable[bytes]) -> Iterator[RowAgain]:
    """Every row of every sheet, but for repeated blank ones."""
    sheet, number = -1, 0
    parent: etree._Element | None = None
    in_sheet = False
    for event, element in elements(pieces, ("table", "table-row")):
        if local_name(element) == "table":
            if _is_sheet(element):
                sheet, number = (sheet + 1, 0) if event == "start" else (sheet, number)
        elif event == "end":
            if parent is not element.getparent():
                parent, in_sheet = element.getparent(), _stands_in_sheet(element)
            if in_sheet:
                repeated = max(1, count(attributes_of(element), "number-rows-repeated"))
                if repeated == 1 or not all(map(_is_blank, element)):
                    cells = _cells(element)
                    yield from (RowAgain(sheet, number + at, cells) for at in range(1, repeated + 1))
                number += repeated
                let_go_before(element)


def _is_sheet(table: etree._Element) -> bool:
    """Whether a table is a sheet of its own: not part of anything else, nor kept of another file."""
    above = [local_name(each) for each in table.iterancestors()]
    whole = above[:2] == ["spreadsheet", "body"] and len(above) == len(("spreadsheet", "body", "document"))
    name = _attributes(table).get("name", "")
    quoted = name.startswith("'") and "'#" in name and ":" in name.partition("'#")[0].partition("/")[0]
    return whole and not quoted


def _stands_in_sheet(row: etree._Element) -> bool:
    for above in row.iterancestors():
        name = local_name(above)
        if name == "table":
            return _is_sheet(above)
        if not name.startswith("table-"):
            return False
    return False


def _cells(row: etree._Element) -> Mapping[int, Cell]:
    cells: dict[int, etree._Element] = {}
    column = 0
    key = f"{row.tag!s}".replace("table-row", "number-columns-repeated")
    for cell in row:
        if LOCAL_NAMES[cell.tag] not in _CELLS:
            continue
        times = cell.get(key)
        if times is None:
            cells[column] = cell
            column += 1
            continue
        repeated = max(1, count({"": str(times)}, ""))
        if not _is_blank(cell):
            cells |= dict.fromkeys(range(column, min(column + repeated, _MOST_COLUMNS)), cell)
        column += repeated
    return CellsAgain(cells, _value)


def _is_blank(cell: etree._Element) -> bool:
    return _value(cell) in (None, "")


class _Names(dict[str, str]):
    """Names of attributes, each worked out once; those that extend the format are named `calcext:`."""

    def __missing__(self, key: str) -> str:
        space, _, name = key.rpartition("}")
        self[key] = f"calcext:{name}" if space.endswith("calcext:1.0") else name
        return self[key]


_NAMES = _Names()


def _attributes(element: etree._Element) -> dict[str, str]:
    return {_NAMES[key]: value for key, value in cast("list[tuple[str, str]]", element.items())}


def _value(cell: etree._Element) -> Cell:
    attributes = _attributes(cell)
    kind, formula = attributes.get("value-type"), attributes.get("formula")
    if kind == "float" and not formula and "value" in attributes:
        return _number(attributes["value"])
    shown = _shown(cell)
    if attributes.get("calcext:value-type") == "error" or (formula and ERROR.fullmatch(shown)):
        return None
    if kind == "boolean" or (formula and formula.upper() in {"OF:=TRUE()", "OF:=FALSE()"}):
        return attributes.get("boolean-value") == "true" if kind == "boolean" else "TRUE" in str(formula).upper()
    if kind in _NUMBERS:
        return _number(attributes.get("value", shown))
    if kind == "date":
        return attributes.get("date-value", shown)
    return attributes.get("string-value") or shown


def _number(text: str) -> Cell:
    try:
        return as_float(text)
    except ValueError:
        return text


def _shown(cell: etree._Element) -> str:
    if len(cell) == 1 and not len(cell[0]) and LOCAL_NAMES[str(cell[0].tag)] == "p":
        return cell[0].text or ""
    return "\n".join(_line(each) for each in cell if local_name(each) == "p")


def _line(paragraph: etree._Element) -> str:
    """The text that a paragraph shows."""
    pieces = [paragraph.text or ""]
    for each in paragraph:
        name = local_name(each)
        if name == "s":
            pieces.append(" " * min(count(_attributes(each), "c"), 1_000))
        elif name in _SIGNS:
            pieces.append(_SIGNS[name])
        elif name not in _UNSEEN:
            pieces.append(_line(each))
        pieces.append(each.tail or "")
    return "".join(pieces)
