"""The process that reads one file and may die of it: `python -m sync.sheets.child`, started by `sync.sheets.worker` only.

It imports little: what a format needs is imported when a file of that format is there.
"""

from __future__ import annotations

import gc
import pickle
from typing import TYPE_CHECKING, Final

from sync.confined.child import serve
from sync.sheets.reader import read
from sync.sheets.stream import as_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.confined.frames import Frame
    from sync.sheets.stream import ReadingJob

#: What most files need as well, see `sync.confined.template`.
NEEDS: Final = ("sync.sheets.formats.csv", "sync.sheets.formats.calamine")


def answer(request: Frame) -> Iterator[Frame]:
    """What is in the file of the job."""
    gc.disable()  # cells are in no cycles, and looking for some takes a fifth of the time
    job: ReadingJob = pickle.loads(request.blocks[0])  # noqa: S301 - from the process that started this one
    for message in read(job.path, job.columns, job.limits, slowly=job.slowly):
        yield as_frame(message)


if __name__ == "__main__":
    serve(answer)
