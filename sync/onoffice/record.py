"""A recording of every request and answer of a run, masked, for whoever has to find out what an office's API did."""

from __future__ import annotations

import json
import logging
import os
import secrets
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from sync.errors import ConfigurationError
from sync.onoffice.masks import Masks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sync.onoffice.client import Heard

_log = logging.getLogger(__name__)

NAME: Final = "requests.jsonl"
_MOST_WEEKS: Final = 500
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)


class Recorder:
    """Writes two lines of JSON for a request: one before it leaves, one with what came of it.

    Where the disk takes no more, the recording ends and the run goes on.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder, for this user alone.

        Raises:
            ConfigurationError: it is there already, or cannot be made.
        """
        self._masks = Masks(7 * (1 + secrets.randbelow(_MOST_WEEKS)))
        self._count = 0
        self._identifiers: dict[int, Mapping[str, str]] = {}
        try:
            folder.mkdir(mode=0o700, parents=True)
            self._file = os.open(folder / NAME, _FLAGS, 0o600)
        except FileExistsError:
            raise ConfigurationError([f"--record: {folder} is there already; name a folder that is not"]) from None
        except OSError as error:
            raise ConfigurationError([f"--record: {folder} cannot be made: {error.strerror or error}"]) from None
        self._is_open = True

    def close(self) -> None:
        """End the recording."""
        if self._is_open:
            self._is_open = False
            os.close(self._file)

    def leaves(self, kind: str, body: bytes) -> int:
        """A request is about to leave; returns its number."""
        self._count += 1
        masked, self._identifiers[self._count] = self._masks.request(body)
        self._write({"request": self._count, "kind": kind, "body": masked})
        return self._count

    def came(self, number: int, heard: Heard | str) -> None:
        """What came of it: an answer, or why there is none."""
        identifiers = self._identifiers.pop(number)
        if isinstance(heard, str):
            self._write({"answer": number, "failed": heard})
            return
        what = {"http_status": heard.status, "headers": _headers(heard), **self._masks.answer(heard.content, identifiers)}
        self._write({"answer": number, **what})

    def _write(self, line: Mapping[str, object]) -> None:
        if not self._is_open:
            return
        try:
            os.write(self._file, json.dumps(line, separators=(",", ":")).encode() + b"\n")
        except OSError as error:
            _log.warning("The recording ends here: %s", error.strerror or error)
            self.close()


def _headers(heard: Heard) -> Mapping[str, object]:
    """Of the headers, what the client goes by; the server's time as its distance from ours."""
    headers = heard.headers
    found: dict[str, object] = {}
    with suppress(KeyError, ValueError, TypeError, OverflowError):
        found["date_ahead_seconds"] = round(parsedate_to_datetime(headers["Date"]).timestamp() - heard.at)
    if "Retry-After" in headers:
        asked = headers["Retry-After"].strip()
        found["retry_after"] = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 5 else "text"  # noqa: PLR2004
    if "Location" in headers:
        found["location"] = "given"
    return found
