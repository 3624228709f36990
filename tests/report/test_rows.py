"""Promise: what is written quickly is what XlsxWriter writes, byte by byte."""

from __future__ import annotations

import zipfile
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed

from sync.report import rows

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple["Sequence[tuple[Any, int]]", float]
texts = st.text(st.characters(), max_size=20) | st.sampled_from(
    ["a\nb", " a", "a ", "a & b", "<r>x</r>", "_x0041_", "=1+1", "007", "\ufffe", "ä", "a" * 40_000, "\r\n", "a\x85", '"']
)
numbers = st.integers(0, 10**17) | st.sampled_from([0, 10**15 - 1, 10**15])
values = st.none() | texts | numbers | st.just(datetime(2026, 12, 2, 9))  # noqa: DTZ001 - as a cell has it
cells = st.tuples(values, st.integers(0, 2))
sheets = st.lists(st.tuples(st.lists(cells, min_size=1, max_size=30), st.sampled_from([15, 28, 41.0, 409, 13.3])), max_size=6)


def book(sheet: Sequence[Row], comments: frozenset[int] = frozenset()) -> dict[str, bytes]:
    """The parts of a workbook with these rows, but for where the boxes of comments lie."""
    file = BytesIO()
    with Workbook(file, {"constant_memory": True}) as made:
        made.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 - as XlsxWriter wants it
        page = made.add_worksheet()
        page.write_string(0, 0, "Kopf")
        styles = [made.add_format({"text_wrap": bool(at), "bold": at == 2}) for at in range(3)]
        writer = rows.Rows(page)
        for at, (some, height) in enumerate(sheet, 1):
            if at in comments:
                page.write_comment(at, 0, "falsch")
            writer.write(at, [(value, styles[style]) for value, style in some], height)
        made.add_worksheet().write_string(0, 0, "Ende")
    with zipfile.ZipFile(file) as parts:
        return {name: parts.read(name) for name in parts.namelist() if "vml" not in name}


@settings(max_examples=60)
@given(sheets, st.frozensets(st.integers(1, 6)))
def test_rows_are_written_as_xlsxwriter_writes_them(sheet: list[Row], comments: frozenset[int]) -> None:
    quickly = book(sheet, comments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_tails", lambda _: None)
        slowly = book(sheet, comments)

    assert quickly == slowly


def test_plain_rows_do_not_go_through_xlsxwriter() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows.Rows, "_slowly", lambda *_: pytest.fail("slowly"))
        book([([(70_001, 0), ("bestätigt", 1), ("Müller & Co.\nbitte ansehen", 2), (None, 0), ("", 1)], 28.0)])
