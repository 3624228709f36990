"""The page over many offices: each with how it went this time, the worst first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sync.report.fleet import STATES, OfficeResult, said, sentence, state_word
from sync.report.page.document import write_document
from sync.report.page.timing import lasted, state
from sync.system import handles
from sync.system.atomic import not_written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


NAME: Final = "index.html"


def write_fleet(folder: Path, started: str, results: Sequence[OfficeResult]) -> Path:
    """Write `index.html` into the folder of the configurations, whole or not at all; returns its path.

    Raises:
        ReportError: it cannot be written.
    """
    order = list(STATES)
    ranked = sorted(results, key=lambda result: (order.index(result.exit_code), result.name))
    path = handles.resolved(folder) / NAME
    try:
        write_document(
            path,
            "fleet.html",
            started=started,
            told=sentence(results),
            state=state(int(ranked[0].exit_code)) if ranked else "green",
            offices=ranked,
            state_of=lambda result: state(int(result.exit_code)),
            state_word=lambda result: state_word(result.exit_code),
            said=said,
            lasted=lambda result: lasted(round(result.seconds)),
            href=lambda result: _href(result, folder),
        )
    except OSError as error:
        raise not_written(path, error) from error
    return path


def _href(result: OfficeResult, folder: Path) -> str:
    """The way to an office's page: from folder to folder, so that both can be moved, or whole to another drive."""
    if result.page is None:
        return ""
    try:
        way = os.path.relpath(result.page, folder.resolve())
    except ValueError:  # another drive of Windows
        return result.page.as_uri()
    return quote(way.replace(os.sep, "/"), errors="surrogateescape")
