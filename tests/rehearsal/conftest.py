"""The office, the simulator and the processes of the job's tests, with worlds made up by dice."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Final

import pytest

from sync.job import check
from tests.job.conftest import Office, api, kit, office, spawn  # noqa: F401 - fixtures of the job's tests

if TYPE_CHECKING:
    from collections.abc import Callable

#: `REHEARSAL_SEED=20261124 pytest tests/rehearsal` throws the same dice again.
SEED: Final = int(os.environ.get("REHEARSAL_SEED", "20261124"))


@pytest.fixture(autouse=True)
def _no_file_answers_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here it is the dice that kill runs, time and again while they read the same file."""
    monkeypatch.setattr(check, "MOST_DEATHS", 1_000)


@pytest.fixture
def dice() -> Callable[[int], random.Random]:
    """Dice for one case of many; the seed stands in the output of a test that fails. How long the job pauses hangs on it, too."""

    def thrown(number: int) -> random.Random:
        print(f"REHEARSAL_SEED={SEED}, case {number}")  # noqa: T201 - shown by pytest when a test fails
        random.seed(f"{SEED}-{number}")
        return random.Random(f"{SEED}-{number}")  # noqa: S311 - repeatable on purpose

    return thrown
