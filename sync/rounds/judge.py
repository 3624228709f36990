"""Every row gets its verdict: what was concluded about the changes, laid over the rows. Pure, by column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import repeat
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import FINE, CheckOutcome, Code, ExitCode, Found, Operation, Verdict
from sync.domain.tables import ProblemTable, VerdictTable
from sync.rounds.guards import GUARDS, local_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from sync.domain.model import Checked, Conclusion, Live
    from sync.domain.tables import Bools, Ints, RowTable, Texts
    from sync.rounds.verdicts import Evidence


#: So many rows of a file, and no other, say more about its columns than about the rows.
_ENOUGH_ROWS: Final = 3


def judge(
    checked: Checked, evidence: Sequence[Evidence], conclusions: Sequence[Conclusion], of_change: Ints, zone: tzinfo
) -> Checked:
    """Give every row its verdict, and the findings that go with it.

    `of_change` says for each of `checked.changes` where in `evidence` and `conclusions` that is which holds for it, `zone` is the
    office's own time.
    """
    rows = checked.rows
    concluded = np.append(of_change, -1)[rows.change]
    of_row = _Facts.of(evidence, conclusions, zone).some(concluded)
    asks = (rows.outcome == CheckOutcome.VALID) & (rows.change >= 0)
    has = asks & _has_its_own_words(rows, of_row.now_linked, of_row.now)
    had = asks & _has_its_own_words(rows, of_row.before_linked, of_row.before)
    has &= ~of_row.lost
    for column, guard in GUARDS.items():
        has &= ~((of_row.code == guard.differs) & _is_there(rows.guards[column]))  # such a row speaks of another meeting
    kept, got = has & had, has & ~had & (of_row.attempts > 0) & of_row.proved
    verdict = np.where(asks, of_row.verdict, rows.outcome)
    verdict[kept] = Verdict.UNCHANGED.value
    verdict[got] = Verdict.UPDATED.value
    verdicts = VerdictTable(
        verdict=verdict,
        before_confirmation=of_row.before[0],
        before_feedback=of_row.before[1],
        before_found=of_row.before_found,
        verified=np.where(kept | got, of_row.proved, asks & of_row.verified),
        attempts=of_row.attempts,
        error_code=np.where(kept | got | ~asks, 0, of_row.error_code),
        start=of_row.start,
    )
    told = np.flatnonzero(asks & ~kept & ~got & of_row.told)
    warned = np.flatnonzero(asks & ~kept & of_row.warned)
    found = _with_whole_files(_problems(conclusions, concluded, told), rows.file, asks)
    warnings = _warnings(conclusions, concluded, warned), _sent_before(checked, of_row)
    problems = ProblemTable.joined([checked.problems, found, *warnings])
    return replace(checked, problems=problems, verdicts=verdicts)


def exit_code(checked: Checked, *, stopped: bool = False, dry_run: bool = False) -> ExitCode:
    """What the command says to its caller about rows that are judged, or only checked."""
    if stopped:
        return ExitCode.FAILED
    fine = {*FINE, Verdict.NOT_SENT} if dry_run else FINE
    return (
        ExitCode.OK if set(checked.outcomes[~checked.settled]) <= fine and not checked.unreadable else ExitCode.ROWS_NEED_A_PERSON
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """What is known, one line per conclusion. `before` and `now` are the two words of the link, None where not linked."""

    verdict: Texts
    told: Bools
    warned: Bools
    code: Texts
    lost: Bools
    error_code: Ints
    verified: Bools
    proved: Bools
    attempts: Ints
    before: tuple[Texts, Texts]
    before_found: Texts
    before_linked: Bools
    now: tuple[Texts, Texts]
    now_linked: Bools
    start: Texts

    @classmethod
    def of(cls, evidence: Sequence[Evidence], conclusions: Sequence[Conclusion], zone: tzinfo) -> _Facts:
        """One line per conclusion, and a last one that stands for "no change" (position -1)."""
        before = [_words(each.before) for each in evidence]
        now = [_words(each.now) for each in evidence]
        return cls(
            verdict=_texts(each.verdict.value for each in conclusions),
            told=_flags(each.code is not None for each in conclusions),
            warned=_flags(bool(each.warnings) for each in conclusions),
            code=_texts(each.code for each in conclusions),
            lost=_flags(each.code is Code.OTHER_STATUS_LOST for each in conclusions),
            error_code=_numbers(each.error_code or 0 for each in conclusions),
            verified=_flags(each.verified for each in conclusions),
            proved=_flags(each.proved for each in evidence),
            attempts=_numbers(each.past.attempts for each in evidence),
            before=(_texts(words[0] for words in before), _texts(words[1] for words in before)),
            before_found=_texts(each.before and each.before.found for each in evidence),
            before_linked=_flags(_is_linked(each.before) for each in evidence),
            now=(_texts(words[0] for words in now), _texts(words[1] for words in now)),
            now_linked=_flags(_is_linked(each.now) for each in evidence),
            start=_texts(_start(each, zone) for each in evidence),
        )

    def some(self, lines: Ints) -> _Facts:
        """Some lines, in another order."""
        return _Facts(
            self.verdict[lines],
            self.told[lines],
            self.warned[lines],
            self.code[lines],
            self.lost[lines],
            self.error_code[lines],
            self.verified[lines],
            self.proved[lines],
            self.attempts[lines],
            (self.before[0][lines], self.before[1][lines]),
            self.before_found[lines],
            self.before_linked[lines],
            (self.now[0][lines], self.now[1][lines]),
            self.now_linked[lines],
            self.start[lines],
        )


def _start(evidence: Evidence, zone: tzinfo) -> datetime | None:
    """When an appointment starts, as the last look that tells it has it."""
    starts = [live.start for live in (evidence.now, evidence.before) if live and live.start]
    return local_start(starts[0], zone) if starts else None


def _texts(values: Iterable[object]) -> Texts:
    return np.fromiter([*values, None], dtype=object)


def _numbers(values: Iterable[int]) -> Ints:
    return np.fromiter([*values, 0], dtype=np.int64)


def _flags(values: Iterable[bool]) -> Bools:
    return np.fromiter([*values, False], dtype=bool)


def _words(live: Live | None) -> tuple[str | None, str | None]:
    return live.state.words if live is not None and live.found is Found.LINKED else (None, None)


def _is_linked(live: Live | None) -> bool:
    return live is not None and live.found is Found.LINKED


def _has_its_own_words(rows: RowTable, linked: Bools, words: tuple[Texts, Texts]) -> Bools:
    """Rows whose own words the CRM has or had, whatever became of what other rows wanted for their link."""
    has: Bools = linked & (rows.action != Operation.UNLINK)
    for wanted, there in zip((rows.confirmation, rows.feedback), words, strict=True):
        has &= ~_is_there(wanted) | (wanted == there)
    return has


def _is_there(texts: Texts) -> Bools:
    return np.fromiter((text is not None for text in texts.tolist()), dtype=bool, count=len(texts))


def _problems(conclusions: Sequence[Conclusion], concluded: Ints, at: Ints) -> ProblemTable:
    """What to say beside the rows that did not go through."""
    some = [conclusions[number] for number in concluded[at].tolist()]
    values = (each.bar.value if each.bar else each.error_code and str(each.error_code) for each in some)
    return ProblemTable(
        at,
        _column((each.code and each.code.value for each in some), len(at)),
        _column((None for _ in some), len(at)),
        _column(values, len(at)),
        _column((each.bar.hint if each.bar else None for each in some), len(at)),
    )


def _with_whole_files(problems: ProblemTable, file: Ints, asks: Bools) -> ProblemTable:
    """The findings; where the CRM knows no appointment of a file, as with swapped columns, with the number of its rows."""
    strange = problems.code == Code.APPOINTMENT_UNKNOWN
    of_file = file[problems.at]
    files = int(file.max(initial=-1)) + 1
    asked, strangers = np.bincount(file[asks], minlength=files), np.bincount(of_file[strange], minlength=files)
    swapped = strange & ((asked == strangers) & (asked >= _ENOUGH_ROWS))[of_file]
    hint = problems.hint.copy()
    hint[swapped] = [str(number) for number in asked[of_file[swapped]].tolist()]
    return replace(problems, hint=hint)


def _warnings(conclusions: Sequence[Conclusion], concluded: Ints, at: Ints) -> ProblemTable:
    """What may follow from what was sent, beside its rows."""
    pairs = zip(at.tolist(), concluded[at].tolist(), strict=True)
    found = [(line, code.value) for line, number in pairs for code in conclusions[number].warnings]
    nothing = np.full(len(found), None, dtype=object)
    lines = np.array([line for line, _ in found], dtype=np.int64)
    return ProblemTable(lines, _column((code for _, code in found), len(found)), nothing, nothing, nothing)


def _sent_before(checked: Checked, of_row: _Facts) -> ProblemTable:
    """What an interrupted run has made of links, beside the rows that are set aside now."""
    asks_nothing = np.append(checked.changes.asks_nothing, False)[checked.rows.change]
    lines = np.flatnonzero(asks_nothing & of_row.proved)  # hardly ever any
    some = of_row.some(lines)
    differs = some.now_linked != some.before_linked
    for now, before in zip(some.now, some.before, strict=True):
        differs |= now != before
    lines = lines[differs]
    nothing = np.full(len(lines), None, dtype=object)
    return ProblemTable(lines, _column(repeat(Code.SENT_BEFORE.value, len(lines)), len(lines)), nothing, nothing, nothing)


def _column(values: Iterable[str | None], count: int) -> Texts:
    return np.fromiter(values, dtype=object, count=count)
