"""Workbooks made up by dice, written by other people's programs: tables of appointments as offices keep them, and odder ones."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final

import openpyxl
import xlsxwriter
import xlwt

from tests.differential import others

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.differential.others import Page, Value

HEADERS: Final = (
    ("Termin-ID", "Adress-ID", "Terminbestätigung", "Terminrückmeldung", "Beginn"),
    ("Appointment ID", "Address ID", "Confirmation", "Feedback", "Begin"),
    ("TerminID", "AdressID", "Bestätigung", "Rückmeldung", "Beginn"),
)
_STATUSES: Final = (
    "bestätigt",
    "gesendet",
    "gecancelt",
    "nicht gesetzt",
    "BESTÄTIGT",
    " gesendet ",
    "bestätgt",
    "",
    "n/a",
    "#N/A",
    "NA",
)
_FEEDBACKS: Final = ("aktiv", "inaktiv", "Aktiv", "", "ja", "x")
_NAMES: Final = (
    "Weiß & Söhne <GmbH>",
    "Dušan Nataša",
    'O\'Neill; "Büro"',
    "=1+1",
    "  Leer  ",
    "…€\u2013",
    "A\nB",
    "Ελένη",
    "山田",
    "🏠",
)


@dataclass(frozen=True, slots=True)
class Made:
    """One workbook: its bytes, and how another program reads it."""

    kind: str
    data: bytes
    read: Callable[[bytes], list[Page]]


@dataclass(slots=True)
class Plan:
    """What is to stand in one sheet: cells by (row, column) counted from 0, and merged areas."""

    name: str
    cells: dict[tuple[int, int], Value] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def make(dice: random.Random) -> Made:
    """One workbook of a kind that the dice choose."""
    return dice.choice(_WRITERS)(dice)


def _plans(dice: random.Random, *, merges: bool = True) -> list[Plan]:
    names = dice.sample(["Termine", "Dezember", "Büro Süd", "Tabelle1", "O'Neill"], dice.randint(1, 2))
    return [_plan(dice, name, merges=merges) for name in names]


def _plan(dice: random.Random, name: str, *, merges: bool) -> Plan:
    plan, top, left = Plan(name), dice.choice([0, 0, 0, 1, 4]), dice.choice([0, 0, 0, 1, 3])
    if top > 1:
        plan.cells[0, left] = "Besichtigungen Dezember"
    columns = list(range(5))
    dice.shuffle(columns)
    notes = dice.randint(0, 3)
    titles = [*dice.choice(HEADERS)]
    for at, column in enumerate(columns):
        plan.cells[top, left + at] = titles[column]
    for note in range(notes):
        plan.cells[top, left + 5 + note] = f"Notiz {note + 1}"
    for row in range(top + 1, top + 1 + dice.randint(1, 25)):
        if dice.random() < 0.08:
            continue
        values = (_id(dice, 70_000), _id(dice, 90_000), dice.choice(_STATUSES), dice.choice(_FEEDBACKS), _begin(dice))
        for at, column in enumerate(columns):
            if values[column] != "" and dice.random() > 0.03:
                plan.cells[row, left + at] = values[column]
        for note in range(notes):
            plan.cells[row, left + 5 + note] = dice.choice(_NAMES)
    if merges and dice.random() < 0.25:
        first = top + 1 + dice.randint(0, 5)
        column = left + dice.randint(0, 4)
        plan.merged.append((first, column, first + dice.randint(1, 3), column))
    return plan


def _id(dice: random.Random, base: int) -> Value:
    number = base + dice.randint(1, 400)
    odd = [str(number), f"00{number}", number + 0.5, f" {number}", f"{number}.0", True, -float(number), 0.0]
    odd += [f"{number:,}".replace(",", "."), 2.0**53 + 2, f"9O{number}", dt.datetime(2026, 12, 1 + number % 28)]  # noqa: DTZ001
    return dice.choice([float(number), dice.choice(odd)])


def _begin(dice: random.Random) -> Value:
    day = (2026, dice.randint(1, 12), dice.randint(1, 28))
    when = dt.datetime(*day, dice.randint(7, 19), dice.choice([0, 15, 30]))  # noqa: DTZ001 - spreadsheets know no time zones
    return dice.choice([when, f"{when:%d.%m.%Y %H:%M}", "", f"{when:%Y-%m-%dT%H:%M}", "2026-13-45T00:00:00"])


def _with_xlsxwriter(dice: random.Random) -> Made:
    file = io.BytesIO()
    options = {"constant_memory": dice.random() < 0.3, "strings_to_numbers": False, "date_1904": dice.random() < 0.1}
    with xlsxwriter.Workbook(file, options) as book:
        as_date = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        for plan in _plans(dice, merges=not options["constant_memory"]):
            sheet = book.add_worksheet(plan.name)
            for area in plan.merged:
                sheet.merge_range(*area, "")
            for (row, column), value in sorted(plan.cells.items()):
                if isinstance(value, bool):
                    sheet.write_boolean(row, column, value)
                elif isinstance(value, dt.datetime):
                    sheet.write_datetime(row, column, value, as_date)
                elif isinstance(value, float):
                    if dice.random() < 0.1:
                        sheet.write_formula(row, column, f"={value}+0", None, value)
                    else:
                        sheet.write_number(row, column, value)
                elif dice.random() < 0.05:
                    sheet.write_formula(row, column, '=""&"x"', None, value)
                else:
                    sheet.write_string(row, column, str(value))
            if dice.random() < 0.2:
                sheet.set_row(dice.randint(1, 9), None, None, {"hidden": True})
    return Made("xlsx", file.getvalue(), others.with_openpyxl)


def _with_openpyxl(dice: random.Random) -> Made:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for plan in _plans(dice):
        sheet = book.create_sheet(plan.name)
        for (row, column), value in plan.cells.items():
            cell = sheet.cell(row + 1, column + 1, value)
            if isinstance(value, str):
                cell.data_type = "s"
        for first, left, last, right in plan.merged:
            sheet.merge_cells(start_row=first + 1, start_column=left + 1, end_row=last + 1, end_column=right + 1)
    file = io.BytesIO()
    book.save(file)
    return Made("xlsx", file.getvalue(), others.with_openpyxl)


def _with_xlwt(dice: random.Random) -> Made:
    book = xlwt.Workbook(encoding="utf-8")
    as_date = xlwt.easyxf(num_format_str="DD.MM.YYYY HH:MM")
    for plan in _plans(dice):
        sheet = book.add_sheet(plan.name, cell_overwrite_ok=True)
        for (row, column), value in plan.cells.items():
            if isinstance(value, dt.datetime):
                sheet.write(row, column, value, as_date)
            else:
                sheet.write(row, column, value)
        for first, left, last, right in plan.merged:
            sheet.merge(first, last, left, right)
    file = io.BytesIO()
    book.save(file)
    return Made("xls", file.getvalue(), others.with_xlrd)


def _as_opendocument(dice: random.Random) -> Made:
    tables = []
    for plan in _plans(dice):
        covered = {
            (row, column): (first, left, last, right)
            for first, left, last, right in plan.merged
            for row in range(first, last + 1)
            for column in range(left, right + 1)
        }
        rows = []
        for row in range(max(row for row, _ in plan.cells) + 1):
            cells = []
            for column in range(max(column for _, column in plan.cells) + 1):
                area = covered.get((row, column))
                tag, span = "table-cell", ""
                if area and (row, column) == area[:2]:
                    span = f' table:number-rows-spanned="{area[2] - area[0] + 1}" table:number-columns-spanned="1"'
                elif area:
                    tag = "covered-table-cell"
                cells.append(_opendocument_cell(plan.cells.get((row, column)), tag, span))
            rows.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
        tables.append(f'<table:table table:name="{escape(plan.name)}">{"".join(rows)}</table:table>')
    content = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 office:version="1.2"><office:body><office:spreadsheet>{"".join(tables)}</office:spreadsheet></office:body></office:document-content>"""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
    return Made("ods", file.getvalue(), others.with_lxml_opendocument)


def _opendocument_cell(value: Value | None, tag: str, span: str) -> str:
    if value is None:
        return f"<table:{tag}{span}/>"
    if isinstance(value, bool):
        kind, shown = f'"boolean" office:boolean-value="{str(value).lower()}"', str(value).upper()
    elif isinstance(value, float):
        kind, shown = f'"float" office:value="{value!r}"', f"{value:g}"
    elif isinstance(value, dt.datetime):
        kind, shown = f'"date" office:date-value="{value.isoformat()}"', f"{value:%d.%m.%Y %H:%M}"
    else:
        kind, shown = '"string"', str(value)
    paragraphs = "".join(f"<text:p>{_spaced(line)}</text:p>" for line in shown.split("\n"))
    return f"<table:{tag}{span} office:value-type={kind}>{paragraphs}</table:{tag}>"


def _spaced(line: str) -> str:
    """Blanks as OpenDocument keeps them."""
    before, after = (f'<text:s text:c="{count}"/>' if count else "" for count in _blanks(line))
    return f"{before}{escape(line.strip(' '))}{after}"


def _blanks(line: str) -> tuple[int, int]:
    return len(line) - len(line.lstrip(" ")), len(line) - len(line.rstrip(" "))


def _as_spreadsheetml(dice: random.Random) -> Made:
    sheets = []
    for plan in _plans(dice, merges=False):
        rows = []
        for row in sorted({row for row, _ in plan.cells}):
            cells = "".join(
                f'<Cell ss:Index="{column + 1}"><Data ss:Type="{kind}">{escape(text)}</Data></Cell>'
                for (at, column), value in sorted(plan.cells.items())
                if at == row
                for kind, text in [_spreadsheetml(value)]
            )
            rows.append(f'<Row ss:Index="{row + 1}">{cells}</Row>')
        sheets.append(f'<Worksheet ss:Name="{escape(plan.name)}"><Table>{"".join(rows)}</Table></Worksheet>')
    data = f"""<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
{"".join(sheets)}</Workbook>"""
    return Made("xml", data.encode(), others.with_lxml_spreadsheetml)


def _spreadsheetml(value: Value) -> tuple[str, str]:
    if isinstance(value, bool):
        return "Boolean", str(int(value))
    if isinstance(value, float):
        return "Number", repr(value)
    if isinstance(value, dt.datetime):
        return "DateTime", f"{value.isoformat()}.000"
    return "String", str(value)


def _as_html(dice: random.Random) -> Made:
    (plan, *_) = _plans(dice, merges=False)
    width = max(column for _, column in plan.cells) + 1
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(_shown(plan.cells.get((row, column))))}</td>' for column in range(width))}</tr>\n"
        for row in range(max(row for row, _ in plan.cells) + 1)
    )
    data = f'<html><head><meta charset="utf-8"></head><body><table>{rows}</table></body></html>'
    return Made("html", data.encode(), others.with_lxml_html)


def _as_csv(dice: random.Random) -> Made:
    (plan, *_) = _plans(dice, merges=False)
    width = max(column for _, column in plan.cells) + 1
    delimiter = dice.choice(";,\t|")
    encoding = dice.choice(["utf-8", "utf-8-sig", "utf-16"])
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=dice.choice(["\r\n", "\n"]))
    writer.writerows(
        [_shown(plan.cells.get((row, column))) for column in range(width)] for row in range(max(row for row, _ in plan.cells) + 1)
    )
    return Made("csv", file.getvalue().encode(encoding), others.with_csv(encoding, delimiter))


def _shown(value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat(" ") if isinstance(value, dt.datetime) else str(value)


_WRITERS: Final = (
    _with_xlsxwriter,
    _with_openpyxl,
    _with_xlwt,
    _as_opendocument,
    _as_spreadsheetml,
    _as_html,
    _as_csv,
)
