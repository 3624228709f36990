"""What holds for everything that examines an office."""

from __future__ import annotations

import pytest


@pytest.fixture
def samples() -> None:
    """Named by a test in which a file of every kind is read for real."""


@pytest.fixture(autouse=True)
def without_samples(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process for every kind of file, but where that is what is tested."""
    if not {"reader", "samples"} & {*request.fixturenames}:
        for name in ("try_samples", "try_packages", "through"):
            monkeypatch.setattr(f"sync.setup.doctor.machine.{name}", lambda *_: None)
