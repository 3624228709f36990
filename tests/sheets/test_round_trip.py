"""Any table that one of our writers writes is read back with the same texts and the same row numbers."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.domain.model import Column
from sync.rows.columns import declared, is_blank
from sync.sheets.formats import text as delimited
from sync.sheets.load import Limits, assemble
from sync.sheets.reader import read_bytes
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.domain.model import Sheet

HEADER = ["Termin-ID", "Adress-ID", "Bestätigung", "Notiz"]
#: Characters that XML and text files can hold; a carriage return becomes a line feed in XML.
TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"), max_size=12)
#: No header words: a row of them below the header may belong to it, see `test_header_rows`.
WORD = TEXT.filter(lambda text: not declared().column_of(text))
CELL = st.one_of(WORD, st.sampled_from(["", "bestätigt", "NA", "#N/A", '"', ";", "a\nb", " x ", "=1+1", "00359", "\ufeff", "'"]))
TABLE = st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=25)
TITLES = st.integers(0, 4)


def with_csv(delimiter: str, encoding: str, quoting: int) -> Callable[[int, list[list[str]]], bytes]:
    def write(titles: int, rows: list[list[str]]) -> bytes:
        file = io.StringIO()
        writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")  # type: ignore[arg-type]
        writer.writerows([["Liste vom 1.12.2026"]] * titles + [HEADER, *rows])
        return file.getvalue().encode(encoding)

    return write


def with_xlsxwriter(titles: int, rows: list[list[str]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([["Liste"]] * titles + [HEADER, *rows]):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)
    return file.getvalue()


def with_openpyxl(titles: int, rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row, cells in enumerate([["Liste"]] * titles + [HEADER, *rows], 1):
        for column, text in enumerate(cells, 1):
            if text:
                cell = book.active.cell(row, column, text)
                cell.data_type = "s"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


WRITERS = [
    with_csv(";", "utf-8-sig", csv.QUOTE_MINIMAL),
    with_csv(",", "utf-8-sig", csv.QUOTE_ALL),
    with_csv("\t", "utf-16", csv.QUOTE_MINIMAL),
    with_csv("|", "utf-8-sig", csv.QUOTE_NONNUMERIC),
    with_xlsxwriter,
    with_openpyxl,
]


def expected(write: object, titles: int, rows: list[list[str]]) -> list[list[object]]:
    """What stands in the rows that are not blank, with the numbers that a program shows."""
    is_csv = write not in {with_xlsxwriter, with_openpyxl}
    number, found = titles + 2, []
    for cells in rows:
        if not all(map(is_blank, cells)):
            found.append([number, *cells])
        number += 1 + (sum(cell.count("\n") for cell in cells) if is_csv else 0)
    return found


@given(write=st.sampled_from(WRITERS), titles=TITLES, rows=TABLE)
@settings(max_examples=tries(250), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_is_read_back_with_its_row_numbers(
    write: Callable[[int, list[list[str]]], bytes], titles: int, rows: list[list[str]]
) -> None:
    loaded = assemble("x", read_bytes(write(titles, rows), declared(), Limits()))
    wanted = expected(write, titles, rows)
    if not wanted:
        assert not any(len(sheet.rows) for sheet in loaded.sheets)
        return
    assert loaded.reason is None, loaded.reason
    (sheet,) = loaded.sheets
    declared_texts = [sheet.declared[column].texts for column in (Column.APPOINTMENT, Column.ADDRESS, Column.CONFIRMATION)]
    (note,) = sheet.others
    assert note.header == "Notiz"
    assert [list(row) for row in zip(sheet.rows.tolist(), *declared_texts, note.texts, strict=True)] == wanted
    assert sheet.header_row == titles + 1


@given(
    rows=st.lists(
        st.lists(st.sampled_from(["", "1", "x;y", 'a"b', "a\nb", "a\rb"]), min_size=2, max_size=6), min_size=1, max_size=30
    )
)
@settings(max_examples=tries(150), deadline=None)
def test_the_quick_way_through_text_and_the_exact_one_agree(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=";").writerows([["Termin-ID", "Adress-ID", "Status"], *rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_WORTH_PANDAS", 0)
        quick = assemble("x", read_bytes(file.getvalue().encode(), declared(), Limits()))
    exact = assemble("x", read_bytes(file.getvalue().encode() + b'="";;\n', declared(), Limits()))
    if quick.reason or exact.reason:
        assert quick.reason == exact.reason
        return
    for one, other in zip(quick.sheets, exact.sheets, strict=True):
        assert one.rows.tolist() == other.rows.tolist()
        assert texts_of(one) == texts_of(other)
        assert one.problems == other.problems


def texts_of(sheet: Sheet) -> list[tuple[str, list[str]]]:
    return [(column.header, column.texts.tolist()) for column in (*sheet.declared.values(), *sheet.others)]
