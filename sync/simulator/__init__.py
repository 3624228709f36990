"""The API's stand-in for the demo, for tests and for rehearsals. Knows nothing of the client.

`serve` runs it until it is ended, `running` beside a block of code.
"""

from __future__ import annotations

from sync.simulator.checks import BadInput
from sync.simulator.server import DEFAULT_SECRET, DEFAULT_TOKEN, Running, running, serve

__all__ = ["DEFAULT_SECRET", "DEFAULT_TOKEN", "BadInput", "Running", "running", "serve"]
