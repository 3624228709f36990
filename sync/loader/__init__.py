"""Files become sheets of text cells with their places. Reading a file never raises, whatever is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.loader.assemble import assemble
from sync.loader.limits import Limits
from sync.loader.reader import read

if TYPE_CHECKING:
    from pathlib import Path

    from sync.columns import Columns
    from sync.model import Loaded

__all__ = ["Limits", "load"]


def load(path: Path, name: str, columns: Columns, limits: Limits) -> Loaded:
    """One file as read: its sheets, or the reason why it could not be read.

    Args:
        path: where the file lies.
        name: its path below the drop folder, with `/`.
        columns: the declared columns, see `sync.columns.declared`.
        limits: a file beyond one is refused with the limit's name.
    """
    return assemble(name, read(path.read_bytes(), columns, limits))
