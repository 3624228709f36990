"""The empty workbook: ready to be filled in, and read back by the job without a single remark."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from sync.cli import app as cli
from sync.domain.model import Confirmation, Feedback
from sync.i18n import Language, speaking
from sync.report.excel.forms import write_template

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

LANGUAGES = list(Language)


def made(folder: Path, language: Language) -> Path:
    path = folder / "x.xlsx"
    with speaking(language):
        write_template(path)
    return path


def checked(path: Path, capfd: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    with pytest.raises(SystemExit) as left:
        cli.main(["check", "--json", str(path)])
    (file,) = json.loads(capfd.readouterr().out)["files"]
    return int(left.value.code or 0), file


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_is_read_back_without_a_remark(
    tmp_path: Path, language: Language, capfd: pytest.CaptureFixture[str]
) -> None:
    path = made(tmp_path, language)
    book = load_workbook(path)
    sheet: Worksheet = book.worksheets[0]
    rows = [(70001 + n, 90001, word.value, Feedback.ACTIVE.value) for n, word in enumerate(Confirmation)]
    rows += [(70011, 90001, None, Feedback.INACTIVE.value), ("70012", "00359", Confirmation.SENT.value, None)]
    for number, row in enumerate(rows, 2):
        for column, cell in enumerate(row, 1):
            sheet.cell(number, column, cell)
    sheet.cell(1, 5, "Notiz")
    book.save(path)

    code, file = checked(path, capfd)

    assert code == 0
    read = [(row["appointment_id"], row["address_id"], row["confirmation"], row["feedback"]) for row in file["rows"]]  # type: ignore[attr-defined]  # JSON
    assert read == [(int(a), int(b), c, d) for a, b, c, d in rows]
    assert not any(row["problems"] for row in file["rows"])  # type: ignore[attr-defined]  # JSON


@pytest.mark.parametrize("language", LANGUAGES)
def test_dropped_as_it_is_it_is_recognised(tmp_path: Path, language: Language, capfd: pytest.CaptureFixture[str]) -> None:
    code, file = checked(made(tmp_path, language), capfd)

    assert code == 3
    assert "Das ist die Vorlage, in die noch nichts eingetragen ist." in str(file["reason"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_allowed_words_can_be_chosen_and_ids_have_to_be_numbers(tmp_path: Path, language: Language) -> None:
    sheet: Worksheet = load_workbook(made(tmp_path, language)).worksheets[0]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}

    assert rules["C2:C5001"].formula1 == f'"{",".join(Confirmation)}"'
    assert rules["D2:D5001"].formula1 == f'"{",".join(Feedback)}"'
    assert rules["A2:A5001"].type == rules["B2:B5001"].type == "whole"
    assert all(rule.promptTitle and rule.prompt and rule.error and rule.errorTitle for rule in rules.values())
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D5001"


def test_a_long_record_number_is_shown_with_all_its_digits(tmp_path: Path) -> None:
    sheet: Worksheet = load_workbook(made(tmp_path, Language.DE)).worksheets[0]

    assert all(sheet.column_dimensions[letter].width > 12 for letter in "ABCD")
    ids = sheet.column_dimensions["A"]  # columns that look alike are written as one
    assert (ids.min, ids.max, ids.number_format) == (1, 2, "0")


def test_the_two_languages_differ(tmp_path: Path) -> None:
    texts = []
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
        book = load_workbook(made(tmp_path / language, language))
        texts.append({cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell})

    assert texts[0] & texts[1] == {*map(str, range(1, 6)), *Confirmation, *Feedback}


def test_it_is_written_where_one_says_and_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    codes = []
    for arguments in ([], [], ["a/b.xlsx"], ["list.csv"]):
        with pytest.raises(SystemExit) as left:
            cli.main(["template", *arguments])
        codes.append(left.value.code)

    said = capfd.readouterr()
    assert codes == [0, 2, 1, 2]
    assert said.out == "Vorlage Terminstatus.xlsx\n"
    assert "gibt es schon" in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["Vorlage Terminstatus.xlsx"]


@pytest.mark.parametrize("arguments", [["template"], ["template", "--config", "{folder}/config.toml"], ["history"], ["init"]])
def test_in_a_folder_that_its_user_may_not_enter_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """As in root's shell, whose folder sudo hands on to the user of the service."""
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    closed = tmp_path / "closed"
    closed.mkdir()
    monkeypatch.chdir(closed)
    system = tmp_path / ("none.toml" if arguments == ["init"] else "config.toml")  # init would work on the one that is there
    monkeypatch.setattr("sync.config.usual_places", lambda: (tmp_path / "no", system))
    look = Path.stat

    def may_not_enter(path: Path, **options: bool) -> os.stat_result:
        if path.absolute().is_relative_to(closed):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return look(path, **options)

    monkeypatch.setattr(Path, "stat", may_not_enter)
    with pytest.raises(SystemExit) as left:
        cli.main([each.format(folder=tmp_path) for each in arguments])

    said = capfd.readouterr()
    assert "PermissionError" not in said.err
    if arguments[0] == "history":
        assert left.value.code == 0, said.err  # it finds the configuration of the system
        return
    assert left.value.code == 1
    assert said.err.startswith(str(closed))
    assert "--out" in said.err or "--config" in said.err


def test_it_speaks_the_language_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text("[report]\nlanguage = 'en'\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        cli.main(["template"])

    assert load_workbook("Template appointment statuses.xlsx").sheetnames == ["Appointments", "How to"]


def test_it_is_written_into_the_folder_that_is_named_and_with_sudo_belongs_to_whoever_typed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    owners: list[tuple[Path, int, int]] = []
    monkeypatch.setattr("os.chown", lambda path, user, group, **_: owners.append((path, user, group)))
    for caller in ({"SUDO_UID": "1000", "SUDO_GID": "1001"}, {}):
        for name in ("SUDO_UID", "SUDO_GID"):
            monkeypatch.delenv(name, raising=False)
        for name, value in caller.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("os.geteuid", lambda: 0, raising=False)
        folder = tmp_path / f"for{len(caller)}"
        folder.mkdir()
        monkeypatch.chdir(folder)
        with pytest.raises(SystemExit) as left:
            cli.main(["template", "--out", str(folder)])
        assert left.value.code == 0, capfd.readouterr()

    (path,) = (tmp_path / "for2").iterdir()
    assert owners == ([(path, 1000, 1001)] if os.name == "posix" else [])
    with pytest.raises(SystemExit) as left:
        cli.main(["template", "x.xlsx", "--out", "y.xlsx"])
    assert left.value.code == 2


@pytest.mark.skipif(os.name != "posix", reason="groups of folders")
def test_in_a_folder_of_a_group_it_is_for_that_group_also_with_sudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owners: list[tuple[int, int]] = []
    monkeypatch.setattr("os.chown", lambda _path, user, group, **_: owners.append((user, group)))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", "1000")
    monkeypatch.setenv("SUDO_GID", "1001")
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o2770)
    with pytest.raises(SystemExit):
        cli.main(["template", "--out", "x.xlsx"])

    assert (tmp_path / "x.xlsx").stat().st_mode & 0o777 == 0o660
    assert owners == [(1000, -1)]
