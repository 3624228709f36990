"""Every sentence of the doctor, in German and English: what is found, and what to do about it."""

from __future__ import annotations

import errno
import os
from typing import Final

from sync.i18n import text, text_if_any
from sync.i18n.texts import shown, trouble_text
from sync.setup.doctor.finding import Finding, Level, Symptom

#: What the system, or SQLite about the ledger, says in English.
_SAID: Final = {
    os.strerror(errno.EACCES): "no_access",
    os.strerror(errno.EPERM): "not_permitted",
    os.strerror(errno.EROFS): "read_only",
    os.strerror(errno.ENOENT): "not_found",
    os.strerror(errno.ENOTDIR): "not_a_folder",
    os.strerror(errno.EIO): "disk_error",
    os.strerror(errno.ENAMETOOLONG): "long_name",
    "disk I/O error": "disk_error_of_database",
    "unable to open database file": "database_not_opened",
    "attempt to write a readonly database": "read_only_database",
    "file is not a database": "no_database",
    "database disk image is malformed": "database_damaged",
    "it is empty": "empty",
}
_IN_GIGABYTES: Final = frozenset({Symptom.SPACE_FINE, Symptom.SPACE_LITTLE, Symptom.SPACE_NONE})


def what(finding: Finding) -> str:
    """What was found, in one or two sentences."""
    said = text(f"doctor.{finding.symptom}", **_words(finding))
    return said[:1].upper() + said[1:] if finding.folder else said


def step(finding: Finding) -> str:
    """What to do about it, "" where there is nothing to do."""
    return text_if_any(f"doctor.{finding.symptom}.next", **_words(finding))


def level(finding: Finding) -> str:
    """How serious it is, in one word."""
    return text(f"doctor.level.{finding.level}")


def summary(counts: dict[Level, int]) -> str:
    """How many findings there are of each kind."""
    return text("doctor.summary", **{level.value: number for level, number in counts.items()})


def _words(finding: Finding) -> dict[str, str]:
    folder = text(f"doctor.folder.{finding.folder or 'any'}")
    return {"detail": shown(_in_words(finding), 400), "path": shown(finding.path, 300), "folder": folder}


def _in_words(finding: Finding) -> str:
    """The detail of a finding as people of the spoken language read it."""
    if finding.symptom is Symptom.LEARNT:
        trait, _, value = finding.detail.partition(": ")
        return text_if_any(f"doctor.learnt.{trait.replace('-', '_')}", value=value) or finding.detail
    detail = trouble_text(finding.detail)
    if finding.symptom in _IN_GIGABYTES:
        return detail.replace(".", text("format.decimal"))
    return text(f"said.{_SAID[detail]}") if detail in _SAID else detail
