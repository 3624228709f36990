"""Before the first night: the configuration, the doctor, the nightly start.

The command line knows `Scheduler` before anything else is needed, so nothing heavy is imported here.
"""

from __future__ import annotations

import sys
from enum import StrEnum


class Scheduler(StrEnum):
    """What starts the job."""

    SYSTEMD = "systemd"
    CRON = "cron"
    WINDOWS = "windows"


def usual() -> Scheduler:
    """What this system usually has."""
    if sys.platform == "win32":
        return Scheduler.WINDOWS
    return Scheduler.SYSTEMD if sys.platform == "linux" else Scheduler.CRON
