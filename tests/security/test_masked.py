"""Token and secret stand in the environment and in requests, and nowhere that anybody can read: not even at debug level."""

from __future__ import annotations

import gc
import http.client
import logging
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command

from sync.cli import app as cli

if TYPE_CHECKING:
    import subprocess

    from conftest import Kit, Office

    from sync.simulator import Running

COMMANDS = [
    ["run"],
    ["run", "--dry-run"],
    ["run", "--json"],
    ["run", "--verbose"],
    ["doctor"],
    ["doctor", "--json", "--appointment", "70001"],
    ["check", "drop/a.csv"],
    ["schedule", "cron"],
    ["schedule", "systemd", "--as", "nobody"],
    ["schedule", "windows"],
    ["history"],
    ["show", "RUN"],
    ["undo", "RUN", "--yes"],
]


def is_known(arguments: list[str]) -> bool:
    """Whether the command and all its options are there."""
    command = get_command(cli.app).commands.get(arguments[0])  # type: ignore[attr-defined]  # a group
    options = {name for parameter in command.params for name in parameter.opts} if command else set()
    return bool(command) and {word for word in arguments if word.startswith("--")} <= options


def leaks(content: bytes, kit: type[Kit]) -> bool:
    return kit.token.encode() in content or kit.secret.encode() in content


def holding(folder: Path, kit: type[Kit]) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and any(leaks(part, kit) for part in contents(path))]


def contents(path: Path) -> list[bytes]:
    if not zipfile.is_zipfile(path):
        return [path.read_bytes()]
    with zipfile.ZipFile(path) as archive:
        return [path.read_bytes(), *(archive.read(name) for name in archive.namelist())]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_command_prints_or_writes_them(office: Office, kit: type[Kit], arguments: list[str]) -> None:
    if not is_known(arguments):
        pytest.skip("there is no such command yet")
    if arguments[0] in {"history", "show", "undo"}:
        office.drop_csv("a.csv", [(70001, 90001, "bestätigt", "")])
        run = office.run().info.id
        arguments = [run if word == "RUN" else word for word in arguments]
    office.drop_csv("a.csv", [(70001, 90001, "bestätigt", ""), (70001, 90001, "gesendet", "")])
    done = office.command(*arguments)

    assert done.returncode in {0, 3}, done.stderr
    assert not leaks(done.stdout + done.stderr, kit)
    assert holding(office.folder, kit) == []


def test_the_libraries_log_none_at_debug_level(
    office: Office, kit: type[Kit], api: Running, caplog: pytest.LogCaptureFixture
) -> None:
    for faults in ([], [{"on": "every", "do": "drop_after"}], [{"on": "every", "do": "status", "code": 500}]):
        api.put_faults(faults)
        office.drop_csv("a.csv", [(70001, 90001, "bestätigt", "")])
        with caplog.at_level(logging.DEBUG):
            office.run()

    assert "api.php" in caplog.text
    assert not leaks(caplog.text.encode(), kit)


def test_a_leak_into_a_log_or_a_packed_file_would_be_found(kit: type[Kit], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.xml", f"<x>{kit.secret}</x>")

    assert holding(tmp_path, kit) == [tmp_path / "x.xlsx"]
    assert http.client.HTTPConnection.debuglevel == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows processes as files")
def test_no_command_line_of_the_job_or_its_children_holds_them(office: Office, kit: type[Kit], api: Running) -> None:
    api.put_options({"latency_ms": 300})
    office.drop_csv("a.csv", [(70001, 90001, "bestätigt", "")])
    office.drop_workbook("b.xlsx", [(70001, 90001, "bestätigt", "")])
    process = office.start("run")
    lines: set[bytes] = set()
    while process.poll() is None:
        lines |= command_lines(process)
        time.sleep(0.002)
    said = process.communicate()

    assert process.returncode == 0
    assert any(b"sync.confined.template" in line for line in lines)
    assert not [line for line in lines if leaks(line, kit)]
    assert not leaks(b"".join(said), kit)


def command_lines(process: subprocess.Popen[bytes]) -> set[bytes]:
    """The command lines of a process and of its children, as everybody on the machine can read them."""
    numbers = [process.pid]
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
        numbers += map(int, children.split())
        return {Path(f"/proc/{number}/cmdline").read_bytes() for number in numbers}
    except OSError:  # it has just ended
        return set()


def test_an_exception_told_with_all_its_values_shows_none(
    office: Office, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an error reporter would send: every local value, as `repr` shows it, but for the two that hold them."""
    from sync.onoffice import client  # noqa: PLC0415 - only here

    def broken(*_: object) -> None:
        raise LookupError("no idea")

    monkeypatch.setattr(client, "decode", broken)
    office.drop_csv("a.csv", [(70001, 90001, "bestätigt", "")])
    with pytest.raises(LookupError) as caught:
        office.run()

    frame = caught.tb
    told = []
    while frame:
        if "tests" not in frame.tb_frame.f_code.co_filename:
            told += [repr(value) for name, value in frame.tb_frame.f_locals.items() if name not in {"credentials", "body"}]
        frame = frame.tb_next  # type: ignore[assignment]  # ends with None
    del caught
    gc.collect()

    assert told
    assert not leaks("".join(told).encode(), kit)
