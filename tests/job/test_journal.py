"""Intent before, outcome after: what is on the disk at the very moment at which a request arrives."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from sync import simulator

if TYPE_CHECKING:
    from pathlib import Path

    from tests.job.conftest import Kit


def test_whenever_a_request_arrives_its_intent_is_committed_and_all_earlier_outcomes_are(tmp_path: Path, kit: type[Kit]) -> None:
    world = kit.plain_world(12)
    path = tmp_path / "office" / "state" / "ledger.sqlite3"
    seen: list[tuple[int, int, int]] = []

    def clock() -> float:  # the simulator asks it when a request has arrived
        if path.exists():
            with closing(sqlite3.connect(path)) as other:
                counts = "SELECT count(*), count(outcome), (SELECT count(*) FROM sent) FROM requests"
                seen.append(other.execute(counts).fetchone())
        return time.monotonic()

    with simulator.running(world.seed, token=kit.token, secret=kit.secret, clock=clock) as api:
        office = kit.Office(tmp_path / "office", api.url)
        office.configure(sending={"requests_per_minute": 0, "actions_per_request": 2, "links_per_action": 1})
        office.drop_csv("a.csv", world.rows)
        finished = office.run()
        sent_actions = [len(e["actions"]) if e["actions"][0]["verb"] == "modify" else 0 for e in api.log()]

    assert finished.info.exit_code == 0
    arrived = range(1, finished.info.requests + 1)
    assert [(intents, outcomes) for intents, outcomes, _ in seen] == [(number, number - 1) for number in arrived]
    assert [links for *_, links in seen] == [sum(sent_actions[:number]) for number in arrived]


def test_the_state_before_is_committed_before_the_first_write_arrives(tmp_path: Path, kit: type[Kit]) -> None:
    world = kit.plain_world(4)
    path = tmp_path / "office" / "state" / "ledger.sqlite3"
    saved: list[int] = []

    def clock() -> float:
        if path.exists():
            with closing(sqlite3.connect(path)) as other:
                saved.extend(other.execute("SELECT count(*) FROM changes WHERE confirmation_before = 'nicht gesetzt'").fetchone())
        return time.monotonic()

    with simulator.running(world.seed, token=kit.token, secret=kit.secret, clock=clock) as api:
        office = kit.Office(tmp_path / "office", api.url)
        office.has_written_before()
        office.drop_csv("a.csv", world.rows)
        office.run()
        verbs = [entry["actions"][0]["verb"] for entry in api.log()]

    assert list(zip(verbs, saved, strict=True)) == [("get", 0), ("modify", 4), ("get", 4)]


def test_the_ledger_tells_the_whole_night(office: Kit.Office, api: simulator.Running, kit: type[Kit]) -> None:
    world = kit.plain_world(4)
    api.put_state(world.seed)
    office.has_written_before()
    office.drop_csv("a.csv", world.rows)
    info = office.run().info

    with closing(sqlite3.connect(office.folder / "state" / "ledger.sqlite3")) as ledger:
        runs = ledger.execute("SELECT id, exit_code, stopped, requests, actions, rounds, carried_on_by FROM runs").fetchall()
        files = ledger.execute("SELECT name, length(sha256), fate FROM files").fetchall()
        changes = ledger.execute("SELECT verdict, verified FROM changes").fetchall()
        requests = ledger.execute("SELECT kind, actions, outcome, results FROM requests ORDER BY id").fetchall()

    assert runs == [(info.id, 0, None, info.requests, info.actions, 1, None)]
    assert files == [("a.csv", 64, "archive")]
    assert changes == [("updated", 1)] * 4
    assert [(kind, outcome) for kind, _, outcome, _ in requests] == [
        ("read", "answered"),
        ("write", "answered"),
        ("read", "answered"),
    ]
    assert all(isinstance(json.loads(text), list) for _, actions, _, results in requests for text in (actions, results))
