"""The correction file: what is in it, what stays out, and what it is called."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from sync.config import Rules
from sync.i18n import Language, speaking
from sync.report.excel.copies import Page, SheetNotes, correction, correction_pages, write_book
from sync.report.excel.names import correction_state, free_path, marked_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpyxl.worksheet.worksheet import Worksheet

    from sync.domain.model import Checked
    from tests.report.conftest import Kit

    Correct = Callable[..., Worksheet]

ADDED: Final = ["Abgleich: Ergebnis", "Abgleich: Grund", "Abgleich: Was tun?", "Abgleich: Zeile"]
RED: Final = "FFFFC9C4"
TEXT: Final = (
    "Notiz;Termin-ID;Adress-ID;Beginn;Status;Rückmeldung\n"
    "gut;70001;90001;;bestätigt;aktiv\n"
    "=1+1;70001;00359;;bestätgt;aktv\n"
    "ohne;;90003;gestern;gesendet;\n"
)


@pytest.fixture
def correct(kit: type[Kit], tmp_path: Path) -> Correct:
    """Writes a file and its correction file; returns the first sheet of that."""

    def correct(text: str = TEXT, language: Language = Language.DE, rules: Rules = Rules()) -> Worksheet:  # noqa: B008 - frozen
        path = tmp_path / "termine.csv"
        path.write_text(text, "utf-8")
        with speaking(language), (tmp_path / "Korrektur.xlsx").open("w+b") as target:
            correction(kit.order(kit.after_run(path, rules), language=language), target)
        return openpyxl.load_workbook(tmp_path / "Korrektur.xlsx").worksheets[0]

    return correct


def test_only_rows_that_need_a_person_are_there_in_the_layout_of_the_file(correct: Correct) -> None:
    sheet = correct()

    assert [cell.value for cell in sheet[1]] == ["Notiz", "Termin-ID", "Adress-ID", "Beginn", "Status", "Rückmeldung", *ADDED]
    assert [[cell.value for cell in row[:6]] for row in sheet.iter_rows(min_row=2)] == [
        ["=1+1", "70001", "00359", None, "bestätgt", "aktv"],
        ["ohne", None, "90003", "gestern", "gesendet", None],
    ]


def test_every_row_says_what_is_wrong_what_to_do_and_where_it_stood(correct: Correct) -> None:
    sheet = correct()

    assert [cell.value for cell in sheet[2][6:]] == [
        "fehlerhaft",
        "„bestätgt“ ist kein zulässiger Wert. Meinten Sie „bestätigt“?\n„aktv“ ist kein zulässiger Wert. Meinten Sie „aktiv“?",
        "Tragen Sie einen der zulässigen Werte ein und legen Sie die Zeile noch einmal ab.",
        3,
    ]


def test_the_wrong_cells_are_coloured_and_say_why(correct: Correct) -> None:
    sheet = correct()

    assert {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == RED} == {
        "E2",
        "F2",
        "B3",
        "D3",
    }
    assert sheet["E2"].comment.text.endswith("„bestätgt“ ist kein zulässiger Wert. Meinten Sie „bestätigt“?")
    assert sheet["E2"].comment.author == "onOffice-Abgleich"


def test_all_cells_are_texts_and_stay_texts_when_they_are_typed_over(correct: Correct) -> None:
    sheet = correct()

    cells = [cell for row in sheet["A2:F3"] for cell in row]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}


def test_status_columns_have_a_drop_down_the_header_is_frozen_and_the_filter_set(correct: Correct) -> None:
    sheet = correct()

    rules = {str(rule.sqref): (rule.formula1, rule.errorStyle) for rule in sheet.data_validations.dataValidation}
    assert rules == {
        "E2:E3": ('"bestätigt,gesendet,gecancelt,nicht gesetzt"', "warning"),
        "F2:F3": ('"aktiv,inaktiv"', "warning"),
    }
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:J3")


def test_a_sheet_beside_it_says_what_to_do_in_the_words_of_the_file(correct: Correct) -> None:
    notes = [row[0].value for row in correct().parent["Hinweise"].iter_rows()]

    assert notes[0] == "So geht es weiter"
    assert "Zulässige Werte für „Rückmeldung“: aktiv, inaktiv" in notes
    assert any("„termine.csv“" in str(line) for line in notes)


def test_an_english_office_gets_english_words(correct: Correct) -> None:
    sheet = correct(language=Language.EN)

    assert [cell.value for cell in sheet[1]][6:] == ["Sync: Result", "Sync: Reason", "Sync: What to do", "Sync: Row"]
    assert sheet["G2"].value == "invalid"
    assert "Notes" in sheet.parent.sheetnames


def test_a_point_in_time_is_one_again_and_where_it_is_the_mistake_a_text_as_in_the_reason(kit: type[Kit], tmp_path: Path) -> None:
    path = tmp_path / "termine.xlsx"
    with xlsxwriter.Workbook(path) as book:
        moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Termin-ID", "Adress-ID", "Status", "Beginn"])
        sheet.write_number(1, 0, 46358.375, moment)
        sheet.write_row(1, 1, [90001, "gesendet"])
        sheet.write_number(1, 3, 46358.375, moment)
    with (tmp_path / "Korrektur.xlsx").open("w+b") as target:
        correction(kit.order(kit.after_run(path)), target)
    written = openpyxl.load_workbook(tmp_path / "Korrektur.xlsx").worksheets[0]

    assert (written["A2"].value, written["D2"].value.isoformat()) == ("02.12.2026 09:00", "2026-12-02T09:00:00")
    assert "„02.12.2026 09:00“ ist ein Datum" in written["F2"].value
    assert written["D2"].number_format == "dd.mm.yyyy hh:mm"


def test_a_row_that_a_later_one_overrules_stays_out(kit: type[Kit], tmp_path: Path) -> None:
    path = tmp_path / "termine.csv"
    path.write_text("Termin-ID;Adress-ID;Status\n70001;90001;gesendet\n70001;90001;bestätigt\n", "utf-8")
    checked = kit.after_run(path, Rules(on_conflict="last"))

    assert "conflict" in checked.rows.outcome
    assert correction_pages(kit.order(checked)) == []


@pytest.mark.parametrize("all_rows", [True, False])
def test_each_sheet_with_something_to_do_has_its_own_sheet(kit: type[Kit], night: Checked, *, all_rows: bool) -> None:
    pages = correction_pages(kit.order(night, all_rows=all_rows))

    assert [page.sheet for page in pages] == ["Termine KW 49"]
    assert [row.row for page in pages for row in page.rows] == [9, 10, 11]


@pytest.mark.parametrize(
    ("count", "rows", "german", "english"),
    [
        (20, 20, "alle 20 Zeilen erledigt", "all 20 rows done"),
        (1, 1, "die einzige Zeile erledigt", "the only row done"),
        (0, 1, "die einzige Zeile offen", "the only row open"),
        (0, 7, "keine von 7 Zeilen erledigt", "none of 7 rows done"),
        (1200, 20000, "1.200 von 20.000 Zeilen erledigt", "1,200 of 20,000 rows done"),
    ],
)
def test_the_name_of_a_copy_says_how_far_the_file_is(count: int, rows: int, german: str, english: str) -> None:
    assert marked_state(count, rows) == german
    with speaking(Language.EN):
        assert marked_state(count, rows) == english


def test_names_say_day_file_and_state() -> None:
    path = free_path(Path("r"), "2026-11-24", "Süd/termine.xlsx", correction_state(3))

    assert path == Path("r/Süd/2026-11-24 termine.xlsx - 3 Zeilen zu korrigieren.xlsx")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("spoken", "state"),
    [
        (Language.DE, lambda: correction_state(1)),
        (Language.EN, lambda: correction_state(2)),
        (Language.DE, lambda: marked_state(0, 1200)),
        (Language.EN, lambda: marked_state(3, 1200)),
    ],
)
def test_a_file_that_came_from_here_gets_its_first_name_back(
    spoken: Language, state: Callable[[], str], language: Language
) -> None:
    with speaking(spoken):
        name = free_path(Path(), "2026-11-24", "termine.csv", state()).name.replace(".xlsx", " (2).xlsx")

    with speaking(language):
        assert free_path(Path(), "2026-11-25", name, correction_state(4)).name.startswith("2026-11-25 termine.csv - 4 ")


def test_a_name_that_is_taken_is_numbered(tmp_path: Path) -> None:
    first = free_path(tmp_path, "2026-11-24", "Termine.xlsx", "x")
    first.touch()
    second = free_path(tmp_path, "2026-11-24", "Termine.xlsx", "x")

    assert second.name == "2026-11-24 Termine.xlsx - x (2).xlsx"


@given(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=300).filter(
        lambda name: name != "."
    )
)
def test_every_name_is_one_that_windows_takes(name: str) -> None:
    made = free_path(Path("r"), "2026-11-24", f"../con/{name}", "3 Zeilen zu korrigieren")

    assert len(made.name) <= 120
    assert not set(made.name) & set('<>:"\\|?*')
    assert made.name.isprintable() or all(ord(character) > 31 for character in made.name)
    assert made.parts[:3] == ("r", "_", "_con")


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
def test_a_book_may_have_more_sheets_than_files_may_be_open() -> None:
    import resource  # noqa: PLC0415 - there is none on Windows

    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (80, most))
    try:
        pages = [Page(f"S{number}", ("Termin-ID",), {}, (), 0) for number in range(100)]
        write_book(BytesIO(), pages, SheetNotes("", []))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
