"""The demo: a work list that somebody fills in, and the real job over real HTTP, against the bundled simulator."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sync import simulator
from sync.config import Config, FolderNames
from sync.domain.model import Confirmation, ExitCode, Feedback, Link, State, Verdict
from sync.errors import ConfigurationError
from sync.i18n import LazyText, text
from sync.i18n.texts import said
from sync.job import run, worklist
from sync.report.story import lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.job.context import Runtime
    from sync.job.run import Finished
    from sync.report.excel.forms import WorkList

_SEED: Final = "simulator_seed.json"
_SHEETS: Final = ("*.csv", "*.xlsx")
#: The header of a list stands among so many rows.
_TOP_ROWS: Final = 5
#: What the sample files are made to show.
_SHOWN: Final = frozenset(Verdict) - {Verdict.UNKNOWN, Verdict.NOT_SENT}


#: What a person fills in, by appointment and address: links that no sample file asks for.
_FILLED_IN: Final = {
    (70013, 90027): State(Confirmation.CONFIRMED),
    (70013, 90028): State(Confirmation.CANCELED),
    (70014, 90029): State(Confirmation.CONFIRMED, Feedback.ACTIVE),
}


@dataclass(frozen=True, slots=True)
class Played:
    """What the demo came to: the list that was handed out, what the run did, and where it did not behave as it should."""

    path: Path
    work_list: WorkList
    filled_in: int
    finished: Finished
    mistakes: list[str]


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
            raise ConfigurationError([LazyText("demo.not_empty", into=into)])
        folder = into or Path(tempfile.mkdtemp(prefix="onoffice-sync-demo-"))
        drop = folder / "drop"
        drop.mkdir(parents=True)
        for pattern in _SHEETS:
            for sheet in sorted(_samples().glob(pattern)):
                shutil.copy(sheet, drop)
    except OSError as error:
        where = into or tempfile.gettempdir()
        raise ConfigurationError([LazyText("demo.cannot_begin", folder=where, said=said(error))]) from None
    return Scene(folder, Config(office="Demo", folders=FolderNames(settle_seconds=0.0), base=folder.resolve()))


def play(scene: Scene, tools: Runtime) -> Played:
    """Hand out a work list, fill it in, drop it beside the sample files, and run the job once."""
    seed = json.loads((_samples() / _SEED).read_text(encoding="utf-8"))
    days = sorted(dt.datetime.fromisoformat(each["start"]).date() for each in seed["appointments"])
    wish = worklist.Wish(days[0], days[-1])
    with simulator.running(seed) as api:
        onoffice = scene.config.onoffice.model_copy(update={"url": api.url})
        config = scene.config.model_copy(update={"onoffice": onoffice})
        handed_out = worklist.make(config, (api.token, api.secret), tools, wish)
        path = worklist.usual_path(config, wish)
        worklist.write(path, handed_out, config)
        dropped = config.folder("drop") / path.name
        _fill_in(path, dropped, handed_out)
        finished = run.run(config, (api.token, api.secret), tools)
        mistakes = [*_mistakes(finished, api.state()), *_mistakes_in_list(finished, dropped.name, handed_out)]
        return Played(path, handed_out, len(_FILLED_IN), finished, mistakes)


def _fill_in(path: Path, filled: Path, handed_out: WorkList) -> None:
    """Write new words into a copy of a list, as a person does with a spreadsheet program."""
    from openpyxl import load_workbook  # noqa: PLC0415 - takes long to import, and the job never needs it here

    links = [entry.link for entry in handed_out.entries]
    book = load_workbook(path)
    sheet = book.worksheets[0]
    rows = sheet.iter_rows(max_row=_TOP_ROWS)
    places = {cell.value: (row, column) for row, cells in enumerate(rows, 1) for column, cell in enumerate(cells, 1)}
    for link, words in _FILLED_IN.items():
        for head, word in zip(("confirmation_new", "feedback_new"), words, strict=True):
            row, column = places[text(f"worklist.head.{head}")]
            sheet.cell(row + 1 + links.index(Link(*link)), column).value = word
    book.save(filled)


def _mistakes_in_list(finished: Finished, name: str, handed_out: WorkList) -> list[str]:
    """Where the list did not do what its words ask for, and nothing else."""
    (at,) = (at for at, file in enumerate(finished.checked.files) if file.name == name)
    done = [
        (row.appointment_id, row.address_id)
        for row in lines(finished.checked)
        if row.file == at and row.outcome == Verdict.UPDATED
    ]
    blank = sum(sheet.blank for sheet in finished.checked.files[at].sheets)
    whole = sorted(done) == sorted(_FILLED_IN) and blank == len(handed_out.entries) - len(_FILLED_IN)
    return [] if whole else [f"work list: {done} updated, {blank} blank"]


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
