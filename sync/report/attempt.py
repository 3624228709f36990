"""The guard of last resort: what goes wrong with one file costs that file, and is told to whoever looks after the job."""

from __future__ import annotations

import errno
import logging
from typing import TYPE_CHECKING, Final, TypeVar

from sync.confined.traces import without_values
from sync.errors import OF_THE_DISK

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

T = TypeVar("T")

#: The same in a folder of our own, in which nobody else could have changed the rights of a place.
OF_OUR_FOLDER: Final = OF_THE_DISK | {errno.EACCES, errno.EPERM}

_log = logging.getLogger(__name__)


def attempt(what: str, write: Callable[[], T], fatal: AbstractSet[int] = OF_THE_DISK) -> T | None:
    """Write one file; None where that went wrong in whatever way, which the log then tells with its place.

    Raises OSError with one of the `fatal` numbers.
    """
    try:
        return write()
    except Exception as error:
        if isinstance(error, OSError) and error.errno in fatal:
            raise
        _log.error("%s could not be written; all others are\n%s", what, without_values(error))
        return None
