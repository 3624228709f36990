"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# No test is timed: speed belongs in benchmarks/, and machines that run tests are shared.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
