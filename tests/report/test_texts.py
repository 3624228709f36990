"""Promises about every text that people read."""

from __future__ import annotations

import re
from itertools import product

import pytest

from sync.config import Limits
from sync.domain.model import CheckOutcome, Code, Column, Left, Place, Reason, Stop, Stopped, Verdict, Why, WhyLeft
from sync.i18n.texts import (
    Language,
    Words,
    left_text,
    next_step,
    place_text,
    problem_text,
    reason_parts,
    reason_text,
    shown,
    stop_text,
    verdict_meaning,
    verdict_word,
)
from sync.report import labels
from sync.report.story import _Story
from sync.rows.columns import parse_id

LANGUAGES = list(Language)
#: English words, and words of machines, that have no place in front of German office staff.
FOREIGN = {
    *("invalid", "unknown", "duplicate", "conflict", "rejected", "updated", "unchanged", "valid", "sent", "stopped", "hidden"),
    *(
        "API",
        "run",
        "link",
        "row",
        "record",
        "header",
        "sheet",
        "encoding",
        "batch",
        "job",
        "error",
        "warning",
        "request",
        "report",
    ),
    *(
        "timeout",
        "server",
        "parse",
        "parser",
        "string",
        "null",
        "None",
        "NaN",
        "HTTP",
        "JSON",
        "UTF-8",
        "ID",
        "cell",
        "value",
        "file",
    ),
    *("Drop", "Ordner-Drop", "Report", "Request", "Run", "Code", "Link", "Job", "Feedback", "Status-Code", "retry", "Timeout"),
}
ERSATZ = re.compile(
    r"fuer|ueber|koenn|muess|moegl|aender|waer|haett|pruef|loesch|oeff|zurueck|naechst|bestaet|rueckm", re.IGNORECASE
)
NOT_PROSE = re.compile(r"„[^“]*“|\([^)]*(?:max_changes|limits\.\w+)\)|Termin-ID|Adress-ID")


def every_text(language: Language) -> list[str]:
    """Every sentence there is, with its words filled in."""
    both = ("x", "", None)
    texts = [problem_text(c, *words, language) for c in Code for words in product(both, both, both)]
    texts += [next_step(word, language) for word in (*Code, *Verdict, *CheckOutcome)]
    texts += [reason_text(Reason(why, detail), language) for why in Why for detail in ("", "x")]
    texts += [stop_text(Stopped(stop, detail), language) for stop in Stop for detail in ("", "x")]
    texts += [left_text(Left("x.csv", why), language) for why in WhyLeft]
    texts += [verdict_meaning(word, language) for word in (*Verdict, *CheckOutcome)]
    return texts


def every_label() -> list[Words]:
    return [words for module in (labels, _Story) for words in vars(module).values() if isinstance(words, Words)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_every_enum_has_a_text_and_no_place_in_it_stays_open(language: Language) -> None:
    for text in every_text(language):
        assert text.strip()
        assert not re.search(r"[{}\[\]]|None|„“|“”", text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_made_of_whole_sentences(language: Language) -> None:
    for text in every_text(language):
        assert re.match(r"[A-ZÄÖÜ„“xo]", text), text
        assert text.strip().endswith((".", "?")), text
        assert "  " not in text
        assert ".." not in text


def test_the_two_languages_differ_in_every_text() -> None:
    for german, english in zip(every_text(Language.DE), every_text(Language.EN), strict=True):
        assert german != english
    for word in (*Verdict, *CheckOutcome):
        assert verdict_word(word, Language.DE) != verdict_word(word, Language.EN)


def test_every_verdict_has_a_word_of_its_own() -> None:
    for language in LANGUAGES:
        assert len({verdict_word(word, language) for word in {*Verdict, *CheckOutcome}}) == len(
            {str(w) for w in (*Verdict, *CheckOutcome)}
        )


def test_no_english_and_no_machine_word_stands_in_a_german_text() -> None:
    german = [*every_text(Language.DE), *(words.de for words in every_label()), *(verdict_word(v, Language.DE) for v in Verdict)]
    for text in german:
        words = set(re.findall(r"[\w-]+", NOT_PROSE.sub("", text)))
        assert not words & (FOREIGN | set(Code) | set(Verdict) | set(Why) - {"password"}), text


def test_german_texts_are_written_with_umlauts() -> None:
    for text in [*every_text(Language.DE), *(words.de for words in every_label())]:
        assert not ERSATZ.search(text), text


def test_a_misspelt_word_is_answered_with_the_word_it_looks_like() -> None:
    text = problem_text(Code.UNKNOWN_WORD, "Status", "bestätgt", "bestätigt", Language.DE)
    assert text == "„bestätgt“ ist kein zulässiger Wert. Meinten Sie „bestätigt“?"


def test_digits_of_another_script_are_answered_with_the_number_in_plain_ones() -> None:
    value = "\uff17\uff10\uff10\uff15\uff15"
    text = problem_text(Code.FOREIGN_DIGITS, "Termin-ID", value, "70055", Language.DE)
    assert text == f"„{value}“ enthält Ziffern einer anderen Schrift oder Breite. Meinten Sie „70055“?"


def test_no_digits_are_told_that_a_record_number_is_made_of_digits() -> None:
    for text in ("0", "\uff17\uff10", "9" * 20):
        assert "nur aus Ziffern" not in problem_text(parse_id(text), "Termin-ID", text, None, Language.DE)


def test_without_a_suggestion_the_allowed_words_are_listed() -> None:
    text = problem_text("unknown_word", "Status", "xyz", None, Language.EN)
    assert "bestätigt, gesendet, gecancelt, nicht gesetzt" in text
    assert "aktiv, inaktiv" in text


@pytest.mark.parametrize(
    ("column", "allowed"),
    [
        (Column.CONFIRMATION, "für die Bestätigung: bestätigt, gesendet, gecancelt, nicht gesetzt"),
        (Column.FEEDBACK, "für die Rückmeldung: aktiv, inaktiv"),
        (Column.ACTION, "für die Aktion: setzen, verknüpfen, lösen"),
    ],
)
def test_only_the_words_of_the_columns_own_are_listed_where_it_is_known(column: Column, allowed: str) -> None:
    text = problem_text("unknown_word", "Status", "xyz", column.value, Language.DE)
    assert text == f"„xyz“ ist kein zulässiger Wert. Zulässig sind {allowed}."


@pytest.mark.parametrize(
    ("value", "german"),
    [
        ("2026-12-01", "01.12.2026"),
        ("2026-12-01T00:00:00", "01.12.2026"),
        ("2026-12-01T09:30:00", "01.12.2026 09:30"),
        ("2026-13-01", "2026-13-01"),
        ("2026-12-01 und mehr", "2026-12-01 und mehr"),
    ],
)
def test_a_date_is_shown_as_people_write_it(value: str, german: str) -> None:
    for code in (Code.DATE_AS_ID, Code.UNKNOWN_WORD, Code.BAD_BEGIN):
        assert f"„{german}“" in problem_text(code, "Status", value, None, Language.DE)
        assert f"“{value}”" in problem_text(code, "Status", value, None, Language.EN)


def test_a_known_error_number_is_explained_and_an_unknown_one_shown_with_what_came_with_it() -> None:
    known = problem_text(Code.REFUSED_BY_CRM, None, "156", "access violation", Language.DE)
    assert known == "onOffice hat die Änderung abgelehnt: dem Benutzer des Abgleichs fehlt das Recht dazu (Fehlernummer 156)."
    assert (
        problem_text(Code.REFUSED_BY_CRM, None, "4711", "odd", Language.EN)
        == "onOffice refused the change: odd (error number 4711)."
    )
    assert problem_text(Code.REFUSED_BY_CRM, None, None, None, Language.EN) == "onOffice refused the change."


def test_braces_and_brackets_in_a_value_are_shown_as_they_are() -> None:
    assert problem_text(Code.BAD_ID, "{value}", "{hint}[x]", None, Language.DE).startswith("„{hint}[x]“ ist")


def test_control_and_invisible_characters_of_a_value_can_be_seen_and_do_nothing() -> None:
    assert shown("a\x1b[31mb\u200bc\nd\u00a0e\u202ef") == "a<U+001B>[31mb<U+200B>c d e<U+202E>f"


def test_a_very_long_value_is_cut() -> None:
    assert len(problem_text(Code.BAD_ID, "ID", "9" * 100_000, None, Language.DE)) < 200


def test_a_place_reads_as_people_say_it() -> None:
    place = Place("termine.xlsx", "Tabelle1", 14)
    assert place_text(place, Language.DE, "Status") == "termine.xlsx, Tabelle1, Zeile 14, Spalte „Status“"
    assert place_text(Place("termine.csv", None, 14), Language.EN) == "termine.csv, row 14"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_limit_is_told_with_the_name_of_its_setting(language: Language) -> None:
    beyond = [why for why in Why if why.name.startswith("LIMIT_")]
    settings = {word for why in beyond for word in re.findall(r"limits\.(\w+)\)", reason_parts(Reason(why), language)[1])}
    assert settings == set(Limits.model_fields) - {"seconds_for_slow_files"}  # after which a file only waits
    assert len(settings) == len(beyond)


def test_the_text_beside_a_refused_file_says_what_is_wrong_and_what_to_do() -> None:
    what, heading, step = reason_text(Reason(Why.PASSWORD), Language.DE).replace("\n\n", "\n").strip().split("\n")
    assert what == "Die Datei ist mit einem Kennwort geschützt."
    assert heading == "Was Sie tun können:"
    assert step.startswith("Entfernen Sie in Excel das Kennwort")
