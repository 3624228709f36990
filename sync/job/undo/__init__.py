"""Taking a run back: which run that may be, what it takes, and the same as a sheet.

An undo is a run like any other; what it wants comes from the ledger instead of from files. So it can be worked out again at any
time, and an interrupted one is carried on by the next run.

Rooms::

    back     from what a run did to a link to the change that brings it back (pure)
    sheet    such changes as a sheet that the job reads (pure)
    target   which run is meant, and why it cannot be taken back
    texts    every sentence
"""

from sync.job.undo.back import backs, rules, unknown_before, way_back
from sync.job.undo.sheet import as_file, guarded, with_unknown
from sync.job.undo.target import NothingToDo, NotOver, Target, open_targets, target_of

__all__ = [
    "NotOver",
    "NothingToDo",
    "Target",
    "as_file",
    "backs",
    "guarded",
    "open_targets",
    "rules",
    "target_of",
    "unknown_before",
    "way_back",
    "with_unknown",
]
