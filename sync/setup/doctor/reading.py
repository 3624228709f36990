"""Whether files can be read here: a sample of every kind goes through the same confined process as at night."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed

from sync.config import is_folder
from sync.domain.model import FileKind
from sync.errors import ReaderBroken
from sync.job.check import limits_of
from sync.rows.columns import declared
from sync.setup.doctor.finding import Finding, Symptom
from sync.sheets.load import go_on, load, try_samples
from sync.system import handles
from sync.system.process import packages

if TYPE_CHECKING:
    from pathlib import Path

    from sync.config import Config

#: What is written and has to come back.
_ROW: Final = {"Termin-ID": "70001", "Adress-ID": "90001", "Terminbestätigung": "bestätigt"}

#: What reads files; all packages are named by `--version`.
_READERS: Final = ("lxml", "msoffcrypto-tool", "olefile", "openpyxl", "pandas", "python-calamine", "pyxlsb", "xlrd")


def examine(office: Config) -> Finding:
    """Read the samples."""
    try:
        try_samples(limits_of(office), go_on)
    except ReaderBroken as broken:
        return Finding(Symptom.READER_BROKEN, f"{broken.last}; {packages(_READERS)}")
    return Finding(Symptom.READER_FINE, f"{', '.join(FileKind)}; {packages(_READERS)}")


def through(results: Path, office: Config) -> Finding | None:
    """Write a workbook into the results folder and read it there, as a night does; None where there is no such folder yet.

    It leaves nothing behind.
    """
    if not is_folder(results):
        return None
    try:
        with handles.folder(results) as folder:
            spot = folder.new_spot(".xlsx")
            try:
                with open(spot.create(), "wb") as file:  # noqa: PTH123 - Path.open takes no descriptor
                    file.write(_workbook())
                loaded = load(spot.path, spot.name, declared(), limits_of(office))
            finally:
                with suppress(OSError):
                    spot.unlink()
    except (OSError, ReaderBroken) as error:
        why = error.strerror if isinstance(error, OSError) else str(error.last)
        return Finding(Symptom.WORKBOOK_LOST, why or type(error).__name__, str(results))
    if sum(len(sheet.rows) for sheet in loaded.sheets) == 1:
        return Finding(Symptom.WORKBOOK_FINE, path=str(results))
    return Finding(Symptom.WORKBOOK_LOST, str(loaded.reason.why) if loaded.reason else "0", str(results))


def _workbook() -> bytes:
    book = io.BytesIO()
    with Workbook(book, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for column, (heading, value) in enumerate(_ROW.items()):
            sheet.write_string(0, column, heading)
            sheet.write_string(1, column, value)
    return book.getvalue()
