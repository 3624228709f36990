"""The demo: the real job over real HTTP, on copies of the sample files, against the bundled simulator."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sync import simulator
from sync.config import Config, FolderNames
from sync.domain.model import ExitCode, Verdict
from sync.errors import ConfigurationError
from sync.job import run
from sync.report.lines import lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.job.context import Runtime
    from sync.job.run import Finished

_SEED: Final = "simulator_seed.json"
_SHEETS: Final = ("*.csv", "*.xlsx")
#: What the sample files are made to show.
_SHOWN: Final = frozenset(Verdict) - {Verdict.UNKNOWN, Verdict.NOT_SENT}


@dataclass(frozen=True, slots=True)
class Scene:
    """A fresh office with the sample files in its drop folder; the API's address is filled in when the play begins."""

    folder: Path
    config: Config


def set_up(into: Path | None) -> Scene:
    """Make a fresh office in `into`, or in a temporary folder, with copies of the sample files.

    Raises:
        ConfigurationError: `into` holds something already, or cannot be written.
    """
    try:
        if into is not None and into.exists() and (not into.is_dir() or any(into.iterdir())):
            raise ConfigurationError([f"--into {into}: there is something in it already; name an empty or a new folder"])
        folder = into or Path(tempfile.mkdtemp(prefix="onoffice-sync-demo-"))
        drop = folder / "drop"
        drop.mkdir(parents=True)
        for pattern in _SHEETS:
            for sheet in sorted(_samples().glob(pattern)):
                shutil.copy(sheet, drop)
    except OSError as error:
        raise ConfigurationError(
            [f"the demo cannot begin in {into or tempfile.gettempdir()}: {error.strerror or error}"]
        ) from None
    return Scene(folder, Config(office="Demo", folders=FolderNames(settle_seconds=0.0), base=folder.resolve()))


def play(scene: Scene, tools: Runtime) -> tuple[Finished, list[str]]:
    """Run the job once. Returns what it did, and where it did not behave as it should."""
    seed = json.loads((_samples() / _SEED).read_text(encoding="utf-8"))
    with simulator.running(seed) as api:
        onoffice = scene.config.onoffice.model_copy(update={"url": api.url})
        config = scene.config.model_copy(update={"onoffice": onoffice})
        finished = run.run(config, (api.token, api.secret), tools)
        return finished, _mistakes(finished, api.state())


def _samples() -> Path:
    packed = Path(__file__).parents[1] / "_sample_data"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "sample_data"


def _mistakes(finished: Finished, state: Mapping[str, Any]) -> list[str]:
    rows = list(lines(finished.checked))
    mistakes = [f"no row is {verdict}" for verdict in sorted(_SHOWN - {row.outcome for row in rows})]
    if finished.info.exit_code is not ExitCode.ROWS_NEED_A_PERSON:
        mistakes.append(f"exit code {int(finished.info.exit_code)}")
    if all(file.readable for file in finished.checked.files):
        mistakes.append("no file was refused")
    links = {
        (appointment["id"], contact["id"]): contact
        for appointment in state["appointments"]
        for contact in appointment["contacts"]
    }
    for row in rows:
        if row.outcome not in {Verdict.UPDATED, Verdict.UNCHANGED}:
            continue
        words = (row.confirmation, row.feedback)
        contact = links.get((row.appointment_id, row.address_id), {})
        shown = (contact.get("confirmation"), contact.get("feedback"))
        if any(word is not None and word != there for word, there in zip(words, shown, strict=True)):
            mistakes.append(f"appointment {row.appointment_id}, address {row.address_id}: {shown} instead of {words}")
    return mistakes
