"""The doctor reads a sample of every kind of file as the night does, and says what it runs on."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync import sheets
from sync.setup.doctor import Level, Symptom
from sync.setup.doctor.finding import step, what
from sync.sheets.load import Limits, go_on, try_samples
from sync.sheets.reader import PACKAGES

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


@pytest.mark.parametrize("package", [name.partition(".")[0] for name in PACKAGES])
def test_a_package_that_only_some_files_need_is_missed_by_its_name(
    practice: Practice, reader: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setattr("sync.setup.doctor.machine.try_samples", lambda *_: None)
    monkeypatch.setattr("sync.setup.doctor.machine.through", lambda *_: None)
    reader(f"import sys\nsys.modules['{package}'] = None\nfrom sync.sheets.reader import answer\nyield from answer(request)")
    finding = practice.found()[Symptom.READER_BROKEN]
    assert finding.level is Level.PROBLEM
    assert package in finding.detail.partition(";")[0]
    assert "Installieren Sie das Programm neu" in step(finding)


def test_every_package_that_reading_imports_is_tried() -> None:
    known = {name.partition(".")[0] for name in PACKAGES} | {"numpy", "sync"}  # pandas needs numpy
    found = set()
    for path in Path(sheets.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {name.partition(".")[0] for name in names}
    assert found - sys.stdlib_module_names <= known


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
