"""The first configuration: the example with a person's answers in it, and a safe place for the credentials."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.config import FolderNames, OnOffice
from sync.credentials import KEYRING_SERVICE
from sync.errors import SyncError
from sync.i18n import LazyText
from sync.i18n.texts import said
from sync.system.handles import free
from sync.system.process import is_root

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

EXAMPLE: Final = "config.example.toml"
_HINT: Final = "Copy this file to config.toml and change"
_WRITTEN: Final = "Written by `onoffice-sync init`; change"
_HINT_NAMES: Final = "\n# Change them when several offices share a machine."
_OWN_NAMES: Final = "\n# The usual names are taken by another configuration in this folder; these are this office's own."
_PROGRAM: Final = "onoffice-sync"
_USUAL: Final = OnOffice()
_WORDS: Final = "words."
#: How offices answer besides the words of onOffice, and what they mean by that, in the column of either status.
ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "bestätigt": ("zugesagt", "ja", "ok", "x"),
    "gecancelt": ("abgesagt", "storniert", "nein"),
    "nicht gesetzt": ("offen",),
    "aktiv": ("ja", "ok", "x"),
    "inaktiv": ("nein",),
}
#: The same words as people are asked about them.
OFFERED: Final = ("zugesagt", "abgesagt", "storniert", "offen", "ja", "nein", "ok", "x")

#: The value of a key.
Answer = str | int | list[str]


def example() -> str:
    """The example configuration, which holds every key with its default and what it is for."""
    packed = Path(__file__).parents[1] / f"_{EXAMPLE}"
    path = packed if packed.is_file() else Path(__file__).parents[2] / EXAMPLE
    return path.read_text(encoding="utf-8")


def filled(answers: Mapping[str, Answer]) -> str:
    """The example with other values for some keys, given by their path in the file (`folders.drop`).

    Raises:
        KeyError: the example has no such key.
    """
    left, section, lines = dict(answers), "", []
    text = example().replace(_HINT, _WRITTEN)
    if (token := answers.get("onoffice.token_env", _USUAL.token_env)) != _USUAL.token_env:
        text = text.replace(f"{KEYRING_SERVICE} {_USUAL.token_env}.{_HINT_NAMES}", f"{KEYRING_SERVICE} {token}.{_OWN_NAMES}")
    for line in text.splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = f"{heading[1]}."
        key = re.match(r'# "([^"]+)" = ' if section == _WORDS else r"(\w+) = ", line)
        path = f"{section}{key[1]}" if key else ""
        name = path.removeprefix(section)
        lines.append(f"{_toml(name) if section == _WORDS else name} = {_toml(left.pop(path))}" if path in left else line)
    if left:
        raise KeyError(*left)
    return "\n".join(lines) + "\n"


def changed(text: str, answers: Mapping[str, Answer]) -> str:
    """A configuration with other values for some keys; every comment, and every key that nobody asked for, stays as it is."""
    import tomlkit  # noqa: PLC0415 - only for a second time

    document = tomlkit.parse(text)
    for path, value in answers.items():
        section, _, key = path.rpartition(".")
        if section and section not in document:
            document.add(section, tomlkit.table())
        place = document[section] if section else document
        if place.get(key) != value:
            place[key] = tomlkit.value(_toml(value))
    return tomlkit.dumps(document)


def keep_beside(path: Path, stamp: str) -> Path:
    """Copy a configuration before it is changed; returns where the copy lies.

    Raises:
        SyncError: it cannot be copied.
    """
    copy = free(path.with_name(f"{path.name}.{stamp}.bak"))
    try:
        with copy.open("xb") as file:
            file.write(path.read_bytes())
            give_to(owner_to_be(path), file.fileno())
        shutil.copymode(path, copy)
    except OSError as error:
        raise SyncError(LazyText("command.not_written", path=copy, said=said(error))) from None
    return copy


def owner_to_be(path: Path) -> tuple[int, int] | None:
    """User and group of a file that root is about to write: as it has them, or a configuration beside a new one; else None.

    Else the user of the job could not read it any more. Raises OSError.
    """
    if not is_root():
        return None
    beside = (place.stat() for place in sorted(path.parent.glob("*.toml")))
    info = path.stat() if path.exists() else next((info for info in beside if info.st_uid), None)
    return (info.st_uid, info.st_gid) if info else None


def give_to(owner: tuple[int, int] | None, descriptor: int) -> None:
    """Give an open file to its `owner_to_be`. Raises OSError."""
    if owner:
        os.fchown(descriptor, *owner)


def most_changes(links_in_a_week: int | None) -> int:
    """What one run may change at most, as a proposal: more than a usual week has links, in a number that people remember."""
    enough = next(most for most in itertools.chain((200, 500), itertools.count(1000, 500)) if most > (links_in_a_week or 0))
    return int(enough)


def usual_places(base: Path, among: str = "") -> tuple[str, str]:
    """Where drop and state folder usually are of an office whose configuration lies in `base`, as it may stand in the file.

    Beside the configuration; but nothing that changes belongs below `/etc` (Filesystem Hierarchy Standard): an office in `/etc/x`
    has what staff use in `/srv/x` and its state in `/var/lib/x`. `among` other offices in `base` it has folders of this name of
    its own, none of them within a folder that another one would have without.
    """
    usual, system = FolderNames(), Path("/etc")
    if not base.is_relative_to(system):
        return str(Path(among, usual.drop)), str(Path(among, usual.state))
    own = base.relative_to(system) if base != system else Path(_PROGRAM)
    state = Path("/var/lib", own)
    return str(Path("/srv", own, among, usual.drop)), str(state.with_name(f"{state.name}-{among}") if among else state)


def variables_of_own(slug: str, taken: Container[str]) -> tuple[str, str]:
    """Names of the variables for token and secret: the usual ones, or made of the configuration's name where they are taken.

    `slug` is that name in a-z, 0-9 and hyphens.
    """
    name = slug.replace("-", "_").upper()
    name = name if name[:1].isalpha() else f"OFFICE_{name}".rstrip("_")
    names = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
    made = ((f"{start}_TOKEN", f"{start}_SECRET") for start in names)
    pairs = itertools.chain([(_USUAL.token_env, _USUAL.secret_env)], made)
    return next(pair for pair in pairs if not any(variable in taken for variable in pair))


def beside(folder: str, name: str) -> str:
    """A folder of another name in the same place, as it may stand in the file; inside where the place is a whole drive."""
    place = Path(folder).parent
    return str((Path(folder) if place == Path(place.anchor) and place.anchor else place) / name)


def _toml(value: Answer) -> str:
    """A value as TOML; a text with backslashes, as Windows paths have them, stands as it is in single quotes."""
    if isinstance(value, str) and "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def is_storable(value: str) -> bool:
    """Whether a value is one that a file of credentials can hold as systemd and a shell take it."""
    return re.fullmatch(r"[!-&(-~]+", value) is not None


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
    """Put token and secret into a file that nobody but its owner may read, as systemd and a shell take it.

    Everything else in the file stays as it is: it may hold the variables of other offices.

    Raises:
        SyncError: the file cannot be read or written, or a value holds what neither of the two could read.
    """
    if not all(map(is_storable, credentials.values())):
        raise SyncError(LazyText("init.odd_credentials"))
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
                give_to(owner_to_be(path), file.fileno())
                file.flush()
                os.fsync(file.fileno())
            Path(new).replace(path)
        except BaseException:
            Path(new).unlink()
            raise
    except OSError as error:
        raise SyncError(LazyText("command.not_written", path=path, said=said(error))) from None


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
        raise SyncError(LazyText("command.not_read", path=path, said=said(error))) from None
