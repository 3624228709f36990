"""Headers that are broken: which name of a column a text was before letters of it were lost. Pure.

What is left by a wrong encoding is undone where there is one way back; everything else only looks like a name.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_UMLAUT: Final = re.compile("ae|oe|ue|ss")
_ENCODINGS: Final = ("utf-8", "cp1252", "latin-1", "mac-roman", "cp850", "cp437")
#: Umlauts in one name that are taken for lost; more stand in none.
_MOST_UMLAUTS: Final = 3
#: Shorter names have neighbours that are other words: Aktion and Auktion.
_SHORTEST_WITH_TYPO: Final = 8
_SHORTEST_CUT: Final = 5
#: Words of their own that are the beginning of a name.
_OWN_WORDS: Final = frozenset({"startzeit", "beginnt", "appointments"})


def without_foreign(text: str) -> str:
    """What no wrong encoding changes: the plain letters of a text, in lower case."""
    return "".join(c for c in text.casefold() if c.isascii() and c.isalnum())


def skeletons(keys: Iterable[str]) -> dict[str, str]:
    """Names of columns (see `sync.rows.columns.key`) by what is left of them when umlauts are lost, or have lost their dots."""
    keys = set(keys)
    left = {form: name for name in sorted(keys) for form in _without_umlauts(name)}
    return {form: name for form, name in left.items() if form not in keys}


def _without_umlauts(name: str) -> Iterator[str]:
    places = list(_UMLAUT.finditer(name))
    for count in range(1, min(len(places), _MOST_UMLAUTS) + 1):
        for chosen in itertools.combinations(places, count):
            for whole in (False, True):  # the letter is gone, or stands there without its dots
                text, end = "", 0
                for place in chosen:
                    text += name[end : place.start()] + (place[0][0] if whole and place[0] != "ss" else "")
                    end = place.end()
                yield text + name[end:]


def misread_back(text: str) -> Iterator[str]:
    """Every text that a wrong encoding, once or twice, may have made into this one."""
    once = list(dict.fromkeys(_back(text)))
    yield from once
    for between in once:
        yield from _back(between)


def _back(text: str) -> Iterator[str]:
    for written, read in itertools.permutations(_ENCODINGS, 2):
        try:
            before = text.encode(read).decode(written)
        except UnicodeError:
            continue
        if before != text:
            yield before


def near_name(text: str, key: Callable[[str], str], broken: Mapping[str, str], names: Iterable[str]) -> str:
    """The name, among `names`, that a header looks like which is none: letters lost, cut off at its end, or one letter wrong."""
    names = set(names)
    if (name := broken.get(without_foreign(text), broken.get(key(text), ""))) in names:
        return name
    own = key(text)
    if own in _OWN_WORDS or len(own) < _SHORTEST_CUT:
        return ""
    whole = {**broken, **{name: name for name in names}}
    cut = [name for form, name in whole.items() if name in names and form.startswith(own) and len(own) * 2 >= len(form)]
    return min(cut, key=len) if cut else _mistyped(own, names)


def _mistyped(own: str, names: Iterable[str]) -> str:
    return next((name for name in sorted(names) if len(name) >= _SHORTEST_WITH_TYPO and _one_letter_off(own, name)), "")


def _one_letter_off(one: str, other: str) -> bool:
    """Whether one letter is missing, too many, another one, or has changed places with its neighbour."""
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[start:], other[start:]
    return other in (one[1:], one[1::-1] + one[2:]) or one == other[1:] or one[1:] == other[1:]
