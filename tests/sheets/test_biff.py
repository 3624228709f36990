"""Old workbooks, read twice: by another reader, and record by record."""

import io
import random
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.domain.model import Code, Column, Why
from sync.rows.columns import declared
from sync.sheets.cells import Cell, same
from sync.sheets.formats import calamine, xls_records
from sync.sheets.formats.xls_records import XlsSheet, book_of, workbook_stream
from sync.sheets.load import Limits, load
from sync.sheets.reader import read_bytes
from sync.sheets.stream import FoundInFile, Part, RefuseFile
from tests.sheets.conftest import Reading

HEADER = ["Termin-ID", "Adress-ID", "Bestätigung", "Beginn"]


def workbook(rows: list[list[object]], *, from_1904: bool = False) -> bytes:
    book = xlwt.Workbook()
    book.dates_1904 = from_1904
    sheet = book.add_sheet("Termine")
    date = xlwt.easyxf(num_format_str="DD.MM.YYYY HH:MM")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write(number, column, value, date)
            elif value is not None:
                sheet.write(number, column, value)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


MANY = workbook([HEADER, *([70_000 + at, 90_000 + at, ["gesendet", "bestätigt"][at % 2]] for at in range(50))])


def findings(data: bytes) -> list[FoundInFile]:
    messages = list(read_bytes(data, declared(), Limits()))
    return [finding for message in messages if isinstance(message, Part) for finding in message.findings]


def sheet_of(data: bytes) -> XlsSheet:
    book = book_of(workbook_stream(data))
    return XlsSheet(book, book.sheets[0], 10_000)


def test_a_good_workbook_is_read_without_a_word() -> None:
    assert findings(MANY) == []


@pytest.mark.parametrize("reader", ["calamine", "xlrd"])
def test_a_mistake_of_the_first_reader_is_told(monkeypatch: pytest.MonkeyPatch, reader: str) -> None:
    name = "_even_batches" if reader == "calamine" else "_uneven_batches"
    right = getattr(calamine, name)

    def wrong(rows: list[list[Cell]], *width: int) -> object:
        changed = [list(row) for row in rows]
        changed[7][0], changed[9][2] = 70_000.0, ""
        return right(changed[:-1], *width)

    monkeypatch.setattr(calamine, name, wrong)
    messages = list(read_bytes(MANY, declared(), Limits(), slowly=reader == "xlrd"))
    told = [finding for message in messages if isinstance(message, Part) for finding in message.findings]
    assert told[:2] == [
        FoundInFile(8, Code.READINGS_DIFFER, "Termin-ID", "70000", "70006"),
        FoundInFile(10, Code.READINGS_DIFFER, "Bestätigung", "", "gesendet"),
    ]
    assert {finding.row for finding in told[2:]} == {51}


def test_a_mistake_of_the_second_reader_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xls_records, "rk", lambda *_: 70_000.0)

    assert len(findings(MANY)) == 2 * 50 - 1


@pytest.mark.parametrize("from_1904", [False, True])
def test_a_date_is_no_difference_whenever_days_are_counted_from(reading: Reading, *, from_1904: bool) -> None:
    begins = [datetime.fromisoformat(moment) for moment in ("2026-12-02T09:00", "2026-12-02T09:20:59")]
    loaded = reading.bytes(workbook([HEADER, *([1, 2, "gesendet", begin] for begin in begins)], from_1904=from_1904))

    assert [row[1] for row in reading.rows(loaded, Column.BEGIN)] == [begin.isoformat() for begin in begins]
    assert reading.problems(loaded) == []


VALUES = st.one_of(
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(0, 10**6).map(lambda number: number / 100),
    st.booleans(),
    st.text(st.characters(codec="utf-16-le", exclude_categories=["Cs"]), min_size=1, max_size=30),
)


@given(st.lists(st.lists(st.one_of(st.none(), VALUES), max_size=5), max_size=8))
def test_every_value_that_was_written_is_read(rows: list[list[object]]) -> None:
    sheet = sheet_of(workbook(rows))

    for number, row in enumerate(rows, 1):
        found = sheet.cells([number], range(len(row)))
        for value, (cell,) in zip(row, found, strict=True):
            assert same(float(value) if type(value) is int else value, cell), (value, cell)  # type: ignore[arg-type]
        assert sheet.row(number).keys() == {column for column, value in enumerate(row) if value is not None}


def test_many_texts_of_both_widths_are_read_across_the_records_that_hold_them() -> None:
    chance = random.Random(1)  # noqa: S311 - test data
    texts = ["".join(chance.choice("aäß€Ж") for _ in range(chance.randrange(1, 400))) for _ in range(300)]

    sheet = sheet_of(workbook([[text] for text in texts]))

    assert sheet.cells(range(1, 301), [0]) == [texts]


@given(st.integers(0, 2**11), st.binary(min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_a_broken_workbook_is_refused_and_nothing_else(at: int, junk: bytes) -> None:
    place = 512 + at
    with TemporaryDirectory() as folder:
        path = Path(folder, "broken.xls")
        path.write_bytes(MANY[:place] + junk + MANY[place + len(junk) :])

        reason = load(path, path.name, declared(), Limits()).reason  # calamine may abort, which takes a process of its own

    assert reason is None or reason.why is not Why.READER_CRASHED, reason


def test_a_sheet_of_more_cells_than_allowed_is_refused() -> None:
    book = book_of(workbook_stream(MANY))
    with pytest.raises(RefuseFile):
        XlsSheet(book, book.sheets[0], 100)
