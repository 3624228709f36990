"""A run that cannot start or has to end early: one clear sentence, exit 1, nothing lost, and the next good run does the rest."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from sync.domain.model import Stop
from sync.errors import StopRun
from sync.job.context import Runtime, Stopper

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, World


def wrong_token(office: Office, _api: Running) -> None:
    office.token = "0" * 32


def wrong_secret(office: Office, _api: Running) -> None:
    office.secret = "0" * 64


def wrong_clock(office: Office, api: Running) -> None:
    office.configure(onoffice={"clock": "strict"})
    api.put_options({"clock_offset_s": 600})


def nobody_there(office: Office, _api: Running) -> None:
    office.configure(onoffice={"url": "http://127.0.0.1:9/api/stable/api.php"})


def no_name(office: Office, _api: Running) -> None:
    office.configure(onoffice={"url": "https://onoffice.invalid/api/stable/api.php"})


def not_the_api(_office: Office, api: Running) -> None:
    api.put_faults([{"on": "every", "do": "garbage"}])


def wrong_path(office: Office, api: Running) -> None:
    office.configure(onoffice={"url": api.url.replace("api.php", "index.php")})


def put_right(office: Office, api: Running, kit: type[Kit]) -> None:
    office.token, office.secret = kit.token, kit.secret
    office.configure(onoffice={"url": api.url})
    api.put_options({"clock_offset_s": 0})
    api.put_faults([])


@pytest.fixture
def world(office: Office, api: Running, kit: type[Kit]) -> World:
    world = kit.plain_world(12)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    return world


def test_a_row_that_repeats_one_that_waits_is_not_called_done(office: Office, api: Running, world: World) -> None:
    wrong_token(office, api)
    office.drop_csv("b.csv", [world.rows[0]])

    office.run()

    run, summary = office.reports()[-1]["run"], office.reports()[-1]["summary"]
    assert (summary["not_sent"], summary["duplicate"], run["repeating"]) == (12, 1, 1)


@pytest.mark.parametrize(
    ("spoil", "stop"),
    [
        (wrong_token, Stop.CREDENTIALS),
        (wrong_secret, Stop.CREDENTIALS),
        (wrong_clock, Stop.CLOCK),
        (nobody_there, Stop.UNREACHABLE),
        (no_name, Stop.UNREACHABLE),
        (not_the_api, Stop.UNREACHABLE),
        (wrong_path, Stop.UNREACHABLE),
    ],
)
def test_the_files_wait_in_the_drop_folder_and_the_next_good_run_does_them(
    office: Office, api: Running, world: World, spoil: Callable[[Office, Running], None], stop: Stop, *, kit: type[Kit]
) -> None:
    content = (office.drop / "a.csv").read_bytes()
    spoil(office, api)

    stopped = office.run()

    assert stopped.info.exit_code == 1
    assert stopped.info.stopped is not None
    assert stopped.info.stopped.stop is stop
    assert office.places() == {"drop": ["a.csv"]}
    assert (office.drop / "a.csv").read_bytes() == content
    assert kit.links(api.state()) == kit.links(world.seed)
    assert office.reports()[-1]["summary"]["not_sent"] == office.reports()[-1]["summary"]["rows"] == 12
    assert office.reports()[-1]["run"]["exit_code"] == 1

    put_right(office, api, kit)
    assert office.run().info.exit_code == 0
    assert kit.links(api.state()) == world.wanted
    assert office.places() == {"archive": ["a.csv"]}
    assert office.reports()[-1]["summary"]["updated"] == 12


def test_nights_on_which_nothing_could_be_done_leave_no_copies_among_the_results_that_look_like_work(
    office: Office, api: Running, world: World, kit: type[Kit]
) -> None:
    office.drop_csv("a.csv", [*world.rows, (1, 2, "bestätgt", None)])
    wrong_secret(office, api)
    for _ in range(2):
        assert office.run().info.exit_code == 1
    assert list((office.folder / "results").glob("* a.csv - *")) == []

    put_right(office, api, kit)
    office.run()
    assert len(list((office.folder / "results").glob("* a.csv - *"))) == 2  # the marked copy and the correction file


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (wrong_token, "onOffice hat die Zugangsdaten nicht angenommen"),
        (nobody_there, "prüfen Sie die Internetverbindung"),
        (wrong_path, "(HTTP 404)"),
        (wrong_path, "Prüfen Sie die Adresse onoffice.url"),
        (not_the_api, "Prüfen Sie die Adresse onoffice.url"),
    ],
)
def test_the_command_says_it_in_one_clear_sentence(
    office: Office, api: Running, world: World, spoil: Callable[[Office, Running], None], sentence: str
) -> None:
    spoil(office, api)

    done = office.command("run")

    assert done.returncode == 1
    assert done.stdout.decode().count(sentence) == 1
    assert b"Traceback" not in done.stdout + done.stderr
    assert office.places() == {"drop": ["a.csv"]}
    assert len(world.rows) == 12


def test_the_size_of_a_clocks_error_is_told(office: Office, api: Running, world: World) -> None:
    wrong_clock(office, api)

    stopped = office.run().info.stopped

    assert stopped is not None
    assert abs(int(stopped.detail) + 600) <= 2
    assert len(world.rows) == 12


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGTERM, marks=pytest.mark.skipif(sys.platform == "win32", reason="there it ends a process at once")),
        pytest.param(signal.SIGINT, marks=pytest.mark.skipif(sys.platform == "win32", reason="goes to a whole console there")),
    ],
)
def test_a_signal_in_the_middle_ends_the_run_after_the_request_in_flight(
    office: Office, api: Running, kit: type[Kit], world: World, number: signal.Signals
) -> None:
    office.configure(sending={"actions_per_request": 2, "links_per_action": 1})
    content = (office.drop / "a.csv").read_bytes()
    api.put_options({"latency_ms": 150})  # from the first request on: on a busy machine all would be over before anybody looks
    with office.start("run", "--json") as process:
        until(lambda: any(entry["actions"][0]["verb"] == "modify" for entry in api.log()))
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert (process.returncode, b"Traceback" in err) == (1, False)
    log = api.log()
    assert {entry["http_status"] for entry in log} == {200}
    (report,) = office.reports()
    assert report["run"]["stopped"]["code"] == "interrupted"
    assert report == json.loads(out)
    sent = sum(len(entry["actions"]) for entry in log if entry["actions"][0]["verb"] == "modify")
    assert 0 < sent < 12
    assert (report["summary"]["unknown"], report["summary"]["not_sent"]) == (sent, 12 - sent)
    after = kit.links(api.state())
    for row in report["files"][0]["rows"]:
        pair = (row["appointment_id"], row["address_id"])
        assert after[pair] == (world.wanted[pair] if row["outcome"] == "unknown" else ("nicht gesetzt", "inaktiv"))
    assert office.places() == {"drop": ["a.csv"]}
    assert (office.drop / "a.csv").read_bytes() == content

    api.put_options({"latency_ms": 0})
    assert office.run().info.exit_code == 0
    assert kit.links(api.state()) == world.wanted
    assert office.reports()[-1]["summary"] | {"updated": 0, "unchanged": 0} == report["summary"] | {
        "unknown": 0,
        "not_sent": 0,
    }
    assert (office.reports()[-1]["summary"]["unchanged"], office.reports()[-1]["summary"]["updated"]) == (sent, 12 - sent)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_signal_while_files_settle_leaves_everything_as_it_is(office: Office, api: Running, world: World) -> None:
    office.configure(folders={"settle_seconds": 3_600})
    stopper = Stopper(wait=lambda _seconds: stopper.ask())

    with pytest.raises(StopRun):
        office.run(Runtime(stopper=stopper))

    assert office.places() == {"drop": ["a.csv"]}
    assert (api.log(), office.reports(), len(world.rows)) == ([], [], 12)


def test_at_the_deadline_the_rest_waits_for_the_next_night(office: Office, api: Running, kit: type[Kit], world: World) -> None:
    office.configure(sending={"actions_per_request": 2, "links_per_action": 1})
    asked = 0

    def clock() -> float:
        nonlocal asked
        asked += 1
        return float(asked)

    finished = office.run(Runtime(stopper=Stopper((5.0, "06:00"), clock=clock)))

    assert finished.info.exit_code == 1
    assert finished.info.stopped is not None
    assert (finished.info.stopped.stop, finished.info.stopped.detail) == (Stop.DEADLINE, "06:00")
    assert office.places() == {"drop": ["a.csv"]}
    assert office.run().info.exit_code == 0
    assert kit.links(api.state()) == world.wanted


def test_files_of_a_stopped_run_stay_together_so_that_a_contradiction_stays_one(
    office: Office, api: Running, kit: type[Kit], world: World
) -> None:
    """Were the file that was done with archived, the other one would come to the next run without its contradiction."""
    pair = (70_900, 90_900)
    before = {**kit.links(world.seed), pair: ("nicht gesetzt", "inaktiv")}
    api.put_state(kit.seeded(before))
    office.drop_csv("a.csv", [*world.rows, (*pair, "bestätigt", None)])
    office.drop_csv("b.csv", [(*pair, "gecancelt", None)])
    nobody_there(office, api)

    assert office.run().info.exit_code == 1
    assert office.places() == {"drop": ["a.csv", "b.csv"]}

    put_right(office, api, kit)
    assert office.run().info.exit_code == 3
    assert kit.links(api.state()) == {**world.wanted, pair: ("nicht gesetzt", "inaktiv")}
    assert office.reports()[-1]["summary"]["conflict"] == 2


def test_too_many_changes_or_mistakes_send_nothing_and_ask(office: Office, api: Running, kit: type[Kit], world: World) -> None:
    office.configure(rules={"max_changes": 11})
    changes = office.run().info.stopped
    office.configure(rules={"max_changes": 0, "max_invalid_share": 0.1})
    office.drop_csv("b.csv", [("x", "y", "z", None)] * 2)
    mistakes = office.run().info.stopped

    assert changes is not None
    assert mistakes is not None
    assert (changes.stop, changes.detail) == (Stop.TOO_MANY_CHANGES, "12 > 11")
    assert (mistakes.stop, mistakes.detail) == (Stop.TOO_MANY_INVALID, "14% > 10%")
    assert kit.links(api.state()) == kit.links(world.seed)
    assert office.places() == {"drop": ["a.csv", "b.csv"]}
