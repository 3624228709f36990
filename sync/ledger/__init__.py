"""The ledger: what every run read, wanted, found, sent and concluded, in SQLite.

The intent of a request is committed before it leaves, its outcome after it came; a killed run loses at most the outcome of
one request, and the next look finds that out. The ledger lies on a disk of the machine, not on a network share.

Rooms::

    sqlite    the tables, version by version; the file: made, examined, open; its failures as sentences
    postgres  the same in PostgreSQL, for offices that several machines may run
    memory    questions about the past with the values that answer them, and what a run writes down, step by step
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sync.errors import ConfigurationError
from sync.i18n import LazyText, as_typed
from sync.ledger.memory import (
    AppliedChange,
    BroughtAbout,
    DecidedFate,
    FileEntry,
    FileRecord,
    Ledger,
    Memory,
    RequestRecord,
    RunRecord,
)
from sync.ledger.sqlite import NAME, SCHEMA_VERSION, LedgerPlace, UntouchedFile

if TYPE_CHECKING:
    from sync.ledger.postgres import LedgerServer

__all__ = [
    "NAME",
    "SCHEMA_VERSION",
    "AppliedChange",
    "BroughtAbout",
    "DecidedFate",
    "FileEntry",
    "FileRecord",
    "Ledger",
    "LedgerPlace",
    "Memory",
    "RequestRecord",
    "RunRecord",
    "UntouchedFile",
    "server_of",
]


def server_of(address: str, office: str, *, alone: bool = True) -> LedgerServer:
    """Where an office's ledger lies in a database, see `sync.ledger.postgres`.

    Raises:
        ConfigurationError: what talks to PostgreSQL is not installed.
        AlreadyRunning, LedgerError: as told there.
    """
    try:
        from sync.ledger.postgres import LedgerServer  # noqa: PLC0415 - an optional part

        return LedgerServer(address, office, alone=alone)
    except ModuleNotFoundError as error:
        raise ConfigurationError([LazyText("ledger.not_installed", name=error.name, python=as_typed([sys.executable]))]) from None
