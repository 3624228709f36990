"""Who may ask: signatures of both versions and the clock window (onoffice-api 1.3 to 1.5)."""

from __future__ import annotations

import hashlib
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from sync.simulator import running

if TYPE_CHECKING:
    from tests.simulator.conftest import Api


class Vector(NamedTuple):
    timestamp: int
    token: str
    secret: str
    kind: str
    verb: str
    signature: str


SDK_TOKEN, SDK_SECRET = "mgjIQkNRnaqggVzy9cZW", "yOJobbhGLXdp90XxvxedFhH7073L9U"
LONG_TOKEN = "0123456789abcdef" * 2
PUBLIC_VECTORS = [
    Vector(123456789, SDK_TOKEN, SDK_SECRET, "estateCategories", "get", "dsvg3r4AFcQXges0MZ+3auzQVfnEB39pLkKSgmm9Wvg="),
    Vector(1646228220, "testtoken", "testsecret", "calendar", "read", "w6ifKMmAdJoKhu0vl2twvfP+ltyOTQ7LqLpvsZkOnlg="),
    Vector(123456789, "dX5hkIIU6W", "dhY8h7FeU9", "estateCategories", "get", "F9OXyaJv7p+bLkwGDGV7ZUmfYgjH2E24zpsxY5/nVDk="),
    Vector(1700000000, LONG_TOKEN, "s" * 64, "relation", "modify", "J2b4mzSp+ATJ6HTsnHzkfIyDsKHi/TlV699eFgIL9JY="),
]
#: What the vectors' calls answer once their signature is accepted: not configured, period missing, relation type missing.
AFTER_SIGNATURE = {"estateCategories": 25, "calendar": 289, "relation": 132}


@pytest.mark.parametrize("vector", PUBLIC_VECTORS)
@pytest.mark.parametrize("version", [2, "2"])
def test_a_public_v2_vector_is_accepted(api_class: type[Api], vector: Vector, version: object) -> None:
    with running(token=vector.token, secret=vector.secret, wall=lambda: vector.timestamp) as simulator:
        api = api_class(simulator)
        more = {"timestamp": vector.timestamp, "hmac": vector.signature, "hmac_version": version}
        action = api.action(vector.verb, vector.kind, {}, **more)
        assert api.code(action) == AFTER_SIGNATURE[vector.kind]
        assert api.code(action | {"hmac": vector.signature.replace("=", "A=")}) == 137


def test_the_public_v1_vector_is_accepted_and_only_without_a_version(api_class: type[Api]) -> None:
    with running(token="token", secret="secret", wall=lambda: 100) as simulator:
        api = api_class(simulator)
        action = {
            "actionid": "action",
            "identifier": "identifier",
            "resourceid": "1",
            "resourcetype": "type",
            "timestamp": 100,
            "parameters": {"paramKey": "paramValue"},
            "hmac": "7e0bb4b6ceb4b3cff609524e416f2ac3",
        }
        assert api.code(action) == 25
        assert api.code(action | {"hmac_version": 2}) == 137
        assert api.code(action | {"parameters": {"paramKey": "other"}}) == 137


def test_a_v1_signature_covers_parameters_the_way_php_writes_them(api: Api) -> None:
    action = api.modify([70001], [90001], relationinfo={"statusTerminbestaetigung": "bestätigt"}, identifier=None)
    del action["hmac_version"]
    relation_type = action["parameters"]["relationtype"]
    assert "/" not in relation_type
    action["parameters"]["note"] = "a/b"
    sorted_json = (
        r'{"childid":[90001],"note":"a\/b","parentid":[70001],"relationinfo":{"statusTerminbestaetigung":"best\u00e4tigt"},'
        f'"relationtype":"{relation_type}"}}'
    )
    secret = api.simulator.secret
    fields = f"{api.simulator.token},{action['actionid']},,,{secret},{action['timestamp']},relation"
    action["hmac"] = md5(secret + md5(f"{sorted_json},{fields}"))
    assert api.code(action) == 0
    empty = api.action("get", "appointmentList", [], resourceid="70001")
    del empty["hmac_version"]
    fields = f"{api.simulator.token},{empty['actionid']},one,70001,{secret},{empty['timestamp']},appointmentList"
    assert api.code(empty | {"hmac": md5(secret + md5(f"[],{fields}"))}) == 0


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the legacy signature is made of it


@pytest.mark.parametrize("signature", [None, "", 5, "ä", "\ud800"])
def test_a_signature_of_any_other_kind_is_wrong(api: Api, signature: object) -> None:
    assert api.code(api.modify([70001], [90001], hmac=signature)) == 137
    assert api.link(70001, 90001) == ("nicht gesetzt", "inaktiv")


def test_a_foreign_secret_is_137_and_a_foreign_token_refuses_the_whole_request(api: Api) -> None:
    action = api.modify([70001], [90001])
    other = action | {"hmac": "J2b4mzSp+ATJ6HTsnHzkfIyDsKHi/TlV699eFgIL9JY="}
    assert api.codes(other, action) == [137, 0]
    answer = api.post(action, token="0" * 32)
    assert (answer["status"]["code"], answer["status"]["errorcode"]) == (400, 22)
    assert answer["response"]["results"] == []


@pytest.mark.parametrize(("away", "code"), [(120, 0), (-120, 0), (121, 136), (-121, 136), (3600, 136)])
def test_the_clock_window_is_two_minutes_either_way(api_class: type[Api], away: int, code: int) -> None:
    with running({"appointments": [{"id": 1, "start": "2026-01-01T00:00:00Z"}]}, wall=lambda: 1_700_000_000) as simulator:
        api = api_class(simulator)
        for timestamp in (1_700_000_000 + away, str(1_700_000_000 + away)):
            assert api.code(api.action("get", "appointmentList", {}, resourceid=1, timestamp=timestamp)) == code


@pytest.mark.parametrize("timestamp", [None, "", "now", [], True, 1e300])
def test_a_timestamp_that_is_none_is_too_old(api: Api, timestamp: object) -> None:
    assert api.code(api.modify([70001], [90001], timestamp=timestamp)) == 136


def test_the_clock_offset_moves_the_window_and_the_date_header(api: Api) -> None:
    api.simulator.put_options({"clock_offset_s": 3600})
    assert api.code(api.modify([70001], [90001])) == 136
    assert api.code(api.modify([70001], [90001], timestamp=int(time.time()) + 3600)) == 0
    date = parsedate_to_datetime(api.raw(b"").headers["Date"])
    assert abs(date.timestamp() - time.time() - 3600) < 5
