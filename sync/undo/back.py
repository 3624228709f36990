"""From what a run did to a link to the change that brings it back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.model import Aim, Change, Found, Live, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.config import Config
    from sync.ledger import Done

_KNOWN: Final = (Found.LINKED, Found.NOT_LINKED)


def backs(done: Iterable[Done]) -> list[Change]:
    """The changes that bring links back, by link."""
    return sorted(filter(None, map(way_back, done)), key=lambda change: change.link)


def way_back(done: Done) -> Change | None:
    """The change that brings one link back; None where the run changed nothing or nobody knows how it was.

    It expects the link as the run left it, so that what somebody did since is not taken back.
    """
    before, left = done.before, left_by(done)
    if before.found not in _KNOWN or (left.found, left.state) == (before.found, before.state):
        return None
    if before.found is Found.NOT_LINKED:
        return Change(done.change.link, State(), Aim.UNLINK, expects=left)
    aim = Aim.SET if left.found is Found.LINKED else Aim.LINK
    # a status that could not be read (None) cannot be set back either
    return Change(done.change.link, before.state, aim, expects=left) if before.state or aim is Aim.LINK else None


def left_by(done: Done) -> Live:
    """How the run left a link: as its last look saw it, else as it wanted it."""
    if done.after is not None:
        return done.after
    if done.change.aim is Aim.UNLINK:
        return Live(Found.NOT_LINKED)
    wanted, was = done.change.wanted, done.before.state
    return Live(Found.LINKED, State(wanted.confirmation or was.confirmation, wanted.feedback or was.feedback))


def rules(config: Config) -> Config:
    """The configuration with the rules of an undo: links may be taken away; who said yes to the plan has seen its size."""
    own = config.rules.model_copy(
        update={"allow_delete": True, "create_missing_links": False, "max_changes": 0, "max_invalid_share": 1.0}
    )
    return config.model_copy(update={"rules": own})
