"""The commands, a few to a module: options in, exit code out. Heavy imports stand inside, so that each command starts at once."""

from sync.cli.app import main

__all__ = ["main"]
