"""Lines for the sheet with the notes, the same in every kind of workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.report.excel import texts
from sync.report.excel.layout import ALLOWED
from sync.report.story import when

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.domain.model import RunInfo
    from sync.i18n.texts import Language
    from sync.report.excel.layout import Page


def allowed_lines(pages: Iterable[Page], language: Language) -> list[str]:
    """The allowed words of every status column, by its header as it stands in the file."""
    headers = {
        page.headers[at].strip(): words
        for page in pages
        for column, words in ALLOWED.items()
        if (at := page.columns.get(column)) is not None
    }
    label = texts.ALLOWED_IN.text(language)
    return [label.format(header=header, words=", ".join(words)) for header, words in headers.items()]


def written_line(info: RunInfo, language: Language) -> str:
    """When the workbook was written, and that the original is not touched."""
    return f"{texts.WRITTEN.text(language).format(when(info.started, language))} {texts.ORIGINAL_KEPT.text(language)}"
