"""Files as other people's programs read them: openpyxl, xlrd, pyxlsb, lxml, Python's csv. Shares nothing with our own readers.

A reading is a list of sheets; a sheet is a name and its cells by (row, column): rows as a spreadsheet program shows them, columns
counted from 0. A cell is what the program gives: text, number, truth, date; blank cells are missing.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import openpyxl
import pyxlsb
import xlrd
from lxml import etree, html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Value = str | float | bool | dt.datetime | dt.date | dt.time

_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_SHEET: Final = "{urn:schemas-microsoft-com:office:spreadsheet}"
#: Repetitions beyond this are the empty rest of a sheet.
_REST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet as another program reads it. `covered` holds the cells that a merged area hides.

    `partial`: the program is known to lose cells, so that only those that it has say anything.
    """

    name: str
    cells: dict[tuple[int, int], Value]
    covered: set[tuple[int, int]] = field(default_factory=set)
    partial: bool = False


def with_openpyxl(data: bytes) -> list[Page]:
    """An .xlsx or .xlsm."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    pages = []
    for sheet in book.worksheets:
        # iter_rows would make a cell of every blank one, up to the last column there can be
        cells = {
            (row, column - 1): cell.value
            for (row, column), cell in sheet._cells.items()
            if getattr(cell, "value", None) is not None
        }
        covered = {
            (row, column - 1)
            for area in sheet.merged_cells.ranges
            for row, column in area.cells
            if (row, column) != (area.min_row, area.min_col)
        }
        pages.append(Page(sheet.title, cells, covered))
    return pages


def with_xlrd(data: bytes) -> list[Page]:
    """An .xls."""
    book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), formatting_info=True)
    pages = []
    for sheet in book.sheets():
        cells = {
            (row + 1, column): value
            for row in range(sheet.nrows)
            for column in range(sheet.row_len(row))
            if (value := _of_xlrd(sheet.cell(row, column), book.datemode)) is not None
        }
        covered = {
            (row + 1, column)
            for first, end, left, right in sheet.merged_cells
            for row in range(first, end)
            for column in range(left, right)
            if (row, column) != (first, left)
        }
        pages.append(Page(sheet.name, cells, covered))
    return pages


def _of_xlrd(cell: xlrd.sheet.Cell, datemode: int) -> Value | None:
    if cell.ctype in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
        return None
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return xlrd.xldate_as_datetime(cell.value, datemode)
        except (OverflowError, ValueError):
            return float(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#?"))
    return cell.value if cell.value != "" else None


def with_pyxlsb(data: bytes) -> list[Page]:
    """An .xlsb. Dates are numbers there, and texts that are not shared are lost."""
    pages = []
    with pyxlsb.open_workbook(io.BytesIO(data)) as book:
        for name in book.sheets:
            with book.get_sheet(name) as sheet:
                cells = {
                    (cell.r + 1, cell.c): cell.v for row in sheet.rows(sparse=True) for cell in row if cell.v not in {None, ""}
                }
            pages.append(Page(name, cells, partial=True))
    return pages


def with_lxml_opendocument(data: bytes) -> list[Page]:
    """An .ods or .fods."""
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read("content.xml")
    root = etree.fromstring(data, etree.XMLParser(huge_tree=True, resolve_entities=False))
    return [_opendocument(table) for table in root.iterfind(f".//{_OFFICE}spreadsheet/{_TABLE}table")]


def _opendocument(table: etree._Element) -> Page:
    cells: dict[tuple[int, int], Value] = {}
    covered: set[tuple[int, int]] = set()
    number = 0
    for row in table.iter(f"{_TABLE}table-row"):
        if next(row.iterancestors(f"{_TABLE}table")) is not table:
            continue
        times = int(row.get(f"{_TABLE}number-rows-repeated", "1"))
        for again in range(times if times < _REST else 1):
            column = 0
            for cell in row.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                wide = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
                value = _of_opendocument(cell)
                for at in range(column, column + wide if wide < _REST else column):
                    if cell.tag.endswith("covered-table-cell"):
                        covered.add((number + again + 1, at))
                    if value is not None:
                        cells[number + again + 1, at] = value
                column += wide
        number += times
    return Page(table.get(f"{_TABLE}name", ""), cells, covered)


def _of_opendocument(cell: etree._Element) -> Value | None:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind in {"float", "percentage", "currency"}:
        return float(cell.get(f"{_OFFICE}value", "nan"))
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value") == "true"
    if kind == "date":
        return dt.datetime.fromisoformat(cell.get(f"{_OFFICE}date-value", "")[:19])
    paragraphs = ["".join(_words(child)) for child in cell.iterchildren(f"{_TEXT}p", f"{_TEXT}h")]
    return "\n".join(paragraphs) or None


def _words(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            yield " " * int(child.get(f"{_TEXT}c", "1"))
        elif child.tag == f"{_TEXT}tab":
            yield "\t"
        elif child.tag == f"{_TEXT}line-break":
            yield "\n"
        elif isinstance(child.tag, str) and not child.tag.startswith(_OFFICE):
            yield from _words(child)
        yield child.tail or ""


def with_lxml_spreadsheetml(data: bytes) -> list[Page]:
    """An XML spreadsheet of 2003."""
    root = etree.fromstring(data, etree.XMLParser(huge_tree=True, resolve_entities=False, recover=True))
    pages = []
    for sheet in root.iterchildren(f"{_SHEET}Worksheet"):
        cells: dict[tuple[int, int], Value] = {}
        covered: set[tuple[int, int]] = set()
        table = sheet.find(f"{_SHEET}Table")
        if table is None:
            continue
        top, left = (int(table.get(f"{_SHEET}{side}", "1")) for side in ("TopCell", "LeftCell"))
        index = 0
        for row in table.iterchildren(f"{_SHEET}Row"):
            index = int(row.get(f"{_SHEET}Index", index + 1))
            number, position = top + index - 1, 0
            for cell in row.iterchildren(f"{_SHEET}Cell"):
                position = int(cell.get(f"{_SHEET}Index", position + 1))
                column = left + position - 2
                content = cell.find(f"{_SHEET}Data")
                if content is not None and (text := "".join(map(str, content.itertext()))):
                    cells[number, column] = _of_spreadsheetml(content.get(f"{_SHEET}Type", "String"), text)
                across, down = int(cell.get(f"{_SHEET}MergeAcross", "0")), int(cell.get(f"{_SHEET}MergeDown", "0"))
                covered |= {(number + below, column + right) for below in range(down + 1) for right in range(across + 1)}
                covered.discard((number, column))
                position += across
            index += int(row.get(f"{_SHEET}Span", "0"))
        pages.append(Page(sheet.get(f"{_SHEET}Name", ""), cells, covered))
    return pages


def _of_spreadsheetml(kind: str, text: str) -> Value:
    if kind == "Number":
        return float(text)
    if kind == "Boolean":
        return text == "1"
    return dt.datetime.fromisoformat(text[:19]) if kind == "DateTime" else text


def with_lxml_html(data: bytes) -> list[Page]:
    """A page of HTML with one table and nothing around it."""
    table = html.fromstring(data.decode("utf-8-sig")).find(".//table")
    cells: dict[tuple[int, int], Value] = {}
    for number, row in enumerate(table.iter("tr"), 1):
        for column, cell in enumerate(row.iterchildren("td", "th")):
            if text := " ".join(cell.text_content().split()):
                cells[number, column] = text
    return [Page("", cells)]


def with_csv(encoding: str, delimiter: str) -> Callable[[bytes], list[Page]]:
    """A text file, by the physical line on which each record starts."""

    def read(data: bytes) -> list[Page]:
        reader = csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter)
        cells: dict[tuple[int, int], Value] = {}
        line = 1
        for record in reader:
            cells |= {(line, column): text for column, text in enumerate(record) if text}
            line = reader.line_num + 1
        return [Page("", cells)]

    return read


def reader_of(data: bytes) -> Callable[[bytes], list[Page]] | None:
    """Which other program reads a file of the corpus, whatever its name says; None for texts, of which the dice make enough."""
    if data.startswith(b"PK"):
        names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
        if "content.xml" in names:
            return with_lxml_opendocument
        return with_pyxlsb if any(name.endswith(".bin") and "sheet" in name for name in names) else with_openpyxl
    if data.startswith(b"\xd0\xcf"):
        return with_xlrd
    if b"<office:document" in data[:2_000]:
        return with_lxml_opendocument
    return with_lxml_spreadsheetml if b"urn:schemas-microsoft-com:office:spreadsheet" in data[:2_000] else None
