"""What a process of our own sets right before it does anything: its outputs, and what it never leaves behind.

A full disk or a reader that went away must not change what a run comes to, so nothing that is said may fail. And whose process it
is, of which program, on which Python.
"""

from __future__ import annotations

import contextlib
import getpass
import io
import os
import platform
import re
import select
import shutil
import stat
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.errors import PackagesMissing
from sync.i18n import as_typed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import TextIO

    from _typeshed import ReadableBuffer


#: Characters that break lines, turn the direction of writing or steer a terminal, those of ASCII excepted: nobody sees them.
_STEERING: Final = re.compile("[\x80-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]")
#: Those of ASCII, without the end of a line and the tab.
_STEERING_ASCII: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
#: Files are for the user of the job and the group of their folder: staff have to be able to edit their correction files.
UMASK: Final = 0o007
#: What a folder has that hands its group down, and lets it write.
_OF_GROUP: Final = stat.S_ISGID | stat.S_IWGRP
#: What users have in place of a shell who only run services.
_NO_SHELLS: Final = frozenset({"nologin", "false"})
_PROGRAM: Final = "onoffice-sync"
#: Where these stand, libraries write the keys of every connection to a file, or send credentials that are not ours.
_NOT_WANTED: Final = ("SSLKEYLOGFILE",)


def set_right() -> None:
    """Prepare a process that began with us: outputs that cannot fail, and all that `shield` does."""
    _open_standard_files()
    for name in ("stdout", "stderr"):
        setattr(sys, name, _unfailing(getattr(sys, name), 1 if name == "stdout" else 2))
    shield()


@contextlib.contextmanager
def for_the_group_of(folder: Path) -> Iterator[None]:
    """Where a folder hands its group down and lets it write, what is written meanwhile is for that group, and for nobody else.

    As the units say by `UMask=`; who starts the job by hand has the umask of a person. For a folder that is yet to be made, the
    nearest one above it says so.
    """
    try:
        nearest = next((place for place in (folder, *folder.parents) if place.exists()), folder)
        shared = os.name == "posix" and nearest.stat().st_mode & _OF_GROUP == _OF_GROUP
    except OSError:
        shared = False
    if not shared:
        yield
        return
    before = os.umask(UMASK)
    try:
        yield
    finally:
        os.umask(before)


def user_name() -> str:
    """The user that this process works as: a name, else a number, as a container may know no name for its user."""
    if os.name == "posix":
        import pwd  # noqa: PLC0415 - there is none on Windows

        try:
            return pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            return str(os.geteuid())
    return getpass.getuser()


def is_root() -> bool:
    """Whether this process may do whatever it wants; Windows has nobody like that."""
    return sys.platform != "win32" and os.geteuid() == 0


def is_user(name: str) -> bool:
    """Whether this machine knows a user; Windows is not asked: its users may be a domain's."""
    if os.name != "posix":
        return True
    import pwd  # noqa: PLC0415 - as above

    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


def user_to_name() -> str:
    """The user whom whoever types the next commands has to name: another one typed this for them, or nobody logs in as them."""
    typed_by = os.environ.get("SUDO_USER")
    if typed_by and typed_by != (user := getpass.getuser()):
        return user
    if os.name != "posix":
        return ""
    import pwd  # noqa: PLC0415 - as above

    try:
        own = pwd.getpwuid(os.geteuid())
    except KeyError:  # a container may know no name for its user
        return ""
    return own.pw_name if own.pw_shell.rpartition("/")[2] in _NO_SHELLS else ""


def program_to_type() -> str:
    """This program as whoever reads a command has to type it."""
    user = user_to_name()
    return f"sudo -u {user} {program()}" if user else program()


def program() -> str:
    """This program as a shell finds it: by its name, or by its path where the name leads nowhere or to another one."""
    words = program_beside(Path(sys.executable))
    found = shutil.which(_PROGRAM)
    named = found is not None and len(words) == 1 and Path(found).resolve() == Path(words[0]).resolve()
    return _PROGRAM if named else as_typed(words)


def program_beside(python: Path) -> tuple[str, ...]:
    """The command beside an interpreter; where there is none, the interpreter itself."""
    beside = python.with_name(f"{_PROGRAM}.exe" if sys.platform == "win32" else _PROGRAM)
    return (str(beside),) if beside.is_file() else (str(python), "-m", "sync")


def owner_of(path: Path) -> str:
    """Whose a file is that this user may not read; of what lies in a closed folder the folder tells. "" for root."""
    if os.name != "posix":
        return ""
    import pwd  # noqa: PLC0415 - as above

    for place in (path, *path.parents):
        with contextlib.suppress(OSError, KeyError):
            owner = place.stat().st_uid
            return pwd.getpwuid(owner).pw_name if owner not in {0, os.geteuid()} else ""
    return ""


def closed_to(user: str, path: Path, wanted: int) -> Path | None:
    """What surely keeps a user from `path`: a folder on the way to it, or itself. `wanted` is as for `os.access`.

    None where nothing does, or where it cannot be known: whoever asks may not look, or an access list decides.
    """
    import pwd  # noqa: PLC0415 - as above

    try:
        known = pwd.getpwnam(user)
    except KeyError:
        return None
    groups = os.getgrouplist(user, known.pw_gid)
    path = path.resolve()
    for place, bits in [*((place, os.X_OK) for place in reversed(path.parents)), (path, wanted)]:
        try:
            info = place.stat()
        except OSError:
            return None
        shift = 6 if info.st_uid == known.pw_uid else 3 if info.st_gid in groups else 0
        if known.pw_uid and (info.st_mode >> shift) & bits != bits and not _has_access_list(place):
            return place
    return None


def _has_access_list(path: Path) -> bool:
    """Whether more than owner, group and mode say who may open it; where nobody can ask, that may be."""
    if sys.platform != "linux":
        return True
    with contextlib.suppress(OSError):
        return bool(os.getxattr(path, "system.posix_acl_access"))
    return False


def shield() -> None:
    """Prepare any process of ours: no image of its memory on the disk, no keys in a file, no `.netrc`."""
    for name in _NOT_WANTED:
        os.environ.pop(name, None)
    os.environ["NETRC"] = os.devnull
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each would take its memory at once, and none is needed
    _leave_no_core()


def _leave_no_core() -> None:
    """Let the system write no image of this process' memory, which holds token and secret; Windows writes none by itself."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - there is none on Windows

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def spelled(text: str) -> str:
    """The text with everything spelled out in it that steers a terminal unseen."""
    return _STEERING.sub(_name, text)


def spelled_out(text: str) -> str:
    """As `spelled`, for a text that is to hold no colours: what steers in ASCII is spelled out as well."""
    return _STEERING_ASCII.sub(_name, spelled(text))


def _name(found: re.Match[str]) -> str:
    return f"<U+{ord(found[0]):04X}>"


def _open_standard_files() -> None:
    """Give closed standard files a place: else the next file that is opened, the ledger say, becomes the output."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one


class _Lossy(io.FileIO):
    """An output whose writes are lost where they fail. One that does not block, as some programs hand it on, is waited for."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            while (written := super().write(data)) is None:
                select.select([], [self], [])
        except OSError:
            return memoryview(data).nbytes
        return written


class _Screen(io.TextIOWrapper):
    """A text output that spells out what steers terminals."""

    def write(self, text: str) -> int:
        super().write(text if text.isascii() else spelled(text))
        return len(text)


def _unfailing(stream: TextIO | None, number: int) -> TextIO:
    if stream is None:  # was closed when Python started
        return _Screen(io.BufferedWriter(_Lossy(number, "w", closefd=False)), "utf-8", "backslashreplace")
    with contextlib.suppress(OSError):
        stream.flush()
    to_people = stream.isatty()
    raw = _Lossy(number, "w", closefd=False)
    buffer = stream.buffer if to_people and sys.platform == "win32" else io.BufferedWriter(raw)
    return _Screen(buffer, stream.encoding, stream.errors, line_buffering=to_people or number == 2)  # noqa: PLR2004 - stderr


# What this program is, and what it runs on.


DISTRIBUTION: Final = "onoffice-relation-sync"


@cache
def program_version() -> str:
    """The version of this program as it is installed, "?" where it is not."""
    return _version(DISTRIBUTION) or "?"


def python_version() -> str:
    """Which Python, where it lies, and on which system."""
    return f"Python {platform.python_version()} ({sys.executable}), {platform.platform(terse=True)}"


def packages(only: Collection[str] = ()) -> str:
    """The packages that this program asks for, or some of them, with the versions that are installed, as far as they are."""
    try:
        wanted = requires(DISTRIBUTION) or []
    except PackageNotFoundError:  # run from a copy of the sources
        return ""
    names = sorted({re.split(r"[^\w.-]", line)[0] for line in wanted if "extra ==" not in line}, key=str.casefold)
    return ", ".join(f"{name} {number}" for name in names if (not only or name in only) and (number := _version(name)))


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


#: What has to be there for every run: how a package is imported, and its name where it is not the same.
_IMPORTED: Final = {
    **dict.fromkeys(("apprise", "filelock", "jinja2", "keyring", "lxml", "olefile", "openpyxl", "pandas", "platformdirs"), ""),
    **dict.fromkeys(("pydantic", "pyxlsb", "rapidfuzz", "requests", "rich", "starlette", "tenacity", "tomlkit", "typer"), ""),
    **dict.fromkeys(("uvicorn", "xlrd"), ""),
    "dotenv": "python-dotenv",
    "msoffcrypto": "msoffcrypto-tool",
    "python_calamine": "python-calamine",
    "xlsxwriter": "XlsxWriter",
    **({"tzdata": ""} if sys.platform == "win32" else {}),
    # without these, some of those above do not start
    **dict.fromkeys(("markupsafe", "numpy", "urllib3"), ""),
}


def missing_packages() -> list[str]:
    """The packages without which no run can end as it should, as far as they are not there; looks for them and imports none."""
    return [package or name for name, package in _IMPORTED.items() if find_spec(name) is None]


def require_packages() -> None:
    """Let nothing begin that would break off for want of a package. Raises PackagesMissing."""
    if missing := missing_packages():
        raise PackagesMissing(missing, to_install(missing))


def missed(error: BaseException | None) -> PackagesMissing | None:
    """What an error comes to that is one of a package that is not there; None where it is something else."""
    while error is not None:
        name = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
        if name and name not in {"sync", *sys.stdlib_module_names}:
            missing = missing_packages() or [_IMPORTED.get(name) or name]
            return PackagesMissing(missing, to_install(missing))
        error = error.__cause__ or error.__context__
    return None


def to_install(missing: Sequence[str]) -> str:
    """The command that installs packages, also those that pip takes for installed because half of them is there."""
    return as_typed([sys.executable, "-m", "pip", "install", "--force-reinstall", "--no-deps", *missing])
