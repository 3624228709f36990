"""What it costs to mark and correct in a confined process: `python3 benchmarks/marking.py [rows]`.

One file of so many rows (10,000), as text and as a workbook, is handed back in the job's own process and by a process of its own,
in turns. Seconds of CPU of both together count, the median of several rounds: they hold on a busy machine as well. What processes
are forked from is there from reading, as in a night, and its imports to mark count; then the same where it is started for it.
"""

from __future__ import annotations

import csv
import os
import resource
import statistics
import sys
import tempfile
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xlsxwriter

from sync.config import Config
from sync.confined import template
from sync.confined.parent import Bounds, prepare
from sync.domain.model import CheckOutcome, ExitCode, RunInfo, Verdict
from sync.domain.tables import VerdictTable
from sync.i18n import Language
from sync.job.check import check, read
from sync.progress import Silent
from sync.report.excel.copies import correction, marked
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
NIGHT = 5.7


def main(rows: int) -> None:
    """Print a line for each kind of file."""
    with tempfile.TemporaryDirectory() as folder:
        for path in (_text(Path(folder), rows), _workbook(Path(folder), rows)):
            checked = _after_run(path)
            own, alone, in_a_night = [], [], []
            for _ in range(ROUNDS):
                own.append(_cpu(partial(_in_this_process, checked, path)))
                template.close()
                alone.append(_cpu(partial(_confined, checked, path)))
                template.close()
                read([(path, path.name)], Config(), Silent())
                in_a_night.append(_cpu(partial(_confined, checked, path)))
            print(f"{rows:,} rows, {path.suffix}: {statistics.median(own):.2f} s in the job's own process; confined")
            for what, some in (("as in a night", in_a_night), ("with all started for it", alone)):
                more = statistics.median(some) - statistics.median(own)
                print(
                    f"  {what} {statistics.median(some):.2f} s: {more:.2f} s more, {100 * more / NIGHT:.1f} % of a normal night"
                )
    template.close()


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
    return replace(checked, verdicts=VerdictTable(verdicts, nothing, nothing, nothing, no, zero, zero, nothing))


def _in_this_process(checked: Checked, path: Path) -> None:
    some = tuple(parts(checked, 0, all_rows=True))
    order = Order(path.name, "", "", Language.DE, some, path if path.suffix == ".xlsx" else None)
    correction(order, BytesIO())
    marked(order, BytesIO())


def _confined(checked: Checked, path: Path) -> None:
    with tempfile.TemporaryDirectory() as results:
        bounds = Bounds(2_000_000_000, 600, 1_000_000_000)
        prepare("sync.report.excel.copies")
        desk = ReturnWriter(Path(results), INFO, checked, bounds=bounds, begins=lambda _: None, meanwhile=lambda: None)
        (handed,) = desk.files([(0, path)], to_correct=True)
        if not (handed.marked and handed.correction):
            raise SystemExit(f"nothing was handed back: {handed}")


def _cpu(work: Callable[[], None]) -> float:
    before = _used()
    work()
    return _used() - before


def _used() -> float:
    """Seconds of CPU of this process, of what it forks processes from, and of those that have ended. Needs Linux."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    kept = template._Kept.template  # noqa: SLF001 - nobody else asks
    used = own.ru_utime + own.ru_stime
    if kept:
        stat = Path(f"/proc/{kept._process.pid}/stat").read_text(encoding="ascii")  # noqa: SLF001 - as above
        used += sum(map(int, stat.rpartition(")")[2].split()[11:15])) / os.sysconf("SC_CLK_TCK")
    return used


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
