"""Connections to servers: encrypted by settings of our own, nobody else's credentials, and no answer beyond a sane size."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
from typing import TYPE_CHECKING, Any, Final

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests.utils import get_auth_from_url

if TYPE_CHECKING:
    from requests import PreparedRequest


#: The largest answer that is read; one of a thousand actions has about a megabyte.
LARGEST_ANSWER_BYTES: Final = 256 * 2**20
_PIECE_BYTES: Final = 2**20


class AnswerTooLarge(requests.exceptions.RequestException):
    """The server sends more than any answer to us can be."""


def session(*, with_proxies: bool = False) -> requests.Session:
    """A session that takes nothing from the environment, but proxies and authorities of the machine where they are asked for.

    No credentials from `.netrc`, and no file of keys, which `SSLKEYLOGFILE` would ask for.
    """
    made = requests.Session()
    made.trust_env = with_proxies
    made.auth = _own_only
    made.mount("https://", _Encrypted())
    return made


def read_answer(response: requests.Response) -> bytes:
    """The whole body of an answer to a request that was sent with `stream=True`.

    Raises:
        AnswerTooLarge: it is larger than `LARGEST_ANSWER_BYTES`, unpacked.
        RequestException: it breaks off.
    """
    content = bytearray()
    for piece in response.iter_content(_PIECE_BYTES):
        content += piece
        if len(content) > LARGEST_ANSWER_BYTES:
            response.close()
            raise AnswerTooLarge
    return bytes(content)


def _own_only(request: PreparedRequest) -> PreparedRequest:
    """No credentials but those in the address itself; without this, requests looks for some in `.netrc`."""
    user, password = get_auth_from_url(request.url or "")
    return HTTPBasicAuth(user, password)(request) if user or password else request


class _Encrypted(HTTPAdapter):
    """Makes the context of TLS here, where no variable of the environment has a say."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().init_poolmanager(*args, ssl_context=_context(), **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - passed on
        return super().proxy_manager_for(*args, ssl_context=_context(), **kwargs)


def _context() -> ssl.SSLContext:
    """TLS 1.2 or newer with a certificate that is checked; `ssl.create_default_context` would log keys for others."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


# Signatures of the API (onoffice-api 1.3).


def sign(*, timestamp: int, token: str, secret: str, resource_type: str, action_id: str) -> str:
    """Sign one action with HMAC version 2.

    The message is the plain concatenation of timestamp (seconds), token, resource type and action id; parameters are not
    part of it. The API takes a signature for 120 seconds, so it is made at the moment of sending (onoffice-api 1.3, 1.5).
    """
    message = f"{timestamp}{token}{resource_type}{action_id}"
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")
