"""An open ledger, wherever it lies, and its failures as clear sentences."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, Self, TypeVar

from sync.ledger.sqlite import BUSY_SECONDS, NEVER_WRITTEN, LedgerFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from sync.errors import LedgerError

O = TypeVar("O", bound="OpenLedger")  # noqa: E741 - an open ledger
P = ParamSpec("P")
R = TypeVar("R")


class ResultRows(Protocol):
    """What a statement answers."""

    def __iter__(self) -> Iterator[Any]:
        """All rows."""

    def fetchone(self) -> Any:  # noqa: ANN401 - a row is a tuple of what the statement asks for
        """The next row, or None."""


class Database(Protocol):
    """What runs statements, with `?` or `?1` in the places of values, as SQLite does."""

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> ResultRows:
        """Run one."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[object]], /) -> object:
        """Run one many times."""


class LedgerPlace(Protocol):
    """Where a ledger lies: a file of SQLite, or a database server."""

    @property
    def db(self) -> Database:
        """Runs statements."""

    @property
    def is_new(self) -> bool:
        """Whether no run of the office had been here before it was opened."""

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What it raises."""

    def transaction(self) -> AbstractContextManager[None]:
        """All that happens inside is on the disk when it is left, or nothing of it."""

    def error(self, error: Exception) -> LedgerError:
        """One clear sentence about a failure."""

    def close(self) -> None:
        """Let go of it."""


def translate_errors(method: Callable[Concatenate[O, P], R]) -> Callable[Concatenate[O, P], R]:
    """Turn the errors of the place into one clear sentence."""

    @functools.wraps(method)
    def call(self: O, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except self.failures as error:
            raise self.error(error) from error

    return call  # type: ignore[return-value]  # functools.wraps hides the signature


def translate_errors_of_reading(method: Callable[Concatenate[O, P], R]) -> Callable[Concatenate[O, P], R]:
    """As `translate_errors`, and what makes no sense is a failure of the place, too: this program never wrote it."""

    @functools.wraps(method)
    def call(self: O, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except NEVER_WRITTEN as error:
            raise self.error(ValueError("it holds what this program never wrote")) from error

    return translate_errors(call)  # type: ignore[arg-type]  # as above


class OpenLedger:
    """An open ledger.

    Args:
        place: the file, made where there is none; None for a ledger in memory; or a place that is open already.
        to_write: examine the whole file and prove that it can be written, before anything depends on it.
        busy_seconds: how long to wait for another program that holds the file.

    Raises:
        LedgerError: from every method, when the place fails; without a ledger nothing is sent.
    """

    def __init__(self, place: Path | LedgerPlace | None, *, to_write: bool = True, busy_seconds: float = BUSY_SECONDS) -> None:
        if place is None or isinstance(place, Path):
            place = LedgerFile(place, to_write=to_write, busy_seconds=busy_seconds)
        self._place: LedgerPlace = place
        self._db = place.db
        self._transaction = place.transaction
        self.failures = place.failures
        self.error = place.error
        self.close = place.close

    @classmethod
    def in_memory(cls) -> Self:
        """A ledger that forgets everything: what a dry run writes to."""
        return cls(None)
