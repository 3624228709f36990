"""Files that real programs made, and what a careful person says about each row of them.

`expected.json` was checked row by row against the scripts in `make/`; a change in it needs the same care.
"""

import json
from pathlib import Path

import pytest

from sync.domain.model import Column, Sheet
from sync.rows.columns import declared
from sync.sheets.load import Limits, load

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
#: No file here is a work list, which alone has the others.
COLUMNS = [column for column in Column if column not in {Column.CONFIRMATION_NOW, Column.FEEDBACK_NOW}]


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
    count = len(sheet.rows)
    texts = [sheet.declared[column].texts.tolist() if column in sheet.declared else [""] * count for column in COLUMNS]
    return {
        "sheet": sheet.name,
        "header_row": sheet.header_row,
        "blank": sheet.blank,
        "rows": [list(row) for row in zip(sheet.rows.tolist(), *texts, strict=True)],
        "others": others_of(sheet),
        "problems": [[p.place.row, p.code.value, *([p.column] if p.column else [])] for p in sheet.problems],
    }


def others_of(sheet: Sheet) -> dict[str, list[str]]:
    """The columns nobody declared, by header; one that is there again gets a number."""
    others: dict[str, list[str]] = {}
    for column in sheet.others:
        again = sum(each.header == column.header for each in sheet.others[: sheet.others.index(column)])
        others[f"{column.header} ({again + 1})" if again else column.header] = column.texts.tolist()
    return others
