"""Odd values of every kind: whatever stands in a cell or in a name, everything is written, and no text gets lost."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync import report
from sync.config import Config
from sync.domain.model import Cells, Checked, CheckOutcome, Column, Loaded, Sheet, Verdict
from sync.domain.tables import VerdictTable
from sync.i18n import Language, speaking
from sync.job.check import check
from sync.report.excel.copies import correction, marked
from sync.report.excel.names import CUT, MOST_UNITS, free_path
from sync.report.excel.returned import ReturnedFile
from tests.tries import tries

if TYPE_CHECKING:
    from pathlib import Path

    from tests.report.conftest import Kit

Row = tuple[str, str, str, str]

HEADERS: Final = {Column.APPOINTMENT: "Termin-ID", Column.ADDRESS: "Adress-ID", Column.CONFIRMATION: "Status"}
#: Texts that look like moments and are none, or are beyond those that a workbook knows.
MOMENTS: Final = (
    *("2026-13-45T00:00:00", "1900-03-01T24:00:00", "2026-02-30T10:00:00", "0000-00-00T00:00:00", "0001-01-01T00:00:00"),
    *("1899-12-31T00:00:00", "1900-01-01T00:00:00", "1900-02-29T00:00:00", "1900-03-01T00:00:00", "9999-12-31T23:59:59"),
    *("9999-12-31T24:00:00", "2026-12-02T23:59:60", "2026-12-02T99:99:99", "10000-01-01T00:00:00", "-001-01-01T00:00:00"),
)
#: Beyond what a cell, a sheet's name or XML can hold, or taken for something else there.
POISON: Final = (
    *MOMENTS,
    *("\ud800", "a\udfffb", "\ud83d", "\x00", "\x01\x1f\x7f\x85", "\ufffe\uffff", "_x0041_", "<r>", "<r>a</r>", "]]>", "&#0;"),
    *("=1+1", "+49 30 1", "-2", "@SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://a","b")', "{=1}", "\t=1", "'=1"),
    *("1e999", "-1e999", "nan", "9" * 400, "1" * 16, "-693594", "2958466", "\u2028\u2029", "\u202e", "a\r\nb\rc", " ", "\ufeff"),
    *("x" * 32_766 + "\U0001f600", "x" * 32_767, "x" * 32_768, "\n" * 300, "\U0001f600" * 20_000),
)
SHEETS: Final = (
    *("a" * 30 + "'", "'" * 31, "a" * 31 + "'", "a" * 30 + "''b", "a" * 30 + "\U0001f600", "a" * 29 + "\U0001f600'", "\ud800"),
    *("a" * 30 + "\ud83d", "", "'", " ", "[]:*?/\\", "History", "\u0130stanbul", "\x00", "\ufffe", "\U0001f600" * 31, "Hinweise"),
)
ANY_TEXT: Final = st.text(st.characters(codec=None), max_size=12) | st.sampled_from(POISON)


def judged(sheets: list[tuple[str, list[Row]]], *, file: str = "termine.csv", note: str = "Notiz") -> Checked:
    """Rows as (appointment, address, status, note) on sheets, as they are after a run."""
    loaded = Loaded(file, "0" * 64, tuple(_sheet(name, rows, note) for name, rows in sheets))
    checked = check((loaded,), Config())
    count = len(checked.rows)
    verdicts = np.where(checked.rows.outcome == CheckOutcome.VALID, Verdict.UPDATED.value, checked.rows.outcome).astype(object)
    nothing, no, zero = np.full(count, None, object), np.zeros(count, bool), np.zeros(count, np.int64)
    return replace(checked, verdicts=VerdictTable(verdicts, nothing, nothing, nothing, no, zero, zero, nothing))


def _sheet(name: str, rows: list[Row], note: str) -> Sheet:
    columns = [np.array([*texts, None], dtype=object)[:-1] for texts in zip(*rows, strict=True)]
    declared = {column: Cells(header, at, columns[at]) for at, (column, header) in enumerate(HEADERS.items())}
    numbers = np.arange(2, len(rows) + 2, dtype=np.int64)
    return Sheet(name, 1, numbers, MappingProxyType(declared), (Cells(note, 3, columns[3]),))


def written(folder: Path, kit: type[Kit], checked: Checked, language: Language = Language.DE) -> ReturnedFile:
    """Write everything there is about a file into an empty folder; returns what is handed back."""
    order = kit.order(checked, language=language)
    paths = [folder / "marked.xlsx", folder / "correction.xlsx"]
    with paths[0].open("w+b") as copy, paths[1].open("w+b") as mended, speaking(language):
        missing = marked(order, copy)
        count = correction(order, mended)
    handed = ReturnedFile(0, paths[0], paths[1] if count else None, count, tuple(missing))
    with speaking(language):
        report.write_rows(folder / "run", kit.info, checked)
        report.write_pages(folder / "run", kit.info, checked, handed=[handed])
    place = free_path(folder, "2026-12-02", checked.files[0].name, "offen")
    place.parent.mkdir(parents=True, exist_ok=True)  # of a file in a subfolder
    place.touch()
    return handed


@pytest.mark.parametrize("poison", POISON, ids=lambda text: ascii(text[:20]))
def test_no_text_of_a_cell_ends_anything_or_gets_lost(kit: type[Kit], tmp_path: Path, *, poison: str) -> None:
    rows = [("70001", "90001", "gesendet", poison), ("70001", "x", "gesendet", poison), ("70002", "90001", poison, "a")]

    handed = written(tmp_path, kit, judged([("Tabelle1", rows)]))

    assert handed.marked
    assert handed.correction
    json.loads((tmp_path / "run" / "report.json").read_bytes())
    for path, row in ((handed.marked, 2), (handed.marked, 3), (handed.correction, 2), (tmp_path / "run" / "Ergebnis.xlsx", 2)):
        book = openpyxl.load_workbook(path)
        sheet = book["Ergebnis"] if "Ergebnis" in book.sheetnames else book.worksheets[0]
        value = sheet.cell(row, 13 if "Ergebnis" in book.sheetnames else 4).value
        assert value is not None or not poison
        assert sheet.cell(row, 4).data_type != "f"


@pytest.mark.parametrize("text", MOMENTS)
def test_what_looks_like_a_moment_and_is_none_stays_a_text(kit: type[Kit], tmp_path: Path, *, text: str) -> None:
    handed = written(tmp_path, kit, judged([("Tabelle1", [("70001", "90001", "gesendet", text)])]))

    assert handed.marked
    value = openpyxl.load_workbook(handed.marked).worksheets[0].cell(2, 4).value
    assert (value if isinstance(value, str) else value.isoformat()) == text  # type: ignore[union-attr]


def test_a_text_that_no_cell_can_hold_is_cut_and_says_so(kit: type[Kit], tmp_path: Path) -> None:
    long = "Familie " * 5_000
    handed = written(tmp_path, kit, judged([("Tabelle1", [("70001", "x", "gesendet", long)])]))

    for path, column in ((handed.marked, 4), (handed.correction, 4), (tmp_path / "run" / "Ergebnis.xlsx", 13)):
        assert path
        value = openpyxl.load_workbook(path).worksheets[1 if column == 13 else 0].cell(2, column).value
        assert isinstance(value, str)
        assert value == long[: MOST_UNITS - len(CUT)] + CUT


@pytest.mark.parametrize("name", SHEETS, ids=ascii)
def test_no_name_of_a_sheet_ends_anything(kit: type[Kit], tmp_path: Path, *, name: str) -> None:
    rows = [("70001", "x", "gesendet", "")]

    handed = written(tmp_path, kit, judged([(name, rows), (name + "'", rows), (name.upper(), rows)]))

    assert handed.marked
    names = openpyxl.load_workbook(handed.marked).sheetnames
    assert len(names) == 4
    assert all(len(each.encode("utf-16-le")) <= 62 and each == each.strip("'") for each in names)


def all_is_written(kit: type[Kit], folder: Path, texts: Row, sheet: str, note: str) -> None:
    checked = judged([(sheet, [texts, ("70001", "90001", "gesendet", texts[3])])], file=f"{texts[0][:90]}.csv", note=note)

    handed = written(folder, kit, checked, Language.EN)

    assert handed.marked
    openpyxl.load_workbook(handed.marked)
    json.loads((folder / "run" / "report.json").read_bytes())


anything = given(texts=st.tuples(*[ANY_TEXT] * 4), sheet=ANY_TEXT | st.sampled_from(SHEETS), note=ANY_TEXT)


@settings(max_examples=6, deadline=None)
@anything
@example(texts=("\ud800",) * 4, sheet="\ud800", note="\ud800")
def test_whatever_stands_in_a_file_all_is_written(
    kit: type[Kit], tmp_path_factory: pytest.TempPathFactory, *, texts: Row, sheet: str, note: str
) -> None:
    all_is_written(kit, tmp_path_factory.mktemp("poisoned"), texts, sheet, note)


@pytest.mark.long
@settings(max_examples=tries(1_000), deadline=None)
@anything
def test_whatever_stands_in_a_file_all_is_written_at_length(
    kit: type[Kit], tmp_path_factory: pytest.TempPathFactory, *, texts: Row, sheet: str, note: str
) -> None:
    all_is_written(kit, tmp_path_factory.mktemp("poisoned"), texts, sheet, note)
