"""What a run came to, told once for every report: the sentence, each row as a `Line`, who and when it is about.

The sentence is made of `Checked.tally`, where the counts are. Old and new of a link are worded here. `attempt` is the guard of
last resort: what goes wrong with one file costs that file, and is told to whoever looks after the job.
"""

from __future__ import annotations

import errno
import logging
from datetime import datetime
from functools import lru_cache
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from sync.confined.child import without_values
from sync.domain.model import (
    FINE,
    WITH_CANDIDATES,
    Checked,
    Code,
    Column,
    ExitCode,
    Found,
    Link,
    Operation,
    Severity,
    Verdict,
    from_hint,
    without_names,
)
from sync.errors import OF_THE_DISK
from sync.i18n import counted, spoken, text
from sync.i18n.texts import dropped_before_text, moment_text, next_step, problem_text, quoted, shown, verdict_meaning
from sync.rows.columns import HANDED_OUT, parse_begin, start_of, telling, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from sync.domain.model import Candidate, Sheet, Tally
    from sync.domain.tables import ProblemTable
    from sync.i18n import Language


_PAIR: Final = 2


def happened(counts: Tally) -> str:
    """What a run came to, in one sentence."""
    if counts.rows and counts.fine == counts.rows and not counts.blind:
        return _sentence(all_of("story.all_done", "story.both_done", counts.rows), counts)
    done = counts.fine - counts.blind
    parts = [counted("story.done", done)] if done or not counts.blind else []
    parts += [counted("story.blind", counts.blind)] if counts.blind else []
    return _sentence(_parts(", ".join(parts), counts), counts)


def meaning(verdict: Verdict, counts: Tally) -> str:
    """What a verdict means for the rows that have it, and for those of them that are not what it makes people think."""
    if verdict is Verdict.DUPLICATE and counts.repeating_failed:
        return f"{verdict_meaning(verdict)} {counted('story.repeating_failed', counts.repeating_failed)}"
    if verdict is not Verdict.UPDATED or not counts.blind:
        return verdict_meaning(verdict)
    if counts.blind == counts.of(verdict):
        return text("story.blind.meaning")
    return f"{verdict_meaning(verdict)} {counted('story.blind.some', counts.blind)}"


def found(counts: Tally) -> str:
    """What a check came to, in one sentence."""
    if counts.rows and counts.fine == counts.rows:
        return _sentence(all_of("story.all_good", "story.both_good", counts.rows), counts)
    good = counted("story.good", counts.fine)
    return _sentence(_parts(good, counts), counts)


def all_of(key: str, both: str, count: int) -> str:
    """The text of `key` for all of so many; of two, people say both."""
    return text(both) if count == _PAIR else counted(key, count)


def findings_told(findings: int, rows: int) -> str:
    """How many findings there are, and in how many rows."""
    what = counted("report.findings", findings)
    return f"{what} {counted('report.in_rows', rows)}"


def _parts(good: str, counts: Tally) -> str:
    if not counts.rows:
        return text("story.no_rows" if counts.unreadable or counts.waiting else "story.nothing")
    parts = [good]
    if counts.need_a_person:
        parts.append(counted("story.need", counts.need_a_person))
    waiting = (
        (counts.settled, "story.settled"),
        (counts.unseen, "story.unseen"),
        (counts.kept, "story.kept"),
        (counts.held, "story.held"),
    )
    parts += [counted(key, count) for count, key in waiting if count]
    return f"{counted('story.rows', counts.rows)}: {', '.join(parts)}"


def _sentence(rows: str, counts: Tally) -> str:
    parts = [rows]
    if unreadable := counts.unreadable - counts.unnumbered - counts.closed:
        parts.append(counted("story.unreadable", unreadable))
    if counts.closed:
        parts.append(counted("story.closed", counts.closed))
    if counts.unnumbered:
        parts.append(counted("story.unnumbered", counts.unnumbered))
    if counts.waiting:
        parts.append(counted("story.wait", counts.waiting))
    return f"{'; '.join(parts)}."


class RefusedFolder(NamedTuple):
    """The folder of files that could not be read; `seen` is how people reach it from their desks, "" where nobody knows."""

    path: Path
    seen: str = ""


def refused_in(refused: RefusedFolder | None, run: str) -> str:
    """Which folder has the unreadable files of a run, as people reach it, or whom to ask; "" where nothing is said of it."""
    if refused is None:
        return ""
    if refused.seen:
        slash = "\\" if "\\" in refused.seen else "/"
        return quoted(f"{refused.seen}{slash}{run}")
    return text("story.refused_in", folder=quoted(f"{refused.path.name}/{run}"))


T = TypeVar("T")

#: The same in a folder of our own, in which nobody else could have changed the rights of a place.
OF_OUR_FOLDER: Final = OF_THE_DISK | {errno.EACCES, errno.EPERM}

_log = logging.getLogger(__name__)


def attempt(what: str, write: Callable[[], T], fatal: AbstractSet[int] = OF_THE_DISK) -> T | None:
    """Write one file; None where that went wrong in whatever way, which the log then tells with its place.

    Raises OSError with one of the `fatal` numbers.
    """
    try:
        return write()
    except Exception as error:
        if isinstance(error, OSError) and error.errno in fatal:
            raise
        _log.error("%s could not be written; all others are\n%s", what, without_values(error))
        return None


#: Confirmation and feedback.
Words = tuple[str | None, str | None]


class Status(NamedTuple):
    """One status of a link in words. `old` is None where it is not known, `new` where it is left as it is."""

    old: str | None
    new: str | None

    @property
    def differs(self) -> bool:
        """Whether something else is wanted than is known to have been there."""
        return self.new is not None and self.old != self.new


def looked(found: Found | None, words: Words) -> Words:
    """What a look showed of a link, None where that is not known; a link that is not there has no status but that."""
    if found is Found.NOT_LINKED:
        return (text("report.not_linked"),) * 2
    return words if found is Found.LINKED else (None, None)


def old_and_new(action: str, wanted: Words, found: Found | None, before: Words) -> tuple[Status, Status]:
    """Confirmation and feedback before a run and as a row or a change wants them.

    Where only the link itself is at stake, "linked" stands for what there is no word for.
    """
    return _in_words(spoken(), action, wanted, found, before)


@lru_cache(maxsize=10_000)  # there are few of them, and rows by the million
def _in_words(_: Language, action: str, wanted: Words, found: Found | None, before: Words) -> tuple[Status, Status]:
    linked, not_linked = text("report.linked"), text("report.not_linked")
    old = looked(found, before)
    if action == Operation.UNLINK:
        confirmation, feedback = (word or linked for word in old) if found is Found.LINKED else old
        return Status(confirmation, not_linked), Status(feedback, not_linked)
    if action == Operation.LINK and not any(wanted):
        return Status(linked if found is Found.LINKED else old[0], linked), Status(old[1], None)
    return Status(old[0], wanted[0]), Status(old[1], wanted[1])


def not_set_up(feedback: Status) -> Status:
    """The feedback of an appointment that has none."""
    return feedback._replace(old=text("report.not_set_up"))


#: Rows turned into Python objects at a time, so that a long table never stands in memory twice.
_ROWS_AT_ONCE: Final = 20_000
_WITHOUT_FEEDBACK: Final = frozenset({Code.FEEDBACK_NOT_SET_UP, Code.ONLY_FEEDBACK_MISSING})
#: A later row counts instead, or an earlier one says the same: such rows stand in no correction file.
SETTLED_ELSEWHERE: Final = frozenset({Code.OVERRULED, Code.SAME_AS_FAILED})
_BEFORE_RUN: Final = (None, None, None, False, 0, None)
#: Of a name so many characters are shown.
_LONGEST_NAME: Final = 60


class RowFinding(NamedTuple):
    """One problem of a row, with its text and what to do. `candidates` are who is linked instead of the address in the row.

    `nameless` is the text without the names of people that onOffice has.
    """

    code: str
    column: str | None
    value: str | None
    message: str
    step: str
    nameless: str
    candidates: tuple[Candidate, ...] = ()

    @property
    def severity(self) -> Severity:
        """Whether the problem keeps its row from being sent."""
        return Code(self.code).severity


class Line(NamedTuple):
    """One row with everything that is said about it. `outcome` is the verdict, after a check the check's outcome."""

    file: int
    sheet: str | None
    row: int
    appointment_id: int | None
    address_id: int | None
    confirmation: str | None
    feedback: str | None
    action: str
    begin: str | None
    outcome: str
    before_found: Found | None
    before_confirmation: str | None
    before_feedback: str | None
    verified: bool
    attempts: int
    error_code: int | None
    findings: tuple[RowFinding, ...]

    @property
    def before_known(self) -> bool:
        """Whether a look showed before the run how the link was, or that there was none."""
        return self.before_found not in {None, Found.UNREADABLE}

    def statuses(self) -> tuple[Status, Status]:
        """Confirmation and feedback before the run and as the row wants them, in words."""
        before = (self.before_confirmation, self.before_feedback)
        confirmation, feedback = old_and_new(self.action, (self.confirmation, self.feedback), self.before_found, before)
        without = self.before_feedback is None and any(finding.code in _WITHOUT_FEEDBACK for finding in self.findings)
        return confirmation, not_set_up(feedback) if without and feedback.new is not None else feedback

    def changed(self) -> tuple[Status, Status] | None:
        """As `statuses`, of what the run changed only; None where that is nothing, or nobody knows."""
        if self.outcome == Verdict.UPDATED:
            return self.statuses()
        if all(finding.code != Code.ONLY_FEEDBACK_MISSING for finding in self.findings):
            return None
        before = (self.before_confirmation, self.before_feedback)
        confirmation, feedback = old_and_new(self.action, (self.confirmation, None), self.before_found, before)
        return (confirmation, feedback) if confirmation.differs else None

    @property
    def unseen(self) -> bool:
        """Whether it was sent and the next run looks what became of it."""
        return any(finding.code == Code.NOT_LOOKED_AT for finding in self.findings)

    @property
    def waits(self) -> bool:
        """Whether a later run goes on with it."""
        return self.outcome == Verdict.NOT_SENT or self.unseen

    @property
    def repeats_failed(self) -> bool:
        """Whether it repeats a row that somebody has to look at, and is as little done as that."""
        return self.outcome == Verdict.DUPLICATE and any(finding.code == Code.SAME_AS_FAILED for finding in self.findings)

    @property
    def fine(self) -> bool:
        """Whether nobody has to do anything, as far as the row itself tells."""
        return self.outcome in FINE and not self.repeats_failed

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody has to look at it: it is neither as it shall be nor waits."""
        return not self.fine and not self.waits

    @property
    def needs_correction(self) -> bool:
        """Whether somebody has to correct it, or to drop it once more: not where that is to be done with another row."""
        errors = {finding.code for finding in self.findings if finding.severity is Severity.ERROR}
        return self.needs_a_person and not (errors and errors <= SETTLED_ELSEWHERE)


class Known(NamedTuple):
    """What is known of who and when a row is about.

    `names`, `first_names`, `days` and `times` are cells of the sheet's own columns, but for what onOffice contradicts; `begin` is
    the start that it declares, ISO text. `person` and `start` are what onOffice has.
    """

    names: tuple[str, ...] = ()
    first_names: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    begin: str | None = None
    person: str = ""
    start: datetime | None = None

    @property
    def name(self) -> str:
        """The name in one line; "" where nobody knows it."""
        if not (self.names or self.first_names):
            return shown(self.person, _LONGEST_NAME) if self.person else ""
        own = next(filter(None, map(visible, self.names)), "")
        first = next(filter(None, map(visible, self.first_names)), "")
        return shown(f"{first} {own}".strip() if own and first not in own else own or first or self.person, _LONGEST_NAME)

    @property
    def when(self) -> str:
        """Day and time in words; "" where nobody knows them."""
        own = _when(self.begin, self.days, self.times, spoken()) if self.begin or self.days else ""
        return own or (_moment(self.start, spoken()) if self.start else "")


class Told(NamedTuple):
    """Whether somewhere stands who rows are about, and when."""

    name: bool
    when: bool


def own(sheet: Sheet) -> Told:
    """Whether a sheet has columns of its own that say who and when."""
    columns = telling(each.header for each in sheet.others)
    return Told(bool(columns.names or columns.first_names), Column.BEGIN in sheet.declared or bool(columns.days))


def beside(checked: Checked) -> Told:
    """Whether there is something to tell of who and when rows are about, by a sheet or by onOffice."""
    sheets = [own(sheet) for file in checked.files for sheet in file.sheets]
    started = checked.verdicts is not None and any(checked.verdicts.start.tolist())
    return Told(bool(checked.people) or any(each.name for each in sheets), started or any(each.when for each in sheets))


def known(checked: Checked, first: int = 0, last: int | None = None) -> Iterator[Known]:
    """Who and when each row from `first` up to `last` (not included) is about, beside `lines`."""
    end = len(checked.rows) if last is None else last
    start = 0
    for file in checked.files:
        for sheet in file.sheets:
            stop = start + len(sheet.rows)
            if start < end and stop > first:
                yield from islice(_known(checked, sheet, start), max(0, first - start), min(stop, end) - start)
            start = stop


def _known(checked: Checked, sheet: Sheet, start: int) -> Iterator[Known]:
    """Who and when the rows of a sheet are about, which begin at `start`."""
    rows, verdicts, count = checked.rows, checked.verdicts, len(sheet.rows)
    some, people = slice(start, start + count), checked.people
    groups = [
        zip(*(sheet.others[at] for at in columns), strict=True) if columns else repeat((), count)
        for columns in telling(each.header for each in sheet.others)
    ]
    starts = repeat(None, count) if verdicts is None else verdicts.start[some].tolist()
    persons: Iterable[str] = (
        (people.get(address, "") for address in rows.address_id[some].tolist()) if people else repeat("", count)
    )
    told = map(Known, *groups, rows.begin[some].tolist(), persons, starts)
    persons_differ, starts_differ = (
        {*(checked.problems.at[checked.problems.code == code] - start).tolist()}
        for code in (Code.PERSON_DIFFERS, Code.START_DIFFERS)
    )
    for at, each in enumerate(told):
        known = each._replace(names=(), first_names=()) if at in persons_differ else each
        yield known._replace(days=(), times=()) if at in starts_differ else known


def of_links(checked: Checked, links: Collection[Link]) -> dict[Link, Known]:
    """Who and when links are about, by the rows that name them."""
    found: dict[Link, Known] = {}
    if links:
        ids = zip(checked.rows.appointment_id.tolist(), checked.rows.address_id.tolist(), strict=True)
        for pair, each in zip(ids, known(checked), strict=True):
            if (link := Link(*pair)) in links:
                found.setdefault(link, each)
    return found


@lru_cache(maxsize=10_000)
def _moment(start: datetime, _: Language) -> str:
    """A start in words of a language."""
    return moment_text(start)


@lru_cache(maxsize=10_000)
def _when(begin: str | None, days: tuple[str, ...], times: tuple[str, ...], _: Language) -> str:
    """Day and time as a sheet has them itself, in words of a language."""
    for text_ in (begin, *days):
        if text_ and (moment := start_of(text_, times)):
            return moment_text(moment)
    for text_ in (begin, *days):
        if text_ and not isinstance(only := parse_begin(text_), Code) and only:
            return moment_text(datetime.fromisoformat(only))
    return ""


def after_run(checked: Checked) -> bool:
    """Whether there are verdicts."""
    return checked.verdicts is not None


def dropped_again(checked: Checked) -> Iterator[tuple[int, str]]:
    """What is said about files that were handed out or processed before, to the byte: their positions and a sentence.

    A correction file as it was handed out may have been dropped on purpose: nothing is said where that leaves nothing to do.
    """
    import numpy as np  # noqa: PLC0415 - as above

    ended = after_run(checked)
    needed = {*checked.rows.file[checked.need_a_person].tolist()} if ended else set()
    as_wanted = np.isin(checked.outcomes.astype(str), [Verdict.UNCHANGED, Verdict.DUPLICATE])
    other = {*checked.rows.file[~(as_wanted & checked.done)].tolist()}
    for at, file in enumerate(checked.files):
        if file.as_handed_out and at in needed:
            yield at, text("file.as_handed_out")
        elif file.dropped_before:
            nothing_to_do = file.readable and ended and (file.settled or at not in other)
            told = dropped_before_text(file.dropped_before, nothing_to_do=nothing_to_do)
            yield at, " ".join((told, *(counted("file.also_in", rows, name=quoted(name)) for name, rows in file.also_in)))


def not_filled_in(checked: Checked) -> Iterator[tuple[int, str]]:
    """What is said about work lists in which no row asks for anything: their positions and a sentence.

    Some people write into the column that only shows what there is.
    """
    asking = {*checked.rows.file.tolist()}
    for at, file in enumerate(checked.files):
        if at not in asking and any(sheet.blank and HANDED_OUT & sheet.declared.keys() for sheet in file.sheets):
            heads = ("confirmation_new", "feedback_new", "confirmation_now", "feedback_now")
            yield at, text("report.not_filled_in.list", **{head: text(f"worklist.head.{head}") for head in heads})


def lines(checked: Checked, first: int = 0, last: int | None = None) -> Iterator[Line]:
    """The rows from `first` up to `last` (not included) of the row table, in their order."""
    end = len(checked.rows) if last is None else last
    for start in range(first, end, _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, end)
        yield from _chunk(checked, slice(start, stop), range(start, stop))


def some_lines(checked: Checked, places: Sequence[int]) -> Iterator[Line]:
    """The rows at these lines of the row table, which ascend."""
    return _chunk(checked, places, places)


def findings(problems: ProblemTable) -> Iterator[tuple[int, RowFinding]]:
    """Every problem of a problem table, with the line of its row."""
    columns = (problems.at, problems.code, problems.column, problems.value, problems.hint)
    known: dict[tuple[Any, ...], RowFinding] = {}  # thousands of rows may repeat the same one
    for at, *said in zip(*(each.tolist() for each in columns), strict=True):
        finding = known.get(told := tuple(said))
        if finding is None:
            code, column, value, hint = said
            message, step = problem_text(code, column, value, hint), next_step(code, hint)
            named = code in WITH_CANDIDATES
            nameless = problem_text(code, column, value, without_names(hint)) if named else message
            candidates = from_hint(hint) if named else ()
            finding = known[told] = RowFinding(code, column, value, message, step, nameless, candidates)
        yield at, finding


def _chunk(checked: Checked, some: slice | Sequence[int], places: Sequence[int]) -> Iterator[Line]:
    """The rows at `places`, which ascend; `some` are the same in the form in which columns give them soonest."""
    if not places:
        return
    rows, run, count = checked.rows, checked.verdicts, len(places)
    columns: list[Iterable[Any]] = [each[some].tolist() for each in (rows.file, rows.sheet, rows.row)]
    columns += [[number or None for number in ids[some].tolist()] for ids in (rows.appointment_id, rows.address_id)]
    columns += [each[some].tolist() for each in (rows.confirmation, rows.feedback, rows.action, rows.begin, checked.outcomes)]
    if run is None:
        columns += [repeat(cell, count) for cell in _BEFORE_RUN]
    else:
        after = (run.before_found, run.before_confirmation, run.before_feedback, run.verified, run.attempts)
        columns += [each[some].tolist() for each in after]
        columns.append([code or None for code in run.error_code[some].tolist()])
    found: dict[int, list[RowFinding]] = {}
    first, last = checked.problems.at.searchsorted([places[0], places[-1] + 1])
    for at, finding in findings(checked.problems.some(slice(first, last))):
        found.setdefault(at, []).append(finding)
    columns.append(tuple(found.get(at, ())) for at in places)
    yield from map(Line._make, zip(*columns, strict=True))


def state(exit_code: int) -> str:
    """The colour of a night: "red" where the run ended early, "yellow" where rows or files need a person, else "green".

    Where another run of the office is at work, it is "yellow", too: how that one ends is not known yet.
    """
    yellow = {ExitCode.ROWS_NEED_A_PERSON, ExitCode.ALREADY_RUNNING}
    return "green" if exit_code == ExitCode.OK else "yellow" if exit_code in yellow else "red"


def seconds(started: str, finished: str) -> int:
    """From one ISO time to another, never below 0; 0 where one of them is no time."""
    try:
        return max(0, round((datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()))
    except (TypeError, ValueError):
        return 0


def lasted(total: int) -> str:
    """A number of seconds as people say it: "3 Min. 25 Sek."."""
    minutes, rest = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    units = (text("format.hours"), text("format.minutes"), text("format.seconds"))
    parts = [f"{value} {unit}" for value, unit in zip((hours, minutes, rest), units, strict=True) if value]
    return " ".join(parts[:2]) or f"0 {units[2]}"
