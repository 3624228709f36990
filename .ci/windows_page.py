"""Follows docs/install-windows.md from its first line to its last, word for word, on the Python that it is run with.

It needs a `py` on the path. Where Wine is no Windows, `WINE` tells what is left out; what it is given is a folder of packages
that stand in for those that Wine cannot load once the page has installed them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from install_page import SEED

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "install-windows.md"
SCRIPTS: Final = r"C:\onoffice-sync\Scripts"
TOKEN, SECRET = "token-of-the-page", "secret-of-the-page"

#: Lines that are not run, by what they start.
WINE: Final = {"runas ": "Wine has one user only", " schedule windows ": "Wine registers no tasks", "schtasks ": "and has none"}
#: What the person is asked: nothing but Enter, the address of the API, and whether to store token and secret at once.
ADDRESS_AT, NO_AT, ANSWERS = 7, (9, 10), 14
#: What a line may come to besides 0: after `init` token and secret are still missing, which its doctor says.
ALSO_WELL: Final = {"init": {2, 3}, "doctor": {3}}


def lines() -> list[str]:
    """What the page has people type."""
    blocks = re.findall(r"^```powershell\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


def typed(line: str, address: str) -> str:
    """What the person types when the line asks."""
    if " init " in line:
        answers = [address if at == ADDRESS_AT else "n" if at in NO_AT else "" for at in range(ANSWERS)]
        return "\n".join(answers) + "\n"
    return TOKEN if line.endswith("ONOFFICE_TOKEN") else SECRET


def run(line: str, address: str = "") -> None:
    """Run a line as a person would, and end where it fails."""
    sys.stdout.write(f"> {line}\n")
    sys.stdout.flush()
    done = subprocess.run(line, shell=True, cwd=ROOT, input=typed(line, address).encode(), check=False)  # noqa: S602 - the page's
    well = {0}.union(*(codes for word, codes in ALSO_WELL.items() if f" {word} " in line))
    if done.returncode not in well:
        sys.exit(f"{PAGE.name}: this line came to {done.returncode}: {line}")


def main() -> None:
    """The page, on a machine that knows nothing of us."""
    for folder in (r"C:\onoffice-sync", r"C:\ProgramData\onoffice-sync"):
        shutil.rmtree(folder, ignore_errors=True)
    todo = [line for line in lines() if not any(start in line for start in WINE)]
    program = next(at for at, line in enumerate(todo) if line.endswith(" demo"))
    for line in todo[:program]:
        run(line)
    os.environ["PYTHONPATH"] = sys.argv[1]
    with TemporaryDirectory() as folder:
        seed = Path(folder, "seed.json")
        seed.write_text(json.dumps(SEED), encoding="utf-8")
        command = [rf"{SCRIPTS}\onoffice-sync.exe", "simulate", "--token", TOKEN, "--secret", SECRET, "--seed", str(seed)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
            try:
                address = (simulator.stdout.readline() if simulator.stdout else "").split()[-1]
                for line in todo[program:]:
                    run(line, address)
            finally:
                simulator.kill()


if __name__ == "__main__":
    main()
