"""The first half of the job: files in, every row judged by what can be known without asking onOffice."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from sync.confined.child import without_values
from sync.domain.model import MOST_WRONG_ROWS, Checked, CheckOutcome, Column, Reason, Why
from sync.i18n.texts import place_text
from sync.rows.columns import IDS, by_name, declared
from sync.rows.spellings import Spellings
from sync.sheets import load as loader
from sync.sheets.load import SUSPICIOUS, Limits, SlowFiles, go_on, try_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from sync.config import Config
    from sync.domain.model import Loaded
    from sync.progress import Progress
    from sync.rows.columns import Columns
    from sync.rows.validate import RowPolicy

    Load = Callable[..., Loaded]  # as `sync.sheets.load.load`

_log = logging.getLogger(__name__)

_MEGABYTE: Final = 1_000_000


def read(
    files: Sequence[tuple[Path, str]],
    config: Config,
    progress: Progress,
    check: Callable[[], None] = go_on,
    *,
    load: Load = loader.load,
) -> tuple[Loaded, ...]:
    """Read files, given with their names for people; one that cannot be read comes back with the reason.

    `check` is asked several times a second; what it raises ends the reading.

    Raises:
        ReaderBroken: not the files are at fault but the machine: it can read no file, or not even the samples of this program.
    """
    limits, columns = limits_of(config), declared(config.columns, customer_numbers=config.rules.customer_numbers)
    slow = SlowFiles(limits, config.limits.seconds_for_slow_files)
    loaded = []
    with progress.phase("read", len(files)) as phase:
        for path, name in files:
            check()
            loaded.append(slow.read(partial(load, path, name, columns, check=check)))
            phase.advance()
    if any(file.reason and file.reason.why in SUSPICIOUS for file in loaded):
        try_samples(limits, check)
    return tuple(loaded)


def without_numbers(
    files: Sequence[tuple[Path, str]],
    loaded: Sequence[Loaded],
    config: Config,
    check: Callable[[], None] = go_on,
    *,
    load: Load = loader.load,
) -> Mapping[int, Loaded]:
    """The files, by position, that lack record numbers and can be read by the days and names of their rows, read so.

    Takes what `read` takes, and what it gave back. None where the office wants no names to be read.
    """
    if not config.report.names:
        return {}
    columns = declared(config.columns, customer_numbers=config.rules.customer_numbers)
    read_again = partial(load, columns=by_name(columns), limits=limits_of(config), check=check)
    return {
        at: second
        for at, ((path, name), file) in enumerate(zip(files, loaded, strict=True))
        if _lacks_numbers(file, columns) and _is_usable(second := read_again(path, name), file, columns)
    }


def refused_for(loaded: Sequence[Loaded], some: Collection[int], why: Why) -> tuple[Loaded, ...]:
    """The files, of which some that lack record numbers say why these are not looked up."""
    return tuple(
        replace(file, reason=replace(file.reason, why=why)) if at in some and file.reason else file
        for at, file in enumerate(loaded)
    )


def _lacks_numbers(file: Loaded, columns: Columns) -> bool:
    """Whether a header asks for something and lacks the address, or the appointment where a customer number may stand for that.

    Other files without a header are not worth a second reading.
    """
    reason = file.reason
    if reason is None or reason.why is not Why.NO_HEADER:
        return False
    lacks = Column.ADDRESS in reason.missing or (columns.takes_customer_numbers and Column.APPOINTMENT in reason.missing)
    return lacks and Column.CONFIRMATION not in reason.missing


def _is_usable(second: Loaded, first: Loaded, columns: Columns) -> bool:
    """Whether a second reading of the same bytes shows days and names, and no record number at all."""
    headers = [each.header for sheet in second.sheets for each in (*sheet.declared.values(), *sheet.others)]
    count = sum(len(sheet.rows) for sheet in second.sheets)
    has_numbers = any(columns.strong_column(header) in IDS for header in headers)
    return second.readable and second.sha256 == first.sha256 and not has_numbers and count <= MOST_WRONG_ROWS


def check(loaded: Sequence[Loaded], config: Config) -> Checked:
    """Judge all rows of all files by what can be known without asking the CRM.

    A file on which that fails in a way that nobody foresaw is refused, and the log tells it; so is one with more than
    `MOST_WRONG_ROWS` wrong rows. All others are judged without it.
    """
    from sync.rows.validate import without_unfilled  # noqa: PLC0415 - as below

    loaded = [*map(without_unfilled, loaded)]
    try:
        checked = _judged(loaded, config)
    except Exception:
        odd = {at: Reason(Why.NOT_JUDGED) for at, file in enumerate(loaded) if file.readable and not _can_be_judged(file, config)}
        if not odd:
            raise
        checked = _judged(_refused(loaded, odd), config)
    wrong = _mostly_wrong(checked)
    return _judged(_refused(checked.files, wrong), config) if wrong else checked


def _refused(files: Sequence[Loaded], reasons: Mapping[int, Reason]) -> list[Loaded]:
    return [replace(file, sheets=(), reason=reasons[at]) if at in reasons else file for at, file in enumerate(files)]


def _mostly_wrong(checked: Checked) -> dict[int, Reason]:
    """The files with more wrong rows than anybody can mend, each with the first of them."""
    wrong = checked.rows.outcome == CheckOutcome.INVALID
    reasons = {}
    for file in range(len(checked.files)):
        rows = checked.rows.row[wrong & (checked.rows.file == file)]
        if len(rows) > MOST_WRONG_ROWS:
            reasons[file] = Reason(Why.TOO_MANY_WRONG, str(rows[0]))
    return reasons


def _can_be_judged(file: Loaded, config: Config) -> bool:
    try:
        _judged([file], config)
    except Exception as error:  # noqa: BLE001 - the guard of last resort: it costs this file only
        _log.error("The rows of %s cannot be checked; all other files are\n%s", file.name, without_values(error))
        return False
    return True


def _judged(loaded: Sequence[Loaded], config: Config) -> Checked:
    from sync.rows.validate import validate  # noqa: PLC0415 - numpy takes long to import: a file is read by another process meanwhile

    policy = _policy(config)
    return validate(loaded, Spellings(config.words), policy, place_text)


def limits_of(config: Config) -> Limits:
    """What a file may at most be."""
    limits = config.limits
    return Limits(
        file_bytes=limits.file_megabytes * _MEGABYTE,
        unpacked_bytes=limits.unpacked_megabytes * _MEGABYTE,
        cells=limits.cells,
        columns=limits.columns,
        seconds=limits.seconds_per_file,
        memory_bytes=limits.memory_megabytes * _MEGABYTE,
    )


def _policy(config: Config) -> RowPolicy:
    """What rows may ask for."""
    from sync.rows.validate import RowPolicy  # noqa: PLC0415

    rules = config.rules
    return RowPolicy(
        last_wins=rules.on_conflict == "last", create_missing=rules.create_missing_links, allow_delete=rules.allow_delete
    )
