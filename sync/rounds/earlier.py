"""What earlier runs made of the same files and links.

Answers that onOffice has given are not asked for again, night after night; wishes are out of date where an earlier run had
brought them about, and a later run or a person has changed that since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import FINE, Blocker, Code, Found, Link, LinkHistory, Operation, State, Verdict, as_set_since, set_since

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sync.domain.model import Change, Checked, Live
    from sync.ledger import AppliedChange, BroughtAbout, Memory


#: As if it had been accepted as often as it takes to be sent no more.
_OFTEN = 2


def answers(checked: Checked, memory: Memory) -> Mapping[Link, AppliedChange]:
    """What onOffice said to links that only files ask for which were dropped before, and that ask for the same as then.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    again = np.array([file.dropped_before is not None for file in checked.files], dtype=bool)
    if not again.any():
        return {}
    fresh = {*checked.rows.change[~again[checked.rows.file]].tolist()}
    found = {}
    for file in checked.files:
        for done in memory.answers(file.sha256) if file.dropped_before else ():
            link, was = done.change.link, done.change
            place = checked.changes.place(link)
            if place is None or place in fresh:
                continue
            change = checked.changes[place]
            if (change.wanted, change.aim) == (was.wanted, was.aim):
                found[link] = done
    return found


def past(done: AppliedChange, live: Live) -> LinkHistory | None:
    """What is known of a link by an earlier answer, where it is as it was left then; None where it is not."""
    if live.found is Found.UNREADABLE or done.after is None:
        holds = live.found is Found.UNREADABLE and done.after is None
    else:
        holds = (live.found, live.state) == (done.after.found, done.after.state)
    if not holds:
        return None
    missing = done.change.wanted.differs_from(live.state)
    if done.verdict is Verdict.UNKNOWN and live.state.filled_from(missing) != live.state:
        return None  # what is missing cannot be read: it may be there
    refused = done.error_code is not None
    accepted, code = 0 if refused else _OFTEN, done.error_code
    return LinkHistory(accepted=accepted, refused=refused, error_code=code, from_before=True, named_feedback=not refused)


@dataclass(frozen=True)
class Again:
    """The links that only files ask for which a run has dealt with before: what was done, and what was left undone.

    `undone` says which runs may have decided about each since a file that asks for it was dropped for the first time.
    """

    done: frozenset[Link] = frozenset()
    undone: Mapping[Link, AbstractSet[str]] = field(default_factory=dict)


NOTHING_AGAIN: Final = Again()


def dropped_again(checked: Checked, memory: Memory) -> Again:
    """Tell the links of files that are there again; what an earlier program did not note is told of as nothing.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    before = {at: file.dropped_before for at, file in enumerate(checked.files) if file.dropped_before}
    if not before:
        return NOTHING_AGAIN
    rows = checked.rows
    again = np.isin(rows.file, [*before])
    fresh = {*rows.change[~again].tolist()}
    noted = {run: memory.undone(run) for run in {*before.values()}}
    done: set[Link] = set()
    undone: dict[Link, AbstractSet[str]] = {}
    since = cache(memory.since)
    for place, file in zip(rows.change[again].tolist(), rows.file[again].tolist(), strict=True):
        run = before[file]
        left = noted[run]
        if place < 0 or place in fresh or left is None:
            continue
        link = checked.changes.link(place)
        if link in left:
            undone[link] = undone.get(link, frozenset()) | since(checked.files[file].sha256)
        else:
            done.add(link)
    return Again(frozenset(done), undone)


def undone(checked: Checked) -> Iterable[Link]:
    """The links of which rows asked for what a run did not do; those that an earlier one had done are not among them."""
    if checked.verdicts is None:
        return ()
    rows = checked.rows
    some = (
        ~np.isin(checked.verdicts.verdict.astype(str), [*FINE, Verdict.INVALID])
        & (rows.appointment_id > 0)
        & (rows.address_id > 0)
    )
    problems = checked.problems.some(checked.problems.code == Code.OLD_FILE)
    since = np.array([bool(set_since(str(hint))) for hint in problems.hint.tolist()], dtype=bool)
    some[problems.at[~since]] = False
    return {Link(*ids) for ids in zip(rows.appointment_id[some].tolist(), rows.address_id[some].tolist(), strict=True)}


def held_back(wishes: Iterable[tuple[Change, Live]], memory: Memory, again: Again) -> Mapping[Link, Blocker]:
    """What keeps wishes from being sent that are out of date, with the run that had brought them about or set it otherwise since.

    `wishes` are those that the live state does not fulfil. A row that says which state its author has seen is never out of date.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    open_ = {change.link: (change, live) for change, live in wishes if not change.handed_out and change.expects is None}
    runs: dict[Link, str | None] = dict.fromkeys(link for link in again.done if link in open_ and _may_be_old(*open_[link]))
    for done in memory.brought_about(open_.keys()):
        change, live = open_[done.link]
        if _is_old(change, live, done) or (done.link in runs and done.aim is change.aim is not Operation.SET):
            runs[done.link] = done.run
        elif done.run in again.undone.get(done.link, ()) and _is_otherwise(change, live, done):
            runs[done.link] = as_set_since(done.run)
    return {link: Blocker(Code.OLD_FILE, _shown(*open_[link]), run) for link, run in runs.items()}


def last_set(links: Collection[Link], memory: Memory) -> Mapping[Link, State]:
    """The words that runs were the last to set links to, as looks proved; None for a status that none has set.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    found: dict[Link, State] = {}
    for done in memory.brought_about(links):
        gone = done.aim is Operation.UNLINK
        found[done.link] = State() if gone else done.words.filled_from(found.get(done.link, State()))
    return found


def _may_be_old(change: Change, live: Live) -> bool:
    """Whether a look shows that a link is not as a row wants it that was fulfilled once."""
    if live.found is Found.NOT_LINKED:
        return change.aim is Operation.LINK
    return live.found is Found.LINKED


def _is_old(change: Change, live: Live, done: BroughtAbout) -> bool:
    """Whether a run had set a word that a change wants and that the link has no more."""
    if live.found is not Found.LINKED or Operation.UNLINK in {change.aim, done.aim}:
        return False
    missing: Sequence[str | None] = change.wanted.differs_from(live.state)
    return any(word is not None and word == was for word, was in zip(missing, done.words, strict=True))


def _is_otherwise(change: Change, live: Live, done: BroughtAbout) -> bool:
    """Whether a run has set what a change wants otherwise."""
    if Operation.UNLINK in {change.aim, done.aim}:
        return change.aim is not done.aim
    missing: Sequence[str | None] = change.wanted.differs_from(live.state)
    return any(word is not None and was is not None for word, was in zip(missing, done.words, strict=True))


def _shown(change: Change, live: Live) -> str:
    """What onOffice has in the place of what a change wants."""
    pairs = zip(live.state.words, change.wanted.differs_from(live.state), strict=True)
    return ", ".join(word for word, missing in pairs if word and missing)
