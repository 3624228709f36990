"""From what a run did to a link to the change that brings it back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.domain.model import Change, Column, Found, Live, Operation, State, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.config import Config
    from sync.ledger import AppliedChange

_KNOWN: Final = (Found.LINKED, Found.NOT_LINKED)
#: Links of these were written, perhaps, whatever the last look showed.
_PERHAPS_WRITTEN: Final = (Verdict.UNKNOWN, Verdict.NOT_SENT)


def backs(done: Iterable[AppliedChange]) -> list[Change]:
    """The changes that bring links back, by link."""
    return sorted(filter(None, map(way_back, done)), key=lambda change: change.link)


def way_back(done: AppliedChange) -> Change | None:
    """The change that brings one link back; None where the run changed nothing or nobody knows how it was.

    It expects the link as the run left it, so that what somebody did since is not taken back. What the last look did not show
    may have come later: where it was accepted, or nobody knows, the link is looked at again.
    """
    before, left = done.before, left_by(done)
    if _is_same(left, before) and (done.verdict in _PERHAPS_WRITTEN or _is_silent(done)):
        left = _as_wanted(done)
    if before.found not in _KNOWN or _is_same(left, before):
        return None
    if before.found is Found.NOT_LINKED:
        return Change(done.change.link, State(), Operation.UNLINK, expects=left)
    aim = Operation.SET if left.found is Found.LINKED else Operation.LINK
    # a status that could not be read (None) cannot be set back either
    return Change(done.change.link, before.state, aim, expects=left) if before.state or aim is Operation.LINK else None


def unknown_before(done: AppliedChange) -> tuple[Column, ...]:
    """The statuses of a link that the run may have changed and of which nobody knows how they were: they stay as they are."""
    before, (confirmation, feedback) = done.before, done.change.wanted
    if before.found not in {Found.LINKED, Found.UNREADABLE} or (done.verdict is Verdict.REJECTED and not _is_silent(done)):
        return ()
    taken = done.change.aim is Operation.UNLINK
    stays = {
        Column.CONFIRMATION: (taken or confirmation is not None) and before.state.confirmation is None,
        Column.FEEDBACK: (taken or feedback is not None) and before.state.feedback is None and before.feedback_set_up,
    }
    return tuple(column for column, unknown in stays.items() if unknown)


def _is_silent(done: AppliedChange) -> bool:
    """Whether the row was called refused for what the last look showed alone, though the API accepted it."""
    return done.verdict is Verdict.REJECTED and done.error_code is None


def left_by(done: AppliedChange) -> Live:
    """How the run left a link: as its last look saw it, else as it wanted it."""
    return _as_wanted(done) if done.after is None else done.after


def _as_wanted(done: AppliedChange) -> Live:
    if done.change.aim is Operation.UNLINK:
        return Live(Found.NOT_LINKED)
    return Live(Found.LINKED, done.change.wanted.filled_from(done.before.state))


def _is_same(one: Live, other: Live) -> bool:
    return (one.found, one.state) == (other.found, other.state)


def rules(config: Config) -> Config:
    """The configuration with the rules of an undo: links may be taken away; who said yes to the plan has seen its size."""
    own = config.rules.model_copy(
        update={"allow_delete": True, "create_missing_links": False, "max_changes": 0, "max_invalid_share": 1.0}
    )
    return config.model_copy(update={"rules": own})
