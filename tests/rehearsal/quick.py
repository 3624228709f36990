"""What makes nights quick that are played by the thousand: nothing is read, drawn or put on the disk that no night differs in.

The sheet is the same in all of them, so a process reads it once; the marked copy, the workbook and the pages, which other
rehearsals judge, are left out. The verdicts, the ledger and the requests are as ever. A dozen runs may begin in a second: their
ids, which end in two bytes by chance, are counted instead, so that no two of them are the same.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING

from sync import report
from sync.ledger import memory
from sync.sheets import load as loader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    import pytest

    from sync.domain.model import Loaded


def make_quick(patch: pytest.MonkeyPatch) -> None:
    """Until the patch is taken back."""
    load = loader.load
    known: dict[str, Loaded] = {}

    def load_once(path: Path, name: str, columns: Any, limits: Any, check: Any = loader.go_on) -> Loaded:  # noqa: ANN401, ARG001 - as there
        sha256 = loader.sha256(path, limits)
        if sha256 not in known:
            known[sha256] = load(path, name, columns, limits)
        return replace(known[sha256], name=name)

    def hand_back_nothing(*_: Any, meanwhile: Callable[[], None], **_named: Any) -> tuple[()]:  # noqa: ANN401 - as there
        meanwhile()
        return ()

    numbers = count(1)
    patch.setattr(memory, "secrets", SimpleNamespace(token_hex=lambda _: f"{next(numbers):04x}"))
    patch.setattr(loader, "load", load_once)
    patch.setattr(report, "hand_back", hand_back_nothing)
    patch.setattr("sync.report.excel.results.write_workbook", lambda book, *_: book.touch())
    patch.setattr("sync.report.page.write_report_page", lambda *_arguments, **_named: None)
    patch.setattr("sync.report.page.write_index", lambda *_: None)
