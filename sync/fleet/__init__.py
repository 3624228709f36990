"""Many offices on one machine: every configuration of a folder is an office of its own, some of them at once.

What people read about it is in `sync.report.page.index`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.fleet.offices import NEEDS, WORST_FIRST, Died, Office, died, exit_code, not_begun, offices_in, side_by_side, work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.job.context import Stopper
    from sync.report.page.index import OfficeResult

__all__ = ["WORST_FIRST", "Office", "exit_code", "offices_in", "run_all"]


def run_all(offices: Sequence[Office], jobs: int, stopper: Stopper) -> Iterator[OfficeResult]:
    """Run every office, `jobs` of them at once; yields each one's result as soon as it is there, and none is forgotten.

    Once `stopper` has been asked, no other office begins, and those at work end after their request in flight.
    """
    for office, end in side_by_side(work, offices, jobs, stopper, NEEDS):
        if isinstance(end, Died):
            yield died(office, end.exit_code)
        else:
            yield end or not_begun(office)
