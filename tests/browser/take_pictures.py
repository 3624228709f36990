"""Takes the pictures that stand in `docs/pictures/`, of the pages and of a work list: `python tests/browser/take_pictures.py`.

Needs LibreOffice and Poppler for the list.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from selenium import webdriver

from sync.domain.model import Verdict
from sync.job import demo
from sync.job.context import Runtime
from sync.report.page import write_index

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"
NIGHTS: Final = 70
RED: Final = {9, 10, 11, 12, 40}


class Picture(NamedTuple):
    """What to take: name, page, light or dark, width and height in pixels, a script to run before."""

    name: str
    page: str
    scheme: str
    width: int
    height: int
    script: str = ""


LIST: Final = "document.querySelector('[data-choice=invalid]').click(); document.getElementById('rows').scrollIntoView()"
GROUP: Final = "document.querySelector('details.group').open = true; document.getElementById('files').scrollIntoView()"
SHOTS: Final = (
    Picture("report.png", "report", "light", 1100, 1000),
    Picture("report-list.png", "report", "dark", 1100, 760, LIST),
    Picture("report-phone.png", "report", "light", 390, 780, GROUP),
    Picture("overview.png", "index", "light", 1100, 1000),
    Picture("overview-phone.png", "index", "dark", 390, 780),
)


def main() -> None:
    """Run the demo, give it a past, and take all pictures."""
    scene = demo.set_up(Path(tempfile.mkdtemp()) / "demo")
    take_list(demo.play(scene, Runtime()).path)
    results = scene.folder / "results"
    report = next(results.glob("*/report.html"))
    give_a_past(results, report.parent / "report.json")
    write_index(results)
    PICTURES.mkdir(exist_ok=True)
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-sandbox"):
        options.add_argument(argument)
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver"))) as browser:
        for shot in SHOTS:
            take(browser, shot, report if shot.page == "report" else results / "index.html")
    shutil.rmtree(scene.folder.parent)
    sys.stdout.write(f"{len(SHOTS) + 1} pictures in {PICTURES}\n")


def take_list(path: Path) -> None:
    """The first page of the demo's work list as it is printed, without what is empty below."""
    with tempfile.TemporaryDirectory() as folder:
        office = ("soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless")
        run(*office, "--convert-to", "pdf", "--outdir", folder, str(path))
        cut = ("-x", "20", "-y", "40", "-W", "1364", "-H", "560")
        run(
            "pdftoppm",
            "-png",
            "-r",
            "120",
            "-l",
            "1",
            *cut,
            "-singlefile",
            f"{folder}/{path.stem}.pdf",
            str(PICTURES / "worklist"),
        )


def run(*command: str) -> None:
    """Run a program to its end."""
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def give_a_past(results: Path, newest: Path) -> None:
    """Nights before the newest run, some of them red; the same ones each time."""
    head = json.loads(newest.read_text(encoding="utf-8"))
    begun = dt.datetime.fromisoformat(head["run"]["started"]).replace(hour=3, minute=0)
    chance = random.Random(7)  # noqa: S311 - a made-up past
    for back in range(1, NIGHTS):
        start = begun - dt.timedelta(days=back)
        rows, red = chance.randint(20, 240), back in RED
        bad = 0 if red else chance.choice((0, 0, 0, 0, 2, 5, 9))
        updated = 0 if red else chance.randint(rows // 3, rows - bad)
        counts = {"updated": updated, "invalid": bad, "not_sent": rows * red, "unchanged": (rows - bad - updated) * (not red)}
        times = {"started": start, "finished": start + dt.timedelta(seconds=20 + rows + 900 * red)}
        run = {"office": head["run"]["office"], "exit_code": 1 if red else 3 if bad else 0}
        run |= {name: time.isoformat() for name, time in times.items()}
        folder = results / f"{start:%Y%m%d-%H%M%S}-0000"
        folder.mkdir()
        (folder / "report.html").touch()
        summary = dict.fromkeys(Verdict, 0) | counts | {"rows": rows, "blank": 0}
        text = f'{{"run": {json.dumps(run)},\n"summary": {json.dumps(summary)},\n"files": []}}\n'
        (folder / "report.json").write_text(text, encoding="utf-8")


def take(browser: Chrome, shot: Picture, page: Path) -> None:
    """One picture into its file."""
    size = {"width": shot.width, "height": shot.height, "deviceScaleFactor": 1, "mobile": shot.width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": shot.scheme}
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [scheme, {"name": "prefers-reduced-motion", "value": "reduce"}]}
    )
    browser.get(page.as_uri())
    browser.execute_script(shot.script)
    picture = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    (PICTURES / shot.name).write_bytes(base64.b64decode(picture["data"]))


if __name__ == "__main__":
    main()
