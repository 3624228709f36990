"""How often the right link is suggested: `python3 benchmarks/suggestions.py`. 2,000 links, 10 % twins of name and hour."""

from __future__ import annotations

import csv
import random
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from sync import simulator
from sync.config import Config, FolderNames, OnOffice, Sending
from sync.domain.model import Code, from_hint
from sync.job import run
from sync.job.context import Runtime

LINKS, TWINS = 2_000, 0.1
HEADER: Final = ("Datum", "Uhrzeit", "Objekt", "Interessent", "Telefon", "Status")
STREETS: Final = ("Lindenstraße", "Ahornweg", "Am Mühlbach", "Rosenhof", "Sternwartweg", "Kastanienallee", "Seeblick")
FIRST: Final = (
    "Eva",
    "Tom",
    "Jürgen",
    "Änne",
    "Selin",
    "Mia",
    "Jan",
    "Ruth",
    "Bodo",
    "Tilda",
    "Piet",
    "Nele",
    "Anna-Lena",
    "Karl",
)
LAST: Final = (
    *("Meyer", "Maier", "Schulz", "Müller", "Weiß", "Özmutlu", "Grüneberg", "Häßler", "Schmidt", "Schmidt-Lohm", "von der Heide"),
    *("Fischer", "Weber", "Wagner", "Becker", "Hoffmann", "Schäfer", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Neumann"),
)
#: How people write a name in their own sheets, and how often; "?" is a slip of the pen.
SPELLINGS: Final = {
    "{last}, {first}": 40,
    "{first} {last}": 30,
    "Frau {last}": 12,
    "{initial}. {last}": 8,
    "Dr. {first} {last}": 5,
}


class Row(NamedTuple):
    """A row of the sheet, and the link that whoever wrote it means."""

    cells: tuple[str, ...]
    appointment: int
    address: int


def office(chance: random.Random) -> tuple[dict[str, Any], list[Row]]:
    """A month of viewings, two people each, and the sheet that somebody keeps of them."""
    appointments: list[dict[str, Any]] = []
    people: dict[int, tuple[str, str]] = {}
    rows: list[Row] = []
    for number in range(LINKS // 2):
        twin = rows and chance.random() < TWINS
        before = appointments[-1] if twin else None
        day, hour, minute = chance.randint(1, 30), chance.randint(8, 18), chance.choice(("00", "30"))
        start = str(before["start"]) if before else f"2026-12-{day:02}T{hour:02}:{minute}:00+01:00"
        place = f"{chance.choice(STREETS)} {chance.randint(1, 90)}"
        contacts = [90_000 + 2 * number, 90_001 + 2 * number]
        for each in contacts:
            people[each] = (chance.choice(FIRST), chance.choice(LAST))
        if before:
            people[contacts[0]] = people[before["contacts"][0]["id"]]
        elif chance.random() < TWINS / 4:
            people[contacts[1]] = people[contacts[0]]  # two of one name at one appointment: only a person can tell them apart
        appointments.append(
            {
                "id": 70_000 + number,
                "subject": "Besichtigung",
                "location": f"{place}, 52062 Aachen",
                "start": start,
                "contacts": [{"id": each} for each in contacts],
            }
        )
        for each in contacts:
            first, last = people[each]
            spelling = chance.choices([*SPELLINGS], [*SPELLINGS.values()])[0]
            name = spelling.format(first=first, last=last, initial=first[0])
            cells = (f"{start[8:10]}.12.2026", start[11:16], place.replace("straße", "str."), name, "0170 1", "bestätigt")
            rows.append(Row(cells, 70_000 + number, each))
    addresses = [{"id": each, "Vorname": first, "Name": last} for each, (first, last) in people.items()]
    return {"appointments": appointments, "addresses": addresses}, rows


def measure(seed: int) -> dict[str, float]:
    """Which share of the rows gets the right link alone, and among others; a wrong one alone; requests and seconds."""
    state, rows = office(random.Random(seed))  # noqa: S311 - a made-up office
    with simulator.running(token="t" * 32, secret="s" * 64) as api, tempfile.TemporaryDirectory() as name:
        api.put_state(state)
        folder = Path(name).resolve()
        (folder / "drop").mkdir()
        with (folder / "drop" / "termine.csv").open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, delimiter=";").writerows([HEADER, *(row.cells for row in rows)])
        settled = FolderNames(settle_seconds=0.0)
        sending = Sending(requests_per_minute=0)
        config = Config(folders=settled, onoffice=OnOffice(url=api.url), sending=sending, base=folder)
        began = time.perf_counter()
        checked = run.dry_run(config, (api.token, api.secret), Runtime()).checked
        seconds, requests = time.perf_counter() - began, len(api.log())
    counts = {"right": 0, "among": 0, "wrong": 0, "none": 0}
    for code, hint, row in zip(checked.problems.code, checked.problems.hint, rows, strict=True):
        found = [(each.appointment_id, each.address_id) for each in from_hint(hint)]
        alone = code == Code.NUMBERS_SUGGESTED
        here = (row.appointment, row.address) in found
        counts["right" if alone and here else "wrong" if alone else "among" if here else "none"] += 1
    return {kind: count / len(rows) for kind, count in counts.items()} | {"requests": requests, "seconds": seconds}


def main() -> None:
    for seed in range(5):
        found = measure(seed)
        shares = ", ".join(f"{kind} {found[kind]:.1%}" for kind in ("right", "among", "wrong", "none"))
        print(f"{LINKS} links, {TWINS:.0%} twins: {shares}; {found['requests']:.0f} requests, {found['seconds']:.1f} s")


if __name__ == "__main__":
    main()
