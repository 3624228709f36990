"""The office and the simulator of the job's tests, and a person at a desk who mends what is coloured."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from openpyxl import load_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openpyxl.worksheet.worksheet import Worksheet

    from sync.report.excel.returned import ReturnedFile
    from sync.simulator import Running
    from tests.job.conftest import Office

_SPEC: Final = importlib.util.spec_from_file_location("job_conftest", Path(__file__).parents[1] / "job" / "conftest.py")
assert _SPEC
assert _SPEC.loader
job: Any = importlib.util.module_from_spec(_SPEC)
sys.modules["job_conftest"] = job
_SPEC.loader.exec_module(job)

api, office = job.api, job.office
RED: Final = "FFFFC9C4"


class Desk:
    """Drops files, runs the night, mends correction files."""

    def __init__(self, office: Office, api: Running) -> None:
        self.office, self.api = office, api
        self.handed: tuple[ReturnedFile, ...] = ()

    def night(self, *files: Path) -> list[str]:
        """Drop copies of files and run the job; returns the verdicts of all rows."""
        self.office.drop.mkdir(exist_ok=True)
        for file in files:
            (self.office.drop / file.name).write_bytes(file.read_bytes())
        finished = self.office.run()
        assert all(file.readable for file in finished.checked.files)
        self.handed = finished.handed
        return finished.checked.verdicts.verdict.tolist()

    @property
    def marked(self) -> Path:
        [one] = self.handed
        assert one.marked
        return one.marked

    @property
    def correction(self) -> Path:
        [one] = self.handed
        assert one.correction
        return one.correction

    def mend(self, path: Path, value: Callable[[int, str, Any], object]) -> None:
        """Change the coloured cells, and nothing else, to what `value` makes of (row of the input, header, cell)."""
        book = load_workbook(path)
        for sheet in book.worksheets:
            for row, header, cell in coloured(sheet):
                cell.value = value(row, header, cell.value)
        book.save(path)

    def seed(self, *links: tuple[int, int], words: str = "nicht gesetzt") -> None:
        """Let the CRM have these links, with one confirmation for all, and one with an address of a low number."""
        state = dict.fromkeys(links, (words, "inaktiv")) | {(70001, 359): ("nicht gesetzt", "inaktiv")}
        self.api.put_state(job.seeded(state, 90009))


def coloured(sheet: Worksheet) -> Iterator[tuple[int, str, Any]]:
    """Row of the input where the sheet says it, header and cell of every coloured cell."""
    headers = [str(cell.value) for cell in sheet[1]]
    numbers = next((at for at, header in enumerate(headers) if header in {"Abgleich: Zeile", "Sync: Row"}), None)
    for row in sheet.iter_rows(min_row=2):
        for header, cell in zip(headers, row, strict=True):
            if cell.fill.fgColor.rgb == RED:
                yield (0 if numbers is None else row[numbers].value), header, cell  # type: ignore[misc] # a number


@pytest.fixture
def desk(office: Office, api: Running) -> Desk:
    return Desk(office, api)
