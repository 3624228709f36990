"""Promise: requests are signed as the API wants it (public vectors of onoffice-api 1.3)."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from sync.domain.model import Verb
from sync.onoffice.names import ACTION
from sync.onoffice.wire import Call, Credentials, encode, sign


class Vector(NamedTuple):
    """Inputs and the signature that has to come out."""

    timestamp: int
    token: str
    secret: str
    resource_type: str
    verb: str
    signature: str


VECTORS = [
    Vector(
        123456789,
        "mgjIQkNRnaqggVzy9cZW",
        "yOJobbhGLXdp90XxvxedFhH7073L9U",
        "estateCategories",
        "get",
        "dsvg3r4AFcQXges0MZ+3auzQVfnEB39pLkKSgmm9Wvg=",
    ),
    Vector(1646228220, "testtoken", "testsecret", "calendar", "read", "w6ifKMmAdJoKhu0vl2twvfP+ltyOTQ7LqLpvsZkOnlg="),
    Vector(123456789, "dX5hkIIU6W", "dhY8h7FeU9", "estateCategories", "get", "F9OXyaJv7p+bLkwGDGV7ZUmfYgjH2E24zpsxY5/nVDk="),
    Vector(
        1700000000,
        "0123456789abcdef0123456789abcdef",
        "s" * 64,
        "relation",
        "modify",
        "J2b4mzSp+ATJ6HTsnHzkfIyDsKHi/TlV699eFgIL9JY=",
    ),
]


@pytest.mark.parametrize("vector", VECTORS)
def test_the_public_vectors_hold(vector: Vector) -> None:
    timestamp, token, secret, resource_type, verb, signature = vector
    made = sign(timestamp=timestamp, token=token, secret=secret, resource_type=resource_type, action_id=ACTION + verb)
    assert made == signature


@pytest.mark.parametrize("vector", VECTORS)
def test_a_request_carries_the_vectors_signature_on_every_action(vector: Vector) -> None:
    timestamp, token, secret, resource_type, verb, signature = vector
    calls = [Call(identifier, Verb(verb), resource_type, {"b": 1, "a": 2}) for identifier in ("x", "y")]
    body = json.loads(encode(calls, Credentials(token, secret), timestamp))
    assert body["token"] == token
    for action, identifier in zip(body["request"]["actions"], ("x", "y"), strict=True):
        assert action == {
            "actionid": ACTION + verb,
            "resourceid": "",
            "resourcetype": resource_type,
            "identifier": identifier,
            "timestamp": timestamp,
            "hmac_version": 2,
            "hmac": signature,
            "parameters": {"a": 2, "b": 1},
        }


def test_each_kind_of_action_in_a_request_has_its_own_signature() -> None:
    calls = [Call("x", Verb.MODIFY, "relation", {}), Call("y", Verb.DELETE, "relation", {}), Call("z", Verb.MODIFY, "task", {})]
    actions = json.loads(encode(calls, Credentials("t", "s"), 1))["request"]["actions"]
    assert len({action["hmac"] for action in actions}) == 3
