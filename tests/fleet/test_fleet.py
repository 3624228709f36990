"""Many offices: none disturbs another, and none is forgotten."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from sync.cli import app as cli
from sync.domain.model import ExitCode, Stop, Stopped
from sync.errors import ConfigurationError
from sync.fleet import WORST_FIRST, exit_code, offices_in
from sync.i18n import Language, speaking
from sync.i18n.texts import stop_text
from sync.report.page.index import OfficeResult, line, write_fleet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fleet.conftest import Fleet


def test_whatever_happens_to_some_offices_the_others_are_done_and_all_are_told(fleet: Fleet) -> None:
    fleet.fill(7)
    fleet.config(1, secret_env="WRONG_SECRET")
    fleet.config(2).write_text("office = 'Büro 2'\n[folders\n", encoding="utf-8")
    (fleet.place(3) / "drop" / "termine.csv").write_bytes(b"PK\x03\x04 no workbook")
    fleet.config(4, token_env="NOT_SET_ANYWHERE")
    (fleet.place(5) / "state").write_text("no folder", encoding="utf-8")

    ran = fleet.run("--jobs", "3")

    assert ran.code == ExitCode.FAILED
    assert ran.err == ""
    assert [re.split(" {2}", line)[:2] for line in sorted(ran.lines)[1:]] == [
        ["office000", "0"],
        ["office001", "1"],
        ["office002", "2"],
        ["office003", "3"],
        ["office004", "2"],
        ["office005", "1"],
        ["office006", "0"],
    ]
    assert ran.line("office000") == "office000  0  Alle 5 Zeilen sind erledigt."
    assert "ONOFFICE_SECRET" not in ran.line("office001")
    assert "office002.toml" in ran.line("office002")
    assert "NOT_SET_ANYWHERE" in ran.line("office004")
    assert ran.lines[-1] == (
        "7 Büros: 2 nicht zu Ende gelaufen, 2 falsch eingerichtet, 1 mit offenen Punkten, 2 ohne Beanstandung. "
        f"{fleet.folder / 'index.html'}"
    )
    done = fleet.done()
    assert {number for number in range(7) if fleet.wanted(number).items() <= done.items()} == {0, 6}
    assert [path.name for path in (fleet.place(1) / "drop").iterdir()] == ["termine.csv"]  # kept for the next run


def test_the_installer_of_an_office_that_is_refused_is_told(fleet: Fleet) -> None:
    fleet.fill(3)
    told = '\n[notify]\ninstaller_env = "NOT_SET_ANYWHERE"\n'  # so that the message waits
    wrong = fleet.config(1)
    wrong.write_text(wrong.read_text(encoding="utf-8") + f"{told}[retention]\ndays = 'many'\n", encoding="utf-8")
    fleet.config(2).write_text("office = 'Büro 2'\n[folders\n", encoding="utf-8")

    ran = fleet.run()

    assert [line[:12] for line in sorted(ran.lines)[1:]] == ["office000  0", "office001  2", "office002  2"]
    (waiting,) = (fleet.place(1) / "state" / "outbox").glob("*.json")
    message = json.loads(waiting.read_bytes())
    assert message["audience"] == "installer"
    assert "bei retention.days" in message["body"]


def test_the_overview_lists_every_office_the_worst_first_and_leads_to_its_report(fleet: Fleet) -> None:
    fleet.fill(3)
    fleet.config(1, secret_env="WRONG_SECRET")
    (fleet.folder / "<b>.toml").write_text("[nonsense]", encoding="utf-8")

    fleet.run("--jobs", "2")

    page = (fleet.folder / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'<tr><th scope="row">(?:<a [^>]*>)?([^<]*)', page) == ["office001", "&lt;b&gt;", "office000", "office002"]
    for way in re.findall(r'href="([^"#]+)"', page):
        assert (fleet.folder / way).is_file()
    assert len(re.findall(r'href="office\d+/results/[^"]+/report.html"', page)) == 3


@pytest.mark.parametrize("language", list(Language))
def test_what_is_to_be_done_stands_whole_on_the_overview_and_in_the_line(tmp_path: Path, language: Language) -> None:
    with speaking(language):
        stops = [stop_text(Stopped(stop, "x" * 1_000, accept="20261124-030000-aaaa")) for stop in Stop]
    mistakes = "\n".join(f"config.toml: at sending.{letter}: " + letter * 300 for letter in "ab")
    results = [OfficeResult(f"b{n}", "b", ExitCode.FAILED, text) for n, text in enumerate([*stops, mistakes])]

    with speaking(language):
        page = html.unescape(write_fleet(tmp_path, "2026-11-24T03:00:00+01:00", results).read_text(encoding="utf-8"))

    assert all(f'<td class="told">{text}</td>' in page for text in [*stops, mistakes.replace("\n", "<br>")])
    assert all(line(result).endswith(f"  {result.sentence}") for result in results[:-1])
    assert line(results[-1]).endswith(mistakes.replace("\n", " | "))


def test_an_office_that_another_run_works_for_is_no_red_one(tmp_path: Path) -> None:
    results = [OfficeResult("a", "a", ExitCode.ALREADY_RUNNING, "x"), OfficeResult("b", "b", ExitCode.OK, "y")]

    page = write_fleet(tmp_path, "2026-11-24T03:00:00+01:00", results).read_text(encoding="utf-8")

    assert re.findall(r'class="(?:night|state) (\w+)"', page) == ["yellow", "yellow", "green"]


def test_a_second_start_has_nothing_to_do_and_is_green(fleet: Fleet) -> None:
    fleet.fill(2)
    fleet.run("--jobs", "2")

    ran = fleet.run("--quiet")

    assert (ran.code, ran.lines, ran.err) == (0, [], "")


def test_an_office_that_works_blind_is_told_of_also_by_a_quiet_run(fleet: Fleet) -> None:
    fleet.fill(2)
    fleet.api.put_options({"read_rights": False})

    ran = fleet.run("--quiet")

    assert (ran.code, len(ran.lines)) == (0, 2)
    assert all("ACHTUNG: Der Abgleich arbeitet blind." in line for line in ran.lines)


def test_a_folder_in_the_place_of_the_overview_is_put_aside_and_costs_no_office(fleet: Fleet) -> None:
    fleet.fill(2)
    (fleet.folder / "index.html").mkdir()

    ran = fleet.run("--jobs", "2")

    assert ran.code == 0
    assert "index.html (2) now" in ran.err
    assert (fleet.folder / "index.html").is_file()
    assert fleet.report(1)["summary"]["updated"] == fleet.rows


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that can be heard")
def test_asked_to_end_it_finishes_requests_in_flight_and_begins_no_other_office(fleet: Fleet) -> None:
    fleet.fill(6)
    fleet.api.put_options({"latency_ms": 700})
    process = fleet.start("--jobs", "2")
    end = time.monotonic() + 60
    while not fleet.api.log():
        assert time.monotonic() < end
        time.sleep(0.02)

    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (1, "")
    told = out.splitlines()
    assert len(told) == 7
    assert sum("Nicht an die Reihe gekommen" in line for line in told) == 4
    assert all((fleet.place(number) / "drop" / "termine.csv").is_file() for number in range(6))
    fleet.api.put_options({"latency_ms": 0})
    assert fleet.run("--jobs", "4").code == 0
    assert fleet.done() == {pair: words for number in range(6) for pair, words in fleet.wanted(number).items()}


def test_offices_that_share_folders_do_not_run(fleet: Fleet) -> None:
    fleet.fill(3)
    shutil.copy(fleet.folder / "office000.toml", fleet.folder / "twin.toml")

    ran = fleet.run()

    assert ran.code == ExitCode.USAGE
    assert "jedes Büro braucht eigene Ordner und ein eigenes Gedächtnis" in ran.line("twin")
    assert "folders.drop von twin.toml ist zugleich ein Ordner dieses Büros" in ran.line("office000")
    assert (fleet.place(0) / "drop" / "termine.csv").is_file()
    assert fleet.report(2)["summary"]["updated"] == fleet.rows


def test_a_folder_inside_that_of_another_office_is_a_shared_one_too(tmp_path: Path) -> None:
    places = {"a": "a", "b": "a/drop/b", "c": "c"}
    for name, place in places.items():
        lines = [f"{key} = '{place}/{key}'" for key in ("drop", "archive", "refused", "results", "state")]
        (tmp_path / f"{name}.toml").write_text("\n".join(["[folders]", *lines]), encoding="utf-8")

    found = {office.name: [mistake.split(": ", 1)[1] for mistake in office.mistakes] for office in offices_in(tmp_path)}
    why = "; jedes Büro braucht eigene Ordner und ein eigenes Gedächtnis"
    drop = tmp_path / "a" / "drop"
    assert found == {
        "a": [f"folders.drop von b.toml liegt in einem Ordner dieses Büros ({drop}){why}"],
        "b": [f"folders.drop liegt in einem Ordner von a.toml ({drop}){why}"],
        "c": [],
    }


def test_only_toml_files_are_offices_and_none_at_all_is_a_mistake(tmp_path: Path) -> None:
    for name in ("notes.txt", ".hidden.toml", "old.toml.bak"):
        (tmp_path / name).touch()

    with pytest.raises(ConfigurationError, match=r"enthält keine \*\.toml"):
        offices_in(tmp_path)


@pytest.mark.parametrize("option", [["--dry-run"], ["--json"], ["--accept", "20261124-030000-aaaa"], ["--verbose"]])
def test_options_for_one_office_are_refused_and_nothing_runs(
    fleet: Fleet, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.fill(1)

    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "--config", str(fleet.folder), *option])

    assert ended.value.code == 2
    assert f"{option[0]} gilt einem einzelnen Büro" in capsys.readouterr().err
    assert fleet.api.log() == []


def test_jobs_without_a_folder_of_offices_is_refused(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.fill(1)

    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "--config", str(fleet.folder / "office000.toml"), "--jobs", "2"])

    assert ended.value.code == 2
    assert "--jobs ist für mehrere Büros" in capsys.readouterr().err


def test_what_happened_and_what_is_wrong_is_told_of_every_office_of_a_folder(
    fleet: Fleet, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.fill(2)
    fleet.run()
    for name, value in fleet.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sync.setup.doctor.machine.try_samples", lambda *_: None)
    monkeypatch.setattr("sync.setup.doctor.machine.try_packages", lambda *_: None)
    monkeypatch.setattr("sync.setup.doctor.machine.through", lambda *_: None)
    fleet.config(2).write_text("office = 7", encoding="utf-8")
    run = fleet.report(1)["run"]["id"]

    def command(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            cli.main([*arguments, "--config", str(fleet.folder)])
        return int(left.value.code or 0), capfd.readouterr().out

    code, said = command("doctor")
    assert (code, said.count("Warnungen: ")) == (2, 3)
    assert re.findall(r"^office\d+$", said, re.MULTILINE) == ["office000", "office001", "office002"]
    for number in range(2):
        assert f"doctor--config{fleet.folder / f'office{number:03}.toml'}--appointmentNUMMER" in re.sub(r"\s", "", said)
    code, said = command("history")
    assert (code, said.count("20")) > (1, 2)
    assert run in said
    assert fleet.report(0)["run"]["id"] in said
    code, said = command("show", run)
    assert (code, run in said, fleet.report(0)["run"]["id"] in said) == (0, True, False)
    assert re.findall(r"^office\d+$", said, re.MULTILINE) == ["office001"]
    code, said = command("show", "last")
    assert (code, run in said, fleet.report(0)["run"]["id"] in said) == (0, True, True)
    assert re.findall(r"^office\d+$", said, re.MULTILINE) == ["office000", "office001"]
    assert command("show", "19700101-000000-0000")[0] == 2
    assert command("history", "--json")[0] == 2


def test_one_nightly_start_is_for_every_office_of_a_folder(
    fleet: Fleet, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.cli.setup.is_user", lambda _name: True)
    fleet.fill(2)
    fleet.config(1, token_env="SOUTH_TOKEN")
    for arguments, expected in ((["systemd", "--as", "jo"], 0), (["systemd", "--watch"], 2)):
        with pytest.raises(SystemExit) as left:
            cli.main(["schedule", *arguments, "--config", str(fleet.folder)])
        assert left.value.code == expected

    said, advice = capfd.readouterr()
    assert f'"run" "--config" "{fleet.folder}"' in said
    assert all(f"{name}=..." in advice for name in ("ONOFFICE_TOKEN", "ONOFFICE_SECRET", "SOUTH_TOKEN"))
    for place in (fleet.folder, *(fleet.place(number) / "drop" for number in range(2))):
        assert f'"-{place}"' in said


def test_the_exit_code_is_the_worst_of_all_in_the_documented_order() -> None:
    assert WORST_FIRST == (1, 2, 4, 3, 0)
    assert exit_code([ExitCode.OK, ExitCode.ROWS_NEED_A_PERSON, ExitCode.ALREADY_RUNNING]) == 4
    assert exit_code([ExitCode.USAGE, ExitCode.FAILED]) == 1
    assert exit_code([]) == 0
    assert set(WORST_FIRST) == set(ExitCode)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell how busy it is")
@pytest.mark.long
def test_two_hundred_offices_take_at_most_twice_the_time_of_their_requests_side_by_side(fleet: Fleet) -> None:
    fleet.rows, count, jobs = 50, 200, 8
    fleet.fill(count)
    fleet.config(17, secret_env="WRONG_SECRET")
    (fleet.place(44) / "drop" / "termine.csv").write_bytes(b"PK\x03\x04 no workbook")
    fleet.api.put_options({"latency_ms": 150, "per_action_ms": 3})
    crowd = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # others on this machine leave us only a share of it
    began = time.monotonic()

    ran = fleet.run("--jobs", str(jobs))

    took = time.monotonic() - began
    needed = sum(0.150 + 0.003 * len(request["actions"]) for request in fleet.api.log()) / jobs
    assert ran.code == 1
    assert ran.line("office017").startswith("office017  1  ")
    assert ran.line("office044").startswith("office044  3  ")
    done = fleet.done()
    assert [number for number in range(count) if not fleet.wanted(number).items() <= done.items()] == [17, 44]
    assert took <= 2 * needed * crowd, f"{took:.1f} s for requests of {needed:.1f} s side by side, shared by {crowd:.1f}"
    sys.stdout.write(f"{took:.1f} s for requests of {needed:.1f} s side by side, shared by {crowd:.1f}\n")
