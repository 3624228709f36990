"""The process that reads one file and may die of it: `python -m sync.loader.child`, started by `sync.loader.process` only.

The job comes in on standard input, messages go out on standard output, both pickled.
"""

from __future__ import annotations

import gc
import pickle
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.loader.messages import Job


def main() -> None:
    """Reads the file of the job. Signals that end a run leave it alone: the run decides what becomes of the file."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    out = sys.stdout.buffer
    sys.stdout = sys.stderr
    job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one

    from sync.loader.confine import confine  # noqa: PLC0415 - only here: it changes the whole process
    from sync.loader.messages import packed  # noqa: PLC0415
    from sync.loader.reader import read  # noqa: PLC0415

    gc.disable()  # cells are in no cycles, and looking for some takes a fifth of the time
    confine(job.limits.memory_bytes, job.limits.seconds)
    try:
        for message in read(job.path, job.columns, job.limits, slowly=job.slowly):
            pickle.dump(packed(message), out, protocol=pickle.HIGHEST_PROTOCOL)
        out.flush()
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    main()
