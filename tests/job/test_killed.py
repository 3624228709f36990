"""Killed at the instants that count: the runs after it end the same way, and know what the killed one did."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from sync import dropfolder, report
from sync.confined.parent import Child
from sync.ledger import Ledger
from sync.report.excel import returned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync.confined.child import Frame
    from sync.confined.parent import Bounds
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, World

BEFORE = {"confirmation": "nicht gesetzt", "feedback": "inaktiv"}
WRITTEN = ("report.json", "Ergebnis.xlsx", "Rückgängig.xlsx", "report.html")
INPUTS = {"archive": ["a.csv", "b.csv"], "refused": ["c.csv"]}


class Killed(BaseException):
    """Stands for a death in this process."""


def prepared(path: Path, api: Running, kit: type[Kit]) -> tuple[Office, World]:
    office, world = kit.Office(path, api.url), kit.plain_world(24)
    office.configure(sending={"actions_per_request": 2, "links_per_action": 2, "attempts": 2})
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows[:14])
    office.drop_csv("sub/b.csv", world.rows[14:])
    office.drop_csv("c.csv", [("Müller", "München")], header=("Name", "Ort"))
    return office, world


def last_words(office: Office) -> list[dict[str, Any]]:
    """What the last report that holds a file says about its rows."""
    files = {file["file"]: file for done in office.reports() for file in done["files"]}
    return [row for file in files.values() for row in file["rows"]]


def brought_to_an_end(office: Office, api: Running, kit: type[Kit], world: World) -> None:
    assert office.run().info.exit_code in {0, 3}
    assert office.run().info.exit_code == 0, "nothing is left for one more run"
    assert kit.links(api.state()) == world.wanted
    assert office.places() == INPUTS
    rows = last_words(office)
    assert [row["outcome"] for row in rows] == ["updated"] * 24
    assert all(row["before"] == BEFORE and row["verified"] for row in rows), (
        "the state before the first sending stays the true one"
    )
    assert not list(office.folder.rglob(".onoffice-sync-*"))
    with closing(sqlite3.connect(office.folder / "state" / "ledger.sqlite3")) as ledger:
        assert ledger.execute("SELECT id FROM runs WHERE finished IS NULL AND carried_on_by IS NULL").fetchall() == []


@pytest.mark.parametrize("request_number", [1, 2, 3, 7, 8, 9, 13, 14])
@pytest.mark.parametrize("instant", ["intent", "outcome"])
def test_killed_beside_a_request_its_fate_is_found_out(
    tmp_path: Path, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch, instant: str, *, request_number: int
) -> None:
    office, world = prepared(tmp_path / "office", api, kit)
    real, calls = getattr(Ledger, instant), []

    def dying(*arguments: object) -> object:
        result = real(*arguments) if instant == "intent" else None  # the intent is on the disk, the outcome is not
        calls.append(arguments)
        if len(calls) == request_number:
            raise Killed
        return real(*arguments) if instant == "outcome" else result

    monkeypatch.setattr(Ledger, instant, dying)
    with pytest.raises(Killed):
        office.run()
    monkeypatch.undo()

    brought_to_an_end(office, api, kit, world)


def dies(*_arguments: object, **_more: object) -> None:
    raise Killed


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (report, "write_rows"),
        (report, "write_pages"),
        (Ledger, "finish"),
        (Ledger, "begin"),
        (Ledger, "save_before"),
        (dropfolder, "left_over"),
    ],
)
def test_killed_between_two_steps_the_next_run_carries_on(
    tmp_path: Path, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch, owner: object, *, name: str
) -> None:
    office, world = prepared(tmp_path / "office", api, kit)
    monkeypatch.setattr(owner, name, dies)
    with pytest.raises(Killed):
        office.run()
    monkeypatch.undo()

    brought_to_an_end(office, api, kit, world)


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_process_that_writes_for_droppers_and_is_killed_costs_no_more_than_what_it_wrote(
    tmp_path: Path, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch, *, deaths: int
) -> None:
    office, world = prepared(tmp_path / "office", api, kit)
    left = [*range(deaths)]

    class Dying(Child):
        """It gets its work when it has been killed, or is not to be: however busy the machine, it has done nothing before."""

        def __init__(self, module: str, request: Frame, bounds: Bounds) -> None:
            self._decided = threading.Event()
            super().__init__(module, request, bounds)

        def beside(self, work: Callable[[], None]) -> None:
            if left:
                left.pop()
                self._process.kill()
                self._process.wait()
            self._decided.set()
            super().beside(work)

        def _talks(self, request: Frame) -> None:
            self._decided.wait()
            super()._talks(request)

    monkeypatch.setattr(returned, "Child", Dying)

    finished = office.run()

    assert finished.info.exit_code == 3  # for the file that is no table of ours
    assert kit.links(api.state()) == world.wanted
    assert {path.name for path in finished.results.iterdir()} == {*WRITTEN}
    missing = {finished.checked.files[each.file].name: len(each.missing) for each in finished.handed}
    assert missing == {"a.csv": deaths, "sub/b.csv": 0}, "a plainer copy of the file that it was at, or none; all others whole"
    assert [bool(each.marked) for each in finished.handed] == [deaths == 1, True]
    assert office.places() == INPUTS


def test_killed_when_all_was_decided_and_before_a_file_moved_the_files_go_where_they_belong(
    tmp_path: Path, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, world = prepared(tmp_path / "office", api, kit)
    real = dropfolder.carry_out
    monkeypatch.setattr(dropfolder, "carry_out", lambda folders, moves: dies() if moves else real(folders, moves))
    with pytest.raises(Killed):
        office.run()
    monkeypatch.undo()
    asked, (done,) = len(api.log()), office.reports()

    finished = office.run()

    assert (finished.info.exit_code, finished.results) == (0, None)
    assert len(api.log()) == asked, "nothing is looked at or sent a second time"
    assert office.places() == INPUTS
    assert [path.parent.name for path in office.folder.glob("archive/*/a.csv")] == [done["run"]["id"]]
    assert [path.name for path in office.folder.glob("refused/*/*.txt")] == ["c.csv.txt"]
    assert kit.links(api.state()) == world.wanted


def test_a_stopped_run_that_could_not_give_its_files_back_leaves_them_to_the_next(
    tmp_path: Path, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, world = prepared(tmp_path / "office", api, kit)
    api.put_faults([{"on": "every", "do": "status", "code": 503, "verb": "modify"}])
    real = dropfolder.carry_out
    monkeypatch.setattr(dropfolder, "carry_out", lambda folders, moves: dies() if moves else real(folders, moves))
    with pytest.raises(Killed):
        office.run()
    monkeypatch.undo()
    api.put_faults([])

    brought_to_an_end(office, api, kit, world)


def test_what_somebody_changed_by_hand_after_it_was_all_over_is_seen_as_it_is(
    tmp_path: Path, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory of a killed run ends with the run that carried it to its end."""
    office, world = prepared(tmp_path / "office", api, kit)
    monkeypatch.setattr(report, "write_pages", dies)
    with pytest.raises(Killed):
        office.run()
    monkeypatch.undo()
    office.run()
    by_hand = dict.fromkeys(world.wanted, ("gesendet", "inaktiv"))
    api.put_state(kit.seeded(by_hand))
    pair = next(iter(world.wanted))
    office.drop_csv("d.csv", [(*pair, "gesendet", None), (*list(world.wanted)[1], "bestätigt", None)])

    office.run()

    unchanged, updated = office.reports()[-1]["files"][0]["rows"]
    assert (unchanged["outcome"], unchanged["attempts"]) == ("unchanged", 0)
    assert (updated["outcome"], updated["before"]["confirmation"]) == ("updated", "gesendet")


def test_a_killed_run_that_a_stopped_one_took_over_is_still_remembered(
    tmp_path: Path, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, world = prepared(tmp_path / "office", api, kit)
    monkeypatch.setattr(report, "write_pages", dies)
    with pytest.raises(Killed):
        office.run()
    monkeypatch.undo()
    api.put_faults([{"on": "every", "do": "status", "code": 503}])
    assert office.run().info.exit_code == 1
    api.put_faults([])

    brought_to_an_end(office, api, kit, world)


def test_a_new_file_with_the_name_of_a_killed_run_s_has_a_name_of_its_own_in_all_that_is_said(
    tmp_path: Path, api: Running, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, world = kit.Office(tmp_path / "office", api.url), kit.plain_world(3)
    api.put_state(world.seed)
    link = world.rows[0][:2]
    office.drop_csv("a.csv", [(*link, "gecancelt", ""), *world.rows[1:]])
    monkeypatch.setattr(report, "write_pages", dies)
    with pytest.raises(Killed):
        office.run()
    monkeypatch.undo()
    office.drop_csv("a.csv", [(*link, "bestätigt", "")])
    finished = office.run()

    done = office.reports()[-1]
    first, second = ({row["row"]: row for row in file["rows"]} for file in done["files"])
    assert [file["file"] for file in done["files"]] == ["a.csv", "a (2).csv"]
    assert [row["outcome"] for row in (first[2], second[2])] == ["conflict", "conflict"]
    told = [[problem["message"] for problem in row["problems"]] for row in (first[2], second[2])]
    assert "a (2).csv, Zeile 2" in told[0][0]
    assert "a.csv, Zeile 2" in told[1][0]
    assert all("unterbrochener Abgleich" in messages[1] for messages in told)
    assert first[2]["before"] == second[2]["before"] == BEFORE
    assert kit.links(api.state())[tuple(link)][0] == "gecancelt", "the killed run's word"
    assert office.places() == {"archive": ["a (2).csv", "a.csv"]}
    assert [file.name for file in Ledger(office.folder / "state" / "ledger.sqlite3").runs()[-1].files] == ["a.csv", "a (2).csv"]
    assert finished.info.exit_code == 3
