import io
import struct

import xlwt

from sync.loader.records import marks_of_xlsb, sheets_of_xlsb, with_long_cells
from tests.loader.conftest import Reading


def record(kind: int, body: bytes) -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(body) & 0x7F]) + body


def row(number: int, *, hidden: bool = False) -> bytes:
    return record(0, struct.pack("<IIHBB", number, 0, 300, 0, 0x10 if hidden else 0) + b"\0\0\0\0\0")


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

    written_out = with_long_cells(row(0) + cell + short + short + row(1) + short)

    following = [record(5, struct.pack("<IId", column, 7, 2.0)) for column in (4, 5, 0)]
    assert written_out == row(0) + cell + following[0] + following[1] + row(1) + following[2]


def test_a_sheet_whose_cells_say_their_column_stays_as_it_is() -> None:
    sheet = row(0) + record(300, b"x" * 90) + record(5, struct.pack("<IId", 3, 7, 1.0))

    assert with_long_cells(sheet) is sheet


def test_the_sheets_of_an_xlsb_workbook_are_listed() -> None:
    relation, name = "rId1", "Süd"
    body = struct.pack("<II", 0, 1)
    for text in (relation, name):
        body += struct.pack("<I", len(text)) + text.encode("utf-16-le")
    assert sheets_of_xlsb(record(131, b"") + record(156, body)) == [("Süd", "rId1")]


def test_a_formula_of_an_xls_sheet_that_no_program_has_worked_out_is_told(reading: Reading) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Liste")
    for column, header in enumerate(("Termin-ID", "Adress-ID", "Status")):
        sheet.write(0, column, header)
        sheet.write(1, column, xlwt.Formula("70000+1") if column == 0 else ("90001", "gesendet")[column - 1])
    content = io.BytesIO()
    book.save(content)

    assert reading.problems(reading.bytes(content.getvalue(), "termine.xls")) == [(2, "formula_without_value", "Termin-ID")]
