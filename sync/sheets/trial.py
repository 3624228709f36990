"""Whether this machine can read files at all: a small sample of every kind, read by the same confined process as any file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.domain.model import FileKind
from sync.errors import ReaderBroken
from sync.rows.columns import declared
from sync.sheets.load import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.sheets.limits import Limits

_SAMPLES: Final = Path(__file__).with_name("samples")
#: A slow machine is not a broken one.
_PATIENCE_SECONDS: Final = 60.0


def try_samples(limits: Limits, check: Callable[[], None]) -> None:
    """Read the samples. `check` is asked meanwhile, as in `load`.

    Raises:
        ReaderBroken: one of them cannot be read; they are all sound.
    """
    patient = replace(limits, seconds=max(limits.seconds, _PATIENCE_SECONDS))
    for kind in FileKind:
        (sample,) = _SAMPLES.glob(f"{kind}.*")
        loaded = load(sample, sample.name, declared(), patient, check)
        if not loaded.readable or loaded.kind is not kind:
            why = f"{loaded.reason.why} {loaded.reason.detail}".strip() if loaded.reason else f"taken for {loaded.kind}"
            raise ReaderBroken(f"{sample.name}: {why}")
