"""Whether files can be read here: a sample of every kind goes through the same confined process as at night."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.domain.model import FileKind
from sync.errors import ReaderBroken
from sync.job.check import limits_of
from sync.setup.doctor.finding import Finding, Symptom
from sync.sheets.load import go_on
from sync.sheets.trial import try_samples
from sync.system.program import packages

if TYPE_CHECKING:
    from sync.config import Config


def examine(office: Config) -> Finding:
    """Read the samples."""
    try:
        try_samples(limits_of(office), go_on)
    except ReaderBroken as broken:
        return Finding(Symptom.READER_BROKEN, f"{broken.last}; {packages()}")
    return Finding(Symptom.READER_FINE, f"{', '.join(FileKind)}; {packages()}")
