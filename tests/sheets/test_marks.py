"""What the XML of a sheet tells besides its cells: the same whether plain cells are looked at or passed over."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from sync.sheets.containers import Archive
from sync.sheets.formats import xlsx
from sync.sheets.formats.package import SheetPart
from sync.sheets.load import Limits

if TYPE_CHECKING:
    from sync.sheets.cells import Marks

PATH = "xl/worksheets/sheet1.xml"
ATTRIBUTES = st.sampled_from(
    ["", ' s="3"', ' t="n"', ' t="s"', ' t="str"', ' s="1" t="b"', ' t="e"', ' t="inlineStr"', ' cm="1"']
)
VALUES = ["", "<v>1</v>", "<v>0</v>", "<v></v>", "<v/>", "<v>#NV</v>", "<is><t>Text</t></is>", "<is><r><t>b</t></r></is>"]
FORMULAS = [f + v for f in ("<f>A1</f>", '<f t="shared" si="0"/>') for v in ("", "<v></v>", "<v>0</v>", "<v>7</v>")]
INSIDE = st.sampled_from([*VALUES, *FORMULAS])
PLACED = st.sampled_from([True, True, True, True, True, True, True, False])


@given(
    cells=st.lists(st.tuples(st.booleans(), PLACED, ATTRIBUTES, INSIDE), max_size=12),
    hidden=st.booleans(),
    recalculate=st.booleans(),
)
def test_passing_over_plain_cells_takes_no_mark_from_a_sheet(
    cells: list[tuple[bool, bool, str, str]], *, hidden: bool, recalculate: bool
) -> None:
    rows = [[cell[1:] for cell in cells if cell[0] is upper] for upper in (True, False)]
    xml = "".join(_row(number, row, hidden=hidden and number == 1) for number, row in enumerate(rows, 1))

    assert _look(xml, recalculate=recalculate) == _every_cell_looked_at(xml, recalculate=recalculate)


def test_a_cell_that_does_not_say_where_it_stands_is_counted_after_the_plain_ones() -> None:
    marks = _look('<row r="1"><c r="A1"><v>1</v></c><c t="e"><v>#NV</v></c></row>')

    assert marks.errors == {(1, 1): "#NV"}


def test_a_row_that_does_not_say_its_number_is_counted_after_the_plain_ones() -> None:
    marks = _look('<row r="1"><c r="A1"><v>1</v></c></row><row><c t="e"><v>#NV</v></c></row>')

    assert marks.errors == {(2, 0): "#NV"}


def _row(number: int, cells: list[tuple[bool, str, str]], *, hidden: bool) -> str:
    inner = "".join(
        f"<c{_place(at, number) if placed else ''}{attributes}>{inside}</c>"
        if inside
        else f"<c{_place(at, number)}{attributes}/>"
        for at, (placed, attributes, inside) in enumerate(cells)
    )
    return f'<row r="{number}"{" hidden=" + chr(34) + "1" + chr(34) if hidden else ""}>{inner}</row>'


def _place(column: int, row: int) -> str:
    return f' r="{chr(ord("A") + column)}{row}"'


def _look(rows: str, *, recalculate: bool = False) -> Marks:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(PATH, f"<worksheet><sheetData>{rows}</sheetData></worksheet>")
    return xlsx.look(Archive(archive.getvalue(), 10**6), SheetPart("a", "visible", PATH), Limits(), recalculate=recalculate).marks


def _every_cell_looked_at(rows: str, *, recalculate: bool) -> Marks:
    plain, xlsx._CELL_LIKE_MOST = xlsx._CELL_LIKE_MOST, re.compile(b"(?!)")
    try:
        return _look(rows, recalculate=recalculate)
    finally:
        xlsx._CELL_LIKE_MOST = plain
