"""What `doctor --learn` writes to onOffice, noted like what a run writes: where it is killed, the next run looks at it."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

from sync.domain.model import Change, ExitCode, Found, Live, RunInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.domain.model import Link, State
    from sync.ledger import Ledger


class Noted:
    """A journal for a client. It opens a run in the ledger where there is something to write, and only then."""

    def __init__(self, ledger: Ledger, office: str, now: Callable[[], float]) -> None:
        self._ledger, self._office, self._now = ledger, office, now
        self._run = self._started = ""
        self._written = 0

    def save_before(self, link: Link, before: State) -> None:
        """Write down how a link is before it is set to the same."""
        moment = dt.datetime.fromtimestamp(self._now()).astimezone()
        self._run, self._started = f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}", self._time()
        self._ledger.begin(self._run, self._office, self._started, (), carries_on=False)
        seen = Live(Found.LINKED, before, feedback_set_up=before.feedback is not None)
        self._ledger.save_before(self._run, [(Change(link, before), seen)])

    def intent(self, kind: str, actions: str, links: Sequence[Link]) -> int:
        """Note a write that is about to leave."""
        if not self._run or not links:
            return 0
        self._written += 1
        return self._ledger.intent(self._run, kind, self._time(), actions, links)

    def outcome(self, request: int, outcome: str, results: str) -> None:
        """Note what became of it."""
        if request:
            self._ledger.outcome(request, self._time(), outcome, results)

    def is_over(self) -> None:
        """Nothing is left to be looked at."""
        if self._run:
            info = RunInfo(
                self._run, self._started, self._time(), False, ExitCode.OK, self._written, self._written, 1, self._office
            )
            self._ledger.finish(info, (), ())

    def _time(self) -> str:
        return dt.datetime.fromtimestamp(self._now()).astimezone().isoformat(timespec="seconds")
