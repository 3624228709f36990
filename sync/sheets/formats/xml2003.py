"""Spreadsheets in the XML of Excel 2003, which some programs still save as .xls."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from sync.domain.model import Reason, Why
from sync.sheets.cells import ERROR, EXACT, Marks, Rows, SheetsAgain, as_float, cell_text, grids
from sync.sheets.formats.xml import Attributes, Tree, Walk, by_names, is_zero, walk_xml, whole_number
from sync.sheets.formats.xml_again import spreadsheetml_rows_again
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync.sheets.cells import Grid
    from sync.sheets.stream import Limits

#: What counts: a comment has `Data` of its own, which stands nowhere in the sheet.
_PLACES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "": {"Workbook": "book"},
        "book": {"Worksheet": "sheet"},
        "sheet": {"Table": "table", "WorksheetOptions": "options"},
        "options": {"Visible": "visible"},
        "visible": {},
        "table": {"Column": "column", "Row": "row"},
        "column": {},
        "row": {"Cell": "cell"},
        "cell": {"Data": "data"},
        "data": {"*": "font"},
        "font": {"*": "font"},
    }
)
#: Control characters that no XML may hold, but that Excel writes all the same, and what stands for them while the XML is parsed.
_CONTROL = re.compile(rb"&#(?:0*([0-9]{1,2})|[xX]0*([0-9A-Fa-f]{1,2}));")
_PRIVATE = 0xE000
_ALLOWED = frozenset({9, 10, 13})
_BACK = {_PRIVATE + code: chr(code) for code in range(32)}


def read_spreadsheetml(data: bytes, limits: Limits) -> Iterator[Grid]:
    """The sheets of a workbook."""
    book = _Book(limits)
    data, encoding = without_control_characters(data.lstrip())
    walk_xml([data], Walk(_TREE, book), encoding)
    if book.sheets is None:
        raise RefuseFile(Reason(Why.NOT_A_TABLE, "XML"))
    yield from grids(book.sheets, SheetsAgain(spreadsheetml_rows_again(data, encoding)))


def without_control_characters(data: bytes) -> tuple[bytes, str | None]:
    """XML with others in the place of forbidden characters, see `with_control_characters`; its encoding if not as declared."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            data, encoding = data.decode("utf-16").encode(), "utf-8"
        except UnicodeDecodeError as error:
            raise RefuseFile(Reason(Why.DAMAGED, str(error))) from error
    else:
        encoding = None
    return _CONTROL.sub(_stand_in, data), encoding


def _stand_in(found: re.Match[bytes]) -> bytes:
    code = int(found[1]) if found[1] else int(found[2], 16)
    return found[0] if code in _ALLOWED or code >= ord(" ") else b"&#%d;" % (_PRIVATE + code)


def with_control_characters(text: str) -> str:
    """The text with its control characters back."""
    return text if text.isascii() else text.translate(_BACK)


class _Book:
    """Collects cells. The position of a table, the row and the cell in it may be told or follow from what was before."""

    def __init__(self, limits: Limits) -> None:
        self.sheets: list[Rows] | None = None
        self._limits = limits
        self._rows = Rows(None, limits)
        self._top = self._left = self._column = 0
        self._row: Attributes = {}
        self._cell: Attributes = {}
        self._kind = ""
        self._text: list[str] = []

    def text(self, data: str) -> None:
        """The value of a cell, or whether a sheet can be seen."""
        self._text.append(data)

    def start_book(self, _: Attributes) -> None:
        """A workbook, even if there is no sheet in it."""
        self.sheets = []

    def start_sheet(self, known: Attributes) -> None:
        """A sheet begins."""
        self._rows = Rows(known.get("Name"), self._limits, Marks())
        self._top = self._left = self._column = 0

    def end_sheet(self) -> None:
        """A sheet ends."""
        if self.sheets is not None:
            self.sheets.append(self._rows)

    def start_table(self, known: Attributes) -> None:
        """The table of a sheet begins where it says; positions in it count from there."""
        self._top = max(whole_number(known, "TopCell"), 1) - 1
        self._left = self._column = max(whole_number(known, "LeftCell"), 1) - 1
        if self._rows.row:
            raise RefuseFile(Reason(Why.DAMAGED, f'sheet "{self._rows.name}" holds two tables'))
        self._rows.row = self._top

    def start_column(self, known: Attributes) -> None:
        """Columns, declared before the rows."""
        first = self._left + whole_number(known, "Index") - 1 if "Index" in known else self._column
        self._column = first + 1 + min(whole_number(known, "Span", 0), 16_384)
        if known.get("Hidden") == "1" or is_zero(known.get("Width")):
            self._rows.marks.hidden_columns.update(range(first, self._column))

    def start_row(self, known: Attributes) -> None:
        """A row begins."""
        self._row = known
        self._rows.start_row(self._top + whole_number(known, "Index") if "Index" in known else None)
        self._rows.move_to(self._left)

    def end_row(self) -> None:
        """A row ends; those that look like it are blank."""
        self._rows.end_row(hidden=self._row.get("Hidden") == "1" or is_zero(self._row.get("Height")))
        self._rows.row += whole_number(self._row, "Span", 0)

    def start_cell(self, known: Attributes) -> None:
        """A cell begins."""
        self._cell, self._kind, self._text = known, "", []
        if "Index" in known:
            self._rows.move_to(self._left + whole_number(known, "Index") - 1)

    def start_value(self, known: Attributes) -> None:
        """The value of a cell, of which there is one."""
        if self._kind:
            raise RefuseFile(Reason(Why.DAMAGED, f"row {self._rows.row}: a cell holds two values"))
        self._kind = known.get("Type") or "String"

    def end_cell(self) -> None:
        """A cell ends."""
        rows, text = self._rows, with_control_characters("".join(self._text))
        across = whole_number(self._cell, "MergeAcross", 0) if self._cell else 0
        if self._cell:
            rows.merge(across + 1, whole_number(self._cell, "MergeDown", 0) + 1)
        if self._kind == "Error" or ("Formula" in self._cell and ERROR.fullmatch(text)):
            rows.add_error(text)
        elif self._cell.get("Formula") and not self._kind:
            rows.add_formula()
        else:
            rows.add(_text(self._kind, text))
        rows.column += across

    def start_visible(self, _: Attributes) -> None:
        """What the sheet says about itself."""
        self._text = []

    def end_visible(self) -> None:
        """Whether the sheet is hidden."""
        self._rows.marks.hidden_sheet = "".join(self._text).strip().startswith("SheetHidden")


class _Names(dict[str, str]):
    """Names of attributes without their prefixes."""

    def __missing__(self, name: str) -> str:
        self[name] = name.rpartition(":")[2]
        return self[name]


_NAMES = _Names()


_TREE = Tree(
    _PLACES,
    starts={
        place: by_names(_NAMES, starts)
        for place, starts in {
            "book": _Book.start_book,
            "sheet": _Book.start_sheet,
            "table": _Book.start_table,
            "column": _Book.start_column,
            "row": _Book.start_row,
            "cell": _Book.start_cell,
            "data": _Book.start_value,
            "visible": _Book.start_visible,
        }.items()
    },
    ends={"sheet": _Book.end_sheet, "row": _Book.end_row, "cell": _Book.end_cell, "visible": _Book.end_visible},
    texts=dict.fromkeys(("data", "font", "visible"), _Book.text),
)


def _text(kind: str, text: str) -> str:
    if kind == "Number":
        try:
            number = as_float(text)
        except ValueError:
            return text
        return text if text.isdigit() and number < EXACT else cell_text(number)
    if kind == "Boolean":
        return "WAHR" if text == "1" else "FALSCH"
    return text.removesuffix(".000").removesuffix("T00:00:00") if kind == "DateTime" else text
