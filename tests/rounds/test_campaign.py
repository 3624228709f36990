"""Promise: in any office, with any options and any faults, verdicts are true, and nights without faults finish the work."""

from __future__ import annotations

import random
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from sync.simulator.options import Options
from tests.rounds.conftest import BEGIN, Office, Row, State, assert_true, row, seed, wait_until_there, wanted

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIRMATIONS = ["bestätigt", "gesendet", "gecancelt", "nicht gesetzt"]
FEEDBACKS = ["aktiv", "inaktiv"]
APPOINTMENTS, ADDRESSES = range(1, 9), range(11, 19)
FAULTS: list[dict[str, Any]] = [
    *({"do": name} for name in ("drop_before", "drop_after", "truncate", "garbage", "short_results", "reorder_results")),
    *({"do": "status", "code": code} for code in (400, 413, 429, 500, 502, 503)),
    *({"do": "action_error", "code": code} for code in (1, 70, 97, 136, 137, 156, 168, 169, 180, 181, 182, 219, 292, 999)),
    *({"do": name} for name in ("duplicate_results", "long_results", "foreign_results", "empty", "no_effect")),
    {"do": "stop", "seconds": 0.02},
]
VERBS = [None, None, "modify", "create", "delete", "get"]


class World:
    """One random office: its CRM, its rows, its faults."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)  # noqa: S311 - repeatable on purpose
        pick = self.random
        self.without_feedback = {a for a in APPOINTMENTS if pick.random() < 0.15}
        self.links: State = {
            (a, b): (pick.choice(CONFIRMATIONS), None if a in self.without_feedback else pick.choice(FEEDBACKS))
            for a in APPOINTMENTS
            for b in ADDRESSES
            if pick.random() < 0.4
        }
        self.seed = seed(self.links, addresses=[*ADDRESSES], empty=[*APPOINTMENTS])
        self.rows = [self.one_row() for _ in range(pick.randint(5, 40))]

    def one_row(self) -> Row:
        pick = self.random
        link: tuple[object, object] = pick.choice(list(self.links)) if self.links else (1, 11)
        chance = pick.random()
        if chance < 0.1:
            link = (pick.choice(APPOINTMENTS), pick.choice([*ADDRESSES, 99]))
        elif chance < 0.14:
            link = (77, pick.choice(ADDRESSES))
        elif chance < 0.18:
            link = (pick.choice(["x", "0", "3.5", ""]), 11)
        confirmation, feedback = pick.choice([*CONFIRMATIONS, ""]), pick.choice([*FEEDBACKS, "", ""])
        if link[0] not in self.without_feedback and pick.random() < 0.06:
            return row(*link, action="lösen")
        begin = pick.choice(["", "", "", "", BEGIN, BEGIN, "2.12.2026", "03.12.2026 09:00"])
        return row(*link, confirmation, feedback, "verknüpfen" if pick.random() < 0.08 else "", begin)

    def options(self) -> dict[str, Any]:
        pick = self.random
        return {
            "several_links": pick.choice(["atomic", "partial", "first"]),
            "failure_envelope": pick.choice(["97", "code", "ok"]),
            "success_body": pick.choice(["empty", "record"]),
            "followup_words": pick.choice(["german", "english"]),
            "modify_verb": pick.choice(["modify", "both"]),
            "read_rights": pick.random() > 0.1,
            "max_bytes": pick.choice([None, None, 5000]),
        }

    def sending(self) -> dict[str, Any]:
        pick = self.random
        return {
            "actions_per_request": pick.randint(1, 8),
            "links_per_action": pick.randint(1, 5),
            "rounds": pick.randint(1, 4),
            "parallel_requests": pick.choice([1, 1, 2, 4]),
            "bytes_per_request": pick.choice([1_000, 4_000, 1_000_000]),
            "attempts": pick.randint(1, 3),
            "look": pick.choice(["auto", "auto", "auto", True, False]),
        }

    def rule(self) -> dict[str, Any]:
        pick = self.random
        on: dict[str, Any] = pick.choice(
            [
                {"on": "nth", "n": pick.randint(1, 6)},
                {"on": "every", "n": pick.randint(1, 4)},
                {"on": "random", "p": pick.choice([0.1, 0.4]), "seed": pick.randint(0, 99)},
            ]
        )
        fault, verb = pick.choice(FAULTS), pick.choice(VERBS)
        if fault.get("code") == 169:  # as an answer to a look it would be a lie that nobody could see through
            verb = pick.choice(["modify", "create", "delete"])
        return {**on, **fault, "verb": verb}


def campaign(office: Callable[..., Office], number: int) -> None:
    """A few bad nights, some of them killed, then quiet ones."""
    world = World(number)
    made = office(world.seed, world.options(), rules={"allow_delete": True})
    before: State | None = None
    for _ in range(world.random.randint(1, 3)):
        made.sending = world.sending()
        rules = [world.rule() for _ in range(world.random.randint(0, 3))]
        made.crm.put_faults(rules)
        killed = world.random.random() < 0.25
        night = made.night(world.rows, killed=killed)
        wait_until_there(made.crm)
        if before is not None:
            night = replace(night, before=before)
        before = night.before if killed else None
        if not killed:
            assert_true(night, lies=any(rule["do"] == "no_effect" for rule in rules))
    made.crm.put_faults([])
    made.crm.put_options(asdict(Options()))
    made.sending = {}
    quiet = [made.night(world.rows) for _ in range(2)]
    assert_true(replace(quiet[0], before=before or quiet[0].before))
    assert_true(quiet[1])
    verdicts = list(zip(world.rows, quiet[1].verdicts, strict=True))
    in_conflict = {cells[:2] for cells, verdict in verdicts if verdict == "conflict"}
    taken = [cells for cells, verdict in verdicts if verdict != "invalid" and cells[:2] not in in_conflict]
    assert quiet[1].after == wanted(world.links, taken, {*APPOINTMENTS}, {*ADDRESSES})
    assert "updated" not in quiet[1].verdicts
    assert "not_sent" not in quiet[1].verdicts
    assert "unknown" not in quiet[1].verdicts


@pytest.mark.parametrize("number", range(40))
def test_random_offices_end_up_as_their_rows_say(office: Callable[..., Office], number: int) -> None:
    campaign(office, number)


@pytest.mark.long
@pytest.mark.parametrize("first", range(1000, 2000, 50))
def test_a_thousand_random_offices_end_up_as_their_rows_say(office: Callable[..., Office], first: int) -> None:
    for number in range(first, first + 50):
        campaign(office, number)
