"""Where an error came about, without what it says."""

from __future__ import annotations

import traceback
from typing import Final

#: Frames of an error that are told; a recursion has a thousand.
_MOST_FRAMES: Final = 30


def without_values(error: BaseException) -> str:
    """Which error it is and where it came about, for the log: its words may hold what stands in somebody's file."""
    kind = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        kind += f" ({error.strerror})"
    frames = [
        f"{frame.f_code.co_filename}:{line} in {frame.f_code.co_name}" for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return "\n".join([kind, *frames[-_MOST_FRAMES:]])
