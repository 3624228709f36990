"""Words of the API: German where they are written, English where they are read (onoffice-api 5.3, 6)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from sync.model import Confirmation, Feedback, State
from sync.onoffice.names import CONFIRMATION_KEY, FEEDBACK_KEY

_READ_CONFIRMATION: Final = {
    "confirmed": Confirmation.CONFIRMED,
    "sent": Confirmation.SENT,
    "canceled": Confirmation.CANCELED,
    "not-set": Confirmation.NOT_SET,
}

# The strings of followUpStatus are not documented (onoffice-api 6.1): both languages are understood.
_READ_FEEDBACK: Final = {
    "aktiv": Feedback.ACTIVE,
    "active": Feedback.ACTIVE,
    "inaktiv": Feedback.INACTIVE,
    "inactive": Feedback.INACTIVE,
}


def relationinfo(words: State) -> dict[str, str]:
    """The `relationinfo` that writes these words: only the keys that are set (onoffice-api 5.3)."""
    info = {}
    if words.confirmation is not None:
        info[CONFIRMATION_KEY] = words.confirmation.value
    if words.feedback is not None:
        info[FEEDBACK_KEY] = words.feedback.value
    return info


def read_state(confirmation: object, feedback: object) -> State:
    """The state behind the words of one contact as read; a word that is not known reads as None."""
    return _state(str(confirmation), str(feedback))


@lru_cache(maxsize=1_000)  # there are few of them, and links by the million
def _state(confirmation: str, feedback: str) -> State:
    return State(_READ_CONFIRMATION.get(confirmation), _READ_FEEDBACK.get(feedback))
