"""The nightly start by what the system has for it: systemd, cron, the Windows Task Scheduler.

The command line knows `Kind` before anything else is needed, so nothing heavy is imported here; `offer` does the work.
"""

from __future__ import annotations

import sys
from enum import StrEnum


class Kind(StrEnum):
    """What starts the job."""

    SYSTEMD = "systemd"
    CRON = "cron"
    WINDOWS = "windows"


def usual() -> Kind:
    """What this system usually has."""
    if sys.platform == "win32":
        return Kind.WINDOWS
    return Kind.SYSTEMD if sys.platform == "linux" else Kind.CRON
