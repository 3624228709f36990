"""Messages wait on the disk until they are delivered: what one run cannot deliver, the next one tries again.

One file per message in the state folder. It names the addresses that have got the message by a few digits of a hash, so that
one that failed is tried again without the others getting it twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from filelock import FileLock, Timeout

from sync.notify.memory import write
from sync.notify.message import Audience, Message, Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_log = logging.getLogger(__name__)

#: Below the state folder.
FOLDER: Final = Path("outbox")
#: A message that could not be delivered for so long is nobody's news any more.
KEPT: Final = dt.timedelta(days=14)


class Deliver(Protocol):
    """What delivers one message to one address."""

    def __call__(self, address: str, message: Message) -> str:
        """Deliver it; returns what went wrong, "" when nothing did."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    path: Path
    made: dt.datetime
    message: Message
    done: tuple[str, ...]


class Outbox:
    """The messages that wait."""

    def __init__(self, state: Path) -> None:
        self._folder = state / FOLDER

    def put(self, messages: Sequence[Message], now: dt.datetime) -> None:
        """Keep messages until they are delivered. Raises OSError."""
        for number, message in enumerate(messages):
            path = self._folder / f"{now:%Y%m%d-%H%M%S}-{number:04}-{secrets.token_hex(2)}.json"
            _write(_Waiting(path, now, message, ()))

    def waiting(self) -> bool:
        """Whether there is anything to deliver."""
        return any(self._folder.glob("*.json"))

    def deliver(
        self,
        addresses: Mapping[Audience, Sequence[str] | None],
        deliver: Deliver,
        now: dt.datetime,
        *,
        in_time: Callable[[], bool],
    ) -> None:
        """Deliver what waits, the oldest first, as long as there is time.

        Args:
            addresses: where each audience is reached; None where it shall be told but nobody knows where: its messages wait.
            deliver: delivers one message to one address.
            now: the time of day.
            in_time: whether there is time for one more.
        """
        if not self.waiting():
            return
        try:
            with FileLock(self._folder / "lock", timeout=0):
                self._deliver(addresses, deliver, now, in_time)
        except Timeout:
            _log.debug("another run delivers the messages")

    def _deliver(
        self, addresses: Mapping[Audience, Sequence[str] | None], deliver: Deliver, now: dt.datetime, in_time: Callable[[], bool]
    ) -> None:
        out_of_reach: set[str] = set()
        for one in self._all():
            known = addresses[one.message.audience]
            if now - one.made > KEPT:
                _log.warning("a message of %s was given up: %s", one.made.isoformat(), one.message.title)
                known = ()
            done = list(one.done)
            for address in known or ():
                if _mark(address) not in done and address not in out_of_reach and in_time():
                    if _delivered(one.message, address, deliver):
                        done.append(_mark(address))
                        _write(_Waiting(one.path, one.made, one.message, tuple(done)))
                    else:
                        out_of_reach.add(address)
            if known is not None and all(_mark(address) in done for address in known):
                one.path.unlink(missing_ok=True)

    def _all(self) -> Iterator[_Waiting]:
        for path in sorted(self._folder.glob("*.json")):
            try:
                yield _read(path)
            except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
                _log.warning("%s is no message (%s)", path, type(error).__name__)


def _delivered(message: Message, address: str, deliver: Deliver) -> bool:
    trouble = deliver(address, message)
    kind = address.partition(":")[0]
    if trouble:
        _log.warning(
            "a message to %s (%s) could not be delivered and waits for the next run: %s", message.audience, kind, trouble
        )
    else:
        _log.debug("a message to %s (%s) is delivered: %s", message.audience, kind, message.title)
    return not trouble


def _mark(address: str) -> str:
    """Tells a handful of addresses apart; far too short to find one by it."""
    return hashlib.sha256(address.encode(errors="surrogateescape")).hexdigest()[:6]


def _write(one: _Waiting) -> None:
    message = one.message
    held = {
        "made": one.made.isoformat(),
        "audience": message.audience,
        "tone": message.tone,
        "title": message.title,
        "body": message.body,
        "attachments": [str(path) for path in message.attachments],
        "done": one.done,
    }
    write(one.path, held)


def _read(path: Path) -> _Waiting:
    held: dict[str, Any] = json.loads(path.read_bytes())
    attachments = tuple(Path(path) for path in held["attachments"])
    message = Message(Audience(held["audience"]), Tone(held["tone"]), held["title"], held["body"], attachments)
    return _Waiting(path, dt.datetime.fromisoformat(held["made"]), message, tuple(held["done"]))
