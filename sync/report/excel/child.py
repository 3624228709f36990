"""The process that opens what people have dropped to mark it: `python -m sync.report.excel.child`, see `sync.report.desk`."""

from __future__ import annotations

import errno
import gc
import tempfile
from io import BytesIO
from typing import TYPE_CHECKING, Final

from sync.confined.child import serve
from sync.confined.frames import Frame
from sync.i18n import speak
from sync.report.excel.correction import correction
from sync.report.excel.marked import marked
from sync.report.excel.orders import CORRECTED, DISK, MARKED, from_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.report.excel.orders import Order

#: What marking a workbook needs as well, see `sync.confined.template`.
NEEDS: Final = ("sync.report.excel.marking.mark",)


def answer(request: Frame) -> Iterator[Frame]:
    """A correction file and a marked copy for each order, with its number."""
    gc.disable()  # rows and cells are in no cycles
    orders, scratch = from_frame(request)
    tempfile.tempdir = str(scratch)
    for number, order in enumerate(orders):
        speak(order.language)
        try:
            yield from _written(number, order)
        except OSError as error:
            yield Frame(DISK, error.errno or errno.EIO)
            return


def _written(number: int, order: Order) -> Iterator[Frame]:
    if order.correct:
        book = BytesIO()
        count = correction(order, book)
        yield Frame(CORRECTED, [number, count], (book.getbuffer(),))
    if order.mark:
        book = BytesIO()
        missing = marked(order, book)
        yield Frame(MARKED, [number, missing], (book.getbuffer(),))


if __name__ == "__main__":
    serve(answer)
