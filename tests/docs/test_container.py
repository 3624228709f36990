"""The container's description, as far as a machine without Docker can hold it to its word."""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
TEXT: Final = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINES: Final = re.sub(r"\\\n\s*", "", TEXT).splitlines()


def copied() -> list[str]:
    """What gets from the tree into the picture."""
    return [name for line in LINES if (m := re.match(r"COPY (?!--from)(.+) \S+$", line)) for name in m[1].split()]


def hadolint() -> str | None:
    beside = Path(sys.executable).with_name("hadolint.exe" if sys.platform == "win32" else "hadolint")
    return str(beside) if beside.is_file() else shutil.which("hadolint")


@pytest.mark.skipif(hadolint() is None, reason="hadolint comes with the set for developers, not with the one for tests alone")
def test_the_linter_has_nothing_to_say() -> None:
    done = subprocess.run([hadolint() or "", str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_what_is_copied_is_there_and_let_through() -> None:
    sources = copied()
    let_through = [line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"]

    assert sources
    assert all((ROOT / name).exists() for name in sources)
    assert sorted(sources) == sorted(let_through)


def test_everything_that_the_package_is_built_of_is_copied() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, wheel = pyproject["project"], pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", project["readme"], *project["license-files"], *wheel["packages"], *wheel["force-include"]}

    assert needed - set(copied()) == set()


def test_no_secret_and_no_file_of_an_office_gets_into_the_picture() -> None:
    first = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()[0]

    assert fnmatch.fnmatch("credentials.env", first)
    assert not re.search("TOKEN|SECRET|PASSWORD", TEXT)


def test_it_runs_as_nobody_special_and_installs_by_hash() -> None:
    user = next(line for line in reversed(LINES) if line.startswith("USER"))

    assert re.fullmatch(r"USER [1-9]\d{3,}:[1-9]\d{3,}", user)
    assert LINES.index(user) < LINES.index('ENTRYPOINT ["onoffice-sync"]')
    assert "--require-hashes -r constraints-runtime.txt" in TEXT
