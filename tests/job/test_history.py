"""What happened, as people and programs ask for it; nothing of it changes anything."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from sync import config
from sync.cli import app as cli
from sync.domain.model import Stop
from sync.errors import LedgerError, StopRun
from sync.i18n import Language, speaking
from sync.job import run
from sync.job.context import Runtime
from sync.ledger import NAME, Ledger
from sync.ledger.memory import FileEntry
from sync.onoffice.transport import Ambiguous, ClockOff, TooLarge, TooSlow, Transient
from sync.report.history import NoSuchRun, find, memory_of, remembered
from sync.report.terminal import answer_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync.ledger import RunRecord
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

    Command = Callable[..., tuple[int, str, str]]

ALL_KINDS = ("Termin-ID", "Adress-ID", "Terminbestätigung", "Terminrückmeldung", "Aktion")


@pytest.fixture
def command(office: Office, kit: type[Kit], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """A command in this process: exit code, standard output, error output."""
    monkeypatch.setenv("ONOFFICE_TOKEN", kit.token)
    monkeypatch.setenv("ONOFFICE_SECRET", kit.secret)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            cli.main([*arguments, "--config", str(office.config)])
        out, err = capfd.readouterr()
        return int(left.value.code or 0), out, err

    return call


@pytest.fixture
def past(office: Office, api: Running, kit: type[Kit]) -> tuple[str, str]:
    """A run with one row of most kinds, and its undo; their ids."""
    api.put_state(
        kit.seeded({(1, 11): ("gesendet", "aktiv"), (2, 12): ("bestätigt", "inaktiv"), (3, 13): ("gesendet", None)}, 14)
    )
    office.configure(rules={"allow_delete": True})
    rows = [
        (1, 11, "", "", "lösen"),
        (2, 14, "gesendet", "", "verknüpfen"),
        (2, 12, "gecancelt", "", ""),
        (3, 13, "gesendet", "", ""),
        (9, "x", "bestätgt", "", ""),
    ]
    office.drop_csv("März.csv", rows, header=ALL_KINDS)
    office.drop_csv("ohne.csv", [("Müller", "München")], header=("Name", "Ort"))
    done = office.run().info.id
    undone = run.undo_run(config.load(office.config), (office.token, office.secret), Runtime(), done).info.id
    return done, undone


def test_history_tells_the_last_runs_newest_first_in_words(command: Command, past: tuple[str, str]) -> None:
    done, undone = past

    code, out, err = command("history")

    lines = out.splitlines()
    assert (code, err, len(lines)) == (0, "", 3)
    assert lines[0].split()[:4] == ["Kennung", "Beginn", "Dauer", "Was"]
    assert undone in lines[1]
    assert f"Rücknahme von {done}" in lines[1]
    assert "Alle 3 Zeilen sind erledigt." in lines[1]
    assert "März.csv, ohne.csv" in lines[2]
    assert "5 Zeilen gelesen: 4 erledigt, 1 braucht Ihre Hilfe; 1 Datei war nicht lesbar." in lines[2]
    assert f"Zurückgenommen von {undone}." in lines[2]


def test_history_for_programs_holds_all_runs_in_their_order(command: Command, past: tuple[str, str]) -> None:
    done, undone = past

    code, out, _ = command("history", "--json")

    first, second = json.loads(out)["runs"]
    assert code == 0
    assert (first["id"], first["kind"], first["undone_by"], first["exit_code"]) == (done, "run", undone, 3)
    assert (second["id"], second["kind"], second["undo_of"]) == (undone, "undo", done)
    assert [(file["file"], file["fate"]) for file in first["files"]] == [("März.csv", "archive"), ("ohne.csv", "refuse")]
    assert (first["summary"]["updated"], first["summary"]["invalid"], first["summary"]["rows"]) == (3, 1, 5)


def test_show_tells_old_and_new_of_every_link_that_was_sent(command: Command, past: tuple[str, str]) -> None:
    code, out, _ = command("show", past[0][:-1])

    assert code == 0
    links = [line.split() for line in out.splitlines() if " -> " in line]
    assert [" ".join(link) for link in links] == [
        "1 11 02.12.2026, 9:00 gesendet -> nicht verknüpft aktiv -> nicht verknüpft aktualisiert",
        "2 12 02.12.2026, 9:00 bestätigt -> gecancelt inaktiv aktualisiert",
        "2 14 02.12.2026, 9:00 nicht verknüpft -> gesendet nicht verknüpft -> inaktiv aktualisiert",
    ]
    assert "bei den nicht lesbaren Dateien" in out


@pytest.mark.skipif(os.name != "posix", reason="Windows knows no TZ")
def test_show_tells_the_times_of_requests_by_the_clock_of_the_office(
    office: Office, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.configure(onoffice={"timezone": "Pacific/Kiritimati"})
    office.drop_csv("a.csv", [(1, 11, "gesendet", "")])
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    begun = office.run().info.started
    out = command("show", "last")[1]
    monkeypatch.undo()
    time.tzset()

    hours = {f" {dt.datetime.fromisoformat(begun) + dt.timedelta(hours=more):%H}:" for more in (0, 1)}
    looks = [line for line in out.splitlines() if "ansehen" in line]
    assert [any(hour in f" {line}" for hour in hours) for line in looks] == [True] * len(looks)
    assert looks


def test_show_for_programs_has_links_and_requests(command: Command, past: tuple[str, str]) -> None:
    told = json.loads(command("show", "last", "--json")[1])

    assert told["run"]["id"] == past[1]
    assert [(link["before"]["linked"], link["after"]["linked"], link["verdict"]) for link in told["links"]] == [
        (False, True, "updated"), (True, True, "updated"), (True, False, "updated"),
    ]  # fmt: skip
    assert {request["outcome"] for request in told["requests"]} == {"answered"}
    assert sum(request["links"] for request in told["requests"]) >= 3


def test_before_the_first_run_there_is_nothing_to_tell(office: Office, command: Command) -> None:
    assert command("history") == (0, "Es gab noch keinen Abgleich.\n", "")
    code, out, err = command("history", "--json")
    assert (code, json.loads(out), err) == (0, {"runs": []}, "")
    assert command("show", "last")[0] == 2
    assert list(office.folder.iterdir()) == [office.config], "asking makes nothing"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Ambiguous("HTTP 500"), "ohne klare Antwort (HTTP 500)"),
        (TooSlow("no whole answer in time"), "ohne klare Antwort (keine ganze Antwort in der eingestellten Zeit)"),
        (Transient("HTTP 429"), "nicht angenommen (HTTP 429)"),
        (ClockOff(300), "nicht angenommen (die Uhrzeit weicht mehr als 120 Sekunden ab)"),
        (TooLarge("15: 50"), "zu groß für onOffice"),
        (StopRun(Stop.UNREACHABLE, "HTTP 403"), "abgewiesen (HTTP 403)"),
    ],
)
def test_what_became_of_a_request_is_told_in_the_language_of_the_office(error: Exception, said: str) -> None:
    assert answer_text(f"{type(error).__name__}: {error}") == said
    with speaking(Language.EN):
        assert type(error).__name__ not in answer_text(f"{type(error).__name__}: {error}")


def test_who_may_not_look_into_the_state_folder_is_told_that_and_not_that_there_was_no_run(
    office: Office, close: Callable[[Path], None]
) -> None:
    settings = config.load(office.config)
    close(office.folder / "state")

    with pytest.raises(LedgerError, match=NAME):
        memory_of(settings)
    with remembered(settings) as memory:
        assert memory is None


def test_a_run_that_is_not_over_is_told_as_that_also_while_it_is_active(
    office: Office, api: Running, kit: type[Kit], command: Command
) -> None:
    world = kit.plain_world(12)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    told: list[str] = []

    def ask() -> float:
        told.append(command("history")[1])
        told.append(command("show", "last")[1])
        return 0.0

    from sync.job.context import Stopper  # noqa: PLC0415 - used here only

    office.run(Runtime(stopper=Stopper((1.0, "06:00"), clock=ask)))

    assert "läuft noch oder wurde unterbrochen" in told[-2]
    assert "noch offen" in told[-1]
    assert "nicht gesetzt -> nicht bekannt" in told[-1]


def test_a_stopped_run_is_told_with_its_reason(office: Office, api: Running, kit: type[Kit], command: Command) -> None:
    world = kit.plain_world(12)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    office.configure(rules={"max_changes": 11})
    office.run()

    _, out, _ = command("show", "last")

    assert "Vorzeitig beendet: Es wären ungewöhnlich viele Änderungen geworden (12 statt höchstens 11)" in out
    assert "wieder im Ablageordner" in out
    assert "Übertragen wurde nichts." in out


@pytest.mark.parametrize(("count", "some"), [(2, "be20, be21."), (7, "be20, be21, be22, be23, be24 und 2 weitere.")])
def test_an_id_that_several_runs_begin_with_is_answered_in_whole_sentences(count: int, some: str) -> None:
    runs = [cast("RunRecord", SimpleNamespace(id=f"be{20 + number}")) for number in range(count)]

    with pytest.raises(NoSuchRun) as told:
        find(runs, "be")
    assert str(told.value) == f"Mehrere Kennungen beginnen mit be: {some} Bitte geben Sie mehr von der Kennung an."


def test_of_a_file_of_an_interrupted_run_that_is_over_it_says_which_run_went_on_with_it(office: Office) -> None:
    office.run()
    with closing(Ledger(office.folder / "state" / NAME)) as ledger:
        ledger.begin("20260101-000000-aaaa", "onOffice", "2026-01-01T00:00:00+01:00", [FileEntry("a.csv", "a.csv", "0" * 64)])
    assert "noch in Arbeit" in office.command("show", "20260101").stdout.decode()
    office.drop_csv("b.csv", [(70001, 90001, "bestätigt", "")])
    office.run()
    (report,) = office.reports()

    shown = office.command("show", "20260101").stdout.decode()
    assert f"ging weiter im Abgleich {report['run']['id']}" in " ".join(shown.split())
    assert "noch in Arbeit" not in shown
