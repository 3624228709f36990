"""Signatures of the API (onoffice-api 1.3)."""

from __future__ import annotations

import base64
import hashlib
import hmac


def sign(*, timestamp: int, token: str, secret: str, resource_type: str, action_id: str) -> str:
    """Sign one action with HMAC version 2.

    The message is the plain concatenation of timestamp (seconds), token, resource type and action id; parameters are not
    part of it. The API takes a signature for 120 seconds, so it is made at the moment of sending (onoffice-api 1.3, 1.5).
    """
    message = f"{timestamp}{token}{resource_type}{action_id}"
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")
