"""Whether words look like words of European languages: what tells a right encoding from a wrong one where nothing else does."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_GERMAN: Final = frozenset("äöüßÄÖÜ")
#: Letters of the names of Europe.
_EUROPEAN: Final = frozenset(
    "áàâãåæçćčđďèéêëěęėğíìîïıįłľĺñńňòóôõøőœŕřśšşșťţțùúûůűūýÿźżžąăāēīļņķģ"
    "ÁÀÂÃÅÆÇĆČĐĎÈÉÊËĚĘĖĞÍÌÎÏİĮŁĽĹÑŃŇÒÓÔÕØŐŒŔŘŚŠŞȘŤŢȚÙÚÛŮŰŪÝŸŹŻŽĄĂĀĒĪĻŅĶĢðÐþÞ"
)
#: Signs of ordinary writing; what else stands in a text is a sign of a wrong encoding.
_SIGNS: Final = frozenset("…–—„“”‚‘’«»‹›€§°©®™²³½¼¾×±·•µ£\u00a0\u00ad´¿¡")  # noqa: RUF001 - the signs themselves
#: Signs that are rare, but no nonsense.
_RARE_SIGNS: Final = frozenset("‰†‡¢¥¶¦¬¤")
_VOWELS: Final = frozenset("aeiouyäöüøæœåAEIOUYÄÖÜØÆŒÅ")
#: Signs that stand between the letters of one word, or between two that belong together.
_IN_WORDS: Final = frozenset("’–—·\u00ad\u00a0…")  # noqa: RUF001 - the signs themselves
_WORD: Final = re.compile(r"\S*[^\x00-\x7f]\S*")
_COMMON: Final = re.compile(r"straße|^(?:für|über|großer?|weiß|schloß)$", re.IGNORECASE)
_LONGEST_WORD: Final = 60


def plausibility(texts: Iterable[str]) -> float:
    """How much the words beyond ASCII look like words; below 0 where they hardly do."""
    words = {word[:_LONGEST_WORD] for text in texts for word in _WORD.findall(text)}
    return sum(map(_of_word, words))


def _of_word(word: str) -> float:
    foreign = sum(not sign.isascii() for sign in word if sign.isalpha())
    if foreign > 1 and foreign == sum(map(str.isalpha, word)):  # no language of Europe has words without a plain letter
        return -foreign
    around = f" {word} "
    score = sum(_of_character(around[at - 1], sign, around[at + 1]) for at, sign in enumerate(around) if not sign.isascii())
    return score + (4 if _COMMON.search(word) else 0)


def _of_character(left: str, sign: str, right: str) -> float:
    if sign.isalpha() and sign not in "ªº":
        return _of_letter(left, sign, right)
    if unicodedata.category(sign) == "Cc":
        return -6
    if sign not in _SIGNS:
        return -1 if sign in _RARE_SIGNS else -3
    inside = left.isalpha() and right.isalpha()
    return -4 if inside and sign not in _IN_WORDS else 0.5


def _of_letter(left: str, sign: str, right: str) -> float:
    if not left.isalpha() and not right.isalpha():
        return -2
    score = 3.0 if sign in _GERMAN else 2.0 if sign in _EUROPEAN else -2.0
    if sign.isupper():
        if left.islower():
            return -4
        score -= 2 if sign in _GERMAN and right.islower() else 0  # in other encodings a sign before a word
    elif left.isupper() and right.isupper():
        return -3
    elif right.isupper() and not left.isupper():
        return -4
    return score - _clash(left, sign, right)


def _clash(left: str, sign: str, right: str) -> float:
    """What speaks against a letter beside its neighbours: an umlaut beside a vowel, a consonant between consonants."""
    if sign in "äöüÄÖÜ":
        beside = left in _VOWELS or (right in _VOWELS and not (sign in "äÄ" and right == "u"))
        return 4 if beside else 0
    if unicodedata.normalize("NFD", sign)[0] in _VOWELS:
        return 3 if left in _VOWELS and right in _VOWELS else 0
    consonants = left.isalpha() and right.isalpha() and left not in _VOWELS and right not in _VOWELS
    return 3 if consonants and sign != "ß" else 0
