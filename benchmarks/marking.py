"""What it costs to mark and correct in a confined process: `python3 benchmarks/marking.py [rows]`.

One file of so many rows (10,000), as text and as a workbook, is handed back in the job's own process and by a process of its own,
in turns. Seconds of CPU of both together count, the median of several rounds: they hold on a busy machine as well. What processes
are forked from is started anew in every round, although a night has it from reading.
"""

from __future__ import annotations

import csv
import resource
import statistics
import sys
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xlsxwriter

from sync.config import Config
from sync.confined import template
from sync.confined.parent import Bounds
from sync.domain.model import CheckOutcome, ExitCode, RunInfo, Verdict
from sync.domain.tables import VerdictTable
from sync.i18n import Language
from sync.job.check import check, read
from sync.progress import Silent
from sync.report.excel.correction import correction
from sync.report.excel.marked import marked
from sync.report.excel.orders import Order
from sync.report.excel.returned import ReturnWriter
from sync.report.excel.writer import parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.domain.model import Checked

ROWS, ROUNDS = 10_000, 9
HEADER = ("Termin-ID", "Adress-ID", "Terminbestätigung", "Terminrückmeldung", "Interessent", "Notiz")
TIMES = ("2026-11-24T03:00:00+01:00", "2026-11-24T03:00:07+01:00")
INFO = RunInfo("20261124-030000-0000", *TIMES, dry_run=False, exit_code=ExitCode.OK, requests=0, actions=0, rounds=0, office="")
#: Seconds of a normal night of 10,000 rows, requests included (docs/performance.md).
NIGHT = 6.3


def main(rows: int) -> None:
    """Print a line for each kind of file."""
    with tempfile.TemporaryDirectory() as folder:
        for path in (_text(Path(folder), rows), _workbook(Path(folder), rows)):
            checked = _after_run(path)
            own, confined = [], []
            for _ in range(ROUNDS):
                own.append(_cpu(lambda path=path, checked=checked: _in_this_process(checked, path)))  # type: ignore[misc]
                confined.append(_cpu(lambda path=path, checked=checked: _confined(checked, path)))  # type: ignore[misc]
            more = statistics.median(confined) - statistics.median(own)
            print(
                f"{rows:,} rows, {path.suffix}: {statistics.median(own):.2f} s in the job's own process, "
                f"{statistics.median(confined):.2f} s confined: {more:.2f} s more, {100 * more / NIGHT:.1f} % of a normal night"
            )


def _rows(count: int) -> list[tuple[object, ...]]:
    rows = [
        (
            70_001 + number // 4,
            90_001 + number,
            ("bestätigt", "gesendet")[number % 2],
            "aktiv",
            f"Familie {number}",
            "ruft zurück",
        )
        for number in range(count)
    ]
    return [("x", *row[1:]) if number % 100 == 0 else row for number, row in enumerate(rows)]


def _text(folder: Path, count: int) -> Path:
    path = folder / "termine.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([HEADER, *_rows(count)])
    return path


def _workbook(folder: Path, count: int) -> Path:
    path = folder / "termine.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((HEADER, *_rows(count))):
            sheet.write_row(number, 0, row)
    return path


def _after_run(path: Path) -> Checked:
    """The file after a run that has updated whatever could be sent."""
    checked = check(read([(path, path.name)], Config(), Silent()), Config())
    count = len(checked.rows)
    verdicts = np.where(checked.rows.outcome == CheckOutcome.VALID, Verdict.UPDATED.value, checked.rows.outcome).astype(object)
    nothing, no, zero = np.full(count, None, object), np.zeros(count, bool), np.zeros(count, np.int64)
    return replace(checked, verdicts=VerdictTable(verdicts, nothing, nothing, nothing, no, zero, zero))


def _in_this_process(checked: Checked, path: Path) -> None:
    some = tuple(parts(checked, 0, all_rows=True))
    order = Order(path.name, "", "", Language.DE, some, path if path.suffix == ".xlsx" else None)
    correction(order, BytesIO())
    marked(order, BytesIO())


def _confined(checked: Checked, path: Path) -> None:
    with tempfile.TemporaryDirectory() as results:
        bounds = Bounds(2_000_000_000, 600, 1_000_000_000)
        template.close()
        desk = ReturnWriter(Path(results), INFO, checked, bounds=bounds, begins=lambda _: None, meanwhile=lambda: None)
        (handed,) = desk.files([(0, path)], to_correct=True)
        if not (handed.marked and handed.correction):
            raise SystemExit(f"nothing was handed back: {handed}")
        template.close()  # only then its time is known


def _cpu(work: Callable[[], None]) -> float:
    def used() -> float:
        usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    before = used()
    work()
    return used() - before


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
