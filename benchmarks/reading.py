"""How long loading and validating take beside the bare libraries: `python3 benchmarks/reading.py [share of the full size]`.

Prints ratios, which hold on any machine, and the peak memory of the job's process and of the process that reads for it. Each
measurement is a process of its own; the two sides of a ratio take turns, and the median counts.
"""

from __future__ import annotations

import csv
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CSV_ROWS, XLSX_ROWS, SMALL, ROUNDS = 1_000_000, 300_000, 10, 3
HOME = Path(__file__).parent.parent
HEADER = ["Termin-ID", "Adress-ID", "Bestätigung", "Rückmeldung", "Name", "Straße", "Telefon", "Art", "Datum", "Ort"]
NAMES = [f"{name} {number}" for name in ("Müller", "Weiß", "Grün", "Schön", "Behr", "Lang") for number in range(2_000)]

PROGRAM = """
import resource, sys, time
from pathlib import Path
path = Path(sys.argv[1])
{imports}
began = time.perf_counter()
{work}
seconds = time.perf_counter() - began
peak = [resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(seconds, *peak)
"""
PANDAS = ("import pandas", "pandas.read_csv(path, sep=';', dtype=str)")
CALAMINE = (
    "import python_calamine",
    "for row in python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows(): pass",
)
LOAD_IMPORTS = "import pandas\nfrom sync.rows.columns import declared\nfrom sync.sheets import Limits, load"
LOAD = (LOAD_IMPORTS, "loaded = load(path, path.name, declared(), Limits())\nassert loaded.readable")
VALIDATE = (
    LOAD_IMPORTS + "\nfrom sync.rows.spellings import Spellings\nfrom sync.rows import Policy, validate",
    LOAD[1] + "\nvalidate([loaded], Spellings(), Policy(), str)",
)


def main() -> None:
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    with tempfile.TemporaryDirectory() as folder:
        plain, quoted, book = (Path(folder, name) for name in ("plain.csv", "quoted.csv", "book.xlsx"))
        write_csv(plain, int(CSV_ROWS * share), csv.QUOTE_MINIMAL)
        write_csv(quoted, int(CSV_ROWS * share), csv.QUOTE_ALL)
        write_xlsx(book, int(XLSX_ROWS * share))
        compare("CSV, 10 columns, beside pandas.read_csv(dtype=str)", plain, PANDAS)
        compare("CSV, every cell in quotes, beside pandas.read_csv(dtype=str)", quoted, PANDAS)
        compare("XLSX, 10 columns, beside python-calamine iter_rows", book, CALAMINE)
        write_csv(plain, SMALL, csv.QUOTE_MINIMAL)
        write_xlsx(book, SMALL)
        for small in (plain, book):
            print(f"onoffice-sync check, {SMALL} rows, {small.suffix}: {from_start_to_end(small):.2f} s")


def compare(title: str, path: Path, bare: tuple[str, str]) -> None:
    runs = [[measure(path, *program) for program in (bare, LOAD, VALIDATE)] for _ in range(ROUNDS)]
    for at, name in ((1, "load"), (2, "load + validate")):
        ratio = statistics.median(run[at][0] for run in runs) / statistics.median(run[0][0] for run in runs)
        own, reader = (max(int(run[at][column]) for run in runs) for column in (1, 2))
        print(f"{title}: {name} {ratio:.2f} times; {own} MB, reader {reader} MB")


def from_start_to_end(path: Path) -> float:
    """Seconds that `check` takes; the fastest start counts, as the first ones warm up the disk."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "sync", "check", str(path)], check=True, capture_output=True, cwd=HOME)
        taken.append(time.perf_counter() - began)
    return min(taken)


def measure(path: Path, imports: str, work: str) -> list[float]:
    command = [sys.executable, "-c", PROGRAM.format(imports=imports, work=work), str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HOME)
    return [float(word) for word in said.stdout.split()]


def rows(count: int) -> list[list[object]]:
    chance = random.Random(1)  # noqa: S311 - sample data
    words = ["bestätigt", "gesendet", "gecancelt", "nicht gesetzt"]
    return [
        [70_000 + at // 3, 90_000 + at, words[at % 4], ["aktiv", "inaktiv", ""][at % 3], chance.choice(NAMES),
         f"{chance.choice(NAMES)}str. 5", f"+49 89 {chance.randrange(10**7)}", "Besichtigung", "02.12.2026 09:00", "München"]
        for at in range(count)
    ]  # fmt: skip


def write_csv(path: Path, count: int, quoting: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", quoting=quoting)  # type: ignore[arg-type]
        writer.writerows([HEADER, *rows(count)])


def write_xlsx(path: Path, count: int) -> None:
    import xlsxwriter  # noqa: PLC0415 - only to make the file

    with xlsxwriter.Workbook(path, {"constant_memory": False}) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate([HEADER, *rows(count)]):
            sheet.write_row(number, 0, cells)


if __name__ == "__main__":
    main()
