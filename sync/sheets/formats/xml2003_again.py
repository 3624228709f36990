"""SpreadsheetML a second time: each row as a whole, by another parser than the first reading's."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from collections.abc import Iterator, Mapping

    from lxml import etree

    from sync.sheets.cells import Cell


_CONTROL = {0xE000 + code: code for code in range(ord(" "))}


def rows_again(data: bytes, encoding: str | None) -> Iterator[RowAgain]:
    """Every row of every sheet that holds anything."""
    sheet, top, left, number = -1, 0, 0, 0
    for event, element in elements([data], ("Worksheet", "Table", "Row"), encoding):
        name = local_name(element)
        if event == "start" and name == "Worksheet":
            sheet += 1
            top = left = number = 0
        elif event == "start" and name == "Table":
            attributes = attributes_of(element)
            top, left = (max(1, count(attributes, side)) - 1 for side in ("TopCell", "LeftCell"))
            number = top
        elif event == "end" and name == "Row":
            attributes = attributes_of(element)
            number = top + count(attributes, "Index") if "Index" in attributes else number + 1
            if cells := _cells(element, left):
                yield RowAgain(sheet, number, cells)
            number += count(attributes, "Span", 0)
            let_go_before(element)


def _cells(row: etree._Element, left: int) -> Mapping[int, Cell]:
    cells: dict[int, etree._Element] = {}
    column = left
    for cell in row:
        if LOCAL_NAMES[cell.tag] != "Cell":
            continue
        if attributes := attributes_of(cell):
            column = left + count(attributes, "Index") - 1 if "Index" in attributes else column
        cells[column] = cell
        column += 1 + count(attributes, "MergeAcross", 0) if attributes else 1
    return CellsAgain(cells, _value)


def _value(cell: etree._Element) -> Cell:
    data = next((each for each in cell if local_name(each) == "Data"), None)
    if data is None:
        return None
    formula = "Formula" in attributes_of(cell)
    kind, text = attributes_of(data).get("Type"), "".join(map(str, data.itertext())) if len(data) else data.text or ""
    if kind == "Error" or (formula and ERROR.fullmatch(text)):
        return None
    if kind == "Boolean":
        return text == "1"
    if kind == "DateTime":
        day, _, clock = text.partition("T")
        return day if clock in {"", "00:00:00.000", "00:00:00"} else f"{day}T{clock.removesuffix('.000')}"
    try:
        return as_float(text) if kind == "Number" else _shown(text)
    except ValueError:
        return text


def _shown(text: str) -> str:
    """A text with its control characters, see `spreadsheetml.without_control_characters`."""
    return text if text.isascii() else text.translate(_CONTROL)
