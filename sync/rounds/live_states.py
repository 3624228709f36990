"""What looks have shown of the links of a run, in little room: there may be millions of them, and few kinds of live state."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sync.domain.model import Found, Link, Live, Operation, State
from sync.domain.tables import CONFIRMATIONS, FEEDBACKS, position

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync.domain.tables import Bools, Changes, Codes


class LiveStates(Mapping[Link, Live]):
    """The live states of the links of `changes`, by link and by the place of their change.

    `kinds` are the live states that were seen, each once.
    """

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._codes = array("i", [-1]) * len(changes)
        self._known: dict[Live, int] = {}
        self.kinds: list[Live] = []

    @property
    def codes(self) -> Codes:
        """For each change the position in `kinds` of what was seen of its link, -1 where no look came to it."""
        return np.array(self._codes, dtype=np.int32)

    def put(self, at: int, live: Live) -> None:
        """Remember what a look showed of the link of the change at this place."""
        code = self._known.setdefault(live, len(self.kinds))
        if code == len(self.kinds):
            self.kinds.append(live)
        self._codes[at] = code

    def at(self, place: int) -> Live | None:
        """What was seen of the link of the change at this place."""
        code = self._codes[place]
        return self.kinds[code] if code >= 0 else None

    def count(self, found: Found) -> int:
        """How many links were last found so."""
        return int(np.isin(self.codes, [code for code, live in enumerate(self.kinds) if live.found is found]).sum())

    def places(self, links: Iterable[Link]) -> Iterator[int]:
        """The places of the changes of these links; links that no change is about are passed over."""
        return (at for at in map(self._changes.place, links) if at is not None)

    def as_wanted(self) -> Bools:
        """Which changes ask for what a look has shown."""
        seen, wanted = self.codes, self._changes
        states = [*(live.state for live in self.kinds), State()]
        confirmation = np.array([position(state.confirmation, CONFIRMATIONS) for state in states], dtype=np.int32)[seen]
        feedback = np.array([position(state.feedback, FEEDBACKS) for state in states], dtype=np.int32)[seen]
        found: Bools = np.array([*(live.found is Found.LINKED for live in self.kinds), False], dtype=bool)[seen]
        found &= wanted.aim != Operation.UNLINK
        found &= (wanted.confirmation < 0) | (wanted.confirmation == confirmation)
        found &= (wanted.feedback < 0) | (wanted.feedback == feedback)
        return found | (wanted.asks_nothing & (seen >= 0))

    def __getitem__(self, link: Link) -> Live:
        place = self._changes.place(link)
        live = None if place is None else self.at(place)
        if live is None:
            raise KeyError(link)
        return live

    def __iter__(self) -> Iterator[Link]:
        return map(self._changes.link, np.flatnonzero(self.codes >= 0).tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(self.codes >= 0))
