"""The doctor reads a sample of every kind of file as the night does, and says what it runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync.setup.doctor import Level, Symptom
from sync.setup.doctor.finding import what
from sync.sheets.load import Limits, go_on, try_samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Practice


def test_every_sample_can_be_read() -> None:
    try_samples(Limits(), go_on)


@pytest.mark.parametrize("program", ["import no_such_package", "import os; os.abort()", "raise SystemExit(1)"])
def test_a_reader_that_is_broken_is_a_problem_that_says_why(
    practice: Practice, reader: Callable[[str], None], program: str
) -> None:
    reader(program)
    finding = practice.found()[Symptom.READER_BROKEN]
    assert finding.level is Level.PROBLEM
    assert "pandas 2." in finding.detail or "pandas 3." in finding.detail
    assert "no_such_package" in finding.detail or "no_such" not in program


def test_a_workbook_goes_through_the_results_folder_and_back_and_nothing_of_it_stays(
    practice: Practice, reader: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    results = practice.folder / "results"
    monkeypatch.undo()
    monkeypatch.setattr("sync.setup.doctor.machine.try_samples", lambda *_: None)
    assert practice.found()[Symptom.WORKBOOK_FINE].path == str(results)
    assert list(results.iterdir()) == []

    reader("return")
    finding = practice.found()[Symptom.WORKBOOK_LOST]
    assert (finding.level, finding.path) == (Level.PROBLEM, str(results))
    assert list(results.iterdir()) == []


def test_the_packages_that_read_are_named_with_their_versions(practice: Practice) -> None:
    finding = practice.found()[Symptom.READER_FINE]
    assert finding.level is Level.OK
    assert all(f"{name} " in finding.detail for name in ("python-calamine", "openpyxl", "lxml", "xlrd", "pyxlsb"))
    assert finding.detail in what(finding), "it is told whole"
