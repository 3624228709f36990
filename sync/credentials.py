"""Token, secret, and whatever else never stands in the configuration: where it is looked for, and in which order.

1. an environment variable,
2. a file of the variable's name, or `credentials.env`, in the folder that `$CREDENTIALS_DIRECTORY` names (systemd's
   `LoadCredential=`),
3. the system's keyring,
4. `credentials.env` beside the configuration, if nobody but its owner may read it.
"""

from __future__ import annotations

import errno
import io
import os
import re
import shlex
import shutil
import stat
import sys
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.config import Config
from sync.errors import ConfigurationError
from sync.i18n import LazyText, as_typed
from sync.i18n.texts import said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dotenv.parser import Binding

#: The name under which the system's keyring keeps token and secret.
KEYRING_SERVICE: Final = "onoffice-sync"
#: The file beside the configuration; nobody but its owner may read it.
FILE: Final = "credentials.env"
_POSTGRESQL: Final = re.compile(r"postgres(ql)?(\+psycopg)?://")
#: A line whose value stands in single quotes. In there systemd and a shell take a backslash as it is; `dotenv` would not.
_AS_IT_IS: Final = re.compile(r"^[ \t]*(?:export[ \t]+)?\w+='[^'\r\n]*'", re.MULTILINE)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
#: A file of credentials has a few lines; more than this is something else.
_MOST_BYTES: Final = 65_536


class Source(Enum):
    """Where a value was found."""

    ENVIRONMENT = "environment"
    SYSTEMD = "systemd"
    KEYRING = "keyring"
    FILE = "file"


def token_and_secret(config: Config, environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """Token and secret.

    Raises:
        ConfigurationError: one or both are nowhere.
    """
    names = (config.onoffice.token_env, config.onoffice.secret_env)
    values = [value_of(config, name, environment) for name in names]
    mistakes = [
        LazyText(what, name=name, file=file_of(config), keep=keep_in_keyring(name))
        for what, name, value in zip(("credential.no_token", "credential.no_secret"), names, values, strict=True)
        if not value
    ]
    if mistakes:
        raise ConfigurationError(_with_trouble(config, mistakes))
    return values[0], values[1]


def database(config: Config, environment: Mapping[str, str] = os.environ) -> str:
    """The address of the database that holds the ledger, with its password; "" where the ledger is a file.

    Raises:
        ConfigurationError: there is no address, it is not one of PostgreSQL, or the office has no name of its own.
    """
    name = config.state.database_env
    if not name:
        return ""
    address = value_of(config, name, environment)
    mistakes: list[LazyText] = []
    if not address:
        missing = LazyText("credential.no_database", name=name, file=file_of(config), keep=keep_in_keyring(name))
        mistakes += _with_trouble(config, [missing])
    elif not _POSTGRESQL.match(address):
        mistakes.append(LazyText("credential.no_postgresql", name=name))
    if config.office == Config().office:
        mistakes.append(LazyText("configuration.at", key="office", mistake=LazyText("credential.no_office"), shown=None))
    if mistakes:
        raise ConfigurationError(mistakes)
    return _POSTGRESQL.sub("postgresql+psycopg://", address)


def secrets_of(config: Config, environment: Mapping[str, str] = os.environ) -> list[str]:
    """What must never be shown: token, secret and the address of the database, as far as they are there."""
    names = (config.onoffice.token_env, config.onoffice.secret_env, config.state.database_env)
    return [value_of(config, name, environment) for name in names if name]


def value_of(config: Config, name: str, environment: Mapping[str, str] = os.environ) -> str:
    """What an environment variable of this name stands for; "" where it is nowhere."""
    return found(config, name, environment)[0]


def found(config: Config, name: str, environment: Mapping[str, str] = os.environ) -> tuple[str, Source | None]:
    """The value and where it was found; "" and None where it is nowhere."""
    if value := environment.get(name, "").strip():
        return value, Source.ENVIRONMENT
    if value := _from_systemd(name, environment):
        return value, Source.SYSTEMD
    if value := _from_keyring(name):
        return value, Source.KEYRING
    if value := _in_file(file_of(config)).get(name, ""):
        return value, Source.FILE
    return "", None


def file_of(config: Config) -> Path:
    """Where `credentials.env` of an office lies, or would lie."""
    return config.base / FILE


def keyring_is_there() -> bool:
    """Whether this user has a keyring that keeps anything; a server often has none."""
    import keyring  # noqa: PLC0415 - slow to import and seldom needed

    return float(keyring.get_keyring().priority) > 0


def keep_in_keyring(name: str) -> str:
    """The command that puts a value into this user's keyring, by the program that lies beside this Python; "" without one."""
    if not keyring_is_there():
        return ""
    program = Path(sys.executable).with_name("keyring")
    words = [str(program) if shutil.which(program) else program.name, "set", KEYRING_SERVICE, name]
    return as_typed(words)


def trouble_with_file(config: Config) -> list[LazyText]:
    """Why `credentials.env` is there and not read, or not all of it, in a sentence; [] where it is not there or fine."""
    file = file_of(config)
    if is_open(file):
        return [LazyText("credential.open_file", file=file, quoted=shlex.quote(str(file)))]
    if why := why_unread(file):
        return [LazyText("credential.unread_file", file=file, said=said(why))]
    wrong = [str(line.original.line) for line in _lines(_text_of(file)) if line.error]
    return [LazyText("credential.wrong_lines", file=file, lines=", ".join(wrong))] if wrong else []


def is_unused(file: Path) -> bool:
    """Whether a file of credentials is there and nothing in it is used, so that all that it may hold is missing."""
    return is_open(file) or bool(why_unread(file))


def _with_trouble(config: Config, missing: list[LazyText]) -> list[LazyText]:
    """What is missing, after why the file is not read; where nothing of that file is used, that alone is the reason."""
    return trouble_with_file(config) + ([] if is_unused(file_of(config)) else missing)


def is_open(path: Path) -> bool:
    """Whether others than its owner may do anything with a file or folder; False where the system keeps no such modes."""
    with suppress(OSError):
        return os.name == "posix" and bool(path.stat().st_mode & _OTHERS)
    return False


def why_unread(file: Path) -> str:
    """What keeps a file of credentials from being read, in the system's words; "" where it is not there or fine."""
    try:
        _text_of(file)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _in_file(file: Path) -> dict[str, str]:
    """What stands in a file of credentials, by the names of the variables; {} where it is not there or may not be used."""
    return {} if is_open(file) else _values(file)


def _values(file: Path) -> dict[str, str]:
    try:
        lines = _lines(_text_of(file))
    except OSError:  # told by `trouble_with_file`
        return {}
    return {line.key: (line.value or "").strip() for line in lines if line.key and not line.error}


def _lines(text: str) -> list[Binding]:
    """What stands in a file of credentials, line by line."""
    from dotenv.parser import parse_stream  # noqa: PLC0415 - only where the value is nowhere else

    text = _AS_IT_IS.sub(lambda line: line[0].replace("\\", r"\\"), text)
    return list(parse_stream(io.StringIO(text)))


def _text_of(file: Path) -> str:
    """The text of a plain file, never waiting for a pipe; "" where there is none. A comment may be in any encoding.

    Raises:
        OSError: it cannot be read, or is something else.
    """
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise OSError(errno.EINVAL, "no plain file")
        data = file.read_bytes()[:_MOST_BYTES]
    except FileNotFoundError:
        return ""
    if b"\0" in data:
        raise OSError(errno.EINVAL, "not UTF-8")
    return data.decode("utf-8-sig", errors="surrogateescape")


def _from_systemd(name: str, environment: Mapping[str, str]) -> str:
    folder = environment.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        return ""
    try:
        return (Path(folder) / name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):  # this unit was given others, or all of them in one file
        return _values(Path(folder, FILE)).get(name, "")


def _from_keyring(name: str) -> str:
    import keyring  # noqa: PLC0415 - slow to import and seldom needed
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        return keyring.get_password(KEYRING_SERVICE, name) or ""
    except KeyringError:  # a server often has no keyring at all
        return ""
