"""Old and new of a link in words, the same in every report: its two statuses, and whether there is a link at all."""

from __future__ import annotations

from typing import NamedTuple

from sync.domain.model import Found, Operation
from sync.i18n import text

#: Confirmation and feedback.
Words = tuple[str | None, str | None]


class Status(NamedTuple):
    """One status of a link in words. `old` is None where it is not known, `new` where it is left as it is."""

    old: str | None
    new: str | None

    @property
    def differs(self) -> bool:
        """Whether something else is wanted than is known to have been there."""
        return self.new is not None and self.old != self.new


def looked(found: Found | None, words: Words) -> Words:
    """What a look showed of a link, None where that is not known; a link that is not there has no status but that."""
    if found is Found.NOT_LINKED:
        return (text("report.not_linked"),) * 2
    return words if found is Found.LINKED else (None, None)


def old_and_new(action: str, wanted: Words, found: Found | None, before: Words) -> tuple[Status, Status]:
    """Confirmation and feedback before a run and as a row or a change wants them.

    Where only the link itself is at stake, "linked" stands for what there is no word for.
    """
    linked, not_linked = text("report.linked"), text("report.not_linked")
    old = looked(found, before)
    if action == Operation.UNLINK:
        confirmation, feedback = (word or linked for word in old) if found is Found.LINKED else old
        return Status(confirmation, not_linked), Status(feedback, not_linked)
    if action == Operation.LINK and not any(wanted):
        return Status(linked if found is Found.LINKED else old[0], linked), Status(old[1], None)
    return Status(old[0], wanted[0]), Status(old[1], wanted[1])
