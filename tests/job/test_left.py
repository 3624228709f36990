"""A file that was not read is never passed over: every place where people and programs look tells of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from sync.model import ExitCode

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
def test_a_night_whose_only_file_may_not_be_read_is_told_and_written_down(office: Office) -> None:
    office.make_folders()
    (office.drop / "Verknüpfung.csv").symlink_to(office.config)

    for text in told(office):
        assert "Keine Zeile gelesen; 1 Datei war nicht lesbar." in text
        assert "nichts zu tun" not in text

    (report,) = office.reports()
    assert report["run"]["exit_code"] == ExitCode.ROWS_NEED_A_PERSON
    shown = office.command("show", "last").stdout.decode()
    assert "im Ablageordner geblieben: " in shown
    assert office.places()["drop"] == ["Verknüpfung.csv"]


@POSIX
def test_the_same_file_out_of_reach_makes_every_night_red_and_is_written_down_once(office: Office) -> None:
    office.make_folders()
    (office.drop / "Verknüpfung.csv").symlink_to(office.config)

    codes = [office.run().exit_code for _ in range(3)]
    (office.drop / "noch eine.csv").symlink_to(office.config)
    office.run()

    assert codes == [ExitCode.ROWS_NEED_A_PERSON] * 3
    assert [len(report["run"]["left"]) for report in office.reports()] == [1, 2]


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
