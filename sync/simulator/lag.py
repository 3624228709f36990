"""Reads that lag behind writes: a copy of the records that follows them some time later, as a replica does."""

from __future__ import annotations

import copy
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.domain.model import Link
    from sync.simulator.records import Contact, Records


class Replica:
    """A copy of the records as they were, to which writes are brought as they grow old enough. Times in seconds."""

    def __init__(self, records: Records) -> None:
        self._records = copy.deepcopy(records)
        self._writes: deque[tuple[float, Link, Contact | None]] = deque()

    def note(self, at: float, link: Link, contact: Contact | None) -> None:
        """Remember how a link was left by a write, None where it is gone."""
        self._writes.append((at, link, copy.copy(contact)))

    def as_of(self, at: float) -> Records:
        """The records with every write up to a moment."""
        while self._writes and self._writes[0][0] <= at:
            _, link, contact = self._writes.popleft()
            if contact is not None:
                self._records.add(link, contact)
            elif self._records.contact(link) is not None:
                self._records.remove(link)
        return self._records
