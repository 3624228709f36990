"""Writing links (onoffice-api 5.2 to 5.5, 9.4, 9.5, 9.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Api

PREFIX = "urn:onoffice-de-ns:smart:2.5:relationTypes:"
CONFIRMATION, FEEDBACK = "statusTerminbestaetigung", "statusTerminrueckmeldung"


@pytest.mark.parametrize("confirmation", ["bestätigt", "gesendet", "gecancelt", "nicht gesetzt"])
@pytest.mark.parametrize("feedback", ["aktiv", "inaktiv"])
def test_modify_sets_every_pair_of_words_however_often(api: Api, confirmation: str, feedback: str) -> None:
    action = api.modify([70001], [90001], relationinfo={CONFIRMATION: confirmation, FEEDBACK: feedback})
    assert api.codes(action, action) == [0, 0]
    assert api.code(action) == 0
    assert api.link(70001, 90001) == (confirmation, feedback)


@pytest.mark.parametrize(
    ("info", "expected"),
    [({CONFIRMATION: "gecancelt"}, ("gecancelt", "aktiv")), ({FEEDBACK: "inaktiv"}, ("gesendet", "inaktiv"))],
)
def test_a_key_that_is_not_sent_stays(api: Api, info: dict[str, str], expected: tuple[str, str]) -> None:
    assert api.code(api.modify([70001], [90002], relationinfo=info)) == 0
    assert api.link(70001, 90002) == expected


@pytest.mark.parametrize(
    ("parents", "children"), [(70001, 90001), ("70001", "90001"), ([70001], "90001"), (["70001", 70001], [90001])]
)
def test_ids_are_taken_as_scalars_and_lists_as_numbers_and_digits(api: Api, parents: object, children: object) -> None:
    assert api.code(api.modify(parents, children)) == 0
    assert api.link(70001, 90001) == ("bestätigt", "inaktiv")


def test_one_appointment_to_many_addresses_and_many_to_one(api: Api) -> None:
    assert api.codes(api.modify([70001], [90001, 90002]), api.modify([70002, 70003], [90001])) == [0, 0]
    state = api.simulator.state()
    assert {contact["confirmation"] for appointment in state["appointments"] for contact in appointment["contacts"]} == {
        "bestätigt"
    }


def test_many_to_many_is_refused(api: Api) -> None:
    assert api.code(api.modify([70001, 70002], [90001, 90002])) == 219
    assert api.code(api.modify([70001, 70002], [90001, 90002], verb="create")) == 219


@pytest.mark.parametrize("ids", [None, [], "", 0, -1, "12a", 1.5, 90001.0, True, [90001, "x"], {"0": 90001}, "²", "9" * 19])
def test_ids_that_are_none_are_185(api: Api, ids: object) -> None:
    assert api.codes(api.modify([70001], ids), api.modify(ids, [90001])) == [185, 185]


def test_more_than_500_ids_are_302(api: Api) -> None:
    assert api.code(api.modify([70001], list(range(1, 502)))) == 302
    assert api.code(api.modify([70001], list(range(1, 501)))) == 292


def test_ids_may_be_absent_altogether(api: Api) -> None:
    action = api.modify([70001], [90001])
    del action["parameters"]["childid"]
    assert api.code(action) == 185


@pytest.mark.parametrize(
    "info",
    [
        None,
        [],
        {},
        "bestätigt",
        {CONFIRMATION: "bestätigt "},
        {CONFIRMATION: "Bestätigt"},
        {CONFIRMATION: "besta\u0308tigt"},
        {CONFIRMATION: "confirmed"},
        {CONFIRMATION: ""},
        {CONFIRMATION: None},
        {CONFIRMATION: ["bestätigt"]},
        {FEEDBACK: "active"},
        {CONFIRMATION: "bestätigt", "other": "x"},
        {CONFIRMATION: "bestätigt", FEEDBACK: "x"},
    ],
)
def test_a_relationinfo_that_is_not_exact_is_refused_whole(api: Api, info: object) -> None:
    assert api.code(api.modify([70001], [90001], relationinfo=info)) == 181
    assert api.link(70001, 90001) == ("nicht gesetzt", "inaktiv")


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (None, [132, 132, 132]),
        ("", [132, 132, 132]),
        ([], [132, 132, 132]),
        (PREFIX + "calendar:adress", [132, 132, 132]),
        ("urn:onoffice-en-ns:smart:2.5:relationTypes:calendar:address", [132, 132, 132]),
        (PREFIX + "estate:address:buyer", [182, 199, 168]),
        (PREFIX + "calendar:estate", [182, 199, 168]),
    ],
)
def test_other_relation_types_cannot_be_written(api: Api, kind: object, codes: list[int]) -> None:
    actions = [api.modify([70001], [90001], verb=verb, relationtype=kind) for verb in ("modify", "create", "delete")]
    assert api.codes(*actions) == codes


@pytest.mark.parametrize(
    ("appointment", "address", "codes"),
    [(79999, 90001, [169, 169]), (70001, 99999, [292, 292]), (70001, 90009, [180, 168]), (79999, 99999, [169, 169])],
)
def test_what_is_missing_is_told_apart(api: Api, appointment: int, address: int, codes: list[int]) -> None:
    before = api.simulator.state()
    actions = [api.modify([appointment], [address], verb=verb) for verb in ("modify", "delete")]
    assert api.codes(*actions) == codes
    assert api.simulator.state() == before


def test_feedback_that_is_not_configured_is_accepted_and_stays_so(api: Api) -> None:
    assert api.code(api.modify([70003], [90001], relationinfo={CONFIRMATION: "gesendet", FEEDBACK: "aktiv"})) == 0
    assert api.link(70003, 90001) == ("gesendet", None)


def test_create_links_an_address_with_its_words(api: Api) -> None:
    assert api.code(api.modify(70001, 90009, verb="create", relationinfo={CONFIRMATION: "gesendet", FEEDBACK: "aktiv"})) == 0
    assert api.link(70001, 90009) == ("gesendet", "aktiv")


@pytest.mark.parametrize("info", [{}, []])
def test_create_without_words_links_with_nothing_set(api: Api, info: object) -> None:
    without = api.modify(70001, 90009, verb="create", relationinfo=info)
    assert api.code(without) == 0
    assert api.link(70001, 90009) == ("nicht gesetzt", "inaktiv")
    del without["parameters"]["relationinfo"]
    assert api.code(without) == 0


def test_a_new_link_has_no_feedback_where_none_is_configured(api: Api) -> None:
    assert api.code(api.modify(70003, 90009, verb="create", relationinfo={FEEDBACK: "aktiv"})) == 0
    assert api.link(70003, 90009) == ("nicht gesetzt", None)


def test_create_on_a_link_that_exists_leaves_it_alone(api: Api) -> None:
    assert api.code(api.modify(70001, 90002, verb="create")) == 0
    assert api.link(70001, 90002) == ("gesendet", "aktiv")


@pytest.mark.parametrize("info", [None, "x", {CONFIRMATION: "x"}, {"other": "x"}])
def test_create_with_a_wrong_relationinfo_is_179(api: Api, info: object) -> None:
    assert api.code(api.modify(70001, 90009, verb="create", relationinfo=info)) == 179
    assert api.link(70001, 90009) is None


@pytest.mark.parametrize(("appointment", "address", "code"), [(79999, 90001, 169), (70001, 99999, 292)])
def test_create_needs_both_records(api: Api, appointment: int, address: int, code: int) -> None:
    assert api.code(api.modify(appointment, address, verb="create")) == code


def test_delete_takes_the_link_and_leaves_the_address(api: Api) -> None:
    parameters = {"relationtype": PREFIX + "calendar:address", "parentid": 70001, "childid": 90002}
    assert api.code(api.action("delete", "relation", parameters)) == 0
    assert api.link(70001, 90002) is None
    assert 90002 in api.simulator.state()["addresses"]
    assert api.code(api.modify([70001], [90002])) == 180
    assert api.code(api.modify([70001], [90002], verb="create")) == 0


def test_an_address_known_only_through_its_link_is_still_known_after_it(api: Api, seed: dict[str, Any]) -> None:
    api.simulator.put_state(seed | {"addresses": []})
    assert api.code(api.modify([70001], [90002], verb="delete")) == 0
    assert api.simulator.state()["addresses"] == [90002]
    api.simulator.put_state(api.simulator.state())
    assert api.code(api.modify([70001], [90002])) == 180
