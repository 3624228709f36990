"""No cell that matters is read otherwise than another program reads it, unless the row or the file is told.

What matters: record numbers, statuses, the begin. The long form makes 10,000 workbooks:
`pytest -m long -rP tests/differential`.
"""

from __future__ import annotations

import collections
import datetime as dt
import random
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from sync.config import Config
from sync.domain.model import CheckOutcome, Column
from sync.job.check import check
from sync.rows.columns import declared, is_blank
from sync.sheets.load import Limits, assemble
from sync.sheets.reader import read_bytes
from tests.differential import made, others
from tests.rehearsal.conftest import SEED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from sync.domain.model import Loaded, Sheet
    from tests.differential.others import Page, Value

    #: A sheet and the number of a row.
    Place = tuple[str | None, int]

CORPUS: Final = Path(__file__).parent.parent / "corpus" / "files"
#: Files that the other program cannot read, or reads in a way of its own.
ANOTHER_WAY: Final = {
    "found_default_password.xls": "xlrd opens nothing that is encrypted",
    "package_default_password.xlsx": "openpyxl opens nothing that is encrypted",
    "markup_values.fods": "ruby texts, frames and tables in cells, which the short walk of `others` does not know",
    "package_backslashes.xlsx": "openpyxl finds no sheet",
    "xlsb_elsewhere.xlsb": "pyxlsb looks for parts where they are by custom",
    "xlsxwriter_base_strict.xlsx": "openpyxl finds no sheet",
    "xlsxwriter_last_cell.xlsx": "may end the process that reads it: see tests/sheets/test_hostile.py",
}


def differences(loaded: Loaded, pages: Sequence[Page], told: AbstractSet[Place] | None = None) -> Iterator[str]:
    """Where another program sees something else in a cell that matters and nobody is told: no row is wrong, no file refused.

    `told` are the rows that are passed over, those that people are told of unless others are given.
    """
    told = told_of(loaded) if told is None else told
    by_name: dict[str, list[Page]] = collections.defaultdict(list)
    for page in pages:
        by_name[page.name].append(page)
    for sheet in loaded.sheets:
        candidates = by_name.get(sheet.name or "") or list(pages)
        found = [list(_differences_in(sheet, page, told)) for page in candidates]
        yield from min(found, key=len)


def told_of(loaded: Loaded) -> set[Place]:
    """The rows that people are told are wrong."""
    rows = check((loaded,), Config()).rows
    told = {
        (sheet, row)
        for sheet, row, outcome in zip(rows.sheet, rows.row.tolist(), rows.outcome, strict=True)
        if outcome == CheckOutcome.INVALID
    }
    return told | {(sheet.name, problem.place.row) for sheet in loaded.sheets for problem in sheet.problems}


def _differences_in(sheet: Sheet, page: Page, told: AbstractSet[Place]) -> Iterator[str]:
    passed_over = _headers_again(sheet, page)
    rows, first = sheet.rows.tolist(), _first_column(sheet, page)
    last = max([*rows, sheet.header_row])
    for column, cells in sheet.declared.items():
        ours, at = dict(zip(rows, cells.texts.tolist(), strict=True)), first + cells.position
        for row in range(sheet.header_row + 1, last + 1):
            if row in passed_over or (sheet.name, row) in told:
                continue
            theirs = None if (row, at) in page.covered else page.cells.get((row, at))
            if (row, at) not in page.cells and page.partial:
                continue
            if not _same(ours.get(row, ""), theirs):
                yield f"{sheet.name} row {row} {column.value}: ours {ours.get(row)!r}, theirs {theirs!r}"


def _first_column(sheet: Sheet, page: Page) -> int:
    """The column in which the table begins: most of its headers stand where they should."""
    headers = [(cells.position, cells.header.split()) for cells in sheet.declared.values()]
    votes = collections.Counter(
        column - position
        for (row, column), value in page.cells.items()
        if row == sheet.header_row
        for position, header in headers
        if str(value).split() == header
    )
    return votes.most_common(1)[0][0] if votes else 0


def _headers_again(sheet: Sheet, page: Page) -> set[int]:
    """Rows that say what the header says: a header that a program repeats on each page is no row."""
    headers = {tuple(cells.header.split()) for cells in sheet.declared.values()}
    rows: dict[int, set[tuple[str, ...]]] = collections.defaultdict(set)
    for (row, _), value in page.cells.items():
        rows[row].add(tuple(str(value).split()))
    return {row for row, words in rows.items() if row > sheet.header_row and headers <= words}


def _same(ours: str, theirs: Value | None) -> bool:
    """Whether the same stands in a cell: forms of numbers and dates are none of a difference."""
    if theirs is None or isinstance(theirs, str):
        return ours.split() == (theirs or "").split() or (is_blank(ours) and is_blank(theirs or ""))
    if isinstance(theirs, bool):
        return ours in {"WAHR", "FALSCH"} and (ours == "WAHR") == theirs
    if isinstance(theirs, dt.datetime | dt.date | dt.time):
        return ours[:10] == theirs.isoformat()[:10] if not isinstance(theirs, dt.time) else ours == theirs.isoformat()
    try:
        return float(ours) == float(theirs)
    except ValueError:
        return _is_serial(ours)


def _is_serial(ours: str) -> bool:
    """A date, where the other program knows only the number."""
    try:
        dt.datetime.fromisoformat(ours)
    except ValueError:
        return False
    return True


def read(data: bytes) -> Loaded:
    """The bytes as our own readers read them."""
    return assemble("x", read_bytes(data, declared(), Limits()))


def compared(cases: range) -> collections.Counter[str]:
    """Make and read workbooks; fails at the first that is read differently. How many of each kind, and how many were refused."""
    tally: collections.Counter[str] = collections.Counter()
    for number in cases:
        case = made.make(random.Random(f"{SEED}-{number}"))  # noqa: S311 - repeatable on purpose
        loaded = read(case.data)
        tally[f"{case.kind} {'read' if loaded.readable else loaded.reason.why.value if loaded.reason else ''}"] += 1
        tally["rows"] += sum(len(sheet.rows) for sheet in loaded.sheets)
        pages = case.read(case.data)
        assert list(differences(loaded, pages)) == [], f"REHEARSAL_SEED={SEED}, case {number}, {case.kind}"
        tally["cells that differ and are told"] += sum(1 for _ in differences(loaded, pages, told=frozenset()))
    return tally


def test_generated_workbooks_are_read_as_other_programs_read_them() -> None:
    tally = compared(range(100))

    assert sum(count for kind, count in tally.items() if kind.endswith(" read")) > 60


@pytest.mark.long
def test_ten_thousand_generated_workbooks_are_read_as_other_programs_read_them() -> None:
    print(compared(range(10_000)))  # noqa: T201 - the figures of docs/reliability.md


@pytest.mark.parametrize("name", sorted(path.name for path in CORPUS.iterdir() if others.reader_of(path.read_bytes())))
def test_the_corpus_is_read_as_other_programs_read_it(name: str) -> None:
    data = (CORPUS / name).read_bytes()
    reader = others.reader_of(data)
    if name in ANOTHER_WAY or reader is None or not (loaded := read(data)).readable:
        return
    with warnings.catch_warnings():  # openpyxl finds much to say about files of others
        warnings.simplefilter("ignore")
        pages = reader(data)
    assert list(differences(loaded, pages)) == []


def test_a_reader_that_reads_one_cell_wrong_would_be_noticed() -> None:
    case = made._with_openpyxl(random.Random(1))  # noqa: S311 - repeatable on purpose
    loaded, pages = read(case.data), case.read(case.data)
    sheet = loaded.sheets[0]
    cells = sheet.declared[Column.APPOINTMENT]
    page = next(page for page in pages if page.name == sheet.name)

    assert list(differences(loaded, pages)) == []
    page.cells.update({(row, _first_column(sheet, page) + cells.position): "1" for row in sheet.rows.tolist()})
    assert list(differences(loaded, pages)) != []
