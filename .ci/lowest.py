"""Prints constraints that hold every dependency of pyproject.toml at its lower bound, for pip's `--constraint`."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

if __name__ == "__main__":
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for group in (project["dependencies"], *project["optional-dependencies"].values()):
        sys.stdout.writelines(f"{dependency.replace('>=', '==')}\n" for dependency in group if ">=" in dependency)
