"""The drop folder: which files are settled, claiming them, and where each of them ends.

A file is always in exactly one place, whatever happens when: a claim is one atomic rename, every later move is planned and
written down before it starts (`carry_out`), and what a killed run left behind is put right by `recover`. Others may write into
all folders but the state folder: everything there is done by handles (`sync.system.handles`), and nobody can guess new names.

State folder::

    claimed/<run id>/<seq>/<path below the drop folder>   the files a run works on; the path tells all there is to know
    claimed/<run id>/<seq>.part                           a copy from another file system that is not complete yet
    claimed/<run id>/<seq>.hold                           where its original is held back meanwhile
    moves.json                                            moves that were decided on and may not all be done

Rooms::

    scan     which files are settled
    filing   the folders can be written; a file leaves the drop folder for a run and is put away after it, also across file
             systems; what killed runs left
    files    the values that pass between these, names, the safe steps with single files that all of this is made of
"""

from sync.dropfolder.files import IGNORED, NAME_BYTES, Claimed, Decided, Fate, Folders, Move, Scan, Seen, shown
from sync.dropfolder.filing import (
    Shared,
    by_name,
    carry_out,
    claim,
    how_shared,
    is_missing,
    left_over,
    own_state,
    plan_destinations,
    prepare,
    put_away,
    read_in_place,
    recover,
    unchanged,
)
from sync.dropfolder.scan import CLOCK_SLACK_SECONDS, SECOND_LOOK_SECONDS, closed_below, settled

__all__ = [
    "CLOCK_SLACK_SECONDS",
    "IGNORED",
    "NAME_BYTES",
    "SECOND_LOOK_SECONDS",
    "Claimed",
    "Decided",
    "Fate",
    "Folders",
    "Move",
    "Scan",
    "Seen",
    "Shared",
    "by_name",
    "carry_out",
    "claim",
    "closed_below",
    "how_shared",
    "is_missing",
    "left_over",
    "own_state",
    "plan_destinations",
    "prepare",
    "put_away",
    "read_in_place",
    "recover",
    "settled",
    "shown",
    "unchanged",
]
