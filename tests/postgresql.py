"""A PostgreSQL of the tests' own: started by an unprivileged user in a folder of its own, reached by a socket there."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

USER: Final = "onoffice"
PASSWORD: Final = "pa55-of-the-database"
#: What makes a server quick that nobody has to trust after a power cut.
_QUICK: Final = ("fsync=off", "full_page_writes=off", "max_connections=40", "listen_addresses=")
#: Ends the server and clears up as soon as the tests let go of its input, also where they are killed.
_GUARD: Final = 'place=$1; shift; "$@" & server=$!; read -r _; kill -INT $server; wait $server; rm -rf "$place"'


def programs() -> Path | None:
    """Where `initdb` and `postgres` are: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "postgres").is_file()), None)


@contextmanager
def cluster(binaries: Path) -> Iterator[str]:
    """A new server; yields the address of an empty database on it."""
    place = Path(tempfile.mkdtemp(prefix="onoffice-pg-"))
    user = _unprivileged()
    if user:
        os.chown(place, pwd.getpwnam(user).pw_uid, -1)
    try:
        (place / "password").write_text(PASSWORD, encoding="utf-8")
        (place / "password").chmod(0o644)
        _run(
            user,
            [binaries / "initdb", "-D", place / "data", "-U", USER, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "-N"],
            f"--pwfile={place / 'password'}",
        )
        options = [word for setting in (*_QUICK, f"unix_socket_directories={place}") for word in ("-c", setting)]
        with (place / "log").open("wb") as log:
            command = ["sh", "-c", _GUARD, "sh", place, binaries / "postgres", "-D", place / "data", *options]
            server = subprocess.Popen(command, user=user, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/")
        try:
            _until_ready(binaries, place)
            yield f"postgresql+psycopg://{USER}:{PASSWORD}@/postgres?host={place}"
        finally:
            server.communicate(timeout=60)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _unprivileged() -> str | None:
    """PostgreSQL does not run as root: then as the user that its package made, or as nobody."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _run(user: str | None, command: list[str | Path], *more: str) -> None:
    subprocess.run([*command, *more], user=user, check=True, capture_output=True, timeout=120, cwd="/")


def _until_ready(binaries: Path, place: Path) -> None:
    for _ in range(600):
        ready = subprocess.run([binaries / "pg_isready", "-q", "-h", place, "-t", "1"], check=False, timeout=30)
        if ready.returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError(f"PostgreSQL does not start: {(place / 'log').read_text(encoding='utf-8')}")
