"""The API's stand-in for the demo, for tests and for rehearsals. Knows nothing of the client.

`serve` runs it until it is ended, `running` beside a block of code. The server itself is imported where one of them is first
asked for: the command line needs to know the options at every start, the server hardly ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.simulator.protocol import BadInput

if TYPE_CHECKING:
    from sync.simulator.server import DEFAULT_SECRET, DEFAULT_TOKEN, Running, running, serve

__all__ = ["DEFAULT_SECRET", "DEFAULT_TOKEN", "BadInput", "Running", "running", "serve"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever is asked for
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sync.simulator import server  # noqa: PLC0415 - as told above

    return getattr(server, name)
