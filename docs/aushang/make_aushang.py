"""Makes the sheet to print and pin up: the picture of a table, the page, its PDF. Needs LibreOffice, Poppler and Chromium.

Run it from the project's folder: `.venv/bin/python docs/aushang/make_aushang.py`, then look at the PDF.
"""

from __future__ import annotations

import base64
import subprocess
import tempfile
from copy import copy
from pathlib import Path
from typing import Final

import openpyxl
from openpyxl.styles import Alignment, Font

from sync.report.excel.forms import write_template

HERE: Final = Path(__file__).parent
ROWS: Final = (
    (70001, 90001, "bestätigt", "aktiv", "Grüneberg, Jörg"),
    (70001, 90002, "gesendet", None, "Häßler, Änne"),
    (70001, 90003, "gecancelt", "inaktiv", "Tannhofer GmbH"),
    (70002, 90001, "bestätigt", None, "Grüneberg, Jörg"),
    (70003, 90006, None, "aktiv", "Brandlacher & Söhne OHG"),
)


def table(folder: Path) -> Path:
    """The template with some rows, as a picture with the letters and numbers of a spreadsheet program around it."""
    path = folder / "tabelle.xlsx"
    write_template(path)
    book = openpyxl.load_workbook(path)
    del book[book.sheetnames[1]]
    sheet = book.worksheets[0]
    for row, cells in enumerate(ROWS, 2):
        for column, cell in enumerate(cells, 1):
            sheet.cell(row, column, cell)
            sheet.cell(row, column).font = Font(name="Arial", size=11)
            sheet.cell(row, column).alignment = Alignment(horizontal="left", vertical="center")
    sheet.cell(1, 5, "Kunde")._style = copy(sheet.cell(1, 4)._style)  # noqa: SLF001 - there is no other way
    sheet.column_dimensions["E"].width = 26
    sheet.print_area = f"A1:E{len(ROWS) + 1}"
    sheet.print_options.headings = sheet.print_options.gridLines = True
    sheet.oddHeader.center.text = sheet.oddFooter.center.text = ""
    book.save(path)
    run("soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(path))
    cut = ("-x", "137", "-y", "147", "-W", "1970", "-H", "312")
    run("pdftoppm", "-png", "-r", "200", *cut, "-singlefile", str(path.with_suffix(".pdf")), str(folder / "tabelle"))
    return folder / "tabelle.png"


def run(*command: str) -> None:
    """Run a program to its end."""
    subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        picture = table(Path(name))
        page = (HERE / "aushang.template.html").read_text(encoding="utf-8")
        image = base64.b64encode(picture.read_bytes()).decode()
        (HERE / "aushang.html").write_text(page.replace("TABELLE", f"data:image/png;base64,{image}"), encoding="utf-8")
    run(
        "chromium",
        *("--headless", "--no-sandbox", "--no-pdf-header-footer", f"--print-to-pdf={HERE / 'aushang.pdf'}"),
        (HERE / "aushang.html").as_uri(),
    )
