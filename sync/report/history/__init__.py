"""The past runs of an office, as people ask for them: which one is meant, what became of it.

Rooms::

    find   from what a person typed to one run; which runs are over, undone, to be carried on
    show   tables for a terminal, and the same for programs
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sync.config import is_there
from sync.credentials import database
from sync.errors import LedgerError
from sync.i18n import text
from sync.ledger import NAME, Memory, UntouchedFile, server_of
from sync.report.history.find import Details, NoSuchRun, carried_on, details, find, is_over, open_undos, undone_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.config import Config
    from sync.onoffice.dialect import Lesson

__all__ = [
    "Details",
    "NoSuchRun",
    "carried_on",
    "details",
    "find",
    "is_over",
    "lessons_of",
    "memory_of",
    "open_undos",
    "remembered",
    "undone_by",
]


def memory_of(config: Config) -> Memory:
    """The ledger of an office, to be read only, also while a run is active.

    Raises:
        NoSuchRun: there is none yet.
        LedgerError: it cannot be read.
    """
    none = NoSuchRun(text("history.no_runs"))
    if address := database(config):
        server = server_of(address, config.office, alone=False)
        if not server.is_there:
            server.close()
            raise none
        return Memory(server)
    path = config.folder("state") / NAME
    if not is_there(path):
        raise none
    return Memory(path, to_write=False)


@contextmanager
def remembered(config: Config) -> Iterator[Memory | None]:
    """What the ledger of an office remembers; None where there was no run yet, or it cannot be read.

    Leaves no trace: it is for what changes nothing anywhere.
    """
    path, memory = config.folder("state") / NAME, None
    try:
        memory = memory_of(config) if config.state.database_env else Memory(UntouchedFile(path))
        memory.lessons()  # only now it shows whether it can be read
    except (NoSuchRun, LedgerError):
        if memory is not None:
            memory.close()
        memory = None
    try:
        yield memory
    finally:
        if memory is not None:
            memory.close()


def lessons_of(config: Config) -> list[Lesson]:
    """What runs have learnt about the API of an office; nothing where there was none yet, or the ledger cannot be read."""
    with remembered(config) as memory:
        return memory.lessons() if memory else []
