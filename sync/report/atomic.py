"""Files that are either whole or not there."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` to write to; at the end what was written is on the disk and takes the place of `path`.

    Raises OSError; then `path` is as it was before.
    """
    # Not tempfile: its files are for their owner only, but reports are for the office.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.touch()
        yield temporary
        with temporary.open("r+b") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def not_written(folder: Path, error: OSError) -> ReportError:
    """What to raise when results cannot be written to a folder."""
    return ReportError(
        f"The results cannot be written to {folder} ({error.strerror}). Check free disk space and rights of the folder; "
        "nothing is lost, the next run carries on."
    )
