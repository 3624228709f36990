"""The first configuration: the example with a person's answers in it, and a safe place for the credentials."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.config import KEYRING_SERVICE, FolderNames
from sync.errors import SyncError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_EXAMPLE: Final = "config.example.toml"
_HINT: Final = "Copy this file to config.toml and change"
_WRITTEN: Final = "Written by `onoffice-sync init`; change"
_PROGRAM: Final = "onoffice-sync"


def example() -> str:
    """The example configuration, which holds every key with its default and what it is for."""
    packed = Path(__file__).parents[1] / f"_{_EXAMPLE}"
    path = packed if packed.is_file() else Path(__file__).parents[2] / _EXAMPLE
    return path.read_text(encoding="utf-8")


def filled(answers: Mapping[str, str | int]) -> str:
    """The example with other values for some keys, given by their path in the file (`folders.drop`).

    Raises:
        KeyError: the example has no such key.
    """
    left, section, lines = dict(answers), "", []
    for line in example().replace(_HINT, _WRITTEN).splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = f"{heading[1]}."
        key = re.match(r"(\w+) = ", line)
        path = f"{section}{key[1]}" if key else ""
        lines.append(f"{path.rpartition('.')[2]} = {_toml(left.pop(path))}" if path in left else line)
    if left:
        raise KeyError(*left)
    return "\n".join(lines) + "\n"


def usual_places(base: Path) -> tuple[str, str]:
    """Where drop and state folder usually are of an office whose configuration lies in `base`, as it may stand in the file.

    Beside the configuration; but nothing that changes belongs below `/etc` (Filesystem Hierarchy Standard): an office in `/etc/x`
    has what staff use in `/srv/x` and its state in `/var/lib/x`.
    """
    usual, system = FolderNames(), Path("/etc")
    if not base.is_relative_to(system):
        return usual.drop, usual.state
    own = base.relative_to(system) if base != system else Path(_PROGRAM)
    return str(Path("/srv", own, usual.drop)), str(Path("/var/lib", own))


def beside(folder: str, name: str) -> str:
    """A folder of another name in the same place, as it may stand in the file; inside where the place is a whole drive."""
    place = Path(folder).parent
    return str((Path(folder) if place == Path(place.anchor) and place.anchor else place) / name)


def _toml(value: str | int) -> str:
    """A value as TOML; a text with backslashes, as Windows paths have them, stands as it is in single quotes."""
    if isinstance(value, str) and "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def keyring_is_there() -> bool:
    """Whether this user has a keyring that keeps anything; a server often has none."""
    import keyring  # noqa: PLC0415 - slow to import and seldom needed

    return float(keyring.get_keyring().priority) > 0


def store_in_keyring(credentials: Mapping[str, str]) -> None:
    """Put token and secret, by the names of their variables, into this user's keyring.

    Raises:
        SyncError: the keyring did not take them.
    """
    import keyring  # noqa: PLC0415 - slow to import and seldom needed
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        for name, value in credentials.items():
            keyring.set_password(KEYRING_SERVICE, name, value)
    except KeyringError as error:
        raise SyncError(str(error) or type(error).__name__) from None


def names_in_file(path: Path, names: Iterable[str]) -> list[str]:
    """Those of the names that a file of credentials sets already.

    Raises:
        SyncError: the file cannot be read.
    """
    text = _text_of(path)
    return [name for name in names if _line_of(name).search(text)]


def store_in_file(path: Path, credentials: Mapping[str, str]) -> None:
    """Put token and secret into a file that nobody but this user may read, as systemd and a shell take it.

    Everything else in the file stays as it is: it may hold the variables of other offices.

    Raises:
        SyncError: the file cannot be read or written, or a value holds what neither of the two could read.
    """
    if not all(re.fullmatch(r"[!-&(-~]+", value) for value in credentials.values()):
        raise SyncError("Token and secret are made of letters, digits and signs, without quotation marks and blanks.")
    text = _text_of(path)
    for name, value in credentials.items():
        line = f"{name}='{value}'"
        text, replaced = _line_of(name).subn(line.replace("\\", r"\\"), text)
        if not replaced:
            text += f"{line}\n" if not text or text.endswith("\n") else f"\n{line}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # a file of its own until all is in it: an older one may be open to others, and nothing of it may be lost
        descriptor, new = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                file.write(text)
            Path(new).replace(path)
        except BaseException:
            Path(new).unlink()
            raise
    except OSError as error:
        raise SyncError(f"{path} cannot be written ({error.strerror}).") from None


def _line_of(name: str) -> re.Pattern[str]:
    """A line that sets a variable, as systemd and a shell take it."""
    return re.compile(rf"^[ \t]*(?:export[ \t]+)?{name}=.*$", re.MULTILINE)


def _text_of(path: Path) -> str:
    """What a file of credentials holds, to the byte; "" where there is none."""
    try:
        return path.read_bytes().decode(errors="surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SyncError(f"{path} cannot be read ({error.strerror}).") from None
