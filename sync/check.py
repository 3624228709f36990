"""The first half of the job: files in, every row judged by what can be known without asking onOffice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync import loader
from sync.columns import declared
from sync.model import Checked, CheckOutcome, ExitCode
from sync.spellings import Spellings
from sync.texts import Language, place_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sync.config import Config
    from sync.model import Loaded
    from sync.progress import Progress
    from sync.validator import Policy

_MEGABYTE: Final = 1_000_000


def read(files: Sequence[tuple[Path, str]], config: Config, progress: Progress) -> tuple[Loaded, ...]:
    """Read files, given with their names for people; one that cannot be read comes back with the reason."""
    limits, columns = _limits(config), declared(config.columns)
    loaded = []
    with progress.phase("read", len(files)) as phase:
        for path, name in files:
            loaded.append(loader.load(path, name, columns, limits))
            phase.advance()
    return tuple(loaded)


def check(loaded: Sequence[Loaded], config: Config) -> Checked:
    """Judge all rows of all files by what can be known without asking the CRM."""
    from sync.validator import validate  # noqa: PLC0415 - numpy takes long to import: a file is read by another process meanwhile

    language = Language(config.report.language)
    policy = _policy(config)
    return validate(loaded, Spellings(config.words), policy, lambda place: place_text(place, language))


def exit_code(checked: Checked) -> ExitCode:
    """What `check` says to its caller: whether there is anything that a person has to mend."""
    fine = set(checked.rows.outcome) <= {CheckOutcome.VALID.value, CheckOutcome.DUPLICATE.value}
    return ExitCode.OK if fine and all(file.readable for file in checked.files) else ExitCode.ROWS_NEED_A_PERSON


def _limits(config: Config) -> loader.Limits:
    """What a file may at most be."""
    limits = config.limits
    return loader.Limits(
        file_bytes=limits.file_megabytes * _MEGABYTE,
        unpacked_bytes=limits.unpacked_megabytes * _MEGABYTE,
        cells=limits.cells,
        columns=limits.columns,
        seconds=limits.seconds_per_file,
        memory_bytes=limits.memory_megabytes * _MEGABYTE,
    )


def _policy(config: Config) -> Policy:
    """What rows may ask for."""
    from sync.validator import Policy  # noqa: PLC0415

    rules = config.rules
    return Policy(
        last_wins=rules.on_conflict == "last", create_missing=rules.create_missing_links, allow_delete=rules.allow_delete
    )
