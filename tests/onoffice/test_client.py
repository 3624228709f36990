"""Promise: what was surely not taken is sent again, signed anew; what may have been taken is never sent again blindly."""

from __future__ import annotations

import json
import ssl
import threading
import traceback
from dataclasses import replace
from email.utils import formatdate
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError
from urllib3.exceptions import SSLError as UrllibSSLError

from sync.domain.model import Answer, Link, Stop, Stopped, Verb
from sync.errors import StopRun
from sync.onoffice.client import Batch, _offset_seconds, _retry_after_seconds
from sync.onoffice.names import ACTION
from sync.onoffice.transport import Limiter, TooLarge, TooSlow
from sync.onoffice.wire import Credentials, Reply, sign
from tests.onoffice.conftest import SECRET, TOKEN, all_fine, calls, envelope, response, result
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.onoffice.conftest import Api

LINKS = [Link(1, 2)]
POOL: Any = None  # urllib3's exceptions name the pool that they come from

#: Nothing of the request can have reached the API.
NOT_TAKEN: dict[str, Callable[[], object]] = {
    "HTTP 429": lambda: response(429),
    "HTTP 503 that names a time": lambda: response(503, Retry_After="2"),
    "connect timeout": lambda: requests.exceptions.ConnectTimeout(MaxRetryError(POOL, "/", ConnectTimeoutError())),
    "connection refused": lambda: requests.exceptions.ConnectionError(
        MaxRetryError(POOL, "/", NewConnectionError(POOL, "refused"))
    ),
    "name unknown": lambda: requests.exceptions.ConnectionError(
        MaxRetryError(POOL, "/", NameResolutionError("api.test", POOL, OSError()))  # type: ignore[arg-type]
    ),
    "wrong certificate": lambda: requests.exceptions.SSLError(
        MaxRetryError(POOL, "/", UrllibSSLError(ssl.SSLCertVerificationError("expired")))
    ),
}
#: The request may have taken effect.
UNCLEAR: dict[str, Callable[[], object]] = {
    **{f"HTTP {status}": lambda status=status: response(status) for status in (408, 500, 501, 502, 504, 520, 524, 599)},
    "HTTP 503": lambda: response(503),
    "read timeout": lambda: requests.exceptions.ReadTimeout("read timed out"),
    "connection reset": lambda: requests.exceptions.ConnectionError(ProtocolError("aborted", ConnectionResetError())),
    "broken TLS": lambda: requests.exceptions.SSLError(
        MaxRetryError(POOL, "/", UrllibSSLError(ssl.SSLEOFError("EOF in violation of protocol")))
    ),
    "half an answer": lambda: requests.exceptions.ChunkedEncodingError("IncompleteRead"),
    "packed wrongly": lambda: requests.exceptions.ContentDecodingError("gzip"),
    "some other failure": lambda: requests.exceptions.RequestException("?"),
    "HTML": lambda: response(body=b"<html>"),
    "no results": lambda: response(body=envelope()),
    "accepted for later": lambda: response(202),
    "no content": lambda: response(204),
}
#: Whoever answered is not the API, or does not let anybody in.
NOT_THE_API = {f"HTTP {status}": status for status in (301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 451)}

MOVED = [f"HTTP {status}" for status in (301, 302, 303, 307, 308)]


@pytest.mark.parametrize("kind", NOT_TAKEN)
@pytest.mark.parametrize("writes", [True, False])
def test_what_was_not_taken_is_sent_again(api: Api, kind: str, *, writes: bool) -> None:
    api.network.script = [NOT_TAKEN[kind](), NOT_TAKEN[kind](), all_fine]
    reply = api.client.write(Batch(calls("a"), LINKS)) if writes else api.client.read(calls("a"))
    assert [one.answer for one in reply.results] == [Answer.ACCEPTED]
    assert api.client.requests_sent == 3


@pytest.mark.parametrize("kind", NOT_TAKEN)
@pytest.mark.parametrize("writes", [True, False])
def test_attempts_are_bounded_and_then_the_run_stops(api: Api, kind: str, *, writes: bool) -> None:
    api.network.script = [NOT_TAKEN[kind]() for _ in range(80)]
    with pytest.raises(StopRun) as stop:
        api.client.write(Batch(calls("a"), LINKS)) if writes else api.client.read(calls("a"))
    patient = kind in {"HTTP 429", "HTTP 503 that names a time"}
    assert stop.value.stopped.stop is (Stop.TOO_MANY_REQUESTS if kind == "HTTP 429" else Stop.UNREACHABLE)
    assert api.client.requests_sent == (60 if patient else 4)


@pytest.mark.parametrize("kind", UNCLEAR)
def test_a_write_whose_answer_was_lost_is_sent_once(api: Api, kind: str) -> None:
    api.network.script = [UNCLEAR[kind](), all_fine]
    reply = api.client.write(Batch(calls("a", "b"), LINKS))
    assert [one.answer for one in reply.results] == [Answer.LOST, Answer.LOST]
    assert reply.stopped is None
    assert api.client.requests_sent == 1
    assert not api.clock.slept


@pytest.mark.parametrize("kind", UNCLEAR)
def test_a_read_whose_answer_was_lost_is_sent_again(api: Api, kind: str) -> None:
    api.network.script = [UNCLEAR[kind](), UNCLEAR[kind](), UNCLEAR[kind](), all_fine]
    assert [one.answer for one in api.client.read(calls("a")).results] == [Answer.ACCEPTED]
    api.network.script = [UNCLEAR[kind]() for _ in range(80)]
    with pytest.raises(StopRun) as stop:
        api.client.read(calls("a"))
    assert stop.value.stopped.stop is Stop.UNREACHABLE
    assert api.client.requests_sent == 4 + (60 if kind == "HTTP 503" else 4)


@pytest.mark.parametrize("kind", ["HTTP 408", "HTTP 504", "HTTP 524", "read timeout"])
def test_several_calls_that_take_too_long_are_not_tried_again_as_they_are(api: Api, kind: str) -> None:
    api.network.script = [UNCLEAR[kind](), all_fine]
    with pytest.raises(TooSlow):
        api.client.read(calls("a", "b"))
    assert api.client.requests_sent == 1


def test_an_answer_that_never_ends_is_given_up_and_the_next_request_has_a_connection_of_its_own(api: Api) -> None:
    ended = Event()

    def dripping(body: dict[str, Any]) -> requests.Response:
        ended.wait(30)
        return all_fine(body)

    api.network.script = [dripping, all_fine]
    api.client._settings = replace(api.client._settings, connect_timeout=0.01, read_timeout=0.01)
    session = api.client._session
    assert [one.answer for one in api.client.write(Batch(calls("a"), LINKS)).results] == [Answer.LOST]
    assert api.client._session is not session
    ended.set()


@pytest.mark.parametrize("kind", NOT_THE_API)
@pytest.mark.parametrize("writes", [True, False])
def test_a_redirect_to_another_machine_is_not_followed_and_a_closed_door_stops_the_run_at_once(
    api: Api, kind: str, *, writes: bool
) -> None:
    api.network.script = [response(NOT_THE_API[kind], Location="https://elsewhere.test/"), all_fine]
    with pytest.raises(StopRun) as stop:
        api.client.write(Batch(calls("a"), LINKS)) if writes else api.client.read(calls("a"))
    says = {"HTTP 401": Stopped(Stop.CREDENTIALS, "401")} | dict.fromkeys(
        MOVED, Stopped(Stop.REDIRECTED, "https://elsewhere.test/")
    )
    assert stop.value.stopped == says.get(kind, Stopped(Stop.UNREACHABLE, kind))
    assert api.client.requests_sent == 1


@pytest.mark.parametrize("kind", MOVED)
@pytest.mark.parametrize("writes", [True, False])
def test_a_redirect_on_the_same_machine_is_followed_and_signed_anew(api: Api, kind: str, *, writes: bool) -> None:
    def moved(_: dict[str, Any]) -> requests.Response:
        api.clock.time += 5
        return response(NOT_THE_API[kind], Location="/api/latest/api.php")

    api.network.script = [moved, all_fine, all_fine]
    for _ in range(2):
        reply = api.client.write(Batch(calls("a"), LINKS)) if writes else api.client.read(calls("a"))
        assert [one.answer for one in reply.results] == [Answer.ACCEPTED]
    first, second, _ = (body["request"]["actions"][0]["timestamp"] for body in api.network.bodies)
    assert second - first == 5
    assert api.client.requests_sent == 3


def test_a_whole_and_valid_answer_counts_whatever_the_http_status(api: Api) -> None:
    for status in (201, 400, 404, 429, 500, 503):
        api.network.script = [response(status, envelope(result("a")))]
        assert [one.answer for one in api.client.write(Batch(calls("a"), LINKS)).results] == [Answer.ACCEPTED]


@pytest.mark.parametrize("status", [401, 404])
def test_an_answer_that_was_cut_off_under_the_status_of_whole_ones_leaves_a_write_unclear(api: Api, status: int) -> None:
    whole = envelope(result("a"))
    api.network.script = [response(status, whole), response(status, json.dumps(whole).encode()[:-9])]
    api.client.write(Batch(calls("a"), LINKS))

    (cut_off,) = api.client.write(Batch(calls("a"), LINKS)).results

    assert cut_off.answer is Answer.LOST


def test_a_request_that_is_too_large_is_told_apart(api: Api) -> None:
    api.network.script = [response(413), response(413)]
    with pytest.raises(TooLarge):
        api.client.write(Batch(calls("a"), LINKS))
    with pytest.raises(TooLarge):
        api.client.read(calls("a"))
    assert api.client.requests_sent == 2


# --- signing and time ------------------------------------------------------------------------------------------------


def test_every_attempt_is_signed_anew_with_the_time_at_which_it_leaves(api: Api) -> None:
    api.network.script = [response(429, Retry_After="200"), response(503, Retry_After="200"), all_fine]
    api.client.write(Batch(calls("a"), LINKS))
    stamps = []
    for body in api.network.bodies:
        (action,) = body["request"]["actions"]
        stamps.append(action["timestamp"])
        assert action["hmac"] == sign(
            timestamp=action["timestamp"], token=TOKEN, secret=SECRET, resource_type="relation", action_id=ACTION + Verb.MODIFY
        )
    assert stamps == [1_700_000_000, 1_700_000_200, 1_700_000_400]


def test_a_request_is_signed_after_the_wait_for_its_slot_not_before(api: Api) -> None:
    api.client._limiter.penalise(500)
    api.network.script = [all_fine]
    api.client.read(calls("a"))
    assert api.network.bodies[0]["request"]["actions"][0]["timestamp"] == 1_700_000_500


@pytest.mark.parametrize(
    ("header", "waits"), [("7", 7), ("1.5", 1.5), ("99999", 600), ("0", 0), ("-3", 0), ("soon", 0), ("nan", 0)]
)
def test_no_request_leaves_before_the_pause_that_the_server_asked_for(api: Api, header: str, waits: float) -> None:
    api.network.script = [response(429, Retry_After=header), all_fine]
    api.client.write(Batch(calls("a"), LINKS))
    assert waits <= api.clock.time - 1_700_000_000 <= waits + 1


@pytest.mark.parametrize(("asked", "told"), [("200", ["onOffice asks for a pause of 200 s"]), ("9", [])])
def test_a_long_pause_is_told_in_the_log(api: Api, caplog: pytest.LogCaptureFixture, asked: str, told: list[str]) -> None:
    api.network.script = [response(429, Retry_After=asked), all_fine]
    with caplog.at_level("INFO", "sync"):
        api.client.write(Batch(calls("a"), LINKS))
    assert [record.getMessage() for record in caplog.records] == told


def test_a_pause_may_be_asked_for_as_a_date(api: Api) -> None:
    api.network.script = [response(503, Retry_After=formatdate(1_700_000_042, usegmt=True)), all_fine]
    api.client.read(calls("a"))
    assert 42 <= api.clock.time - 1_700_000_000 <= 43


dates = st.integers(-(10**10), 10**11).map(lambda seconds: f"Mon, 01 Jan {seconds} 00:00:00 GMT")


@settings(max_examples=tries(500), deadline=None)
@given(
    text=st.text(max_size=30) | dates | st.floats().map(str) | st.integers().map(str) | st.from_regex(r"\w{3}, \d+ \w{3} \d+ .*")
)
def test_any_retry_after_is_a_pause_of_at_most_ten_minutes(text: str) -> None:
    assert 0 <= _retry_after_seconds({"Retry-After": text}, 1_700_000_000.0) <= 600
    assert isinstance(_offset_seconds({"Date": text}, 1_700_000_000.0), int | None)


@pytest.mark.parametrize("ahead", [-7200, -130, 130, 3600])
def test_a_wrong_clock_stops_the_run_and_says_by_how_many_seconds(api: Api, ahead: int) -> None:
    def late(_: object) -> requests.Response:
        date = formatdate(api.clock.time - ahead, usegmt=True)
        return response(body=envelope(result("a", 136), code=500, errorcode=97), Date=date)

    api.network.script = [late] * 4
    with pytest.raises(StopRun) as stop:
        api.client.read(calls("a"))
    assert stop.value.stopped.stop is Stop.CLOCK
    assert abs(int(stop.value.stopped.detail) - ahead) <= 1
    assert api.client.requests_sent == 4


def test_without_a_date_the_clock_is_wrong_by_an_unknown_time(api: Api) -> None:
    api.network.script = [response(body=envelope(result("a", 136)))] * 4
    with pytest.raises(StopRun) as stop:
        api.client.write(Batch(calls("a"), LINKS))
    assert stop.value.stopped == Stopped(Stop.CLOCK)


def test_a_timestamp_that_was_only_late_is_made_anew_and_taken(api: Api) -> None:
    api.network.script = [response(body=envelope(result("a", 136))), all_fine]
    assert [one.answer for one in api.client.write(Batch(calls("a"), LINKS)).results] == [Answer.ACCEPTED]


def test_a_write_of_which_a_part_was_done_is_not_sent_again_for_the_clock_of_the_rest(api: Api) -> None:
    api.network.script = [response(body=envelope(result("a"), result("b", 136))), all_fine]
    reply = api.client.write(Batch(calls("a", "b"), LINKS))
    assert reply.stopped == Stopped(Stop.CLOCK)
    assert [one.answer for one in reply.results] == [Answer.ACCEPTED, Answer.AGAIN]
    assert api.client.requests_sent == 1


# --- what is written down, and what never is -------------------------------------------------------------------------


def test_the_intent_stands_in_the_journal_before_each_attempt_and_the_outcome_after_it(api: Api) -> None:
    api.network.script = [response(429), response(500)]
    api.client.write(Batch(calls("a"), LINKS))
    kinds = [entry[0] for entry in api.journal.entries]
    assert kinds == ["intent", "outcome", "intent", "outcome"]
    assert api.network.entries_at_sending == [1, 3]
    assert [entry[2] for entry in api.journal.entries if entry[0] == "outcome"] == [
        "Throttled: HTTP 429",
        "Ambiguous: HTTP 500",
    ]
    assert all(entry[3] == tuple(LINKS) for entry in api.journal.entries if entry[0] == "intent")


def test_the_journal_holds_the_answer_of_every_action(api: Api) -> None:
    api.network.script = [response(body=envelope(result("a"), result("b", 180)))]
    api.client.write(Batch(calls("a", "b"), LINKS))
    assert api.journal.entries[-1] == ("outcome", 1, "answered", '[["ACCEPTED",0],["REFUSED",180]]')
    assert json.loads(api.journal.entries[0][2])[1][:3] == ["b", "modify", "relation"]


def test_a_request_whose_intent_cannot_be_written_down_does_not_leave(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError("disk full")

    monkeypatch.setattr(api.journal, "intent", full)
    with pytest.raises(OSError, match="disk full"):
        api.client.write(Batch(calls("a"), LINKS))
    assert api.client.requests_sent == 0


@pytest.mark.parametrize("kind", [*NOT_TAKEN, *UNCLEAR, "credentials"])
def test_token_and_secret_stand_in_no_message_and_in_no_journal(api: Api, kind: str) -> None:
    makers = {**NOT_TAKEN, **UNCLEAR, "credentials": lambda: response(body=envelope(result("a", 137)))}
    body = {"request": {"token": TOKEN, "secret": SECRET}}
    for exchange in (api.client.read, lambda some: api.client.write(Batch(some, LINKS))):
        api.network.script = [makers[kind]() for _ in range(80)]
        for step in api.network.script:
            if isinstance(step, requests.exceptions.RequestException):
                step.args = (*step.args, body)
        try:
            told = repr(exchange(calls("a")))
        except StopRun as stop:
            told = "".join(traceback.format_exception(stop)) + repr(stop) + repr(stop.stopped)
        told += repr(api.journal.entries) + repr(api.client)
        assert TOKEN not in told
        assert SECRET not in told
        assert api.network.bodies[-1]["request"]["actions"][0]["hmac"] not in told


def test_credentials_do_not_show_themselves() -> None:
    shown = f"{Credentials(TOKEN, SECRET)!r} {Credentials(TOKEN, SECRET)!s}"
    assert TOKEN not in shown
    assert SECRET not in shown


def test_both_timeouts_hold_for_every_request(api: Api) -> None:
    api.network.script = [response(429), all_fine]
    api.client.read(calls("a"))
    assert api.network.timeouts == [(3, 7), (3, 7)]


def test_neither_proxies_nor_netrc_of_the_machine_change_a_request(api: Api) -> None:
    assert api.client._session.trust_env is False


def test_requests_side_by_side_are_all_under_way_before_the_first_answer_is_waited_for(api: Api) -> None:
    meet = Barrier(3, timeout=30)

    def meets(body: dict[str, Any]) -> requests.Response:
        meet.wait()
        return all_fine(body)

    api.network.script = [meets, meets, meets]
    replies = api.client.write_at_once([Batch(calls(name), LINKS) for name in "abc"])
    assert [reply.results[0].answer for reply in replies if isinstance(reply, Reply)] == [Answer.ACCEPTED] * 3


def test_of_requests_side_by_side_each_has_its_own_end_and_none_is_forgotten(api: Api) -> None:
    """The network answers in no certain order, so the answers go by the identifiers."""
    ends: dict[str, Callable[[dict[str, Any]], requests.Response]] = {
        "fine": all_fine,
        "refused": lambda _: response(404),
        "large": lambda _: response(413),
        "lost": lambda _: response(502),
    }

    def answer(body: dict[str, Any]) -> requests.Response:
        return ends[body["request"]["actions"][0]["identifier"]](body)

    api.network.script = [answer] * 4
    fine, refused, large, lost = api.client.write_at_once([Batch(calls(name), LINKS) for name in ends])
    assert isinstance(fine, Reply)
    assert fine.results[0].answer is Answer.ACCEPTED
    assert isinstance(refused, StopRun)
    assert isinstance(large, TooLarge)
    assert large.bytes
    assert isinstance(lost, Reply)
    assert lost.results[0].answer is Answer.LOST
    assert [entry[0] for entry in api.journal.entries] == ["intent"] * 4 + ["outcome"] * 4


def test_a_request_that_was_not_taken_is_sent_again_beside_others(api: Api) -> None:
    api.network.script = [all_fine, response(429, Retry_After="1"), all_fine]
    replies = api.client.write_at_once([Batch(calls("a"), LINKS), Batch(calls("b"), LINKS)])
    assert all(isinstance(reply, Reply) and reply.results[0].answer is Answer.ACCEPTED for reply in replies)
    assert api.client.requests_sent == 3


def test_what_may_not_leave_yet_does_not_keep_answers_waiting(api: Api) -> None:
    api.network.script = [all_fine]
    api.client._limiter = Limiter(2, clock=api.clock.now, sleep=api.clock.sleep)
    api.client._limiter.wait()
    api.client._limiter.answered()
    (end,) = api.client.write_at_once([Batch(calls(name), LINKS) for name in "abc"])
    assert isinstance(end, Reply)
    assert (api.client.requests_sent, api.clock.slept) == (1, [])


def by_name(**ends: Callable[[dict[str, Any]], requests.Response]) -> Callable[[dict[str, Any]], requests.Response]:
    """A network that answers by the identifier of the first call, for requests side by side come in any order."""
    return lambda body: ends[body["request"]["actions"][0]["identifier"]](body)


def test_when_one_ends_the_run_none_beside_it_that_was_not_taken_is_sent_again(api: Api) -> None:
    api.network.script = [by_name(a=lambda _: response(429), b=lambda _: response(403))] * 2
    ends = api.client.write_at_once([Batch(calls(name), LINKS) for name in "ab"])
    assert [end.stopped for end in ends if isinstance(end, StopRun)] == [Stopped(Stop.UNREACHABLE, "HTTP 403")] * 2
    assert api.client.requests_sent == 2


def test_when_one_is_not_taken_as_often_as_allowed_the_others_are_not_tried_as_often_too(api: Api) -> None:
    api.network.script = [response(429) for _ in range(80)]
    ends = api.client.write_at_once([Batch(calls(name), LINKS) for name in "abc"])
    assert all(isinstance(end, StopRun) for end in ends)
    assert api.client.requests_sent == 3 + 59


@pytest.mark.parametrize("count", [1, 5])
def test_a_failure_of_all_that_is_under_way_makes_the_next_pause_no_longer_than_that_of_one(api: Api, count: int) -> None:
    api.network.script = [response(502) for _ in range(count)]
    api.client.write_at_once([Batch(calls(str(number)), LINKS) for number in range(count)])
    api.client._limiter.wait()
    assert api.clock.slept == [pytest.approx(0.05)]


def test_the_server_s_clock_is_compared_at_the_moment_of_the_answer_and_not_when_somebody_reads_it(api: Api) -> None:
    heard = Event()

    def late(body: dict[str, Any]) -> requests.Response:
        heard.wait(30)
        api.clock.time += 500
        return all_fine(body)

    def dated(body: dict[str, Any]) -> requests.Response:
        answer = all_fine(body)
        answer.headers["Date"] = formatdate(api.clock.time - 7, usegmt=True)
        threading.Timer(0.05, heard.set).start()
        return answer

    api.network.script = [by_name(a=late, b=dated)] * 2
    api.client.write_at_once([Batch(calls(name), LINKS) for name in "ab"])
    assert api.client.clock_offset_seconds == 7
