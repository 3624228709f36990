"""What the ledger knows about runs, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.domain.model import Change, Left, Link, Live, Operation, State, Stopped, Verdict


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One input file of a run: where it was claimed, its name for people, its content's hash."""

    claimed: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DecidedFate:
    """Where a file of a finished run goes, decided before it moves; `reason` is the text beside a refused file."""

    run: str
    fate: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One input file of a run. `fate` is where it went, None as long as that is not decided."""

    name: str
    sha256: str
    fate: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. Times are ISO text; what a run knows only at its end is None before.

    `files` are those it read, `left` those that stayed in the drop folder.

    `carried_on_by` is the run that took over after this one was killed, `undo_of` the run that this one takes back, `accepted`
    the stopped run that somebody let pass with this one. `verdicts` counts rows. `forgotten` is when its details were removed.
    """

    id: str
    office: str
    started: str
    finished: str | None
    exit_code: int | None
    stopped: Stopped | None
    requests: int | None
    actions: int | None
    rounds: int | None
    carried_on_by: str | None
    undo_of: str | None
    accepted: str | None
    verdicts: Mapping[str, int] | None
    forgotten: str | None
    files: tuple[FileRecord, ...]
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """What a run did about one link that it sent. `after` is None where no look came after that."""

    change: Change
    before: Live
    after: Live | None = None
    verdict: Verdict | None = None
    verified: bool = False
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class BroughtAbout:
    """What a run set a link to, as a look proved: what it wanted done, and the words of both statuses, None where it left one."""

    link: Link
    run: str
    aim: Operation
    words: State


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request: when it left and was answered (ISO text), what it was, what came of it; None as long as that is not known."""

    kind: str
    left_at: str
    answered_at: str | None
    outcome: str | None
    links: int
