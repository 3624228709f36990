"""Cases of a rehearsal: an office by dice, what goes wrong in it, and the nights in peace that have to mend everything."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from sync import config
from sync.errors import SyncError
from sync.job.context import Runtime
from sync.job.run import undo_run
from sync.simulator.options import Options
from tests.rehearsal.chronicle import Chronicle
from tests.rehearsal.truth import NOT_THERE
from tests.rehearsal.worlds import NOBODY, World, seed

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office
    from tests.rehearsal.worlds import Pair

FAULTS: Final[list[dict[str, Any]]] = [
    *({"do": name} for name in ("drop_before", "drop_after", "truncate", "garbage", "short_results", "reorder_results")),
    *({"do": "status", "code": code} for code in (400, 413, 429, 500, 502, 503)),
    *({"do": "action_error", "code": code} for code in (1, 70, 97, 136, 137, 156, 168, 180, 219, 999)),
    {"do": "duplicate_results"},
    {"do": "delay", "seconds": 0.4},
    {"do": "stop", "seconds": 0.05},
]


def rule(dice: random.Random) -> dict[str, Any]:
    """A fault by dice."""
    on: dict[str, Any] = dice.choice(
        [
            {"on": "nth", "n": dice.randint(1, 6)},
            {"on": "every", "n": dice.randint(2, 5)},
            {"on": "random", "p": 0.3, "seed": dice.randint(0, 99)},
        ]
    )
    return {**on, **dice.choice(FAULTS), "verb": dice.choice([None, "modify", "create", "delete", "get"])}


class Case:
    """One office by dice, to be troubled a few times and then left in peace until nothing is left to do."""

    def __init__(self, folder: Path, kit: type[Kit], api: Running, dice: random.Random) -> None:
        self.dice = dice
        self.world = World(dice)
        self.api = api
        self.office: Office = kit.Office(folder, api.url)
        self.chronicle = Chronicle(self.office, api)
        api.put_faults([])
        api.put_state(seed(self.world.state))
        api.put_options(asdict(Options()) | self.options())
        self.office.configure(sending=self.sending(), rules={"allow_delete": True})
        self.office.make_folders()
        self.chronicle.dropped(self.world.drop(self.office.drop))

    def options(self) -> dict[str, Any]:
        pick = self.dice.choice
        return {
            "several_links": pick(["atomic", "partial", "first"]),
            "failure_envelope": pick(["97", "code", "ok"]),
            "success_body": pick(["empty", "record"]),
            "followup_words": pick(["german", "english"]),
            "modify_verb": pick(["modify", "both"]),
            "latency_ms": pick([0, 0, 3]),
        }

    def sending(self) -> dict[str, object]:
        pick = self.dice.randint
        sizes: dict[str, object] = {"actions_per_request": pick(1, 8), "links_per_action": pick(1, 5), "rounds": pick(1, 4)}
        return sizes | {"parallel_requests": pick(1, 3), "read_timeout": 0.3, "attempts": 1}

    def arm(self) -> None:
        self.api.put_faults([rule(self.dice) for _ in range(self.dice.randint(0, 3))])

    def until_quiet(self, start: Callable[[], int]) -> None:
        """Nights in peace; what onOffice refused in bad ones is dropped again, as staff would drop the correction file."""
        self.api.put_faults([])
        self.api.put_options(asdict(Options()))
        self.office.configure(sending={"read_timeout": 30, "rounds": 5})
        known = set(self.chronicle.reports)
        for number in range(3):
            with self.chronicle.start():
                assert start() in {0, 3}
            assert not self.chronicle.waiting()
            if self.chronicle.state == self.world.wanted():
                break
            self.chronicle.dropped(self.world.drop(self.office.drop, f"noch-{number}-"))
        with self.chronicle.start():
            assert start() == 0, "nothing is left for one more night"
        self.assert_all_is_well()
        for run in set(self.chronicle.reports) - known:
            self.assert_nothing_is_open(run)

    def take_everything_back(self) -> None:
        """Undo all runs, the last one first: the CRM is as it was before the first of them.

        Where a run itself said that it does not know what became of a link, an undo may take that for a change of somebody.
        """
        chronicle, office = self.chronicle, self.office
        for run_id in [run.id for run in reversed(chronicle.runs.values()) if run.undo_of is None]:
            with chronicle.start(), suppress(SyncError):  # nothing to take back, or sent blind, which it says
                assert undo_run(config.load(office.config), (office.token, office.secret), Runtime(), run_id).info.stopped is None
        left = {pair for pair in {*chronicle.state, *self.world.state} if chronicle.state.get(pair) != self.world.state.get(pair)}
        assert left <= self._unclear(), left - self._unclear()

    def _unclear(self) -> set[Pair]:
        """Links about which a report said that their fate or their state before is not known."""
        return {
            row.pair
            for run in self.chronicle.runs.values()
            if run.undo_of is None and run.id in self.chronicle.reports
            for row, told in self.chronicle.told(run.id)
            if not row.wrong and (told["outcome"] == "unknown" or (told["before"] is None and told["attempts"]))
        }

    def assert_all_is_well(self) -> None:
        chronicle = self.chronicle
        assert chronicle.state == self.world.wanted()
        chronicle.assert_nothing_is_lost(at_rest=True)
        assert chronicle.ledger("SELECT id FROM runs WHERE finished IS NULL AND carried_on_by IS NULL") == []
        assert [path for path in self.office.folder.rglob(".onoffice-sync-*") if path.is_file()] == []

    def assert_nothing_is_open(self, run: str) -> None:
        """In a night in peace every row gets what it asks for, but for those that ask for what is not there."""
        for row, told in self.chronicle.told(run):
            codes = {problem["code"] for problem in told["problems"]}
            if told["outcome"] == "rejected":
                asks_for_nothing_there = codes & (NOT_THERE | {"feedback_not_set_up", "only_feedback_missing"})
                assert asks_for_nothing_there or row.pair[1] == NOBODY, (row, told)
            assert told["outcome"] != "unknown", (row, told)
