"""Promise: an answer is trusted only as far as it can be: matched by identifier and count, each action judged by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.domain.model import Action, Answer, Confirmation, Feedback, Found, Link, Live, Result, State, Stop, Stopped, Verb
from sync.onoffice.appointments import read_appointment
from sync.onoffice.names import ACTION
from sync.onoffice.wire import (
    CALL_BYTES,
    BadAnswer,
    Call,
    Credentials,
    Reply,
    TooManyActions,
    TooManyRequests,
    appointment_call,
    decode,
    describe,
    describe_results,
    encode,
    most_links,
    period_call,
    relation_call,
    weight,
)
from tests.onoffice.conftest import calls, envelope, result
from tests.tries import tries

ACCEPTED, LOST = Result(Answer.ACCEPTED, 0, "m"), Result(Answer.LOST)


def decoded(asked: list[Call], body: object) -> Reply:
    return decode(asked, json.dumps(body).encode())


def answers(asked: list[Call], body: object) -> list[Answer]:
    return [one.answer for one in decoded(asked, body).results]


# --- envelopes of onoffice-api 2.1 and 2.2 ---------------------------------------------------------------------------

ENVELOPES = {"E1": (500, 97), "E2": (500, 180), "E3": (200, 0)}


@pytest.mark.parametrize("kind", ENVELOPES)
def test_each_action_is_judged_by_its_own_result_whatever_the_envelope_says(kind: str) -> None:
    code, errorcode = ENVELOPES[kind]
    reply = decoded(calls("a", "b"), envelope(result("a"), result("b", 180), code=code, errorcode=errorcode))
    assert reply == Reply((ACCEPTED, Result(Answer.REFUSED, 180, "m")))


def test_both_success_bodies_count_as_done() -> None:
    record = {"id": 0, "type": "relation", "elements": {"success": "success"}}
    body = envelope(result("a"), result("b", data={"meta": {"cntabsolute": None}, "records": [record]}), result("c", data=[]))
    reply = decoded(calls("a", "b", "c"), body)
    assert [one.answer for one in reply.results] == [Answer.ACCEPTED] * 3
    assert [one.records for one in reply.results] == [(), (record,), ()]


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (0, Answer.ACCEPTED),
        ("0", Answer.ACCEPTED),
        (180, Answer.REFUSED),
        ("180", Answer.REFUSED),
        (156, Answer.REFUSED),
        (182, Answer.REFUSED),
        (4711, Answer.REFUSED),
        (1, Answer.AGAIN),
        ("303", Answer.AGAIN),
    ],
)
def test_a_code_counts_the_same_as_number_and_as_text(code: object, answer: Answer) -> None:
    assert decoded(calls("a"), envelope(result("a", code))) == Reply((Result(answer, int(str(code)), "m"),))


@pytest.mark.parametrize("code", [None, "", "OK", "Syntax error", True, False, 0.0, -1, "-1", [], {}, "1" * 5000, "²", "0x0"])
def test_a_code_that_is_no_number_proves_nothing(code: object) -> None:
    assert decoded(calls("a"), envelope(result("a", code))) == Reply((LOST,))


@pytest.mark.parametrize("status", [None, [], {}, "OK", 0, {"message": "OK"}, {"code": 200}])
def test_a_result_without_a_status_of_its_own_proves_nothing(status: object) -> None:
    assert decoded(calls("a"), envelope({**result("a"), "status": status})) == Reply((LOST,))


# --- identifier and count (onoffice-api 2.5) -------------------------------------------------------------------------


def test_results_in_any_order_find_their_actions() -> None:
    assert answers(calls("a", "b", "c"), envelope(result("c", 1), result("a"), result("b", 180))) == [
        Answer.ACCEPTED,
        Answer.REFUSED,
        Answer.AGAIN,
    ]


def test_a_missing_result_is_lost_and_the_others_count() -> None:
    assert answers(calls("a", "b"), envelope(result("b"))) == [Answer.LOST, Answer.ACCEPTED]


@pytest.mark.parametrize("second", [result("a"), result("a", 180)])
def test_two_results_for_one_action_prove_nothing_about_it(second: dict[str, Any]) -> None:
    assert answers(calls("a", "b"), envelope(result("a"), result("b"), second)) == [Answer.LOST, Answer.ACCEPTED]


@pytest.mark.parametrize("foreign", ["x", 5, "ab"])
def test_a_result_for_somebody_else_answers_none_of_ours(foreign: object) -> None:
    assert answers(calls("a"), envelope(result(foreign))) == [Answer.LOST]


def test_results_without_identifiers_are_never_matched_by_place() -> None:
    nameless = {key: value for key, value in result("a").items() if key != "identifier"}
    reply = decoded(calls("a", "b"), envelope(nameless, nameless))
    assert [one.answer for one in reply.results] == [Answer.LOST, Answer.LOST]
    assert reply.odd


@pytest.mark.parametrize("echo", ["", None, "run", "RUN-1", " run-1 "])
def test_the_only_result_belongs_to_the_only_call_unless_it_names_another_one(echo: object) -> None:
    about = {"actionid": ACTION + Verb.MODIFY, "resourcetype": "relation"}
    assert answers(calls("run-1"), envelope(result(echo, **about))) == [Answer.ACCEPTED]
    assert answers(calls("run-1"), envelope({**result(echo or ""), "resourcetype": "address"} if not echo else result("x"))) == [
        Answer.LOST
    ]


@pytest.mark.parametrize("echoed", [{"resourcetype": []}, {"actionid": {}}, {"resourcetype": {"a": 1}, "actionid": [1]}])
def test_a_result_that_echoes_something_else_than_text_answers_nothing(echoed: dict[str, Any]) -> None:
    assert answers(calls("a"), envelope(result(None, **echoed))) == [Answer.LOST]


def test_identifiers_in_other_letters_are_told_apart_as_they_are() -> None:
    reply = decoded(calls("run-1", "run-2"), envelope(result("RUN-2", 180), result("RUN-1")))
    assert [one.error_code for one in reply.results] == [0, 180]


def test_results_with_numbers_as_keys_count_as_a_list() -> None:
    assert answers(calls("a"), {"response": {"results": {"0": result("a")}}}) == [Answer.ACCEPTED]


@pytest.mark.parametrize("junk", [None, 1, "OK", [], [{}], True])
def test_entries_that_are_no_results_are_passed_over(junk: object) -> None:
    assert answers(calls("a", "b"), envelope(junk, result("b"), junk)) == [Answer.LOST, Answer.ACCEPTED]
    assert answers(calls("a"), envelope(junk)) == [Answer.LOST]


# --- stops -----------------------------------------------------------------------------------------------------------


def test_wrong_credentials_in_one_result_stop_the_run_and_refuse_no_link() -> None:
    reply = decoded(calls("a", "b"), envelope(result("a", 137), result("b", 137), code=500, errorcode=97))
    assert reply.stopped == Stopped(Stop.CREDENTIALS, "137")
    assert [one.answer for one in reply.results] == [Answer.AGAIN, Answer.AGAIN]


def test_a_timestamp_outside_the_window_stops_for_the_clock() -> None:
    assert decoded(calls("a"), envelope(result("a", 136))).stopped == Stopped(Stop.CLOCK)


def test_what_was_done_beside_a_stop_is_still_known() -> None:
    reply = decoded(calls("a", "b", "c"), envelope(result("a"), result("b", 153), result("c", 180)))
    assert reply.stopped == Stopped(Stop.CREDENTIALS, "153")
    assert [one.answer for one in reply.results] == [Answer.ACCEPTED, Answer.AGAIN, Answer.REFUSED]


def test_a_list_of_actions_that_is_refused_may_be_too_long_and_a_single_one_is_wrong() -> None:
    body: dict[str, Any] = {"status": {"code": 400, "errorcode": 15, "message": "m"}, "response": {"results": []}}
    with pytest.raises(TooManyActions):
        decoded(calls("a", "b"), body)
    assert decoded(calls("a"), body).stopped == Stopped(Stop.REQUEST_REFUSED, "15")


# --- the whole request refused (onoffice-api 2.3) --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "errorcode", "stopped"),
    [
        (400, 22, Stopped(Stop.CREDENTIALS, "22")),
        (400, 13, Stopped(Stop.CREDENTIALS, "13")),
        (500, 13, Stopped(Stop.CREDENTIALS, "13")),
        (500, "22", Stopped(Stop.CREDENTIALS, "22")),
        (400, "not authenticated", Stopped(Stop.CREDENTIALS, "400")),
        (401, None, Stopped(Stop.CREDENTIALS, "400")),
        ("401", "", Stopped(Stop.CREDENTIALS, "400")),
        (400, 0, Stopped(Stop.CREDENTIALS, "400")),
        (500, 136, Stopped(Stop.CLOCK)),
        (500, 137, Stopped(Stop.CREDENTIALS, "137")),
        (500, 4, Stopped(Stop.REQUEST_REFUSED, "4")),
        (500, 20, Stopped(Stop.REQUEST_REFUSED, "20")),
    ],
)
@pytest.mark.parametrize("shape", ["empty list", "no results", "no response", "empty response", "null"])
def test_a_request_refused_as_a_whole_stops_the_run_and_touches_no_link(
    code: object, errorcode: object, stopped: Stopped, shape: str
) -> None:
    body: dict[str, Any] = {"status": {"code": code, "errorcode": errorcode, "message": "m"}}
    body |= {
        "empty list": {"response": {"results": []}},
        "no results": {"response": {}},
        "no response": {},
        "empty response": {"response": []},
        "null": {"response": None},
    }[shape]
    reply = decoded(calls("a", "b"), body)
    assert reply.stopped == stopped
    assert [one.answer for one in reply.results] == [Answer.AGAIN, Answer.AGAIN]


@pytest.mark.parametrize(
    "body",
    [
        {"status": {"code": 500, "errorcode": "Syntax error", "message": "m"}, "response": {"results": []}},
        {"status": {"code": 200, "errorcode": 0, "message": "OK"}, "response": {"results": []}},
        {"status": {"code": 500, "errorcode": 1}, "response": {"results": []}},
        {"status": {"code": 500, "errorcode": 180}, "response": {"results": []}},
        {"status": [], "response": []},
        {"response": {"results": "none"}},
        {"response": "none"},
        {"status": "500"},
        {},
        [],
        [result("a")],
        None,
        "OK",
        200,
    ],
)
def test_an_answer_without_results_that_explains_nothing_proves_nothing(body: object) -> None:
    with pytest.raises(BadAnswer):
        decoded(calls("a"), body)


@pytest.mark.parametrize(
    "body", [b"", b" ", b"<html>", b'{"status":', b"\xff\xfe", b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"]
)
def test_a_body_that_is_no_json_proves_nothing(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode(calls("a"), body)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(["a", "b", "0", "180"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "response", "results", "errorcode", "code", "identifier", "data", "x"]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=tries(400), deadline=None)
@given(body=anything | anything.map(lambda inner: {"response": {"results": [inner]}}) | st.binary(max_size=40))
def test_no_answer_however_strange_counts_as_done_unless_it_says_so_itself(body: object) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        reply = decode(calls("a", "b"), raw)
    except (BadAnswer, TooManyRequests):
        return
    assert len(reply.results) == 2
    assert all(one.answer is not Answer.ACCEPTED or one.error_code == 0 for one in reply.results)


@pytest.mark.parametrize("broken", ["\ud800", "2026-12-02\udfff", "\x00", "2026\x00"])
def test_a_text_that_nothing_could_write_down_is_replaced_where_it_comes_in(broken: str) -> None:
    record = {"id": 1, "type": "calendar", "elements": {"contacts": [], "date": {"start": broken}, broken: [broken]}}
    body = envelope(result("a", data={"records": [record]}, status={"errorcode": 0, "message": broken}))
    (answer,) = decoded(calls("a"), body).results

    start = read_appointment(answer, 1).start
    assert start == broken.translate(dict.fromkeys((0, 0xD800, 0xDFFF), "\ufffd"))
    assert "\x00" not in answer.message
    repr(answer.records).encode()


MANY = [{"id": number, "elements": {"subject": 'a "results":[ b', "contacts": [{"id": number}]}} for number in range(30)]
TOLD = result("a", data={"meta": {"cntabsolute": 30}, "records": MANY})
ANSWERS = (
    json.dumps(envelope(TOLD, result("b", 180))),
    json.dumps(envelope(TOLD, result("b")), indent=2),
    json.dumps(envelope(result("a", data={"records": {str(each["id"]): each for each in MANY}}), result("b", data=[]))),
    json.dumps(envelope(TOLD)).replace('a \\"', "\\ud800\\u0000"),
    json.dumps({"results": [TOLD]} | envelope(result("a", 180), result("b"))),
    json.dumps({"results": [TOLD]} | envelope()),
    json.dumps(envelope(TOLD)).replace("}]}]", "}]}x]"),
    json.dumps(envelope(TOLD))[:-3],
    json.dumps(envelope()),
    "Warning: a \n" + json.dumps(envelope(TOLD, result("b"))),
)


@pytest.mark.parametrize("body", ANSWERS)
def test_an_answer_says_the_same_whether_it_is_read_result_by_result_or_at_once(body: str) -> None:
    said: list[object] = []
    for text in (body, body.replace('"results": [', '"results": {} , "result\\u0073": [')):
        try:
            reply = decode(calls("a", "b"), text.encode())
        except BadAnswer as error:
            said.append(str(error))
        else:
            said.append([(one.answer, one.error_code, one.count, len(one.records), [*one.records]) for one in reply.results])
    assert said[0] == said[1]


@pytest.mark.parametrize("body", ANSWERS[:4])
def test_of_the_records_of_a_call_only_what_it_takes_is_kept(body: str) -> None:
    call, other = calls("a", "b")
    reply = decode([replace(call, take=lambda records: [record["id"] for record in records]), other], body.encode())

    assert reply.results[0].records == [*range(30)]


def test_what_a_result_says_is_taken_before_the_next_is_read() -> None:
    taken: list[int] = []
    call = replace(calls("a")[0], take=lambda records: taken.append(len(records)) or ())

    with pytest.raises(BadAnswer):
        decode([call], json.dumps(envelope(TOLD, result("b"))).replace('"b"', "}").encode())
    assert taken == [30]


def test_a_pair_of_surrogates_is_the_one_character_that_it_stands_for() -> None:
    status = {"errorcode": 0, "message": "\U0001f600 \\ud800"}
    (answer,) = decode(calls("a"), json.dumps(envelope(result("a", status=status))).encode()).results

    assert answer.message == "\U0001f600 \\ud800"


# --- appointments as read (onoffice-api 6.1) -------------------------------------------------------------------------


def read(*contacts: object, number: object = 70001, **elements: object) -> Result:
    record = {"id": number, "type": "calendar", "elements": {"contacts": list(contacts), **elements}}
    return Result(Answer.ACCEPTED, 0, "OK", (record,))


def test_a_contact_is_found_whether_ids_are_numbers_or_texts() -> None:
    contact = {"id": "90001", "confirmationStatus": "sent", "followUpAvailable": True, "followUpStatus": "active"}
    for result_ in (read(contact), read({**contact, "id": 90001}), read(contact, number="70001")):
        live = read_appointment(result_, 70001).live(Link(70001, 90001))
        assert live == Live(Found.LINKED, State(Confirmation.SENT, Feedback.ACTIVE))


def test_an_address_that_is_not_among_the_contacts_is_not_linked() -> None:
    appointment = read_appointment(read({"id": "90001"}, date={"start": "2026-12-02T08:00:00+00:00"}), 70001)
    assert appointment.live(Link(70001, 90002)) == Live(Found.NOT_LINKED, start="2026-12-02T08:00:00+00:00")


@pytest.mark.parametrize("code", [79, 80, 117, 121, 169, 235])
def test_an_appointment_that_the_api_does_not_know_is_not_there(code: int) -> None:
    live = read_appointment(Result(Answer.REFUSED, code), 70001).live(Link(70001, 90001))
    assert live == Live(Found.NO_APPOINTMENT)


@pytest.mark.parametrize("code", [156, 155, 23, 253, 4711])
def test_an_appointment_that_may_not_be_read_is_unreadable(code: int) -> None:
    assert read_appointment(Result(Answer.REFUSED, code), 70001).live(Link(70001, 1)) == Live(Found.UNREADABLE)


@pytest.mark.parametrize(
    "strange",
    [
        read(number=70002),
        read(number=None),
        read(number=True),
        read(number="7" * 5000),
        Result(Answer.ACCEPTED, 0, "", ({"id": 70001, "elements": []},)),
        Result(Answer.ACCEPTED, 0, "", ({"id": 70001, "elements": {}},)),
        Result(Answer.ACCEPTED, 0, "", ({"id": 70001, "elements": {"contacts": {"90001": "sent"}}},)),
    ],
)
def test_an_answer_about_something_else_proves_nothing_about_the_appointment(strange: Result) -> None:
    assert read_appointment(strange, 70001).live(Link(70001, 90001)) == Live(Found.UNREADABLE)


def test_a_contact_with_a_strange_id_is_nobody() -> None:
    appointment = read_appointment(read({"id": "9" * 5000}, {"id": None}, {}, None, {"id": "90001"}), 70001)
    assert appointment.live(Link(70001, 90001)).found is Found.LINKED
    assert appointment.live(Link(70001, 90002)).found is Found.NOT_LINKED


@pytest.mark.parametrize(
    ("contact", "set_up"),
    [
        ({"followUpAvailable": False, "followUpStatus": None}, False),
        ({"followUpStatus": None}, False),
        ({"followUpAvailable": True, "followUpStatus": "inactive"}, True),
        ({"followUpAvailable": True, "followUpStatus": "a new word"}, True),
        ({}, True),
    ],
)
def test_it_is_known_whether_an_appointment_has_feedback_at_all(contact: dict[str, object], *, set_up: bool) -> None:
    live = read_appointment(read({"id": 90001, "confirmationStatus": "sent", **contact}), 70001).live(Link(70001, 90001))
    assert live.feedback_set_up is set_up


@pytest.mark.parametrize(
    ("reminder", "reminds"),
    [
        ({"confirmedOnly": True}, True),
        ([{"confirmedOnly": False}, {"confirmedOnly": "1"}], True),
        ({"confirmedOnly": False}, False),
        ({"confirmedOnly": []}, False),
        ({"confirmedOnly": {}}, False),
        (["confirmedOnly", None], False),
        ([], False),
        (None, False),
    ],
)
def test_it_is_known_whether_the_crm_reminds_those_who_confirmed_and_nobody_else(reminder: object, *, reminds: bool) -> None:
    record = {"id": 70001, "elements": {"contacts": [], "reminder": reminder}}
    assert read_appointment(Result(Answer.ACCEPTED, 0, "", (record,)), 70001).reminds is reminds


# --- the ledger's view -----------------------------------------------------------------------------------------------


def test_what_the_ledger_gets_holds_everything_but_what_signs() -> None:
    call = appointment_call("run-1", 70001)
    (written,) = json.loads(describe([call]))
    assert written == ["run-1", Verb.GET, "appointmentList", "70001", call.parameters]
    assert json.loads(describe_results([ACCEPTED, LOST])) == [["ACCEPTED", 0], ["LOST", None]]


@given(st.lists(st.integers(1, 2**63), min_size=1, max_size=60), st.integers(1, 2**63), st.sampled_from(list(Verb)))
def test_no_request_takes_more_bytes_than_its_calls_are_reckoned_with(others: list[int], centre: int, verb: Verb) -> None:
    some = others[:1] if verb is Verb.DELETE else others
    words = State(Confirmation.NOT_SET, Feedback.INACTIVE)
    action = Action(verb, (centre,), tuple(some), words)
    call = relation_call("20261124-030000-3f9c-1234567", action)
    period = period_call("20261124-030000-3f9c-1234567", date(2026, 11, 24), date(2027, 11, 24))
    by_id = appointment_call("20261124-030000-3f9c-1234567", centre)

    def size(*calls: Call) -> int:
        return len(encode(calls, Credentials("t" * 64, "s" * 64), 1_700_000_000))

    around = size()
    assert size(call) - around <= weight(action)
    assert max(size(period), size(by_id)) - around <= CALL_BYTES


@given(st.integers(1, 2_000_000))
def test_the_largest_action_for_a_limit_is_reckoned_within_it_unless_it_has_one_link(limit: int) -> None:
    links = most_links(limit)
    action = Action(Verb.MODIFY, (1,), tuple(range(1, links + 1)), State(Confirmation.SENT, None))

    assert weight(action) <= limit or links == 1
