"""Promises about every text that people read."""

from __future__ import annotations

import errno
import os
import re
from itertools import product

import pytest
from babel.messages.pofile import read_po

from sync.config import LimitSettings
from sync.domain.model import CheckOutcome, Code, Column, Left, Place, Reason, Stop, Stopped, Verdict, Why, WhyLeft
from sync.i18n import DOMAIN, LOCALES, Language, speaking
from sync.i18n.texts import (
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
    with speaking(language):
        texts = [problem_text(c, *words) for c in Code for words in product(both, both, both)]
        texts += [next_step(word) for word in (*Code, *Verdict, *CheckOutcome)]
        texts += [reason_text(Reason(why, detail)) for why in Why for detail in ("", "x")]
        texts += [stop_text(Stopped(stop, detail)) for stop in Stop for detail in ("", "x")]
        texts += [left_text(Left("x.csv", why)) for why in WhyLeft]
        texts += [verdict_meaning(word) for word in (*Verdict, *CheckOutcome)]
    return texts


def every_label() -> list[str]:
    """The German texts of the reports that stand in no table."""
    with (LOCALES / "de/LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        catalogue = read_po(file)
    wanted = (message for message in catalogue if re.match(r"report\.|story\.", first(message.id)))
    return [said for message in wanted for said in ([message.string] if isinstance(message.string, str) else message.string)]


def first(name: str | tuple[str, ...]) -> str:
    """The key of a text; of one in several forms it stands there twice."""
    return name if isinstance(name, str) else name[0]


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
    words = []
    for language in LANGUAGES:
        with speaking(language):
            words.append([verdict_word(word) for word in (*Verdict, *CheckOutcome)])
    assert all(german != english for german, english in zip(*words, strict=True))


def test_every_verdict_has_a_word_of_its_own() -> None:
    for language in LANGUAGES:
        with speaking(language):
            assert len({verdict_word(word) for word in {*Verdict, *CheckOutcome}}) == len(
                {str(w) for w in (*Verdict, *CheckOutcome)}
            )


def test_no_english_and_no_machine_word_stands_in_a_german_text() -> None:
    german = [*every_text(Language.DE), *every_label(), *(verdict_word(v) for v in Verdict)]
    for text in german:
        words = set(re.findall(r"[\w-]+", NOT_PROSE.sub("", text)))
        assert not words & (FOREIGN | set(Code) | set(Verdict) | set(Why) - {"password"}), text


def test_german_texts_are_written_with_umlauts() -> None:
    for text in [*every_text(Language.DE), *every_label()]:
        assert not ERSATZ.search(text), text


def test_a_misspelt_word_is_answered_with_the_word_it_looks_like() -> None:
    text = problem_text(Code.UNKNOWN_WORD, "Status", "bestätgt", "bestätigt")
    assert text == "„bestätgt“ ist kein zulässiger Wert. Meinten Sie „bestätigt“?"


def test_digits_of_another_script_are_answered_with_the_number_in_plain_ones() -> None:
    value = "\uff17\uff10\uff10\uff15\uff15"
    text = problem_text(Code.FOREIGN_DIGITS, "Termin-ID", value, "70055")
    assert text == f"„{value}“ enthält Ziffern einer anderen Schrift oder Breite. Meinten Sie „70055“?"


def test_no_digits_are_told_that_a_record_number_is_made_of_digits() -> None:
    for text in ("0", "\uff17\uff10", "9" * 20):
        assert "nur aus Ziffern" not in problem_text(parse_id(text), "Termin-ID", text, None)


def test_without_a_suggestion_the_allowed_words_are_listed() -> None:
    with speaking(Language.EN):
        text = problem_text("unknown_word", "Status", "xyz", None)
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
    text = problem_text("unknown_word", "Status", "xyz", column.value)
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
        assert f"„{german}“" in problem_text(code, "Status", value, None)
        with speaking(Language.EN):
            assert f"“{value}”" in problem_text(code, "Status", value, None)


def test_of_a_file_that_may_not_be_opened_it_is_said_why_in_german_and_what_to_do_where_nothing_was_dropped() -> None:
    what, then = reason_parts(Reason(Why.UNREADABLE, os.strerror(errno.EACCES)))

    assert what == "Die Datei ließ sich nicht öffnen (Zugriff verweigert)."
    assert then.endswith("versuchen Sie es noch einmal; eine Datei, die abgelegt war, legen Sie dazu noch einmal ab.")


def test_a_known_error_number_is_explained_and_an_unknown_one_shown_with_what_came_with_it() -> None:
    known = problem_text(Code.REFUSED_BY_CRM, None, "156", "access violation")
    assert known == "onOffice hat die Änderung abgelehnt: Dem Benutzer des Abgleichs fehlt das Recht dazu (Fehlernummer 156)."
    with speaking(Language.EN):
        assert problem_text(Code.REFUSED_BY_CRM, None, "4711", "odd") == "onOffice refused the change: odd (error number 4711)."
        assert problem_text(Code.REFUSED_BY_CRM, None, None, None) == "onOffice refused the change."


def test_braces_and_brackets_in_a_value_are_shown_as_they_are() -> None:
    assert problem_text(Code.BAD_ID, "{value}", "{hint}[x]", None).startswith("„{hint}[x]“ ist")


def test_control_and_invisible_characters_of_a_value_can_be_seen_and_do_nothing() -> None:
    assert shown("a\x1b[31mb\u200bc\nd\u00a0e\u202ef") == "a<U+001B>[31mb<U+200B>c d e<U+202E>f"


def test_a_very_long_value_is_cut() -> None:
    assert len(problem_text(Code.BAD_ID, "ID", "9" * 100_000, None)) < 200


def test_a_place_reads_as_people_say_it() -> None:
    place = Place("termine.xlsx", "Tabelle1", 14)
    assert place_text(place, "Status") == "termine.xlsx, Tabelle1, Zeile 14, Spalte „Status“"
    with speaking(Language.EN):
        assert place_text(Place("termine.csv", None, 14)) == "termine.csv, row 14"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_limit_is_told_with_the_name_of_its_setting(language: Language) -> None:
    beyond = [why for why in Why if why.name.startswith("LIMIT_")]
    with speaking(language):
        settings = {word for why in beyond for word in re.findall(r"limits\.(\w+)\)", reason_parts(Reason(why))[1])}
    assert settings == set(LimitSettings.model_fields) - {"seconds_for_slow_files"}  # after which a file only waits
    assert len(settings) == len(beyond)


def test_the_text_beside_a_refused_file_says_what_is_wrong_and_what_to_do() -> None:
    what, heading, step = reason_text(Reason(Why.PASSWORD)).replace("\n\n", "\n").strip().split("\n")
    assert what == "Die Datei ist mit einem Kennwort geschützt."
    assert heading == "Was Sie tun können:"
    assert step.startswith("Entfernen Sie in Excel das Kennwort")


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("3 > 1", {Language.DE: "(3 statt höchstens 1)", Language.EN: "(3 instead of at most 1)"}),
        ("12000 > 5000", {Language.DE: "(12.000 statt höchstens 5.000)", Language.EN: "(12,000 instead of at most 5,000)"}),
        ("67% > 50%", {Language.DE: "(67 % statt höchstens 50 %)", Language.EN: "(67% instead of at most 50%)"}),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_by_how_much_a_limit_is_passed_is_told_in_words(detail: str, said: dict[Language, str], language: Language) -> None:
    with speaking(language):
        assert said[language] in stop_text(Stopped(Stop.TOO_MANY_CHANGES, detail))


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (
            (Column.ADDRESS,),
            {Language.DE: "Fügen Sie die fehlende Spalte hinzu: Adress-ID.", Language.EN: "Add the missing column: address ID."},
        ),
        (
            (Column.APPOINTMENT, Column.ADDRESS),
            {
                Language.DE: "Fügen Sie die fehlenden Spalten hinzu: Termin-ID, Adress-ID.",
                Language.EN: "Add the missing columns: appointment ID, address ID.",
            },
        ),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_where_a_header_is_there_nobody_is_told_to_write_one(
    missing: tuple[Column, ...], said: dict[Language, str], language: Language
) -> None:
    with speaking(language):
        found = reason_text(Reason(Why.NO_HEADER, "Termin-ID, Bestätigung", missing=missing))
        nothing = reason_text(Reason(Why.NO_HEADER, "", missing=(Column.APPOINTMENT, Column.ADDRESS, Column.CONFIRMATION)))
    assert said[language] in found
    asked = {Language.DE: "Schreiben Sie über die Werte eine Kopfzeile", Language.EN: "Write a header row above the values"}
    assert (asked[language] in found, asked[language] in nothing) == (False, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_customer_numbers_leave_the_office_a_way_without_an_export(language: Language) -> None:
    """Who drops a sheet has no export from onOffice to change."""
    with speaking(language):
        said = reason_text(Reason(Why.CUSTOMER_NUMBER, "KdNr"))
    assert "xport" not in said
    assert "rules.customer_numbers" in said
    assert {Language.DE: "Arbeitsliste", Language.EN: "work list"}[language] in said


def test_another_start_is_told_without_guessing_that_the_appointment_was_rescheduled() -> None:
    """The start in the sheet may be a slip."""
    said = problem_text(Code.RESCHEDULED, "Beginn", "10.12.2026 16:00", "10.12.2026 17:00")
    assert said == (
        "In onOffice beginnt der Termin zu einer anderen Zeit, am 10.12.2026 16:00; in der Tabelle steht 10.12.2026 17:00."
    )
    assert "verschrieben, berichtigen Sie ihn" in next_step(Code.RESCHEDULED)


@pytest.mark.parametrize(("language", "customer"), [(Language.DE, "Kundennummer"), (Language.EN, "customer number")])
def test_of_customer_numbers_is_spoken_only_where_an_address_has_no_number(language: Language, customer: str) -> None:
    with speaking(language):
        step = next_step(Code.MISSING_ID)
        appointment, address = (
            problem_text(Code.MISSING_ID, column, None, hint)
            for column, hint in (("Termin-ID", None), ("Adress-ID", Column.ADDRESS.value))
        )

    assert customer not in step + appointment
    assert customer in address
