"""What one start has to know about those before it, so that it tells news only; a small file in the state folder."""

from __future__ import annotations

import datetime as dt
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sync.domain.model import ExitCode
from sync.notify.heartbeat import Waiting
from sync.system import handles
from sync.system.atomic import replacing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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
