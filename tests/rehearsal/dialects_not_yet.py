"""Dialects in which the job does not yet do what it should, each with what goes wrong.

A test fails when one of them is mended and still listed here.
"""

from __future__ import annotations

from typing import Final

NOT_YET: Final[dict[str, str]] = {}

#: The same for what an office speaks one night, and from the next one on.
CHANGES_NOT_YET: Final[dict[tuple[str, str], str]] = {}

#: The same for docs/onoffice-rights.md.
RIGHTS_NOT_YET: Final[dict[str, str]] = {}
