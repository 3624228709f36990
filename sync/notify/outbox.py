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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from filelock import FileLock, Timeout

from sync.domain.model import ExitCode
from sync.notify.compose import Audience, Message, Tone
from sync.notify.delivery import Waiting
from sync.system import handles
from sync.system.handles import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence


# What one start has to know about those before it, so that it tells news only; a small file in the state folder.


_log = logging.getLogger(__name__)

#: Below the state folder.
FILE: Final = Path("told.json")
_MOST_FILES: Final = 1000


@dataclass(frozen=True, slots=True)
class LastState:
    """What was so at the end of the last run.

    `reason` tells a failure from others, "" where the run did not fail. `from_files`: whether rows or refused files need
    somebody, not only files that could not be taken. `last_run` is its day; `last_file` the day on which a file arrived, or on
    which looking out for files began; `quiet_told` the day on which it was told that none came. `troubled` are the files, newest
    last, that staff have to do something about; `waiting` those that stay in the drop folder, by name.
    """

    exit_code: ExitCode = ExitCode.OK
    reason: str = ""
    from_files: bool = False
    last_run: dt.date | None = None
    last_file: dt.date | None = None
    quiet_told: dt.date | None = None
    troubled: tuple[str, ...] = ()
    waiting: Mapping[str, Waiting] = field(default_factory=dict)

    def with_files(self, good: Collection[str], bad: Collection[str]) -> tuple[str, ...]:
        """The troubled files after these."""
        kept = [name for name in self.troubled if name not in good and name not in bad]
        return (*kept, *bad)[-_MOST_FILES:]


def load(folder: Path) -> LastState:
    """What is remembered; nothing where the file is missing or damaged, which never keeps a run from running."""
    try:
        held = json.loads((folder / FILE).read_bytes())
        waiting = held.get("waiting", {})
        return LastState(
            ExitCode(held["exit_code"]),
            str(held.get("reason", "")),
            bool(held.get("from_files", True)),
            _day(held["last_run"]),
            _day(held["last_file"]),
            _day(held["quiet_told"]),
            tuple(str(name) for name in held["troubled"]),
            {str(name): Waiting(dt.date.fromisoformat(since), _day(told)) for name, (since, told) in waiting.items()},
        )
    except FileNotFoundError:
        return LastState()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        _log.warning("%s cannot be read (%s): begun anew", folder / FILE, type(error).__name__)
        return LastState()


def save(folder: Path, memory: LastState) -> None:
    """Remember. Raises OSError."""
    held = {
        "exit_code": int(memory.exit_code),
        "reason": memory.reason,
        "from_files": memory.from_files,
        "last_run": _text(memory.last_run),
        "last_file": _text(memory.last_file),
        "quiet_told": _text(memory.quiet_told),
        "troubled": memory.troubled,
        "waiting": {name: [_text(one.since), _text(one.told)] for name, one in memory.waiting.items()},
    }
    write(folder / FILE, held)


def write(path: Path, held: Any) -> None:  # noqa: ANN401 - any JSON
    """Write JSON that is either whole or not there, for its owner alone. Raises OSError."""
    handles.make(path.parent, 0o700)
    with replacing(path, 0o600) as file:
        file.write(json.dumps(held).encode())


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


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
                    if delivered(one.message, address, deliver):
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


def delivered(message: Message, address: str, deliver: Deliver) -> bool:
    """Whether one message got to one address; the log says how it went."""
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
