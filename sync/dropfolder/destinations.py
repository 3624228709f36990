"""Where every claimed file goes, worked out before one of them moves. Touches nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sync.dropfolder.model import Fate, Move
from sync.dropfolder.names import beside, key, numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sync.dropfolder.model import Decided, Folders


def plan_destinations(
    folders: Folders, run_id: str, decided: Iterable[Decided], *, taken: Callable[[Path], bool] = os.path.lexists
) -> tuple[Move, ...]:
    """Works out where every file goes, before one of them moves; touches nothing.

    `archive/<run_id>/...`, `refused/<run_id>/...` with `<name>.txt` beside it, or back to the drop folder. Where a name is
    taken, on the disk or by another file of the plan (also when only case or the kind of umlaut differs), " (2)" is added.
    """
    roots = {Fate.ARCHIVE: folders.archive / run_id, Fate.REFUSE: folders.refused / run_id, Fate.RETURN: folders.drop}
    wishes = [(one, roots[one.fate] / one.claimed.relative) for one in decided]
    given = {key(str(parent)) for _, wish in wishes for parent in wish.parents}
    moves = []
    for one, wish in wishes:
        for candidate in numbered(wish):
            note = beside(candidate) if one.fate is Fate.REFUSE else None
            places = {key(str(place)): place for place in (candidate, note) if place is not None}
            if given.isdisjoint(places) and not any(map(taken, places.values())):
                given.update(places)
                moves.append(Move(one.claimed.path, candidate, one.fate, note, one.reason))
                break
    return tuple(moves)
