"""Prints a command as the docs give it: `python .ci/commands.py README.md demo`.

Such a command is the fenced block that follows the line `<!-- command: NAME -->`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


def commands(text: str) -> dict[str, str]:
    """Every marked block of a Markdown text by its name."""
    return dict(re.findall(r"^<!-- command: ([a-z-]+) -->\n+```\w+\n(.*?)```$", text, re.DOTALL | re.MULTILINE))


if __name__ == "__main__":
    sys.stdout.write(commands(Path(sys.argv[1]).read_text(encoding="utf-8"))[sys.argv[2]])
