"""A faulty sheet comes in, its correction file goes out, is mended in its coloured cells only, comes back: all is done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import xlsxwriter
from openpyxl import load_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.roundtrip.conftest import Desk

CORPUS: Final = Path(__file__).parents[1] / "corpus" / "files"
#: One sheet as many programs write it: three rows are fine, three have no record number in the first column.
BASE_LINKS: Final = ((70001, 90001), (70002, 90004), (70002, 90005), (70002, 90006), (70002, 90007))
BASE_FILES: Final = (
    *("libreoffice_base.csv", "sheetjs_base_utf16.txt", "libreoffice_base.html", "sheetjs_base_html.xls"),
    *("libreoffice_base.xlsx", "sheetjs_base.xlsx", "openpyxl_base.xlsx", "exceljs_base.xlsx", "xlsxwriter_base.xlsx"),
    *("sheetjs_base.xlsm", "xlsxwriter_base_strict.xlsx", "xlwt_base.xls", "libreoffice_base.xls"),
    *("sheetjs_base_2003_xml.xls", "libreoffice_base.ods", "libreoffice_base.fods"),
)
HEADER: Final = ("Termin-ID", "Kunde", "Adress-ID", "Status", "Terminrückmeldung", "Beginn", "Bemerkung")
ROWS: Final[Sequence[tuple[object, ...]]] = (
    (70001, "Grüneberg, Jörg", 90001, "bestätigt", "aktiv", "02.12.2026 09:00", "in Ordnung"),
    (70001, "Weiß & Söhne", 90002, "bestätgt", "", "", "Tippfehler"),
    (70001, "=1+1", 90003, "gesendet", "aktv", "", "zwei Fehler"),
    ("", "Häßler, Änne", 90004, "abgesagt", "vielleicht", "am Montag", "alles falsch"),
    (70002, "Özdemir", "K-17", "gesendet", "", "", "Kundennummer"),
    (70002, "Groß", 90006, "", "", "", "nichts zu setzen"),
    (70002, "Fremd", 90009, "gesendet", "", "", "nicht verknüpft"),
)
LINKS: Final = ((70001, 90001), (70001, 90002), (70001, 90003), (70001, 90004), (70002, 90005), (70002, 90006), (70002, 90007))
#: What a person puts into the coloured cells, by the row of the input and the header.
MENDED: Final[dict[tuple[int, str], object]] = {
    (3, "Status"): "bestätigt",
    (4, "Terminrückmeldung"): "aktiv",
    (5, "Termin-ID"): 70001,
    (5, "Status"): "gecancelt",
    (5, "Terminrückmeldung"): "aktiv",
    (5, "Beginn"): "02.12.2026 09:00",
    (6, "Adress-ID"): "90005",
    (7, "Status"): "gesendet",
    (7, "Terminrückmeldung"): None,
    (8, "Termin-ID"): 70002,
    (8, "Adress-ID"): 90007,
}


@pytest.mark.parametrize("name", BASE_FILES)
def test_a_faulty_sheet_of_any_program_ends_updated_once_its_coloured_cells_are_mended(name: str, desk: Desk) -> None:
    desk.seed(*BASE_LINKS, words="gesendet")

    assert desk.night(CORPUS / name) == ["updated"] * 3 + ["invalid"] * 3
    desk.mend(desk.correction, lambda *_: 70002)
    assert desk.night(desk.correction) == ["updated"] * 3


def with_csv(encoding: str) -> Callable[[Path, Sequence[Sequence[object]]], Path]:
    def write(folder: Path, rows: Sequence[Sequence[object]]) -> Path:
        path = folder / "termine.csv"
        path.write_text("".join(";".join(map(str, row)) + "\r\n" for row in rows), encoding=encoding, newline="")
        return path

    return write


def with_xlsxwriter(folder: Path, rows: Sequence[Sequence[object]]) -> Path:
    path = folder / "termine.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("KW 49")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


FORMATS: Final = {"utf-8": with_csv("utf-8"), "cp1252": with_csv("cp1252"), "xlsx": with_xlsxwriter}


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("kind", FORMATS)
def test_mistakes_of_every_kind_are_mended_in_the_coloured_cells(kind: str, language: str, desk: Desk, tmp_path: Path) -> None:
    desk.seed(*LINKS)
    desk.office.configure(report={"language": language})

    assert desk.night(FORMATS[kind](tmp_path, (HEADER, *ROWS))) == ["updated", *["invalid"] * 5, "rejected"]
    desk.mend(desk.correction, lambda row, header, _: MENDED[row, header])
    assert desk.night(desk.correction) == ["updated"] * 6
    assert desk.handed[0].correction is None


def test_the_correction_file_of_one_language_is_read_in_the_other(desk: Desk, tmp_path: Path) -> None:
    desk.seed(*LINKS)
    desk.night(with_xlsxwriter(tmp_path, (HEADER, *ROWS)))
    desk.mend(desk.correction, lambda row, header, _: MENDED[row, header])
    desk.office.configure(report={"language": "en"})

    assert desk.night(desk.correction) == ["updated"] * 6
    assert [cell.value for cell in load_workbook(desk.marked).active[1]] == [
        *HEADER,
        "Sync: Result",
        "Sync: Reason",
        "Sync: What to do",
    ]


def test_the_correction_file_of_a_correction_file_has_the_same_name_and_the_same_columns(desk: Desk, tmp_path: Path) -> None:
    desk.seed(*LINKS)
    desk.night(with_xlsxwriter(tmp_path, (HEADER, *ROWS)))
    first = desk.correction
    headers = [cell.value for cell in load_workbook(first).active[1]]
    desk.mend(first, lambda row, header, old: MENDED[row, header] if row != 4 else old)
    desk.night(first)

    assert desk.correction.name == first.name.replace("6 Zeilen", "1 Zeile")
    assert [cell.value for cell in load_workbook(desk.correction).active[1]] == headers


def test_a_marked_copy_can_be_mended_and_dropped_as_well_and_is_marked_anew(desk: Desk, tmp_path: Path) -> None:
    desk.seed(*LINKS)
    desk.night(with_xlsxwriter(tmp_path, (HEADER, *ROWS)))
    before = load_workbook(desk.marked).active
    copy = desk.marked
    desk.mend(copy, lambda *_: None)  # openpyxl keeps the numbers of the rows, which the copy does not have beside it
    book = load_workbook(copy)
    for (row, header), value in MENDED.items():
        book.active.cell(row, HEADER.index(header) + 1).value = value
    book.save(copy)

    assert desk.night(copy) == ["unchanged", *["updated"] * 6]
    after = load_workbook(desk.marked).active
    assert [cell.value for cell in after[1]] == [cell.value for cell in before[1]]
    assert {cell.fill.fgColor.rgb for row in after["A2:G8"] for cell in row} == {"00000000"}
    assert [cell.comment for row in after["A2:G8"] for cell in row if cell.comment] == []


def test_rows_that_contradict_each_other_come_back_together(desk: Desk, tmp_path: Path) -> None:
    desk.seed(*LINKS)
    rows = [(70001, "A", 90001, "gesendet", "", "", ""), (70001, "A", 90001, "bestätigt", "", "", "")]

    assert desk.night(with_xlsxwriter(tmp_path, (HEADER, *rows))) == ["conflict"] * 2
    desk.mend(desk.correction, lambda *_: "bestätigt")
    assert desk.night(desk.correction) == ["updated", "duplicate"]


def test_files_of_subfolders_are_handed_back_in_folders_of_the_same_name(desk: Desk, tmp_path: Path) -> None:
    desk.seed(*LINKS)
    (desk.office.drop / "Anna" / "Büro Süd").mkdir(parents=True)
    with_xlsxwriter(tmp_path, (HEADER, *ROWS)).rename(desk.office.drop / "Anna" / "Büro Süd" / "termine.xlsx")
    desk.night()

    assert desk.marked.parent == desk.office.folder / "results" / "Anna" / "Büro Süd"
    assert desk.correction.parent == desk.marked.parent


def test_a_file_that_goes_back_to_the_drop_folder_has_no_correction_file(desk: Desk, tmp_path: Path) -> None:
    desk.seed(*LINKS)
    desk.office.configure(rules={"max_invalid_share": 0.1})

    assert set(desk.night(with_xlsxwriter(tmp_path, (HEADER, *ROWS)))) == {"invalid", "not_sent"}
    assert desk.handed[0].correction is None
    assert desk.marked.name.endswith(" termine.xlsx - keine von 7 Zeilen erledigt.xlsx")


def test_a_file_with_too_many_rows_for_a_copy_is_corrected_all_the_same(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.report.excel.returned.MOST_ROWS", 6)
    desk.seed(*LINKS)
    desk.night(with_xlsxwriter(tmp_path, (HEADER, *ROWS)))

    assert desk.handed[0].marked is None
    assert "zu viele Zeilen" in desk.handed[0].missing[0]
    assert desk.correction.is_file()
