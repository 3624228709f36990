"""Words of the API: German where they are written, English where they are read, and what else may stand for them.

How they read is documented for the confirmation only (onoffice-api 6): each spelling that can mean one thing only is taken.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sync.domain.model import Confirmation, Feedback, State
from sync.onoffice.names import CONFIRMATION_KEY, FEEDBACK_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

#: In small letters, without anything between them.
_READ_CONFIRMATION: Final = {
    "confirmed": Confirmation.CONFIRMED,
    "bestätigt": Confirmation.CONFIRMED,
    "sent": Confirmation.SENT,
    "gesendet": Confirmation.SENT,
    "canceled": Confirmation.CANCELED,
    "cancelled": Confirmation.CANCELED,
    "gecancelt": Confirmation.CANCELED,
    "notset": Confirmation.NOT_SET,
    "nichtgesetzt": Confirmation.NOT_SET,
    "": Confirmation.NOT_SET,
}
_READ_FEEDBACK: Final = {
    **dict.fromkeys(("aktiv", "active", "true", "1", "yes", "ja", "on", "an"), Feedback.ACTIVE),
    **dict.fromkeys(("inaktiv", "inactive", "false", "0", "no", "nein", "off", "aus"), Feedback.INACTIVE),
}
_BETWEEN: Final = str.maketrans("", "", " -_\t")


def relationinfo(words: State) -> dict[str, str]:
    """The `relationinfo` that writes these words: only the keys that are set (onoffice-api 5.3)."""
    info = {}
    if words.confirmation is not None:
        info[CONFIRMATION_KEY] = words.confirmation.value
    if words.feedback is not None:
        info[FEEDBACK_KEY] = words.feedback.value
    return info


@lru_cache(maxsize=1_000)  # there are few of them, and links by the million
def read_state(confirmation: str | None, feedback: str | None) -> State:
    """The state behind the words of one contact as read; a word that is not known, or not there, reads as None."""
    return State(
        None if confirmation is None else _READ_CONFIRMATION.get(_bare(confirmation)),
        None if feedback is None else _READ_FEEDBACK.get(_bare(feedback)),
    )


def learnt_state(
    state: State,
    unread: tuple[str | None, str | None],
    confirmations: Mapping[str, Confirmation],
    feedbacks: Mapping[str, Feedback],
) -> State:
    """A state with the words that an office's API was seen to say."""
    confirmation, feedback = unread
    return State(
        state.confirmation or (None if confirmation is None else confirmations.get(confirmation)),
        state.feedback or (None if feedback is None else feedbacks.get(feedback)),
    )


def _bare(text: str) -> str:
    return text.casefold().translate(_BETWEEN)
