"""What passes between the rooms of the drop folder, as frozen values."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from sync.dropfolder.files import shown
from sync.errors import NO_ROOM, FolderError
from sync.i18n import LazyText
from sync.i18n.texts import said
from sync.system.handles import OWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.domain.model import Left


def new_part() -> str:
    """A name that nobody can guess."""
    return f"{OWN}{secrets.token_hex(8)}.part"


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one office, absolute. `archive`, `refused`, `results` and `state` may lie inside `drop`."""

    drop: Path
    archive: Path
    refused: Path
    results: Path
    state: Path

    @property
    def claimed(self) -> Path:
        """Where claimed files lie."""
        return self.state / "claimed"

    @property
    def moves(self) -> Path:
        """Where decided moves are written down."""
        return self.state / "moves.json"


@dataclass(frozen=True, slots=True)
class Seen:
    """A file below the drop folder as a look saw it. Times in nanoseconds; `seq` is its place in the order of work, from 1."""

    path: Path
    relative: Path
    size: int
    mtime_ns: int
    ctime_ns: int
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """What lies in the drop folder: settled files in the order of work, and what stays there with the reason."""

    settled: tuple[Seen, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file that a run works on. `path` is where it lies now, `relative` its true path below the drop folder."""

    path: Path
    relative: Path
    size: int
    mtime_ns: int
    run_id: str
    seq: int

    @property
    def name(self) -> str:
        """The path below the drop folder as people read it (see `shown`); two files can share it."""
        return shown(self.relative)

    @property
    def written(self) -> str:
        """The path as it is written down: the same in every locale, and text also where a name is no UTF-8."""
        return os.fsencode(self.path).decode("utf-8", "backslashreplace")


class Fate(Enum):
    """Where a claimed file goes."""

    ARCHIVE = "archive"
    REFUSE = "refuse"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of one claimed file; `reason` is the text to lie beside a refused one."""

    claimed: Claimed
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One planned move. `note` is where the reason goes, None without one.

    `part` is the name of what lies at the destination while it is not complete; nobody can guess it.
    """

    source: Path
    destination: Path
    fate: Fate
    note: Path | None = None
    reason: str = ""
    part: str = field(default_factory=new_part, compare=False)


# An error of the disk as a sentence that says what to do.


@contextmanager
def as_folder_error(what: str, path: Path, **words: object) -> Iterator[None]:
    """Turns an `OSError` of what is done inside into a `FolderError` that says what happened and what to do."""
    try:
        yield
    except OSError as error:
        raise FolderError(sentence(what, path, error, **words)) from error


def sentence(what: str, path: Path, error: OSError, **words: object) -> LazyText:
    """What happened (the key of a text that has `words` in it), where, why, and what the reader can do about it."""
    if error.errno in NO_ROOM:
        step = "filing.make_room"
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        step = "filing.give_right"
    elif error.errno == errno.ELOOP:
        step = "filing.take_link_away"
    else:
        step = "filing.check_folder"
    return LazyText("filing.trouble", what=LazyText(what, **words), path=path, said=said(error), step=LazyText(step))
