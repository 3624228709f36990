"""The API's request on the wire: structure, signatures, clock window; and what a call comes to (onoffice-api 1, 9.2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from sync.onoffice.names import ACTION

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from enum import StrEnum
    from pathlib import Path

    Word = TypeVar("Word", bound="StrEnum")


#: Seconds that a timestamp may be away from the server's clock, either way (onoffice-api 1.5).
WINDOW_SECONDS = 120


class RequestRefused(Exception):
    """The request as a whole is refused: the answer has no results (onoffice-api 2.3)."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class ActionRefused(Exception):
    """One action is refused: its result has the code (onoffice-api 2.2)."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ReceivedCall:
    """One element of `request.actions`, its structure checked. `verb` is "" where the actionid is none that is known."""

    action_id: str
    verb: str
    resource_id: str | int | None
    resource_type: str
    identifier: str | int | None
    parameters: Mapping[str, object]
    timestamp: object
    hmac_version: object
    hmac: object


@dataclass(frozen=True, slots=True)
class Data:
    """What a successful action answers. `total` is `meta.cntabsolute`."""

    records: Sequence[Mapping[str, object]] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one action: `code` 0 and `data`, or an error code with its detail."""

    call: ReceivedCall
    code: int = 0
    detail: str = ""
    data: Data = field(default_factory=Data)


def decoded(body: bytes) -> object:
    """The JSON value that a body holds, whatever the content type said.

    Raises RequestRefused 3 to 9 as PHP's `json_decode` would tell them apart.
    """
    if not body.strip():
        raise RequestRefused(9)
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise RequestRefused(7) from None
    except RecursionError:
        raise RequestRefused(3) from None
    except ValueError as error:
        raise RequestRefused(5 if "control character" in str(error) else 6) from None


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def raw_actions(raw: object) -> list[object]:
    """The elements of `request.actions` as they stand, [] where the structure is not there: for the log and the faults."""
    request = raw.get("request") if isinstance(raw, dict) else None
    actions = request.get("actions") if isinstance(request, dict) else None
    return actions if isinstance(actions, list) else []


def checked_calls(raw: object, token: str | None, max_actions: int | None) -> list[ReceivedCall]:
    """The calls of a request that has its structure and a known token (None: any). Raises RequestRefused 4, 13 to 22."""
    if not isinstance(raw, dict):
        raise RequestRefused(4)
    sent_token = raw.get("token")
    if not isinstance(sent_token, str) or not sent_token:
        raise RequestRefused(13)
    if not isinstance(raw.get("request"), dict):
        raise RequestRefused(14)
    actions = raw_actions(raw)
    if not actions:
        raise RequestRefused(15)
    if max_actions is not None and len(actions) > max_actions:
        raise RequestRefused(15, f"{len(actions)} actions, at most {max_actions}")
    if token is not None and not hmac.compare_digest(_bytes(sent_token), _bytes(token)):
        raise RequestRefused(22)
    return [_checked_call(action) for action in actions]


def _checked_call(raw: object) -> ReceivedCall:
    action = raw if isinstance(raw, dict) else {}
    action_id, resource_type, parameters = action.get("actionid"), action.get("resourcetype"), action.get("parameters")
    resource_id, identifier = action.get("resourceid"), action.get("identifier")
    if not isinstance(action_id, str):
        raise RequestRefused(16)
    if not action_id:
        raise RequestRefused(17)
    if "resourceid" not in action or not _is_key(resource_id):
        raise RequestRefused(18)
    if not isinstance(resource_type, str):
        raise RequestRefused(19)
    if parameters != [] and not isinstance(parameters, dict):
        raise RequestRefused(20)
    if "" in parameters:
        raise RequestRefused(21)
    return ReceivedCall(
        action_id=action_id,
        verb=verb_of(action_id),
        resource_id=resource_id,
        resource_type=resource_type,
        identifier=identifier if _is_key(identifier) else None,
        parameters=parameters or {},
        timestamp=action.get("timestamp"),
        hmac_version=action.get("hmac_version"),
        hmac=action.get("hmac"),
    )


def _is_key(value: object) -> bool:
    return value is None or (isinstance(value, (str, int)) and not isinstance(value, bool))


def verb_of(action_id: object) -> str:
    """The verb at the end of an actionid, "" where it is no actionid of the API."""
    return action_id.removeprefix(ACTION) if isinstance(action_id, str) and action_id.startswith(ACTION) else ""


def check_authentic(call: ReceivedCall, token: str, secret: str, now: float) -> None:
    """Raise ActionRefused 136 outside the clock window, 137 for a wrong signature. `now` in seconds since 1970."""
    try:
        sent = int(str(call.timestamp))
    except ValueError:
        raise ActionRefused(136) from None
    if abs(now - sent) > WINDOW_SECONDS:
        raise ActionRefused(136)
    sign = signature_v2 if str(call.hmac_version) == "2" else signature_v1
    if not isinstance(call.hmac, str) or not hmac.compare_digest(_bytes(call.hmac), _bytes(sign(call, token, secret))):
        raise ActionRefused(137)


def signature_v2(call: ReceivedCall, token: str, secret: str) -> str:
    """The signature of onoffice-api 1.3."""
    text = f"{call.timestamp}{token}{call.resource_type}{call.action_id}"
    return base64.b64encode(hmac.digest(_bytes(secret), _bytes(text), "sha256")).decode()


def signature_v1(call: ReceivedCall, token: str, secret: str) -> str:
    """The legacy signature of onoffice-api 1.4."""
    parameters = php_json(dict(sorted(call.parameters.items()))) if call.parameters else "[]"
    identifier, resource_id = ("" if key is None else key for key in (call.identifier, call.resource_id))
    fields = f"{token},{call.action_id},{identifier},{resource_id},{secret},{call.timestamp},{call.resource_type}"
    return _md5(secret + _md5(f"{parameters},{fields}"))


def _md5(text: str) -> str:
    return hashlib.md5(_bytes(text), usedforsecurity=False).hexdigest()


def _bytes(text: str) -> bytes:
    """JSON can smuggle lone surrogates into a text: they make a wrong signature, never a crash."""
    return text.encode("utf-8", "surrogatepass")


def php_json(value: object) -> str:
    r"""JSON as PHP writes it: no spaces, `\uXXXX` and `\/` (onoffice-api 1.1, 1.4)."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


# Small checks of what is put into the simulator from outside: each names the place of what is wrong.


class BadInput(ValueError):
    """A seed, state, option or fault that the simulator cannot take; the message says where and why."""


def read_json(path: Path) -> object:
    """The JSON of a plain file in UTF-8, or BadInput; a device or a pipe may have no end. Raises OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise BadInput("is no plain file")
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise BadInput("is nested too deeply") from None
    except ValueError as error:
        raise BadInput(f"no JSON in UTF-8: {error}") from None


def an_object(raw: object, path: str, known: Collection[str], required: Collection[str] = ()) -> dict[str, object]:
    """A JSON object with no other keys than the known ones, or BadInput."""
    if not isinstance(raw, dict):
        raise BadInput(f"{path}: an object is expected, not {raw!r:.60}")
    unknown = [key for key in raw if key not in known]
    if unknown:
        raise BadInput(f"{path}: unknown key {unknown[0]!r}; known are {', '.join(known)}")
    missing = [key for key in required if key not in raw]
    if missing:
        raise BadInput(f"{path}: key {missing[0]!r} is missing")
    return raw


def a_list(raw: object, path: str) -> list[object]:
    """A JSON list, or BadInput."""
    if not isinstance(raw, list):
        raise BadInput(f"{path}: a list is expected, not {raw!r:.60}")
    return raw


def a_whole_number(raw: object, path: str, least: int = 1, most: int | None = None) -> int:
    """A whole number within bounds, or BadInput. Booleans are none."""
    if type(raw) is not int or raw < least or (most is not None and raw > most):
        upper = "" if most is None else f" and at most {most}"
        raise BadInput(f"{path}: a whole number of at least {least}{upper} is expected, not {raw!r:.60}")
    return raw


def a_number(raw: object, path: str, least: float | None = 0, most: float | None = None) -> float:
    """A number within bounds, or BadInput."""
    number = raw if isinstance(raw, (int, float)) and not isinstance(raw, bool) else None
    if number is None or (least is not None and number < least) or (most is not None and number > most):
        bounds = f" from {least}" * (least is not None) + f" up to {most}" * (most is not None)
        raise BadInput(f"{path}: a number{bounds} is expected, not {raw!r:.60}")
    return number


def a_text(raw: object, path: str) -> str:
    """A text, or BadInput."""
    if not isinstance(raw, str):
        raise BadInput(f"{path}: a text is expected, not {raw!r:.60}")
    return raw


def a_switch(raw: object, path: str) -> bool:
    """True or false, or BadInput."""
    if not isinstance(raw, bool):
        raise BadInput(f"{path}: true or false is expected, not {raw!r:.60}")
    return raw


def a_word(raw: object, path: str, words: type[Word]) -> Word:
    """One word of a closed set, or BadInput that lists the set."""
    try:
        return words(str(raw))
    except ValueError:
        raise BadInput(f"{path}: {raw!r:.60} is none of {', '.join(repr(str(word)) for word in words)}") from None


# Texts of the error codes that the simulator answers, in its own words (meanings: onoffice-api 3.2).


_MESSAGES: Final = {
    0: "OK",
    1: "Unspecified failure",
    3: "JSON is nested too deep",
    4: "JSON is invalid",
    5: "Control character in JSON, probably a wrong encoding",
    6: "JSON has a syntax error",
    7: "JSON is no valid UTF-8",
    9: "Empty request",
    13: "Token is missing or invalid",
    14: "Request is missing or invalid",
    15: "Actions are missing or invalid",
    16: "Actionid is missing or invalid",
    17: "Actionid is empty",
    18: "Resourceid is missing or invalid",
    19: "Resourcetype is missing or invalid",
    20: "Parameters are missing or invalid",
    21: "A parameter has an empty name",
    22: "Not authenticated",
    23: "No configuration for this actionid",
    24: "No configuration for this resourceid",
    25: "No configuration for this resourcetype",
    74: "An array is expected",
    75: "The field is unknown",
    91: "The start date is missing",
    93: "The start is after the end",
    97: "Error in action",
    121: "The appointment id is invalid",
    132: "The relation type is missing or unknown",
    136: "The timestamp is too old or the clock is wrong",
    137: "The HMAC is invalid",
    142: "The operator is unknown",
    156: "Access violation",
    168: "The entry was not deleted",
    169: "The appointment was not found",
    174: "Modifying is not permitted",
    179: "Create relation: the relationinfo is invalid",
    180: "Modify relation: the relation does not exist",
    181: "Modify relation: the relationinfo is invalid",
    182: "Modify relation: this relation type cannot be updated",
    185: "Record ids are missing or invalid",
    199: "Not implemented",
    219: "n:n relations are not allowed",
    230: "The date interval is missing",
    231: "The date interval is invalid",
    255: "The value of a parameter is invalid",
    257: "The filter is invalid",
    282: "No valid parameter",
    289: "The period is missing",
    292: "The address is unknown or may not be seen",
    302: "More than 500 ids",
}


def message(code: int, detail: str = "") -> str:
    """The text of a code, with the detail behind it."""
    text = _MESSAGES.get(code, f"Error {code}")
    return f"{text}: {detail}" if detail else text
