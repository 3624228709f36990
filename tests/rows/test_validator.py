"""Rows judged alone and beside each other, against a plain row-by-row reading of the same rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.model import (
    Cells,
    Change,
    Code,
    Column,
    Confirmation,
    Feedback,
    Link,
    Loaded,
    Operation,
    Place,
    Problem,
    Sheet,
    State,
)
from sync.rows.spellings import Spellings
from sync.rows.validate import RowPolicy, validate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.domain.model import Checked

Row = tuple[str, str, str, str, str] | tuple[str, str, str, str, str, str]


HEADERS = {
    Column.APPOINTMENT: "Termin-ID",
    Column.ADDRESS: "Adress-ID",
    Column.CONFIRMATION: "Status",
    Column.FEEDBACK: "Rückmeldung",
    Column.ACTION: "Aktion",
    Column.BEGIN: "Beginn",
}


def sheet(cells: Sequence[Row], name: str | None = "Tabelle1", problems: tuple[Problem, ...] = ()) -> Sheet:
    padded = [(*row, "")[: len(HEADERS)] for row in cells]
    texts = [np.array(column, dtype=object) for column in zip(*padded, strict=True)] or [np.empty(0, dtype=object)] * len(HEADERS)
    declared = {column: Cells(HEADERS[column], at, some) for at, (column, some) in enumerate(zip(HEADERS, texts, strict=True))}
    return Sheet(name, 1, np.arange(2, len(cells) + 2), declared, problems=problems)


def checked(*files: Sequence[Row], policy: RowPolicy | None = None) -> Checked:
    loaded = [Loaded(f"{number}.xlsx", "", (sheet(cells),)) for number, cells in enumerate(files)]
    return validate(loaded, Spellings(), policy or RowPolicy(), lambda place: f"{place.file}:{place.row}")


def outcomes(result: Checked) -> list[str]:
    return result.rows.outcome.tolist()


def codes(result: Checked, at: int) -> list[tuple[str, str | None]]:
    some = result.problems.some(result.problems.at == at)
    return list(zip(some.code, some.hint, strict=True))


def test_a_run_without_files_has_no_rows_and_no_changes() -> None:
    result = validate([], Spellings(), RowPolicy(), str)

    assert (len(result.rows), len(result.problems), len(result.changes)) == (0, 0, 0)


def test_all_problems_of_a_row_are_told_at_once() -> None:
    result = checked([("359.5", "12a", "bestätgt", "vielleicht", "weg")])

    assert [code for code, _ in codes(result, 0)] == [
        Code.BAD_ID,
        Code.BAD_ID,
        Code.UNKNOWN_WORD,
        Code.UNKNOWN_WORD,
        Code.UNKNOWN_WORD,
    ]
    assert outcomes(result) == ["invalid"]


def test_a_row_that_sets_nothing_is_invalid() -> None:
    result = checked([("1", "2", "", " ", "")])

    assert codes(result, 0) == [(Code.NOTHING_TO_SET, None)]


def test_a_blank_cell_leaves_its_status_as_it_is() -> None:
    result = checked([("1", "2", "gesendet", "", ""), ("1", "3", "", "aktiv", "")])

    assert tuple(result.changes) == (
        Change(Link(1, 2), State(Confirmation.SENT, None)),
        Change(Link(1, 3), State(None, Feedback.ACTIVE)),
    )


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u200b", "\ufeff\t", "\u00ad"])
def test_a_cell_in_which_a_person_sees_nothing_is_blank(blank: str) -> None:
    result = checked([("1", "2", "gesendet", blank, blank), ("1", "3", blank, blank, blank)])

    assert outcomes(result) == ["valid", "invalid"]
    assert codes(result, 1) == [(Code.NOTHING_TO_SET, None)]


def test_complementary_rows_become_one_change_over_all_files() -> None:
    result = checked([("1", "2", "gesendet", "", "")], [("1", "2", "", "aktiv", "")])

    assert outcomes(result) == ["valid", "valid"]
    assert tuple(result.changes) == (Change(Link(1, 2), State(Confirmation.SENT, Feedback.ACTIVE)),)
    assert result.rows.change.tolist() == [0, 0]


def test_a_row_that_adds_nothing_is_a_duplicate_and_names_the_first_one() -> None:
    result = checked([("1", "2", "gesendet", "aktiv", ""), ("01", "2.0", "Gesendet", "", "")])

    assert outcomes(result) == ["valid", "duplicate"]
    assert (Code.SAME_AS_EARLIER, "0.xlsx:2") in codes(result, 1)


def test_a_contradiction_sets_all_rows_of_the_link_aside_and_names_the_opponent() -> None:
    result = checked([("1", "2", "gesendet", "", ""), ("1", "2", "", "aktiv", "")], [("1", "2", "gecancelt", "", "")])

    assert outcomes(result) == ["conflict"] * 3
    assert tuple(result.changes) == ()
    assert codes(result, 0) == [(Code.CONTRADICTION, "1.xlsx:2 (gecancelt)")]
    assert codes(result, 2) == [(Code.CONTRADICTION, "0.xlsx:2 (gesendet)")]
    assert codes(result, 1) == [(Code.OTHERS_CONTRADICT, "0.xlsx:2 (gesendet); 1.xlsx:2 (gecancelt)")]


def test_the_last_row_wins_where_the_office_wants_it() -> None:
    rows = [("1", "2", "gesendet", "", ""), ("1", "2", "gecancelt", "", ""), ("1", "2", "gecancelt", "", "")]
    result = checked(rows, policy=RowPolicy(last_wins=True))

    assert outcomes(result) == ["conflict", "valid", "duplicate"]
    assert tuple(result.changes) == (Change(Link(1, 2), State(Confirmation.CANCELED)),)
    assert codes(result, 0) == [(Code.OVERRULED, "0.xlsx:4 (gecancelt)")]


def test_a_row_that_is_overruled_names_a_later_row_and_never_itself() -> None:
    rows = [("1", "2", "bestätigt", "inaktiv", ""), ("1", "2", "bestätigt", "aktiv", ""), ("1", "2", "gesendet", "aktiv", "")]
    result = checked(rows, policy=RowPolicy(last_wins=True))

    assert [codes(result, at) for at in range(3)] == [[(Code.OVERRULED, "0.xlsx:4 (gesendet, aktiv)")]] * 2 + [[]]


def test_where_the_last_row_wins_a_duplicate_names_the_first_row_that_says_the_same_and_none_that_says_otherwise() -> None:
    rows = [("1", "2", word, "", "") for word in ("bestätigt", "gesendet", "gesendet")]
    policy = RowPolicy(last_wins=True)

    assert codes(checked(rows, policy=policy), 2) == [(Code.SAME_AS_EARLIER, "0.xlsx:3")]
    assert codes(checked(rows[:1], rows[1:2], rows[2:], policy=policy), 2) == [(Code.SAME_AS_EARLIER, "1.xlsx:2")]


def test_a_duplicate_of_several_rows_together_names_each_of_them() -> None:
    rows = [("1", "2", "gesendet", "", ""), ("1", "2", "", "aktiv", "")]
    result = checked(rows, [("1", "2", "gesendet", "aktiv", ""), ("1", "2", "", "aktiv", "")])

    assert codes(result, 2) == [(Code.SAME_AS_SEVERAL, "0.xlsx:2; 0.xlsx:3")]
    assert codes(result, 3) == [(Code.SAME_AS_EARLIER, "0.xlsx:3")]


def test_a_row_that_is_overruled_makes_no_later_row_a_duplicate() -> None:
    rows = [("1", "2", "bestätigt", "inaktiv", ""), ("1", "2", "", "aktiv", ""), ("1", "2", "bestätigt", "", "")]
    result = checked(rows, policy=RowPolicy(last_wins=True))

    assert outcomes(result) == ["conflict", "valid", "valid"]
    assert tuple(result.changes) == (Change(Link(1, 2), State(Confirmation.CONFIRMED, Feedback.ACTIVE)),)


def test_unlinking_needs_leave_and_is_against_everything_else() -> None:
    rows = [("1", "2", "", "", "lösen"), ("1", "3", "", "", "lösen"), ("1", "3", "gesendet", "", "")]

    assert outcomes(checked(rows)) == ["invalid", "invalid", "valid"]
    allowed = checked(rows, policy=RowPolicy(allow_delete=True))
    assert outcomes(allowed) == ["valid", "conflict", "conflict"]
    assert tuple(allowed.changes) == (Change(Link(1, 2), State(), Operation.UNLINK),)


def test_words_beside_an_unlinking_are_used_by_no_row() -> None:
    rows = [("1", "2", "gesendet", "", "lösen"), ("1", "2", "gecancelt", "", "lösen")]
    rows += [("1", "3", "gecancelt", "", "lösen"), ("1", "3", "", "aktiv", "")]
    result = checked(rows, policy=RowPolicy(last_wins=True, allow_delete=True))

    assert outcomes(result) == ["valid", "duplicate", "conflict", "valid"]
    assert tuple(result.changes) == (
        Change(Link(1, 2), State(), Operation.UNLINK),
        Change(Link(1, 3), State(None, Feedback.ACTIVE)),
    )


def test_linking_adds_to_setting() -> None:
    result = checked([("1", "2", "gesendet", "", ""), ("1", "2", "", "", "verknüpfen")])

    assert outcomes(result) == ["valid", "valid"]
    assert tuple(result.changes) == (Change(Link(1, 2), State(Confirmation.SENT), Operation.LINK),)


def test_what_the_reader_found_keeps_its_row_from_being_sent_and_nothing_is_said_twice() -> None:
    found = Problem(Place("a.xlsx", "Tabelle1", 3), Code.FORMULA_WITHOUT_VALUE, "Termin-ID")
    rows = [("1", "2", "gesendet", "", ""), ("", "2", "gesendet", "", "")]
    result = validate([Loaded("a.xlsx", "", (sheet(rows, problems=(found,)),))], Spellings(), RowPolicy(), str)

    assert outcomes(result) == ["valid", "invalid"]
    assert codes(result, 1) == [(Code.FORMULA_WITHOUT_VALUE, None)]


def test_repairs_are_listed_with_the_word_that_was_taken() -> None:
    result = checked([("1", "2", "bestÃ¤tigt", "ACTIVE", "")])

    assert outcomes(result) == ["valid"]
    assert codes(result, 0) == [(Code.REPAIRED, "bestätigt"), (Code.REPAIRED, "aktiv")]


def test_a_word_that_a_wrong_encoding_damaged_beyond_one_reading_is_reported_as_such() -> None:
    result = checked([("1", "2", "best\ufffd\ufffdtgt", "", "")])

    assert codes(result, 0) == [(Code.DAMAGED_TEXT, "bestätigt")]


IDS = st.sampled_from(["1", "2", "02", "3.0"])
ROWS = st.lists(
    st.tuples(
        IDS,
        IDS,
        st.sampled_from(["", "", "gesendet", "gecancelt", "Bestätigt", "xx"]),
        st.sampled_from(["", "aktiv", "inaktiv", "?"]),
        st.sampled_from(["", "", "", "verknüpfen", "lösen"]),
        st.sampled_from(["", "", "02.12.2026", "2.12.26", "2026-12-02 09:00", "bald"]),
    ),
    max_size=14,
)


@given(files=st.lists(ROWS, min_size=1, max_size=3), last_wins=st.booleans())
def test_the_columns_say_what_a_reading_row_by_row_says(files: list[list[Row]], last_wins: bool) -> None:
    result = checked(*files, policy=RowPolicy(last_wins=last_wins, allow_delete=True))

    expected, changes = by_hand([row for file in files for row in file], last_wins=last_wins)
    assert outcomes(result) == expected
    assert {
        change.link: (change.wanted, change.aim, dict(change.guards).get(Column.BEGIN)) for change in result.changes
    } == changes
    positions = {change.link: number for number, change in enumerate(result.changes)}
    rows = result.rows
    for at, (appointment, address, change) in enumerate(zip(rows.appointment_id, rows.address_id, rows.change, strict=True)):
        assert change == (-1 if expected[at] == "invalid" else positions.get((appointment, address), -1))


@given(files=st.lists(ROWS, min_size=1, max_size=3))
def test_every_row_set_aside_says_why(files: list[list[Row]]) -> None:
    result = checked(*files, policy=RowPolicy(allow_delete=True))

    errors = {Code.CONTRADICTION, Code.OTHERS_CONTRADICT, Code.UNKNOWN_WORD, Code.NOTHING_TO_SET, Code.BAD_BEGIN}
    for at, outcome in enumerate(outcomes(result)):
        said = {code for code, _ in codes(result, at)}
        assert bool(said & errors) == (outcome in {"conflict", "invalid"})
        assert bool(said & {Code.SAME_AS_EARLIER, Code.SAME_AS_SEVERAL}) == (outcome == "duplicate")


#: Rows of two links, so that many of them say something about the same one.
CLOSE_ROWS = st.lists(
    st.tuples(
        st.just("1"),
        st.sampled_from(["2", "2", "2", "3"]),
        st.sampled_from(["", "gesendet", "gecancelt", "bestätigt"]),
        st.sampled_from(["", "aktiv", "inaktiv"]),
        st.sampled_from(["", "", "", "", "verknüpfen", "lösen"]),
        st.sampled_from(["", "", "02.12.2026", "2026-12-02 09:00"]),
    ).filter(lambda row: any(row[2:5])),
    max_size=8,
)


def named(result: Checked, at: int, files: list[list[Row]]) -> list[tuple[str, list[int]]]:
    """What is told about a row beside other rows, and which of all rows are named there."""
    places = [f"{file}.xlsx:{row}" for file, rows in enumerate(files) for row in range(2, len(rows) + 2)]
    return [
        (code, [places.index(place.partition(" (")[0]) for place in hint.split("; ")]) for code, hint in codes(result, at) if hint
    ]


@given(files=st.lists(CLOSE_ROWS, min_size=1, max_size=3), last_wins=st.booleans())
def test_a_duplicate_names_the_first_row_that_says_the_same_or_the_rows_that_say_it_together(
    files: list[list[Row]], last_wins: bool
) -> None:
    result = checked(*files, policy=RowPolicy(last_wins=last_wins, allow_delete=True))

    rows = [row for file in files for row in file]
    outcome = outcomes(result)
    for at in (at for at, one in enumerate(outcome) if one == "duplicate"):
        says = _said(rows[at])
        earlier = {a: _said(rows[a]) for a in range(at) if rows[a][:2] == rows[at][:2] and outcome[a] != "conflict"}
        same = [a for a, said in earlier.items() if said.items() >= says.items()]
        pieces = {next(a for a, said in earlier.items() if said.get(what) == says[what]) for what in says.keys() - {"stays"}}
        expected = (Code.SAME_AS_EARLIER, same[:1]) if same else (Code.SAME_AS_SEVERAL, sorted(pieces))
        assert named(result, at, files) == [expected]


def contradicted(one: Row, other: Row) -> set[str]:
    """About what two rows of the same link say something else."""
    if one[:2] != other[:2]:
        return set()
    some, others = _said(one), _said(other)
    return {what for what in some.keys() & others.keys() if some[what] != others[what]}


SAID_IN = {"Status": "confirmation", "Rückmeldung": "feedback", "Aktion": "stays", "Beginn": "begin"}


@given(files=st.lists(CLOSE_ROWS, min_size=1, max_size=3))
def test_no_row_is_told_that_it_contradicts_one_that_it_does_not_contradict(files: list[list[Row]]) -> None:
    result = checked(*files, policy=RowPolicy(allow_delete=True))

    rows = [row for file in files for row in file]
    for at in (at for at, outcome in enumerate(outcomes(result)) if outcome == "conflict"):
        about = set().union(*(contradicted(rows[at], row) for row in rows))
        column = result.problems.column[result.problems.at == at].tolist()[-1]
        [(code, others)] = named(result, at, files)
        assert (code, len(others)) == ((Code.CONTRADICTION, 1) if about else (Code.OTHERS_CONTRADICT, 2))
        assert contradicted(rows[at] if about else rows[others[0]], rows[others[-1]])
        assert rows[others[0]][:2] == rows[at][:2]
        assert column == next((name for name, what in SAID_IN.items() if {what} == about), None)
        assert column is None or SAID_IN[column] in contradicted(rows[at], rows[others[0]])


@given(files=st.lists(CLOSE_ROWS, min_size=1, max_size=3))
def test_a_row_that_is_overruled_names_the_last_row_that_says_something_else(files: list[list[Row]]) -> None:
    result = checked(*files, policy=RowPolicy(last_wins=True, allow_delete=True))

    rows = [row for file in files for row in file]
    for at in (at for at, outcome in enumerate(outcomes(result)) if outcome == "conflict"):
        links = [a for a, row in enumerate(rows) if row[:2] == rows[at][:2]]
        last = {what: a for a in links for what in _said(rows[a])}
        overruling = [a for what, a in last.items() if what in contradicted(rows[at], rows[a])]
        assert named(result, at, files) == [(Code.OVERRULED, [max(overruling)])]
        assert max(overruling) > at


def by_hand(rows: list[Row], *, last_wins: bool) -> tuple[list[str], dict[tuple[int, int], tuple[State, Operation, str | None]]]:
    """The rules of the design, read one row at a time."""
    links: dict[tuple[int, int], list[int]] = {}
    outcome = []
    for at, (appointment, address, confirmation, feedback, aim, begin) in enumerate(rows):
        wrong = confirmation == "xx" or feedback == "?" or begin == "bald" or not (confirmation or feedback or aim)
        outcome.append("invalid" if wrong else "valid")
        if not wrong:
            links.setdefault((int(float(appointment)), int(float(address))), []).append(at)
    changes = {}
    for link, lines in links.items():
        said = [_said(rows[at]) for at in lines]
        final = {what: value for one in said for what, value in one.items()}
        against = [at for at, one in zip(lines, said, strict=True) if any(final[what] != value for what, value in one.items())]
        if against and not last_wins:
            for at in lines:
                outcome[at] = "conflict"
            continue
        known: set[str] = set()
        for at, one in zip(lines, said, strict=True):
            if at in against:
                outcome[at] = "conflict"
                continue
            if one.keys() <= known:
                outcome[at] = "duplicate"
            known |= one.keys()
        aim = Operation.UNLINK if not final["stays"] else Operation.LINK if "made" in final else Operation.SET
        changes[link] = (State(final.get("confirmation"), final.get("feedback")), aim, final.get("begin"))
    return outcome, changes


def _said(row: Row) -> dict[str, object]:
    _, _, confirmation, feedback, aim, begin = row
    said: dict[str, object] = {"stays": aim != "lösen"}
    if confirmation and aim != "lösen":
        said["confirmation"] = Confirmation(confirmation.lower())
    if feedback and aim != "lösen":
        said["feedback"] = Feedback(feedback)
    if aim == "verknüpfen":
        said["made"] = True
    if begin:
        said["begin"] = "2026-12-02T09:00:00" if "09" in begin else "2026-12-02"
    return said


@pytest.mark.parametrize("policy", [RowPolicy(), RowPolicy(last_wins=True)])
def test_one_link_in_many_contradicting_rows_takes_no_longer_than_many_links(policy: RowPolicy) -> None:
    rows = [("1", "2", ("gesendet", "gecancelt")[number % 2], "", "") for number in range(20_000)]

    result = checked(rows, policy=policy)

    assert outcomes(result).count("conflict") >= 10_000


def test_what_rows_have_in_common_is_one_object_for_all_of_them() -> None:
    result = checked([(str(number), "7", "bestaetigt", "aktiv", "") for number in range(1, 50)])

    for texts in (result.rows.outcome, result.rows.confirmation, result.problems.code, result.problems.column):
        assert (len(texts), len(set(map(id, texts)))) == (49, 1)
