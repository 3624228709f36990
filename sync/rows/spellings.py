"""From what stands in a status cell to an allowed word: harmless differences are repaired, nothing is guessed.

Harmless are white space of any kind, invisible characters, case, composed or decomposed umlauts, `ae` for `ä`, the API's
English words (onoffice-api 6), the office's own spellings, and umlauts broken by a wrong encoding where there is exactly
one reading. Everything else is a problem, with a suggestion where a word is near.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sync.domain.model import Confirmation, Feedback

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ENGLISH: Final = {
    Confirmation.CONFIRMED: ("confirmed",),
    Confirmation.SENT: ("sent",),
    Confirmation.CANCELED: ("canceled", "cancelled"),
    Confirmation.NOT_SET: ("not set", "nichtgesetzt"),
    Feedback.ACTIVE: ("active",),
    Feedback.INACTIVE: ("inactive",),
}

# Everyday words that only suggest: what the writer meant is likely, not certain.
_LIKELY: Final = {
    Confirmation.CONFIRMED: ("zugesagt", "zusage", "angenommen", "accepted", "bestätigt ja"),
    Confirmation.SENT: ("versendet", "verschickt", "geschickt", "abgeschickt", "eingeladen"),
    Confirmation.CANCELED: ("abgesagt", "absage", "storniert", "abgelehnt", "entfällt", "declined", "rejected"),
    Confirmation.NOT_SET: ("offen", "leer", "keine", "unbestätigt", "nicht bestätigt", "ungesetzt", "open", "unset"),
    Feedback.ACTIVE: ("ja", "an", "ein", "aktiviert", "eingeschaltet", "yes", "on", "1"),
    Feedback.INACTIVE: ("nein", "aus", "deaktiviert", "ausgeschaltet", "nicht aktiv", "no", "off", "0"),
}

# soft hyphen, Mongolian vowel separator, zero-width characters, directional marks, word joiner, byte order mark
_INVISIBLE: Final = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_GAP: Final = re.compile(r"[\s\x1c-\x1f_\-\u2010-\u2015]+")
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# what is left of umlauts after a wrong encoding, and no German text has
_DAMAGE: Final = re.compile("[\ufffdÃÂ√├┬]")
_SUGGESTION_CUTOFF: Final = 75


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
        self._likely = {fold(text): word.value for word, texts in _LIKELY.items() for text in texts}
        for kind in (Confirmation, Feedback):
            table: dict[str, str] = {}
            for word in kind:
                for spelling in (word.value, *_ENGLISH[word], *(own or {}).get(word.value, ())):
                    if table.setdefault(fold(spelling), word.value) != word.value:
                        raise ValueError(f'"{spelling}" cannot stand for two words')
            for broken, word_value in _broken(kind):
                table.setdefault(broken, word_value)
            self._tables[kind] = table

    def read(self, text: str, kind: type[Confirmation | Feedback]) -> SpellingReading:
        """Read one cell that is not blank."""
        table = self._tables[kind]
        word = table.get(fold(text))
        if word is not None:
            return SpellingReading(word, repaired=text != word)
        likely = self._likely.get(fold(text))
        suggestion = likely if likely in set(kind) else _near(fold(text), table)
        return SpellingReading(None, suggestion=suggestion, damaged=bool(_DAMAGE.search(text)))


def _near(folded: str, table: Mapping[str, str]) -> str | None:
    from rapidfuzz import process  # noqa: PLC0415 - only needed where something is wrong

    best = process.extractOne(folded, [key for key in table if key.isascii()], score_cutoff=_SUGGESTION_CUTOFF)
    return table[best[0]] if best else None


_ENCODINGS: Final = ("utf-8", "cp1252", "latin-1", "mac-roman", "cp850", "cp437")


def _broken(kind: type[Confirmation | Feedback]) -> Iterator[tuple[str, str]]:
    """Every form that a wrong encoding, once or twice, makes of a word with an umlaut, folded."""
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
