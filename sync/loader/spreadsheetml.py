"""Spreadsheets in the XML of Excel 2003, which some programs still save as .xls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.loader.cells import ERROR, EXACT, Marks, cell_text
from sync.loader.rows import Rows
from sync.loader.xml import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.loader.cells import Grid
    from sync.loader.limits import Limits


def read_spreadsheetml(data: bytes, limits: Limits) -> Iterator[Grid]:
    """The sheets of a workbook."""
    book = _Book(limits)
    parse_xml([data.lstrip()], book)
    for rows in book.sheets:
        yield rows.grid()


class _Book:
    def __init__(self, limits: Limits) -> None:
        self.sheets: list[Rows] = []
        self._limits = limits
        self._row: dict[str, str] = {}
        self._cell: dict[str, str] = {}
        self._kind = ""
        self._value: list[str] | None = None
        self._text = ""
        self._visible: list[str] | None = None
        self._column = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        known = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        if name == "Worksheet":
            self.sheets.append(Rows(known.get("Name"), self._limits, Marks()))
            self._column = 0
        elif name == "Column" and self.sheets:
            self._start_column(known)
        elif name == "Row" and self.sheets:
            self._row = known
            self.sheets[-1].start_row(int(known.get("Index", 0)))
        elif name == "Cell" and self.sheets:
            self._start_cell(known)
        elif name == "Data":
            self._kind, self._value = known.get("Type", "String"), []
        elif name == "Visible":
            self._visible = []

    def _start_column(self, known: dict[str, str]) -> None:
        first = int(known["Index"]) - 1 if "Index" in known else self._column
        self._column = first + 1 + min(int(known.get("Span", 0)), 16_384)
        if known.get("Hidden") == "1":
            self.sheets[-1].marks.hidden_columns.update(range(first, self._column))

    def _start_cell(self, known: dict[str, str]) -> None:
        self._cell, self._kind, self._value, self._text = known, "", None, ""
        if "Index" in known:
            self.sheets[-1].column = int(known["Index"]) - 1

    def text(self, data: str) -> None:
        """The value of a cell, or whether a sheet can be seen."""
        if self._visible is not None:
            self._visible.append(data)
        elif self._value is not None and self._kind:
            self._value.append(data)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "Visible" and self.sheets and self._visible is not None:
            self.sheets[-1].marks.hidden_sheet = "".join(self._visible).strip().startswith("SheetHidden")
            self._visible = None
        elif name == "Row" and self.sheets:
            self.sheets[-1].end_row(hidden=self._row.get("Hidden") == "1")
            self.sheets[-1].row += int(self._row.get("Span", 0))
        elif name == "Data":
            self._text = "".join(self._value or [])
            self._value = None
        elif name == "Cell" and self.sheets:
            self._end_cell(self.sheets[-1])

    def _end_cell(self, rows: Rows) -> None:
        across, down = int(self._cell.get("MergeAcross", 0)), int(self._cell.get("MergeDown", 0))
        text = self._text
        if self._kind == "Error" or ("Formula" in self._cell and ERROR.fullmatch(text)):
            rows.add_error(text)
        elif self._cell.get("Formula") and not self._kind:
            rows.add_formula()
        else:
            rows.add(_text(self._kind, text), across=across + 1, down=down + 1)
            rows.column += across


def _text(kind: str, text: str) -> str:
    if kind == "Number":
        try:
            number = float(text)
        except ValueError:
            return text
        return text if text.isdigit() and number < EXACT else cell_text(number)
    if kind == "Boolean":
        return "WAHR" if text == "1" else "FALSCH"
    return text.removesuffix(".000").removesuffix("T00:00:00") if kind == "DateTime" else text
