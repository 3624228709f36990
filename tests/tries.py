"""How often a test tries the same with other inputs, or at another instant.

All of it takes longer than somebody waits who only asks whether everything works. So a quarter is tried, and all of it where
`THOROUGH` is set, as in CI's session `user`.
"""

from __future__ import annotations

import os
from typing import Final

_PART: Final = 1 if "THOROUGH" in os.environ else 4


def tries(count: int) -> int:
    """How many of so many are tried: inputs, kills, steps of a story; how much of something that has no end."""
    return max(count // _PART, 1)


def step() -> int:
    """Of instants in a row, the step from one that is tried to the next; odd, so that both calls of a pair have their turn."""
    return 1 if _PART == 1 else 3
