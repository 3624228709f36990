"""The columns that the job adds to what it gives back are as if they were not there when the file comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync.domain.model import Code
from sync.rows.columns import ADDED, declared, is_added
from sync.sheets.load import Limits, load

if TYPE_CHECKING:
    from pathlib import Path

    from sync.domain.model import Sheet


@pytest.mark.parametrize("name", ADDED)
def test_an_added_column_is_neither_declared_nor_carried_on(name: str, tmp_path: Path) -> None:
    sheet = read(tmp_path, f"{name};Termin-ID;Adress-ID;Status;Notiz\nabgelehnt;70001;90001;gesendet;ruft an\n")

    assert [cells.header for cells in sheet.others] == ["Notiz"]
    assert name not in {cells.header for cells in sheet.declared.values()}


def test_case_and_punctuation_of_an_added_header_do_not_count() -> None:
    assert is_added("ABGLEICH - Was tun")
    assert not is_added("Abgleich")
    assert not is_added("Ergebnis")


def test_a_row_that_has_nothing_left_but_what_the_job_wrote_is_blank(tmp_path: Path) -> None:
    sheet = read(tmp_path, "Termin-ID;Adress-ID;Status;Abgleich: Grund\n;;;ist kein Wert\n70001;90001;gesendet;\n")

    assert sheet.rows.tolist() == [3]
    assert sheet.blank == 1


def test_a_record_is_not_too_long_because_of_added_columns_and_still_too_long_beyond_them(tmp_path: Path) -> None:
    sheet = read(
        tmp_path,
        "Termin-ID;Adress-ID;Status;Abgleich: Grund\n70001;90001;gesendet;alt\n70002;90001;gesendet;alt;noch etwas\n",
    )

    assert [(problem.place.row, problem.code) for problem in sheet.problems] == [(3, Code.RECORD_TOO_LONG)]


def test_no_office_can_give_a_column_the_name_of_an_added_one() -> None:
    with pytest.raises(ValueError, match="der Abgleich selbst hinzufügt"):
        declared({"confirmation": ["Abgleich: Ergebnis"]})


def read(folder: Path, text: str) -> Sheet:
    path = folder / "termine.csv"
    path.write_text(text, encoding="utf-8")
    loaded = load(path, path.name, declared(), Limits())
    assert loaded.reason is None
    return loaded.sheets[0]
