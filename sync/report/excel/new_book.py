"""A new workbook that is either whole or not there."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO, Final

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed
from xlsxwriter.exceptions import (  # type: ignore[import-untyped]  # it has types but no py.typed
    FileCreateError,
    FileSizeError,
)

from sync.system.atomic import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: A text stays a text, and rows go to the disk as they come.
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
#: On its way to the disk each sheet has an open file; with more sheets their rows stay in memory.
_MOST_OPEN: Final = 20


@contextmanager
def new_book(path: Path) -> Iterator[Workbook]:
    """A workbook to fill; what is on the disk at the end is whole. Raises OSError."""
    with replacing(path) as file, book_into(file) as book:
        yield book


@contextmanager
def book_into(target: BinaryIO, sheets: int = 1) -> Iterator[Workbook]:
    """A workbook of about so many sheets to fill, which is written at the end. Raises OSError."""
    options = _OPTIONS | {"constant_memory": sheets <= _MOST_OPEN}
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        outlet = _Outlet(target)
        try:
            with Workbook(outlet, options | {"tmpdir": scratch}) as book:
                yield book
        except FileCreateError as error:
            (cause,) = error.args
            raise cause if isinstance(cause, OSError) else OSError(errno.EIO, str(error)) from error
        except FileSizeError as error:
            raise OSError(errno.EFBIG, str(error)) from error
        finally:
            outlet.is_open = False


class _Outlet:
    """Passes on what is written to a file until it is cut off; from then on it only counts.

    XlsxWriter leaves its archive open after an error, and Python tries to complete it whenever it clears away.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0
        self.is_open = True

    def write(self, content: bytes) -> int:
        if self.is_open:
            self._file.write(content)
        self._position += len(content)
        return len(content)

    def seek(self, offset: int) -> int:
        if self.is_open:
            self._file.seek(offset)
        self._position = offset
        return offset

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        if self.is_open:
            self._file.flush()
