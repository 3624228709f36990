"""How long one file may take in a night in which many end at a limit."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sync.domain.model import Reason, Why

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.domain.model import Loaded
    from sync.sheets.limits import Limits

#: What says nothing good about a file, or about the machine that reads it.
SUSPICIOUS: Final = frozenset({Why.READER_CRASHED, Why.LIMIT_MEMORY, Why.LIMIT_SECONDS})
#: What a file gets when the slow ones had their time: at first, and at the very least. Each that needs longer halves it.
_SHORT_SECONDS: Final = 10.0
_SHORTEST_SECONDS: Final = 1.0


class SlowFiles:
    """Knows how much time the slow files of a night took together.

    Once that was `seconds`, one that takes long is not refused, as it had no fair try: it waits for the next night.
    """

    def __init__(self, limits: Limits, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._left = seconds
        self._short = min(_SHORT_SECONDS, limits.seconds)
        self._clock = clock

    def read(self, load: Callable[[Limits], Loaded]) -> Loaded:
        """What `load` makes of a file in the time that it gets."""
        fair = self._left > 0
        began = self._clock()
        loaded = load(self._limits if fair else replace(self._limits, seconds=self._short))
        if loaded.reason is None or loaded.reason.why not in SUSPICIOUS:
            return loaded
        if fair:
            self._left -= self._clock() - began
            return loaded
        self._short = max(_SHORTEST_SECONDS, self._short / 2)
        return replace(loaded, reason=Reason(Why.NO_TIME)) if loaded.reason.why is Why.LIMIT_SECONDS else loaded
