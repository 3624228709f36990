"""The commands as people and scripts start them: what stands on which output, and the exit code."""

from __future__ import annotations

import errno
import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from sync.cli import app as cli
from sync.system.process import program_version, python_version
from tests.job.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

    Command = Callable[..., tuple[int, bytes, str]]

CHECK_ROW: Final = {"sheet", "row", "outcome", "appointment_id", "address_id", "confirmation", "feedback", "problems"}
RUN_ROW: Final = CHECK_ROW | {"before", "verified", "attempts", "error_code"}
FILE: Final = {"file", "sha256", "readable", "reason", "rows"}
PROBLEM: Final = {"code", "severity", "column", "value", "message"}
RUN: Final = {"id", "started", "finished", "dry_run", "exit_code", "requests", "actions", "rounds", "office"}
VERDICTS: Final = {"updated", "unchanged", "duplicate", "conflict", "invalid", "rejected", "unknown", "not_sent"}
OUTCOMES: Final = {"valid", "invalid", "duplicate", "conflict"}
CP1252: Final = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, kit: type[Kit], capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """A command in this process: exit code, standard output, error output."""
    monkeypatch.setenv("ONOFFICE_TOKEN", kit.token)
    monkeypatch.setenv("ONOFFICE_SECRET", kit.secret)

    def call(*arguments: str) -> tuple[int, bytes, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(arguments)
        out, err = capfdbinary.readouterr()
        return int(left.value.code or 0), out, err.decode()

    return call


@pytest.fixture
def mixed(office: Office, api: Running, kit: type[Kit]) -> Office:
    """An office in whose drop folder there is one of nearly everything."""
    api.put_state(kit.seeded({(1, 1): ("gesendet", "inaktiv"), (1, 2): ("bestätigt", "aktiv"), (2, 1): ("gesendet", None)}, 9))
    rows = [
        (1, 1, "BESTAETIGT", "aktiv"),
        (1, 2, "bestätigt", None),
        (1, 2, "bestätigt", None),
        (2, 1, "gesendet", None),
        (2, 1, "gecancelt", None),
        (1, 9, "bestätigt", None),
        (1, "12a", "bestätgt", None),
        ("", "", "", ""),
        (3, 1, "gesendet", None),
    ]
    office.drop_workbook("März.xlsx", rows)
    office.drop_csv("ohne.csv", [(1, 2)], header=("Name", "Ort"))
    return office


def assert_shape(files: list[dict[str, Any]], row_keys: set[str], outcomes: set[str]) -> None:
    for file in files:
        assert file.keys() >= FILE
        assert file["readable"] == (file["reason"] is None)
        assert len(file["sha256"]) == 64
        for row in file["rows"]:
            assert row.keys() >= row_keys
            assert row["outcome"] in outcomes
            assert all(problem.keys() >= PROBLEM and problem["severity"] in {"error", "warning"} for problem in row["problems"])


def test_run_prints_its_report_as_json_and_nothing_else(mixed: Office, command: Command) -> None:
    code, out, err = command("run", "--json", "--config", str(mixed.config))

    report = json.loads(out.decode("utf-8"))
    assert code == report["run"]["exit_code"] == 3
    assert "März.xlsx".encode() in out
    assert err.splitlines()[0].endswith(f"run {report['run']['id']} of onOffice begins")
    assert (mixed.folder / "results" / report["run"]["id"] / "report.json").read_bytes() == out
    assert report.keys() >= {"run", "summary", "files"}
    assert report["run"].keys() >= RUN
    assert report["summary"].keys() == VERDICTS | {"rows", "blank"}
    assert report["summary"]["rows"] == sum(report["summary"][verdict] for verdict in VERDICTS) == 8
    assert report["summary"]["blank"] == 1
    assert_shape(report["files"], RUN_ROW, VERDICTS)
    rows = {row["row"]: row for row in next(file for file in report["files"] if file["readable"])["rows"]}
    assert [row["outcome"] for row in rows.values()] == [
        "updated", "unchanged", "duplicate", "conflict", "conflict", "rejected", "invalid", "rejected",
    ]  # fmt: skip
    assert list(rows) == [2, 3, 4, 5, 6, 7, 8, 10]
    assert rows[2]["before"] == {"confirmation": "gesendet", "feedback": "inaktiv"}
    assert (rows[2]["confirmation"], rows[2]["verified"], rows[2]["attempts"], rows[2]["error_code"]) == (
        "bestätigt",
        True,
        1,
        None,
    )
    assert (rows[8]["appointment_id"], rows[8]["address_id"], rows[8]["before"]) == (1, None, None)
    assert {problem["value"] for problem in rows[8]["problems"]} == {"12a", "bestätgt"}


def test_a_dry_run_prints_what_it_would_do_as_json(mixed: Office, command: Command) -> None:
    code, out, _ = command("run", "--dry-run", "--json", "--config", str(mixed.config))

    report = json.loads(out)
    assert (code, report["run"]["dry_run"], report["run"]["actions"]) == (3, True, 0)
    assert report["summary"]["not_sent"] == 1


def test_an_empty_night_is_json_too(office: Office, command: Command) -> None:
    code, out, _ = command("run", "--json", "--config", str(office.config))

    assert (code, json.loads(out)["files"], json.loads(out)["summary"]["rows"]) == (0, [], 0)


def test_check_needs_no_configuration_no_network_and_no_credentials(mixed: Office, command: Command) -> None:
    mixed.config.unlink()
    for name in ("ONOFFICE_TOKEN", "ONOFFICE_SECRET"):
        os.environ.pop(name)
    sheet, other = mixed.drop / "März.xlsx", mixed.drop / "ohne.csv"

    code, out, err = command("check", "--json", str(sheet), str(other))

    found = json.loads(out.decode("utf-8"))
    assert (code, err) == (3, "")
    assert found.keys() == {"files"}
    assert [file["file"] for file in found["files"]] == ["März.xlsx", "ohne.csv"]
    assert_shape(found["files"], CHECK_ROW, OUTCOMES)
    assert sheet.exists()
    assert other.exists()


def test_check_leaves_with_0_when_every_row_is_fine(office: Office, api: Running, command: Command) -> None:
    sheet = office.drop_csv("a.csv", [(1, 2, "bestätigt", None), (1, 2, "bestätigt", None)])

    assert command("check", str(sheet))[0] == 0
    assert command("check", "--json", str(sheet))[0] == 0
    assert api.log() == []


def test_check_tells_apart_sheets_of_the_same_name(office: Office, command: Command) -> None:
    one, two = office.drop_csv("x/a.csv", [(1, 2, "ja", None)]), office.drop_csv("y/a.csv", [(1, 2, "aktiv", None)])

    found = json.loads(command("check", "--json", str(one), str(two))[1])

    assert [file["file"] for file in found["files"]] == [one.as_posix(), two.as_posix()]


def test_check_of_a_folder_reads_what_a_run_would_read_in_it(office: Office, command: Command) -> None:
    for name in ("b/a.csv", "a.csv", "~$a.xlsx", ".git/config.csv", "notes.tmp"):
        office.drop_csv(name, [(1, 2, "ja", None)])
    (office.folder / "empty").mkdir()

    found = json.loads(command("check", "--json", str(office.drop))[1])
    code, _, err = command("check", str(office.folder / "empty"))

    assert [file["file"] for file in found["files"]] == [(office.drop / name).as_posix() for name in ("a.csv", "b/a.csv")]
    assert (code, err.rpartition(": ")[2]) == (2, "In diesem Ordner liegt keine Datei.\n")


def test_check_calls_no_sheet_what_is_a_program_or_data_by_its_name(tmp_path: Path, command: Command) -> None:
    (tmp_path / "a.py").write_text("print(1)\n", encoding="utf-8")
    (tmp_path / "B.JSON").write_text('{"a": 1}\n', encoding="utf-8")
    (tmp_path / "c.csv").write_text("print(1)\n", encoding="utf-8")
    (tmp_path / "d.py").write_text("Termin-ID;Adress-ID;Terminbestätigung\n1;2;gesendet\n", encoding="utf-8")

    code, out, _ = command("check", str(tmp_path))
    said = " ".join(out.decode().split())

    assert code == 3
    assert "a.py: Die Datei ist keine Tabelle (.py)." in said
    assert "B.JSON: Die Datei ist keine Tabelle (.json)." in said
    assert said.count("Schreiben Sie über die Werte eine Kopfzeile") == 1
    assert "Die einzige Zeile ist in Ordnung; 3 Dateien waren nicht lesbar." in said


def test_check_leaves_with_2_for_what_is_not_there_and_names_all_of_it(command: Command) -> None:
    code, out, err = command("check", "nowhere.csv", "n" * 300, "gone.xlsx")

    assert (code, out) == (2, b"")
    assert [line.rpartition(": ")[2] for line in err.splitlines()] == ["Diese Datei gibt es nicht."] * 3


def test_a_command_that_an_error_names_finds_the_configuration_of_the_one_that_failed(office: Office, command: Command) -> None:
    office.drop_csv("a.csv", [(1, 2, "ja", None)])
    command("run", "--config", str(office.config))
    code, _, err = command("show", "quatsch", "--config", str(office.config))

    assert code == 2
    assert err.endswith(f"onoffice-sync history --config {office.config.resolve()}\n")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such folders")
def test_check_says_of_a_file_in_a_closed_folder_that_it_cannot_be_read(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, look = tmp_path / "closed" / "a.csv", Path.stat

    def stat(path: Path, **how: bool) -> os.stat_result:  # root may look everywhere
        if path == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return look(path, **how)

    monkeypatch.setattr(Path, "stat", stat)
    code, _, err = command("check", str(closed), "nowhere.csv")

    assert code == 2
    said = [f"{closed} lässt sich nicht lesen (Zugriff verweigert).", "nowhere.csv: Diese Datei gibt es nicht."]
    assert err.splitlines() == said


def test_check_uses_the_offices_own_words_where_there_is_a_configuration(office: Office, command: Command) -> None:
    office.configure(words={"aktiv": ["läuft"]}, columns={"feedback": ["Nachfass"]})
    sheet = office.drop_csv("a.csv", [(1, 2, "läuft")], header=("Termin-ID", "Adress-ID", "Nachfass"))

    assert command("check", "--config", str(office.config), str(sheet))[0] == 0
    assert command("check", str(sheet))[0] == 3


@pytest.mark.parametrize("arguments", [["run", "--wet"], ["walk"], ["check"], ["simulate", "--port", "x"], ["run", "--config"]])
def test_a_wrong_command_line_leaves_with_2(command: Command, arguments: list[str]) -> None:
    code, out, err = command(*arguments)

    assert (code, out) == (2, b"")
    assert err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("run", ["--config", "--dry-run", "--json"]),
        ("check", ["--json", "FILE"]),
        ("demo", ["--into"]),
        ("simulate", ["--port", "--seed", "--latency-ms"]),
    ],
)
def test_every_command_explains_itself(command: Command, name: str, words: list[str]) -> None:
    code, out, _ = command(name, "--help")

    assert code == 0
    assert all(word.encode() in out for word in words)
    assert name.encode() in command("--help")[1]


def test_the_version_is_shown_with_python_and_the_packages(command: Command) -> None:
    code, out, _ = command("--version")
    ours, python, packages = out.decode().splitlines()

    assert (code, ours, python) == (0, f"onoffice-sync {program_version()}", python_version())
    assert re.search(r"(^|, )python-calamine \d[\w.]+, ", packages)


def test_the_demo_shows_the_whole_story_in_under_20_seconds(office: Office, tmp_path: Path) -> None:
    into = tmp_path / "demo"
    began = time.monotonic()

    done = office.command("demo", "--into", str(into), **CP1252)

    assert time.monotonic() - began < 20
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert str(into).encode() in done.stdout
    assert done.stdout.decode("cp1252").count("ä") > 3
    (handed_out,) = into.glob("worklists/*.xlsx")
    assert str(handed_out).encode() in done.stdout.splitlines()[0]
    (report,) = into.glob("results/*/report.json")
    counts = json.loads(report.read_text(encoding="utf-8"))["summary"]
    assert counts["blank"] > 20
    told = done.stdout.decode("cp1252")
    block = re.search(
        r"```text\n(Arbeitsliste .+?)/tmp.+?\n(.+?)\.\.\.\n```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert block is not None
    assert told.startswith(block[1])
    assert block[2] in told.replace("\r\n", "\n")
    assert all(counts[verdict] for verdict in VERDICTS - {"unknown", "not_sent"})


@pytest.mark.parametrize("kind", ["a full folder", "a file", "below a file", "nothing at all"])
def test_the_demo_begins_in_an_empty_folder_only(command: Command, tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    into = {"a full folder": tmp_path, "a file": tmp_path / "file", "below a file": tmp_path / "file" / "x", "nothing at all": ""}

    code, out, err = command("demo", "--into", str(into[kind]))

    assert (code, out) == (2, b"")
    assert len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("arguments", [["run"], ["run", "--dry-run"], ["check", "drop/März.xlsx"], ["--help"], ["run", "--help"]])
def test_a_console_that_knows_few_letters_never_ends_a_command(mixed: Office, arguments: list[str]) -> None:
    """Output that goes to a file on Windows is cp1252, and ASCII on a bare server."""
    mixed.drop_workbook("Łódź 東京.xlsx", [(1, 1, "Ω → ∞", None)])

    done = mixed.command(*arguments, PYTHONIOENCODING="ascii")

    assert done.returncode == (0 if "--help" in arguments else 3)
    assert b"Traceback" not in done.stderr
    assert done.stdout
    assert done.stdout.isascii()


def test_check_tells_rows_that_repeat_others_in_one_line_a_file(tmp_path: Path, command: Command) -> None:
    row = "70001;90001;bestätigt\r\n"
    (tmp_path / "a.csv").write_text(f"Termin-ID;Adress-ID;Terminbestätigung\r\n{row * 5}", encoding="utf-8", newline="")
    code, said, _ = command("check", str(tmp_path / "a.csv"))

    assert code == 0
    assert said.decode().splitlines()[0] == "a.csv: Hinweis: Zeilen wiederholen frühere (Zeilen 3\u20136)"
    assert len(said.decode().splitlines()) == 2
