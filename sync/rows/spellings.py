"""From what stands in a status cell to an allowed word: harmless differences are repaired, nothing is guessed.

Harmless are white space of any kind, invisible characters, case, composed or decomposed umlauts, `ae` for `ä`, the API's
English words (onoffice-api 6), the office's own spellings, and umlauts broken by a wrong encoding where there is exactly
one reading. Everything else is a problem, with a suggestion where a word is near. Headers that a wrong encoding broke are
read here, too. Pure.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from sync.domain.model import Confirmation, Feedback
from sync.i18n import LazyText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


# soft hyphen, Mongolian vowel separator, zero-width characters, directional marks, word joiner, byte order mark
_INVISIBLE: Final = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_GAP: Final = re.compile(r"[\s\x1c-\x1f_\-\u2010-\u2015]+")
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# what is left of umlauts after a wrong encoding, and no German text has
_DAMAGE: Final = re.compile("[\ufffdÃÂ√├┬]+")
#: Letters that are missing, too many, others, or in another order; more make another word.
_MOST_TYPOS: Final = 2
#: Shorter words become others by one typo, or by two: kein and nein.
_SHORTEST_WITH_ONE: Final = 5
_SHORTEST_WITH_TWO: Final = 8


@dataclass(frozen=True, slots=True)
class SpellingReading:
    """What one cell says: a word, or none with a suggestion.

    `repaired`: the cell is not written like the word. `damaged`: no word, and signs of a wrong encoding.
    """

    word: str | None
    repaired: bool = False
    suggestion: str | None = None
    damaged: bool = False


def clean(text: str) -> str:
    """The text as a person sees it: composed, without invisible characters, white space folded."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def fold(text: str) -> str:
    """The text with everything gone that is a harmless difference."""
    return _GAP.sub(" ", clean(text).casefold()).strip().translate(_UMLAUTS)


class Spellings:
    """All accepted spellings of the allowed words.

    `own` adds an office's spellings per word.

    Raises:
        ValueError: a spelling stands for two words of the same column.
    """

    def __init__(self, own: Mapping[str, Sequence[str]] | None = None) -> None:
        self._tables: dict[type[Confirmation | Feedback], dict[str, str]] = {}
        for kind in (Confirmation, Feedback):
            table: dict[str, str] = {}
            for word in kind:
                for spelling in (word.value, *word.spelled, *(own or {}).get(word.value, ())):
                    if table.setdefault(fold(spelling), word.value) != word.value:
                        raise ValueError(LazyText("configuration.two_words", spelling=spelling))
            for broken, word_value in _broken(kind):
                table.setdefault(broken, word_value)
            self._tables[kind] = table

    def read(self, text: str, kind: type[Confirmation | Feedback]) -> SpellingReading:
        """Read one cell that is not blank."""
        table = self._tables[kind]
        word = table.get(fold(text))
        if word is not None:
            return SpellingReading(word, repaired=text != word)
        likely = _likely(kind)
        whole, damages = _DAMAGE.subn("ä", text)  # the only umlaut that a word has
        suggestion = likely.get(fold(text)) or _near(fold(whole), table, likely)
        return SpellingReading(None, suggestion=suggestion, damaged=bool(damages))


@cache
def _likely(kind: type[Confirmation | Feedback]) -> Mapping[str, str]:
    return {fold(text): word.value for word in kind for text in word.likely}


def _near(folded: str, table: Mapping[str, str], likely: Mapping[str, str]) -> str | None:
    """The word of the one spelling that differs by fewest typos, one or two of them; None where another word is as near."""
    from rapidfuzz import process  # noqa: PLC0415 - only needed where something is wrong
    from rapidfuzz.distance import DamerauLevenshtein  # noqa: PLC0415

    plain = {**likely, **{key: word for key, word in table.items() if key.isascii()}}
    by_typos = process.extract(folded, plain.keys(), scorer=DamerauLevenshtein.distance, score_cutoff=_MOST_TYPOS, limit=None)
    near = [(typos, plain[key]) for key, typos, _ in by_typos if _may_be_mistyped(folded, key, typos)]
    nearest = {word for typos, word in near if typos == near[0][0]}
    return nearest.pop() if len(nearest) == 1 else None


def _may_be_mistyped(text: str, spelling: str, typos: int) -> bool:
    """Whether so many typos leave a spelling as it is read: short ones have neighbours, and another beginning turns a meaning."""
    if typos > 1:
        return len(spelling) >= _SHORTEST_WITH_TWO and text[0] == spelling[0]
    return len(spelling) >= _SHORTEST_WITH_ONE


_ENCODINGS: Final = ("utf-8", "cp1252", "latin-1", "mac-roman", "cp850", "cp437")


@cache
def _broken(kind: type[Confirmation | Feedback]) -> Sequence[tuple[str, str]]:
    """Every form that a wrong encoding, once or twice, makes of a word with an umlaut, folded."""
    return [*_forms(kind)]


def _forms(kind: type[Confirmation | Feedback]) -> Iterator[tuple[str, str]]:
    for word in kind:
        if word.value.isascii():
            continue
        written = (word.value, word.value.capitalize(), word.value.upper())
        forms = [unicodedata.normalize("NFC", text) for text in written] + [
            unicodedata.normalize("NFD", text) for text in written
        ]
        for text in forms:
            once = set(_misread(text))
            twice = {again for broken in once for again in _misread(broken)}
            yield from ((fold(broken), word.value) for broken in sorted(once | twice))


def _misread(text: str) -> Iterator[str]:
    for written, read in itertools.permutations(_ENCODINGS, 2):
        try:
            misread = text.encode(written).decode(read, errors="replace")
        except UnicodeEncodeError:
            continue
        # a form that lost all trace of its umlaut could be any word
        if misread != text and not misread.isascii():
            yield misread


# Headers that are broken: which name of a column a text was before letters of it were lost.
#
# What is left by a wrong encoding is undone where there is one way back; everything else only looks like a name.


_UMLAUT: Final = re.compile("ae|oe|ue|ss")
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
