"""What a work list costs: `python3 benchmarks/worklist.py`. A month from the simulator at 150 ms, and a list of 20,000 rows."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from pathlib import Path

from sync import simulator
from sync.config import Config, OnOffice, Sending
from sync.domain.model import Confirmation, Feedback, Link, State
from sync.job import worklist
from sync.job.context import Runtime
from sync.report.excel.forms import Entry, WorkList, write_work_list

APPOINTMENTS, ADDRESSES, ROWS = 5_000, 8_000, 20_000
FIRST, LAST = dt.date(2026, 12, 1), dt.date(2026, 12, 31)


def month() -> dict[str, object]:
    appointments = [
        {
            "id": 70_000 + at,
            "subject": f"Besichtigung {at}",
            "start": f"2026-12-{1 + at % 31:02}T{8 + at % 10:02}:00:00+01:00",
            "users": [{"id": str(10 + at % 9), "firstName": "Paul", "lastName": "Kranz"}],
            "estate": {"id": 50_000 + at % 300},
            "contacts": [{"id": 90_000 + at}, {"id": 95_000 + at % 3_000}],
        }
        for at in range(APPOINTMENTS)
    ]
    addresses = [{"id": 90_000 + at, "KdNr": str(at), "Vorname": "Eva", "Name": f"Meyer{at}"} for at in range(ADDRESSES)]
    estates = [{"id": 50_000 + at, "strasse": "Lindenstraße", "hausnummer": str(at), "ort": "Aachen"} for at in range(300)]
    return {"appointments": appointments, "addresses": addresses, "estates": estates}


def entries() -> list[Entry]:
    start = dt.datetime(2026, 12, 1, 8)  # noqa: DTZ001 - the office's own time
    return [
        Entry(
            Link(70_000 + at, 90_000 + at),
            State(tuple(Confirmation)[at % 4], tuple(Feedback)[at % 2]),
            start + dt.timedelta(minutes=2 * at),
            subject=f"Besichtigung {at}",
            place=f"Lindenstraße {at}, 52062 Aachen",
            users="Paul Kranz",
            name=f"Eva Meyer{at}",
            customer_number=str(at),
        )
        for at in range(ROWS)
    ]


def main() -> None:
    with simulator.running(token="t" * 32, secret="s" * 64) as api, tempfile.TemporaryDirectory() as folder:
        api.put_state(month())
        api.put_options({"latency_ms": 150})
        config = Config(onoffice=OnOffice(url=api.url), sending=Sending(requests_per_minute=0), base=Path(folder))
        began = time.perf_counter()
        made = worklist.make(config, (api.token, api.secret), Runtime(), worklist.Wish(FIRST, LAST))
        seconds = time.perf_counter() - began
        print(
            f"{APPOINTMENTS} appointments, {ADDRESSES} addresses: {len(api.log())} requests, {seconds:.1f} s,"
            f" {len(made.entries)} rows"
        )
        some = WorkList(FIRST, LAST, dt.datetime(2026, 12, 2, 7), entries())  # noqa: DTZ001 - the office's own time
        for ending in ("xlsx", "csv"):
            began, cpu = time.perf_counter(), time.process_time()
            write_work_list(Path(folder, f"list.{ending}").resolve(), some)
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
            print(f"a list of {ROWS} rows as {ending}: {seconds:.1f} s ({cpu:.1f} s of CPU)")


if __name__ == "__main__":
    main()
