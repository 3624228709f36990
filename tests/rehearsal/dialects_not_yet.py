"""Dialects in which the job does not yet do what it should, each with what goes wrong; a test fails when one is mended and still listed."""

from __future__ import annotations

from typing import Final

NOT_YET: Final[dict[str, str]] = {}
