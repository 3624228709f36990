"""The commands, a few to a module: options in, exit code out. Heavy imports stand inside, so that each command starts at once."""

from __future__ import annotations

import sys
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run a command and leave with its exit code, also where a package is missing without which no command can be read."""
    try:
        from sync.cli.app import main as run
    except ModuleNotFoundError as error:
        from sync.i18n import speak, system_language
        from sync.system.process import missed

        speak(system_language())
        if missing := missed(error):
            sys.stderr.write(f"{missing}\n")
            sys.exit(int(missing.exit_code))
        raise
    run()
