"""Promise: a new language is one catalogue, one entry in the list of languages, and the names of its headers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from openpyxl import load_workbook

import sync
from sync.i18n import DOMAIN, LOCALES

PACKAGE: Final = Path(sync.__file__).parent
MARK: Final = "~"
#: What is a pattern or a name and no sentence.
AS_IT_IS: Final = re.compile(r"format\.|init\.(?:names_of_language|yes_no)|column\.added|undo\.header|worklist\.head")
ROWS: Final = "Termin-ID;Adress-ID;Status\n70001;90001;bestätigt\n70002;x;bestätigt\n"


@pytest.fixture(scope="module")
def dutch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program that speaks one more language: English with a mark before every sentence."""
    root = tmp_path_factory.mktemp("dutch")
    shutil.copytree(PACKAGE, root / "sync", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PACKAGE.parent / "pyproject.toml", root)
    with (LOCALES / "en" / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        catalogue = read_po(file, locale="nl")
    for each in catalogue:
        if each.id and not AS_IT_IS.match(each.id if isinstance(each.id, str) else each.id[0]):
            each.string = (
                f"{MARK}{each.string}" if isinstance(each.string, str) else tuple(f"{MARK}{form}" for form in each.string)
            )
    folder = root / "sync" / "i18n" / "locale" / "nl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / f"{DOMAIN}.mo").open("wb") as compiled:
        write_mo(compiled, catalogue)
    listed = root / "sync" / "i18n" / "__init__.py"
    listed.write_text(listed.read_text("utf-8").replace('    EN = "en"\n', '    EN = "en"\n    NL = "nl"\n'), "utf-8")
    (root / "config.toml").write_text('[report]\nlanguage = "nl"\n', "utf-8")
    (root / "termine.csv").write_text(ROWS, "utf-8")
    return root


def said(root: Path, *arguments: str, answers: str = "", **system: str) -> str:
    """What a command of that program says."""
    command = [sys.executable, "-m", "sync", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8", **system}
    ran = subprocess.run(
        command, cwd=root, env=environment, input=answers, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.stdout + (ran.stderr if system else "")


def test_every_sentence_of_a_check_comes_from_the_new_catalogue(dutch: Path) -> None:
    told = said(dutch, "check", "termine.csv")

    assert told.splitlines()[-1].startswith(f"{MARK}2 rows read: {MARK}1 fine")
    assert f": {MARK}“x” is not a record number" in told


def test_the_template_is_written_in_the_new_language_and_read_again(dutch: Path) -> None:
    name = said(dutch, "template").strip()

    sheets = load_workbook(dutch / name).sheetnames
    assert name.startswith(MARK)
    assert all(sheet.startswith(MARK) for sheet in sheets)


def test_init_offers_the_new_language_and_asks_in_it(dutch: Path) -> None:
    asked = said(dutch, "init", "--config", "new.toml", answers="nl\n")

    assert f"Sprache / Language / {MARK}Language (de, en, nl)" in asked
    assert f"{MARK}A few questions" in asked


def test_mistakes_of_the_configuration_and_of_the_command_line_are_told_in_the_new_language(dutch: Path) -> None:
    (dutch / "wrong.toml").write_text('sendin = 1\n[report]\nlanguage = "nl"\n[sending]\nrounds = "x"\n', "utf-8")

    said_so = said(dutch, "schedule", "--config", "wrong.toml", LC_ALL="de_DE.UTF-8")
    assert len(said_so.splitlines()) == 2
    assert all(line.startswith(f"{MARK}wrong.toml: {MARK}at ") and line.count(f": {MARK}") == 2 for line in said_so.splitlines())
    for wrong in (["run", "--foo"], ["run", "--help"], ["schedule", "--at", "x"], ["demo", "--into", "."]):
        assert MARK in said(dutch, *wrong, LC_ALL="nl_NL.UTF-8")
