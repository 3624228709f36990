"""The shell completes commands and options, as the docs tell to set it up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]


def completed(shell: str, words: str) -> str:
    """What the command answers to a shell that asks how these words go on."""
    script = "import sys; sys.argv = ['onoffice-sync', *sys.argv[1:]]; from sync.cli.app import main; main()"
    asked = {
        "_ONOFFICE_SYNC_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
        "_TYPER_COMPLETE_ARGS": words,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"} | asked,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_are_completed(shell: str) -> None:
    said = completed(shell, "onoffice-sync s")

    assert all(command in said for command in ("schedule", "simulate"))
    assert "doctor" not in said


def test_options_are_completed() -> None:
    assert completed("bash", "onoffice-sync run --dr").split() == ["--dry-run"]
