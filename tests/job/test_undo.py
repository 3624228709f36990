"""Taking a run back: the CRM is as it was before, but for what somebody did since, and an interrupted undo is carried on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from sync import config, dropfolder, report
from sync.domain.model import ExitCode, Stop
from sync.job import intake, run
from sync.job.context import Runtime, Stopper, folders_of
from sync.job.past_runs import NothingToDo, UndoRefused
from sync.ledger import NAME, Ledger
from sync.report import history
from sync.report.excel.names import marked_copy_of
from sync.report.history import NoSuchRun

if TYPE_CHECKING:
    from pathlib import Path

    from sync.job.run import Finished
    from sync.ledger import RunRecord
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, World

ALL_KINDS = ("Termin-ID", "Adress-ID", "Terminbestätigung", "Terminrückmeldung", "Aktion")


class Killed(BaseException):
    """Stands for a death in this process."""


def dies(*_arguments: object, **_more: object) -> None:
    raise Killed


def undo(office: Office, asked: str, tools: Runtime | None = None) -> Finished:
    return run.undo_run(config.load(office.config), (office.token, office.secret), tools or Runtime(), asked)


def until_written(api: Running, requests: int) -> Runtime:
    """A night that is over after so many more writing requests."""

    def written() -> float:
        return float(sum(entry["actions"][0]["resourcetype"] == "relation" for entry in api.log()))

    return Runtime(stopper=Stopper((written() + requests, "06:00"), clock=written))


@pytest.fixture
def world(office: Office, api: Running, kit: type[Kit]) -> World:
    """Twelve links of which every one has to change."""
    world = kit.plain_world(12)
    office.configure(sending={"actions_per_request": 2, "links_per_action": 2})
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    return world


def change(api: Running, kit: type[Kit], **words: tuple[str, str]) -> None:
    """Somebody changes links by hand: `l70001_90001=("gecancelt", "inaktiv")`."""
    now = kit.links(api.state())
    for name, pair in words.items():
        appointment, address = name[1:].split("_")
        now[int(appointment), int(address)] = pair
    api.put_state(kit.seeded(now, *api.state()["addresses"]))


def test_an_undo_brings_back_every_link_and_can_be_undone_itself(
    office: Office, api: Running, kit: type[Kit], world: World
) -> None:
    before = kit.links(api.state())
    done = office.run().info.id

    undone = undo(office, done)
    assert (undone.exit_code, kit.links(api.state())) == (ExitCode.OK, before)
    assert set(undone.checked.verdicts.verdict) == {"updated"}  # type: ignore[union-attr]

    redone = undo(office, undone.info.id)
    assert (redone.exit_code, kit.links(api.state())) == (ExitCode.OK, world.wanted)

    assert undo(office, done).exit_code is ExitCode.OK, "what is done again can be undone again"
    assert kit.links(api.state()) == before
    assert office.places() == {"archive": ["a.csv"]}


def test_links_that_were_made_or_taken_away_are_taken_away_or_made_again(office: Office, api: Running, kit: type[Kit]) -> None:
    before = {(1, 11): ("gesendet", "aktiv"), (2, 12): ("bestätigt", "inaktiv"), (3, 13): ("gesendet", None)}
    api.put_state(kit.seeded(before, 14))
    office.configure(rules={"allow_delete": True})
    rows = [
        (1, 11, "", "", "lösen"),
        (2, 14, "gesendet", "aktiv", "verknüpfen"),
        (2, 12, "gecancelt", "", ""),
        (3, 13, "", "", "lösen"),
    ]
    office.drop_csv("a.csv", rows, header=ALL_KINDS)
    done = office.run().info.id
    assert kit.links(api.state()) == {(2, 12): ("gecancelt", "inaktiv"), (2, 14): ("gesendet", "aktiv")}

    office.configure(rules={"allow_delete": False, "max_changes": 1})
    undone = undo(office, done)

    assert undone.exit_code is ExitCode.OK, "what staff may not do by themselves, and more than a night may, an undo may"
    assert kit.links(api.state()) == {**before, (3, 13): ("gesendet", "inaktiv")}, "this feedback could not be read before"


def test_what_somebody_changed_since_stays_and_is_told(office: Office, api: Running, kit: type[Kit], world: World) -> None:
    before = kit.links(api.state())
    done = office.run().info.id
    change(api, kit, l70001_90001=("gesendet", "aktiv"))

    undone = undo(office, done)

    assert undone.exit_code is ExitCode.ROWS_NEED_A_PERSON
    assert kit.links(api.state()) == {**before, (70001, 90001): ("gesendet", "aktiv")}
    report = office.reports()[-1]
    assert (report["summary"]["updated"], report["summary"]["conflict"], report["run"]["undo_of"]) == (11, 1, done)
    (row,) = [row for row in report["files"][0]["rows"] if row["outcome"] == "conflict"]
    assert [problem["code"] for problem in row["problems"]] == ["changed_since"]
    assert len(world.rows) == 12


def test_a_link_that_only_a_later_run_changed_stays(office: Office, api: Running, kit: type[Kit], world: World) -> None:
    done = office.run().info.id
    office.drop_csv("b.csv", [(70001, 90001, "gesendet", None), (70009, 1, "gesendet", None)])
    office.run()

    undo(office, done)

    assert kit.links(api.state())[70001, 90001][0] == "gesendet"
    assert len(world.rows) == 12


def rows_of(path: Path) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


def test_the_undo_file_dropped_as_it_is_brings_everything_back(office: Office, api: Running, kit: type[Kit]) -> None:
    before = {(1, 11): ("gesendet", "aktiv"), (2, 12): ("bestätigt", "inaktiv"), (3, 13): ("gesendet", "aktiv")}
    api.put_state(kit.seeded(before, 14))
    office.configure(rules={"allow_delete": True})
    rows = [
        (1, 11, "", "", "lösen"),
        (2, 14, "gesendet", "", "verknüpfen"),
        (2, 12, "gecancelt", "", ""),
        (3, 13, "gesendet", "", ""),
    ]
    office.drop_csv("a.csv", rows, header=ALL_KINDS)
    results = office.run().results
    assert results is not None

    undo_file = results / "Rückgängig.xlsx"
    assert rows_of(undo_file) == [
        (*ALL_KINDS, "Termin am"),
        ("1", "11", "gesendet", "aktiv", "verknüpfen", "02.12.2026, 9:00"),
        ("2", "12", "bestätigt", "inaktiv", "setzen", "02.12.2026, 9:00"),
        ("2", "14", None, None, "lösen", "02.12.2026, 9:00"),
    ]
    (office.drop / "zurück.xlsx").write_bytes(undo_file.read_bytes())
    assert office.run().info.exit_code is ExitCode.OK
    assert kit.links(api.state()) == before


def test_the_undo_file_has_english_headers_where_the_office_speaks_english(office: Office, world: World) -> None:
    office.configure(report={"language": "en"})
    results = office.run().results
    assert results is not None

    undo_file = results / "Undo.xlsx"
    assert rows_of(undo_file)[0] == ("Appointment ID", "Address ID", "Confirmation", "Feedback", "Action", "Date and time")
    (office.drop / "back.xlsx").write_bytes(undo_file.read_bytes())
    assert office.run().info.exit_code is ExitCode.OK
    assert len(world.rows) == 12


def test_a_run_that_was_stopped_leaves_an_undo_file_for_what_it_had_done(
    office: Office, api: Running, kit: type[Kit], world: World
) -> None:
    before = kit.links(api.state())
    stopped = office.run(until_written(api, 1))
    assert stopped.info.stopped is not None
    changed = {link for link, words in kit.links(api.state()).items() if words != before[link]}
    assert 0 < len(changed) < 12

    results = stopped.results
    assert results is not None
    assert {(int(str(a)), int(str(b))) for a, b, *_ in rows_of(results / "Rückgängig.xlsx")[1:]} == changed

    undone = undo(office, stopped.info.id)
    assert undone.exit_code is ExitCode.OK
    assert kit.links(api.state()) == before
    assert len(world.rows) == 12


def test_where_nothing_was_changed_there_is_no_undo_file_and_nothing_to_undo(office: Office, api: Running, world: World) -> None:
    office.run()
    office.drop_csv("again.csv", world.rows)
    again = office.run()

    assert again.results is not None
    assert not (again.results / "Rückgängig.xlsx").exists()
    with pytest.raises(NothingToDo, match="hat in onOffice nichts geändert"):
        undo(office, again.info.id)
    assert len(api.log()) > 0


def test_what_is_undone_already_is_not_undone_again(office: Office, api: Running, world: World) -> None:
    done = office.run().info.id
    undone = undo(office, done).info.id
    asked = len(api.log())

    with pytest.raises(NothingToDo, match=f"schon zurückgenommen, und zwar von {undone}"):
        undo(office, done)

    assert len(api.log()) == asked
    assert len(world.rows) == 12


def test_a_run_is_named_by_its_beginning_or_as_the_last_one(office: Office, world: World) -> None:
    with pytest.raises(NoSuchRun, match="Es gab noch keinen Abgleich"):
        undo(office, "2026")
    done = office.run().info.id
    with pytest.raises(NoSuchRun, match="Kennung 1999 gibt es nicht"):
        undo(office, "1999")

    assert undo(office, done[:-1]).info.undo_of == done
    with pytest.raises(NoSuchRun, match="Mehrere Kennungen beginnen mit"):
        undo(office, done[:8])
    undo(office, "last")
    assert len(world.rows) == 12


def test_a_killed_run_is_undone_with_the_one_that_carried_it_on(
    office: Office, api: Running, kit: type[Kit], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kit.links(api.state())
    killed = killed_after(office, monkeypatch, writes=3)
    with pytest.raises(UndoRefused, match="noch nicht zu Ende"):
        undo(office, killed)
    carried = office.run().info.id

    target = run.undo_target(config.load(office.config), killed)
    assert target.run.id == carried
    assert target.notes == (
        f"Der Abgleich {killed} wurde unterbrochen und von {carried} weitergeführt. Zurückgenommen wird {carried}.",
    )
    assert undo(office, killed).info.undo_of == carried
    assert kit.links(api.state()) == before
    assert len(world.rows) == 12


def killed_after(office: Office, monkeypatch: pytest.MonkeyPatch, *, writes: int, undoing: str | None = None) -> str:
    """Kill a run, or the undo of one, after so many writing requests were answered; returns its id."""
    real = Ledger.outcome
    answered: list[int] = []

    def dying(ledger: Ledger, *arguments: Any) -> None:  # noqa: ANN401 - as the real one
        real(ledger, *arguments)
        if ledger._db.execute("SELECT kind FROM requests WHERE id = ?", arguments[:1]).fetchone() == ("write",):
            answered.append(arguments[0])
            if len(answered) == writes:
                raise Killed

    monkeypatch.setattr(Ledger, "outcome", dying)
    with pytest.raises(Killed):
        undo(office, undoing) if undoing else office.run()
    monkeypatch.undo()
    return runs(office)[-1].id


def runs(office: Office) -> list[RunRecord]:
    with closing(history.memory_of(config.load(office.config))) as memory:
        return memory.runs()


@pytest.mark.parametrize("writes", [1, 2, 3])
@pytest.mark.parametrize("by", ["run", "undo"])
def test_a_killed_undo_is_carried_on_by_the_next_run_or_undo_and_keeps_the_true_states_before(
    office: Office, api: Running, kit: type[Kit], world: World, *, writes: int, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kit.links(api.state())
    done = office.run().info.id
    killed = killed_after(office, monkeypatch, writes=writes, undoing=done)

    if by == "run":
        (carried,) = office.run().before
    else:
        carried = undo(office, done)

    assert (carried.exit_code, carried.info.undo_of, kit.links(api.state())) == (ExitCode.OK, done, before)
    assert next(each for each in runs(office) if each.id == killed).carried_on_by == carried.info.id
    assert office.run().before == (), "it is carried on once"
    assert undo(office, carried.info.id).exit_code is ExitCode.OK
    assert kit.links(api.state()) == world.wanted, "also what the killed undo did is undone again"


def test_what_somebody_changed_after_an_undo_was_killed_stays_and_is_told(
    office: Office, api: Running, kit: type[Kit], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kit.links(api.state())
    done = office.run().info.id
    killed_after(office, monkeypatch, writes=1, undoing=done)
    link = next(link for link, state in kit.links(api.state()).items() if state == before[link])
    by_hand = next(
        pair for pair in (("gesendet", "aktiv"), ("gecancelt", "aktiv")) if pair not in (before[link], world.wanted[link])
    )
    change(api, kit, **{f"l{link[0]}_{link[1]}": by_hand})

    (carried,) = office.run().before

    assert kit.links(api.state()) == {**before, link: by_hand}
    assert carried.exit_code is ExitCode.ROWS_NEED_A_PERSON
    codes = [problem["code"] for row in office.reports()[-1]["files"][0]["rows"] for problem in row["problems"]]
    assert codes == ["changed_since"]


@pytest.mark.parametrize("owner", [report, Ledger])
def test_an_undo_killed_before_its_report_or_its_last_word_is_carried_on(
    office: Office, api: Running, kit: type[Kit], world: World, owner: object, *, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kit.links(api.state())
    done = office.run().info.id
    monkeypatch.setattr(owner, "write_pages" if owner is report else "finish", dies)
    with pytest.raises(Killed):
        undo(office, done)
    monkeypatch.undo()

    (carried,) = office.run().before
    assert {*carried.checked.verdicts.verdict} == {"updated"}  # type: ignore[union-attr]
    assert kit.links(api.state()) == before
    assert len(world.rows) == 12


def test_an_undo_that_was_stopped_is_carried_on_by_the_next_run(
    office: Office, api: Running, kit: type[Kit], world: World
) -> None:
    before = kit.links(api.state())
    done = office.run().info.id
    stopped = undo(office, done, until_written(api, 1))
    assert stopped.info.stopped is not None
    assert stopped.info.stopped.stop is Stop.DEADLINE
    office.drop_csv("b.csv", [(70001, 90001, "gesendet", None)])

    night = office.run()

    assert [each.info.undo_of for each in night.before] == [done]
    assert kit.links(api.state()) == {**before, (70001, 90001): ("gesendet", "inaktiv")}, "the undo first, then the new files"
    assert len(world.rows) == 12


def test_who_takes_back_a_stopped_undo_does_not_get_it_completed(
    office: Office, api: Running, kit: type[Kit], world: World
) -> None:
    done = office.run().info.id
    stopped = undo(office, done, until_written(api, 1))
    assert kit.links(api.state()) != world.wanted

    undo(office, stopped.info.id)

    assert office.run().before == ()
    assert kit.links(api.state()) == world.wanted


def test_a_stopped_undo_that_became_needless_keeps_no_night_from_its_work(
    office: Office, api: Running, kit: type[Kit], world: World
) -> None:
    before = kit.links(api.state())
    done = office.run().info.id
    undone = undo(office, done).info.id
    redone = undo(office, undone).info.id
    assert undo(office, done, until_written(api, 1)).info.stopped is not None
    undo(office, redone, until_written(api, 100))
    office.drop_csv("b.csv", [(70001, 90001, "gesendet", None)])

    night = office.run()

    assert (night.before, night.exit_code) == ((), ExitCode.OK)
    assert kit.links(api.state()) == {**before, (70001, 90001): ("gesendet", "inaktiv")}
    assert len(world.rows) == 12


def test_the_exit_code_of_a_night_is_that_of_the_worst_it_did(office: Office, api: Running, kit: type[Kit], world: World) -> None:
    done = office.run().info.id
    change(api, kit, l70001_90001=("gesendet", "aktiv"))
    with pytest.MonkeyPatch.context() as patch:
        killed_after(office, patch, writes=1, undoing=done)

    night = office.run()

    assert (night.info.exit_code, night.exit_code) == (ExitCode.OK, ExitCode.ROWS_NEED_A_PERSON)
    assert len(world.rows) == 12


def test_a_run_that_worked_blind_cannot_be_taken_back_and_says_so(office: Office, world: World) -> None:
    office.configure(sending={"look": False})
    done = office.run()
    assert done.results is not None

    assert not (done.results / "Rückgängig.xlsx").exists()
    (copy,) = (office.folder / "results").glob("*.xlsx")
    assert copy.stem.endswith(" Zeilen übertragen")
    assert marked_copy_of(copy.name) is not None
    with pytest.raises(UndoRefused, match="konnte nicht lesen"):
        undo(office, done.info.id)
    assert len(world.rows) == 12


def codes(finished: Finished) -> list[tuple[str, str | None]]:
    problems = finished.checked.problems
    return [*zip(problems.code.tolist(), problems.column.tolist(), strict=True)]


@pytest.mark.parametrize("which", [("words", "Terminbestätigung", 0), ("followup_words", "Terminrückmeldung", 1)])
def test_a_status_that_could_not_be_read_before_stays_and_the_undo_says_so_in_its_preview_too(
    office: Office, api: Running, kit: type[Kit], world: World, which: tuple[str, str, int]
) -> None:
    option, column, stays = which
    api.put_options({option: "other"})
    before, done = kit.links(api.state()), office.run().info.id
    settings, keys = config.load(office.config), (office.token, office.secret)
    target = run.undo_target(settings, done)
    plan = run.plan_undo(settings, keys, Runtime(), target)

    undone = undo(office, done)

    now = kit.links(api.state())
    assert {pair: words[1 - stays] for pair, words in now.items()} == {pair: words[1 - stays] for pair, words in before.items()}
    assert {pair: words[stays] for pair, words in now.items()} == {pair: words[stays] for pair, words in world.wanted.items()}
    assert codes(undone).count(("before_unknown", column)) == 12
    assert undone.exit_code is ExitCode.ROWS_NEED_A_PERSON
    assert undone.checked.verdicts is not None
    assert set(undone.checked.verdicts.verdict) == {"unknown"}
    assert not undone.checked.verdicts.verified.any()
    assert codes(plan).count(("before_unknown", column)) == 12
    assert target.notes == ("Bei 12 Verknüpfungen bleibt ein Status, wie er ist, weil er vor dem Abgleich nicht zu lesen war.",)


def test_a_link_of_which_nothing_could_be_read_before_has_a_row_of_its_own_in_the_undo(
    office: Office, api: Running, world: World
) -> None:
    api.put_options({"double_contacts": 0.3})
    done = office.run().info.id

    undone = undo(office, done)

    before_unknown = {code for code, _ in codes(undone)}
    assert before_unknown <= {"before_unknown", "not_verified", "not_read_back", "changed_since"}
    assert "before_unknown" in before_unknown
    assert len(undone.checked.rows) == len(world.rows)
    assert undone.exit_code is ExitCode.ROWS_NEED_A_PERSON


def test_what_was_accepted_and_shown_only_after_the_last_look_is_taken_back_too(
    office: Office, api: Running, kit: type[Kit], world: World
) -> None:
    office.configure(sending={"settle_reads": 0, "actions_per_request": 50})
    api.put_options({"read_lag_s": 600})
    before, done = kit.links(api.state()), office.run()
    assert done.checked.verdicts is not None
    assert "updated" not in done.checked.verdicts.verdict
    assert kit.links(api.state()) == world.wanted
    api.go_forward(3600)
    api.put_options({"read_lag_s": 0})

    undone = undo(office, done.info.id)

    assert kit.links(api.state()) == before
    assert undone.exit_code is ExitCode.OK


# the command


def command(office: Office, *arguments: str, answer: str | None = None) -> subprocess.CompletedProcess[bytes]:
    """A command; with an answer it gets a terminal to type it into."""
    if answer is None:
        return office.command(*arguments)
    import pty  # noqa: PLC0415 - not on Windows

    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    try:
        return subprocess.run(
            [sys.executable, "-m", "sync", *arguments],
            cwd=office.folder,
            env=office.environment,
            stdin=theirs,
            capture_output=True,
            timeout=120,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)


def test_the_command_asks_nobody_who_cannot_answer(office: Office, api: Running, world: World) -> None:
    done = office.run().info.id
    asked = len(api.log())

    refused = command(office, "undo", done)

    assert refused.returncode == 2
    assert "--yes" in refused.stderr.decode()
    assert len(api.log()) == asked
    assert len(world.rows) == 12


def test_the_command_with_yes_shows_the_plan_and_carries_it_out(
    office: Office, api: Running, kit: type[Kit], world: World
) -> None:
    before = kit.links(api.state())
    done = office.run().info.id

    undone = command(office, "undo", done[:-1], "--yes")

    said = undone.stdout.decode()
    assert undone.returncode == 0, undone.stderr.decode()
    assert f"Zurückgenommen wird der Abgleich {done}" in said
    assert "12 Verknüpfungen werden zurückgesetzt:" in said
    assert "bestätigt -> nicht gesetzt" in said
    assert "Alle 12 Zeilen sind erledigt" in said
    assert kit.links(api.state()) == before
    assert len(world.rows) == 12


def test_a_preview_that_could_not_be_made_says_why_in_one_sentence_and_that_nothing_was_changed(
    office: Office, world: World
) -> None:
    done = office.run().info.id
    office.configure(onoffice={"url": "http://127.0.0.1:9/api/stable/api.php"}, sending={"attempts": 1})

    undone = command(office, "undo", done, "--yes")

    began, why, left_alone = undone.stdout.decode().splitlines()
    told = "onOffice war nicht zu erreichen oder gab keine brauchbare Antwort (keine Verbindung)."
    assert undone.returncode == 1
    assert began.startswith(f"Zurückgenommen wird der Abgleich {done}")
    assert why.startswith(f"{told} Was zu tun ist, sagt: onoffice-sync doctor --config ")
    assert left_alone == "Es wurde nichts geändert."
    assert len(runs(office)) == 1
    assert len(world.rows) == 12


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
@pytest.mark.parametrize(("answer", "goes"), [("nein\n", False), ("vielleicht\nJA\n", True), ("\x04", False)])
def test_the_command_does_nothing_without_a_yes(
    office: Office, api: Running, kit: type[Kit], world: World, answer: str, *, goes: bool
) -> None:
    before = kit.links(api.state())
    done = office.run().info.id

    answered = command(office, "undo", done, answer=answer)

    assert "So in onOffice zurücksetzen? (j/n)" in answered.stderr.decode()
    assert ("Traceback" in answered.stderr.decode(), len(runs(office))) == (False, 2 if goes else 1)
    assert kit.links(api.state()) == (before if goes else world.wanted)


def test_the_command_prints_json_and_nothing_else(office: Office, world: World) -> None:
    done = office.run().info.id

    undone = command(office, "undo", "last", "--yes", "--json")

    told = json.loads(undone.stdout)
    assert (told["run"]["undo_of"], told["summary"]["updated"]) == (done, 12)
    assert len(world.rows) == 12


@pytest.mark.parametrize("yes", [["--yes"], []])
@pytest.mark.parametrize(
    ("asked", "code", "sentence"),
    [("nowhere", 2, "gibt es nicht"), ("last", 0, "hat in onOffice nichts geändert")],
)
def test_the_command_says_in_one_sentence_why_not_before_it_asks_for_anything(
    office: Office, world: World, asked: str, code: int, *, sentence: str, yes: list[str]
) -> None:
    office.drop_csv("a.csv", [(1, 2, "bestätigt", None)])
    office.run()
    office.token = office.secret = ""

    refused = command(office, "undo", asked, *yes)

    assert (refused.returncode, refused.stdout) == (code, b"")
    assert sentence in refused.stderr.decode()
    assert len(refused.stderr.decode().splitlines()) == 1
    assert len(world.rows) == 12


def test_an_undo_beside_an_active_run_is_refused(office: Office, world: World) -> None:
    done = office.run().info.id
    folders = folders_of(config.load(office.config))
    dropfolder.prepare(folders)
    with intake.only_one(folders):
        refused = command(office, "undo", done, "--yes")

    assert refused.returncode == 4
    assert len(world.rows) == 12


@pytest.mark.usefixtures("world")
def test_an_undo_of_the_active_run_itself_is_refused_as_that(office: Office) -> None:
    office.run()
    with closing(Ledger(config.load(office.config).folder("state") / NAME)) as ledger:
        ledger.begin("20991231-030000-aaaa", "", "2099-12-31T03:00:00+00:00", ())
    folders = folders_of(config.load(office.config))
    with intake.only_one(folders):
        active = command(office, "undo", "last", "--yes")
    interrupted = command(office, "undo", "last", "--yes")

    assert (active.returncode, active.stdout) == (4, b"")
    assert active.stderr.startswith("Für dieses Büro läuft schon ein Abgleich".encode())
    assert interrupted.returncode == 1
    assert "oder er wurde unterbrochen" in interrupted.stderr.decode()
