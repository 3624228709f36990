"""Makes the workbooks of the corpus that Python libraries write: `python tests/corpus/make/with_python.py`.

Needs XlsxWriter, openpyxl and xlwt. What people say about each file stands in `tests/corpus/expected.json`.
"""

import datetime as dt
import re
import zipfile
from pathlib import Path

import openpyxl
import xlsxwriter
import xlwt

FILES = Path(__file__).parent.parent / "files"
HEADER = ["Termin-ID", "Adress-ID", "Bestätigung", "Rückmeldung", "Beginn", "Kunde", "Bemerkung"]
START = dt.datetime(2026, 12, 2, 9, 0)  # noqa: DTZ001 - spreadsheets know no time zones
BASE = [
    [70001, 90001, "bestätigt", "aktiv", START, "Grüneberg, Jörg", 'sagt: "gern"'],
    [70001, "00359", "gesendet", None, None, "Weiß & Söhne <GmbH>", "  Leerzeichen  "],
    [],
    [70002, 90004, "gecancelt", "inaktiv", START, "Häßler, Änne", "zwei\nZeilen"],
    [359.5, 90005, "nicht gesetzt", None, None, "n/a", "NA"],
    [START.date(), 90006, "bestätigt", None, None, None, None],
    [True, 90007, None, "aktiv", None, "1.234", "1,5"],
]


def base_files() -> None:
    with xlsxwriter.Workbook(FILES / "xlsxwriter_base.xlsx") as book:
        fill(book, book.add_worksheet("Termine"))
    with xlsxwriter.Workbook(FILES / "xlsxwriter_constant_memory.xlsx", {"constant_memory": True}) as book:
        fill(book, book.add_worksheet("Termine"))
    with xlsxwriter.Workbook(FILES / "xlsxwriter_1904.xlsx", {"date_1904": True}) as book:
        fill(book, book.add_worksheet("Termine"))


def layouts() -> None:
    with xlsxwriter.Workbook(FILES / "xlsxwriter_offset_with_titles.xlsx") as book:
        sheet = book.add_worksheet("Dezember")
        sheet.write("B2", "Besichtigungen Dezember")
        sheet.merge_range("B3:E3", "Stand: 1.12.2026, Termin-ID bitte nicht ändern")
        sheet.write_row("D6", ["Appointment ID", "Contact no.", "Status"])
        sheet.write_row("D7", [70001, 90001, "confirmed"])
        sheet.write_row("D9", [70002, 90002, "sent"])
        notes = book.add_worksheet("Hinweise")
        notes.write_column("A1", ["Bitte bis Freitag", "Rückfragen an Frau Weiß"])
    with xlsxwriter.Workbook(FILES / "xlsxwriter_table_with_totals.xlsx") as book:
        sheet = book.add_worksheet("Liste")
        rows = [[70001, 90001, "bestätigt"], [70002, 90002, "gesendet"]]
        names = [{"header": "Termin-Nr."}, {"header": "Adress-Nr."}, {"header": "Status", "total_function": "count"}]
        sheet.add_table("B2:D5", {"data": rows, "total_row": True, "columns": names})
        sheet.write("B5", "Summe")
    with xlsxwriter.Workbook(FILES / "xlsxwriter_totals_by_hand.xlsx") as book:
        sheet = book.add_worksheet("Liste")
        sheet.write_row("A1", ["Termin-ID", "Adress-ID", "Status"])
        sheet.write_row("A2", [70001, 90001, "bestätigt"])
        sheet.write_row("A3", ["Summe", None, 1])


def merged_and_hidden() -> None:
    with xlsxwriter.Workbook(FILES / "xlsxwriter_merged.xlsx") as book:
        sheet = book.add_worksheet("Liste")
        sheet.write_row("A1", ["Termin-ID", "Adress-ID", "Bestätigung", "Objekt"])
        sheet.merge_range("A2:A4", 70001)
        sheet.write_column("B2", [90001, 90002, 90003])
        sheet.merge_range("C3:C4", "gesendet")
        sheet.write("C2", "bestätigt")
        sheet.merge_range("D2:D4", "Loft")
        sheet.merge_range("A5:A7", 70002)
        sheet.write_row("B5", [90004, "gecancelt"])
        sheet.write_row("B6", [90005, "gecancelt"])
        sheet.merge_range("A8:B8", 70003)
        sheet.write("C8", "gesendet")
    with xlsxwriter.Workbook(FILES / "xlsxwriter_two_header_rows.xlsx") as book:
        sheet = book.add_worksheet("Liste")
        sheet.merge_range("A1:F1", "Termine im Dezember")
        for area, title in {"A2:A3": "Termin-ID", "B2:B3": "Adress-ID", "C2:D2": "Status", "E2:F2": "Kunde"}.items():
            sheet.merge_range(area, title)
        sheet.write_row("C3", ["Bestätigung", "Rückmeldung", "Nachname", "Vorname"])
        sheet.write_row("A4", [70065, 90065, "bestätigt", "aktiv", "Weiß", "Änne"])
        sheet.write_row("A5", [70066, 90066, "", "inaktiv", "Groß", "Jörg"])
    with xlsxwriter.Workbook(FILES / "xlsxwriter_hidden.xlsx") as book:
        sheet = book.add_worksheet("Sichtbar")
        sheet.write_row("A1", ["Termin-ID", "Adress-ID", "Bestätigung", "Notiz"])
        for row in range(1, 6):
            sheet.write_row(row, 0, [70000 + row, 90000 + row, "bestätigt" if row % 2 else "gesendet", "x"])
        sheet.autofilter("A1:D6")
        sheet.filter_column("C", "x == bestätigt")
        for row in (2, 4):
            sheet.set_row(row, options={"hidden": True})
        sheet.write_row(6, 0, [70006, 90006, "bestätigt", "von Hand"])
        sheet.set_row(6, options={"hidden": True})
        sheet.set_column("B:B", options={"hidden": True})
        sheet.set_column("D:D", options={"hidden": True})
        hidden = book.add_worksheet("Alt")
        hidden.write_row("A1", ["Termin-ID", "Adress-ID", "Bestätigung"])
        hidden.write_row("A2", [70009, 90009, "gesendet"])
        hidden.hide()


def formulas_and_texts() -> None:
    with xlsxwriter.Workbook(FILES / "xlsxwriter_formulas.xlsx") as book:
        sheet = book.add_worksheet("Liste")
        sheet.write_row("A1", ["Termin-ID", "Adress-ID", "Bestätigung", "Summe"])
        sheet.write_formula("A2", "=70000+1", value=70001)
        sheet.write_row("B2", [90001, "bestätigt"])
        sheet.write_formula("A3", "=70000+2")
        sheet.write_row("B3", [90002, "gesendet"])
        sheet.write_formula("C4", '=IF(A4="","","bestätigt")', value="")
        sheet.write_row("A4", [70003, 90003])
        sheet.write_formula("A5", "=VLOOKUP(1,X:X,1,0)", value="#N/A")
        sheet.write_row("B5", [90004, "bestätigt"])
        sheet.write_row("A6", [70005, 90005, "bestätigt"])
        sheet.write_formula("D6", "=1/0", value="#DIV/0!")
        sheet.write_formula("A7", '=IF(B7="","",1)', value="")
        sheet.write_formula("C7", '=IF(B7="","",1)', value="")
        sheet.write_row("A8", ["#N/A", 90008, "bestätigt"])
    with xlsxwriter.Workbook(FILES / "xlsxwriter_texts.xlsx") as book:
        sheet = book.add_worksheet("Liste")
        bold = book.add_format({"bold": True})
        sheet.write_row("A1", ["Termin-ID ", "ADRESS\u00ad-\u00a0ID", "terminbestaetigung", "Kunde"])
        sheet.write_rich_string("C2", "be", bold, "stätigt")
        sheet.write_row("A2", [" 70001 ", "90001\u200b", None, "a_x000D_b"])
        sheet.write_row("A3", ["70002\u00a0", "\ufeff90002", "bestätigt", "😀 & <b>"])
        sheet.write_row("A4", [12345678901234567890, 9007199254740993, "gesendet", "9007199254740993"])
        sheet.write_row("A5", ["1.234", "90003", "gesendet", "'=1+1"])
        sheet.write_row("A6", [" ", "\u200b", "\u00a0", None])
        sheet.write_row("A7", [70007, 90007, "gesendet", None])


def several_tables() -> None:
    with xlsxwriter.Workbook(FILES / "xlsxwriter_several_sheets.xlsx") as book:
        for name, first in (("Nord", 70001), ("Süd", 70101)):
            sheet = book.add_worksheet(name)
            sheet.write_row("A1", ["Termin-ID", "Adress-ID", "Status"])
            sheet.write_row("A2", [first, 90001, "bestätigt"])
        book.add_worksheet("Leer")
        book.add_chartsheet("Bild").set_chart(chart_of(book))
    with xlsxwriter.Workbook(FILES / "xlsxwriter_rest_without_header.xlsx") as book:
        sheet = book.add_worksheet("Seite 1")
        sheet.write_row("A1", ["Termin-ID", "Adress-ID", "Status"])
        sheet.write_row("A2", [70001, 90001, "bestätigt"])
        book.add_worksheet("Seite 2").write_row("A1", [70002, 90002, "gesendet"])
    with xlsxwriter.Workbook(FILES / "xlsxwriter_repeated_headers.xlsx") as book:
        sheet = book.add_worksheet("Druck")
        sheet.write("A1", "Termine")
        sheet.write_row("A2", ["Termin-ID", "Adress-ID", "Bestätigung", "Kunde", "Kunde"])
        sheet.write_row("A3", [70001, 90001, "bestätigt", "A", "B"])
        sheet.write_row("A4", ["Termin-ID", "Adress-ID", "Bestätigung", "Kunde", "Kunde"])
        sheet.write_row("A5", [70002, 90002, "gesendet", "C", "D", "ohne Kopf"])
    with xlsxwriter.Workbook(FILES / "xlsxwriter_two_tables_one_sheet.xlsx") as book:
        sheet = book.add_worksheet("Liste")
        sheet.write_row("A1", ["Termin-ID", "Adress-ID", "Bestätigung"])
        sheet.write_row("A2", [70001, 90001, "bestätigt"])
        sheet.write_row("A4", ["Adress-ID", "Termin-ID", "Bestätigung"])
        sheet.write_row("A5", [90002, 70002, "gesendet"])


def refused() -> None:
    for name, header in {
        "two_columns": ["Termin-ID", "Adress-ID", "Kontakt-ID", "Status"],
        "customer_number": ["Termin-ID", "KdNr.", "Status"],
        "no_status": ["Termin-ID", "Adress-ID", "Kunde"],
        "no_header": ["ID", "Name", "Status"],
    }.items():
        with xlsxwriter.Workbook(FILES / f"xlsxwriter_{name}.xlsx") as book:
            sheet = book.add_worksheet()
            sheet.write_row("A1", header)
            sheet.write_row("A2", [1, 2, 3, 4])
    with xlsxwriter.Workbook(FILES / "xlsxwriter_header_only.xlsx") as book:
        book.add_worksheet().write_row("A1", HEADER)
    with xlsxwriter.Workbook(FILES / "xlsxwriter_nothing.xlsx") as book:
        book.add_worksheet()


def odd_files() -> None:
    with xlsxwriter.Workbook(FILES / "xlsxwriter_last_cell.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["Termin-ID", "Adress-ID", "Status"])
        sheet.write_row("A2", [70001, 90001, "bestätigt"])
        sheet.write("XFD2", "weit rechts")
        sheet.write_row("A20000", [70002, 90002, "gesendet"])
    rewrite("xlsxwriter_base.xlsx", "xlsxwriter_base_named_csv.csv", lambda _, data: data)
    rewrite(
        "xlsxwriter_base.xlsx", "xlsxwriter_base_wrong_dimension.xlsx", lambda _, d: re.sub(rb'ref="A1:G\d+"', b'ref="A1:B2"', d)
    )
    rewrite("xlsxwriter_base.xlsx", "xlsxwriter_base_strict.xlsx", strict)


def strict(_: str, data: bytes) -> bytes:
    """The namespaces of strict OOXML, as Excel writes them with "Strict Open XML Spreadsheet"."""
    transitional = b"http://schemas.openxmlformats.org/"
    for old, new in (
        (transitional + b"spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
        (transitional + b"officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
    ):
        data = data.replace(old, new)
    return data


def rewrite(source: str, target: str, change: object) -> None:
    with zipfile.ZipFile(FILES / source) as old, zipfile.ZipFile(FILES / target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info, change(info.filename, old.read(info)))  # type: ignore[operator]


def chart_of(book: xlsxwriter.Workbook) -> object:
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Nord!$A$2:$A$2"})
    return chart


def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    time_format, date_format = book.add_format({"num_format": "dd.mm.yyyy hh:mm"}), book.add_format({"num_format": "dd.mm.yyyy"})
    sheet.write_row(0, 0, HEADER)
    for row, cells in enumerate(BASE, 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, dt.datetime):
                sheet.write_datetime(row, column, cell, time_format)
            elif isinstance(cell, dt.date):
                sheet.write_datetime(row, column, cell, date_format)
            elif isinstance(cell, str):
                sheet.write_string(row, column, cell)
            elif cell is not None:
                sheet.write(row, column, cell)


def openpyxl_files() -> None:
    for name, write_only in (("openpyxl_base.xlsx", False), ("openpyxl_write_only.xlsx", True)):
        book = openpyxl.Workbook(write_only=write_only)
        sheet = book.create_sheet("Termine") if write_only else book.active
        sheet.title = "Termine"
        for cells in [HEADER, *BASE]:
            sheet.append(cells)
        book.save(FILES / name)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Liste"
    sheet.append(["Termin-ID", "Adress-ID", "Bestätigung"])
    sheet.append(["=70000+1", 90001, "bestätigt"])
    sheet.append([70002, 90002, '=IF(TRUE,"gesendet","")'])
    sheet.append([70003, 90003, "gesendet"])
    sheet["A4"].value, sheet["A4"].data_type = "#REF!", "e"
    sheet.append([None, None, None, "=A1"])
    sheet.append(["=A1", None, None])
    book.save(FILES / "openpyxl_formulas_without_value.xlsx")


def xlwt_files() -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Termine")
    formats = {dt.datetime: "dd.mm.yyyy hh:mm", dt.date: "dd.mm.yyyy"}
    for row, cells in enumerate([HEADER, *BASE]):
        for column, cell in enumerate(cells):
            style = xlwt.easyxf(num_format_str=formats.get(type(cell), "General"))
            sheet.write(row, column, cell, style)
    book.save(FILES / "xlwt_base.xls")
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Liste")
    for row in range(5):
        cells = ["Termin-ID", "Adress-ID", "Status"] if row == 0 else [70000 + row, 90000 + row, "bestätigt"]
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    sheet.row(2).hidden = True
    sheet.write_merge(5, 6, 0, 0, 70005)
    for row in (5, 6):
        sheet.write(row, 1, 90000 + row)
        sheet.write(row, 2, "gesendet")
    hidden = book.add_sheet("Versteckt")
    for column, cell in enumerate(["Termin-ID", "Adress-ID", "Status"]):
        hidden.write(0, column, cell)
        hidden.write(1, column, [70009, 90009, "gesendet"][column])
    hidden.visibility = 1
    book.save(FILES / "xlwt_hidden_and_merged.xls")


def main() -> None:
    FILES.mkdir(exist_ok=True)
    base_files()
    layouts()
    merged_and_hidden()
    formulas_and_texts()
    several_tables()
    refused()
    odd_files()
    openpyxl_files()
    xlwt_files()


if __name__ == "__main__":
    main()
