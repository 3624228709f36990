"""`python -m sync`."""

from __future__ import annotations

from sync.cli.app import main

if __name__ == "__main__":
    main()
