"""Answers as bytes: the envelope around results, refusals of whole requests, and what stands around the JSON (onoffice-api 2)."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Final

from sync.simulator.choices import CredentialsAnswer, Envelope, Identifiers, Noise, StatusCodes
from sync.simulator.messages import message
from sync.simulator.protocol import Outcome, RequestRefused, php_json
from sync.simulator.shapes import data_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sync.simulator.options import Options

#: The code of a wrong signature (onoffice-api 2.3).
WRONG_HMAC: Final = 137

#: Codes that say who is asking is not known: in-body code 400 (onoffice-api 2.3).
NOT_AUTHENTICATED: Final = frozenset({13, 22, WRONG_HMAC})

_CUT: Final = 8
_PADDED: Final = 40

_BOM: Final = "\ufeff".encode()
_WARNING: Final = (
    b"<br />\n<b>Warning</b>:  Undefined array key &quot;relationinfo&quot; in <b>/srv/api/Processor.php</b>"
    b" on line <b>118</b><br />\n"
)
_NOTICE: Final = b"\nNotice: Undefined index: parentid in /srv/api/Processor.php on line 97\n"

#: What stands before and behind the JSON.
_AROUND: Final[dict[Noise, tuple[bytes, bytes]]] = {
    Noise.NONE: (b"", b""),
    Noise.BOM: (_BOM, b""),
    Noise.BOM_AFTER: (b"", _BOM),
    Noise.WARNING_BEFORE: (_WARNING, b""),
    Noise.WARNING_AFTER: (b"", _WARNING),
    Noise.NOTICE_BEFORE: (_NOTICE, b""),
    Noise.NOTICE_AFTER: (b"", _NOTICE),
}

#: `response` of a refusal of credentials.
_NO_RESULTS: Final[dict[CredentialsAnswer, dict[str, object]]] = {
    CredentialsAnswer.RESULTS_NULL: {"response": {"results": None}},
    CredentialsAnswer.RESULTS_MISSING: {"response": {}},
    CredentialsAnswer.RESPONSE_LIST: {"response": []},
    CredentialsAnswer.RESPONSE_MISSING: {},
}


def envelope(outcomes: Sequence[Outcome], options: Options) -> bytes:
    """The answer to a request whose actions were looked at one by one (onoffice-api 2.1, 2.2)."""
    failed, kind = next((outcome for outcome in outcomes if outcome.code), None), options.failure_envelope
    status = _status({"code": 200, "errorcode": 0, "message": "OK"}, options)
    if failed and kind is not Envelope.OK:
        code, detail = (97, "") if kind is Envelope.WRAPPED else (failed.code, failed.detail)
        status = _status({"code": 500, "errorcode": code, "message": message(code, detail)}, options)
    results = [_result(outcome, options) for outcome in outcomes]
    return _wrapped({"status": status, "response": {"results": results}}, options)


def refusal(refused: RequestRefused, options: Options) -> bytes:
    """The answer to a request that was refused as a whole (onoffice-api 2.3)."""
    who = refused.code in NOT_AUTHENTICATED
    status: dict[str, object] = {
        "code": 400 if who else 500,
        "errorcode": refused.code,
        "message": message(refused.code, refused.detail),
    }
    answer = options.credentials_answer
    if who and answer is CredentialsAnswer.CODES_TEXT:
        status = _as_texts(status)
    response = _NO_RESULTS.get(answer) if who else None
    rest = {"response": {"results": []}} if response is None else response
    return _wrapped({"status": _status(status, options), **rest}, options)


def _status(status: dict[str, object], options: Options) -> dict[str, object]:
    return _as_texts(status) if options.status_codes is StatusCodes.TEXTS else status


def _as_texts(status: Mapping[str, object]) -> dict[str, object]:
    return {name: str(value) for name, value in status.items()}


def _wrapped(answer: object, options: Options) -> bytes:
    before, behind = _AROUND[options.noise]
    return before + php_json(answer).encode() + behind


def _result(outcome: Outcome, options: Options) -> dict[str, object]:
    call, good = outcome.call, outcome.code == 0
    return {
        "actionid": call.action_id,
        "resourceid": call.resource_id,
        "resourcetype": call.resource_type,
        "cacheable": good and call.verb in {"read", "get"},
        **_identifier(call.identifier, options.identifiers),
        "data": data_of(outcome.data.records, outcome.data.total, options) if good else [],
        "status": _status({"errorcode": outcome.code, "message": message(outcome.code, outcome.detail)}, options),
    }


def _identifier(sent: str | int | None, comes_back: Identifiers) -> dict[str, object]:
    if comes_back is Identifiers.ECHOED:
        return {"identifier": sent}
    if comes_back is Identifiers.MISSING:
        return {}
    return {"identifier": _BENDS[comes_back](str(sent or ""))}


_BENDS: Final[dict[Identifiers, Callable[[str], str | None]]] = {
    Identifiers.CUT: lambda sent: sent[:_CUT],
    Identifiers.UPPER: str.upper,
    Identifiers.PADDED: lambda sent: sent.ljust(_PADDED),
    Identifiers.EMPTY: lambda _: "",
    Identifiers.NULL: lambda _: None,
}


def gzipped_if_asked(body: bytes, accept_encoding: str) -> tuple[bytes, bool]:
    """The body, compressed where the client takes gzip, and whether it was (onoffice-api 1.1)."""
    offers = [offer.replace(" ", "").lower() for offer in accept_encoding.split(",")]
    if any(offer.split(";")[0] in {"gzip", "x-gzip"} and not offer.endswith((";q=0", ";q=0.0")) for offer in offers):
        return gzip.compress(body, compresslevel=1, mtime=0), True
    return body, False
