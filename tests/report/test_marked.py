"""A marked copy is the dropped workbook with what became of every row, and nothing else is changed in it."""

from __future__ import annotations

import io
import json
import struct
import time
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import openpyxl
import pytest
import xlsxwriter
from lxml import etree

from sync.i18n import Language, speaking, text
from sync.report.excel import orders
from sync.report.excel.copies import marked
from sync.report.excel.workbook import ORDER, column_of
from sync.rows.columns import declared
from sync.sheets.load import Limits, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sync.report.excel.orders import Order
    from tests.report.conftest import Kit

    Mark = Callable[[Path], tuple[Path, list[str]]]

CORPUS: Final = Path(__file__).parents[1] / "corpus" / "files"
EXPECTED: Final = json.loads((CORPUS.parent / "expected.json").read_text(encoding="utf-8"))
#: An encrypted workbook is no archive: its copy is a new workbook.
WORKBOOKS: Final = sorted(
    name
    for name in EXPECTED
    if name.endswith((".xlsx", ".xlsm")) and "sheets" in EXPECTED[name] and zipfile.is_zipfile(CORPUS / name)
)
ADDED: Final = ("Abgleich: Ergebnis", "Abgleich: Grund", "Abgleich: Was tun?")
RED: Final = "FFFFC9C4"
HEADER: Final = ("Termin-ID", "Adress-ID", "Status", "Rückmeldung", "Interessent", "Summe")
ROWS: Final[Sequence[tuple[object, ...]]] = (
    (70001, 90001, "bestätgt", "aktiv", "Anna Müller"),
    (70001, 90002, "gesendet", "inaktiv", "Jörg Weiß"),
    ("x12", 90003, "gesendet", "aktv", "=1+1"),
    (70002, 90004, "", "", "Klaus Groß"),
)


def written(copy: Path, order: Order) -> list[str]:
    """Write a marked copy; returns what it does without."""
    with copy.open("w+b") as target:
        return marked(order, target)


@pytest.fixture
def mark(kit: type[Kit], tmp_path: Path) -> Mark:
    def mark(path: Path) -> tuple[Path, list[str]]:
        copy = tmp_path / f"marked {path.stem}.xlsx"
        return copy, written(copy, kit.order(kit.after_run(path), source=path))

    return mark


def png() -> io.BytesIO:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress((b"\0" + bytes((31, 56, 100)) * 60) * 30)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60, 30, 8, 2, 0, 0, 0))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def office_workbook(path: Path, rows: Sequence[Sequence[object]] = ROWS, *, macros: bool = False) -> Path:
    """A workbook as offices have them: title, formats, formulas, image, charts, rules, comment, a second sheet."""
    with xlsxwriter.Workbook(path) as book:
        sheet, other = book.add_worksheet("Termine KW 49"), book.add_worksheet("Auswertung")
        if macros:
            book.add_vba_project(io.BytesIO(b"macros"), is_stream=True)
        ids = book.add_format({"num_format": "00000", "font_name": "Consolas", "bg_color": "#FFF2CC"})
        sheet.merge_range("A1:F1", "Besichtigungen Dezember", book.add_format({"bold": True, "font_size": 16}))
        sheet.write_row(2, 0, HEADER, book.add_format({"bold": True, "bg_color": "#F4B183"}))
        for at, row in enumerate(rows, 3):
            sheet.write(at, 0, row[0], ids)
            sheet.write(at, 1, row[1], ids)
            for column in (2, 3, 4):
                sheet.write_string(at, column, str(row[column]))
            sheet.write_formula(at, 5, f"=B{at + 1}*2", None, 180_002)
        sheet.set_column("A:B", 12)
        sheet.set_column("E:E", 28)
        sheet.set_column("G:XFD", None, None, {"hidden": True})
        sheet.set_row(4, 30)
        sheet.write_comment("E5", "Ruft am Freitag an", {"author": "Meyer"})
        sheet.conditional_format("D4:D40", {"type": "cell", "criteria": "==", "value": '"aktiv"', "format": ids})
        sheet.data_validation("D4:D40", {"validate": "list", "source": ["aktiv", "inaktiv"]})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Auswertung!$B$1:$B$3"})
        other.insert_chart("D2", chart)
        other.insert_image("D20", "logo.png", {"image_data": png()})
        other.write_column("B1", [5, 2, 3])
        other.write_formula("B4", "=SUM(B1:B3)", None, 10)
        book.define_name("Stichtag", "=Auswertung!$B$4")
    return path


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_of_rows_that_contradict_each_other_only_the_cells_that_do_so_are_red(mark: Mark, tmp_path: Path) -> None:
    rows = [(70001, 90001, "bestätigt", "aktiv", ""), (70001, 90001, "gecancelt", "aktiv", "")]
    sheet = openpyxl.load_workbook(mark(office_workbook(tmp_path / "termine.xlsx", rows))[0]).worksheets[0]

    for row in (4, 5):
        assert [sheet.cell(row, at).fill.fgColor.rgb == RED for at in range(1, 6)] == [False, False, True, False, False]


def test_a_header_in_two_rows_is_marked_in_the_workbook_itself(mark: Mark, tmp_path: Path) -> None:
    path = tmp_path / "termine.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Liste")
        sheet.merge_range("A1:A2", "Termin-ID")
        sheet.merge_range("B1:B2", "Adress-ID")
        sheet.merge_range("C1:D1", "Status")
        sheet.write_row("C2", ["Bestätigung", "Rückmeldung"])
        sheet.write_row("A3", ["7x", 90001, "bestätigt", "aktiv"])
    copy, missing = mark(path)
    marked = openpyxl.load_workbook(copy)["Liste"]

    assert missing == []
    assert [cell.value for cell in marked[2][4:]] == list(ADDED)
    assert [marked.cell(3, at).fill.fgColor.rgb == RED for at in range(1, 5)] == [True, False, False, False]


def test_all_parts_but_those_that_must_change_are_the_same_to_the_byte(mark: Mark, tmp_path: Path) -> None:
    path = office_workbook(tmp_path / "termine.xlsx")
    copy, missing = mark(path)
    before, after = parts(path), parts(copy)

    assert missing == []
    assert set(before) <= set(after)
    assert {name for name in before if before[name] != after[name]} == {
        *("[Content_Types].xml", "xl/workbook.xml", "xl/styles.xml"),
        *("xl/worksheets/sheet1.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"),
    }
    assert {"xl/charts/chart1.xml", "xl/media/image1.png", "xl/drawings/drawing1.xml"} <= set(after)


def test_formulas_widths_heights_styles_and_rules_of_the_sheet_stay(mark: Mark, tmp_path: Path) -> None:
    path = office_workbook(tmp_path / "termine.xlsx")
    before, after = (openpyxl.load_workbook(each) for each in (path, mark(path)[0]))
    old, new = before["Termine KW 49"], after["Termine KW 49"]

    assert [[cell.value for cell in row] for row in new["A1:F7"]] == [[cell.value for cell in row] for row in old["A1:F7"]]
    for row in (*range(1, 4), 5):
        for column in range(1, 7):
            assert looks(new.cell(row, column)) == looks(old.cell(row, column))
    assert [new.column_dimensions[letter].width for letter in "AE"] == [12.7109375, 28.7109375]
    assert new.row_dimensions[5].height == 30
    assert [str(each.sqref) for each in new.conditional_formatting] == ["D4:D40"]
    assert new.merged_cells.ranges == old.merged_cells.ranges
    assert after.defined_names["Stichtag"].attr_text == "Auswertung!$B$4"
    assert new["E5"].comment.text == old["E5"].comment.text


def looks(cell: Any) -> tuple[object, ...]:  # noqa: ANN401 - openpyxl's cells are of several kinds
    return tuple(map(str, (cell.font, cell.fill, cell.border, cell.number_format, cell.alignment)))


def test_every_row_says_what_became_of_it_why_and_what_to_do(mark: Mark, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(mark(office_workbook(tmp_path / "termine.xlsx"))[0])["Termine KW 49"]

    assert [cell.value for cell in sheet[3]] == [*HEADER, *ADDED]
    assert [sheet.cell(row, 7).value for row in range(4, 8)] == ["fehlerhaft", "aktualisiert", "fehlerhaft", "fehlerhaft"]
    assert sheet["H4"].value == "„bestätgt“ ist kein zulässiger Wert. Meinten Sie „bestätigt“?"
    assert sheet["I4"].value == "Tragen Sie einen der zulässigen Werte ein und legen Sie die Zeile noch einmal ab."
    assert sheet["H5"].value is None


def test_a_wrong_cell_is_coloured_keeps_its_format_and_has_the_reason_as_its_comment(mark: Mark, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(mark(office_workbook(tmp_path / "termine.xlsx"))[0])["Termine KW 49"]

    red = {cell.coordinate for row in sheet["A4:F7"] for cell in row if cell.fill.fgColor.rgb == RED}
    assert red == {"C4", "A6", "D6", "C7", "D7"}
    assert sheet["C4"].comment.text == sheet["H4"].value
    assert (sheet["A6"].number_format, sheet["A6"].font.name) == ("00000", "Consolas")


def test_header_filter_widths_and_drop_downs_are_set(mark: Mark, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(mark(office_workbook(tmp_path / "termine.xlsx"))[0])["Termine KW 49"]

    assert sheet.freeze_panes == "A4"
    assert sheet.auto_filter.ref == "A3:I7"
    assert [sheet.column_dimensions[letter].hidden for letter in "GHIJ"] == [False, False, False, True]
    offered = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert offered == {"D4:D40": '"aktiv,inaktiv"', "C4:C7": '"bestätigt,gesendet,gecancelt,nicht gesetzt"'}


def test_what_is_frozen_or_filtered_already_stays(mark: Mark, tmp_path: Path) -> None:
    path = tmp_path / "termine.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER[:3])
        sheet.write_row(1, 0, ROWS[1][:3])
        sheet.freeze_panes(1, 2)
        sheet.autofilter("A1:C2")
    marked = openpyxl.load_workbook(mark(path)[0]).active

    assert marked.freeze_panes == "C2"
    assert marked.auto_filter.ref == "A1:F2"


@pytest.mark.parametrize("language", [*Language])
def test_the_bold_header_of_every_added_column_fits_into_one_line(language: Language) -> None:
    with speaking(language):
        added = {str(text(key)): width for key, width in (*orders.BESIDE.values(), *orders.ADDED)}

    assert [header for header, width in added.items() if len(header) + 2 > width] == []


def test_nothing_is_written_below_a_chart_and_no_chart_grows(mark: Mark, tmp_path: Path) -> None:
    path = tmp_path / "termine.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Termine")
        for at, row in enumerate((HEADER[:3], *(row[:3] for row in ROWS))):
            sheet.write_row(at, 0, row)
        chart = book.add_chart({"type": "pie"})
        chart.add_series({"values": "=Termine!$A$2:$A$3"})
        sheet.insert_chart("D1", chart)  # 480 pixels: to column K
    marked = openpyxl.load_workbook(mark(path)[0])["Termine"]

    assert [cell.value for cell in marked[1]][11:] == list(ADDED)
    assert all(marked.row_dimensions[row].height is None for row in range(1, 6))
    assert [column.col_id for column in marked.auto_filter.filterColumn if column.hiddenButton] == list(range(3, 11))


def test_an_excel_table_keeps_its_own_filter(mark: Mark) -> None:
    copy, missing = mark(CORPUS / "xlsxwriter_table_with_totals.xlsx")
    sheet = openpyxl.load_workbook(copy).active

    assert missing == []
    [table] = sheet.tables.values()
    boundaries = openpyxl.utils.range_boundaries
    assert boundaries(sheet.auto_filter.ref)[0] > boundaries(table.ref)[2]


def test_macros_stay_out_and_the_copy_says_so(mark: Mark, tmp_path: Path) -> None:
    path = office_workbook(tmp_path / "termine.xlsm", macros=True)
    copy, missing = mark(path)
    after = parts(copy)

    assert missing == ["Makros sind in dieser Kopie nicht enthalten."]
    assert not any("vba" in name for name in after)
    assert b"macroEnabled" not in after["[Content_Types].xml"]
    assert b"vba" not in after["xl/_rels/workbook.xml.rels"]
    assert "Makros sind in dieser Kopie nicht enthalten." in openpyxl.load_workbook(copy)["Termine KW 49"]["G3"].comment.text


def test_a_signature_stays_out_and_the_copy_says_so(mark: Mark, tmp_path: Path) -> None:
    path = tmp_path / "termine.xlsx"
    signed = parts(office_workbook(path))
    signed["_rels/.rels"] = signed["_rels/.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin" '
        b'Target="_xmlsignatures/origin.sigs"/></Relationships>',
    )
    write(path, signed | {"_xmlsignatures/origin.sigs": b""})
    copy, missing = mark(path)

    assert missing == ["Die digitale Signatur ist in dieser Kopie nicht enthalten, weil sie nur für das Original gilt."]
    assert not any("signature" in name for name in parts(copy))


@pytest.mark.parametrize("name", WORKBOOKS)
def test_the_copy_of_any_programs_workbook_reads_like_the_original(name: str, mark: Mark) -> None:
    copy, missing = mark(CORPUS / name)

    without_styles = "xl/styles.xml" not in parts(CORPUS / name)
    assert bool(missing) == (name == "xlsxwriter_base_strict.xlsx" or without_styles)
    if not missing:
        assert list(everything(copy)) == list(everything(CORPUS / name))
    openpyxl.load_workbook(copy)
    for part, data in parts(copy).items():
        if part.startswith("xl/worksheets/sheet"):
            assert_in_order(data)


def assert_in_order(data: bytes) -> None:
    """Excel takes elements in the order of the schema only, and cells from left to right."""
    root = etree.fromstring(data)
    ranks = [ORDER.index(etree.QName(child).localname) for child in root if etree.QName(child).localname in ORDER]
    assert ranks == sorted(ranks)
    assert b"ns0:" not in data
    for row in root.iter("{*}row"):
        columns = [column_of(cell.get("r", "")) for cell in row.iter("{*}c") if cell.get("r")]
        assert columns == sorted(set(columns))


def everything(path: Path) -> Iterable[object]:
    loaded = load(path, "same", declared(), Limits())
    for sheet in loaded.sheets:
        yield sheet.name, sheet.header_row, sheet.rows.tolist(), sheet.blank
        yield [(cells.header, cells.texts.tolist()) for cells in (*sheet.declared.values(), *sheet.others)]


def test_texts_of_the_file_never_become_formulas_or_markup(mark: Mark, tmp_path: Path) -> None:
    path = tmp_path / "termine.csv"
    path.write_text(
        'Termin-ID;Adress-ID;Status;Notiz\n70001;90001;"=HYPERLINK(""x"")";=1+1\n70001;90002;<b>&_x0041_;@SUM(A1)\n', "utf-8"
    )
    sheet = openpyxl.load_workbook(mark(path)[0]).worksheets[0]

    assert {cell.data_type for row in sheet["A2:G3"] for cell in row} <= {"s", "n"}
    assert sheet["D2"].value == "=1+1"
    assert sheet["C2"].value == '=HYPERLINK("x")'


def test_a_text_that_looks_like_an_escape_is_shown_as_it_is(mark: Mark, tmp_path: Path) -> None:
    path = office_workbook(tmp_path / "termine.xlsx", [(70001, 90001, "_x0041_<b>", "", "")])
    copy, _ = mark(path)

    assert b"_x005F_x0041_&lt;b&gt;" in parts(copy)["xl/worksheets/sheet1.xml"]


def test_a_csv_file_becomes_a_workbook_of_the_same_layout(mark: Mark, tmp_path: Path) -> None:
    path = tmp_path / "termine.csv"
    path.write_text("Notiz;Termin-ID;Adress-ID;Status\nerste;70001;00359;bestätgt\nzweite;70002;90002;gesendet\n", "cp1252")
    copy, missing = mark(path)
    book = openpyxl.load_workbook(copy)
    sheet = book.worksheets[0]

    assert [cell.value for cell in sheet[1]] == ["Notiz", "Termin-ID", "Adress-ID", "Status", *ADDED]
    assert [[cell.value for cell in row[:5]] for row in sheet["A2:E3"]] == [
        ["erste", "70001", "00359", "bestätgt", "fehlerhaft"],
        ["zweite", "70002", "90002", "gesendet", "aktualisiert"],
    ]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G3"
    assert missing[0] in [row[0].value for row in book["Hinweise"].iter_rows()]


def test_a_workbook_that_cannot_be_marked_safely_is_written_anew_and_says_so(mark: Mark, tmp_path: Path) -> None:
    path = tmp_path / "termine.xlsx"
    write(path, {name: data for name, data in parts(office_workbook(path)).items() if name != "xl/styles.xml"})
    copy, missing = mark(path)

    assert missing[0].startswith("Dateien dieser Art lassen sich nicht direkt markieren.")
    assert [cell.value for cell in openpyxl.load_workbook(copy)["Termine KW 49"][1]] == [*HEADER, *ADDED]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"</sheetData>", b'<row r="999999999999"/></sheetData>'),
        (b"<mergeCells", b"<mergeCells>" + b'<mergeCell ref="A1:XFD1048576"/>' * 100 + b"</mergeCells><mergeCells"),
        (b"<sheetData>", b'<cols><col min="x"/></cols><sheetData>'),
        (b'r="A3"', b'r="3"'),
        (b'sqref="D4:D40"><formula1>', b'sqref="' + b"Z1 " * 20_001 + b'"><formula1>'),
        (b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet'),
    ],
)
def test_an_odd_workbook_costs_its_formats_only(old: bytes, new: bytes, kit: type[Kit], tmp_path: Path) -> None:
    path = office_workbook(tmp_path / "termine.xlsx")
    checked = kit.after_run(path)
    some = parts(path)
    some["xl/worksheets/sheet1.xml"] = some["xl/worksheets/sheet1.xml"].replace(old, new, 1)
    write(path, some)
    missing = written(tmp_path / "copy.xlsx", kit.order(checked, source=path))

    assert missing[0].startswith("Dateien dieser Art lassen sich nicht direkt markieren.")
    assert openpyxl.load_workbook(tmp_path / "copy.xlsx")["Termine KW 49"].max_row == 5


def test_a_workbook_beyond_the_limit_is_written_anew_and_says_so(
    mark: Mark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.report.excel.workbook.MOST_PART_BYTES", 100)

    assert "zu groß" in mark(office_workbook(tmp_path / "termine.xlsx"))[1][0]


def test_beyond_so_many_comments_the_columns_alone_give_the_reason(
    mark: Mark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.report.excel.mark.MOST_COMMENTS", 3)
    copy, missing = mark(office_workbook(tmp_path / "termine.xlsx"))
    sheet = openpyxl.load_workbook(copy)["Termine KW 49"]

    assert missing == [
        "Kommentare stehen nur an den ersten 2.000 falschen Zellen eines Blattes; den Grund nennt bei allen die Spalte rechts."
    ]
    assert len([cell for row in sheet["A4:F7"] for cell in row if cell.comment]) == 3  # one of them was there before
    assert sheet["H7"].value


def write(path: Path, some: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in some.items():
            archive.writestr(name, data)


@pytest.mark.long
@pytest.mark.parametrize("wrong", [50, 1])
def test_20_000_rows_are_marked_in_less_than_20_seconds(wrong: int, mark: Mark, tmp_path: Path) -> None:
    rows = [
        (70_001 + at // 4, 90_001 + at, "bestätgt" if at % wrong == 0 else "bestätigt", "", f"Kunde {at}") for at in range(20_000)
    ]
    path = office_workbook(tmp_path / "termine.xlsx", rows)
    start = time.monotonic()
    mark(path)

    assert time.monotonic() - start < 20
