"""What an earlier run has brought about and somebody has changed since is not set back by an old sheet."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, Row

ONE, TWO, THREE = (70_001, 90_001), (70_001, 90_002), (70_002, 90_003)
BEFORE = dict.fromkeys((ONE, TWO, THREE), ("gesendet", "inaktiv"))


@pytest.fixture
def three(api: Running, office: Office, kit: type[Kit]) -> Office:
    api.put_state(kit.seeded(BEFORE, 90_009))
    office.has_written_before()
    return office


def night(office: Office, name: str, *rows: Row) -> dict[str, Any]:
    office.drop_csv(name, rows)
    office.run()
    report: dict[str, Any] = office.reports()[-1]
    return report


def outcomes(report: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        (row["outcome"], [problem["code"] for problem in row["problems"]]) for file in report["files"] for row in file["rows"]
    ]


def set_(api: Running, link: tuple[int, int], word: str) -> None:
    """Somebody sets a confirmation in onOffice."""
    state: Any = api.state()
    for appointment in state["appointments"]:
        for contact in appointment["contacts"]:
            if (appointment["id"], contact["id"]) == link:
                contact["confirmation"] = word
    api.put_state(state)


def test_an_old_file_does_not_set_back_what_a_later_one_has_set(three: Office, api: Running, kit: type[Kit]) -> None:
    night(three, "montag.csv", (*ONE, "bestätigt", ""), (*TWO, "bestätigt", ""))
    first = three.reports()[0]["run"]["id"]
    night(three, "dienstag.csv", (*ONE, "gecancelt", ""))

    report = night(three, "montag.csv", (*ONE, "bestätigt", ""), (*TWO, "bestätigt", ""))

    assert outcomes(report) == [("conflict", ["old_file"]), ("unchanged", [])]
    (problem,) = report["files"][0]["rows"][0]["problems"]
    assert first in problem["message"]
    assert "„gecancelt“" in problem["message"]
    assert kit.links(api.state())[ONE] == ("gecancelt", "inaktiv")


def test_the_run_is_named_that_set_it_and_none_that_held_it_back(three: Office, api: Running) -> None:
    night(three, "montag.csv", (*ONE, "bestätigt", ""), (*TWO, "gesendet", ""))
    first = three.reports()[0]["run"]["id"]
    for link in (ONE, TWO):
        set_(api, link, "gecancelt")

    for _ in range(2):
        report = night(three, "montag.csv", (*ONE, "bestätigt", ""), (*TWO, "gesendet", ""))
        assert outcomes(report) == [("conflict", ["old_file"])] * 2
        set_by_a_run, found_so = (row["problems"][0]["message"] for row in report["files"][0]["rows"])
        assert f"eingestellt vom Abgleich {first}" in set_by_a_run
        assert "eingestellt" not in found_so


def test_a_new_sheet_with_an_old_wish_is_held_back_as_well(three: Office, api: Running, kit: type[Kit]) -> None:
    night(three, "montag.csv", (*ONE, "bestätigt", "aktiv"))
    set_(api, ONE, "gecancelt")

    report = night(three, "neu.csv", (*ONE, "bestätigt", ""), (*TWO, "bestätigt", ""))

    assert outcomes(report) == [("conflict", ["old_file"]), ("updated", [])]
    assert kit.links(api.state())[ONE] == ("gecancelt", "aktiv")


def test_what_was_as_wanted_already_in_an_old_file_is_not_set_back_either(three: Office, api: Running) -> None:
    night(three, "montag.csv", (*ONE, "gesendet", ""))
    set_(api, ONE, "bestätigt")

    assert outcomes(night(three, "montag.csv", (*ONE, "gesendet", ""))) == [("conflict", ["old_file"])]
    assert outcomes(night(three, "montag.csv", (*ONE, "gesendet", ""))) == [("conflict", ["old_file"])]


def test_who_drops_the_correction_file_wins(three: Office, api: Running, kit: type[Kit]) -> None:
    night(three, "montag.csv", (*ONE, "bestätigt", ""))
    set_(api, ONE, "gecancelt")
    three.drop_csv("montag.csv", [(*ONE, "bestätigt", "")])
    (returned,) = [handed.correction for handed in three.run().handed]
    assert returned is not None

    shutil.move(returned, three.drop / returned.name)
    three.run()

    assert outcomes(three.reports()[-1])[0][0] == "updated"
    assert kit.links(api.state())[ONE] == ("bestätigt", "inaktiv")


def test_a_file_may_be_dropped_again_for_rows_that_did_not_go_through(three: Office, api: Running, kit: type[Kit]) -> None:
    rows: list[Row] = [(70_001, 90_009, "bestätigt", ""), (*ONE, "bestätigt", "")]
    assert [outcome for outcome, _ in outcomes(night(three, "montag.csv", *rows))] == ["rejected", "updated"]
    now = kit.links(api.state()) | {(70_001, 90_009): ("nicht gesetzt", "inaktiv")}
    api.put_state(kit.seeded(now))

    assert [outcome for outcome, _ in outcomes(night(three, "montag.csv", *rows))] == ["updated", "unchanged"]


def test_what_was_decided_since_a_file_was_undone_is_not_set_back_by_it(three: Office, api: Running, kit: type[Kit]) -> None:
    """Two files that contradict each other, one of them corrected and sent; then the other one again, to the byte."""
    three.drop_csv("anna.csv", [(*ONE, "bestätigt", ""), (*TWO, "bestätigt", "")])
    three.drop_csv("bernd.csv", [(*ONE, "gecancelt", "")])
    three.run()
    night(three, "bernd neu.csv", (*ONE, "gecancelt", ""))
    decided = three.reports()[-1]["run"]["id"]
    assert kit.links(api.state())[ONE] == ("gecancelt", "inaktiv")

    report = night(three, "anna.csv", (*ONE, "bestätigt", ""), (*TWO, "bestätigt", ""))

    assert outcomes(report) == [("conflict", ["old_file"]), ("unchanged", [])]
    message = report["files"][0]["rows"][0]["problems"][0]["message"]
    assert f"seitdem hat der Abgleich {decided}" in message
    assert "auf „gecancelt“" in message
    assert kit.links(api.state())[ONE] == ("gecancelt", "inaktiv")


def test_what_was_decided_holds_however_often_a_file_is_dropped_that_was_never_done(
    three: Office, api: Running, kit: type[Kit]
) -> None:
    rows: list[Row] = [(70_001, 90_009, "bestätigt", "")]
    assert outcomes(night(three, "anna.csv", *rows)) == [("rejected", ["not_linked"])]
    api.put_state(kit.seeded(kit.links(api.state()) | {(70_001, 90_009): ("nicht gesetzt", "inaktiv")}))
    night(three, "bernd.csv", (70_001, 90_009, "gecancelt", ""))

    for _ in range(3):
        report = night(three, "anna.csv", *rows)

        assert outcomes(report) == [("conflict", ["old_file"])]
        assert "seitdem hat der Abgleich" in report["files"][0]["rows"][0]["problems"][0]["message"]


def test_a_decision_that_was_taken_back_keeps_nothing_back(three: Office, api: Running, kit: type[Kit]) -> None:
    rows: list[Row] = [(70_001, 90_009, "bestätigt", "")]
    night(three, "anna.csv", *rows)
    api.put_state(kit.seeded(kit.links(api.state()) | {(70_001, 90_009): ("nicht gesetzt", "inaktiv")}))
    night(three, "bernd.csv", (70_001, 90_009, "gecancelt", ""))
    night(three, "anna.csv", *rows)
    decided = three.reports()[-2]["run"]["id"]
    assert three.command("undo", decided, "--yes").returncode == 0

    assert outcomes(night(three, "anna.csv", *rows)) == [("updated", [])]


def test_what_runs_have_set_before_a_file_was_undone_keeps_nothing_back(three: Office, api: Running, kit: type[Kit]) -> None:
    night(three, "bernd.csv", (*ONE, "gecancelt", ""))
    three.drop_csv("anna.csv", [(*ONE, "bestätigt", "")])
    three.drop_csv("carla.csv", [(*ONE, "nicht gesetzt", "")])
    three.run()

    assert outcomes(night(three, "anna.csv", (*ONE, "bestätigt", ""))) == [("updated", [])]
    assert kit.links(api.state())[ONE] == ("bestätigt", "inaktiv")


def test_rows_that_agree_cost_nothing_and_rows_of_a_new_wish_are_sent(three: Office) -> None:
    night(three, "montag.csv", (*ONE, "bestätigt", ""), (*TWO, "bestätigt", ""))

    report = night(three, "dienstag.csv", (*ONE, "bestätigt", "aktiv"), (*TWO, "gecancelt", ""))

    assert [outcome for outcome, _ in outcomes(report)] == ["updated", "updated"]


def test_an_office_may_want_old_files_to_be_sent(three: Office, api: Running, kit: type[Kit]) -> None:
    three.configure(rules={"on_old_file": "send"})
    night(three, "montag.csv", (*ONE, "bestätigt", ""))
    set_(api, ONE, "gecancelt")

    assert outcomes(night(three, "montag.csv", (*ONE, "bestätigt", ""))) == [("updated", [])]
    assert kit.links(api.state())[ONE] == ("bestätigt", "inaktiv")


def test_a_dry_run_holds_back_what_the_run_will_hold_back(three: Office, api: Running) -> None:
    night(three, "montag.csv", (*ONE, "bestätigt", ""))
    set_(api, ONE, "gecancelt")
    three.drop_csv("montag.csv", [(*ONE, "bestätigt", "")])

    assert three.run(dry=True).actions == ()


def test_the_ledger_of_another_program_that_knows_nothing_of_this_holds_no_file_back(three: Office, api: Running) -> None:
    night(three, "montag.csv", (*ONE, "gesendet", ""))
    set_(api, ONE, "bestätigt")
    import sqlite3  # noqa: PLC0415 - here only
    from contextlib import closing  # noqa: PLC0415 - here only

    from sync.ledger import NAME  # noqa: PLC0415 - here only

    with closing(sqlite3.connect(three.folder / "state" / NAME, isolation_level=None)) as ledger:
        ledger.execute("UPDATE runs SET undone = NULL")

    assert outcomes(night(three, "montag.csv", (*ONE, "gesendet", ""))) == [("updated", [])]
