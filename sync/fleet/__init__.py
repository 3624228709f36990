"""Many offices on one machine: every configuration of a folder is an office of its own, some of them at once.

Rooms::

    offices   which offices there are, which of them stand in each other's way, the exit code of all
    pool      one office from its configuration to its result; the processes: one that dies costs the office it worked on

What people read about it is in `sync.report.page.fleet`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.fleet import pool
from sync.fleet.offices import WORST_FIRST, Office, exit_code, offices_in
from sync.fleet.pool import NEEDS, died, not_begun, work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.job.context import Stopper
    from sync.report.page.fleet import OfficeResult

__all__ = ["WORST_FIRST", "Office", "exit_code", "offices_in", "run_all"]


def run_all(offices: Sequence[Office], jobs: int, stopper: Stopper) -> Iterator[OfficeResult]:
    """Run every office, `jobs` of them at once; yields each one's result as soon as it is there, and none is forgotten.

    Once `stopper` has been asked, no other office begins, and those at work end after their request in flight.
    """
    for office, end in pool.side_by_side(work, offices, jobs, stopper, NEEDS):
        if isinstance(end, pool.Died):
            yield died(office, end.exit_code)
        else:
            yield end or not_begun(office)
