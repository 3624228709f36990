"""Files become sheets of text cells with their places. Reading a file never raises, whatever is in it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from sync.loader.assemble import assemble
from sync.loader.limits import Limits
from sync.loader.messages import Job, RefuseFile
from sync.loader.process import Reading
from sync.loader.reader import read_bytes
from sync.loader.snapshot import snapshot
from sync.loader.sniff import Kind, sniff
from sync.model import Why

if TYPE_CHECKING:
    from pathlib import Path

    from sync.columns import Columns
    from sync.model import Loaded

__all__ = ["Limits", "load"]

#: Where the quick parser ended without an answer, the slow one gets a try.
_WORTH_ANOTHER_TRY = frozenset({Why.READER_CRASHED, Why.LIMIT_MEMORY})


def load(path: Path, name: str, columns: Columns, limits: Limits) -> Loaded:
    """One file as read: its sheets, or the reason why it could not be read.

    `Loaded.sha256` is that of the very bytes that were read, "" where there was nothing that may be read (no plain file, no
    access, beyond the limit of size).

    Args:
        path: where the file lies.
        name: its path below the drop folder, with `/`.
        columns: the declared columns, see `sync.columns.declared`.
        limits: a file beyond one is refused with the limit's name.
    """
    data = _plain_text(path, limits)
    if data is not None:
        messages = read_bytes(data, columns, limits)
        del data  # a large file is let go when it is read, before its table is put together
        return assemble(name, messages)
    job = Job(path, columns, limits)
    loaded = assemble(name, Reading(job).messages())
    if loaded.reason and loaded.reason.why in _WORTH_ANOTHER_TRY:
        second = assemble(name, Reading(replace(job, slowly=True)).messages())
        loaded = second if second.readable else loaded
    return loaded if loaded.sha256 else replace(loaded, sha256=_sha256(path, limits))


def _plain_text(path: Path, limits: Limits) -> bytes | None:
    """The bytes of a file that needs no process of its own; None for every other one.

    That is delimited text: no parser works on it but Python's csv module, it is gone through once, and the limits hold all the
    same. It is also what is not worth a process: nothing in such a file is parsed.
    """
    try:
        data = snapshot(path, limits.file_bytes)
    except RefuseFile:
        return None
    try:
        return data if sniff(data) is Kind.TEXT else None
    except RefuseFile:
        return data


def _sha256(path: Path, limits: Limits) -> str:
    try:
        return hashlib.sha256(snapshot(path, limits.file_bytes)).hexdigest()
    except RefuseFile:
        return ""
