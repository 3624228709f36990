"""Promise: in no dialect is a link that is made called as wanted before it has its feedback, too: `create` knows none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync.domain.model import FINE
from tests.dialects.test_two_nights import LINKS, tools
from tests.rehearsal.dialects import DIALECTS, Dialect
from tests.rounds.conftest import row, seed, state, wants

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rounds.conftest import Office

ROWS = [
    row(2, 99, "bestätigt", "aktiv", "verknüpfen"),
    row(3, 98, "", "aktiv", "verknüpfen"),
    row(4, 97, "gesendet", "inaktiv", "verknüpfen"),
    row(1, 11, "gecancelt", "inaktiv"),
]


@pytest.mark.long
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_whatever_is_called_done_has_both_statuses(fresh: Callable[..., Office], dialect: Dialect) -> None:
    made = fresh(seed(LINKS, addresses=[97, 98, 99]), dialect.options)
    clock = tools(made.crm)
    for _ in range(2):
        night = made.night(ROWS, tools=clock)
        done = [cells for cells, seen in zip(ROWS, night.seen, strict=True) if seen.verdict in FINE]
        assert [cells for cells in done if not wants(state(made.crm), cells)] == []
