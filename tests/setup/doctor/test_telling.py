"""How the doctor tells what it found: as sentences, as JSON, and by its exit code."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sync.cli import app as cli
from sync.i18n import Language, as_typed, speaking
from sync.setup.doctor import Finding, Level, Symptom
from sync.setup.doctor import finding as wording
from sync.system.process import program_to_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Practice

    from sync.simulator import Running

    Tell = Callable[..., tuple[int, str]]

S = Symptom


@pytest.fixture
def told(practice: Practice, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Tell:
    for name, value in practice.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")

    def tell(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            cli.main(["doctor", "--config", str(practice.config), *arguments])
        said = capfd.readouterr()
        assert said.err == ""
        return int(left.value.code or 0), said.out

    return tell


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("symptom", list(Symptom))
def test_every_finding_has_whole_sentences_and_whatever_is_wrong_has_a_way_out(symptom: Symptom, language: Language) -> None:
    finding = Finding(symptom, "12", "/srv/x", "drop")
    with speaking(language):
        what, step = wording.what(finding), wording.step(finding)

    assert re.fullmatch(r"[A-ZÄÖÜ1o/].*[.0-9x]", re.sub(r":\n  .*", ".", what))
    assert not re.search(r"[{}]|None", what + step)
    assert bool(step) == (finding.level is not Level.OK)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("symptom", list(Symptom))
def test_whatever_a_finding_tells_to_type_stands_in_a_line_of_its_own(symptom: Symptom, language: Language) -> None:
    typed_already = symptom is S.CONFIGURATION_WRONG  # the place of a new one, as a command takes it
    finding = Finding(symptom, "12", as_typed(["/srv/x y"]) if typed_already else "/srv/x y", "drop")
    with speaking(language):
        lines = f"{wording.what(finding)}\n{wording.step(finding)}".splitlines()
    typed = [line for line in lines if line.startswith("  ")]

    assert not re.search(r"chmod|sudo|keyring set|-m pip|onoffice-sync [a-z]|docs/", "\n".join(set(lines) - set(typed)))
    assert [line for line in typed if "/srv/x y" in line.replace(as_typed(["/srv/x y"]), "") or line.endswith(".")] == []


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such modes")
def test_what_is_to_be_typed_stands_unbroken_in_a_line_of_its_own_on_a_narrow_terminal(
    practice: Practice, told: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice.configure("folders", drop="ein Ordner für alle")
    drop = practice.folder / "ein Ordner für alle"
    drop.mkdir()
    drop.chmod(0o2750)
    monkeypatch.setenv("COLUMNS", "60")
    lines = [line.strip() for line in told()[1].splitlines()]

    assert f"chmod g+w '{drop}'" in lines
    assert f"{program_to_type()} doctor --config {practice.config} --appointment NUMMER" in lines
    assert max(len(line) for line in lines if str(practice.folder) not in line) <= 60


def test_the_two_languages_differ_in_every_text() -> None:
    for symptom in set(Symptom) - {S.PROGRAM}:
        finding, said = Finding(symptom, "12", "/srv/x", "drop"), set()
        for language in Language:
            with speaking(language):
                said.add(wording.what(finding))
        assert len(said) == len(Language)


def test_german_text_holds_no_english_reason_and_its_numbers_a_comma() -> None:
    refused = Finding(S.CANNOT_CREATE, os.strerror(errno.EACCES), "/srv/x", "drop")
    damaged = Finding(S.LEDGER_BROKEN, "file is not a database", "/srv/x")
    room = Finding(S.SPACE_FINE, "77.3", "/srv/x.y")

    assert wording.what(refused) == "Ablageordner /srv/x: Anlegen geht nicht: Zugriff verweigert."
    assert wording.what(damaged).endswith("ist unbrauchbar: das ist keine Datenbank.")
    assert wording.what(room) == "77,3 GB frei für /srv/x.y."
    with speaking(Language.EN):
        assert wording.what(refused) == "Drop folder /srv/x: files cannot be created: Permission denied."
        assert wording.what(damaged).endswith("is unusable: file is not a database.")
        assert wording.what(room) == "77.3 GB free for /srv/x.y."


def test_german_is_spoken_unless_english_is_set(practice: Practice, told: Tell) -> None:
    assert "in Ordnung" in told()[1]
    practice.configure("report", language="en")
    code, said = told("--appointment", "70001")

    assert code == 0
    assert "Nothing has changed." in said
    assert "warnings: 0, problems: 0." in said


def test_a_way_out_that_several_findings_share_is_told_once(practice: Practice, told: Tell) -> None:
    for name in ("archive", "results", "refused"):
        (practice.folder / name).rmdir()
    _, said = told()

    assert said.count("noch nicht vorhanden") == 3
    assert said.count("Nichts zu tun, wenn Sie gerade erst anfangen") == 1


def test_json_has_every_finding_with_its_level_and_what_to_do(practice: Practice, told: Tell) -> None:
    practice.environment.clear()
    practice.configure("onoffice", url="http://127.0.0.1:9/")
    code, said = told("--json")
    document = json.loads(said)

    assert code == document["exit_code"] == 1
    assert document["summary"]["problem"] == 1
    (problem,) = [finding for finding in document["findings"] if finding["level"] == "problem"]
    assert problem["check"] == "unreachable"
    assert problem["message"] == "Keine brauchbare Antwort von http://127.0.0.1:9/: keine Verbindung."
    assert "Firewall" in problem["what_to_do"]


def test_what_an_office_has_in_common_with_one_beside_it_is_told_of_it_alone_too(
    practice: Practice, told: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    offices = practice.folder / "offices"
    offices.mkdir()
    text = practice.config.read_text(encoding="utf-8")
    for name, results in (("berlin", "shared"), ("potsdam", "shared"), ("bonn", "bonn")):
        folders = "".join(f"{each} = '{name}/{each}'\n" for each in ("drop", "archive", "refused", "state"))
        (offices / f"{name}.toml").write_text(f"{text}\n[folders]\n{folders}results = '{results}'\n", encoding="utf-8")
    monkeypatch.setattr(type(practice), "config", property(lambda self: self.folder / "offices" / "potsdam.toml"))
    code, said = told()
    assert code == 2
    assert "berlin.toml" in said

    monkeypatch.setattr(type(practice), "config", property(lambda self: self.folder / "offices" / "bonn.toml"))
    code, said = told()
    assert (code, "berlin.toml" in said) == (0, False)


def test_of_a_wrong_clock_nothing_is_said_but_in_the_table(practice: Practice, api: Running) -> None:
    api.put_options({"clock_offset_s": 3600})
    command = [sys.executable, "-m", "sync", "doctor", "--config", str(practice.config)]
    environment = {**os.environ, **practice.environment}
    ended = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)

    assert "Warnung" in ended.stdout
    assert "Uhr dieses Rechners" in ended.stdout
    assert ended.stderr == ""


def test_all_mistakes_of_a_configuration_are_told_at_once_with_exit_code_2(practice: Practice, told: Tell) -> None:
    practice.configure("sending", attempts=0, rounds=0)
    code, said = told()

    assert code == 2
    assert "sending.attempts" in said
    assert "sending.rounds" in said


def test_missing_credentials_are_told_beside_everything_else_with_exit_code_2(practice: Practice) -> None:
    practice.environment.clear()
    practice.environment["ONOFFICE_TOKEN"] = "too short"

    assert practice.bad() == [S.ODD_LENGTH, S.MISSING, S.NOT_ASKED]
    assert practice.examine().exit_code == 2


@pytest.mark.parametrize(("content", "mode", "why"), [(b"\xff\xfe\0", 0o600, S.FILE_NOT_READ), (b"", 0o644, S.OPEN_FILE)])
def test_of_a_file_of_credentials_that_is_not_used_the_doctor_tells_one_problem_and_not_all_that_it_may_hold(
    practice: Practice, content: bytes, mode: int, why: Symptom
) -> None:
    if os.name != "posix" and why is S.OPEN_FILE:
        pytest.skip("Windows keeps no such modes")
    practice.environment.clear()
    practice.configure("notify", staff_env="NOTIFY_STAFF")
    (practice.folder / "credentials.env").write_bytes(content)
    (practice.folder / "credentials.env").chmod(mode)

    assert practice.bad() == [why, S.NOT_ASKED]
    assert practice.examine().exit_code == 2


def test_credentials_from_the_keyring_are_told_as_such(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = dict(practice.environment)
    practice.environment.clear()
    monkeypatch.setattr("sync.credentials._from_keyring", kept.__getitem__)

    assert practice.bad() == []
    assert S.IN_KEYRING in practice.found()


def test_an_address_without_an_appointment_is_a_wrong_use(practice: Practice, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["doctor", "--config", str(practice.config), "--address", "5"])

    assert left.value.code == 2
    assert "--address geht nur zusammen mit --appointment" in capfd.readouterr().err
