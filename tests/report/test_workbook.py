"""Promises about the results workbook, read back with another library than the one that writes it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from sync.domain.model import Found, Stop, Stopped, Verdict
from sync.i18n import Language, speaking
from sync.report.excel.results import write_workbook
from sync.report.excel.writer import RowWriter, Styles, book_into, put
from tests.tries import tries

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Kit
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from sync.domain.model import Checked, RunInfo

ANY_TEXT = st.text(st.characters(codec=None), max_size=12) | st.sampled_from(
    ["=1+1", "@SUM(A1)", "+1", "-1", "=cmd|' /C calc'!A0"]
)
VERDICT = 5


def written(path: Path, info: RunInfo, checked: Checked, language: Language = Language.DE) -> Workbook:
    with speaking(language):
        write_workbook(path, info, checked)
    return load_workbook(io.BytesIO(path.read_bytes()))


def cells(sheet: Worksheet) -> list[list[object]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_every_row_stands_there_with_its_verdict_the_reason_and_what_to_do(
    kit: type[Kit], night: Checked, tmp_path: Path
) -> None:
    book = written(tmp_path / "a.xlsx", kit.info, night)
    assert book.sheetnames == ["Übersicht", "Ergebnis"]
    header, *rows = cells(book["Ergebnis"])
    assert header[:7] == ["Datei", "Tabellenblatt", "Zeile", "Termin", "Adresse", "Termin am", "Name"]
    assert header[7:10] == ["Ergebnis", "Grund", "Was tun?"]
    assert len(rows) == len(night.rows)
    assert rows[0][:7] == ["termine.xlsx", "Termine KW 49", 5, 70001, 90001, None, "Anna Müller"]
    assert rows[0][7:10] == ["aktualisiert", None, None]
    assert rows[4][7:10] == [
        "fehlerhaft",
        "„bestätgt“ ist kein zulässiger Wert. Meinten Sie „bestätigt“?",
        "Tragen Sie einen der zulässigen Werte ein und legen Sie die Zeile noch einmal ab.",
    ]


def test_only_what_is_set_is_called_verified(kit: type[Kit], tmp_path: Path) -> None:
    """Beside a row that was not changed, "verified" would read as done."""
    half = (("only_feedback_missing", None, None, None),)
    rows = (
        kit.Row(2, verdict="updated"),
        kit.Row(3, verdict="updated", verified=False),
        kit.Row(4, verdict="unchanged", attempts=0),
        kit.Row(5, verdict="conflict", attempts=0),
        kit.Row(6, verdict="rejected"),
        kit.Row(7, verdict="rejected", problems=half),
        kit.Row(8, verdict="unknown"),
        kit.Row(9, verdict="duplicate", verified=False),
    )

    header, *told = cells(written(tmp_path / "a.xlsx", kit.info, kit.checked(kit.File("a.csv", (kit.Table(rows),))))["Ergebnis"])

    at = header.index("Nachgeprüft")
    assert [row[at] for row in told] == ["ja", "nein", "ja", None, None, "ja", None, None]


def test_all_problems_of_a_row_stand_in_its_cell(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    row = cells(written(tmp_path / "a.xlsx", kit.info, night)["Ergebnis"])[6]
    assert str(row[8]).count("\n") == 1
    assert str(row[9]).count("\n") == 1


def test_old_and_new_stand_side_by_side_and_what_was_not_known_is_not_made_up(kit: type[Kit], tmp_path: Path) -> None:
    rows = (kit.Row(2), kit.Row(3, before=None), kit.Row(4, confirmation="gesendet", feedback="aktiv"))
    book = written(tmp_path / "a.xlsx", kit.info, kit.checked(kit.File("a.csv", (kit.Table(rows),))))
    changes = [row[8:10] for row in cells(book["Ergebnis"])[1:]]
    assert changes == [["gesendet → bestätigt", None], ["? → bestätigt", None], ["gesendet", "inaktiv → aktiv"]]


@pytest.mark.parametrize(("language", "none"), [(Language.DE, "nicht verknüpft"), (Language.EN, "not linked")])
def test_a_link_that_was_removed_or_made_says_so_and_only_what_nobody_knows_has_a_question_mark(
    kit: type[Kit], tmp_path: Path, language: Language, none: str
) -> None:
    rows = (
        kit.Row(2, action="lösen", before=("gecancelt", "inaktiv")),
        kit.Row(3, confirmation=None, action="lösen", before=("gecancelt", None)),
        kit.Row(4, action="lösen", before=None),
        kit.Row(5, feedback="aktiv", before=(None, None), found=Found.NOT_LINKED),
        kit.Row(6, before=(None, None), found=Found.NO_APPOINTMENT),
        kit.Row(7, before=(None, None), found=Found.UNREADABLE),
    )
    book = written(tmp_path / "a.xlsx", kit.info, kit.checked(kit.File("a.csv", (kit.Table(rows),))), language)
    linked = none.removeprefix("nicht ").removeprefix("not ")
    assert [row[8:10] for row in cells(book.worksheets[1])[1:]] == [
        [f"gecancelt → {none}", f"inaktiv → {none}"],
        [f"gecancelt → {none}", f"{linked} → {none}"],
        [f"? → {none}", f"? → {none}"],
        [f"{none} → bestätigt", f"{none} → aktiv"],
        ["? → bestätigt", None],
        ["? → bestätigt", None],
    ]


def test_the_other_columns_are_carried_through_each_under_its_own_header(kit: type[Kit], tmp_path: Path) -> None:
    first = kit.Table((kit.Row(2, others=("a", "b", "c")),), "x", ("Name", "Notiz", "Name"))
    second = kit.Table((kit.Row(2, others=("d", "e")),), "y", ("Notiz", "Ort"))
    none = kit.Table((kit.Row(2),), "z")
    book = written(tmp_path / "a.xlsx", kit.info, kit.checked(kit.File("a.xlsx", (first, second)), kit.File("b.xlsx", (none,))))
    assert [row[13:] for row in cells(book["Ergebnis"])] == [
        ["Name (in der Datei)", "Notiz", "Name (in der Datei)", "Ort"],  # "Name" is a column of the job itself
        ["a", "b", "c", None],
        [None, "d", None, "e"],
        [None] * 4,
    ]


def test_each_verdict_has_its_word_and_a_colour_of_its_own(kit: type[Kit], tmp_path: Path) -> None:
    rows = tuple(kit.Row(at, verdict=verdict) for at, verdict in enumerate(Verdict, 2))
    sheet = written(tmp_path / "a.xlsx", kit.info, kit.checked(kit.File("a.csv", (kit.Table(rows),))))["Ergebnis"]
    marks = [(row[VERDICT].value, row[VERDICT].fill.fgColor.rgb) for row in sheet.iter_rows(min_row=2)]
    assert len({word for word, _ in marks}) == len({colour for _, colour in marks}) == len(Verdict)


def test_the_sheet_is_ready_to_be_read_filtered_and_printed(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    sheet = written(tmp_path / "a.xlsx", kit.info, night)["Ergebnis"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:Q13"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, int(sheet.page_setup.fitToHeight)) == (
        None,
        0,
    )  # one page wide is what a missing width means
    assert sheet["G6"].alignment.wrap_text


def test_the_overview_tells_the_whole_run(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    info = replace(kit.info, stopped=Stopped(Stop.UNREACHABLE, "api.example.org"))
    sheet = written(tmp_path / "a.xlsx", info, night)["Übersicht"]
    rows = cells(sheet)
    said = {str(cell) for row in rows for cell in row if cell is not None}
    assert rows[0][0] == "Abgleich mit onOffice vom 02.12.2026, 02:00 Uhr"
    assert "12 Zeilen gelesen: 4 erledigt, 7 brauchen Ihre Hilfe, 1 zurückgestellt bis zum nächsten Abgleich; 2 Dateien" in str(
        rows[1][0]
    )
    assert {
        "onOffice war nicht zu erreichen oder gab keine brauchbare Antwort (api.example.org).",
        "geheim.xlsx",
        "Immobilien Sonnenschein",
    } <= said
    assert {"Die Datei ist mit einem Kennwort geschützt.", "zurückgestellt", "12"} <= said


def test_rows_beyond_one_sheet_go_on_the_next(
    kit: type[Kit], night: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.report.excel.results._ROWS_PER_SHEET", 5)
    book = written(tmp_path / "a.xlsx", kit.info, night)
    assert book.sheetnames == ["Übersicht", "Ergebnis", "Ergebnis 2", "Ergebnis 3"]
    sheets = [cells(book[name]) for name in book.sheetnames[1:]]
    assert [len(sheet) for sheet in sheets] == [6, 6, 3]
    assert all(sheet[0] == sheets[0][0] for sheet in sheets)
    assert [row[2] for sheet in sheets for row in sheet[1:]] == night.rows.row.tolist()


def test_a_number_that_excel_would_round_is_written_as_text(kit: type[Kit], tmp_path: Path) -> None:
    rows = (kit.Row(2, 2**53 + 1),)
    assert cells(written(tmp_path / "a.xlsx", kit.info, kit.checked(kit.File("a.csv", (kit.Table(rows),))))["Ergebnis"])[1][
        3
    ] == str(2**53 + 1)


def test_a_run_without_rows_makes_a_workbook_too(kit: type[Kit], tmp_path: Path) -> None:
    assert len(cells(written(tmp_path / "a.xlsx", kit.info, kit.checked(), Language.EN)["Results"])) == 1


@settings(max_examples=tries(60))
@given(texts=st.tuples(*[ANY_TEXT] * 6))
@example(texts=("=1+1",) * 6)
@example(texts=("http://example.org", "mailto:a@b", "internal:x!A1", "{=1}", "+49 30 1234", "=HYPERLINK(1)"))
@example(texts=("\ud800", "\udcff", "\ud800", "\ud800", "\ud800", "\ud800"))
@example(texts=("<r>x</r>", "<r><a></r>", "_x0041_", "\x00\x01\x1b", "\ud800", "\ufffe\uffff"))
@example(texts=("x" * 40_000, "\U0001f3e0" * 20_000, " a ", "\n", "\r\n\t", "a\nb"))
def test_no_text_from_a_file_becomes_a_formula_a_link_or_breaks_the_workbook(kit: type[Kit], texts: tuple[str, ...]) -> None:
    path = kit.scratch / "any.xlsx"
    name, sheet, header, other, value, office = texts
    row = kit.Row(2, problems=(("bad_id", value, value, value),), others=(other,))
    checked = kit.checked(kit.File(name, (kit.Table((row,), sheet, (header,)),)))
    book = written(path, replace(kit.info, office=office), checked)
    every = [cell for page in book for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in every} <= {"s", "n", "inlineStr"}
    assert all(cell.hyperlink is None for cell in every)
    with zipfile.ZipFile(path) as archive:
        pages = [archive.read(page).decode() for page in archive.namelist() if page.startswith("xl/worksheets/")]
    assert not any(re.search(r"<f[ >]|<hyperlink", page) for page in pages)


def test_days_and_times_of_a_sheet_are_carried_through_as_people_write_them(kit: type[Kit], tmp_path: Path) -> None:
    texts = ("2026-12-01", "2026-12-01T09:00:00", "13:00:00", "13:00:30")
    table = kit.Table((kit.Row(2, others=texts),), "x", tuple("abcd"))
    book = written(tmp_path / "a.xlsx", kit.info, kit.checked(kit.File("a.xlsx", (table,))))

    assert cells(book["Ergebnis"])[1][12:] == ["01.12.2026", "01.12.2026 09:00", "13:00", "13:00:30"]


def test_ordinary_texts_are_carried_through_unchanged(kit: type[Kit], tmp_path: Path) -> None:
    texts = ("=SUMME(A1:A9)", "00359", "1,5", 'Größe: 3 < 4 & "5"', "https://example.org", "日本語 🏠", "WAHR")
    table = kit.Table((kit.Row(2, others=texts),), "x", tuple("abcdefg"))
    assert cells(written(tmp_path / "a.xlsx", kit.info, kit.checked(kit.File("a.xlsx", (table,))))["Ergebnis"])[1][12:] == list(
        texts
    )


def test_a_workbook_that_cannot_be_finished_leaves_the_old_one(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    broken = replace(night, problems=replace(night.problems, code=np.full(len(night.problems), "no such code", dtype=object)))
    with pytest.raises(ValueError, match="no such code"):
        write_workbook(path, kit.info, broken)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_an_ordinary_os_error(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        write_workbook(tmp_path / "missing" / "a.xlsx", kit.info, night)


#: What XML, Excel or XlsxWriter take for something of their own.
AWKWARD = (
    *(
        "<r>a</r>",
        "_x0041_",
        "_x000D_ _x00",
        "a\r\nb\rc",
        "\x00\x01\x1f\x7f\x85",
        "\ud800",
        "\ufffe\uffff",
        "]]>",
        "&#0;&amp;",
        "<b>",
    ),
    *(" a", "a ", "\ta", "a\n", "\u2028", "\u202e", "\ufeff", "=1+1", "'=1", "x" * 32_768, "\U0001f600" * 20_000, "1e999", "007"),
)
NUMBERS = (0, 7, 70_001, 10**15 - 1, 46_358.375, 2.5)


@given(st.lists(st.lists(ANY_TEXT | st.sampled_from(AWKWARD) | st.sampled_from(NUMBERS) | st.none(), min_size=1, max_size=30)))
@example([[*AWKWARD, *NUMBERS, None, ""]] * 3)
@example([["\r"], ["\x1f "]])
@settings(max_examples=tries(50))
def test_rows_written_by_the_ten_thousand_are_what_xlsxwriter_itself_writes(rows: list[list[str | float | None]]) -> None:
    heights = [15 + at % 7 * 13 for at in range(len(rows))]
    quick, slow = io.BytesIO(), io.BytesIO()
    for target, add in ((quick, RowWriter.add), (slow, RowWriter._add_by_cell)):
        with book_into(target) as book:
            styles, sheet = Styles(book), book.add_worksheet("a")
            put(sheet, 0, 0, "above", styles.heading)
            written = RowWriter(sheet)
            for at, (row, height) in enumerate(zip(rows, heights, strict=True), 1):
                sheet.write_comment(at, 0, "b")
                add(written, at, height, [(cell, styles.count if isinstance(cell, int) else styles.text) for cell in row])
    parts = [zipfile.ZipFile(target) for target in (quick, slow)]
    differing = [name for name in parts[1].namelist() if in_pixels(parts[0].read(name)) != in_pixels(parts[1].read(name))]
    assert set(differing) <= {"docProps/core.xml"}  # the time


def in_pixels(part: bytes) -> bytes:
    """A part with heights as Excel shows them: XlsxWriter itself rounds them since 3.3."""
    return re.sub(rb' ht="([0-9.]+)"', lambda found: b" ht=%d" % int(float(found[1]) * 4 / 3 + 0.5), part)


def test_where_there_are_very_many_sheets_rows_are_the_same(tmp_path: Path) -> None:
    values: list[str | int | None] = [
        each for each in AWKWARD if not re.search("_x|\\r", each)
    ]  # openpyxl reads these in one way only
    found = []
    for sheets in (1, 30):
        with (tmp_path / "a.xlsx").open("w+b") as target, book_into(target, sheets) as book:
            styles, sheet = Styles(book), book.add_worksheet("a")
            RowWriter(sheet).add(1, 28, [(each, styles.text) for each in [*values, 7, None]])
        found.append(cells(load_workbook(tmp_path / "a.xlsx")["a"]))
    assert found[0] == found[1]
