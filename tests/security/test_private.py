"""What only the job needs is its user's alone; what staff need stays as the admin made it."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from sync import dropfolder as folder
from sync.confined import parent as process
from sync.confined import template
from sync.dropfolder import Folders
from sync.system.process import UMASK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Kit, Office

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows keeps such rights elsewhere")


@pytest.fixture
def generous_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}


@pytest.mark.usefixtures("generous_umask")
def test_state_folder_and_ledger_are_the_users_alone_however_generous_the_umask(office: Office) -> None:
    office.drop_csv("a.csv", [(70001, 90001, "bestätigt", "")])
    office.run()
    found = modes(office.folder / "state")

    assert found["state"] == 0o700
    assert {name: mode for name, mode in found.items() if name.startswith("ledger") and mode & 0o077} == {}


@pytest.mark.usefixtures("generous_umask")
def test_a_state_folder_that_was_open_is_closed_and_the_others_stay_as_they_were(office: Office) -> None:
    for name in ("archive", "refused", "results"):
        (office.folder / name).mkdir(mode=0o775)
    (office.folder / "state").mkdir(mode=0o755)
    office.run()

    assert {name: modes(office.folder)[name] for name in ("archive", "refused", "results", "drop")} == {
        "archive": 0o775,
        "refused": 0o775,
        "results": 0o775,
        "drop": 0o777,
    }
    assert modes(office.folder)["state"] == 0o700


def test_staff_may_edit_what_a_nightly_start_hands_back_and_what_is_the_jobs_alone_stays_so(office: Office) -> None:
    (office.drop / "sub").mkdir()
    office.drop_workbook("a.xlsx", [(70001, 90001, "bestätigt", ""), (70001, 90002, "vielleicht", "")])
    office.drop_csv("sub/b.csv", [("x", 90001, "bestätigt", "")])
    office.drop_csv("leer.csv", [])
    before = os.umask(UMASK)
    try:
        office.run()
    finally:
        os.umask(before)
    made = [path for name in ("results", "refused") for path in (office.folder / name).rglob("*") if path.name != "leer.csv"]
    found = {path.relative_to(office.folder).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in made}

    assert {".xlsx", ".html", ".json", ".txt"} <= {path.suffix for path in made}
    assert sum("zu korrigieren" in name for name in found) == 2, found
    assert found == {name: 0o770 if (office.folder / name).is_dir() else 0o660 for name in found}
    state = modes(office.folder / "state")
    assert (state["state"], {mode for name, mode in state.items() if name.startswith("ledger")}) == (0o700, {0o600})


def test_staff_may_edit_what_a_run_by_hand_hands_back_where_the_folder_is_their_groups(office: Office) -> None:
    for name in ("results", "refused"):
        (office.folder / name).mkdir()
        (office.folder / name).chmod(0o2770)
    office.drop_workbook("a.xlsx", [(70001, 90001, "bestätigt", ""), (70001, 90002, "vielleicht", "")])
    office.drop_csv("leer.csv", [])
    assert office.command("run").returncode == 3
    made = [path for path in (office.folder / "results").rglob("*") if path.name != "leer.csv"]
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made}

    assert found == {path.name: 0o2770 if path.is_dir() else 0o660 for path in made}
    assert any("zu korrigieren" in name for name in found)
    assert modes(office.folder / "state")["state"] == 0o700


@pytest.mark.usefixtures("generous_umask")
def test_a_file_in_work_lies_where_nobody_else_can_look(tmp_path: Path) -> None:
    made = Folders(*(tmp_path / name for name in ("drop", "archive", "refused", "results", "state")))
    folder.prepare(made)
    (made.drop / "a.csv").write_text("a", encoding="utf-8")
    (seen,) = folder.settled(made, settle_seconds=0, sleep=lambda _: None).settled
    folder.claim(made, "r1", seen)

    assert stat.S_IMODE(made.state.stat().st_mode) == 0o700


def test_the_process_that_reads_a_strangers_file_has_neither_token_nor_secret(
    office: Office, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    template.close()  # the next one begins with what the environment holds by then
    given: list[dict[str, str]] = []
    popen = subprocess.Popen

    def watched(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 - handed on
        given.append(options["env"])
        return popen(*arguments, **options)

    monkeypatch.setattr(process.subprocess, "Popen", watched)
    monkeypatch.setenv("ONOFFICE_TOKEN", kit.token)
    monkeypatch.setenv("ANY_OTHER_NAME", kit.secret)
    office.drop_workbook("a.xlsx", [(70001, 90001, "bestätigt", "")])
    finished = office.run()

    assert finished.info.exit_code == 0
    assert given
    assert not [name for env in given for name, value in env.items() if kit.token in value or kit.secret in value]
