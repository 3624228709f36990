"""An error of the disk as a sentence that says what to do."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.errors import NO_ROOM, FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def as_folder_error(what: str, path: Path) -> Iterator[None]:
    """Turns an `OSError` of what is done inside into a `FolderError` that says what happened and what to do."""
    try:
        yield
    except OSError as error:
        raise FolderError(sentence(what, path, error)) from error


def sentence(what: str, path: Path, error: OSError) -> str:
    """What happened, where, why, and what the reader can do about it."""
    if error.errno in NO_ROOM:
        step = "Make room on that disk."
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        step = "Give the user that runs the job the right to write there."
    elif error.errno == errno.ELOOP:
        step = "Take the link away, or name the folder that it leads to in the configuration."
    else:
        step = "Check that the folder is there and that the disk or share answers."
    return f"{what}: {path} ({error.strerror or error}). {step} No file is lost; the next run carries on."
