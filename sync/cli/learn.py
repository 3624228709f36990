"""`doctor --learn`: what an office's API does where its documentation is silent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sync.cli.options import office_of, screen, write

if TYPE_CHECKING:
    from pathlib import Path

    from sync.setup.doctor.learn import Learnt


def learn(given: Path | None, allowed: tuple[int, int] | None, *, as_json: bool) -> None:
    """Ask, keep, and print the questions with their answers.

    Raises:
        StopRun: not everything could be asked; what could be is printed and kept.
        AlreadyRunning, FolderError, LedgerError: a run is active, or a folder or the ledger cannot be used.
    """
    from sync.credentials import token_and_secret
    from sync.domain.model import Link
    from sync.job import context, intake
    from sync.setup.doctor import learn as learning

    office = office_of(given)
    credentials = token_and_secret(office)
    with intake.opened(office, context.folders_of(office)) as ledger:
        learnt = learning.learn(office, credentials, ledger, Link(*allowed) if allowed else None)
    if as_json:
        write([_json(learnt)])
    else:
        show(learnt)
    if learnt.stopped:
        raise learnt.stopped


def show(learnt: Learnt) -> None:
    """Print the table and where the dialect is."""
    from rich.table import Table
    from rich.text import Text

    from sync.setup.doctor import learn as texts

    table = Table(*texts.heads(), box=None, padding=(0, 2))
    for each in learnt.answered:
        table.add_row(*map(Text, texts.row(each)))
    console = screen()
    console.print(table)
    if learnt.file:
        console.print(texts.kept(learnt.file))


def _json(learnt: Learnt) -> bytes:
    from sync.onoffice.questions import dialect

    questions = [{"question": each.question, "answer": each.value, "sure": each.sure} for each in learnt.answered]
    document = {"questions": questions, "dialect": dialect(learnt.answered)}
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
