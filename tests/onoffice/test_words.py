"""Promise: German words are written, English ones read, and a word that is not known is never guessed (onoffice-api 5.3, 6)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.model import Action, Confirmation, Feedback, State, Verb
from sync.domain.tables import numbers_in
from sync.onoffice.wire import Credentials, encode, relation_call
from sync.onoffice.words import number, read_state, record_numbers, relationinfo

READS = {"bestätigt": "confirmed", "gesendet": "sent", "gecancelt": "canceled", "nicht gesetzt": "not-set"}
FEEDBACK_READS = {"aktiv": ["aktiv", "active"], "inaktiv": ["inaktiv", "inactive"]}


@pytest.mark.parametrize("word", Confirmation)
def test_every_confirmation_is_read_back_as_the_word_that_was_written(word: Confirmation) -> None:
    assert relationinfo(State(word)) == {"statusTerminbestaetigung": str(word)}
    assert read_state(READS[word], None) == State(word)


@pytest.mark.parametrize("word", Feedback)
def test_every_feedback_is_read_back_in_both_languages(word: Feedback) -> None:
    assert relationinfo(State(feedback=word)) == {"statusTerminrueckmeldung": str(word)}
    for read in FEEDBACK_READS[word]:
        assert read_state("sent", read) == State(Confirmation.SENT, word)


@pytest.mark.parametrize("word", [None, "confirmed and canceled", "vielleicht", "2"])
def test_a_word_that_is_not_known_reads_as_not_known(word: str | None) -> None:
    assert read_state(word, word) == State()


@pytest.mark.parametrize(
    ("confirmation", "feedback"), [("Not set", "TRUE"), ("not_set", "1"), ("", "Ja"), ("NICHT GESETZT", "on")]
)
def test_every_spelling_that_can_mean_one_thing_only_is_taken(confirmation: str, feedback: str) -> None:
    assert read_state(confirmation, feedback) == State(Confirmation.NOT_SET, Feedback.ACTIVE)
    assert read_state("cancelled", "off") == State(Confirmation.CANCELED, Feedback.INACTIVE)


def test_only_the_keys_that_are_set_are_written() -> None:
    assert relationinfo(State()) == {}
    assert list(relationinfo(State(Confirmation.SENT, Feedback.ACTIVE))) == [
        "statusTerminbestaetigung",
        "statusTerminrueckmeldung",
    ]


@pytest.mark.parametrize("verb", [Verb.MODIFY, Verb.CREATE])
def test_an_action_names_appointments_as_parents_and_addresses_as_children(verb: Verb) -> None:
    call = relation_call("i", Action(verb, (70001,), (90001, 90002), State(Confirmation.CONFIRMED, Feedback.INACTIVE)))
    (action,) = json.loads(encode([call], Credentials("t", "s"), 1))["request"]["actions"]
    assert action["resourcetype"] == "relation"
    assert action["resourceid"] == ""
    assert action["parameters"] == {
        "childid": [90001, 90002],
        "parentid": [70001],
        "relationinfo": {"statusTerminbestaetigung": "bestätigt", "statusTerminrueckmeldung": "inaktiv"},
        "relationtype": "urn:onoffice-de-ns:smart:2.5:relationTypes:calendar:address",
    }


def test_taking_a_link_away_names_two_numbers_and_no_words() -> None:
    call = relation_call("i", Action(Verb.DELETE, (70001,), (90001,), State()))
    (action,) = json.loads(encode([call], Credentials("t", "s"), 1))["request"]["actions"]
    assert action["parameters"] == {
        "childid": 90001,
        "parentid": 70001,
        "relationtype": "urn:onoffice-de-ns:smart:2.5:relationTypes:calendar:address",
    }


DIGITS = st.text("0123456789", min_size=1, max_size=30)
LARGEST = 2**63 - 1


@given(st.lists(DIGITS | st.sampled_from(["", " 7", "-1", "7,8", "\u0667", "1e3", "7\x00"]), max_size=6))
def test_many_numbers_at_once_are_those_of_each_text(texts: list[str]) -> None:
    many = numbers_in(texts)
    if texts and all(text and set(text) <= set("0123456789") for text in texts):
        assert many is not None
        assert many.tolist() == [min(int(text), LARGEST) for text in texts]
    else:
        assert many is None


@given(st.lists(st.integers(-1, 10**19) | DIGITS | st.sampled_from([None, "", "7,8", 7.0, True, [], "\u0667"]), max_size=6))
def test_record_numbers_are_those_of_each_value_or_none_at_all(values: list[object]) -> None:
    one_by_one = [number(value.lstrip("0") or "0" if isinstance(value, str) and value else value) for value in values]
    try:
        assert record_numbers(values).tolist() == one_by_one
    except ValueError:
        assert None in one_by_one
