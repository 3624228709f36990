"""Names of files: which are never read, which are the same, how people read them, and the next free one."""

from __future__ import annotations

import os
import re
import unicodedata
from fnmatch import fnmatchcase
from itertools import count
from typing import TYPE_CHECKING

from sync.system.cut import cut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Names that are never read, compared without regard to case: other programs' own files, and copies under way.
IGNORED = (
    *(".*", "~$*", "*.tmp", "*.part", "*.partial", "*.filepart", "*.crdownload", "thumbs.db", "desktop.ini"),
    *("@eadir", "#recycle", "@recycle", "$recycle.bin", "system volume information", "lost+found"),
)

#: Longest name that every usual file system takes, in bytes.
NAME_BYTES = 255

#: Longest path below the drop folder, in bytes, and most folders in it: it has to fit below the other folders, too.
_PATH_BYTES = 1000
_MOST_FOLDERS = 30

_LONGEST_SUFFIX_BYTES = 16
_PLAIN_CHARACTERS = 60


def shown(relative: Path) -> str:
    """A path as people read it: `/` between folders, NFC, U+FFFD for control characters and broken bytes."""
    text = os.fsencode(relative.as_posix()).decode("utf-8", "replace")
    return "".join("\ufffd" if unicodedata.category(c)[0] == "C" else c for c in unicodedata.normalize("NFC", text))


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is never read, see `IGNORED`."""
    return any(fnmatchcase(name.lower(), pattern) for pattern in IGNORED)


def key(name: str) -> str:
    """What a file system without case and with its own idea of umlauts takes for the same name."""
    return unicodedata.normalize("NFC", name).casefold()


def numbered(path: Path) -> Iterator[Path]:
    """The path, then the path with " (2)", " (3)" ... before its suffix."""
    yield path
    stem, suffix = path.stem, path.suffix
    if len(os.fsencode(suffix)) > _LONGEST_SUFFIX_BYTES:
        stem, suffix = path.name, ""
    for number in count(2):
        yield path.with_name(_fitted(stem, f" ({number}){suffix}"))


def beside(path: Path) -> Path:
    """Where the reason for a refused file goes: its name and `.txt`, shortened where that is too long."""
    return path.with_name(_fitted(path.name, ".txt"))


def plain(name: str) -> str:
    """A name that every disk can hold: short, of plain letters and signs, and no word of the system's own."""
    stem, dot, suffix = re.sub(r"[^A-Za-z0-9 ._()-]", "_", name).rpartition(".")
    return f"_{stem[:_PLAIN_CHARACTERS]}{dot}{suffix[:_LONGEST_SUFFIX_BYTES]}".rstrip(" .")


def is_too_long(relative: Path) -> bool:
    """Whether a path below the drop folder is too long, or too deep, to be worked with."""
    return len(relative.parts) > _MOST_FOLDERS or len(os.fsencode(relative)) > _PATH_BYTES


def _fitted(stem: str, ending: str) -> str:
    return f"{cut(stem, most_bytes=NAME_BYTES - len(os.fsencode(ending)))}{ending}"
