"""What has to hold before a change goes in, in parts: `nox --list` names them, `nox -s developer` runs one, `.ci/run` runs all.

Each runs blocks of README.md and CONTRIBUTING.md exactly as they stand there, so what the docs promise is what is tried, in a
copy of the tree that holds nothing but what git knows or would add. `PYTHON` names the interpreter; python3 without it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nox

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / ".ci"))

from commands import commands  # noqa: E402 - lies in .ci, which is no package

nox.options.default_venv_backend = "none"
nox.options.sessions = ["developer", "user"]

DEBIAN_PYTHON = Path("/usr/bin/python3")
#: What an interpreter says of itself, if it can make a virtual environment and is no trial version.
ABOUT = "import sys, ensurepip; assert sys.version_info.releaselevel == 'final'; print(*sys.version_info[:3])"


@nox.session
def user(session: nox.Session) -> None:
    """The README's two commands: demo and all tests, thoroughly, with the newest version of every package, whatever is pinned."""
    session.env["THOROUGH"] = "1"
    with _copy() as copy:
        _documented(session, copy, "README.md", "demo", "tests")


@nox.session
def debian(session: nox.Session) -> None:
    """The README's two commands on Debian's own Python."""
    if not DEBIAN_PYTHON.exists():
        session.skip(f"no {DEBIAN_PYTHON} on this machine")
    with _copy() as copy:
        _documented(session, copy, "README.md", "demo", "tests", python=DEBIAN_PYTHON)


@nox.session
def newest(session: nox.Session) -> None:
    """The demo and the quick half of the tests on the newest Python of this machine."""
    version, python = _newest_python()
    if version == _version(_python()):
        session.skip(f"no newer Python than {'.'.join(map(str, version))} on this machine")
    _quick(session, python)


@nox.session
def developer(session: nox.Session) -> None:
    """What CONTRIBUTING.md asks of a change: format, linters, types."""
    with _copy() as copy:
        _documented(session, copy, "CONTRIBUTING.md", "set-up", "checks")


@nox.session
def bounds(session: nox.Session) -> None:
    """The quick half of the tests with the lowest versions of all packages that pyproject.toml allows."""
    with _copy() as copy:
        _documented(session, copy, "CONTRIBUTING.md", "lowest-bounds")


@nox.session
def installs(session: nox.Session) -> None:
    """Every documented way to install it, and the installed command in another folder."""
    with _copy() as copy, tempfile.TemporaryDirectory() as elsewhere:
        _documented(session, copy, "CONTRIBUTING.md", "reproducible-install", "wheel", "pipx")
        samples = [str(copy / "sample_data" / name) for name in ("besichtigungen_dezember.xlsx", "termine_muenchen.csv")]
        session.chdir(elsewhere)
        for environment in (".venv", ".venv-wheel"):
            command = str(copy / environment / "bin/onoffice-sync")
            session.run(command, "--version", external=True)
            session.run(command, "check", *samples, external=True)
            session.run(command, "demo", "--into", f"demo{environment}", external=True)
        session.run(str(copy / ".venv-pipx/commands/onoffice-sync"), "--help", external=True)


@nox.session
def replay(session: nox.Session) -> None:
    """What docs/install-linux.md says, word for word, on a bare Debian 12; `nox -s replay -- shares` with a Samba server, too."""
    if os.name != "posix" or os.geteuid():
        session.skip("only root can make a Debian in a folder and enter it")
    with _copy() as copy, tempfile.TemporaryDirectory() as directory:
        session.chdir(copy)
        session.run(str(DEBIAN_PYTHON), "-m", "venv", f"{directory}/venv", external=True)
        options = ["--no-deps", "--require-hashes", "-r", "constraints-runtime.txt", "--dest", f"{directory}/wheels"]
        session.run(f"{directory}/venv/bin/pip", "download", *options, external=True)
        session.run(sys.executable, ".ci/install_page.py", str(copy), f"{directory}/wheels", *session.posargs, external=True)


@nox.session
def prefect(session: nox.Session) -> None:
    """The flow for Prefect, in an environment of its own."""
    with _copy() as copy:
        _documented(session, copy, "CONTRIBUTING.md", "prefect")


@nox.session
def windows(session: nox.Session) -> None:
    """A Windows Python under Wine: the demo and a part of the tests; `nox -s windows -- tests` for the whole suite."""
    with _copy() as copy, session.chdir(copy):
        session.run(".ci/windows", *session.posargs, external=True)


def _quick(session: nox.Session, python: Path) -> None:
    with _copy() as copy:
        _documented(session, copy, "README.md", "demo", python=python)
        _documented(session, copy, "CONTRIBUTING.md", "quick", python=python)


def _documented(session: nox.Session, copy: Path, file: str, *names: str, python: Path | None = None) -> None:
    """Run blocks of the docs in a copy of the tree, where `python3` is the interpreter asked for."""
    python = python or _python()
    blocks = commands((copy / file).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as directory:
        called = Path(directory, "python3")
        called.write_text(f'#!/bin/sh\nexec {shlex.quote(str(python))} "$@"\n', encoding="utf-8")
        called.chmod(0o755)
        env = {"PATH": f"{directory}{os.pathsep}{os.environ['PATH']}"}
        for name in names:
            session.log(f"{file}: {name}, on {python}\n{blocks[name]}")
            with session.chdir(copy):
                session.run("bash", "-euo", "pipefail", "-c", blocks[name], env=env, external=True)


def _python() -> Path:
    """The interpreter that the docs' `python3` stands for, outside of any virtual environment of nox' own."""
    asked = os.environ.get("PYTHON", "python3")
    found = shutil.which(asked)
    if found is None:
        message = f"PYTHON={asked}: there is no such command"
        raise SystemExit(message)
    tell = "import os, sys; print(os.path.realpath(sys.executable))"
    return Path(subprocess.run([found, "-c", tell], check=True, capture_output=True, text=True).stdout.strip())


def _newest_python() -> tuple[tuple[int, ...], Path]:
    """Version and path of the newest interpreter on the PATH or among those that pyenv keeps."""
    named = [shutil.which(f"python3.{minor}") for minor in range(11, 30)]
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions").glob("3.*/bin/python3")
    there = [_python(), *(Path(path) for path in named if path), *kept]
    return max((version, path) for path in there if (version := _version(path)))


def _version(python: Path) -> tuple[int, ...]:
    """The version of an interpreter; () where it does not work, as pyenv's stand-in for one that is not chosen."""
    done = subprocess.run([python, "-c", ABOUT], check=False, capture_output=True, text=True)
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else ()


@contextmanager
def _copy() -> Iterator[Path]:
    """A copy of what git knows or would add, that goes when it is no longer needed."""
    listed = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    with tempfile.TemporaryDirectory(prefix="onoffice-sync-") as directory:
        copy = Path(directory, "tree")
        for name in filter(None, names):
            if (ROOT / name).is_file():
                target = copy / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target, follow_symlinks=False)
        yield copy
