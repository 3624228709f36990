"""Token and secret get into the requests and nowhere else, whatever goes wrong."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from sync import config
from sync.cli import app as cli
from sync.job import run as job
from sync.job.context import Job, Runtime
from sync.onoffice.wire import Credentials

if TYPE_CHECKING:
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

TROUBLES: list[list[dict[str, object]]] = [
    [],
    [{"on": "every", "do": "garbage"}],
    [{"on": "every", "do": "drop_after"}],
    [{"on": "every", "do": "truncate"}],
    [{"on": "every", "do": "status", "code": 500}],
    [{"on": "every", "verb": "modify", "do": "drop_after"}],
    [{"on": "every", "verb": "modify", "do": "action_error", "code": 156}],
    [{"on": "every", "do": "action_error", "code": 140}],
    [{"on": "every", "do": "status", "code": 413}],
]


def held(folder: Path, kit: type[Kit]) -> list[Path]:
    secrets = (kit.token.encode(), kit.secret.encode())
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path for path in files if any(secret in content for secret in secrets for content in contents(path))]


def contents(path: Path) -> list[bytes]:
    whole = [path.read_bytes()]
    if not zipfile.is_zipfile(path):
        return whole
    with zipfile.ZipFile(path) as archive:
        return whole + [archive.read(name) for name in archive.namelist()]


def test_no_file_that_a_run_writes_holds_them_whatever_happened(
    tmp_path: Path, office: Office, api: Running, kit: type[Kit]
) -> None:
    world = kit.plain_world(8)
    for faults in TROUBLES:
        api.put_state(world.seed)
        api.put_faults(faults)
        office.drop_csv("a.csv", world.rows)
        (office.drop / "kaputt.xlsx").write_bytes(b"PK\x03\x04")
        office.run()

    assert len(office.reports()) == len(TROUBLES)
    assert held(tmp_path, kit) == []


@pytest.mark.parametrize("arguments", [["run"], ["run", "--json"], ["run", "--dry-run"]])
@pytest.mark.parametrize("wrong", ["nothing", "secret"])
def test_no_output_of_a_command_holds_them(
    office: Office, api: Running, kit: type[Kit], arguments: list[str], *, wrong: str
) -> None:
    world = kit.plain_world(8)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    if wrong == "secret":
        office.secret = office.secret[::-1]

    done = office.command(*arguments)

    assert done.returncode == (1 if wrong == "secret" else 0)
    for secret in (kit.token, office.secret):
        assert secret.encode() not in done.stdout + done.stderr
    assert held(office.folder, kit) == []


def test_a_mistake_of_this_program_is_told_without_the_values_it_had_in_hand(
    office: Office, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(_config: object, credentials: object, *_: object, **_more: object) -> None:
        raise LookupError(f"no idea what to do with {credentials} at {api.url}")

    monkeypatch.setattr(job, "run", broken)
    monkeypatch.setenv("ONOFFICE_TOKEN", kit.token)
    monkeypatch.setenv("ONOFFICE_SECRET", kit.secret)
    with pytest.raises(SystemExit) as left:
        cli.main(["run", "--config", str(office.config)])

    said = capfd.readouterr()
    assert left.value.code == 1
    assert "Ein Fehler in diesem Programm (LookupError)" in said.err
    assert kit.token not in said.out + said.err
    assert kit.secret not in said.out + said.err


def test_values_that_hold_them_do_not_show_them(office: Office, kit: type[Kit]) -> None:
    values = (
        Job(config.load(office.config), (kit.token, kit.secret), Runtime(), None, "r1"),  # type: ignore[arg-type]  # no ledger
        Credentials(kit.token, kit.secret),
    )

    assert not any(secret in repr(value) for value in values for secret in (kit.token, kit.secret))
