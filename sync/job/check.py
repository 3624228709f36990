"""The first half of the job: files in, every row judged by what can be known without asking onOffice.

Only customer numbers are asked for before (`resolved`): onOffice says whose they are, and nothing is guessed. A file under which
runs died is not begun with again (`Quarantine`).
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from sync.confined.child import without_values
from sync.domain.model import (
    MOST_WRONG_ROWS,
    Candidate,
    Checked,
    CheckOutcome,
    Code,
    Column,
    Loaded,
    Place,
    Problem,
    Reason,
    Stop,
    Why,
    as_hint,
)
from sync.errors import OF_THE_DISK, StopRun, SyncError
from sync.i18n.texts import place_text
from sync.rows.columns import IDS, by_name, declared, is_customer_number, visible
from sync.rows.spellings import Spellings
from sync.sheets import load as loader
from sync.sheets.load import SUSPICIOUS, Limits, SlowFiles, go_on, try_samples
from sync.system.process import program_version

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from sync.config import Config
    from sync.domain.model import Sheet
    from sync.domain.tables import Texts
    from sync.job.context import Runtime
    from sync.ledger import Ledger, Memory
    from sync.onoffice.agenda import Directory, Person
    from sync.progress import Progress
    from sync.rows.columns import Columns
    from sync.rows.validate import RowPolicy

    Load = Callable[..., Loaded]  # as `sync.sheets.load.load`

    #: Whose a customer number is: the addresses by record number.
    Owners = Mapping[str, Mapping[int, Person]]


_log = logging.getLogger(__name__)

_MEGABYTE: Final = 1_000_000
#: How names of texts end that are no tables.
_NO_TABLES: Final = frozenset(
    {".py", ".js", ".css", ".sh", ".bat", ".cmd", ".ps1", ".sql", ".json", ".toml", ".ini", ".cfg", ".conf", ".yml", ".yaml"}
    | {".md", ".rst", ".log"}
)


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
            loaded.append(_no_table_by_name(slow.read(partial(load, path, name, columns, check=check))))
            phase.advance()
    if any(file.reason and file.reason.why in SUSPICIOUS for file in loaded):
        try_samples(limits, check)
    return tuple(loaded)


def _no_table_by_name(file: Loaded) -> Loaded:
    """A file without any header is called no sheet where its name says so, instead of one that lacks its header."""
    ending = PurePath(file.name).suffix.lower()
    reason = file.reason
    if reason is None or reason.why is not Why.NO_HEADER or reason.detail or ending not in _NO_TABLES:
        return file
    return replace(file, reason=Reason(Why.NOT_A_TABLE, ending))


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
    from sync.rows.validate import without_unfilled  # noqa: PLC0415 - as below

    if not config.report.names:
        return {}
    columns = declared(config.columns, customer_numbers=config.rules.customer_numbers)
    read_again = partial(load, columns=by_name(columns), limits=limits_of(config), check=check)
    return {
        at: second
        for at, ((path, name), file) in enumerate(zip(files, loaded, strict=True))
        if _lacks_numbers(file, columns) and _is_usable(second := without_unfilled(read_again(path, name)), file, columns)
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


#: A number as a spreadsheet shows it that has kept it as one.
_AS_NUMBER: Final = re.compile(r"([0-9]+)[.,]0{1,2}", re.ASCII)
_NO_DIGIT: Final = re.compile("[^0-9]")
#: In fewer digits too many numbers end; and so many are asked for, each in a call of its own: more are no slip of the pen.
_FEWEST_DIGITS: Final = 3
_MOST_SOUGHT: Final = 20
#: Why a run ends that onOffice has no part in.
_END_OF_RUN: Final = frozenset({Stop.INTERRUPTED, Stop.DEADLINE})
_RUN: Final = "customers"


def resolved(
    files: Sequence[Loaded], config: Config, credentials: tuple[str, str], runtime: Runtime, memory: Memory | None
) -> tuple[Loaded, ...]:
    """The files, with the record numbers that stand for the customer numbers in their sheets.

    Customer numbers and names are kept nowhere.

    Raises:
        StopRun: onOffice is out of reach, or does not answer properly.
    """
    wanted = sorted({number for file in files for sheet in file.sheets for number in _numbers(sheet) if number})
    if not wanted:
        return tuple(files)
    # not above: `check` uses this module and asks nobody
    from sync.job import context  # noqa: PLC0415
    from sync.onoffice.agenda import Directory  # noqa: PLC0415

    with context.asking(config, credentials, runtime, memory, _RUN) as (client, identifiers, portions):
        directory = Directory(client.read, identifiers, portions)
        owners = directory.by_customer_number([*wanted, *filter(None, map(_digits, wanted))])
        if directory.addresses.unclear:
            raise StopRun(Stop.BAD_ANSWERS, f"{directory.addresses.unclear} x KdNr")
        meant = _meant(wanted, owners, directory)
    return tuple(_with_owners(file, owners, meant) for file in files)


def unasked(files: Sequence[Loaded]) -> tuple[Loaded, ...]:
    """The files with numbers of no address in the place of customer numbers, for who checks them without onOffice."""
    return tuple(
        replace(file, sheets=tuple(_stand_in(sheet) if any(_numbers(sheet)) else sheet for sheet in file.sheets))
        for file in files
    )


def without_stand_ins(checked: Checked) -> Checked:
    """The rows, those that name a customer number without a record number."""
    named = [any(_numbers(sheet)) for file in checked.files for sheet in file.sheets]
    lengths = [len(sheet.rows) for file in checked.files for sheet in file.sheets]
    import numpy as np  # noqa: PLC0415 - takes long to import: a file is read by another process meanwhile

    mask = np.repeat(np.array(named, dtype=bool), lengths)
    return replace(checked, rows=replace(checked.rows, address_id=np.where(mask, 0, checked.rows.address_id)))


def _numbers(sheet: Sheet) -> Sequence[str]:
    """The customer number of each row; nothing where the sheet names record numbers."""
    cells = sheet.declared.get(Column.ADDRESS)
    if cells is None or not is_customer_number(cells.header):
        return ()
    return [plain_number(text) for text in cells]


def plain_number(text: str) -> str:
    """A customer number as it stands in onOffice, whatever the spreadsheet made of it; "" for a blank cell."""
    seen = visible(text)
    match = _AS_NUMBER.fullmatch(seen)
    return match[1] if match else seen


def _stand_in(sheet: Sheet) -> Sheet:
    numbers = _numbers(sheet)
    if not numbers:
        return sheet
    places = {number: str(at) for at, number in enumerate(dict.fromkeys(numbers), 1)}
    return replace(sheet, addresses=_texts(places[number] if number else "" for number in numbers))


def _meant(wanted: Sequence[str], owners: Owners, directory: Directory) -> Mapping[str, str]:
    """For numbers of nobody the one that differs only in what stands around its digits, where a single address has such a one."""
    unknown = {number: digits for number in wanted if not owners.get(number) and (digits := _digits(number))}
    sought = {digits for digits in unknown.values() if len(digits) >= _FEWEST_DIGITS and not owners.get(digits)}
    there: defaultdict[str, list[str]] = defaultdict(list)
    for number, people in _ending_in(sorted(sought)[:_MOST_SOUGHT], directory).items():
        there[_digits(number)] += [number] * len(people)
    there |= {digits: [digits] * len(owners[digits]) for digits in unknown.values() if owners.get(digits)}
    return {number: there[digits][0] for number, digits in unknown.items() if len(there[digits]) == 1}


def _ending_in(digits: Sequence[str], directory: Directory) -> Owners:
    """Whose numbers end so; nobody's where onOffice does not say, as no night ends for want of a suggestion."""
    try:
        return directory.ending_in(digits)
    except StopRun as stop:
        if stop.stopped.stop in _END_OF_RUN:
            raise
        _log.info("no customer numbers suggested: %s", stop.stopped.stop)
        return {}


def _with_owners(file: Loaded, owners: Owners, meant: Mapping[str, str]) -> Loaded:
    return replace(file, sheets=tuple(_sheet_with_owners(file.name, sheet, owners, meant) for sheet in file.sheets))


def _sheet_with_owners(file: str, sheet: Sheet, owners: Owners, meant: Mapping[str, str]) -> Sheet:
    numbers = _numbers(sheet)
    if not numbers:
        return sheet
    header = sheet.declared[Column.ADDRESS].header
    ids, problems = [], []
    for row, number in zip(sheet.rows.tolist(), numbers, strict=True):
        found = owners.get(number, {}) if number else {}
        ids.append(str(*found) if len(found) == 1 else "")
        if number:
            code, hint = _told(found, meant.get(number, ""))
            problems.append(Problem(Place(file, sheet.name, row), code, header, number, hint))
    return replace(sheet, addresses=_texts(ids), problems=(*sheet.problems, *problems))


def _told(found: Mapping[int, Person], meant: str) -> tuple[Code, str]:
    """What to say about the addresses that have a number; where there is none, with the number that may be meant."""
    if len(found) == 1:
        return Code.REPAIRED, str(*found)
    if found:
        return Code.CUSTOMER_NUMBER_SHARED, as_hint(Candidate(key, person.name) for key, person in found.items())
    return Code.CUSTOMER_NUMBER_UNKNOWN, meant


def _digits(number: str) -> str:
    """A number without what people write around one (`K-1017`, `01017`)."""
    return _NO_DIGIT.sub("", number).lstrip("0")


def same_digits(one: str, other: str) -> bool:
    """Whether two customer numbers differ in nothing but what people write around one."""
    return bool(_digits(one)) and _digits(one) == _digits(other)


def _texts(values: Iterator[str] | Sequence[str]) -> Texts:
    import numpy as np  # noqa: PLC0415 - as above

    return np.array([*values, None], dtype=object)[:-1]


#: So many runs may die under a file; the next one does not begin with it.
MOST_DEATHS: Final = 2


class Quarantine:
    """A file under which two runs died is set aside before a third one begins with it.

    Which file a run is at stands in the ledger before it begins to read or to mark it, and is taken out when it is done: what is
    left there of another run is a file under which that run died (killed, out of memory, an internal error), and no other one.
    What an older version of the program died of does not count: a new one may get over it.
    """

    def __init__(self, ledger: Ledger, run_id: str) -> None:
        self._ledger, self._run_id, self._program = ledger, run_id, program_version()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While files are worked on one by one; what would have ended the run at any file is none's fault."""
        try:
            yield
        except BaseException as error:
            if _is_no_files_fault(error):
                self._ledger.is_at_none(self._run_id)
            raise
        self._ledger.is_at_none(self._run_id)

    def load(self, path: Path, name: str, columns: Columns, limits: Limits, check: Callable[[], None] = lambda: None) -> Loaded:
        """As `sync.sheets.load.load`, but for a file under which two runs died: it is refused as it is."""
        sha256 = loader.sha256(path, limits)
        if sha256 and self._ledger.deaths(self._run_id, sha256, self._program) >= MOST_DEATHS:
            _log.error("%s is set aside: %d runs died while they worked on it", name, MOST_DEATHS)
            return Loaded(name, sha256, reason=Reason(Why.RUNS_DIED))
        self.begins(sha256)
        loaded = loader.load(path, name, columns, limits, check)
        return loaded if loaded.sha256 else replace(loaded, sha256=sha256)  # of a file that the reader crashed on

    def begins(self, sha256: str) -> None:
        """The run is about to work on a file."""
        self._ledger.is_at(self._run_id, sha256, self._program)


def _is_no_files_fault(error: BaseException) -> bool:
    """Whether a run ended in order, or because of the disk or the machine."""
    return isinstance(error, (SyncError, KeyboardInterrupt)) or (isinstance(error, OSError) and error.errno in OF_THE_DISK)
