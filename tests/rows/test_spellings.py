"""Harmless differences are repaired, everything else is a problem with a suggestion."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein

from sync.domain.model import Confirmation, Feedback
from sync.rows.spellings import Spellings, fold

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("english")

WORDS = [*Confirmation, *Feedback]
SPELLINGS = Spellings({"bestätigt": ["zugesagt"]})


def kind(word: Confirmation | Feedback) -> type[Confirmation | Feedback]:
    return type(word)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_as_it_is_needs_no_repair(word: Confirmation | Feedback) -> None:
    reading = SPELLINGS.read(word.value, kind(word))

    assert (reading.word, reading.repaired) == (word.value, False)


SPACE = st.text("\u00a0\u2007\u202f\u3000 \t\n\u200b\ufeff\u00ad", max_size=3)


@given(
    word=st.sampled_from(WORDS),
    before=SPACE,
    after=SPACE,
    case=st.sampled_from([str.upper, str.title, str.lower]),
    data=st.data(),
)
def test_space_case_and_composition_do_not_matter(
    word: Confirmation | Feedback, before: str, after: str, case: object, data: st.DataObject
) -> None:
    form = data.draw(st.sampled_from(["NFC", "NFD"]))
    text = before + unicodedata.normalize(form, case(word.value)) + after

    assert SPELLINGS.read(text, kind(word)).word == word.value


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("bestaetigt", "bestätigt"),
        ("Bestaetigt ", "bestätigt"),
        ("bestÃ¤tigt", "bestätigt"),
        ("best√§tigt", "bestätigt"),
        ("bestÃƒÂ¤tigt", "bestätigt"),
        ("best\ufffdtigt", "bestätigt"),
        ("best‰tigt", "bestätigt"),
        ("BESTÃ„TIGT", "bestätigt"),
        ("besta\u0308tigt", "bestätigt"),
        ("besta\u00cc\u02c6tigt", "bestätigt"),
        ("zugesagt", "bestätigt"),
        ("confirmed", "bestätigt"),
        ("sent", "gesendet"),
        ("Cancelled", "gecancelt"),
        ("canceled", "gecancelt"),
        ("not-set", "nicht gesetzt"),
        ("not set", "nicht gesetzt"),
        ("nicht\u00a0 gesetzt", "nicht gesetzt"),
        ("nicht-gesetzt", "nicht gesetzt"),
        ("nichtgesetzt", "nicht gesetzt"),
    ],
)
def test_harmless_differences_are_repaired_and_said(text: str, word: str) -> None:
    reading = SPELLINGS.read(text, Confirmation)

    assert (reading.word, reading.repaired) == (word, True)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("bestätgt", "bestätigt"),
        ("unbestätigt", "nicht gesetzt"),
        ("b\u0435stätigt", "bestätigt"),  # a Cyrillic e
        ("abgesagt", "gecancelt"),
        ("gesendt", "gesendet"),
        ("bestätigt?", "bestätigt"),
        ("abgelent", "gecancelt"),
        ("nix", None),
        ("xx", None),
        ("a", None),
        ("kein", "nicht gesetzt"),
        ("gesetzt", None),
        ("Termin", None),
        ("aktiv", None),
    ],
)
def test_anything_else_is_never_guessed_but_suggested(text: str, suggestion: str | None) -> None:
    reading = SPELLINGS.read(text, Confirmation)

    assert (reading.word, reading.suggestion) == (None, suggestion)


@pytest.mark.parametrize(
    ("text", "confirmation", "feedback"),
    [
        ("zugesagt", "bestätigt", "aktiv"),
        ("abgesagt", "gecancelt", "inaktiv"),
        ("storniert", "gecancelt", "inaktiv"),
        ("offen", "nicht gesetzt", "inaktiv"),
        ("Ja", "bestätigt", "aktiv"),
        ("nein", "gecancelt", "inaktiv"),
        ("ok", "bestätigt", "aktiv"),
        ("X", "bestätigt", "aktiv"),
    ],
)
def test_the_answers_that_offices_give_get_the_right_suggestion_in_either_column(
    text: str, confirmation: str, feedback: str
) -> None:
    plain = Spellings()

    assert [plain.read(text, kind).suggestion for kind in (Confirmation, Feedback)] == [confirmation, feedback]


OWN: Final = Spellings({"bestätigt": ["zugesagt", "ja", "x"], "aktiv": ["ja", "x"], "nicht gesetzt": ["offen"]})
LETTERS: Final = st.sampled_from("abcdefghijklmnopqrstuvwxyz")


@st.composite
def typo(draw: st.DrawFn, text: str) -> str:
    """One letter, none of the first two, is missing, too many, another one, or has changed places with its neighbour."""
    at = draw(st.integers(2, len(text) - 1))
    letter = draw(LETTERS)
    swapped = text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
    wrong = [text[:at] + text[at + 1 :], text[:at] + letter + text[at:], text[:at] + letter + text[at + 1 :], swapped]
    return draw(st.sampled_from(wrong))


@given(word=st.sampled_from(WORDS), case=st.sampled_from([str.upper, str.title, str.lower]), data=st.data())
def test_a_word_with_a_typo_or_two_is_suggested_whatever_its_case_and_umlauts(
    word: Confirmation | Feedback, case: Callable[[str], str], data: st.DataObject
) -> None:
    typed = data.draw(typo(word.value.replace("ä", data.draw(st.sampled_from(["ä", "ae"])))))
    if len(word) > 7 and "ä" not in word:
        typed = data.draw(typo(typed))
    reading = OWN.read(case(typed), kind(word))

    assert word.value in {reading.word, reading.suggestion}


def test_what_is_as_near_to_a_word_as_to_its_opposite_gets_no_suggestion() -> None:
    assert [OWN.read(typed, Feedback).suggestion for typed in ("naktiv", "iaktiv", "inaktv", "aktv")] == [
        None,
        None,
        "inaktiv",
        "aktiv",
    ]


@pytest.mark.parametrize("typed", ["bestatigt", "Bestatigt", "BESTATIGT", "besttigt", "bestätgit", "bestaetgt"])
def test_a_word_that_lost_its_umlaut_is_suggested(typed: str) -> None:
    assert OWN.read(typed, Confirmation).suggestion == "bestätigt"


@given(
    text=st.text(st.sampled_from("abcdegijknostuvxz ?.ä"), min_size=1, max_size=12),
    kind=st.sampled_from([Confirmation, Feedback]),
)
def test_what_is_suggested_is_two_typos_away_at_most(text: str, kind: type[Confirmation | Feedback]) -> None:
    reading = OWN.read(text, kind) if text.strip() else None
    if reading is None or reading.suggestion is None:
        return
    word = next(word for word in kind if word == reading.suggestion)
    spellings = [word.value, *word.spelled, *word.likely, "zugesagt", "offen"]

    assert min(DamerauLevenshtein.distance(fold(text), fold(spelling)) for spelling in spellings) <= 2


@given(text=st.text(min_size=1, max_size=20))
def test_no_text_at_all_breaks_the_reading(text: str) -> None:
    reading = SPELLINGS.read(text, Confirmation)

    assert reading.word is None or reading.word in set(Confirmation)


def test_no_broken_umlaut_is_the_spelling_of_another_word() -> None:
    table = SPELLINGS._tables[Confirmation]
    plain = {key for key in table if key.isascii()}

    assert all(table[key] == "bestätigt" for key in table if key not in plain)
    assert len(table) > 150


def test_one_spelling_cannot_stand_for_two_words() -> None:
    with pytest.raises(ValueError, match="two words"):
        Spellings({"bestätigt": ["ok"], "gesendet": ["OK"]})
