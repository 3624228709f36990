"""The overview page: every run whose results are there, how they went over time, and which nights in a row were red."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync import report
from sync.domain.model import ExitCode, Reason, Verdict, Why
from sync.i18n import Language, speaking
from sync.report.page import write_index
from sync.report.page.document import HEIGHT, WIDTH, bars
from sync.report.page.index import runs_in
from sync.report.story import lasted, seconds

if TYPE_CHECKING:
    from conftest import Kit

    from sync.domain.model import Checked

GOLDEN = Path(__file__).parent / "golden"
GREEN, YELLOW, RED = ExitCode.OK, ExitCode.ROWS_NEED_A_PERSON, ExitCode.FAILED
languages = pytest.mark.parametrize("language", list(Language))


@dataclass(frozen=True)
class Night:
    """A run as its `report.json` tells it."""

    day: str
    code: ExitCode = GREEN
    updated: int = 0
    invalid: int = 0
    not_sent: int = 0
    seconds: int = 30
    hour: int = 2

    def lie_in(self, results: Path, *, page: bool = True) -> Path:
        folder = results / f"{self.day.replace('-', '')}-{self.hour:02}0000-aaaa"
        folder.mkdir(parents=True)
        counts = {"updated": self.updated, "invalid": self.invalid, "not_sent": self.not_sent}
        summary = dict.fromkeys(Verdict, 0) | counts | {"rows": sum(counts.values()), "blank": 0}
        minutes, rest = divmod(self.seconds, 60)
        times = {
            "started": f"{self.day}T{self.hour:02}:00:00+01:00",
            "finished": f"{self.day}T{self.hour:02}:{minutes:02}:{rest:02}+01:00",
        }
        run = {"id": folder.name, "exit_code": int(self.code), "office": "Sonnenschein & <Söhne>", **times}
        (folder / "report.json").write_text(
            f'{{"run": {json.dumps(run)},\n"summary": {json.dumps(summary)},\n"files": [', encoding="utf-8"
        )
        if page:
            (folder / "report.html").touch()
        return folder


def index(results: Path, *nights: Night, language: Language = Language.DE) -> str:
    for night in nights:
        night.lie_in(results)
    with speaking(language):
        write_index(results)
    return (results / "index.html").read_text(encoding="utf-8")


def streak(results: Path, *codes: ExitCode) -> str:
    text = index(results, *(Night(f"2026-11-{day:02}", code) for day, code in enumerate(codes, 1)))
    return re.findall(r'<p class="lead">(.*?) *</p>', text)[0]


@languages
def test_the_overview_says_word_for_word_what_its_golden_file_says(tmp_path: Path, language: Language) -> None:
    nights = (
        Night("2026-10-30", updated=12, seconds=42),
        Night("2026-10-31", RED, not_sent=9, seconds=900),
        Night("2026-11-01", RED, not_sent=9, seconds=900),
        Night("2026-11-02", YELLOW, updated=20, invalid=1, seconds=61),
        Night("2026-12-01", GREEN, updated=1, seconds=0),
    )

    text = re.sub(r"<style>.*?</style>", "<style>...</style>", index(tmp_path, *nights, language=language), flags=re.DOTALL)
    text = re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-...", text)

    path = GOLDEN / f"index.{language}.html"
    if os.environ.get("RENEW_GOLDEN"):
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode()


def test_red_nights_in_a_row_are_told_with_the_day_they_began(tmp_path: Path) -> None:
    told = streak(tmp_path, GREEN, RED, YELLOW, RED, RED, RED)

    assert told == "3 Abgleiche in Folge endeten vorzeitig: jeder seit dem 04.11.2026."


def test_a_streak_that_is_over_is_remembered(tmp_path: Path) -> None:
    told = streak(tmp_path, RED, RED, GREEN, YELLOW)

    assert told == (
        "Die letzten 2 Abgleiche liefen bis zum Ende. "
        "Am längsten ging es vom 01.11.2026 bis zum 02.11.2026 schief: 2 Abgleiche hintereinander endeten vorzeitig."
    )


def test_red_runs_of_one_day_are_told_as_runs_of_that_day(tmp_path: Path) -> None:
    text = index(tmp_path, *(Night("2026-11-24", code, hour=hour) for hour, code in enumerate((RED, RED, RED, GREEN))))

    assert "Am längsten ging es am 24.11.2026 schief: 3 Abgleiche hintereinander endeten vorzeitig." in text


def test_one_red_night_is_no_streak(tmp_path: Path) -> None:
    assert streak(tmp_path, GREEN, RED) == "Der letzte Abgleich wurde vorzeitig beendet."


def test_a_run_that_needs_somebody_because_of_a_file_counts_the_file(kit: type[Kit], tmp_path: Path) -> None:
    checked = kit.checked(kit.File("brief.pdf", reason=Reason(Why.NOT_A_TABLE)))

    report.write_rows(tmp_path / "20261201-020000-aaaa", kit.info, checked)
    report.write_pages(tmp_path / "20261201-020000-aaaa", kit.info, checked)

    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    (row,) = re.findall(r'<tr><th scope="row">.*etwas zu klären.*', text)
    assert re.findall(r'<td class="number">(.*?)</td>', row)[:3] == ["0", "0", "1"]


def test_every_run_puts_itself_on_the_overview(kit: type[Kit], night: Checked, tmp_path: Path) -> None:
    for day in ("20261201", "20261202"):
        report.write_rows(tmp_path / f"{day}-020000-aaaa", replace(kit.info, id=day), night)
        report.write_pages(tmp_path / f"{day}-020000-aaaa", replace(kit.info, id=day), night)

    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'<tr><th scope="row"><a href="([^"]+)"', text) == [
        "20261202-020000-aaaa/report.html",
        "20261201-020000-aaaa/report.html",
    ]
    assert [(run.office, run.duration, run.counts.rows, run.state) for run in runs_in(tmp_path)] == [
        ("Immobilien Sonnenschein", 205, 12, "yellow")
    ] * 2


def test_what_was_deleted_is_gone_from_the_overview(tmp_path: Path) -> None:
    index(tmp_path, Night("2026-11-01"), Night("2026-11-02"))
    shutil.rmtree(tmp_path / "20261101-020000-aaaa")

    assert "01.11.2026, 02:00" not in index(tmp_path)


@pytest.mark.parametrize(
    "damaged", ["", "{", "[]\n[]\n", '{"run": {},\n"summary": {},\n', '{"run": 1,\n"summary": 2,\n', "\udcff"]
)
def test_a_damaged_report_keeps_no_other_run_from_the_overview(tmp_path: Path, damaged: str) -> None:
    broken = Night("2026-11-02").lie_in(tmp_path)
    (broken / "report.json").write_text(damaged, encoding="utf-8", errors="surrogateescape")
    (tmp_path / "2026-11-24 termine.xlsx - alle 12 Zeilen erledigt.xlsx").touch()

    index(tmp_path, Night("2026-11-01"))

    assert [run.folder for run in runs_in(tmp_path)] == ["20261101-020000-aaaa"]


def test_a_run_without_a_page_is_listed_without_a_link(tmp_path: Path) -> None:
    Night("2026-11-01").lie_in(tmp_path, page=False)

    assert '<th scope="row">01.11.2026, 02:00 Uhr</th>' in index(tmp_path)


def test_an_office_without_runs_has_an_overview_too(tmp_path: Path) -> None:
    assert "<h1>Noch kein Abgleich.</h1>" in index(tmp_path)


def test_the_overview_runs_no_script_at_all(tmp_path: Path) -> None:
    text = index(tmp_path, Night("2026-11-01"))

    assert "<script" not in text
    assert "script-src" not in text


def test_bars_are_as_high_as_their_numbers_and_nothing_has_no_bar() -> None:
    low, high = bars([5, 0, 10], 3)

    assert (low.height, high.height) == (HEIGHT / 2, HEIGHT)
    assert low.y == HEIGHT / 2
    assert high.x + high.width <= WIDTH


@pytest.mark.parametrize(
    ("total", "told"), [(0, "0 Sek."), (59, "59 Sek."), (60, "1 Min."), (205, "3 Min. 25 Sek."), (7261, "2 Std. 1 Min.")]
)
def test_a_duration_is_told_in_its_two_largest_units(total: int, told: str) -> None:
    assert lasted(total) == told


def test_a_clock_that_went_back_makes_no_negative_duration() -> None:
    assert seconds("2026-11-01T02:00:00+01:00", "2026-11-01T01:00:00+01:00") == 0
