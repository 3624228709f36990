"""What holds for all tests."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# No test is timed: speed belongs in benchmarks/, and machines that run tests are shared.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of an empty database of a PostgreSQL that is started for the tests; never absent in CI."""
    if sys.platform == "win32":
        pytest.skip("PostgreSQL is tested on systems with sockets in folders")
    spec = importlib.util.spec_from_file_location("postgresql", Path(__file__).with_name("postgresql.py"))
    assert spec
    assert spec.loader
    server = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(server)
    binaries = server.programs()
    if binaries is None:
        assert "CI" not in os.environ, "PostgreSQL is never absent in CI: apt-get install postgresql"
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with server.cluster(binaries) as address:
        yield address
