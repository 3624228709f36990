"""A file of which the CRM knows no appointment is told so: most likely its columns are swapped."""

from __future__ import annotations

import numpy as np
import pytest

from sync.config import Config
from sync.domain.model import Cells, Column, Confirmation, Found, LinkHistory, Live, Loaded, Sheet, State
from sync.job.check import check
from sync.report.story import lines
from sync.rounds.verdicts import Evidence
from tests.rounds.conftest import judged_by

COLUMNS = (Column.APPOINTMENT, Column.ADDRESS, Column.CONFIRMATION)
STRANGE, UNLINKED = Live(Found.NO_APPOINTMENT), Live(Found.NOT_LINKED)
FINE = Live(Found.LINKED, State(Confirmation.CONFIRMED))
WRONG_WORD = None
SWAPPED = "Sehen Sie zuerst nach, ob die Spalten für Termin und Adresse vertauscht sind."


def loaded(number: int, rows: list[Live | None]) -> Loaded:
    """A file of rows whose links are in these states in the CRM."""
    cells = [(f"{number}{at:04}", "5", "bestätigt" if live else "vielleicht") for at, live in enumerate(rows)]
    declared = {
        column: Cells(column.value, at, np.array(texts, dtype=object))
        for at, (column, texts) in enumerate(zip(COLUMNS, zip(*cells, strict=True), strict=True))
    }
    return Loaded(f"{number}.csv", "00", (Sheet(None, 1, np.arange(2, len(rows) + 2), declared),))


def told(*files: list[Live | None]) -> list[list[str]]:
    """What is said about the rows of each file."""
    read = check(tuple(loaded(number, rows) for number, rows in enumerate(files, 1)), Config())
    lives = [live for rows in files for live in rows if live]
    evidence = [Evidence(live, live, LinkHistory(), stopped=False) for live in lives]
    after = judged_by(read, evidence)
    said: list[list[str]] = [[] for _ in files]
    for line in lines(after):
        said[line.file] += [finding.message for finding in line.findings]
    return said


def test_where_no_appointment_of_a_file_is_known_the_columns_are_asked_about() -> None:
    ((*messages,),) = told([STRANGE] * 3)

    assert len(messages) == 3
    assert all("Das gilt für alle 3 geprüften Zeilen dieser Datei" in message for message in messages)
    assert all(message.endswith(SWAPPED) for message in messages)


def test_rows_that_were_never_looked_up_do_not_count() -> None:
    (messages,) = told([STRANGE, WRONG_WORD, STRANGE, STRANGE])

    assert [SWAPPED in message for message in messages] == [True, False, True, True]
    assert "Das gilt für alle 3 geprüften Zeilen dieser Datei" in messages[0]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([STRANGE, STRANGE], id="too few rows"),
        pytest.param([STRANGE, STRANGE, STRANGE, FINE], id="one that fits"),
        pytest.param([UNLINKED] * 4, id="appointments are known, addresses are new to them"),
        pytest.param([STRANGE, STRANGE, STRANGE, UNLINKED], id="an appointment is known"),
    ],
)
def test_where_it_may_be_the_rows_nobody_is_sent_to_the_columns(rows: list[Live | None]) -> None:
    (messages,) = told(rows)

    assert messages
    assert not any(SWAPPED in message for message in messages)


def test_every_file_is_looked_at_by_itself() -> None:
    right, swapped = told([FINE, STRANGE, UNLINKED, STRANGE], [STRANGE, STRANGE, STRANGE])

    assert not any(SWAPPED in message for message in right)
    assert all(SWAPPED in message for message in swapped)
