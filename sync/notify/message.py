"""A message, and to whom it goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - a field's type


class Audience(StrEnum):
    """Who is told."""

    STAFF = "staff"
    INSTALLER = "installer"


class Tone(StrEnum):
    """How a message looks where the service shows it (colour, symbol); apprise's words."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `attachments` are files to send along."""

    audience: Audience
    tone: Tone
    title: str
    body: str
    attachments: tuple[Path, ...] = ()
