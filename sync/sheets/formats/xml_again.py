"""OpenDocument and SpreadsheetML a second time: row by row, each as a whole, by another parser than the first reading's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from lxml import etree

from sync.sheets.cells import ERROR, RowAgain, as_float

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sync.sheets.cells import Cell


#: The parser takes no larger ones.
_PIECE = 2**20


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


_NUMBERS = frozenset({"float", "percentage", "currency"})
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_MOST_COLUMNS = 16_384
_UNSEEN = frozenset({"annotation", "note", "ruby-text", "frame", "g", "custom-shape", "control", "line", "rect", "object"})
_SIGNS = {"tab": "\t", "line-break": "\n"}


def opendocument_rows_again(pieces: Iterable[bytes]) -> Iterator[RowAgain]:
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
                if repeated == 1 or not all(map(_is_od_blank, element)):
                    cells = _od_cells(element)
                    yield from (RowAgain(sheet, number + at, cells) for at in range(1, repeated + 1))
                number += repeated
                let_go_before(element)


def _is_sheet(table: etree._Element) -> bool:
    """Whether a table is a sheet of its own: not part of anything else, nor kept of another file."""
    above = [local_name(each) for each in table.iterancestors()]
    whole = above[:2] == ["spreadsheet", "body"] and len(above) == len(("spreadsheet", "body", "document"))
    name = _od_attributes(table).get("name", "")
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


def _od_cells(row: etree._Element) -> Mapping[int, Cell]:
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
        if not _is_od_blank(cell):
            cells |= dict.fromkeys(range(column, min(column + repeated, _MOST_COLUMNS)), cell)
        column += repeated
    return CellsAgain(cells, _od_value)


def _is_od_blank(cell: etree._Element) -> bool:
    return _od_value(cell) in (None, "")


class _Names(dict[str, str]):
    """Names of attributes, each worked out once; those that extend the format are named `calcext:`."""

    def __missing__(self, key: str) -> str:
        space, _, name = key.rpartition("}")
        self[key] = f"calcext:{name}" if space.endswith("calcext:1.0") else name
        return self[key]


_NAMES = _Names()


def _od_attributes(element: etree._Element) -> dict[str, str]:
    return {_NAMES[key]: value for key, value in cast("list[tuple[str, str]]", element.items())}


def _od_value(cell: etree._Element) -> Cell:
    attributes = _od_attributes(cell)
    kind, formula = attributes.get("value-type"), attributes.get("formula")
    if kind == "float" and not formula and "value" in attributes:
        return _od_number(attributes["value"])
    shown = _od_shown(cell)
    if attributes.get("calcext:value-type") == "error" or (formula and ERROR.fullmatch(shown)):
        return None
    if kind == "boolean" or (formula and formula.upper() in {"OF:=TRUE()", "OF:=FALSE()"}):
        return attributes.get("boolean-value") == "true" if kind == "boolean" else "TRUE" in str(formula).upper()
    if kind in _NUMBERS:
        return _od_number(attributes.get("value", shown))
    if kind == "date":
        return attributes.get("date-value", shown)
    return attributes.get("string-value") or shown


def _od_number(text: str) -> Cell:
    try:
        return as_float(text)
    except ValueError:
        return text


def _od_shown(cell: etree._Element) -> str:
    if len(cell) == 1 and not len(cell[0]) and LOCAL_NAMES[str(cell[0].tag)] == "p":
        return cell[0].text or ""
    return "\n".join(_od_line(each) for each in cell if local_name(each) == "p")


def _od_line(paragraph: etree._Element) -> str:
    """The text that a paragraph shows."""
    pieces = [paragraph.text or ""]
    for each in paragraph:
        name = local_name(each)
        if name == "s":
            pieces.append(" " * min(count(_od_attributes(each), "c"), 1_000))
        elif name in _SIGNS:
            pieces.append(_SIGNS[name])
        elif name not in _UNSEEN:
            pieces.append(_od_line(each))
        pieces.append(each.tail or "")
    return "".join(pieces)


_CONTROL = {0xE000 + code: code for code in range(ord(" "))}


def spreadsheetml_rows_again(data: bytes, encoding: str | None) -> Iterator[RowAgain]:
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
            if cells := _ml_cells(element, left):
                yield RowAgain(sheet, number, cells)
            number += count(attributes, "Span", 0)
            let_go_before(element)


def _ml_cells(row: etree._Element, left: int) -> Mapping[int, Cell]:
    cells: dict[int, etree._Element] = {}
    column = left
    for cell in row:
        if LOCAL_NAMES[cell.tag] != "Cell":
            continue
        if attributes := attributes_of(cell):
            column = left + count(attributes, "Index") - 1 if "Index" in attributes else column
        cells[column] = cell
        column += 1 + count(attributes, "MergeAcross", 0) if attributes else 1
    return CellsAgain(cells, _ml_value)


def _ml_value(cell: etree._Element) -> Cell:
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
        return as_float(text) if kind == "Number" else _ml_shown(text)
    except ValueError:
        return text


def _ml_shown(text: str) -> str:
    """A text with its control characters, see `xml2003.without_control_characters`."""
    return text if text.isascii() else text.translate(_CONTROL)
