"""What is told about a row names the header as it stands in its own sheet, the cell as it stands there, and the right place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sync.domain.model import Cells, CheckOutcome, Code, Column, Loaded, Operation, Place, Problem, Sheet, State
from sync.rows.spellings import Spellings
from sync.rows.validate import RowPolicy, validate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.domain.model import Checked

HEADERS = {
    Column.APPOINTMENT: "Termin-ID",
    Column.ADDRESS: "Adress-ID",
    Column.CONFIRMATION: "Status",
    Column.FEEDBACK: "Rückmeldung",
    Column.ACTION: "Aktion",
    Column.BEGIN: "Beginn",
}


def sheet(name: str, *rows: Sequence[str], prefix: str = "", problems: Sequence[Problem] = ()) -> Sheet:
    """A sheet of as many of the declared columns as its rows have cells; `prefix` sets its headers apart."""
    columns = zip(*rows, strict=True)
    declared = {
        column: Cells(prefix + HEADERS[column], at, np.array([*some, None], dtype=object)[:-1])
        for at, (column, some) in enumerate(zip(HEADERS, columns, strict=False))
    }
    return Sheet(name, 1, np.arange(2, len(rows) + 2), declared, problems=tuple(problems))


def checked(*sheets: Sheet, policy: RowPolicy | None = None) -> Checked:
    files = [Loaded(f"{number}.xlsx", "", (each,)) for number, each in enumerate(sheets)]
    return validate(files, Spellings(), policy or RowPolicy(), str)


def told(result: Checked) -> list[tuple[int, str, str | None, str | None]]:
    found = result.problems
    return list(zip(found.at.tolist(), found.code, found.column, found.value, strict=True))


def test_every_finding_names_its_column_and_the_cell_as_it_stands() -> None:
    result = checked(
        sheet("a", ("12a", " 3,5", "bestätgt", "", "weg", "bald"), ("", "2", "best\ufffd\ufffdtgt", "ACTIVE", "", "")),
        sheet("b", ("x", "2", "", "vielleicht", "lösen", "12/02/2026"), prefix="Andere "),
    )

    assert told(result) == [
        (0, Code.BAD_ID, "Termin-ID", "12a"),
        (0, Code.BAD_ID, "Adress-ID", " 3,5"),
        (0, Code.UNKNOWN_WORD, "Status", "bestätgt"),
        (0, Code.UNKNOWN_WORD, "Aktion", "weg"),
        (0, Code.BAD_BEGIN, "Beginn", "bald"),
        (1, Code.MISSING_ID, "Termin-ID", None),
        (1, Code.DAMAGED_TEXT, "Status", "best\ufffd\ufffdtgt"),
        (1, Code.REPAIRED, "Rückmeldung", "ACTIVE"),
        (2, Code.BAD_ID, "Andere Termin-ID", "x"),
        (2, Code.UNKNOWN_WORD, "Andere Rückmeldung", "vielleicht"),
        (2, Code.BAD_BEGIN, "Andere Beginn", "12/02/2026"),
        (2, Code.ACTION_NOT_ALLOWED, "Andere Aktion", "lösen"),
    ]
    assert result.rows.outcome.tolist() == [CheckOutcome.INVALID] * 3


def test_a_word_that_is_like_no_other_tells_which_column_it_stands_in() -> None:
    result = checked(sheet("a", ("1", "2", "bestätgt", "xyz", "weg"), ("1", "3", "xyz", "", "")))

    found = result.problems
    assert list(zip(found.column, found.hint, strict=True)) == [
        ("Status", "bestätigt"),
        ("Rückmeldung", Column.FEEDBACK),
        ("Aktion", Column.ACTION),
        ("Status", Column.CONFIRMATION),
    ]


@pytest.mark.parametrize(
    ("first", "second", "column"),
    [
        pytest.param(("gesendet", "aktiv"), ("gecancelt", "aktiv"), "Status", id="confirmation"),
        pytest.param(("gesendet", "aktiv"), ("gesendet", "inaktiv"), "Rückmeldung", id="feedback"),
        pytest.param(("gesendet", "aktiv", "verknüpfen"), ("gesendet", "aktiv", "lösen"), "Aktion", id="action"),
        pytest.param(("gesendet", "aktiv", "", "1.12.2026"), ("gesendet", "aktiv", "", "2.12.2026"), "Beginn", id="start"),
        pytest.param(("gesendet", "aktiv"), ("gecancelt", "inaktiv"), None, id="more than one"),
    ],
)
def test_a_contradiction_names_the_column_in_which_it_stands(
    first: tuple[str, ...], second: tuple[str, ...], column: str | None
) -> None:
    rows = [("1", "2", *first), ("1", "2", *second), ("1", "3", *first)]
    result = checked(sheet("a", *rows), policy=RowPolicy(allow_delete=True))

    found = [each for each in told(result) if each[1] != Code.WORD_NOT_USED]
    assert found == [(at, Code.CONTRADICTION, column, None) for at in (0, 1)]


def test_the_words_of_a_row_that_removes_its_link_are_told_as_not_used_cell_by_cell() -> None:
    rows = [("1", "2", "bestätigt", "aktiv", "lösen"), ("1", "3", "", "ACTIVE", "unlink"), ("1", "4", "", "", "lösen")]
    rows += [("1", "5", "bestätigt", "aktiv", "verknüpfen"), ("1", "6", "bestätigt", "aktiv", "")]
    result = checked(sheet("a", *rows), policy=RowPolicy(allow_delete=True))

    assert [each for each in told(result) if each[1] != Code.REPAIRED] == [
        (0, Code.WORD_NOT_USED, "Status", "bestätigt"),
        (0, Code.WORD_NOT_USED, "Rückmeldung", "aktiv"),
        (1, Code.WORD_NOT_USED, "Rückmeldung", "ACTIVE"),
    ]
    assert result.rows.outcome.tolist() == [CheckOutcome.VALID] * 5, "it only tells"
    assert result.rows.confirmation.tolist()[0] == "bestätigt", "these stay the row's own words"
    assert [(change.wanted, change.aim) for change in result.changes][:3] == [(State(), Operation.UNLINK)] * 3


def test_where_links_may_not_be_removed_only_that_is_told() -> None:
    result = checked(sheet("a", ("1", "2", "bestätigt", "aktiv", "lösen")))

    assert told(result) == [(0, Code.ACTION_NOT_ALLOWED, "Aktion", "lösen")]


def test_a_row_that_says_nothing_about_what_is_in_dispute_is_not_called_a_contradiction_and_names_no_column() -> None:
    result = checked(sheet("a", ("1", "2", "bestätigt", ""), ("1", "2", "gesendet", ""), ("1", "2", "", "aktiv")))

    assert told(result) == [
        (0, Code.CONTRADICTION, "Status", None),
        (1, Code.CONTRADICTION, "Status", None),
        (2, Code.OTHERS_CONTRADICT, None, None),
    ]
    assert result.rows.outcome.tolist() == [CheckOutcome.CONFLICT] * 3


def test_contradictions_of_several_links_name_a_column_each() -> None:
    result = checked(
        sheet("a", ("1", "2", "gesendet", "aktiv"), ("1", "3", "gesendet", "aktiv")),
        sheet("b", ("1", "3", "gesendet", "inaktiv"), ("1", "2", "gecancelt", "aktiv"), prefix="Andere "),
    )

    columns = ["Status", "Rückmeldung", "Andere Rückmeldung", "Andere Status"]
    assert told(result) == [(at, Code.CONTRADICTION, column, None) for at, column in enumerate(columns)]


def test_a_column_that_another_sheet_does_not_have_is_blank_there() -> None:
    result = checked(sheet("a", ("1", "2", "gesendet")), sheet("b", ("1", "3", "", "vielleicht")))

    assert told(result) == [(1, Code.UNKNOWN_WORD, "Rückmeldung", "vielleicht")]
    assert result.rows.outcome.tolist() == [CheckOutcome.VALID, CheckOutcome.INVALID]


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("beside", ["7", "7.0"], ids=["among plain numbers", "among others"])
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        (str(10**18 - 1), 10**18 - 1),
        ("0", Code.ZERO_AS_ID),
        (str(10**18), Code.ID_TOO_LONG),
        ("9" * 30, Code.ID_TOO_LONG),
    ],
)
def test_record_numbers_have_one_to_eighteen_digits(column: int, beside: str, text: str, number: int | Code) -> None:
    rows = [tuple(cell if at == column else "5" for at in range(2)) for cell in (beside, text)]
    result = checked(sheet("a", *((*row, "gesendet") for row in rows)))

    numbers = (result.rows.appointment_id, result.rows.address_id)[column].tolist()
    header = ("Termin-ID", "Adress-ID")[column]
    wrong = isinstance(number, Code)
    assert result.rows.outcome.tolist() == [CheckOutcome.VALID, CheckOutcome.INVALID if wrong else CheckOutcome.VALID]
    assert numbers == [7, 0 if wrong else number]
    assert told(result) == ([(1, number, header, text)] if wrong else [])


@pytest.mark.parametrize(("text", "outcome"), [("3.0", CheckOutcome.VALID), ("3.5", CheckOutcome.INVALID)])
@pytest.mark.parametrize("at", [10, 4_095, 4_096, 9_999])
def test_one_odd_number_in_a_long_sheet_is_found_where_it_stands_and_leaves_the_others_alone(
    at: int, text: str, outcome: CheckOutcome
) -> None:
    ids = [str(number) for number in range(10, 10_010)]
    ids[at] = text
    result = checked(sheet("a", *((number, "2", "gesendet") for number in ids)))

    expected = [*range(10, 10_010)]
    expected[at] = 3 if outcome is CheckOutcome.VALID else 0
    assert result.rows.appointment_id.tolist() == expected
    assert result.rows.outcome[at] == outcome
    assert told(result) == ([] if outcome is CheckOutcome.VALID else [(at, Code.BAD_ID, "Termin-ID", text)])


@pytest.mark.parametrize(
    ("words", "opponents"),
    [
        (
            [("gesendet", ""), ("gesendet", ""), ("bestätigt", "")],
            ["4 (bestätigt)", "4 (bestätigt)", "2 (gesendet)"],
        ),
        (
            [("bestätigt", ""), ("bestätigt", ""), ("gesendet", "")],
            ["4 (gesendet)", "4 (gesendet)", "2 (bestätigt)"],
        ),
        (
            [("gesendet", ""), ("bestätigt", ""), ("", "aktiv")],
            ["3 (bestätigt)", "2 (gesendet)", "2 (gesendet); 3 (bestätigt)"],
        ),
        (
            [("", "aktiv"), ("gesendet", ""), ("bestätigt", "")],
            ["3 (gesendet); 4 (bestätigt)", "4 (bestätigt)", "3 (gesendet)"],
        ),
        (
            [("", "aktiv"), ("", "aktiv"), ("", "inaktiv")],
            ["4 (inaktiv)", "4 (inaktiv)", "2 (aktiv)"],
        ),
        (
            [("bestätigt", "aktiv"), ("bestätigt", ""), ("", "inaktiv")],
            ["4 (inaktiv)", "2 (bestätigt, aktiv); 4 (inaktiv)", "2 (bestätigt, aktiv)"],
        ),
    ],
)
def test_a_contradiction_names_a_row_that_says_something_else_or_two_others_that_are_at_odds_and_what_they_say(
    words: list[tuple[str, str]], opponents: list[str]
) -> None:
    rows = [("1", "2", *some) for some in words]
    sheets = (sheet("a", ("9", "9", "gesendet", "")), sheet("b", *rows), sheet("c", ("9", "8", "gesendet", "")))
    result = validate([Loaded("a.xlsx", "", sheets)], Spellings(), RowPolicy(), lambda place: str(place.row))

    assert list(zip(result.problems.at.tolist(), result.problems.hint, strict=True)) == [*enumerate(opponents, 1)]


def test_digits_of_other_scripts_and_blank_cells_are_no_plain_numbers_and_the_number_in_plain_digits_is_suggested() -> None:
    ids = ["1", "٣", "", "²", "\uff17\uff10\uff10\uff15\uff15", " \uff10\uff10359,00"]
    result = checked(sheet("a", *((text, "2", "gesendet") for text in ids)))

    assert result.rows.outcome.tolist() == [CheckOutcome.VALID] + [CheckOutcome.INVALID] * 5
    assert list(zip(result.problems.code, result.problems.value, result.problems.hint, strict=True)) == [
        (Code.FOREIGN_DIGITS, ids[1], "3"),
        (Code.MISSING_ID, None, None),
        (Code.BAD_ID, "²", None),
        (Code.FOREIGN_DIGITS, ids[4], "70055"),
        (Code.FOREIGN_DIGITS, ids[5], "359"),
    ]


@pytest.mark.parametrize("code", [Code.FORMULA_WITHOUT_VALUE, Code.ERROR_CELL])
def test_a_blank_id_that_the_reader_told_about_is_not_called_missing_and_a_wrong_one_is_still_wrong(code: Code) -> None:
    found = [Problem(Place("0.xlsx", "a", row), code, "Termin-ID") for row in (2, 3)]
    result = checked(sheet("a", ("", "", "gesendet"), ("x", "y", "gesendet"), ("", "", "gesendet"), problems=found))

    assert [(at, told_code) for at, told_code, *_ in told(result)] == [
        (0, code), (1, code), (1, Code.BAD_ID), (1, Code.BAD_ID), (2, Code.MISSING_ID), (2, Code.MISSING_ID)
    ]  # fmt: skip


def test_what_a_reader_found_stands_beside_its_row_with_all_its_parts() -> None:
    found = [
        Problem(Place("1.xlsx", "b", 3), Code.HIDDEN_ROW, "Spalte", "Wert", "Hinweis"),
        Problem(Place("1.xlsx", "b", 99), Code.MERGED_CELL),
    ]
    row = ("1", "2", "gesendet")
    result = checked(sheet("a", row), sheet("b", row, row, row, problems=found), sheet("c", row))

    lines = result.problems.some(result.problems.code != Code.SAME_AS_EARLIER)
    assert list(zip(lines.at.tolist(), lines.code, lines.column, lines.value, lines.hint, strict=True)) == [
        (2, Code.HIDDEN_ROW, "Spalte", "Wert", "Hinweis"),
        (3, Code.MERGED_CELL, None, None, None),
    ]
    assert result.rows.outcome.tolist() == ["valid", "duplicate", "duplicate", "duplicate", "duplicate"]


def test_rows_that_contradict_or_repeat_each_other_name_file_sheet_and_row_of_the_other() -> None:
    places: list[Place] = []

    def text(place: Place) -> str:
        places.append(place)
        return "there"

    files = [
        Loaded("a.xlsx", "", (sheet("eins", ("1", "2", "gesendet"), ("5", "6", "gesendet")),)),
        Loaded(
            "b.xlsx", "", (sheet("zwei", ("9", "9", "gesendet")), sheet("drei", ("1", "2", "bestätigt"), ("5", "6", "gesendet")))
        ),
    ]
    validate(files, Spellings(), RowPolicy(), text)

    assert set(places) == {Place("b.xlsx", "drei", 2), Place("a.xlsx", "eins", 2), Place("a.xlsx", "eins", 3)}


def test_the_start_of_a_row_goes_into_its_change_and_two_starts_contradict() -> None:
    row = ("1", "2", "gesendet", "", "", "02.12.2026 09:00")
    result = checked(
        sheet(
            "a", row, ("1", "3", "gesendet", "", "", ""), ("1", "4", "gesendet", "", "", "2026-12-02"), (*row[:5], "03.12.2026")
        )
    )

    assert result.rows.outcome.tolist() == ["conflict", "valid", "valid", "conflict"]
    assert result.rows.begin.tolist() == ["2026-12-02T09:00:00", None, "2026-12-02", "2026-12-03"]
    assert [(change.link.address_id, dict(change.guards).get(Column.BEGIN)) for change in result.changes] == [
        (3, None),
        (4, "2026-12-02"),
    ]


def test_the_start_of_one_row_counts_for_the_link_of_all_its_rows() -> None:
    rows = [("1", "2", "gesendet", "", "", ""), ("1", "2", "", "aktiv", "", "2026-12-02")]
    [change] = checked(sheet("a", *rows)).changes

    assert (dict(change.guards).get(Column.BEGIN), change.aim) == ("2026-12-02", Operation.SET)


@pytest.mark.parametrize("create_missing", [False, True])
def test_aims_and_rows_are_as_the_office_allows(*, create_missing: bool) -> None:
    rows = [("1", "2", "gesendet", "", ""), ("1", "3", "", "", "verknüpfen"), ("1", "4", "", "", "lösen")]
    result = checked(sheet("a", *rows), policy=RowPolicy(create_missing=create_missing, allow_delete=True))

    assert [change.aim for change in result.changes] == [
        Operation.LINK if create_missing else Operation.SET,
        Operation.LINK,
        Operation.UNLINK,
    ]
    assert result.rows.action.tolist() == [Operation.SET, Operation.LINK, Operation.UNLINK]
    assert result.rows.change.tolist() == [0, 1, 2]
    assert result.rows.change.dtype == np.int64
    assert len(result.problems) == 0


def test_the_table_of_rows_says_where_each_row_stands_and_what_it_asks_for() -> None:
    first = (
        sheet("eins", ("1", "2", "gesendet", "aktiv")),
        sheet("zwei", ("3", "4", "", "inaktiv"), ("5", "6", "bestätigt", "")),
    )
    files = (
        Loaded("a.xlsx", "", first),
        Loaded("leer.xlsx", ""),
        Loaded("b.xlsx", "", (sheet("drei", ("x", "8", "gecancelt", "")),)),
    )
    result = validate(files, Spellings(), RowPolicy(), str)

    rows = result.rows
    assert result.files == files
    assert rows.file.tolist() == [0, 0, 0, 2]
    assert rows.sheet.tolist() == ["eins", "zwei", "zwei", "drei"]
    assert rows.row.tolist() == [2, 2, 3, 2]
    assert rows.appointment_id.tolist() == [1, 3, 5, 0]
    assert rows.address_id.tolist() == [2, 4, 6, 8]
    assert rows.confirmation.tolist() == ["gesendet", None, "bestätigt", "gecancelt"]
    assert rows.feedback.tolist() == ["aktiv", "inaktiv", None, None]
    assert rows.begin.tolist() == [None] * 4
    assert rows.change.tolist() == [0, 1, 2, -1]


@pytest.mark.parametrize(
    "sheets", [(), (sheet("a", ("1", "2", "gesendet", "aktiv")), sheet("b", ("x", "2", "bestätgt", "aktiv")))]
)
def test_texts_are_kept_as_texts_and_numbers_as_numbers(sheets: tuple[Sheet, ...]) -> None:
    result = checked(*sheets)

    plain = [name for name in result.rows.__slots__ if name != "guards"]
    kinds = {name: getattr(result.rows, name).dtype for name in plain} | {k: each.dtype for k, each in result.rows.guards.items()}
    assert {name for name, kind in kinds.items() if kind == np.int64} == {
        "file", "row", "appointment_id", "address_id", "change"
    }  # fmt: skip
    assert {kind for name, kind in kinds.items() if kind != np.int64} == {np.dtype(object)}
    kinds = {name: getattr(result.problems, name).dtype for name in result.problems.__slots__}
    assert kinds == {"at": np.int64} | dict.fromkeys(("code", "column", "value", "hint"), np.dtype(object))
