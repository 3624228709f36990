"""Whatever a client sends, it is answered, logged, and what was refused has changed nothing."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.simulator.calls import write_log
from sync.simulator.records import read_records, write_records
from sync.simulator.simulator import Simulator
from tests.simulator.conftest import LINKED, SEED, URN, links
from tests.tries import tries

TOKEN, SECRET, NOW = "t" * 32, "s" * 64, 1_700_000_000
WORDS = ["bestätigt", "gesendet", "gecancelt", "nicht gesetzt"]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
appointment_ids = st.sampled_from([70001, 70002, 70003, "70001", 79999])
address_ids = st.sampled_from([90001, 90002, 90009, "90001", 99999])


def mostly(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 9).flatmap(lambda number: anything if number == 0 else usual)


parameters = st.fixed_dictionaries(
    {
        "relationtype": mostly(st.just(LINKED)),
        "parentid": mostly(appointment_ids | st.lists(appointment_ids, min_size=1, max_size=3)),
        "childid": mostly(address_ids | st.lists(address_ids, min_size=1, max_size=3)),
        "relationinfo": mostly(st.fixed_dictionaries({"statusTerminbestaetigung": st.sampled_from(WORDS)})),
    },
    optional={"data": anything, "filter": anything, "parentids": anything, "childids": anything, "datestart": anything},
)


@st.composite
def actions(draw: st.DrawFn) -> object:
    kind = draw(mostly(st.sampled_from(["relation", "relation", "appointmentList", "calendar", "idsfromrelation"])))
    verb = draw(st.sampled_from(["modify", "create", "delete", "get", "read"]))
    action = {
        "actionid": f"{URN}smartml:action:{verb}",
        "resourceid": draw(mostly(st.just("") | appointment_ids)),
        "resourcetype": kind,
        "identifier": draw(anything),
        "timestamp": NOW,
        "hmac_version": draw(st.sampled_from([2, "2", None])),
        "parameters": draw(mostly(parameters)),
    }
    text = f"{NOW}{TOKEN}{kind}{action['actionid']}"
    return {
        "hmac": base64.b64encode(hmac.digest(SECRET.encode(), text.encode("utf-8", "surrogatepass"), "sha256")).decode()
    } | action


@settings(max_examples=tries(100), deadline=None)
@given(sent=st.lists(actions(), max_size=3))
def test_any_request_is_answered_and_what_is_refused_changes_nothing(sent: list[Any]) -> None:
    simulator = Simulator(TOKEN, SECRET, read_records(SEED), wall=lambda: NOW)
    reply = simulator.answer(json.dumps({"token": TOKEN, "request": {"actions": sent}}).encode(), 0.0)
    answer = json.loads(reply.body)
    codes = [result["status"]["errorcode"] for result in answer["response"]["results"]]
    assert len(codes) in {0, len(sent)}
    state = write_records(simulator.records)
    writing = [action for action, code in zip(sent, codes, strict=False) if code == 0 and action["resourcetype"] == "relation"]
    if not writing:
        assert state == SEED
    else:
        touched = links(state).items() ^ links(SEED).items()
        assert {link[0][0] for link in touched} <= {
            int(number) for action in writing for number in as_list(action["parameters"]["parentid"])
        }
    assert write_records(read_records(json.loads(json.dumps(state)))) == state
    assert json.loads(json.dumps(write_log(simulator.log)))[0]["applied"] is bool(codes)


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - a scalar or a list
    return value if isinstance(value, list) else [value]


@settings(max_examples=tries(100), deadline=None)
@given(body=st.binary(max_size=40) | anything.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_answered(body: bytes) -> None:
    simulator = Simulator(TOKEN, SECRET, read_records(SEED), wall=lambda: NOW)
    answer = json.loads(simulator.answer(body, 0.0).body)
    assert answer["response"] == {"results": []}
    assert 3 <= answer["status"]["errorcode"] <= 22
