"""Links that a killed run sent and that no row asks for any more: they are looked at and told of, and nothing is sent. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sync.domain.model import Change, Link, State
from sync.domain.tables import Changes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.domain.model import Checked


def with_left_over(checked: Checked, sent: Iterable[Link]) -> Checked:
    """The checked rows with a change that asks for nothing for each link of `sent` that no row asks for.

    Rows about such a link, which are set aside themselves (another file contradicts them now), belong to this change.
    """
    left = [link for link in sent if checked.changes.place(link) is None]
    if not left:
        return checked
    changes, places = checked.changes.joined(Changes.of(Change(link, State()) for link in left))
    change = np.append(places, -1)[checked.rows.change]
    where = {link: changes.place(link) for link in left}
    aside = np.flatnonzero(change < 0)
    links = zip(checked.rows.appointment_id[aside].tolist(), checked.rows.address_id[aside].tolist(), strict=True)
    change[aside] = [where.get(Link(*link), -1) for link in links]
    return replace(checked, changes=changes, rows=replace(checked.rows, change=change))
