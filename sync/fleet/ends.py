"""The exit code of many offices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.domain.model import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What could not start or finish comes first, as somebody has to act tonight; then what a person has to mend before anything can
#: start; then what is known to be at work elsewhere; then rows for a person.
WORST_FIRST: Final = (
    ExitCode.FAILED,
    ExitCode.USAGE,
    ExitCode.ALREADY_RUNNING,
    ExitCode.ROWS_NEED_A_PERSON,
    ExitCode.OK,
)


def exit_code(codes: Iterable[ExitCode]) -> ExitCode:
    """The worst of all; all well where there is none."""
    return min(codes, key=WORST_FIRST.index, default=ExitCode.OK)
