"""One module per command: options in, exit code out. Heavy imports stand inside, so that every command starts at once."""

from sync.cli.app import main

__all__ = ["main"]
