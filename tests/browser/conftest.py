"""A browser without a window, and results of the real job for it to look at."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from sync.config import Config
from sync.domain.model import CheckOutcome, ExitCode, RunInfo, Verdict
from sync.domain.tables import VerdictTable
from sync.job import demo
from sync.job.check import check, read
from sync.job.context import Runtime
from sync.progress import Silent
from sync.report.page import write_report_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

ROWS = 20_000
#: A cell that would be markup, script and end of script if it were not taken for text.
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not (chromium and driver):
        missing = "no Chromium with its driver here (Debian: apt-get install chromium chromium-driver)"
        if os.environ.get("CI"):
            pytest.fail(f"{missing}; .ci/run installs them")
        pytest.skip(missing)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"):
        options.add_argument(argument)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium starts as root in no other way
    with webdriver.Chrome(options=options, service=Service(driver)) as chrome:
        yield chrome


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of an office that ran the demo in German, then in English."""
    scene = demo.set_up(tmp_path_factory.mktemp("office") / "demo")
    samples = scene.folder / "samples"
    shutil.copytree(scene.folder / "drop", samples)
    for language, ago in (("en", 60), ("de", 0)):  # runs of one second would have no order
        shutil.copytree(samples, scene.folder / "drop", dirs_exist_ok=True)
        spoken = scene.config.report.model_copy(update={"language": language})
        again = scene.config.rules.model_copy(update={"on_old_file": "send"})  # onOffice begins anew, and no one has changed it
        tools = Runtime(now=lambda ago=ago: time.time() - ago)
        demo.play(replace(scene, config=scene.config.model_copy(update={"report": spoken, "rules": again})), tools)
    return scene.folder / "results"


@pytest.fixture(scope="session")
def english(results: Path) -> Path:
    """The report page of the first run."""
    return min(results.glob("*/report.html"))


@pytest.fixture(scope="session")
def german(results: Path) -> Path:
    """The report page of the last run."""
    return max(results.glob("*/report.html"))


@pytest.fixture(scope="session")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report page of a night with 20,000 rows, every fourth of them wrong, the first one hostile."""
    folder = tmp_path_factory.mktemp("long")
    words = ["bestätigt" if at % 4 else f"bestätgt {at}" for at in range(1, ROWS)]
    lines = [f"{70_000 + at};{90_000 + at};{word}" for at, word in enumerate([HOSTILE, *words])]
    sheet = folder / "lang.csv"
    sheet.write_text("\n".join(["Termin-ID;Adress-ID;Bestätigung", *lines]), encoding="utf-8")
    config = Config()
    checked = check(read([(sheet, sheet.name)], config, Silent()), config)
    verdict = np.where(checked.rows.outcome == CheckOutcome.VALID, Verdict.UPDATED.value, Verdict.INVALID.value).astype(object)
    nothing, no, none = np.full(ROWS, None), np.zeros(ROWS, bool), np.zeros(ROWS, np.int64)
    judged = replace(checked, verdicts=VerdictTable(verdict, nothing, nothing, nothing, no, none, none, nothing))
    night = ("2026-12-02T02:00:00+01:00", "2026-12-02T02:31:07+01:00")
    info = RunInfo("long", *night, False, ExitCode.ROWS_NEED_A_PERSON, 412, 20_000, 2, "Lange Nacht")
    write_report_page(folder, info, judged)
    return folder / "report.html"
