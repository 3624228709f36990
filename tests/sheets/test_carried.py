"""Columns that nobody declared come through as they stand, however many pieces a sheet is read in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xlsxwriter

if TYPE_CHECKING:
    from pathlib import Path

    from sync.domain.model import Loaded
    from tests.sheets.conftest import Reading

ROWS = 9_000
#: What stands in each column, by the number of the row: texts, numbers, both, and nothing but one text near the end.
COLUMNS = {
    "Termin-ID": lambda row: row + 1,
    "Adress-ID": lambda row: row + 2,
    "Status": lambda _: "gesendet",
    "Name": lambda row: f"Müller {row % 7}",
    "Preis": lambda row: row * 0.5,
    "Zahl": lambda row: row * 3,
    "Gemischt": lambda row: row if row % 2 else f"x{row}",
    "Notiz": lambda row: "bitte anrufen\nbis 12 Uhr" if row == ROWS - 2 else "",
}


def as_text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def written_xlsx(reading: Reading, folder: Path) -> Loaded:
    path = folder / "source.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        for row in range(ROWS):
            sheet.write_row(row + 1, 0, [cell(row) for cell in COLUMNS.values()])
    return reading.bytes(path.read_bytes(), "termine.xlsx")


def written_csv(reading: Reading, _: Path) -> Loaded:
    lines = [";".join(COLUMNS)]
    for row in range(ROWS):
        texts = (as_text(cell(row)) for cell in COLUMNS.values())
        lines.append(";".join(f'"{text}"' if "\n" in text else text for text in texts))
    return reading.text("\n".join(lines))


@pytest.mark.parametrize("written", [written_xlsx, written_csv])
def test_carried_columns_hold_every_text_in_its_row(written: object, reading: Reading, tmp_path: Path) -> None:
    (sheet,) = written(reading, tmp_path).sheets

    assert len(sheet.rows) == ROWS
    for column in sheet.others:
        wanted = [as_text(COLUMNS[column.header](row)) for row in range(ROWS)]
        assert list(column) == wanted
        assert column.texts.tolist() == wanted
