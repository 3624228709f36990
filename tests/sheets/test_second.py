"""No cell on one reader's word alone, and none that nobody sees."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.model import Code, Why
from sync.rows.columns import declared
from sync.sheets.cells import BATCH_CELLS, Cell, Grid, InStep, Marks, by_column, same
from sync.sheets.stream import FoundInFile, Limits, Part, RefuseFile
from sync.sheets.tables import Area, Merged, Tables

Cells = list[list[Cell]]
HEADER: list[Cell] = ["Termin-ID", "Adress-ID", "Bestätigung"]
ROWS: Cells = [HEADER, [70001.0, 90001.0, "bestätigt"], [], [70002.0, 90002.0, "gesendet"]]


def grid(cells: Cells, others: Cells, marks: Marks | None = None) -> Grid:
    half = max(1, len(cells) // 2)
    batches = [
        by_column(range(at + 1, at + 1 + len(cells[at : at + half])), cells[at : at + half]) for at in range(0, len(cells), half)
    ]
    return Grid("Termine", iter(batches if cells else []), marks or Marks(), second=InStep(numbered(others)))


def numbered(cells: Cells) -> Iterator[tuple[int, Mapping[int, Cell]]]:
    return ((number, dict(enumerate(row))) for number, row in enumerate(cells, 1) if row)


def parts_of(sheet: Grid) -> list[Part]:
    return [part for part in Tables(sheet, declared(), Limits(), deadline=float("inf")).read() if isinstance(part, Part)]


def told(sheet: Grid) -> list[FoundInFile]:
    return [finding for part in parts_of(sheet) for finding in part.findings]


def rows(sheet: Grid) -> list[int]:
    return [row for part in parts_of(sheet) for row in part.rows]


def test_two_readings_that_agree_say_nothing() -> None:
    others = [HEADER, [70001, "90001", "bestätigt"], [None, " "], ["70002", 90002.0, "gesendet"]]

    assert told(grid(ROWS, others)) == []


@pytest.mark.parametrize("column", range(3))
def test_a_cell_that_a_reading_has_otherwise_is_told_with_both_values(column: int) -> None:
    others = [list(row) for row in ROWS]
    others[3][column] = "anders"

    first = ["70002", "90002", "gesendet"][column]
    assert told(grid(ROWS, others)) == [FoundInFile(4, Code.READINGS_DIFFER, str(HEADER[column]), first, "anders")]


def test_a_row_that_only_one_reading_has_is_told_wherever_it_stands() -> None:
    more = [*ROWS, [70003, 90003, "gesendet"]]
    more[2] = [70009, 90009, "gecancelt"]

    assert {finding.row for finding in told(grid(ROWS, more))} == {3, 5}
    assert {finding.row for finding in told(grid(more, ROWS))} == {3, 5}
    assert rows(grid(ROWS, more)) == rows(grid(more, ROWS)) == [2, 3, 4, 5]


@pytest.mark.parametrize("other", ["Rückmeldung", "Notiz", None])
def test_a_header_that_two_readings_name_differently_refuses_the_file(other: Cell) -> None:
    with pytest.raises(RefuseFile) as refused:
        told(grid(ROWS, [[*HEADER[:2], other], *ROWS[1:]]))

    assert refused.value.reason.why is Why.READINGS_DIFFER
    assert refused.value.reason.detail.startswith("C1 (Bestätigung")


@pytest.mark.parametrize("first", [[], [["Notiz"]]])
def test_a_table_that_only_the_second_reading_sees_refuses_the_file(first: Cells) -> None:
    with pytest.raises(RefuseFile):
        told(grid(first, [["Notiz"], *ROWS]))


def test_a_table_of_several_batches_is_compared_to_its_end() -> None:
    many: Cells = [HEADER, *([70000.0 + at, 90000.0 + at, "gesendet"] for at in range(BATCH_CELLS))]
    others = [*many[:-1], [*many[-1][:2], "gecancelt"]]

    assert [finding.row for finding in told(grid(many, others))] == [len(many)]


@given(st.integers(1, 2**53), st.sampled_from([int, float, str, lambda number: f"{number}.0"]))
def test_a_number_is_the_same_in_every_form_and_never_the_same_as_its_neighbour(number: int, form: type) -> None:
    assert same(float(number), form(number))
    assert same(float(number), form(number + 1)) is (form in {int, float} and float(number) == float(number + 1))


@given(
    st.one_of(st.floats(), st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,3})?", fullmatch=True)),
    st.one_of(st.floats(), st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,3})?", fullmatch=True)),
)
def test_any_two_cells_compare_and_whole_numbers_are_the_same_only_to_the_last_digit(first: Cell, second: Cell) -> None:
    one, other = (Decimal(cell) for cell in (first, second))
    is_same = same(first, second)

    assert same(first, first)
    if one.is_finite() and other.is_finite() and one == one.to_integral_value() and other == other.to_integral_value():
        assert is_same is (one == other)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (datetime.fromisoformat("2026-12-02T09:00"), 46358.375),
        (date(2026, 12, 2), 46358),
        (time(6), 0.25),
        (time(6), datetime.fromisoformat("1904-01-01T06:00")),
        (datetime.fromisoformat("1899-12-31T06:00"), datetime.fromisoformat("1899-12-30T06:00")),
        (datetime.fromisoformat("2026-12-02T09:00"), "2026-12-02T09:00:00"),
    ],
)
def test_a_moment_is_the_same_as_its_number(first: Cell, second: Cell) -> None:
    assert same(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (True, 1.0), (1.0, True), ("1", True), ("70001", "7O001"), ("", "x"), (None, 0.0), (inf, 1.0), (1.0, nan), (inf, -inf),
        (inf, time(6)), ("12345678901234567", "12345678901234568"), ("123456789012345678", 123456789012345679.0),
    ],
)  # fmt: skip
def test_what_people_see_differently_is_not_the_same(first: Cell, second: Cell) -> None:
    assert not same(first, second)


def merged(*areas: tuple[int, int, int, int], cells: Cells) -> Grid:
    return replace(grid(cells, []), marks=Marks(merged=list(areas)), second=None)


def test_a_value_below_a_merged_cell_gives_way_to_what_is_shown() -> None:
    cells: Cells = [HEADER, [1.0, 2.0, "gesendet"], [3.0, 4.0, "gecancelt"]]

    assert told(merged((2, 2, 3, 2), cells=cells)) == [
        FoundInFile(3, Code.UNDER_MERGED_CELL, "Bestätigung", "gecancelt"),
        FoundInFile(3, Code.MERGED_CELL, "Bestätigung", "gesendet"),
    ]


def test_a_value_beside_the_first_cell_of_a_merged_area_is_not_read_but_told() -> None:
    cells: Cells = [HEADER, [1.0, 2.0, "gesendet"]]

    assert told(merged((2, 0, 2, 1), cells=cells)) == [FoundInFile(2, Code.UNDER_MERGED_CELL, "Adress-ID", "2")]
    assert [[column for column, _ in part.columns] for part in parts_of(merged((2, 0, 2, 1), cells=cells))] == [[0, 2]]


def test_a_row_in_which_nobody_sees_anything_is_told_all_the_same() -> None:
    cells: Cells = [HEADER, [1.0, 2.0, "gesendet"], [3.0, 4.0, "gecancelt"], [5.0, 6.0, "gesendet"]]

    assert {finding.row for finding in told(merged((2, 0, 3, 2), cells=cells))} == {2, 3}
    assert rows(merged((2, 0, 3, 2), cells=cells)) == [2, 3, 4]


def test_a_name_of_a_column_below_a_merged_cell_names_nothing() -> None:
    cells: Cells = [[*HEADER, "Rückmeldung"], [1.0, 2.0, "gesendet", "aktiv"]]

    tables = Tables(merged((1, 2, 1, 3), cells=cells), declared(), Limits(), deadline=float("inf"))
    opened = next(iter(tables.read()))

    assert not isinstance(opened, Part)
    assert opened.cells == ("Termin-ID", "Adress-ID", "Bestätigung", "")


@given(st.lists(st.tuples(*[st.integers(1, 6)] * 2, *[st.integers(0, 3)] * 2), max_size=5), st.integers(1, 3))
def test_merged_areas_in_step_are_those_that_a_look_at_all_of_them_finds(
    areas: list[tuple[int, int, int, int]], size: int
) -> None:
    given_areas = [Area(first, left, first + down, left + right) for first, left, down, right in areas]
    merged_areas = Merged(given_areas)
    for begin in range(1, 10, size):
        batch = range(begin, begin + size)
        found = {
            (row, column)
            for area in merged_areas.among(batch)
            for row in batch
            for column in range(12)
            if area.covers(row, column)
        }
        assert found == {
            (row, column) for area in given_areas for row in batch for column in range(12) if area.covers(row, column)
        }
