"""What a file may at most be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """A file beyond one of these is refused with the limit's name.

    `file_bytes` counts the file as it lies there, `unpacked_bytes` what its archive holds, `cells` and `columns` what is in its
    tables, `seconds` the time to read it, `memory_bytes` the address space of the process that reads it.
    """

    file_bytes: int = 200_000_000
    unpacked_bytes: int = 1_024_000_000
    cells: int = 30_000_000
    columns: int = 1_000
    seconds: float = 60
    memory_bytes: int = 3_072_000_000
