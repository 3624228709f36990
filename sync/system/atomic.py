"""Files that are either whole or not there, in folders where others may write."""

from __future__ import annotations

import errno
import logging
import os
import stat
import unicodedata
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, BinaryIO, Final

from sync.errors import ReportError
from sync.i18n import LazyText
from sync.i18n.texts import said
from sync.system import handles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.system.handles import Spot


_log = logging.getLogger(__name__)

#: How often what somebody puts into the way of a file is put aside before that is given up.
_TRIES: Final = 3


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Give a new file to write to; at the end what was written is on the disk and takes the place of `path`.

    It has a name of its own until then, beside `path`, that nobody can guess; no component of the path may be a link. A folder
    in the place of `path` is put aside: it is nothing that the job has made.

    Raises OSError; then `path` is as it was before.
    """
    with handles.folder(path.parent) as folder:
        temporary = folder.new_spot(".tmp")
        number = temporary.create(mode)
        try:
            with open(number, "w+b") as file:  # noqa: PTH123 - Path.open takes no descriptor
                handles.lock(number)
                yield file
                file.flush()
                os.fsync(number)
            _take_place(temporary, folder.spot(path.name))
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()


def _take_place(temporary: Spot, target: Spot) -> None:
    for _ in range(_TRIES):
        try:
            temporary.replace(target)
        except OSError as error:
            if error.errno not in {errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST, errno.EACCES} or not _is_folder(target):
                raise
            _put_aside(target)
        else:
            return
    temporary.replace(target)


def _is_folder(spot: Spot) -> bool:
    with suppress(OSError):
        return stat.S_ISDIR(spot.info().st_mode)
    return False


def _put_aside(spot: Spot) -> None:
    """Give a folder the first free name. Raises OSError."""
    free = next(free for number in count(2) if not (free := spot.folder.spot(f"{spot.name} ({number})")).is_there())
    spot.rename(free)
    _log.warning("a folder lay where %s belongs; it is called %s now", spot.path, free.name)


def not_written(folder: Path, error: OSError) -> ReportError:
    """What to raise when results cannot be written to a folder."""
    return ReportError(LazyText("results.not_written", folder=folder, said=said(error)))


# Texts that have to be short: cut by what others count, never in the middle of a character.


_JOINS = frozenset("\u200d\ufe0e\ufe0f")
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def cut(text: str, *, most_bytes: int, most_units: int | None = None) -> str:
    """The longest beginning of a text that has no more bytes in UTF-8 and no more units in UTF-16.

    A letter keeps its accents, an emoji its colour and all of its parts, or goes as a whole.
    """
    bytes_, units, end = 0, 0, 0
    for at, character in enumerate(text):
        if not _belongs_to_the_one_before(text, at):
            end = at
        bytes_ += len(character.encode("utf-8", "surrogatepass"))
        units += 1 + (ord(character) > 0xFFFF)  # noqa: PLR2004 - the last of the first plane
        if bytes_ > most_bytes or (most_units is not None and units > most_units):
            return text[:end]
    return text


def _belongs_to_the_one_before(text: str, at: int) -> bool:
    character = text[at]
    if at == 0:
        return False
    return (
        unicodedata.combining(character) > 0 or character in _JOINS or text[at - 1] == "\u200d" or ord(character) in _SKIN_TONES
    )
