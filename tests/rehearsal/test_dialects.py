"""Whatever onOffice speaks: two nights in each dialect, every verdict true, nothing touched that nobody asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.rehearsal.dialects import DIALECTS, FINE, Nights
from tests.rehearsal.dialects_not_yet import NOT_YET

if TYPE_CHECKING:
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit
    from tests.rehearsal.dialects import Dialect

BY_NAME: Final = {dialect.name: dialect for dialect in DIALECTS}

#: One of each kind: the others are played in the long form.
SHORT: Final = (
    *("default", "words=german", "words=other", "followup_words=booleans", "followup_unset=inactive", "contacts_shape=object"),
    *("records_shape=by_id", "record_ids=missing", "noise=warning_before", "single_read=number, single_refusal=169"),
    *("followup_place=parameter, followup_elsewhere=error", "identifiers=cut", "identifiers=empty"),
    *("missing_calls=appointmentList, missing_code=25", "http_status=500", "rate_answer=429_bare, rate_per_minute=2"),
    *("redirect_status=307, redirect=same_host", "clock_offset_s=7200", "partial_writes=reset", "read_lag_s=3"),
    *("hidden_contacts=0.3", "double_contacts=1", "address_rights=False", "protected=series, protected_code=0"),
)


class Played:
    """A dialect played for two nights with the same sheet, then taken back, and all that was wrong with it."""

    def __init__(self, folder: Path, kit: type[Kit], api: Running, dialect: Dialect) -> None:
        nights = Nights(folder, kit, api, dialect.options)
        nights.drop("eins.csv")
        self.first = nights.night()
        nights.drop("zwei.csv")
        self.second = nights.night()
        self.problems = [*self.first.wrong(), *self.second.wrong(), *nights.unasked()]
        if dialect.settles:
            self.problems += nights.left(self.second)
            self.problems += ["the second night failed"] if self.second.exit_code == 1 else []
        self.problems += [f"sent again: {pair}" for pair in self.second.writes() if _is_over(self.first.outcome(pair))]
        self.problems += nights.untold()

    def line(self, name: str, floor: tuple[int, int]) -> str:
        """A line of the table of docs/reliability.md."""
        more = [f"{night.requests - least:+}" for night, least in zip((self.first, self.second), floor, strict=True)]
        return f"| `{name}` | {self.first.counts()} | {self.second.counts()} | {more[0]}, {more[1]} |"


def _is_over(outcome: str) -> bool:
    return outcome in FINE | {"rejected"}


def _cases(names: tuple[str, ...]) -> list[object]:
    not_yet = {name: pytest.mark.xfail(reason=reason, strict=True) for name, reason in NOT_YET.items()}
    return [pytest.param(BY_NAME[name], id=name, marks=not_yet.get(name, ())) for name in names]


@pytest.mark.parametrize("dialect", _cases(SHORT))
def test_in_every_dialect_each_verdict_is_true_and_the_second_night_ends_well(
    tmp_path: Path, kit: type[Kit], api: Running, dialect: Dialect
) -> None:
    assert Played(tmp_path / "office", kit, api, dialect).problems == []
