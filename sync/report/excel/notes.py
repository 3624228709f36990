"""Lines for the sheet with the notes, the same in every kind of workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.i18n import text, when
from sync.report.excel.layout import ALLOWED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.domain.model import RunInfo
    from sync.report.excel.layout import Page


def allowed_lines(pages: Iterable[Page]) -> list[str]:
    """The allowed words of every status column, by its header as it stands in the file."""
    headers = {
        page.headers[at].strip(): words
        for page in pages
        for column, words in ALLOWED.items()
        if (at := page.columns.get(column)) is not None
    }
    return [text("returned.allowed_in", header=header, words=", ".join(words)) for header, words in headers.items()]


def written_line(info: RunInfo) -> str:
    """When the workbook was written, and that the original is not touched."""
    return f"{text('returned.written', when=when(info.started))} {text('returned.original_kept')}"
