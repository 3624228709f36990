"""Small checks of what is put into the simulator from outside: each names the place of what is wrong."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection
    from enum import StrEnum
    from pathlib import Path

    Word = TypeVar("Word", bound="StrEnum")


class BadInput(ValueError):
    """A seed, state, option or fault that the simulator cannot take; the message says where and why."""


def read_json(path: Path) -> object:
    """The JSON of a plain file in UTF-8, or BadInput; a device or a pipe may have no end. Raises OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise BadInput("is no plain file")
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise BadInput("is nested too deeply") from None
    except ValueError as error:
        raise BadInput(f"no JSON in UTF-8: {error}") from None


def an_object(raw: object, path: str, known: Collection[str], required: Collection[str] = ()) -> dict[str, object]:
    """A JSON object with no other keys than the known ones, or BadInput."""
    if not isinstance(raw, dict):
        raise BadInput(f"{path}: an object is expected, not {raw!r:.60}")
    unknown = [key for key in raw if key not in known]
    if unknown:
        raise BadInput(f"{path}: unknown key {unknown[0]!r}; known are {', '.join(known)}")
    missing = [key for key in required if key not in raw]
    if missing:
        raise BadInput(f"{path}: key {missing[0]!r} is missing")
    return raw


def a_list(raw: object, path: str) -> list[object]:
    """A JSON list, or BadInput."""
    if not isinstance(raw, list):
        raise BadInput(f"{path}: a list is expected, not {raw!r:.60}")
    return raw


def a_whole_number(raw: object, path: str, least: int = 1, most: int | None = None) -> int:
    """A whole number within bounds, or BadInput. Booleans are none."""
    if type(raw) is not int or raw < least or (most is not None and raw > most):
        upper = "" if most is None else f" and at most {most}"
        raise BadInput(f"{path}: a whole number of at least {least}{upper} is expected, not {raw!r:.60}")
    return raw


def a_number(raw: object, path: str, least: float | None = 0, most: float | None = None) -> float:
    """A number within bounds, or BadInput."""
    number = raw if isinstance(raw, (int, float)) and not isinstance(raw, bool) else None
    if number is None or (least is not None and number < least) or (most is not None and number > most):
        bounds = f" from {least}" * (least is not None) + f" up to {most}" * (most is not None)
        raise BadInput(f"{path}: a number{bounds} is expected, not {raw!r:.60}")
    return number


def a_text(raw: object, path: str) -> str:
    """A text, or BadInput."""
    if not isinstance(raw, str):
        raise BadInput(f"{path}: a text is expected, not {raw!r:.60}")
    return raw


def a_switch(raw: object, path: str) -> bool:
    """True or false, or BadInput."""
    if not isinstance(raw, bool):
        raise BadInput(f"{path}: true or false is expected, not {raw!r:.60}")
    return raw


def a_word(raw: object, path: str, words: type[Word]) -> Word:
    """One word of a closed set, or BadInput that lists the set."""
    try:
        return words(str(raw))
    except ValueError:
        raise BadInput(f"{path}: {raw!r:.60} is none of {', '.join(repr(str(word)) for word in words)}") from None
