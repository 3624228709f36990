"""The row table and the problem table as one line per row, as every report tells it."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sync.domain.model import FINE, HELD_BACK, WITH_CANDIDATES, Code, Found, Operation, Severity, Verdict, from_hint
from sync.i18n import text
from sync.i18n.texts import dropped_before_text, problem_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync.domain.model import Candidate, Checked
    from sync.domain.tables import Bools, ProblemTable, Texts


# Old and new of a link in words, the same in every report: its two statuses, and whether there is a link at all.


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
    linked, not_linked = text("report.linked"), text("report.not_linked")
    old = looked(found, before)
    if action == Operation.UNLINK:
        confirmation, feedback = (word or linked for word in old) if found is Found.LINKED else old
        return Status(confirmation, not_linked), Status(feedback, not_linked)
    if action == Operation.LINK and not any(wanted):
        return Status(linked if found is Found.LINKED else old[0], linked), Status(old[1], None)
    return Status(old[0], wanted[0]), Status(old[1], wanted[1])


#: Rows turned into Python objects at a time, so that a long table never stands in memory twice.
_ROWS_AT_ONCE: Final = 20_000
_BEFORE_RUN: Final = (None, None, None, False, 0, None)


class RowFinding(NamedTuple):
    """One problem of a row, with its text. `candidates` are who is linked instead of the address that the row names."""

    code: str
    column: str | None
    value: str | None
    message: str
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
        return old_and_new(self.action, (self.confirmation, self.feedback), self.before_found, before)

    @property
    def held(self) -> bool:
        """Whether a guard keeps it from being sent, until a person does something about that."""
        return any(finding.code in HELD_BACK for finding in self.findings)

    @property
    def unseen(self) -> bool:
        """Whether it was sent and the next run looks what became of it."""
        return any(finding.code == Code.NOT_LOOKED_AT for finding in self.findings)

    @property
    def waits(self) -> bool:
        """Whether a later run goes on with it."""
        return self.outcome == Verdict.NOT_SENT or self.unseen

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody has to look at it: it is neither as it shall be nor waits."""
        return self.outcome not in FINE and not self.waits

    @property
    def needs_correction(self) -> bool:
        """Whether somebody has to correct it, or to drop it once more: not where a later row overrules it."""
        errors = {finding.code for finding in self.findings if finding.severity is Severity.ERROR}
        return self.needs_a_person and errors != {Code.OVERRULED}


def after_run(checked: Checked) -> bool:
    """Whether there are verdicts."""
    return checked.verdicts is not None


def outcomes(checked: Checked) -> Texts:
    """The verdict of every row, after a check the check's outcome."""
    return checked.rows.outcome if checked.verdicts is None else checked.verdicts.verdict


def held(checked: Checked) -> Bools:
    """Which rows a guard keeps from being sent, as `Line.held`."""
    return _told_of(checked, HELD_BACK)


def unseen(checked: Checked) -> Bools:
    """Which rows were sent and are left to the next run to look at, as `Line.unseen`."""
    return _told_of(checked, {Code.NOT_LOOKED_AT})


def need_a_person(checked: Checked) -> Bools:
    """Which rows somebody has to look at, as `Line.needs_a_person`."""
    import numpy as np  # noqa: PLC0415 - takes long, and the processes that write for people do without it

    settled = np.isin(outcomes(checked).astype(str), [*FINE, Verdict.NOT_SENT])
    return ~(settled | unseen(checked))


def dropped_again(checked: Checked) -> Iterator[tuple[int, str]]:
    """What is said about files that were handed out or processed before, to the byte: their positions and a sentence.

    A correction file as it was handed out may have been dropped on purpose: nothing is said where that leaves nothing to do.
    """
    needed = {*checked.rows.file[need_a_person(checked)].tolist()} if after_run(checked) else set()
    for at, file in enumerate(checked.files):
        if file.as_handed_out and at in needed:
            yield at, text("file.as_handed_out")
        elif file.dropped_before:
            yield at, dropped_before_text(file.dropped_before)


def _told_of(checked: Checked, codes: Iterable[Code]) -> Bools:
    import numpy as np  # noqa: PLC0415 - as above

    told = np.zeros(len(checked.rows), dtype=bool)
    told[checked.problems.at[np.isin(checked.problems.code.astype(str), list(codes))]] = True
    return told


def lines(checked: Checked, first: int = 0, last: int | None = None) -> Iterator[Line]:
    """The rows from `first` up to `last` (not included) of the row table, in their order."""
    end = len(checked.rows) if last is None else last
    for start in range(first, end, _ROWS_AT_ONCE):
        yield from _chunk(checked, slice(start, min(start + _ROWS_AT_ONCE, end)))


def findings(problems: ProblemTable) -> Iterator[tuple[int, RowFinding]]:
    """Every problem of a problem table, with the line of its row."""
    columns = (problems.at, problems.code, problems.column, problems.value, problems.hint)
    for at, code, column, value, hint in zip(*(each.tolist() for each in columns), strict=True):
        candidates = from_hint(hint) if code in WITH_CANDIDATES else ()
        yield at, RowFinding(code, column, value, problem_text(code, column, value, hint), candidates)


def _chunk(checked: Checked, some: slice) -> Iterator[Line]:
    rows, run, count = checked.rows, checked.verdicts, some.stop - some.start
    columns: list[Iterable[Any]] = [each[some].tolist() for each in (rows.file, rows.sheet, rows.row)]
    columns += [[number or None for number in ids[some].tolist()] for ids in (rows.appointment_id, rows.address_id)]
    columns += [each[some].tolist() for each in (rows.confirmation, rows.feedback, rows.action, rows.begin, outcomes(checked))]
    if run is None:
        columns += [repeat(cell, count) for cell in _BEFORE_RUN]
    else:
        after = (run.before_found, run.before_confirmation, run.before_feedback, run.verified, run.attempts)
        columns += [each[some].tolist() for each in after]
        columns.append([code or None for code in run.error_code[some].tolist()])
    found: dict[int, list[RowFinding]] = {}
    first, last = checked.problems.at.searchsorted([some.start, some.stop])
    for at, finding in findings(checked.problems.some(slice(first, last))):
        found.setdefault(at, []).append(finding)
    columns.append(tuple(found.get(at, ())) for at in range(some.start, some.stop))
    yield from map(Line._make, zip(*columns, strict=True))
