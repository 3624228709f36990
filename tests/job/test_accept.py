"""Letting a run pass that was stopped by a limit: once, for the same files, and nothing else."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from sync import config
from sync.cli import app as cli
from sync.domain.model import Accepted, Stop
from sync.errors import ConfigurationError
from sync.i18n import Language, speaking
from sync.i18n.texts import stop_text
from sync.job import run
from sync.job.context import Runtime
from sync.report.history import NoSuchRun

if TYPE_CHECKING:
    from sync.job.run import Finished
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, World


@pytest.fixture
def world(office: Office, api: Running, kit: type[Kit]) -> World:
    """Twelve links of which every one has to change, where eleven may."""
    world = kit.plain_world(12)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    office.configure(rules={"max_changes": 11})
    return world


def accept(office: Office, asked: str) -> Finished:
    return run.run(config.load(office.config), (office.token, office.secret), Runtime(), accepting=asked)


def stopped_by(finished: Finished) -> Stop | None:
    return finished.info.stopped.stop if finished.info.stopped else None


@pytest.mark.parametrize("language", list(Language))
def test_the_stopped_run_says_why_and_which_command_lets_it_pass(office: Office, world: World, language: Language) -> None:
    office.configure(report={"language": language})
    stopped = office.run().info
    assert stopped.stopped is not None

    with speaking(language):
        said = stop_text(stopped.stopped)

    assert stopped.stopped.detail == "12 > 11"
    assert "12 > 11" not in said
    assert f"onoffice-sync run --accept {stopped.id}" in said
    assert f"onoffice-sync run --accept {stopped.id}" in office.reports()[-1]["run"]["stopped"]["message"]
    assert "{" not in said
    assert len(world.rows) == 12


def test_with_the_same_files_it_passes_and_the_limit_holds_again_after_that(
    office: Office, api: Running, kit: type[Kit], world: World
) -> None:
    first = office.run().info.id
    assert stopped_by(office.run()) is Stop.TOO_MANY_CHANGES, "asking again changes nothing"

    passed = accept(office, first)

    assert (passed.exit_code, passed.info.accepted) == (0, Accepted(first, holds=True))
    assert kit.links(api.state()) == world.wanted
    assert office.reports()[-1]["run"]["accepted"] == {"run": first, "holds": True}
    office.drop_csv("b.csv", [(*row[:2], "nicht gesetzt", None) for row in world.rows])
    assert stopped_by(office.run()) is Stop.TOO_MANY_CHANGES


@pytest.mark.parametrize("what", ["one more", "one less", "another"])
def test_with_other_files_the_limit_holds_and_that_is_said(
    office: Office, api: Running, kit: type[Kit], world: World, *, what: str
) -> None:
    office.drop_csv("b.csv", [(70001, 90001, "bestätigt", None)])
    first = office.run().info.id
    if what == "one more":
        office.drop_csv("c.csv", [(70001, 90001, "bestätigt", "aktiv")])
    elif what == "one less":
        (office.drop / "b.csv").unlink()
    else:
        office.drop_csv("b.csv", [(70001, 90002, "gesendet", None)])

    again = accept(office, first)

    assert (again.exit_code, stopped_by(again)) == (1, Stop.TOO_MANY_CHANGES)
    assert again.info.accepted == Accepted(first, holds=False)
    assert kit.links(api.state()) == kit.links(world.seed)
    assert again.info.stopped is not None
    assert again.info.stopped.accept == again.info.id, "what can be let pass is what lies there now"


def test_files_that_could_not_be_read_do_not_count_as_they_are_gone(
    office: Office, api: Running, kit: type[Kit], world: World
) -> None:
    office.drop_csv("c.csv", [("Müller", "München")], header=("Name", "Ort"))
    first = office.run().info.id

    assert accept(office, first).info.accepted == Accepted(first, holds=True)
    assert kit.links(api.state()) == world.wanted


def test_both_limits_are_passed_one_after_the_other(office: Office, api: Running, kit: type[Kit], world: World) -> None:
    office.configure(rules={"max_invalid_share": 0.1})
    office.drop_csv("b.csv", [("x", "y", "z", None)] * 2)
    first = office.run()
    assert stopped_by(first) is Stop.TOO_MANY_INVALID

    second = accept(office, first.info.id)
    assert stopped_by(second) is Stop.TOO_MANY_CHANGES
    third = accept(office, second.info.id)

    assert third.exit_code == 3, "the wrong rows are still wrong"
    assert kit.links(api.state()) == world.wanted


def test_what_no_limit_stopped_cannot_be_let_pass_and_nothing_is_begun(office: Office, api: Running, world: World) -> None:
    office.configure(rules={"max_changes": 0})
    done = office.run().info.id
    office.drop_csv("b.csv", [(70001, 90001, "gesendet", None)])
    asked = len(api.log())

    with pytest.raises(ConfigurationError, match="wurde nicht von max_changes oder max_invalid_share aufgehalten"):
        accept(office, done)
    with pytest.raises(NoSuchRun):
        accept(office, "nowhere")

    assert (len(api.log()), office.places()["drop"]) == (asked, ["b.csv"])
    assert len(world.rows) == 12


def test_the_command_lets_it_pass_or_says_why_not(office: Office, api: Running, kit: type[Kit], world: World) -> None:
    first = office.run().info.id

    assert office.command("run", "--dry-run", "--accept", first).returncode == 2
    passed = office.command("run", "--accept", first[:-1])

    assert (passed.returncode, kit.links(api.state())) == (0, world.wanted)
    assert (
        f"Die Dateien, die im Abgleich {first} eine Grenze aufgehalten hatte, wurden diesmal durchgelassen."
        in passed.stdout.decode()
    )
    assert office.command("run", "--accept", "last").returncode == 2


@pytest.mark.parametrize("found", [False, True], ids=["elsewhere", "in the place of the user"])
@pytest.mark.usefixtures("world")
def test_the_command_that_lets_a_run_pass_is_typed_as_it_stands(
    office: Office, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, found: bool
) -> None:
    monkeypatch.setenv("ONOFFICE_TOKEN", office.token)
    monkeypatch.setenv("ONOFFICE_SECRET", office.secret)
    monkeypatch.setattr("sync.config.usual_places", lambda: (office.config,) if found else ())
    with pytest.raises(SystemExit) as left:
        cli.main(["run", "--config", str(office.config)])

    assert left.value.code == 1
    named = "" if found else f" --config {shlex.quote(str(office.config.resolve()))}"
    assert f"onoffice-sync run{named} --accept " in " ".join(capfd.readouterr().out.split())
