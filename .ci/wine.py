"""What fails on Wine and works on Windows, test by test, as a plugin of pytest for the lane `.ci/windows`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The name of a test, or of one of its cases, and what Wine does there.
FAILS: Final = {
    "test_a_process_that_does_not_answer_ends_with_its_reason[yield Frame('x', None, (bytearray(2**31),))-memory]": (
        "a job object takes a limit of memory and does not keep to it"
    ),
}


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Expect the failures that are Wine's own, and tell where one is mended."""
    for item in items:
        reason = FAILS.get(item.name) or FAILS.get(item.name.partition("[")[0])
        if reason:
            item.add_marker(pytest.mark.xfail(reason=f"Wine: {reason}", strict=True))
