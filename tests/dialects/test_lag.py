"""Promise: a look that comes too soon after a write proves nothing; nothing is called not applied, or refused, by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync.onoffice.dialect import Dialect
from tests.rounds.conftest import Time, row, seed, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dialects.conftest import Clothes
    from tests.rounds.conftest import Office

LINKS = {(n, 90 + n): ("gesendet", "aktiv") for n in range(1, 7)}
ROWS = [row(a, b, "bestätigt", "inaktiv") for a, b in LINKS]
RULES = {"create_missing_links": True, "allow_delete": True}


class Replica:
    """Shows what was written only so many seconds later, on the clock of the run."""

    def __init__(self, clothes: Clothes, time: Time, seconds: float) -> None:
        self.time, self.seconds = time, seconds
        self.written_at = -1e9
        self.shown: dict[int, Any] = {}
        clothes.answers, clothes.before = self.answer, self.before

    def before(self, actions: list[dict[str, Any]]) -> None:
        if actions[0]["resourcetype"] == "relation":
            self.written_at = self.time.now

    def answer(self, action: dict[str, Any], result: dict[str, Any]) -> None:
        if action["resourcetype"] != "appointmentList":
            return
        for record in result["data"]["records"]:
            if self.time.now < self.written_at + self.seconds and record["id"] in self.shown:
                record["elements"]["contacts"] = self.shown[record["id"]]
            self.shown[record["id"]] = record["elements"]["contacts"]


@pytest.mark.parametrize("seconds", [0.3, 3.0, 20.0])
def test_reads_that_lag_are_waited_for(office: Callable[..., Office], clothes: Clothes, seconds: float) -> None:
    time, made = Time(), office(seed(LINKS))
    Replica(clothes, time, seconds)
    night = made.night(ROWS, tools=time.tools())

    assert night.verdicts == ["updated"] * len(ROWS)
    assert len(made.written()) == len(ROWS)
    assert seconds <= Dialect.of(made.ledger.lessons()).settle_seconds <= 30


def test_the_next_night_waits_first_and_looks_once(office: Callable[..., Office], clothes: Clothes) -> None:
    time, made = Time(), office(seed(LINKS))
    Replica(clothes, time, 3.0)
    made.night(ROWS, tools=time.tools())
    clothes.requests.clear()
    night = made.night([row(a, b, "gecancelt") for a, b in LINKS], tools=time.tools())

    assert night.verdicts == ["updated"] * len(ROWS)
    assert len(clothes.requests) == 3


def test_a_lag_that_is_gone_is_unlearnt(office: Callable[..., Office], clothes: Clothes) -> None:
    time, made = Time(), office(seed(LINKS), rules={"on_old_file": "send"})  # old wishes come back here
    Replica(clothes, time, 3.0)
    made.night(ROWS, tools=time.tools())
    clothes.answers = clothes.before = None
    for number in range(8):
        made.night([row(a, b, ("gecancelt", "gesendet")[number % 2]) for a, b in LINKS], tools=time.tools())

    assert Dialect.of(made.ledger.lessons()).settle_seconds == 0


def test_a_link_that_is_gone_already_is_no_refusal(office: Callable[..., Office], clothes: Clothes) -> None:
    time, made = Time(), office(seed(LINKS), rules=RULES, sending={"settle_reads": 0.0})
    Replica(clothes, time, 3.0)
    night = made.night([row(a, b, action="lösen") for a, b in LINKS], tools=time.tools())

    assert state(made.crm) == {}
    assert not {"rejected", "not_sent"} & set(night.verdicts)


def test_links_that_are_taken_away_or_made_are_waited_for(office: Callable[..., Office], clothes: Clothes) -> None:
    time, made = Time(), office(seed(LINKS, addresses=[99]), rules=RULES)
    Replica(clothes, time, 5.0)
    night = made.night([row(1, 91, action="lösen"), row(2, 99, "gesendet", action="verknüpfen")], tools=time.tools())

    assert night.verdicts == ["updated", "updated"]
    assert [action["verb"] for action in made.written()] == ["create", "delete"]


def test_where_no_write_shows_an_effect_it_is_waited_for_once_and_nothing_is_called_seen(office: Callable[..., Office]) -> None:
    time, made = Time(), office(seed(LINKS))
    began = time.now
    made.crm.put_faults([{"on": "every", "verb": "modify", "do": "no_effect"}])
    night = made.night(ROWS, tools=time.tools())

    assert {(seen.verdict, seen.verified, seen.codes) for seen in night.seen} == {("unknown", False, ("not_applied",))}
    assert time.now - began == pytest.approx(30, abs=1)


def test_a_lag_longer_than_anybody_waits_is_called_no_refusal(office: Callable[..., Office], clothes: Clothes) -> None:
    time, made = Time(), office(seed(LINKS))
    Replica(clothes, time, 3600.0)
    night = made.night(ROWS, tools=time.tools())
    assert {(seen.verdict, seen.verified) for seen in night.seen} == {("unknown", False)}

    time.now += 8 * 3600
    assert made.night(ROWS, tools=time.tools()).verdicts == ["unchanged"] * len(ROWS)


def test_where_others_are_shown_a_write_without_effect_is_a_refusal(office: Callable[..., Office]) -> None:
    time, made = Time(), office(seed(LINKS))
    made.crm.put_options({"protected": ["series"], "protected_code": 0})
    state_: Any = made.crm.state()
    state_["appointments"][0]["recurrence"] = {"type": "weekly"}
    made.crm.put_state(state_)
    told = [(seen.verdict, seen.verified, seen.codes) for seen in made.night(ROWS, tools=time.tools()).seen]
    assert told == [("rejected", True, ("not_made",)), *[("updated", True, ())] * (len(ROWS) - 1)]
