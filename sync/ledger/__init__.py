"""The ledger: what every run read, wanted, found, sent and concluded, in SQLite.

The intent of a request is committed before it leaves, its outcome after it came; a killed run loses at most the outcome of
one request, and the next look finds that out. The ledger lies on a disk of the machine, not on a network share.

Rooms::

    schema    the tables, version by version
    file      the file: made, examined; its failures as sentences
    opened    an open ledger, wherever it lies
    memory    questions about the past
    journal   what a run writes down, step by step
    records   the values that pass
"""

from sync.ledger.file import NAME
from sync.ledger.journal import Ledger
from sync.ledger.memory import Memory
from sync.ledger.records import Done, Fate, FileEntry, FileRecord, RequestRecord, RunRecord
from sync.ledger.schema import SCHEMA_VERSION

__all__ = [
    "NAME",
    "SCHEMA_VERSION",
    "Done",
    "Fate",
    "FileEntry",
    "FileRecord",
    "Ledger",
    "Memory",
    "RequestRecord",
    "RunRecord",
]
