"""What this program is, and what it runs on."""

from __future__ import annotations

import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

DISTRIBUTION: Final = "onoffice-relation-sync"


def program_version() -> str:
    """The version of this program as it is installed, "?" where it is not."""
    return _version(DISTRIBUTION) or "?"


def python_version() -> str:
    """Which Python, where it lies, and on which system."""
    return f"Python {platform.python_version()} ({sys.executable}), {platform.platform(terse=True)}"


def packages() -> str:
    """The packages that this program asks for, with the versions that are installed, as far as they are."""
    try:
        wanted = requires(DISTRIBUTION) or []
    except PackageNotFoundError:  # run from a copy of the sources
        return ""
    names = sorted({re.split(r"[^\w.-]", line)[0] for line in wanted if "extra ==" not in line}, key=str.casefold)
    return ", ".join(f"{name} {number}" for name in names if (number := _version(name)))


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
