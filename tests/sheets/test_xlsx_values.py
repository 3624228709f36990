"""The values of .xlsx sheets, read twice: whatever form a cell is written in, and whichever of the two readings is wrong."""

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from functools import partial

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.model import Code, Column, Why
from sync.rows.columns import declared
from sync.sheets.formats import calamine, xlsx
from sync.sheets.formats.package import is_date
from sync.sheets.formats.xlsx import Form, SheetValues, Texts, XlsxBook, texts_of, whole
from sync.sheets.load import Limits
from sync.sheets.reader import read_bytes
from sync.sheets.stream import FoundInFile, Opened, Part, RefuseFile
from tests.sheets.conftest import Reading

HEADER = '<row r="1">' + "".join(
    f'<c r="{column}1" t="inlineStr"><is><t>{name}</t></is></c>'
    for column, name in zip("ABCD", ("Termin-ID", "Adress-ID", "Bestätigung", "Rückmeldung"), strict=True)
) + "</row>"  # fmt: skip
GOOD = '<row r="2"><c r="A2"><v>70001</v></c><c r="B2"><v>90001</v></c><c r="C2" t="inlineStr"><is><t>gesendet</t></is></c></row>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def sheet_of(rows: str, before: str = "", after: str = "") -> bytes:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'.encode()


def package(**parts: bytes) -> bytes:
    """A workbook with other contents of some parts, named without folder and ending."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("Termine")
    sheet.write(0, 0, "x")
    book.close()
    made = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name.rpartition("/")[2].partition(".")[0], old.read(name)))
    return made.getvalue()


def second_row(values: str) -> bytes:
    return package(sheet1=sheet_of(HEADER + f'<row r="2">{values}</row>'))


ID = '<c r="A2"><v>70001</v></c>'
ADDRESS = '<c r="B2"><v>90001</v></c>'
BOTH, IDS = ID + ADDRESS, ["70001", "90001"]


@pytest.mark.parametrize("kind", ["n", "s"])
@pytest.mark.parametrize("number", ["0_1", "٠"])  # noqa: RUF001 - that is the point
def test_a_number_that_only_python_knows_is_damage(reading: Reading, kind: str, number: str) -> None:
    loaded = reading.bytes(second_row(f'{ID}<c r="B2" t="{kind}"><v>{number}</v></c>'), "termine.xlsx")
    assert loaded.reason
    assert loaded.reason.why is Why.DAMAGED


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (BOTH + '<c r="C2" t="str"><v>gesen<![CDATA[det]]></v></c>', [*IDS, "gesendet"]),
        ('<c r="A2"><v>700<!-- eine Notiz -->01</v></c>' + ADDRESS, ["70001", "90001", ""]),
        ('<c r="A2"><v>700<?ein Hinweis?>01</v></c>' + ADDRESS, ["70001", "90001", ""]),
        ('<c r="A2"><v>7000&#49;</v></c>' + ADDRESS, ["70001", "90001", ""]),
        ('<c r="A2" t="str"><v>7000&#x31;</v></c>' + ADDRESS, ["70001", "90001", ""]),
        (BOTH + '<c r="C2" t="inlineStr"><is><r><t>gesen</t></r><r><rPr><b/></rPr><t>det</t></r></is></c>', [*IDS, "gesendet"]),
        (BOTH + '<c r="C2" t="inlineStr"><is><t>gesendet</t><rPh sb="0" eb="1"><t>laut</t></rPh></is></c>', [*IDS, "gesendet"]),
        (BOTH + '<c r="C2" t="str"><v xml:space="preserve"> gesendet </v></c>', ["70001", "90001", " gesendet "]),
        (BOTH + '<c r="C2" t="str"><v>gesendet_x000D_</v></c>', ["70001", "90001", "gesendet\r"]),
        (BOTH + '<c r="C2" t="str"><f>B1&amp;"x"</f><v>gesendet</v></c>', [*IDS, "gesendet"]),
        ('<c r="A2" t="b"><v>1</v></c>' + ADDRESS, ["WAHR", "90001", ""]),
        ("<c><v>70001</v></c><c><v>90001</v></c>", ["70001", "90001", ""]),
        ('<c r="A2"><v>7.0001E4</v></c>' + ADDRESS, ["70001", "90001", ""]),
        ("<c r='A2'><v>70001</v></c>" + ADDRESS, ["70001", "90001", ""]),
    ],
)  # fmt: skip
def test_a_value_is_read_whole_in_whatever_form_it_is_written(reading: Reading, cells: str, read: list[str]) -> None:
    loaded = reading.bytes(second_row(cells))

    assert reading.rows(loaded, Column.APPOINTMENT, Column.ADDRESS, Column.CONFIRMATION) == [[2, *read]]
    assert reading.problems(loaded) == []


def test_shared_texts_in_several_pieces_are_read_whole(reading: Reading) -> None:
    texts = "<si><t>ges<!-- x -->endet</t></si><si><r><t>ak</t></r><r><t>tiv</t></r><rPh sb='0' eb='1'><t>x</t></rPh></si>"
    cells = BOTH + '<c r="C2" t="s"><v>0</v></c><c r="D2" t="s"><v>1</v></c>'
    book = package(
        sheet1=sheet_of(HEADER + f'<row r="2">{cells}</row>'), sharedStrings=f'<sst xmlns="{MAIN}">{texts}</sst>'.encode()
    )

    assert reading.rows(reading.bytes(book), Column.CONFIRMATION, Column.FEEDBACK) == [[2, "gesendet", "aktiv"]]


@pytest.mark.parametrize(
    "rows",
    [
        GOOD + GOOD,
        GOOD + GOOD.replace('r="2"', 'r="3"').replace("2", "3") + GOOD,
        '<row r="2">' + ID + ADDRESS + ID + "</row>",
        '<row r="2">' + ID + ADDRESS + "<c r='A2'><v>70002</v></c></row>",
        GOOD.replace('r="A2"', 'r="A3"').replace("<c ", '<c cm="1" '),
    ],
)
def test_what_stands_there_twice_or_elsewhere_than_it_says_is_damage(reading: Reading, rows: str) -> None:
    loaded = reading.bytes(package(sheet1=sheet_of(HEADER + rows)))

    assert loaded.reason
    assert loaded.reason.why is Why.DAMAGED


def test_rows_in_disorder_are_read_in_order(reading: Reading) -> None:
    third = GOOD.replace('r="2"', 'r="3"').replace("A2", "A3").replace("B2", "B3").replace("C2", "C3").replace("70001", "70003")
    loaded = reading.bytes(package(sheet1=sheet_of(third + HEADER + GOOD)))

    assert reading.rows(loaded, Column.APPOINTMENT) == [[2, "70001"], [3, "70003"]]
    assert reading.problems(loaded) == []


def test_rows_and_columns_without_height_or_width_are_hidden(reading: Reading) -> None:
    columns = '<cols><col min="3" max="3" width="0" customWidth="1"/></cols>'
    rows = HEADER + GOOD.replace('<row r="2">', '<row r="2" ht="0" customHeight="1">')

    assert reading.problems(reading.bytes(package(sheet1=sheet_of(rows, columns)))) == [
        (2, "hidden_column", "Bestätigung"),
        (2, "hidden_row", None),
    ]


def test_columns_of_no_width_but_those_that_have_one_are_hidden(reading: Reading) -> None:
    columns = '<sheetFormatPr defaultColWidth="0" defaultRowHeight="15"/><cols><col min="1" max="2" width="9"/></cols>'

    assert reading.problems(reading.bytes(package(sheet1=sheet_of(HEADER + GOOD, columns)))) == [
        (2, "hidden_column", "Bestätigung"),
        (2, "hidden_column", "Rückmeldung"),
    ]


def relations(prefix: str, *targets: tuple[str, str]) -> bytes:
    each = "".join(
        f'<{prefix}Relationship Id="r{at}" Type="{OFFICE}/{kind}" Target="{to}"/>' for at, (kind, to) in enumerate(targets)
    )
    xmlns = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    return f'<{prefix}Relationships {xmlns}="http://schemas.openxmlformats.org/package/2006/relationships">{each}</{prefix}Relationships>'.encode()


SHEETS = '<x:sheets><x:sheet name="Termine" sheetId="1" r:id="r0"/></x:sheets>'
BOOK = f'<x:workbook xmlns:x="{MAIN}" xmlns:r="{OFFICE}">{SHEETS}</x:workbook>'
MAIN_TYPE = b"<Types>application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml</Types>"


@pytest.mark.parametrize(
    ("parts", "target", "prefix"),
    [
        (("workbook.xml", "_rels/workbook.xml.rels", "blatt.xml"), "blatt.xml", ""),
        (("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"), "/xl/worksheets/sheet1.xml", ""),
        (("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"), "worksheets/sheet1.xml", "p:"),
        (("XL/Workbook.XML", "XL/_rels/Workbook.XML.rels", "XL/Worksheets/Sheet1.XML"), "worksheets\\sheet1.xml", ""),
        (("a/b/mappe.xml", "a/b/_rels/mappe.xml.rels", "c/blatt 1.xml"), "../../c/blatt%201.xml", "p:"),
    ],
)
def test_parts_are_found_by_their_relations_wherever_they_are(
    reading: Reading, parts: tuple[str, str, str], target: str, prefix: str
) -> None:
    book, rels, sheet = parts
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", MAIN_TYPE)
        archive.writestr("_rels/.rels", relations(prefix, ("officeDocument", book)))
        archive.writestr(rels, relations(prefix, ("worksheet", target)))
        archive.writestr(book, BOOK)
        archive.writestr(sheet, sheet_of(HEADER + GOOD))

    loaded = reading.bytes(file.getvalue())

    assert reading.rows(loaded, Column.APPOINTMENT, Column.CONFIRMATION) == [[2, "70001", "gesendet"]]
    assert reading.problems(loaded) == []


def test_parts_in_another_encoding_are_read(reading: Reading) -> None:
    sheet = '<?xml version="1.0" encoding="UTF-16"?>' + sheet_of(HEADER + GOOD).decode()

    assert reading.rows(reading.bytes(package(sheet1=sheet.encode("utf-16"))), Column.CONFIRMATION) == [[2, "gesendet"]]


def book_of(rows: list[list[object]], *, from_1904: bool = False) -> bytes:
    file = io.BytesIO()
    book = openpyxl.Workbook()
    if from_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row in [["Termin-ID", "Adress-ID", "Bestätigung", "Beginn"], *rows]:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("from_1904", [False, True])
def test_a_date_is_no_difference_whenever_days_are_counted_from(reading: Reading, *, from_1904: bool) -> None:
    begins = [datetime.fromisoformat(moment) for moment in ("2026-12-02T09:00", "2026-12-02T09:20:59")]
    loaded = reading.bytes(book_of([[70001, 90001, "gesendet", begin] for begin in begins], from_1904=from_1904))

    assert [row[1] for row in reading.rows(loaded, Column.BEGIN)] == [begin.isoformat() for begin in begins]
    assert reading.problems(loaded) == []


def findings(data: bytes) -> list[FoundInFile]:
    messages = list(read_bytes(data, declared(), Limits()))
    assert any(isinstance(message, Opened) for message in messages), messages
    return [finding for message in messages if isinstance(message, Part) for finding in message.findings]


MANY = book_of([[70_000 + at, 90_000 + at, ["gesendet", "bestätigt"][at % 2], None] for at in range(50)])


def test_a_mistake_of_the_first_reader_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    right = calamine._sheets_of

    def wrong(*args: object) -> object:
        grids = right(*args)  # type: ignore[arg-type]
        for grid in grids or ():
            batch = next(grid.batches)
            columns = [list(column) for column in batch.columns]
            columns[0][7], columns[2][9] = 70_000.0, ""
            object.__setattr__(grid, "batches", iter([batch._replace(columns=columns)]))
        return grids

    monkeypatch.setattr(calamine, "_sheets_of", wrong)
    assert findings(MANY) == [
        FoundInFile(8, Code.READINGS_DIFFER, "Termin-ID", "70000", "70006"),
        FoundInFile(10, Code.READINGS_DIFFER, "Bestätigung", "", "gesendet"),
    ]


def test_a_mistake_of_the_second_reader_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    right = xlsx._Quick.cells

    def wrong(self: xlsx._Quick, rows: range) -> object:
        found = right(self, rows)
        assert found is not None
        columns = [list(column) for column in found]
        columns[1][0] = 90_001.0
        return columns

    monkeypatch.setattr(xlsx._Quick, "cells", wrong)
    assert findings(MANY) == [FoundInFile(2, Code.READINGS_DIFFER, "Adress-ID", "90000", "90001")]


def test_a_row_that_the_first_reader_ends_before_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    right = calamine._even_batches

    def wrong(rows: list[object], width: int) -> object:
        return right(list(rows)[:-1], width)  # type: ignore[arg-type]

    monkeypatch.setattr(calamine, "_even_batches", wrong)
    assert [finding.row for finding in findings(MANY)] == [51, 51, 51]


PLACES = st.sampled_from(["A", "B", "C", "AA"])
CELLS = st.one_of(
    st.integers(0, 99999).map(lambda number: f"><v>{number}</v></c>"),
    st.integers(0, 2).map(lambda at: f' s="1" t="s"><v>{at}</v></c>'),
    st.just("/>"), st.just(' s="1"/>'), st.just(' t="b"><v>1</v></c>'), st.just(' s="1"><v>46000.5</v></c>'),
    st.just(' t="str"><f>A1</f><v>a&amp;b</v></c>'), st.just(' t="inlineStr"><is><t>c&#100;</t></is></c>'),
    st.just(' t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>'), st.just(' cm="1"><v>5</v></c>'),
)  # fmt: skip


@given(st.lists(st.dictionaries(PLACES, CELLS, max_size=3), max_size=9), st.integers(1, 3), st.integers(1, 60))
def test_searching_for_values_finds_what_a_walk_through_the_sheet_finds(rows: list[dict[str, str]], step: int, size: int) -> None:
    xml = "".join(
        f'<row r="{number}">' + "".join(f'<c r="{name}{number}"{cell}' for name, cell in sorted(row.items())) + "</row>"
        for number, row in enumerate(rows, 1)
    )
    sheet = sheet_of(xml)
    book = XlsxBook(Texts([b"null", b"eins &lt;", b"zwei"]), frozenset({1}))
    quick, careful = (SheetValues(partial(pieces, sheet, size), book, form) for form in (Form.PLAIN, Form.ORDERLY))
    for begin in range(1, 12, step):
        asked = range(begin, begin + step), [0, 1, 26]
        found = [[[cell or "" for cell in column] for column in values.cells(*asked)] for values in (quick, careful)]
        assert found[0] == found[1]
    assert list(quick.below(12)) == list(careful.below(12)) == []


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@given(st.binary(max_size=40), st.integers(1, 9))
def test_pieces_cut_anew_are_the_same_bytes(data: bytes, size: int) -> None:
    again = list(whole(pieces(data, size), b"a"))

    assert b"".join(again) == data
    assert all(piece.startswith(b"a") for piece in again[1:] if piece)


@pytest.mark.parametrize(
    "texts",
    ["<si><t>a</t></si><si><t xml:space='preserve'>b </t></si>", "<si><t>a</t></si><si/>", "<x:si><x:t>a</x:t></x:si>", ""],
)
def test_shared_texts_are_the_same_in_every_form(texts: str) -> None:
    xml = f'<sst xmlns="{MAIN}" xmlns:x="{MAIN}">{texts}</sst>'.encode()
    expected = {"": [], "<x:s": ["a"]}.get(texts[:4], ["a", "b " if "b" in texts else ""])
    found = texts_of(partial(pieces, xml, 7))

    assert [found[at] for at in range(len(expected))] == expected


@pytest.mark.parametrize(
    ("number", "code", "date"),
    [
        (14, None, True), (22, None, True), (0, None, False), (1, None, False), (49, None, False),
        (164, "yyyy\\-mm\\-dd", True), (165, 'dd.mm.yyyy\\ hh:mm" Uhr"', True), (166, "[h]:mm", True),
        (167, '0" Std"', False), (168, "[Red]0.00", False), (169, "General", False), (170, "Standard", False),
        (171, "[$-407]#,##0\\ _D", False), (172, "0;[Red]-0;d", False),
    ],
)  # fmt: skip
def test_a_number_format_shows_a_date_or_it_does_not(number: int, code: str | None, *, date: bool) -> None:
    assert is_date(number, code) is date


def test_a_value_that_is_not_of_its_type_is_damage() -> None:
    with pytest.raises(RefuseFile):
        XlsxBook(Texts([]), frozenset()).cell("s", "", "0")
