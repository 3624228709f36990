"""A header in more than one row is read as a careful person reads it, or refused with the rows named."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import xlsxwriter
from hypothesis import assume, given
from hypothesis import strategies as st

from sync.domain.model import Column, Reason, Why
from sync.i18n import Language, speaking
from sync.i18n.texts import reason_parts
from sync.rows.columns import NAMES, WEAK_NAMES, Columns, Header, Unclear, declared, find_header
from sync.sheets.formats import calamine, text
from sync.sheets.load import Limits, assemble
from sync.sheets.reader import read_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.domain.model import Loaded

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
    what, then = reason_parts(reason)
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
    what, _ = reason_parts(reason)
    assert what.startswith("Zwei Spalten auf dem Tabellenblatt „Dezember“ bedeuten dasselbe: B (Termin-ID), E (Termin-ID).")


def test_two_columns_of_a_text_file_are_named_by_their_letters_alone() -> None:
    reason = read([*IDS, "Status", "Status"], VALUES).reason
    assert reason == Reason(Why.TWO_COLUMNS, "C (Status), D (Status)")
    with speaking(Language.EN):
        assert reason_parts(reason)[0].startswith("Two columns mean the same: C (Status), D (Status).")


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
    monkeypatch.setattr(calamine, "BATCH_CELLS", cells)
    monkeypatch.setattr(text, "_BLOCK", cells)
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


FIRST = ["Termin-ID", "Adress-ID", "Bestätigung", "Art", "Notiz"]
ROW = ["70055", "90055", "bestätigt", "Termin", "x"]
BELOW = ["70056", "90056", "gecancelt", "70001", "90001"]


@pytest.mark.parametrize(
    ("row", "names", "missing"),
    [
        (["Termin-ID", "Objekt-Nr.", "Bestätigung", "Adresse"], "Termin-ID, Bestätigung", (Column.ADDRESS,)),
        (["Adresse", "Termin", "Bestätigung"], "Termin, Bestätigung", (Column.ADDRESS,)),
        (["Objekt-Nr.", "Adress-ID", "Bestätigung", "Datum"], "Adress-ID, Bestätigung", (Column.APPOINTMENT,)),
        (["Objekt-Nr.", "Kunde", "Bestätigung", "Rückmeldung"], "Bestätigung, Rückmeldung", (Column.APPOINTMENT, Column.ADDRESS)),
        (["", "", "Status", "Rückmeldung"], "Status, Rückmeldung", (Column.APPOINTMENT, Column.ADDRESS)),
        (["Objekt-Nr.", "KdNr", "Status"], "KdNr, Status", (Column.APPOINTMENT, Column.ADDRESS)),
        (["Termin-ID", "KdNr", "Zustand"], "Termin-ID, KdNr", (Column.ADDRESS, Column.CONFIRMATION)),
        (["Termin-ID", "Adress-ID", "Objekt"], "Termin-ID, Adress-ID", (Column.CONFIRMATION,)),
        (["Objekt-Nr.", "Termin-ID", "Stand", "Beginn"], "Termin-ID, Beginn", (Column.ADDRESS, Column.CONFIRMATION)),
    ],
)
def test_a_table_below_with_other_columns_that_cannot_be_used_is_refused_with_row_names_and_what_is_missing(
    row: list[str], names: str, missing: tuple[Column, ...]
) -> None:
    reason = read(FIRST, ROW, [""], row, BELOW).reason
    assert reason == Reason(Why.OTHER_COLUMNS, f"4 ({names})", missing=missing)


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (["Objekt-Nr.", "Adress-ID", "Bestätigung", "Termin-ID"], ("90056", "gecancelt", "70001")),
        (["Objekt-Nr.", "Kunde", "Status", "Termin-ID", "Kontakt-ID"], ("gecancelt", "70001", "90001")),
        (["Datensatznummer", "Termin", "Status"], ("70056", "90056", "gecancelt")),
        (["", "", "Status", "Termin", "Datensatznummer"], ("gecancelt", "70001", "90001")),
        (["2026", "Termin-ID", "Status", "Adress-ID"], ("90056", "gecancelt", "70001")),
    ],
)
def test_a_table_below_that_names_both_ids_is_read_by_its_own_header_wherever_they_stand(
    row: list[str], wanted: tuple[str, ...]
) -> None:
    first, second = in_words(read(FIRST, ROW, [""], row, BELOW))
    assert first[:2] == (1, [2])
    assert second[:2] == (4, [5])
    assert sorted(texts[0] for texts in second[2].values()) == sorted(wanted)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(["70056", "90056", "gecancelt", "Termin", "Status"], id="words of a header beside ids"),
        pytest.param(["", "90056", "gecancelt", "Termin", "Status"], id="words of a header beside one id"),
        pytest.param(["Termin", "90056", "gecancelt", "Status"], id="a word of a header beside one id, and another"),
        pytest.param([" 70056", "90056.0 ", "gecancelt", "Termin", "Status"], id="ids in other spellings"),
        pytest.param(["", "", "gecancelt", "Termin", "Termin"], id="one column named twice in a row without ids"),
        pytest.param(["Summe", "2", "", "Termin", "Status"], id="a total"),
        pytest.param(["Summe", "", "1 bestätigt", "Termin"], id="a total with a word of a header"),
        pytest.param(["Termin-ID: die Nummer des Termins in onOffice"], id="a note"),
        pytest.param(["Status", "je Termin und Adresse"], id="a note with one name"),
        pytest.param(FIRST, id="the header itself"),
        pytest.param(["TERMIN ID", "Kontakt-Nr.", "Status", "", ""], id="the header in other spellings"),
    ],
)
def test_rows_that_only_hold_words_of_a_header_leave_the_table_as_it_is(row: list[str]) -> None:
    ((header_row, rows, texts),) = in_words(read(FIRST, ROW, row, ["", "", ""], BELOW))
    assert (header_row, rows[0], rows[-1]) == (1, 2, 5)
    assert [texts[name][-1] for name in FIRST[:3]] == BELOW[:3]


@pytest.mark.parametrize("part", [0, 1])
def test_one_row_of_a_header_in_two_rows_that_is_repeated_makes_no_other_table(part: int) -> None:
    header = [["Termin", "Adresse", "Status", ""], ["ID", "ID", "Bestätigung", "Rückmeldung"]]
    ((header_row, rows, texts),) = in_words(read(*header, VALUES, header[part], VALUES))
    assert (header_row, rows) == (2, [3, 5])
    assert texts["Rückmeldung"] == ["aktiv", "aktiv"]


def test_no_row_between_a_header_that_cannot_be_used_and_the_next_one_gets_lost() -> None:
    other, between = ["Objekt-Nr.", "Termin", "Status"], ["Müller", "", "gecancelt", "morgen"]
    assert read(FIRST, ROW, other, between, FIRST, BELOW).reason == Reason(
        Why.OTHER_COLUMNS, "3 (Termin, Status)", missing=(Column.ADDRESS,)
    )
    ((_, rows, _),) = in_words(read(FIRST, ROW, other, [""], FIRST, BELOW))
    assert rows == [2, 6]


def test_a_header_in_two_rows_below_a_table_is_read_whole() -> None:
    first, second = in_words(
        read(FIRST, ROW, ["Adresse", "Termin", "Status", ""], ["Nr.", "ID", "Bestätigung", "Rückmeldung"], VALUES)
    )
    assert (first[1], second[:2]) == ([2], (4, [5]))
    assert second[2] == {
        "Adresse Nr.": ["70065"],
        "Termin ID": ["90065"],
        "Bestätigung": ["bestätigt"],
        "Rückmeldung": ["aktiv"],
    }


def test_the_refusal_of_a_table_below_names_sheet_row_columns_and_what_to_do() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Dezember")
        sheet.write_row("B3", ["Termin-ID", "Adress-ID", "Status"])
        sheet.write_row("B4", [70055, 90055, "gesendet"])
        sheet.write_row("B6", ["Objekt-Nr.", "Adresse", "Status", "Termin-ID"])
        sheet.write_row("B7", [70056, 90056, "gesendet", 70001])
    reason = assemble("x.xlsx", read_bytes(file.getvalue(), declared(), Limits())).reason
    assert reason == Reason(Why.OTHER_COLUMNS, "6 (Status, Termin-ID)", "Dezember", (Column.ADDRESS,))
    what, then = reason_parts(reason)
    assert "auf dem Tabellenblatt „Dezember“ steht eine weitere mit anderen Spalten: Zeile 6 (Status, Termin-ID)." in what
    assert "es fehlt: Adress-ID." in what
    assert "fehlende Spalte" in then
    with speaking(Language.EN):
        assert "missing: address ID." in reason_parts(reason)[0]


def test_two_columns_that_mean_the_same_below_a_table_are_named_with_their_row() -> None:
    reason = read(FIRST, ROW, [*IDS, "Status", "Status"], VALUES).reason
    assert reason == Reason(Why.TWO_COLUMNS, "C3 (Status), D3 (Status)")


def test_columns_that_the_office_names_with_digits_are_known(columns: Columns) -> None:
    assert declared({"address_id": ["Feld 17"]}).column_of("feld-17") is Column.ADDRESS
    assert columns.column_of("Termin-ID 2") is None


WORDS_OF_NO_COLUMN = ["", "Objekt-Nr.", "Adresse", "Kunde", "2026", "Notiz"]


@st.composite
def other_headers(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """A header that names both ids and a status, and a row of names that holds no record number where that one has its ids."""
    width = 5
    first = draw(st.permutations(["Termin-ID", "Adress-ID", "Bestätigung", "Art", "Notiz"]))
    every = [name for names in (*NAMES.values(), *WEAK_NAMES.values()) for name in names]
    cells = draw(st.lists(st.sampled_from(every) | st.sampled_from(WORDS_OF_NO_COLUMN), min_size=width, max_size=width))
    assume(not {"2026"} & {cells[first.index(name)] for name in IDS})
    assume(len({declared().column_of(text) for text in cells} - {None}) > 1)
    return first, cells


@given(other_headers(), st.sampled_from([1, 40, 20_000]), st.booleans())
def test_no_row_below_another_header_is_ever_read_with_the_columns_above_it(
    headers: tuple[list[str], list[str]], cells: int, blank: bool
) -> None:
    first, other = headers
    rows = [first, ["70055", "90055", "bestätigt", "1", "2"], *([[""] * 5] if blank else []), other, list("34567"), list("45678")]
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calamine, "BATCH_CELLS", cells)
        loaded = assemble("x.xlsx", read_bytes(file.getvalue(), declared(), Limits()))
    if loaded.reason:
        return
    for sheet in loaded.sheets:
        for at, number in enumerate(sheet.rows.tolist()):
            header, row = (other if number > rows.index(other) + 1 else first), rows[number - 1]
            for column, read in sheet.declared.items():
                position = row.index(read.texts[at])
                assert declared().column_of(header[position]) is column
