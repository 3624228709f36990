"""A file that was not read is never passed over: every place where people and programs look tells of it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from sync.domain.model import ExitCode

if TYPE_CHECKING:
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no such links without a right to")


def told(office: Office) -> list[str]:
    """What `run`, the overview page and `history` say: the command's output, the page, the table."""
    said = office.command("run").stdout.decode()
    return [said, (office.folder / "results" / "index.html").read_text("utf-8"), office.command("history").stdout.decode()]


@POSIX
def test_report_json_tells_what_was_left_unread_and_why(office: Office, api: Running, kit: type[Kit]) -> None:
    world = kit.plain_world(1)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    (office.drop / "Verknüpfung.csv").symlink_to(office.config)

    assert office.run().exit_code is ExitCode.ROWS_NEED_A_PERSON

    (report,) = office.reports()
    (left,) = report["run"]["left"]
    assert (left["file"], left["code"]) == ("Verknüpfung.csv", "not_a_file")
    assert left["message"].startswith("Verknüpfung.csv: ")
    assert (report["run"]["unreadable"], report["run"]["waiting"]) == (1, 0)


@POSIX
def test_a_night_whose_only_file_may_not_be_read_is_red_each_time_and_no_run_is_written_down(office: Office) -> None:
    office.make_folders()
    (office.drop / "Verknüpfung.csv").symlink_to(office.config)

    for _ in range(2):
        done = office.command("run")

        assert done.returncode == ExitCode.ROWS_NEED_A_PERSON
        assert "Keine Zeile gelesen; 1 Datei war nicht lesbar." in done.stdout.decode()
        assert "Verknüpfung.csv: " in done.stdout.decode()

    assert office.reports() == [], "nothing was read, so no run is there to be shown or taken back"
    assert office.places()["drop"] == ["Verknüpfung.csv"]


@POSIX
def test_a_file_that_may_not_be_read_beside_one_that_can_is_told_everywhere(office: Office, api: Running, kit: type[Kit]) -> None:
    world = kit.plain_world(2)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    (office.drop / "Verknüpfung.csv").symlink_to(office.config)

    for text in told(office):
        assert "Beide Zeilen sind erledigt; 1 Datei war nicht lesbar." in text
    assert "noch im Ablageordner: " in office.command("show", "last").stdout.decode()


def test_a_night_whose_only_file_is_no_table_is_told_as_that_everywhere(office: Office) -> None:
    office.make_folders()
    (office.drop / "brief.pdf").write_bytes(b"xx")

    for text in told(office):
        assert "Keine Zeile gelesen; 1 Datei war nicht lesbar." in text
        assert "nichts zu tun" not in text


def test_a_file_that_is_only_open_makes_no_night_red_but_is_told(office: Office, api: Running, kit: type[Kit]) -> None:
    api.put_state(kit.plain_world(1).seed)
    office.drop_csv("offen.csv", kit.plain_world(1).rows)
    (office.drop / "~$offen.csv").touch()

    done = office.command("run")

    assert done.returncode == ExitCode.OK
    assert "Keine Zeile gelesen; 1 Datei wartet noch im Ablageordner." in done.stdout.decode()
    assert office.reports() == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is text")
def test_a_name_that_is_no_utf8_keeps_neither_its_file_nor_others_from_being_read(
    office: Office, api: Running, kit: type[Kit]
) -> None:
    world = kit.plain_world(2)
    api.put_state(world.seed)
    office.drop_csv("gut.csv", world.rows[:1])
    path = office.drop_csv("latin.csv", world.rows[1:])
    path.rename(path.with_name(os.fsdecode(b"M\xe4rz.csv")))

    done = office.command("run")

    assert done.returncode == 0, done.stderr
    assert "Beide Zeilen sind erledigt." in done.stdout.decode()
    assert office.command("history").stdout.decode().count("gut.csv, M\ufffdrz.csv") == 1
    (archived,) = (office.folder / "archive").iterdir()
    assert sorted(os.fsencode(each.name) for each in archived.iterdir()) == [b"M\xe4rz.csv", b"gut.csv"]
    assert office.run().info.requests == 0, "nothing is left"


def test_a_drop_folder_that_is_gone_later_makes_a_run_fail_and_is_not_made_anew(
    office: Office, api: Running, kit: type[Kit]
) -> None:
    api.put_state(kit.plain_world(1).seed)
    office.drop_csv("a.csv", kit.plain_world(1).rows)
    office.run()
    office.drop.rmdir()

    done = office.command("run")

    assert done.returncode == ExitCode.FAILED
    assert b"gibt es nicht mehr" in done.stderr
    assert not office.drop.exists()
