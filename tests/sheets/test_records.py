import io
import struct
from pathlib import Path
from typing import Any

import pytest
import xlwt

from sync.domain.model import Code
from sync.rows.columns import declared
from sync.sheets.cells import Marks
from sync.sheets.formats import calamine, xlsb_records
from sync.sheets.formats.xlsb_records import ListedSheet, XlsbBook, XlsbSheet, book_of_xlsb, with_plain_cells, with_sheets
from sync.sheets.load import Limits
from sync.sheets.reader import read_bytes
from sync.sheets.stream import FoundInFile, Part
from tests.sheets.conftest import Reading


def record(kind: int, body: bytes) -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(body) & 0x7F]) + body


def row(number: int, *, hidden: bool = False) -> bytes:
    return record(0, struct.pack("<IIHBB", number, 0, 300, 0, 0x10 if hidden else 0) + b"\0\0\0\0\0")


def marks_of_xlsb(part: bytes) -> Marks:
    return XlsbSheet(part, XlsbBook(), 1_000).marks


def test_hidden_rows_columns_errors_and_merged_cells_of_an_xlsb_sheet_are_told() -> None:
    columns = record(60, struct.pack("<IIIIH", 1, 2, 0, 0, 1))
    error = record(3, struct.pack("<IIB", 0, 0, 0x2A))
    merged = record(176, struct.pack("<4I", 1, 3, 0, 0))
    marks = marks_of_xlsb(columns + row(0) + row(1, hidden=True) + row(4) + error + merged)
    assert marks.hidden_columns == {1, 2}
    assert marks.hidden_rows == {2}
    assert marks.errors == {(5, 0): "#N/A"}
    assert marks.merged == [(2, 0, 4, 0)]


def test_rows_that_a_filter_hides_in_an_xlsb_sheet_are_told_apart() -> None:
    filtered = record(161, struct.pack("<4I", 0, 3, 0, 2)) + record(163, b"\0" * 6)
    marks = marks_of_xlsb(row(2, hidden=True) + row(7, hidden=True) + filtered)
    assert (marks.filtered_rows, marks.hidden_rows) == ({3}, {8})


def test_cells_that_do_not_say_their_column_follow_the_one_before() -> None:
    cell, short = record(5, struct.pack("<IId", 3, 7, 1.0)), record(16, struct.pack("<Id", 7, 2.0))

    written_out = with_plain_cells(row(0) + cell + short + short + row(1) + short)

    following = [record(5, struct.pack("<IId", column, 7, 2.0)) for column in (4, 5, 0)]
    assert written_out == row(0) + cell + following[0] + following[1] + row(1) + following[2]


def test_a_sheet_whose_cells_say_their_column_stays_as_it_is() -> None:
    sheet = row(0) + record(300, b"x" * 90) + record(5, struct.pack("<IId", 3, 7, 1.0))

    assert with_plain_cells(sheet) is sheet


def test_the_sheets_of_an_xlsb_workbook_are_listed() -> None:
    relation, name = "rId1", "Süd"
    body = struct.pack("<II", 0, 1)
    for text in (relation, name):
        body += struct.pack("<I", len(text)) + text.encode("utf-16-le")
    part = record(131, b"") + record(156, body)
    assert book_of_xlsb(part, b"", b"").sheets == [ListedSheet("Süd", shown=True, relation="rId1")]
    assert with_sheets(part, {"rId1"}) == part
    assert with_sheets(part, set()) == record(131, b"")


def test_a_formula_of_an_xls_sheet_that_no_program_has_worked_out_is_told(reading: Reading) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Liste")
    for column, header in enumerate(("Termin-ID", "Adress-ID", "Status")):
        sheet.write(0, column, header)
        sheet.write(1, column, xlwt.Formula("70000+1") if column == 0 else ("90001", "gesendet")[column - 1])
    content = io.BytesIO()
    book.save(content)

    assert reading.problems(reading.bytes(content.getvalue(), "termine.xls")) == [(2, "formula_without_value", "Termin-ID")]


def xlsb_with_mistake(monkeypatch: pytest.MonkeyPatch, name: str) -> list[FoundInFile]:
    right = getattr(calamine, name)

    def wrong(*given: object) -> object:
        at = 1 if name == "by_column" else 0
        rows: Any = given[at]
        changed = [list(row) for row in rows]
        changed[1][0], changed[2][2] = 70_009.0, ""
        return right(*given[:at], changed, *given[at + 1 :])

    monkeypatch.setattr(calamine, name, wrong)
    messages = read_bytes(BASE, declared(), Limits(), slowly=name == "by_column")
    return [finding for message in messages if isinstance(message, Part) for finding in message.findings]


BASE = (Path(__file__).parent.parent / "corpus" / "files" / "sheetjs_base.xlsb").read_bytes()


@pytest.mark.parametrize("name", ["_even_batches", "by_column"])
def test_a_mistake_of_the_first_reader_of_an_xlsb_workbook_is_told(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert xlsb_with_mistake(monkeypatch, name) == [
        FoundInFile(2, Code.READINGS_DIFFER, "Termin-ID", "70009", "70001"),
        FoundInFile(3, Code.READINGS_DIFFER, "Bestätigung", "", "gesendet"),
    ]


@pytest.mark.parametrize("slowly", [False, True])
def test_both_other_readers_of_an_xlsb_workbook_agree_with_its_records(*, slowly: bool) -> None:
    for path in sorted((Path(__file__).parent.parent / "corpus" / "files").glob("*.xlsb")):
        messages = read_bytes(path.read_bytes(), declared(), Limits(), slowly=slowly)
        codes = {finding.code for message in messages if isinstance(message, Part) for finding in message.findings}
        assert Code.READINGS_DIFFER not in codes, path.name


def test_a_mistake_of_the_second_reader_of_an_xlsb_workbook_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    right = xlsb_records.XlsbSheet._value
    monkeypatch.setattr(
        xlsb_records.XlsbSheet, "_value", lambda self, place: 1.0 if place == (2 << 14 | 1) else right(self, place)
    )

    messages = read_bytes(BASE, declared(), Limits())

    assert [finding for message in messages if isinstance(message, Part) for finding in message.findings] == [
        FoundInFile(2, Code.READINGS_DIFFER, "Adress-ID", "90001", "1")
    ]
