"""A header in more than one row is read as a careful person reads it, or refused with the rows named."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import xlsxwriter
from hypothesis import assume, given
from hypothesis import strategies as st

from sync.columns import NAMES, Columns, Header, Unclear, declared
from sync.header import find_header
from sync.loader import Limits, delimited, excel
from sync.loader.assemble import assemble
from sync.loader.reader import read_bytes
from sync.model import Column, Reason, Why
from sync.texts import Language, reason_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.model import Loaded

IDS = ["Termin-ID", "Adress-ID"]
VALUES = ["70065", "90065", "bestätigt", "aktiv"]
ALL_FOUR = {Column.APPOINTMENT: 0, Column.ADDRESS: 1, Column.CONFIRMATION: 2, Column.FEEDBACK: 3}


def read(*rows: Sequence[str]) -> Loaded:
    """A text file with these rows."""
    return assemble("x.csv", read_bytes("\n".join(map(";".join, rows)).encode(), declared(), Limits()))


def in_words(loaded: Loaded) -> list[tuple[int, list[int], dict[str, list[str]]]]:
    """Of each table the row of its header, its row numbers and its declared columns."""
    assert loaded.reason is None, loaded.reason
    return [
        (sheet.header_row, sheet.rows.tolist(), {cells.header: cells.texts.tolist() for cells in sheet.declared.values()})
        for sheet in loaded.sheets
    ]


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        pytest.param([*IDS, "Status", ""], ["", "", "Bestätigung", "Rückmeldung"], id="title over two columns, merged"),
        pytest.param([*IDS, "Status", "Status"], ["", "", "Bestätigung", "Rückmeldung"], id="title repeated"),
        pytest.param([*IDS, "Angaben", ""], ["", "", "Bestätigung", "Rückmeldung"], id="title that names nothing"),
        pytest.param(["Termin", "Adresse", "Status", "Status"], [*IDS, "Bestätigung", "Rückmeldung"], id="all names below"),
        pytest.param(["Termin", "Adresse", "Status", ""], ["ID", "ID", "Bestätigung", "Rückmeldung"], id="names of both rows"),
        pytest.param([*IDS, "Status", ""], [*IDS, "Bestätigung", "Rückmeldung"], id="ids in both rows"),
        pytest.param([*IDS, "Bestätigung", ""], [*IDS, "", "Rückmeldung"], id="statuses in one row each"),
        pytest.param(["Termin", "Adresse", "Status", "Rückmeldung"], [*IDS, "Bestätigung", ""], id="one name above"),
        pytest.param(["Termin-ID", "Adresse", "Status", ""], ["", "Adress-ID", "Bestätigung", "Rückmeldung"], id="id below"),
        pytest.param(["Terminbestätigung", "", "", ""], [*IDS, "Bestätigung", "Rückmeldung"], id="title of the table"),
        pytest.param(["", "", "", "", "Aktion"], [*IDS, "Bestätigung", "Rückmeldung"], id="a word at the right above the table"),
        pytest.param([*IDS, "Status", ""], ["Zahl", "Zahl", "Bestätigung", "Rückmeldung"], id="names and explanations"),
    ],
)
def test_two_rows_that_make_one_header_are_read_as_one(columns: Columns, upper: list[str], lower: list[str]) -> None:
    found = find_header(columns, [["Liste vom 1.12.2026"], upper, lower, VALUES])
    assert isinstance(found, Header)
    assert (found.index, found.positions) == (2, ALL_FOUR)


def test_a_header_may_take_three_rows_and_blank_ones_between(columns: Columns) -> None:
    found = find_header(
        columns, [[*IDS, "", ""], ["", "", "Status", ""], ["", " "], ["", "", "Bestätigung", "Rückmeldung"], VALUES]
    )
    assert isinstance(found, Header)
    assert (found.first, found.index, found.positions) == (0, 3, ALL_FOUR)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(VALUES, id="values"),
        pytest.param(["70065", "90065", "Status", "Rückmeldung"], id="words of a header beside ids"),
        pytest.param(["", "", "bestätigt", "Termin"], id="value without ids, word of a header elsewhere"),
        pytest.param(["Zahl", "Zahl", "Wort", "Text"], id="explanations"),
        pytest.param(["", "", "", "Termin"], id="a text that is a header elsewhere"),
        pytest.param(["", "", "-", ""], id="a dash"),
        pytest.param(["Status", "", "", ""], id="a heading of a group"),
        pytest.param(["Aktion", "", "", ""], id="a name of a column that is not there"),
        pytest.param(["", "", "", "Rückmeldung"], id="a name below another heading"),
        pytest.param(["", "", "", "", "Bestätigung"], id="a name that is there already, where no heading is"),
    ],
)
def test_a_row_of_values_below_the_header_stays_one_and_is_shown(row: list[str]) -> None:
    ((header_row, rows, _),) = in_words(read([*IDS, "Bestätigung", "Betreff"], row, VALUES))
    assert (header_row, rows) == (1, [2, 3])


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        pytest.param([*IDS, "Bestätigung", ""], ["", "", "Rückmeldung", ""], id="rows that contradict"),
        pytest.param([*IDS, "Status", ""], ["", "", "", "Terminbestätigung"], id="two places for one column"),
        pytest.param([*IDS, "Status", "Notiz"], ["", "", "Bestätigung", "Rückmeldung"], id="names below another name"),
        pytest.param([*IDS, "Status", "Notiz"], ["Start", "", "", "Status"], id="a column that moves below another name"),
    ],
)
def test_two_rows_that_two_people_would_read_differently_are_refused(
    columns: Columns, upper: list[str], lower: list[str]
) -> None:
    assert find_header(columns, [[], upper, lower, VALUES]) == Unclear(Why.TWO_HEADER_ROWS, (1, 2))


def test_a_very_long_cell_below_a_header_takes_no_long_time(columns: Columns) -> None:
    row = ["7" * 1_000_000 + "x", "", "Status", ""]
    assert isinstance(find_header(columns, [[*IDS, "Bestätigung", "Notiz"], row, VALUES]), Header | Unclear)


def test_titles_that_mean_the_same_hide_no_names_beside_them(columns: Columns) -> None:
    upper, lower = ["Status", "", "Rückmeldung", "Status", "", "Aktion"], [*IDS, "", "", "Bestätigung", ""]
    found = find_header(columns, [upper, lower, ["70065", "90065", "aktiv", "", "bestätigt", "setzen"]])
    assert isinstance(found, Header)
    wanted = (Column.APPOINTMENT, Column.ADDRESS, Column.FEEDBACK, Column.CONFIRMATION, Column.ACTION)
    assert found.positions == dict(zip(wanted, (0, 1, 2, 4, 5), strict=True))


def test_a_name_above_beside_a_title_is_not_passed_over(columns: Columns) -> None:
    upper, lower = ["Terminbestätigung", "", "Angaben", ""], ["", "", *IDS]
    found = find_header(columns, [upper, lower, ["bestätigt", "", "70065", "90065"]])
    assert isinstance(found, Header)
    assert found.positions == {Column.CONFIRMATION: 0, Column.APPOINTMENT: 2, Column.ADDRESS: 3}


def test_two_columns_that_mean_the_same_stay_refused_where_the_row_below_names_others(columns: Columns) -> None:
    found = find_header(columns, [[*IDS, "Status", "Status", "Aktion"], ["Termin", "", "", "", "Bestätigung"], VALUES])
    assert found == Unclear(Why.TWO_COLUMNS, (0,), ((2, "Status"), (3, "Status")))


def test_the_refusal_names_sheet_and_rows_and_what_to_do() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Dezember")
        sheet.write_row("A3", [*IDS, "Status"])
        sheet.write_row("A4", ["", "", "Rückmeldung"])
        sheet.write_row("A5", VALUES)
    reason = assemble("x.xlsx", read_bytes(file.getvalue(), declared(), Limits())).reason
    assert reason == Reason(Why.TWO_HEADER_ROWS, "3 + 4", "Dezember")
    what, then = reason_parts(reason, Language.DE)
    assert what.startswith("Zwei Zeilen auf dem Tabellenblatt „Dezember“ sehen wie Kopfzeilen aus: die Zeilen 3 + 4.")
    assert "in eine einzige Zeile" in then


def test_two_columns_that_mean_the_same_are_named_with_sheet_and_letters() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Dezember")
        sheet.write_row("B3", ["Termin-ID", "Adress-ID", "Status", "Termin-ID"])
        sheet.write_row("B4", [1, 2, "gesendet", 1])
    reason = assemble("x.xlsx", read_bytes(file.getvalue(), declared(), Limits())).reason
    assert reason == Reason(Why.TWO_COLUMNS, "B (Termin-ID), E (Termin-ID)", "Dezember")
    what, _ = reason_parts(reason, Language.DE)
    assert what.startswith("Zwei Spalten auf dem Tabellenblatt „Dezember“ bedeuten dasselbe: B (Termin-ID), E (Termin-ID).")


def test_two_columns_of_a_text_file_are_named_by_their_letters_alone() -> None:
    reason = read([*IDS, "Status", "Status"], VALUES).reason
    assert reason == Reason(Why.TWO_COLUMNS, "C (Status), D (Status)")
    assert reason_parts(reason, Language.EN)[0].startswith("Two columns mean the same: C (Status), D (Status).")


UPPER, LOWER = [*IDS, "Status", ""], ["", "", "Bestätigung", "Rückmeldung"]


@pytest.mark.parametrize("again", [pytest.param([UPPER, LOWER], id="both rows"), pytest.param([UPPER], id="its first row")])
def test_a_header_in_two_rows_that_is_repeated_is_no_row(again: list[list[str]]) -> None:
    ((header_row, rows, texts),) = in_words(read(UPPER, LOWER, VALUES, *again, VALUES))
    assert (header_row, rows) == (2, [3, 4 + len(again)])
    assert texts["Rückmeldung"] == ["aktiv", "aktiv"]


def test_a_second_table_may_have_a_header_in_two_rows() -> None:
    first, second = in_words(read([*IDS, "Status"], VALUES[:3], ["Adress-ID", "Termin-ID", "Status", ""], LOWER, VALUES))
    assert first[:2] == (1, [2])
    assert second[:2] == (4, [5])
    assert second[2]["Rückmeldung"] == ["aktiv"]


@pytest.mark.parametrize("cells", [1, 8, 12, 16, 20_000])
def test_where_a_file_is_cut_while_it_is_read_splits_no_header(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    rows = [UPPER, LOWER, VALUES, VALUES, UPPER, LOWER, VALUES, ["Adress-ID", "Termin-ID", "Status", ""], LOWER, VALUES]
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    monkeypatch.setattr(excel, "BATCH_CELLS", cells)
    monkeypatch.setattr(delimited, "_BLOCK", cells)
    workbook = in_words(assemble("x.xlsx", read_bytes(file.getvalue(), declared(), Limits())))
    assert workbook == in_words(read(*rows))
    assert [(header_row, numbers) for header_row, numbers, _ in workbook] == [(2, [3, 4, 7]), (9, [10])]


@st.composite
def headers(draw: st.DrawFn) -> tuple[list[str], list[str], dict[Column, int]]:
    """A header in two rows of which each column has its name in one of them or in both, and where each column is."""
    some = draw(st.sets(st.sampled_from([Column.FEEDBACK, Column.ACTION, Column.BEGIN])))
    order = draw(st.permutations([Column.APPOINTMENT, Column.ADDRESS, Column.CONFIRMATION, *sorted(some), None]))
    upper, lower, positions = [], [], {}
    for at, column in enumerate(order):
        name = draw(st.sampled_from(NAMES[column])) if column else draw(st.sampled_from(["", "Kunde"]))
        title = draw(st.sampled_from(["", "Status", "Angaben", "Termin", name]))
        above, below = draw(st.sampled_from([(name, ""), (title, name)]))
        upper.append(above)
        lower.append(below)
        if column:
            positions[column] = at
    return upper, lower, positions


@given(headers())
def test_a_header_in_two_rows_is_read_whole_or_refused_or_shown_as_a_row_without_ids(
    header: tuple[list[str], list[str], dict[Column, int]],
) -> None:
    upper, lower, positions = header
    assume(sum(map(bool, upper)) > 1)  # one text alone may be the title of the table
    found = find_header(declared(), [upper, lower, ["1"] * len(upper)])
    if not isinstance(found, Header) or found.positions == positions:
        return
    assert found.index == 0, "the row below is shown as one without ids"
