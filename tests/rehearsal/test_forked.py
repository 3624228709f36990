"""What is forked for the fuzzing is the process that the job starts, without the start."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from sync.confined import parent
from sync.rows.columns import declared
from sync.sheets.load import load
from sync.sheets.stream import Limits
from tests.rehearsal.forked import Forks
from tests.rehearsal.mutants import SOURCES

if TYPE_CHECKING:
    import resource

    from sync.domain.model import Loaded

#: Read to the end, refused with a reason, and ended by the limit of memory.
_NAMES: Final = ("termine_muenchen.csv", "found_password.xls", "xlsxwriter_last_cell.xlsx")


def read() -> list[Loaded]:
    columns, limits = declared(), Limits(memory_bytes=512 << 20, seconds=20)
    return [load(path, path.name, columns, limits) for path in SOURCES if path.name in _NAMES]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a clone of Linux")
def test_a_forked_process_reads_and_dies_as_a_started_one(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[resource.struct_rusage] = []
    started = read()

    with closing(Forks(used.append)) as forks:
        monkeypatch.setattr(parent, "_start", forks.start)
        forked = read()

    assert list(map(repr, forked)) == list(map(repr, started))
    assert len(started) == len(_NAMES)
    assert len(used) > len(_NAMES)  # the one that died had another try
