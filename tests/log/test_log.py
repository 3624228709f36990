"""What the log says, where, and what it never says."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from sync import log, simulator
from sync.cli import app as cli
from sync.log import SecretMasks, Verbosity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.simulator import Running

LOGGER: Final = logging.getLogger("sync.test")
TOKEN: Final = "7ab1c0ffee7ab1c0ffee7ab1c0ffee77"
SECRET: Final = "5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca3f5eca"
LINE: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (DEBUG|INFO|WARNING|ERROR) +\S.*")


@pytest.fixture
def api() -> Iterator[Running]:
    contacts = [{"id": 90001, "confirmation": "nicht gesetzt", "feedback": "inaktiv"}]
    seed = {"appointments": [{"id": 70001, "start": "2026-12-02T09:00:00+01:00", "contacts": contacts}], "addresses": [90001]}
    with simulator.running(seed, token=TOKEN, secret=SECRET) as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, api: Running, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONOFFICE_TOKEN", TOKEN)
    monkeypatch.setenv("ONOFFICE_SECRET", SECRET)
    folder = tmp_path / "office"
    (folder / "drop").mkdir(parents=True)
    (folder / "config.toml").write_text(
        f'[onoffice]\nurl = "{api.url}"\n[folders]\nsettle_seconds = 0.0\n[sending]\nrequests_per_minute = 0\nattempts = 1\n',
        encoding="utf-8",
    )
    return folder


def drop(office: Path) -> None:
    text = "Termin-ID;Adress-ID;Terminbestätigung\r\n70001;90001;bestätigt\r\n"
    (office / "drop" / "a.csv").write_bytes(text.encode())


def run(office: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main(["run", "--config", str(office / "config.toml"), *arguments])
    return int(left.value.code or 0)


def written(office: Path) -> list[str]:
    return (office / "state" / "logs" / "onoffice-sync.log").read_text(encoding="utf-8").splitlines()


def test_a_quiet_night_is_five_lines_at_most_whether_files_came_or_not(office: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(office)
    out, err = capfd.readouterr()
    assert len(written(office)) == len(err.splitlines()) == 2
    assert len((out + err).splitlines()) <= 5

    drop(office)
    run(office)
    assert 2 < len(written(office)) - 2 <= 5
    assert all(LINE.fullmatch(line) for line in written(office))


def test_verbose_tells_every_round_and_every_request(office: Path, capfd: pytest.CaptureFixture[str]) -> None:
    drop(office)
    run(office, "--verbose")
    err = capfd.readouterr().err

    assert re.search(r"DEBUG +request 1: read, .* 0 links", err)
    assert re.search(r"DEBUG +request 2: write, .* 1 links", err)
    assert len(re.findall(r"DEBUG +request \d: answered", err)) == 3
    assert len(re.findall(r"DEBUG +(look|send): \d+ begin", err)) == 3
    assert err.splitlines() == written(office)


def test_quiet_says_nothing_when_all_is_well_and_one_sentence_when_it_is_not(
    office: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(office)
    assert run(office, "--quiet") == 0
    assert capfd.readouterr() == ("", "")

    monkeypatch.delenv("ONOFFICE_SECRET")
    assert run(office, "--quiet") == 2
    assert len(capfd.readouterr().err.splitlines()) == 1


def test_what_the_command_says_itself_is_not_said_twice(
    office: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONOFFICE_SECRET")
    run(office)

    assert len(re.findall("Kein Secret: ", capfd.readouterr().err)) == 1


def test_verbose_and_quiet_do_not_go_together(office: Path) -> None:
    assert run(office, "--verbose", "--quiet") == 2


def test_a_dry_run_writes_no_log(office: Path) -> None:
    run(office, "--dry-run")

    assert not (office / "state").exists()


def test_json_is_one_object_per_line(office: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with (office / "config.toml").open("a", encoding="utf-8") as config:
        config.write('[log]\nformat = "json"\n')
    drop(office)
    run(office)

    lines = [json.loads(line) for line in written(office)]
    assert all(line.keys() == {"time", "level", "logger", "message"} for line in lines)
    assert lines[0]["message"].endswith(" begins")
    assert [json.loads(line) for line in capfd.readouterr().err.splitlines()] == lines


def test_no_secret_is_in_a_log_that_tells_everything(office: Path, api: Running, capfd: pytest.CaptureFixture[str]) -> None:
    for faults in ([], [{"on": "every", "do": "status", "code": 500}], [{"on": "every", "do": "garbage"}]):
        api.put_faults(faults)
        drop(office)
        run(office, "--verbose")

    said = "\n".join([*written(office), *capfd.readouterr()])
    assert "request 1" in said
    assert TOKEN not in said
    assert SECRET not in said


@pytest.mark.parametrize("form", ["lines", "json"])
def test_secrets_are_hidden_wherever_they_appear(tmp_path: Path, form: str, capfd: pytest.CaptureFixture[str]) -> None:
    address = "json://user:Pass%20word1@hooks.example.org/T000/abcdef123?token=qwertz987"
    with log.opened(form, Verbosity.VERBOSE, SecretMasks(["s3cr3t-token", address])) as opened:
        opened.release(tmp_path)
        LOGGER.info("%s and s3cr3t-token", address)
        LOGGER.info("to hooks.example.org with Pass word1, Pass%%20word1, abcdef123, qwertz987")
        LOGGER.error("oh s3cr3t-token", exc_info=LookupError(address))

    said = (tmp_path / log.FILE).read_text(encoding="utf-8") + capfd.readouterr().err
    assert not re.search("s3cr3t-token|Pass%20word1|Pass word1|abcdef123|qwertz987", said)
    assert "hooks.example.org" in said
    assert "LookupError" in said


def test_nothing_from_outside_can_look_like_a_line_of_the_log(tmp_path: Path) -> None:
    with log.opened("lines", Verbosity.QUIET, SecretMasks()) as opened:
        opened.release(tmp_path)
        LOGGER.info("a file named %s", "x\n2026-11-24 03:00:00 INFO    all well\r\n.csv")

    assert len((tmp_path / log.FILE).read_text(encoding="utf-8").splitlines()) == 1


def test_what_an_error_says_in_a_traceback_looks_like_no_line_of_the_log_and_steers_no_terminal(tmp_path: Path) -> None:
    with log.opened("lines", Verbosity.QUIET, SecretMasks()) as opened:
        opened.release(tmp_path)
        LOGGER.error("a file", exc_info=ValueError("a cell\n2026-11-24 03:00:00 INFO    run 1: all is well\x1b[2J"))

    text = (tmp_path / log.FILE).read_text(encoding="utf-8")
    assert "all is well" in text
    assert [line for line in text.splitlines() if line.startswith("2026-11-24")] == []
    assert "\x1b" not in text


@pytest.mark.parametrize("form", ["lines", "json"])
@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u202e", "\u2067", "\x85", "\x9b"])
def test_what_steers_a_terminal_or_breaks_lines_unseen_is_spelled_out(tmp_path: Path, form: str, sign: str) -> None:
    with log.opened(form, Verbosity.QUIET, SecretMasks()) as opened:
        opened.release(tmp_path)
        LOGGER.info("Grüße%s2026-11-24 03:00:00 INFO", sign)
    text = (tmp_path / log.FILE).read_text(encoding="utf-8")
    assert f"Grüße<U+{ord(sign):04X}>2026" in text
    assert len(text.splitlines()) == 1


def test_the_log_is_rotated_and_keeps_five_older_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_BYTES", 2_000)
    with log.opened("lines", Verbosity.QUIET, SecretMasks()) as opened:
        opened.release(tmp_path)
        for number in range(400):
            LOGGER.info("line %d", number)

    files = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert files == ["onoffice-sync.log", *(f"onoffice-sync.log.{number}" for number in range(1, 6))]
    assert all(path.stat().st_size <= 2_000 for path in (tmp_path / "logs").iterdir())


def test_a_file_that_another_process_holds_grows_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: object) -> None:
        raise PermissionError(13, "held by another process")

    monkeypatch.setattr(log, "_BYTES", 200)
    monkeypatch.setattr("os.rename", held)
    with log.opened("lines", Verbosity.QUIET, SecretMasks()) as opened:
        opened.release(tmp_path)
        for number in range(20):
            LOGGER.info("line %d", number)

    assert len((tmp_path / log.FILE).read_text(encoding="utf-8").splitlines()) == 20


def test_a_log_that_cannot_be_written_is_told_once_and_stops_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").write_bytes(b"a file where the folder should be")
    with log.opened("lines", Verbosity.QUIET, SecretMasks()) as opened:
        opened.release(tmp_path)
        LOGGER.info("one")
        LOGGER.info("two")

    assert capfd.readouterr().err.count("kann nicht geschrieben werden; der Abgleich läuft weiter") == 1


def test_names_of_every_kind_can_be_logged(tmp_path: Path) -> None:
    with log.opened("json", Verbosity.QUIET, SecretMasks()) as opened:
        opened.release(tmp_path)
        LOGGER.info("%s", "\udcff ä 🏠")

    assert json.loads((tmp_path / log.FILE).read_text(encoding="utf-8"))["message"].endswith(" ä 🏠")


def test_a_terminal_with_few_characters_can_show_the_log(office: Path) -> None:
    (office / "drop" / "ＡΩ🏠.xlsx").write_bytes(b"PK\x03\x04")
    done = subprocess.run(
        [sys.executable, "-m", "sync", "run", "--verbose", "--config", str(office / "config.toml")],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
    )

    assert done.returncode == 3
    assert b"could not be read" in done.stderr
    assert b"Traceback" not in done.stderr


def test_at_a_terminal_the_log_says_nothing_that_the_summary_says(
    office: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (office / "drop" / "Liste.pdf").write_bytes(b"%PDF-1.4")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with pytest.raises(SystemExit):
        cli.main(["run", "--config", str(office / "config.toml")])
    said = capfd.readouterr()

    assert "Liste.pdf: Das ist eine PDF-Datei." in said.out
    assert "Liste.pdf" not in said.err
    assert "Liste.pdf could not be read" in (office / "state" / log.FILE).read_text(encoding="utf-8")


def test_who_watches_at_a_terminal_reads_the_language_of_the_office_and_the_file_stays_english(
    office: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (office / "drop" / "Liste.pdf").write_bytes(b"%PDF-1.4")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sync.job.context.Stopper.sleep", lambda stopper, _: stopper.ask() or stopper.check())
    with pytest.raises(SystemExit):
        cli.main(["watch", "--config", str(office / "config.toml")])
    (office / "drop").rename(office / "away")
    with pytest.raises(SystemExit):
        cli.main(["watch", "--config", str(office / "config.toml")])
    said = [line.partition("  ")[2] for line in capfd.readouterr().err.splitlines()]

    assert any(line.startswith(f"Den Ablageordner {office / 'drop'} gibt es nicht mehr.") for line in said), said
    assert said[0].startswith(f"Der Ablageordner {office / 'drop'} wird alle 30 Sekunden angesehen.")
    assert said[-1] == "Beendet: Der Ablageordner wird nicht mehr angesehen."
    assert not any(word in line for line in said for word in ("watching", " is there", "begins", "rows"))
    assert "watching ends" in (office / "state" / log.FILE).read_text(encoding="utf-8")
