"""Texts as Excel takes them: what cells and names of sheets can hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What a cell or a comment holds at most, in UTF-16 units, in which Excel counts.
MOST_UNITS: Final = 32_767
#: The end of a text that has been cut.
CUT: Final = " […]"
_SHEET_NAME_UNITS: Final = 31
#: Characters that no XML may hold.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_SHEET_NAMES: Final = re.compile("[\\[\\]:*?/\\\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")
#: Excel keeps this name for itself.
_RESERVED: Final = "history"


def cell_text(text: str) -> str:
    """A text that a cell or a comment can hold; a longer one ends in "[…]"."""
    text = _UNWRITABLE.sub("\ufffd", text)
    if len(text) * 2 <= MOST_UNITS or units(text) <= MOST_UNITS:  # no character has more than two
        return text
    return cut(text, MOST_UNITS - len(CUT)) + CUT


def sheet_names(wished: str, default: str) -> Iterator[str]:
    """Names for a sheet that Excel takes: as near as may be to the one that is wished for, then numbered ones."""
    clean = _NOT_IN_SHEET_NAMES.sub("_", wished).strip("'") or default
    if clean.casefold() != _RESERVED:
        yield cut(clean, _SHEET_NAME_UNITS).rstrip("'")
    at = 2
    while True:
        ending = f" ({at})"
        yield cut(clean, _SHEET_NAME_UNITS - len(ending)) + ending
        at += 1


def units(text: str) -> int:
    """The length of a text in UTF-16, in which Excel and Windows count."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, most: int) -> str:
    """The beginning of a text, so many units of UTF-16 and never half a character."""
    return text.encode("utf-16-le")[: most * 2].decode("utf-16-le", "ignore")
