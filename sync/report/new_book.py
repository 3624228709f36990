"""A new workbook that is either whole or not there."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed
from xlsxwriter.exceptions import (  # type: ignore[import-untyped]  # it has types but no py.typed
    FileCreateError,
    FileSizeError,
)

from sync.report.atomic import replacing

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


@contextmanager
def new_book(path: Path) -> Iterator[Workbook]:
    """A workbook to fill; what is on the disk at the end is whole. Raises OSError."""
    with replacing(path) as temporary, TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        try:
            with Workbook(str(temporary), _OPTIONS | {"tmpdir": scratch}) as book:
                yield book
        except FileCreateError as error:
            (cause,) = error.args
            raise cause if isinstance(cause, OSError) else OSError(errno.EIO, str(error)) from error
        except FileSizeError as error:
            raise OSError(errno.EFBIG, str(error)) from error
