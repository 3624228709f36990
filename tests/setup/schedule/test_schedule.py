"""What `schedule` prints is what the system's own tools take, whatever stands in the paths, and holds no secret."""

from __future__ import annotations

import datetime as dt
import errno
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

import pytest

from sync.cli import app as cli
from sync.errors import SyncError
from sync.setup import Scheduler, schedule, usual
from sync.setup.schedule import Cron, ScheduledRun, Systemd, WindowsTask
from sync.system.process import closed_to, program, program_beside

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("english")

SAMPLES: Final = Path(__file__).parents[3] / "docs" / "samples"
TASKS: Final = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
AWKWARD: Final = ["office", "two words", "100% sure", "it's $HOME", 'say "so"', "Büro", "a;b & c"]
POSIX = pytest.mark.skipif(os.name != "posix", reason="systemd and cron are of other systems")
#: systemd starts no program with a backslash in its path, which is what every program has on Windows.
KINDS = [pytest.param(kind, marks=POSIX if kind is Scheduler.SYSTEMD else ()) for kind in Scheduler]
#: A crontab in a file.
CRONTAB: Final = """case "$1" in -l) [ -f "$log.tab" ] || { echo "no crontab for me" >&2; exit 1; }; cat "$log.tab";;
-r) rm "$log.tab";;
-) cat >"$log.new"; mv "$log.new" "$log.tab";; esac"""

SAMPLE: Final = ScheduledRun(
    "onOffice",
    ("/opt/onoffice-sync/bin/onoffice-sync",),
    Path("/etc/onoffice-sync/config.toml"),
    (*(Path("/srv/onoffice-sync") / name for name in ("drop", "archive", "refused", "results")), Path("/var/lib/onoffice-sync")),
    dt.time(4, 30),
    "onoffice-sync",
)
WINDOWS_SAMPLE: Final = ScheduledRun(
    "onOffice",
    (r"C:\Program Files\onoffice-sync\Scripts\onoffice-sync.exe",),
    PureWindowsPath(r"C:\ProgramData\onoffice-sync\config.toml"),  # type: ignore[arg-type]  # a path of the other system
    (),
    dt.time(4, 30),
    r"OFFICE\abgleich",
)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('office = "Nord"\n[report]\nlanguage = "en"', encoding="utf-8")
    return tmp_path


def night(folder: Path, run_as: str | None = None, program: tuple[str, ...] = (sys.executable,)) -> ScheduledRun:
    folder.mkdir(exist_ok=True)
    return ScheduledRun("Nord", program, folder / "config.toml", (folder / "drop", folder / "state"), dt.time(3, 5), run_as)


def refuse_to_delete(path: Path, *, missing_ok: bool = False) -> None:
    raise PermissionError(errno.EACCES, f"{path} {missing_ok}")


def called(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main(["schedule", *arguments])
    return int(left.value.code or 0)


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str) -> Path:
    """A program of the system that is none: it notes its arguments and its input in `<name>.log`."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    log = folder / f"{name}.log"
    (tools / name).write_text(f'#!/bin/sh\nlog="{log}"\necho "$@" >>"$log"\n{script}\n', encoding="utf-8")
    (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    return log


def verify(folder: Path, units: tuple[tuple[Path, str], ...], *options: str) -> str:
    """What `systemd-analyze verify` says; it is installed wherever this is tested for good."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is missing; .ci/run installs it")
        pytest.skip("no systemd-analyze on this machine")
    paths = [folder / path.name for path, _ in units]
    for path, (_, text) in zip(paths, units, strict=True):
        path.write_text(text, encoding="utf-8")
    with tempfile.TemporaryDirectory() as short:  # systemd's own sockets need a path of at most 107 bytes
        done = subprocess.run(
            [tool, *options, "--man=no", "verify", *paths],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"XDG_RUNTIME_DIR": short},
        )
    return f"{done.stdout}{done.stderr}" if done.returncode else done.stderr


@POSIX
@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize(("run_as", "watch"), [("root", False), (None, False), ("root", True), (None, True)])
def test_systemd_takes_service_and_timer_whatever_stands_in_the_paths(
    tmp_path: Path, name: str, run_as: str | None, *, watch: bool
) -> None:
    folder = tmp_path / name
    program = tmp_path / name.translate({ord(sign): None for sign in "'\""}) / "onoffice-sync"
    units = Systemd(replace(night(folder, run_as, (str(program),)), watch=watch)).units()
    program.parent.mkdir(exist_ok=True)
    program.touch(mode=0o755)  # systemd looks whether the program that it reads there can be started

    said = verify(folder, units, *(() if run_as else ("--user",)))

    assert said == ""


def test_a_program_that_systemd_would_not_start_is_told(tmp_path: Path) -> None:
    with pytest.raises(SyncError, match="quotation mark"):
        Systemd(night(tmp_path / "office", program=("/opt/it's/onoffice-sync",))).units()


@POSIX
def test_what_means_something_to_systemd_is_written_so_that_it_means_itself() -> None:
    plan = ScheduledRun("100 %", ("/opt/$x/run",), Path('/srv/$HOME "%i" \\/config.toml'), (Path("/srv/a b%"),), dt.time(3), "jo")
    text = Systemd(plan).units()[0][1].splitlines()

    assert 'ExecStart="/opt/$x/run" "run" "--config" "/srv/$$HOME \\"%%i\\" \\\\/config.toml"' in text
    assert 'WorkingDirectory=/srv/$HOME "%%i" \\' in text
    assert 'ReadWritePaths="-/srv/a b%%"' in text
    assert text[2].endswith("(100 %%)")


@POSIX
def test_a_name_of_an_office_brings_no_line_of_its_own_into_a_unit() -> None:
    plan = ScheduledRun(
        "Nord\nExecStartPre=/bin/false", ("/opt/run",), Path("/srv/config.toml"), (Path("/srv/a"),), dt.time(3), "jo"
    )

    for _, text in Systemd(plan).units():
        assert "\nExecStartPre" not in text
        assert "(Nord ExecStartPre=/bin/false)\n" in text


def test_the_night_begins_long_after_onoffice_has_written_its_own_exports(
    office: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert called(["cron", "--config", str(office / "config.toml")]) == 0

    assert "\n30 4 * * * " in capfd.readouterr().out


@POSIX
def test_a_mistake_in_a_unit_would_be_noticed(tmp_path: Path) -> None:
    (path, text), timer = Systemd(night(tmp_path / "office", "root")).units()

    assert "Unknown key 'NoNewPrivilegs'" in verify(
        tmp_path, ((path, text.replace("NoNewPrivileges=yes", "NoNewPrivilegs=yes")), timer)
    )


@POSIX
def test_the_service_of_the_system_is_closed_but_for_the_folders_of_the_office(tmp_path: Path) -> None:
    ((path, text), _) = Systemd(night(tmp_path / "office", "root")).units()
    verify(tmp_path, ((path, text),))
    said = subprocess.run(
        [str(shutil.which("systemd-analyze")), "security", "--offline=true", "--threshold=25", str(tmp_path / path.name)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stdout
    assert f'ReadWritePaths="-{tmp_path}/office/drop" "-{tmp_path}/office/state"' in text


@POSIX
@pytest.mark.parametrize("run_as", ["root", None])
def test_the_group_of_the_folders_may_edit_what_the_service_writes(tmp_path: Path, run_as: str | None) -> None:
    assert "\nUMask=0007\n" in Systemd(night(tmp_path / "office", run_as)).units()[0][1]


@POSIX
@pytest.mark.parametrize("name", AWKWARD)
def test_the_shell_of_cron_starts_the_job_quietly_and_without_any_credentials(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    program = folder / "onoffice-sync"
    program.write_text('#!/bin/sh\necho "$ONOFFICE_TOKEN|$*|$(umask)" >"$(dirname "$0")/said"\n', encoding="utf-8")
    program.chmod(0o755)
    plan = night(folder, program=(str(program),))
    plan.credentials.write_text('ONOFFICE_TOKEN="t$"\n', encoding="utf-8")

    minute, hour, *days, command = Cron(plan).printed().splitlines()[1].split(" ", 5)
    assert (minute, hour, days) == ("5", "3", ["*", "*", "*"])
    assert "%" not in command.replace(r"\%", "")
    subprocess.run(["/bin/sh", "-c", command.replace(r"\%", "%")], check=True)

    assert (folder / "said").read_text() == f"|run --config {folder}/config.toml --quiet|0007\n"


@pytest.mark.parametrize("name", AWKWARD)
def test_the_task_is_xml_in_ascii_that_says_what_to_start(tmp_path: Path, name: str) -> None:
    plan = night(tmp_path / name.replace('"', ""), r"OFFICE\Jörg & Co")
    text = WindowsTask(plan).printed()
    root = ET.fromstring(text)  # noqa: S314 - our own

    assert text.isascii()
    assert root.findtext(f".//{TASKS}Command") == sys.executable
    assert root.findtext(f".//{TASKS}WorkingDirectory") == str(plan.config.parent)
    assert root.findtext(f".//{TASKS}Arguments") == subprocess.list2cmdline(["run", "--config", str(plan.config)])
    assert root.findtext(f".//{TASKS}UserId") == r"OFFICE\Jörg & Co"
    assert root.findtext(f".//{TASKS}StartBoundary") == "2026-01-01T03:05:00"


def test_the_password_of_the_user_is_asked_for_and_stands_on_no_command_line() -> None:
    assert WindowsTask(WINDOWS_SAMPLE).registration("x.xml")[-2:] == ["/RP", "*"]
    assert "/RP *" in WindowsTask(replace(WINDOWS_SAMPLE, with_file=False)).advice()


def test_what_is_said_about_token_and_secret_on_windows_runs_as_it_stands_and_names_the_file_that_is_there(
    tmp_path: Path,
) -> None:
    said = WindowsTask(replace(WINDOWS_SAMPLE, with_file=False)).advice()
    assert r'  "C:\Program Files\onoffice-sync\Scripts\keyring.exe" set onoffice-sync ONOFFICE_TOKEN' in said.splitlines()

    said = WindowsTask(night(tmp_path)).advice()
    assert f"{tmp_path / 'credentials.env'}" in said
    assert "keyring" not in said


def test_what_watches_is_registered_with_its_file_alone_as_windows_ends_other_tasks_after_three_days() -> None:
    once, watching = (WindowsTask(replace(WINDOWS_SAMPLE, watch=watch, with_file=False)).advice() for watch in (False, True))

    assert (once.count("schtasks /Create"), watching.count("schtasks /Create")) == (2, 1)
    assert ("missed nights" in once, "missed nights" in watching) == (True, False)


@pytest.mark.parametrize(("run_as", "journal"), [("root", "journalctl -u "), (None, "journalctl --user -u ")])
def test_the_journal_that_is_named_is_the_one_that_the_unit_writes_to(tmp_path: Path, run_as: str | None, journal: str) -> None:
    assert f"{journal}onoffice-sync-nord.service" in Systemd(night(tmp_path / "office", run_as)).advice()


@POSIX
def test_the_samples_of_the_docs_are_what_is_printed() -> None:
    printed = {path.name: text for path, text in Systemd(SAMPLE).units()}
    printed |= {"crontab": Cron(SAMPLE).printed(), "onoffice-sync.xml": WindowsTask(WINDOWS_SAMPLE).printed()}

    for name, text in printed.items():
        assert (SAMPLES / name).read_text(encoding="utf-8") == text, f"write docs/samples/{name} anew"
    assert {path.name for path in SAMPLES.iterdir()} == {*printed, "smb.conf"}


@pytest.mark.parametrize(
    ("office", "name"),
    [("onOffice", "onoffice-sync"), ("Büro Nord & Süd", "onoffice-sync-buero-nord-sued"), ("☃", "onoffice-sync")],
)
def test_several_offices_on_a_machine_have_names_of_their_own(tmp_path: Path, office: str, name: str) -> None:
    plan = night(tmp_path / "x")

    assert ScheduledRun(office, plan.program, plan.config, plan.folders, plan.at).name == name


@pytest.mark.parametrize("kind", KINDS)
def test_neither_token_nor_secret_is_in_what_is_printed(
    office: Path, kind: Scheduler, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONOFFICE_TOKEN", "t0ken" * 6)
    monkeypatch.setenv("ONOFFICE_SECRET", "5ecret" * 10)
    monkeypatch.setattr("sync.cli.setup.is_user", lambda _name: True)

    assert called([kind, "--config", str(office / "config.toml"), "--as", "jo"]) == 0
    said = capfd.readouterr()
    assert str(office) in said.out
    assert "t0ken" not in said.out + said.err
    assert "5ecret" not in said.out + said.err


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(Scheduler.SYSTEMD, "one line each: NORD_TOKEN=... and NORD_SECRET=... .", marks=POSIX),
        (Scheduler.CRON, "one line each: NORD_TOKEN=... and NORD_SECRET=... ."),
        (Scheduler.WINDOWS, "keyring.exe set onoffice-sync NORD_SECRET\n"),
    ],
)
def test_token_and_secret_are_called_what_the_configuration_calls_them(
    office: Path, kind: Scheduler, expected: str, capfd: pytest.CaptureFixture[str]
) -> None:
    config = office / "config.toml"
    config.write_text(
        '[onoffice]\ntoken_env = "NORD_TOKEN"\nsecret_env = "NORD_SECRET"\n[report]\nlanguage = "en"\n', encoding="utf-8"
    )

    assert called([kind, "--config", str(config)]) == 0
    said = "".join(capfd.readouterr())
    assert expected in said
    assert "ONOFFICE_TOKEN" not in said


def test_the_program_beside_this_python_is_started_and_else_python_itself(tmp_path: Path) -> None:
    beside = tmp_path / ("onoffice-sync.exe" if sys.platform == "win32" else "onoffice-sync")

    assert program_beside(tmp_path / "python") == (str(tmp_path / "python"), "-m", "sync")
    beside.touch()
    assert program_beside(tmp_path / "python") == (str(beside),)


@pytest.mark.parametrize("arguments", [["--at", "25:00"], ["--at", "noon"], ["elsewhere"]])
def test_a_wrong_time_or_a_scheduler_that_nobody_knows_is_a_wrong_use(office: Path, arguments: list[str]) -> None:
    assert called([*arguments, "--config", str(office / "config.toml")]) == 2


@POSIX
def test_install_writes_the_units_and_starts_the_timer(
    office: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    log = fake(office, monkeypatch, "systemctl", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))
    arguments = ["systemd", "--config", str(office / "config.toml"), "--install"]

    assert called(arguments) == called([*arguments, "--at", "04:30"]) == 0
    assert log.read_text().splitlines()[:2] == ["--user daemon-reload", "--user enable --now onoffice-sync-nord.timer"]
    assert "OnCalendar=*-*-* 04:30:00" in (office / "home/systemd/user/onoffice-sync-nord.timer").read_text()
    assert "loginctl enable-linger" in capfd.readouterr().out


@POSIX
def test_install_replaces_no_unit_of_somebody_else(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))
    unit = office / "home/systemd/user/onoffice-sync-nord.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\n", encoding="utf-8")

    assert called(["systemd", "--config", str(office / "config.toml"), "--install"]) == 1
    assert unit.read_text() == "[Service]\n"


@POSIX
@pytest.mark.parametrize("name", AWKWARD)
def test_install_replaces_no_unit_that_starts_another_office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    log = fake(tmp_path, monkeypatch, "systemctl", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    first, second = tmp_path / name / "first.toml", tmp_path / name / "second.toml"
    first.parent.mkdir()
    for path in (first, second):
        path.write_text('[report]\nlanguage = "en"', encoding="utf-8")  # neither has a name of its own
    assert called(["systemd", "--config", str(first), "--install"]) == 0
    units = {path: path.read_text() for path in (tmp_path / "home/systemd/user").iterdir()}
    calls = log.read_text()

    assert called(["systemd", "--config", str(second), "--install", "--at", "04:30"]) == 1
    said = capfd.readouterr().err
    assert f"onoffice-sync.service is there already and starts {first}. Give each office a name of its own" in said
    assert f'the key office; in {second} it is "onOffice".' in said
    assert {path: path.read_text() for path in (tmp_path / "home/systemd/user").iterdir()} == units
    assert log.read_text() == calls
    assert called(["systemd", "--config", str(first), "--install", "--at", "04:30"]) == 0


@POSIX
def test_what_the_system_refuses_is_told(
    office: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fake(office, monkeypatch, "systemctl", "echo 'Failed to connect to bus' >&2; exit 1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))

    assert called(["systemd", "--config", str(office / "config.toml"), "--install"]) == 1
    assert "systemctl --user daemon-reload: Failed to connect to bus" in capfd.readouterr().err


@POSIX
@pytest.mark.parametrize("refused", ["daemon-reload", "enable"])
def test_an_installation_that_fails_leaves_the_units_as_they_were(
    office: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    units = office / "home/systemd/user"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))
    arguments = ["systemd", "--config", str(office / "config.toml"), "--install"]
    refuses = f'case "$*" in *{refused}*) echo no >&2; exit 1;; esac'

    log = fake(office, monkeypatch, "systemctl", refuses)
    assert called(arguments) == 1
    assert not (office / "home").exists()
    assert "--user disable --now onoffice-sync-nord.service onoffice-sync-nord.timer" in log.read_text()

    fake(office, monkeypatch, "systemctl", "")
    assert called(arguments) == 0
    installed = {path: path.read_text() for path in units.iterdir()}
    log.unlink()
    fake(office, monkeypatch, "systemctl", refuses)
    assert called([*arguments, "--at", "04:30"]) == 1
    assert {path: path.read_text() for path in units.iterdir()} == installed
    assert "disable" not in log.read_text()


@POSIX
def test_an_installation_that_fails_says_what_is_left_and_which_way_there_is_besides(
    office: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fake(office, monkeypatch, "systemctl", "echo no >&2; exit 1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))
    arguments = ["systemd", "--config", str(office / "config.toml"), "--install"]

    assert called(arguments) == 1
    said = capfd.readouterr().err
    assert "Nothing of it is left." in said
    assert f"30 4 * * * umask 007 && exec {Path(sys.executable).with_name('onoffice-sync')} run --config" in said
    assert f"{program()} schedule cron --config {office}/config.toml --install" in said

    monkeypatch.setattr(Path, "unlink", refuse_to_delete)
    assert called(arguments) == 1
    said = capfd.readouterr().err
    units = office / "home/systemd/user"
    assert f"Still there: {units}/onoffice-sync-nord.service, {units}/onoffice-sync-nord.timer." in said
    assert f"rm {units}/onoffice-sync-nord.service {units}/onoffice-sync-nord.timer" in said


@POSIX
@pytest.mark.parametrize(("refused", "left"), [("disable", True), ("daemon-reload", False)])
def test_a_removal_that_fails_says_what_is_left_and_how_to_take_it_away(
    office: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], refused: str, *, left: bool
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))
    fake(office, monkeypatch, "systemctl", "")
    arguments = ["systemd", "--config", str(office / "config.toml")]
    assert called([*arguments, "--install"]) == 0
    fake(office, monkeypatch, "systemctl", f'case "$*" in *{refused}*) echo no >&2; exit 1;; esac')

    assert called([*arguments, "--remove"]) == 1
    said = capfd.readouterr().err
    units = office / "home/systemd/user"
    assert (f"Still there: {units}/onoffice-sync-nord.service, {units}/onoffice-sync-nord.timer." in said) is left
    assert ("Nothing of it is left" in said) is not left
    assert "systemctl --user daemon-reload" in said


@POSIX
@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("kind", ["systemd", "cron", "windows"])
def test_remove_finds_what_it_installed_where_the_folder_of_offices_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))
    table = fake(tmp_path, monkeypatch, "crontab", CRONTAB).with_suffix(".log.tab")
    fake(tmp_path, monkeypatch, "systemctl", "")
    units = tmp_path / "home/systemd/user"
    task = tmp_path / "System32/Tasks/onoffice-sync-nord"
    task.parent.mkdir(parents=True)
    script = f'case "$1" in /Delete) rm "{task.parent}/$4";; /Create) cp "$6" "{task.parent}/$4";; esac'
    fake(tmp_path, monkeypatch, "schtasks", script)
    folder = tmp_path / name.replace('"', "")
    folder.mkdir()
    (folder / "nord.toml").write_text('office = "Nord"\n', encoding="utf-8")
    arguments = [kind, "--config", str(folder)]
    assert called([*arguments, "--install"]) == 0
    installed = [table, *units.glob("*"), *task.parent.iterdir()]
    assert any(path.exists() for path in installed)

    shutil.rmtree(folder)
    assert called([*arguments, "--remove"]) == 0

    assert not any(path.exists() for path in installed)


@POSIX
@pytest.mark.parametrize("watch", [[], ["--watch"]])
def test_an_office_with_a_new_name_is_not_started_by_its_old_one_beside_it(
    office: Path, monkeypatch: pytest.MonkeyPatch, watch: list[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))
    fake(office, monkeypatch, "systemctl", "")
    arguments = ["systemd", "--config", str(office / "config.toml"), "--install"]
    assert called(arguments) == 0
    (office / "config.toml").write_text('office = "Nordwest"\n', encoding="utf-8")

    assert called([*arguments, *watch]) == 0

    names = {path.stem for path in (office / "home/systemd/user").iterdir()}
    assert names == {"onoffice-sync-nordwest-watch" if watch else "onoffice-sync-nordwest"}


@pytest.fixture
def machine(office: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that knows every user, with systemd and cron; `system` has the units of the system, `own` those of the user."""
    fake(office, monkeypatch, "systemctl", "")
    fake(office, monkeypatch, "crontab", f'user=me; [ "$1" = -u ] && {{ user=$2; shift 2; }}; log="$log.$user"; {CRONTAB}')
    monkeypatch.setattr("sync.cli.setup.is_user", lambda _name: True)
    monkeypatch.setattr(Systemd, "folder", lambda self: office / ("system" if self.night.run_as else "own"))
    monkeypatch.setattr("sync.setup.schedule.is_root", lambda: False)
    return office


@POSIX
@pytest.mark.parametrize("kind", ["systemd", "cron"])
def test_root_removes_what_is_installed_for_another_user_without_naming_that_user(
    machine: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("sync.setup.schedule.is_root", lambda: True)
    monkeypatch.setattr("sync.setup.schedule.owner_of", lambda _path: "jo")
    arguments = [kind, "--config", str(machine / "config.toml")]

    assert called([*arguments, "--as", "jo", "--install"]) == 0
    installed = [*(machine / "system").glob("*"), *machine.glob("crontab.log.jo.tab")]
    assert called([*arguments, "--remove"]) == 0

    assert installed
    assert not any(path.exists() for path in installed)


@POSIX
def test_removing_says_the_whole_command_that_takes_away_what_another_user_or_scheduler_starts(
    machine: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = ["--config", str(machine / "config.toml")]

    assert called(["systemd", *config, "--as", "jo", "--install"]) == 0
    for kind in ("systemd", "cron"):
        assert called([kind, *config, "--remove"]) == 1
        said = capfd.readouterr().err
        assert f"Remove that with: sudo {program()} schedule systemd --config {machine}/config.toml --as jo --remove" in said
    assert called(["systemd", *config, "--as", "jo", "--remove"]) == 0
    assert called(["systemd", *config, "--install"]) == 0
    assert called(["systemd", *config, "--as", "jo", "--remove"]) == 1
    assert f"Remove that with: {program()} schedule systemd --config {machine}/config.toml --remove" in capfd.readouterr().err


@POSIX
def test_removing_says_which_units_of_the_system_this_user_may_not_read(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    unit = machine / "system/onoffice-sync-x.service"
    unit.parent.mkdir()
    unit.write_text("", encoding="utf-8")
    whole = Path.read_text

    def closed(path: Path, **how: str) -> str:
        if path == unit:
            raise PermissionError(errno.EACCES, "closed")
        return whole(path, **how)

    monkeypatch.setattr(Path, "read_text", closed)

    assert called(["systemd", "--config", str(machine / "config.toml"), "--remove"]) == 0
    said = capfd.readouterr().out
    assert str(unit) in said
    assert f"sudo {program()} schedule systemd --config {machine}/config.toml --remove" in said


@POSIX
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["systemd", "--as", "jo"], ["cron"]),
        (["cron"], ["systemd", "--as", "jo"]),
        (["systemd"], ["systemd", "--as", "jo"]),
        (["systemd", "--watch"], ["cron"]),
    ],
)
def test_nothing_is_installed_beside_another_start_of_the_same_office(
    machine: Path, capfd: pytest.CaptureFixture[str], first: list[str], second: list[str]
) -> None:
    config = ["--config", str(machine / "config.toml")]
    assert called([*first, *config, "--install"]) == 0
    before = everything(machine)

    assert called([*second, *config, "--install"]) == 2
    command = capfd.readouterr().err.partition("Remove that first with: ")[2]
    assert everything(machine) == before

    assert called([*command.removeprefix("sudo ").removeprefix(program()).split()[1:]]) == 0
    assert called([*second, *config, "--install"]) == 0


@POSIX
@pytest.mark.parametrize("watch", [[], ["--watch"]])
@pytest.mark.parametrize("folder_first", [True, False])
def test_an_office_is_not_started_by_itself_and_with_its_folder(
    machine: Path, capfd: pytest.CaptureFixture[str], *, watch: list[str], folder_first: bool
) -> None:
    folder, alone = ["--config", str(machine)], ["--config", str(machine / "config.toml"), *watch]
    first, second = (folder, alone) if folder_first else (alone, folder)
    assert called(["systemd", *first, "--install"]) == 0
    before = everything(machine)

    assert called(["systemd", *second, "--install"]) == 2
    assert f"schedule systemd {' '.join(first[:2])} --remove" in capfd.readouterr().err
    assert everything(machine) == before


def everything(folder: Path) -> dict[Path, str]:
    """All units and crontabs."""
    return {path: path.read_text() for path in [*folder.glob("system/*"), *folder.glob("own/*"), *folder.glob("*.tab")]}


@POSIX
@pytest.mark.parametrize("kind", ["systemd", "cron"])
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root gives folders away")
def test_no_start_is_installed_for_a_user_who_can_neither_read_the_configuration_nor_has_the_state_folder(
    machine: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    arguments = [kind, "--config", str(machine / "config.toml"), "--install", "--as"]
    (machine / "state").mkdir(mode=0o700)
    (machine / "credentials.env").write_text("", encoding="utf-8")
    for path in (machine, machine / "config.toml", machine / "state"):
        shutil.chown(path, "daemon")
        path.chmod(0o700)

    assert called([*arguments, "nobody"]) == 2
    said = capfd.readouterr().err
    assert not everything(machine)
    assert f"nobody may not read {machine}/config.toml" in said
    assert f"state folder {machine}/state" in said
    assert f"sudo chown -R nobody {machine}/state" in said
    assert (f"nobody may not read {machine}/credentials.env" in said) == (kind == "cron")
    assert f"schedule {kind} --config {machine}/config.toml --as daemon --at 04:30 --install" in said


@POSIX
@pytest.mark.parametrize("kind", ["systemd", "cron"])
@pytest.mark.parametrize(("of_whom", "root"), [("config.toml", True), ("state", True), ("state", False)])
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root gives folders away")
def test_whoever_forgets_to_name_the_user_of_the_state_folder_gets_no_start_but_the_command_that_names_that_user(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], kind: str, of_whom: str, *, root: bool
) -> None:
    monkeypatch.setattr("sync.setup.schedule.is_root", lambda: root)
    monkeypatch.setattr("sync.cli.setup.user_name", lambda: "root" if root else "nobody")
    arguments = [kind, "--config", str(machine / "config.toml"), "--install"]
    (machine / "state").mkdir(mode=0o700)
    for name in {"state", of_whom}:
        shutil.chown(machine / name, "daemon")

    assert called(arguments) == 2
    said = capfd.readouterr().err
    assert not everything(machine)
    assert f"state folder {machine}/state: it belongs to another user" in said
    assert ("chown -R root" in said, f"sudo chown -R nobody {machine}/state" in said) == (False, not root)
    start = program() if root else f"sudo {program()}"
    assert f"{start} schedule {kind} --config {machine}/config.toml --as daemon --at 04:30 --install" in said


@POSIX
@pytest.mark.parametrize("kind", ["systemd", "cron"])
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root gives folders away")
def test_a_plain_user_who_cannot_read_what_a_run_reads_gets_no_start(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    monkeypatch.setattr("sync.cli.setup.user_name", lambda: "nobody")
    (machine / "credentials.env").write_text("", encoding="utf-8")
    (machine / "credentials.env").chmod(0o600)
    with tempfile.TemporaryDirectory() as reached:  # pytest's own folders are closed to everybody else
        place = shutil.copytree(machine, Path(reached).resolve() / "office")
        for folder in (place.parent, place):
            folder.chmod(0o777)

        assert called([kind, "--config", str(place / "config.toml"), "--install"]) == 2
        assert not everything(machine)
        assert f"nobody may not read {place}/credentials.env" in capfd.readouterr().err
        (place / "credentials.env").chmod(0o644)
        assert called([kind, "--config", str(place / "config.toml"), "--install"]) == 0


@POSIX
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root gives folders away")
def test_no_start_is_installed_for_a_user_who_cannot_write_where_a_run_writes(
    machine: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with tempfile.TemporaryDirectory() as reached:  # pytest's own folders are closed to everybody else
        place = Path(reached).resolve()
        shutil.copy(machine / "config.toml", place)
        for name, mode, owner in [
            ("", 0o755, "root"),
            ("drop", 0o755, "root"),
            ("results", 0o777, "root"),
            ("state", 0o700, "nobody"),
        ]:
            (place / name).mkdir(exist_ok=True)
            (place / name).chmod(mode)
            shutil.chown(place / name, owner)
        arguments = ["cron", "--config", str(place / "config.toml"), "--install", "--as", "nobody"]

        assert called(arguments) == 2
        said = capfd.readouterr().err
        assert not everything(machine)
        assert f"Drop folder {place}/drop: files cannot be created: {place}/drop is closed to nobody. Give the user" in said
        assert f"Archive {place}/archive cannot be made: {place} is closed to nobody. Make the folder" in said
        assert f"{place}/results" not in said
        assert f"{place}/state" not in said

        place.chmod(0o777)
        (place / "drop").chmod(0o777)
        assert called(arguments) == 0


@POSIX
def test_whether_a_user_can_open_a_file_is_decided_by_owner_group_and_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Path, "stat", lambda path: os.stat_result((modes[path.name], 0, 0, 1, owners[path.name], 4242, 0, 0, 0, 0))
    )
    import pwd  # noqa: PLC0415 - there is none on Windows

    nobody = pwd.getpwnam("nobody").pw_uid
    path, modes, owners = Path("/a/b"), {"": 0o755, "a": 0o755, "b": 0o644}, {"": 0, "a": 0, "b": 0}

    assert closed_to("nobody", path, os.R_OK) is None
    assert closed_to("nobody", path, os.R_OK | os.W_OK) == path
    modes["a"] = 0o700
    assert closed_to("nobody", path, os.R_OK) == Path("/a")
    assert closed_to("root", path, os.R_OK) is None
    owners["a"] = nobody
    assert closed_to("nobody", path, os.R_OK) is None
    modes["a"] = 0o077  # the owner is not among the others
    assert closed_to("nobody", path, os.R_OK) == Path("/a")
    monkeypatch.setattr("sync.system.process._has_access_list", lambda _path: True)
    assert closed_to("nobody", path, os.R_OK) is None


@POSIX
def test_half_of_an_installation_goes_where_somebody_else_has_the_other_half(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(office, monkeypatch, "systemctl", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))
    timer = office / "home/systemd/user/onoffice-sync-nord.timer"
    timer.parent.mkdir(parents=True)
    timer.write_bytes(b"[Timer]\n# \xfc\n")

    assert called(["systemd", "--config", str(office / "config.toml"), "--install"]) == 1
    assert list(timer.parent.iterdir()) == [timer]
    assert timer.read_bytes() == b"[Timer]\n# \xfc\n"


@POSIX
def test_a_system_without_the_scheduler_is_told(
    office: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(office))

    for kind, tool in (("cron", "crontab"), ("windows", "schtasks")):
        assert called([kind, "--config", str(office / "config.toml"), "--install"]) == 1
        assert f"{tool} cannot be started" in capfd.readouterr().err


@POSIX
def test_remove_takes_back_what_install_did_and_nothing_of_anybody_else(
    office: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    log = fake(office, monkeypatch, "systemctl", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))
    units, arguments = office / "home/systemd/user", ["systemd", "--config", str(office / "config.toml")]
    (office / "other.toml").write_text('office = "Nord"\n[report]\nlanguage = "en"', encoding="utf-8")

    assert called([*arguments, "--remove"]) == 0
    assert "Nothing to remove" in capfd.readouterr().out
    assert called([*arguments, "--install"]) == 0
    assert called(["systemd", "--config", str(office / "other.toml"), "--remove"]) == 0
    assert len(list(units.iterdir())) == 2
    log.unlink()
    assert called([*arguments, "--remove"]) == 0

    assert list(units.iterdir()) == []
    assert log.read_text().splitlines() == [
        "--user disable --now onoffice-sync-nord.service onoffice-sync-nord.timer",
        "--user daemon-reload",
    ]
    assert called([*arguments, "--install", "--remove"]) == 2


@POSIX
def test_the_watching_service_takes_the_place_of_the_nightly_start_and_is_removed_like_it(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = fake(office, monkeypatch, "systemctl", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))
    units, arguments = office / "home/systemd/user", ["systemd", "--config", str(office / "config.toml")]

    assert called([*arguments, "--install"]) == 0
    assert called([*arguments, "--install", "--watch"]) == 0
    (unit,) = units.iterdir()
    assert unit.name == "onoffice-sync-nord-watch.service"
    assert f'"watch" "--config" "{office}/config.toml"' in unit.read_text()
    assert "--user enable --now onoffice-sync-nord-watch.service" in log.read_text()
    assert "--user disable --now onoffice-sync-nord.service onoffice-sync-nord.timer" in log.read_text()
    assert called([*arguments, "--remove"]) == 0
    assert list(units.iterdir()) == []

    assert called(["cron", "--config", str(office / "config.toml"), "--watch"]) == 2


@POSIX
def test_a_watching_service_that_does_not_start_leaves_nothing_half_done(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(office, monkeypatch, "systemctl", 'case "$*" in *enable*) echo no >&2; exit 1;; esac')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))

    assert called(["systemd", "--config", str(office / "config.toml"), "--install", "--watch"]) == 1
    assert not (office / "home").exists()


def test_the_watching_task_starts_with_the_machine_and_is_ended_by_no_limit_of_time() -> None:
    task = ET.fromstring(WindowsTask(replace(WINDOWS_SAMPLE, watch=True)).printed())  # noqa: S314 - our own text

    assert task.find(f"{TASKS}Triggers/{TASKS}BootTrigger") is not None
    assert task.find(f"{TASKS}Triggers/{TASKS}CalendarTrigger") is None
    assert task.findtext(f"{TASKS}Settings/{TASKS}ExecutionTimeLimit") == "PT0S"
    assert (task.findtext(f"{TASKS}Actions/{TASKS}Exec/{TASKS}Arguments") or "").startswith("watch --config ")


@POSIX
def test_the_service_of_the_system_gets_the_credentials_from_the_service_manager_where_there_are_any(tmp_path: Path) -> None:
    plan = night(tmp_path / "office", "jo")

    assert f"LoadCredential=credentials.env:{tmp_path}/office/credentials.env" in Systemd(plan).units()[0][1]
    assert "credentials.env" not in Systemd(replace(plan, with_file=False)).units()[0][1]
    assert "credentials.env" not in Systemd(replace(plan, run_as=None)).units()[0][1]


@POSIX
def test_remove_takes_the_line_out_of_the_crontab_and_keeps_the_others(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = fake(office, monkeypatch, "crontab", CRONTAB).with_suffix(".log.tab")
    arguments = ["cron", "--config", str(office / "config.toml")]
    table.write_text("MAILTO=it@example.org\n", encoding="utf-8")

    assert called([*arguments, "--install"]) == called([*arguments, "--remove"]) == called([*arguments, "--remove"]) == 0
    assert table.read_text() == "MAILTO=it@example.org\n"


@POSIX
def test_remove_leaves_no_empty_crontab_behind(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = fake(office, monkeypatch, "crontab", CRONTAB).with_suffix(".log.tab")
    arguments = ["cron", "--config", str(office / "config.toml")]

    assert called([*arguments, "--install"]) == called([*arguments, "--remove"]) == called([*arguments, "--remove"]) == 0
    assert not table.exists()


@POSIX
def test_where_the_crontab_starts_it_removing_from_systemd_says_so(
    office: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fake(office, monkeypatch, "crontab", CRONTAB)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office / "home"))
    arguments = ["--config", str(office / "config.toml")]
    assert called(["cron", *arguments, "--install"]) == 0

    assert called(["systemd", *arguments, "--remove"]) == 1
    assert f"Remove that with: {program()} schedule cron " in capfd.readouterr().err
    assert called(["cron", *arguments, "--remove"]) == called(["systemd", *arguments, "--remove"]) == 0


@POSIX
def test_a_user_whom_the_machine_does_not_know_is_told_and_gets_no_service(
    office: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for kind in ("systemd", "cron"):
        arguments = [kind, "--config", str(office / "config.toml"), "--as", "jo-nobody"]

        assert (called(arguments), called([*arguments, "--install"])) == (2, 2)
        said = capfd.readouterr()
        assert said.err.count("There is no user jo-nobody on this machine") == 2
        assert said.out == ""


@POSIX
def test_install_puts_the_line_into_the_crontab_once_and_keeps_the_others(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = fake(office, monkeypatch, "crontab", CRONTAB).with_suffix(".log.tab")
    arguments = ["cron", "--config", str(office / "config.toml"), "--install"]

    assert called(arguments) == 0
    table.write_text("MAILTO=it@example.org\n" + table.read_text(), encoding="utf-8")
    assert called([*arguments, "--at", "23:59"]) == 0

    mailto, mark, line = table.read_text().splitlines()
    assert mailto == "MAILTO=it@example.org"
    assert mark == f"# Written by onoffice-sync schedule: {office}/config.toml"
    assert line.startswith("59 23 * * * umask 007 && exec ")


@POSIX
def test_the_crontab_of_the_user_that_is_named_is_the_one_that_is_written(
    office: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    log = fake(office, monkeypatch, "crontab", '[ "$3" != - ] || cat >"$log.tab"')
    monkeypatch.setattr("sync.cli.setup.is_user", lambda _name: True)
    arguments = ["cron", "--config", str(office / "config.toml"), "--as", "jo"]

    assert called(arguments) == called([*arguments, "--install"]) == 0
    assert log.read_text().splitlines()[-2:] == ["-u jo -l", "-u jo -"]
    assert log.with_suffix(".log.tab").read_text().startswith("# Written by onoffice-sync schedule: ")
    said = capfd.readouterr()
    assert "Put both lines into the crontab of jo: crontab -u jo -e\nOr let it be done as root: --install." in said.err
    assert "(mode 600; the file belongs to jo)" in said.err
    assert "(mode 600; the file belongs to jo)" in said.out


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_passes_over_the_user_that_is_named(
    office: Path, kind: Scheduler, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.cli.setup.is_user", lambda _name: True)
    assert called([kind, "--config", str(office / "config.toml"), "--as", "jo-nobody"]) == 0
    assert "jo-nobody" in "".join(capfd.readouterr())


@pytest.mark.parametrize("kind", list(Scheduler))
def test_a_user_without_a_name_is_a_wrong_use(office: Path, kind: Scheduler) -> None:
    assert called([kind, "--config", str(office / "config.toml"), "--as", " "]) == 2


@POSIX
def test_install_hands_the_task_over_in_the_encoding_that_windows_wants(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = fake(office, monkeypatch, "schtasks", 'cp "$6" "$log.xml"')
    arguments = ["windows", "--config", str(office / "config.toml"), "--as", r"OFFICE\jo", "--install"]

    assert called(arguments) == 0
    assert log.read_text().startswith("/Create /F /TN onoffice-sync-nord /XML /")
    assert log.with_suffix(".log.xml").read_text(encoding="utf-16").startswith('<?xml version="1.0"?>\n<Task')


@POSIX
@pytest.mark.parametrize("name", AWKWARD)
def test_install_replaces_no_task_that_starts_another_office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    log = fake(tmp_path, monkeypatch, "schtasks", "")
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))
    folder = tmp_path / name.replace('"', "")  # which no path of Windows holds
    folder.mkdir()
    first, second = folder / "first.toml", folder / "second.toml"
    for path in (first, second):
        path.write_text('[report]\nlanguage = "en"', encoding="utf-8")
    kept = tmp_path / "System32/Tasks/onoffice-sync"
    kept.parent.mkdir(parents=True)
    of_first = replace(night(folder), config=first)
    kept.write_text(WindowsTask(of_first).printed(), encoding="utf-16")

    assert called(["windows", "--config", str(second), "--install"]) == 1
    assert f"The task onoffice-sync is there already and starts {first}." in capfd.readouterr().err
    assert not log.exists()
    assert called(["windows", "--config", str(first), "--install"]) == 0


@POSIX
def test_a_refused_task_is_told(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(office, monkeypatch, "schtasks", "exit 1")

    assert called(["windows", "--config", str(office / "config.toml"), "--install"]) == 1


@POSIX
@pytest.mark.parametrize("on", ["never", "daily"])
def test_the_service_may_write_work_lists_where_they_come_by_themselves(
    office: Path, capfd: pytest.CaptureFixture[str], on: str
) -> None:
    with (office / "config.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[worklist]\nfolder = '{office}/lists'\non = '{on}'\n")
    assert called(["systemd", "--as", "root", "--config", str(office / "config.toml")]) == 0

    (line,) = (line for line in capfd.readouterr().out.splitlines() if line.startswith("ReadWritePaths="))
    assert (f'"-{office}/lists"' in line) is (on == "daily")


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_said_by_whose_clock_the_night_begins(office: Path, capfd: pytest.CaptureFixture[str], kind: Scheduler) -> None:
    """A server often keeps UTC, and 04:30 there is in the middle of the night or of breakfast in the office."""
    assert called([kind, "--config", str(office / "config.toml"), "--at", "03:05"]) == 0

    assert "The start at 03:05 is by the clock of this machine (" in capfd.readouterr().err


def test_a_path_with_a_line_break_is_refused(tmp_path: Path) -> None:
    from sync.config import Config  # noqa: PLC0415 - only here

    with pytest.raises(SyncError, match="line break"):
        schedule.night_of(Config(base=tmp_path), tmp_path / "a\nb" / "config.toml", dt.time(3), None)


@pytest.mark.parametrize(("platform", "kind"), [("linux", "systemd"), ("win32", "windows"), ("darwin", "cron")])
def test_the_usual_scheduler_of_the_system_is_taken(monkeypatch: pytest.MonkeyPatch, platform: str, kind: str) -> None:
    chosen: Callable[[], Scheduler] = usual
    monkeypatch.setattr(sys, "platform", platform)

    assert chosen() == kind
