"""Texts that have to be short: cut by what others count, never in the middle of a character."""

from __future__ import annotations

import unicodedata

_JOINS = frozenset("\u200d\ufe0e\ufe0f")
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def cut(text: str, *, most_bytes: int, most_units: int | None = None) -> str:
    """The longest beginning of a text that has no more bytes in UTF-8 and no more units in UTF-16.

    A letter keeps its accents, an emoji its colour and all of its parts, or goes as a whole.
    """
    bytes_, units, end = 0, 0, 0
    for at, character in enumerate(text):
        if not _belongs_to_the_one_before(text, at):
            end = at
        bytes_ += len(character.encode("utf-8", "surrogatepass"))
        units += 1 + (ord(character) > 0xFFFF)  # noqa: PLR2004 - the last of the first plane
        if bytes_ > most_bytes or (most_units is not None and units > most_units):
            return text[:end]
    return text


def _belongs_to_the_one_before(text: str, at: int) -> bool:
    character = text[at]
    if at == 0:
        return False
    return (
        unicodedata.combining(character) > 0 or character in _JOINS or text[at - 1] == "\u200d" or ord(character) in _SKIN_TONES
    )
