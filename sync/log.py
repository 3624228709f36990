"""The log: English lines for people, or JSON for programs; rotated, and without a secret in it.

Every module logs to `logging.getLogger(__name__)`; what is written where is decided here.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import logging
import os
import re
import stat
import sys
from contextlib import contextmanager, suppress
from enum import StrEnum
from logging.handlers import MemoryHandler, RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from sync.i18n import Language, text, worded_in
from sync.system.process import spelled, spelled_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import TextIOWrapper
    from types import TracebackType

    ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

#: Below the state folder.
FILE: Final = Path("logs", "onoffice-sync.log")
#: `extra=` of what the command says on the error output in its own words: it goes into the file only.
TOLD_ALREADY: Final = {"told_already": True}
#: `extra=` of what the summary of a run says, too: at a terminal nobody has to read it twice, and in English.
IN_SUMMARY: Final = {"in_summary": True}
#: The name in `extra=` of what a person at a terminal is told in place of an English line.
IN_WORDS: Final = "in_words"
_BYTES: Final = 2_000_000
_OLDER_FILES: Final = 5
_MASK: Final = "***"
#: Parts of an address that are shorter than this are no secrets ("api", "to", "443").
_SHORTEST_SECRET: Final = 6
_NEVER: Final = logging.CRITICAL + 1


class Verbosity(StrEnum):
    """How much is said on the error output; `VERBOSE` also puts more into the file."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"


class SecretMasks:
    """Secrets that must not be shown, and what hides them wherever they appear."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: list[str] = []
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Hide these as well, whole and in each part that is long enough to be a secret of its own."""
        found = {part for secret in secrets for part in (secret, *_parts(secret)) if len(part) >= _SHORTEST_SECRET}
        self._secrets = sorted({*self._secrets, *found}, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return text


def _parts(secret: str) -> Iterator[str]:
    """The parts of an address, as they stand there and decoded; the host is no secret."""
    scheme, apart, rest = secret.partition("://")
    if not apart:
        return
    before, _, after = rest.rpartition("@")
    host, _, path = after.partition("/")
    for part in re.split(r"[/?&=:@]", f"{before}/{path}" if before or scheme in {"http", "https", "mailto", "mailtos"} else rest):
        if part != host:
            yield part
            yield unquote(part)


class Log:
    """An open log. Nothing gets into the file before `release`: a start that finds another run active writes nothing."""

    def __init__(self, masks: SecretMasks, held: MemoryHandler | None) -> None:
        self.masks = masks
        self._held = held

    def release(self, folder: Path) -> None:
        """Write what has been logged so far, and from now on everything, into a file below the state folder."""
        if self._held is not None and self._held.target is None:
            file = _File(folder / FILE)
            file.setFormatter(self._held.formatter)
            self._held.setTarget(file)
            self._held.capacity = 1
            self._held.flush()


@contextmanager
def opened(form: str, loudness: Verbosity, masks: SecretMasks, *, to_file: bool = True, alone: bool = False) -> Iterator[Log]:
    """Log until the end of the block.

    Args:
        form: "lines" or "json".
        loudness: how much.
        masks: what to hide.
        to_file: whether there may be a file at all.
        alone: whether the log is all that a person sees; else a terminal shows other things and only what matters of it.
    """
    at_terminal = not alone and sys.stderr.isatty()
    formatter = (_Json if form == "json" else _Lines)(masks)
    screen = logging.StreamHandler()
    twice = ["told_already", *(["in_summary"] if at_terminal and loudness is Verbosity.NORMAL else [])]
    screen.addFilter(lambda record: alone or not any(hasattr(record, each) for each in twice))
    screen.setLevel(_screen_level(loudness, at_terminal=at_terminal))
    watched = alone and form != "json" and sys.stderr.isatty()
    held = MemoryHandler(10_000, flushLevel=_NEVER, flushOnClose=False) if to_file else None
    handlers: list[logging.Handler] = [screen, *([held] if held else [])]
    logger = logging.getLogger("sync")
    before = logger.level
    logger.setLevel(logging.DEBUG if loudness is Verbosity.VERBOSE else logging.INFO)
    for handler in handlers:
        handler.setFormatter(_Words(masks) if watched and handler is screen else formatter)
        logger.addHandler(handler)
    try:
        yield Log(masks, held)
    finally:
        logger.setLevel(before)
        file = held.target if held else None
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()
        if file:
            file.close()


def _screen_level(loudness: Verbosity, *, at_terminal: bool) -> int:
    if loudness is Verbosity.QUIET:
        return logging.ERROR
    if loudness is Verbosity.VERBOSE:
        return logging.DEBUG
    return logging.WARNING if at_terminal else logging.INFO


class _Lines(logging.Formatter):
    """`2026-11-24 03:00:00 INFO    run ...: begins`."""

    def __init__(self, masks: SecretMasks) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S")
        self._masks = masks

    def format(self, record: logging.LogRecord) -> str:
        with worded_in(Language.EN):
            return spelled_out(self._masks.hide(super().format(record)))

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - logging's name
        """Indented: what an error says may have come from outside, too."""
        return "".join(f"    {line}" for line in super().formatException(ei).splitlines(keepends=True))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """In one line: nothing that came from outside may look like a line of the log."""
        return re.sub(r"[\r\n]+", " | ", super().formatMessage(record).strip())


class _Words(_Lines):
    """`03:00:00  Der Abgleich ... beginnt.`: for who sits before it, in the language of the office."""

    def format(self, record: logging.LogRecord) -> str:
        words = getattr(record, IN_WORDS, None)
        if words is None:
            return super().format(record)
        return spelled_out(self._masks.hide(re.sub(r"[\r\n]+", " ", f"{self.formatTime(record, '%H:%M:%S')}  {words}")))


class _Json(logging.Formatter):
    """One object per line: time, level, logger, message, and the traceback where there is one."""

    def __init__(self, masks: SecretMasks) -> None:
        super().__init__()
        self._masks = masks

    def format(self, record: logging.LogRecord) -> str:
        with worded_in(Language.EN):
            message = record.getMessage()
        said = {
            "time": dt.datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": spelled(self._masks.hide(message)),
        }
        if record.exc_info:
            said["traceback"] = spelled(self._masks.hide(self.formatException(record.exc_info)))
        return json.dumps(said, ensure_ascii=False)


class _File(RotatingFileHandler):
    """A log file that never gets in the way of the job."""

    def __init__(self, path: Path) -> None:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path, maxBytes=_BYTES, backupCount=_OLDER_FILES, encoding="utf-8", errors="backslashreplace", delay=True)
        self._told = False

    def _open(self) -> TextIOWrapper:
        """Open the file, and nothing but a file: a pipe of that name would hold the job, a device would take the log.

        Raises OSError.
        """
        return open(self.baseFilename, "a", encoding="utf-8", errors=self.errors, opener=_plain_file)

    def doRollover(self) -> None:  # noqa: N802 - logging's name
        """Begin a new file, unless another process holds the old one (Windows): then this one grows on."""
        with suppress(OSError):
            super().doRollover()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's name
        """Say once that the file cannot be written."""
        if not self._told:
            self._told = True
            sys.stderr.write(f"{text('log.not_written', path=self.baseFilename)}\n")


def _plain_file(path: str, flags: int) -> int:
    opened = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
    if stat.S_ISREG(os.fstat(opened).st_mode):
        return opened
    os.close(opened)
    raise OSError(errno.EINVAL, "is no plain file", path)


def clear_away_quietly() -> None:
    """Keep from the terminal what Python meets while it clears away, in a process of our own.

    A workbook that found no room half way fails once more when Python closes it; the error itself has been told by then.
    """
    sys.unraisablehook = _only_logged


def _only_logged(left: sys.UnraisableHookArgs) -> None:
    logging.getLogger(__name__).debug("%s while clearing away", left.exc_type.__name__)
