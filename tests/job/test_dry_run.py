"""A dry run looks and plans; it changes not a byte and not a time anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync.errors import FolderError

if TYPE_CHECKING:
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office


def test_it_changes_nothing_in_the_crm_and_nothing_on_the_disk(office: Office, api: Running, kit: type[Kit]) -> None:
    world = kit.plain_world(40)
    api.put_state(world.seed)
    office.drop_csv("gestern.csv", world.rows[:4])
    assert office.run().info.exit_code == 0  # there is a ledger, a lock and a report already
    office.drop_csv("heute.csv", world.rows)
    (office.drop / "kaputt.xlsx").write_bytes(b"PK\x03\x04")
    asked, state, before = len(api.log()), api.state(), kit.Snapshot.of(office.folder)

    done = office.command("run", "--dry-run")

    assert kit.Snapshot.of(office.folder) == before
    assert api.state() == state
    assert {action["verb"] for entry in api.log()[asked:] for action in entry["actions"]} == {"get", "read"}
    assert done.returncode == 3  # for the file that cannot be read
    assert "36" in done.stdout.decode()
    assert "nicht gesetzt -> bestätigt" in done.stdout.decode()
    assert "kaputt.xlsx" in done.stdout.decode()


def test_it_plans_what_the_next_run_does(office: Office, api: Running, kit: type[Kit]) -> None:
    world = kit.plain_world(40)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)

    planned = office.run(dry=True)
    done = office.run()

    assert (planned.info.exit_code, planned.info.dry_run, planned.results) == (0, True, None)
    assert len(planned.actions) == done.info.actions
    assert sum(len(action.links) for action in planned.actions) == 40


def test_the_command_tells_the_plan_and_not_a_run_that_never_was(office: Office, api: Running, kit: type[Kit]) -> None:
    world = kit.plain_world(1)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    office.drop_csv("ohne.csv", [("Müller", "München")], header=("Name", "Ort"))

    told = office.command("run", "--dry-run").stdout.decode()

    assert "1 " in told.splitlines()[1]
    assert "ohne.csv" in told
    assert not [word for word in ("zurückgestellt", "nicht mehr an die Reihe", "Zeile gelesen", "erledigt") if word in told], told


def test_before_the_first_run_a_missing_drop_folder_is_told_and_nothing_is_made(office: Office, kit: type[Kit]) -> None:
    before = kit.Snapshot.of(office.folder)
    done = office.command("run", "--dry-run")

    assert done.returncode == 0, done.stderr
    assert f"Den Ablageordner {office.drop} gibt es noch nicht; ihn legt der erste Abgleich an." in done.stdout.decode()
    assert kit.Snapshot.of(office.folder) == before


def test_after_it_a_missing_drop_folder_is_a_mistake(office: Office) -> None:
    office.run()
    office.drop.rmdir()

    with pytest.raises(FolderError, match="Der Ablageordner lässt sich nicht lesen"):
        office.run(dry=True)


def test_where_nothing_lies_in_the_drop_folder_it_says_that_onoffice_was_not_asked(office: Office, api: Running) -> None:
    office.drop.mkdir()
    done = office.command("run", "--dry-run", ONOFFICE_SECRET="wrong" * 12)

    assert done.returncode == 0, done.stderr
    assert "onOffice wurde deshalb nicht gefragt" in done.stdout.decode()
    assert api.log() == []


def test_before_the_first_run_files_are_planned_though_there_is_no_other_folder(
    office: Office, api: Running, kit: type[Kit]
) -> None:
    world = kit.plain_world(4)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    before = kit.Snapshot.of(office.folder)

    assert len(office.run(dry=True).actions) > 0
    assert kit.Snapshot.of(office.folder) == before


def test_without_an_answer_it_plans_nothing_and_says_why(office: Office, api: Running, kit: type[Kit]) -> None:
    office.drop_csv("a.csv", kit.plain_world(4).rows)
    api.put_faults([{"on": "every", "do": "status", "code": 500}])
    before = kit.Snapshot.of(office.folder)

    done = office.command("run", "--dry-run")

    assert done.returncode == 1
    assert "würde" not in done.stdout.decode()
    assert "HTTP 500" in done.stdout.decode()
    assert kit.Snapshot.of(office.folder) == before


def test_files_that_a_killed_run_left_are_planned_too(office: Office, api: Running, kit: type[Kit]) -> None:
    world = kit.plain_world(4)
    api.put_state(world.seed)
    office.make_folders()
    claimed = office.folder / "state" / "claimed" / "20261124-030000-dead" / "000001"
    claimed.mkdir(parents=True)
    office.drop_csv("a.csv", world.rows).rename(claimed / "a.csv")
    before = kit.Snapshot.of(office.folder)

    assert sum(len(action.links) for action in office.run(dry=True).actions) == 4
    assert kit.Snapshot.of(office.folder) == before


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({}, None),
        ({"max_changes": 40}, None),
        ({"max_changes": 39}, "Es sind mehr Änderungen, als max_changes zulässt (40 statt höchstens 39)."),
        ({"max_invalid_share": 0.0}, "Es sind mehr Zeilen fehlerhaft, als max_invalid_share zulässt (2 % statt höchstens 0 %)."),
    ],
)
def test_it_says_which_guard_would_stop_the_run_itself(
    office: Office, api: Running, kit: type[Kit], rules: dict[str, object], said: str | None
) -> None:
    world = kit.plain_world(40)
    api.put_state(world.seed)
    office.configure(rules=rules)
    office.drop_csv("a.csv", [*world.rows, ("x", 1, "bestätigt", "")])

    done = office.command("run", "--dry-run").stdout.decode()
    office.run()

    assert ("Der Abgleich selbst würde nichts davon übertragen: " in done) == bool(said)
    assert (said or "40 Verknüpfungen würden geändert") in done
    assert (office.reports()[-1]["run"]["stopped"] is not None) == bool(said)


def test_it_knows_that_a_feedback_is_not_set_up(office: Office, api: Running, kit: type[Kit]) -> None:
    pairs = {(70001, 90001): ("gesendet", None), (70001, 90002): ("gesendet", None), (70002, 90001): ("gesendet", "inaktiv")}
    api.put_state(kit.seeded(pairs))
    office.drop_csv(
        "a.csv", [(70001, 90001, None, "aktiv"), (70001, 90002, "gecancelt", "aktiv"), (70002, 90001, "bestätigt", "aktiv")]
    )

    done = office.command("run", "--dry-run")

    told = done.stdout.decode()
    assert done.returncode == 3
    assert "2 Verknüpfungen würden geändert" in told
    assert "nicht eingerichtet -> aktiv" in told
    assert "nicht bekannt" not in told
    assert (
        "Zeile 2 (Termin 70001, Adresse 90001): Für diesen Termin ist in onOffice keine Terminrückmeldung eingerichtet." in told
    )
    assert office.run().info.exit_code == 3
    assert [row["outcome"] for row in office.reports()[-1]["files"][0]["rows"]] == ["rejected", "rejected", "updated"]
