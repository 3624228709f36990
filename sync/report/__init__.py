"""What people and programs read about a run: `report.json`, the results workbook, the summary on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.errors import ReportError
from sync.report.json_report import write_report
from sync.texts import Language

if TYPE_CHECKING:
    from pathlib import Path

    from sync.model import Checked, RunInfo

_WORKBOOK = {Language.DE: "Ergebnis.xlsx", Language.EN: "Results.xlsx"}


def write(folder: Path, info: RunInfo, checked: Checked, language: Language) -> Path:
    """Write everything that people and programs get of a run into its folder; returns the folder.

    The overview page over all runs, in the folder above it, is brought up to date.

    Raises:
        ReportError: a file cannot be written.
    """
    # not above: `check` uses this package and writes none of these
    from sync.report.page import write_index, write_report_page  # noqa: PLC0415
    from sync.report.workbook import write_workbook  # noqa: PLC0415

    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_report(folder / "report.json", info, checked, language)
        write_workbook(folder / _WORKBOOK[language], info, checked, language)
        write_report_page(folder, info, checked, language)  # links the files above: it comes after all of them
        write_index(folder.parent, language)
    except OSError as error:
        raise ReportError(
            f"The results cannot be written to {folder} ({error.strerror}). Check free disk space and rights of the folder; "
            "nothing is lost, the next run carries on."
        ) from error
    return folder
