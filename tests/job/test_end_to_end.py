"""The job as a real process over real HTTP: what the sheets say is what the CRM has, and every verdict is true."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

if TYPE_CHECKING:
    from pathlib import Path

    from sync.simulator import Running
    from tests.job.conftest import Kit, Office, World

CONFIRMATIONS = ("bestätigt", "gesendet", "gecancelt", "nicht gesetzt")
FEEDBACKS = ("aktiv", "inaktiv")
WRITES = {"create", "modify", "delete"}


def rows_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for file in report["files"] for row in file["rows"]]


def verbs(log: list[dict[str, Any]]) -> Counter[str]:
    return Counter(action["verb"] for entry in log for action in entry["actions"])


def troubled_world(kit: type[Kit], count: int) -> World:
    """Of the rows: 5 % on links that are not there, 2 % contradictions, 2 % mistakes, some repeated, some fulfilled already."""
    dice = random.Random(20261124)  # noqa: S311 - reproducible rows
    seed, wanted, rows, verdicts = {}, {}, [], []
    while len(rows) < count:
        number = len(rows)
        pair = (70_001 + number // 3, 90_001 + number)
        before = (dice.choice(CONFIRMATIONS), dice.choice(FEEDBACKS))
        words = (dice.choice((*CONFIRMATIONS, None)), dice.choice((*FEEDBACKS, None)))
        if words == (None, None):
            words = (None, "aktiv")
        after = tuple(word or was for word, was in zip(words, before, strict=True))
        kind = dice.random()
        if kind < 0.05 and number % 2:
            seed[pair[0], 89_000] = wanted[pair[0], 89_000] = before  # the appointment is there, the link is not
            rows.append((*pair, *words))
            verdicts.append("rejected")
        elif kind < 0.05:
            rows.append((60_001 + number, pair[1], *words))  # no such appointment
            verdicts.append("rejected")
        elif kind < 0.06:
            seed[pair] = wanted[pair] = before
            rows += [(*pair, "bestätigt", None), (*pair, "gecancelt", None)]
            verdicts += ["conflict", "conflict"]
        elif kind < 0.08:
            seed[pair] = wanted[pair] = before
            wrong = ((*pair, "bestätgt", None), ("12a", pair[1], *words), (*pair, None, None), (pair[0], 0, *words))
            rows.append(dice.choice(wrong))
            verdicts.append("invalid")
        else:
            seed[pair], wanted[pair] = before, after
            verdicts.append("unchanged" if before == after else "updated")
            rows.append((*pair, *words))
            if kind > 0.97:
                rows.append((*pair, *words))
                verdicts.append("duplicate")
    return kit.World(kit.seeded(seed, *(90_001 + n for n in range(count + 2))), rows, verdicts, wanted)


def test_a_workbook_of_2000_rows_leaves_every_link_as_its_row_says_and_once_more_changes_nothing(
    office: Office, api: Running, kit: type[Kit]
) -> None:
    world = kit.plain_world(2_000)
    api.put_state(world.seed)
    office.drop_workbook("termine.xlsx", world.rows)

    first = office.command("run")

    assert (first.returncode, first.stderr.decode().count("Traceback")) == (0, 0)
    assert kit.links(api.state()) == world.wanted
    assert office.places() == {"archive": ["termine.xlsx"]}
    (report,) = office.reports()
    assert report["summary"]["updated"] == report["summary"]["rows"] == 2_000
    assert all(row["verified"] and row["before"]["confirmation"] == "nicht gesetzt" for row in rows_of(report))

    asked = len(api.log())
    office.drop_workbook("noch einmal.xlsx", world.rows)
    second = office.command("run")

    assert second.returncode == 0
    assert verbs(api.log()[asked:]).keys() == {"get"}
    assert office.reports()[-1]["summary"]["unchanged"] == 2_000
    assert office.reports()[-1]["run"]["actions"] == 0


@pytest.mark.parametrize("several_links", ["atomic", "partial", "first"])
def test_every_verdict_is_true_in_a_troubled_world(office: Office, api: Running, kit: type[Kit], several_links: str) -> None:
    world = troubled_world(kit, 2_000 if several_links == "atomic" else 500)
    before = kit.links(world.seed)
    api.put_state(world.seed)
    api.put_options({"several_links": several_links})
    half = len(world.rows) // 2
    while world.verdicts[half] in {"conflict", "duplicate"}:
        half += 1
    office.drop_workbook("a.xlsx", world.rows[:half])
    office.drop_csv("b.csv", world.rows[half:])

    if several_links == "atomic":
        assert office.command("run").returncode == 3
    else:
        assert office.run().info.exit_code == 3

    (report,) = office.reports()
    rows, after = rows_of(report), kit.links(api.state())
    assert after == world.wanted
    assert [row["outcome"] for row in rows] == world.verdicts
    counts = Counter(world.verdicts)
    assert {verdict: count for verdict, count in report["summary"].items() if count} == {**counts, "rows": len(rows)}
    assert min(counts["rejected"], counts["conflict"], counts["invalid"], counts["duplicate"], counts["unchanged"]) >= 3
    for row in rows:
        pair, words = (row["appointment_id"], row["address_id"]), (row["confirmation"], row["feedback"])
        if row["outcome"] in {"updated", "unchanged", "duplicate"}:
            assert all(word in {None, there} for word, there in zip(words, after[pair], strict=True))
            assert tuple(row["before"].values()) == before[pair]
        if row["outcome"] == "updated":
            assert row["verified"]
            assert after[pair] != before[pair]
        if row["outcome"] == "rejected":
            assert pair not in after
            assert [problem["code"] for problem in row["problems"]] in (["not_linked"], ["appointment_unknown"])


def test_the_simulator_as_a_command_serves_the_job(office: Office, tmp_path: Path, kit: type[Kit]) -> None:
    world = kit.plain_world(8)
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(world.seed), encoding="utf-8")
    options = ("--token", kit.token, "--secret", kit.secret, "--seed", str(seed), "--success-body", "record")
    command = [sys.executable, "-m", "sync", "simulate", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=office.environment) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            office.configure(onoffice={"url": url})
            office.drop_csv("a.csv", world.rows)

            assert office.run().info.exit_code == 0

            control = f"http://{urlsplit(url).netloc}/_simulator/"
            assert kit.links(requests.get(f"{control}state", timeout=5).json()) == world.wanted
            assert verbs(requests.get(f"{control}log", timeout=5).json()).keys() == {"get", "modify"}
        finally:
            process.terminate()


def test_an_unreadable_file_stops_nobody_and_is_told(office: Office, api: Running, kit: type[Kit]) -> None:
    world = kit.plain_world(4)
    api.put_state(world.seed)
    office.drop_csv("gut.csv", world.rows)
    office.drop_csv("ohne.csv", [(1, 2)], header=("Name", "Ort"))
    (office.drop / "kaputt.xlsx").write_bytes(b"PK\x03\x04 no archive at all")

    finished = office.run()

    assert finished.info.exit_code == 3
    assert kit.links(api.state()) == world.wanted
    assert office.places() == {"archive": ["gut.csv"], "refused": ["kaputt.xlsx", "ohne.csv"]}
    notes = {path.name: path.read_text(encoding="utf-8") for path in office.folder.glob("refused/*/*.txt")}
    assert set(notes) == {"kaputt.xlsx.txt", "ohne.csv.txt"}
    by_name = {file["file"]: file for file in office.reports()[0]["files"]}
    assert [by_name[name]["readable"] for name in ("gut.csv", "kaputt.xlsx", "ohne.csv")] == [True, False, False]
    assert by_name["kaputt.xlsx"]["reason"]


def test_an_empty_drop_folder_is_a_good_night(office: Office, api: Running) -> None:
    finished = office.run()

    assert (finished.info.exit_code, finished.results) == (0, None)
    assert api.log() == []
    assert office.reports() == []


def test_the_same_bytes_dropped_again_are_named(office: Office, api: Running, kit: type[Kit]) -> None:
    world = kit.plain_world(4)
    api.put_state(world.seed)
    office.drop_csv("a.csv", world.rows)
    first = office.run().info.id
    office.drop_csv("b.csv", world.rows)
    office.run()

    assert [report["files"][0]["dropped_before"] for report in office.reports()] == [None, first]
