"""Files that real programs made, and what a careful person says about each row of them.

`expected.json` was checked row by row against the scripts in `make/`; a change in it needs the same care.
"""

import json
from pathlib import Path

import pytest

from sync.columns import declared
from sync.loader import Limits, load
from sync.model import Column, Sheet

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))


def test_every_file_of_the_corpus_has_a_verdict() -> None:
    assert {path.name for path in (HERE / "files").iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_is_read_as_a_person_reads_it(name: str) -> None:
    loaded = load(HERE / "files" / name, name, declared(), Limits())
    if loaded.reason:
        said: object = {"refused": loaded.reason.why.value, "detail": loaded.reason.detail}
    else:
        said = {"sheets": [in_words(sheet) for sheet in loaded.sheets]}
    assert said == EXPECTED[name]
    assert len(loaded.sha256) == 64


def in_words(sheet: Sheet) -> dict[str, object]:
    rows = sheet.rows[["row", *(column.value for column in Column)]]
    return {
        "sheet": sheet.name,
        "header_row": sheet.header_row,
        "blank": sheet.blank,
        "rows": [list(row) for row in rows.itertuples(index=False)],
        "others": {header: list(sheet.others[header]) for header in sheet.others},
        "problems": [[p.place.row, p.code.value, *([p.column] if p.column else [])] for p in sheet.problems],
    }
