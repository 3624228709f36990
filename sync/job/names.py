"""Names beside numbers, for people: of those whom rows are about, and of who is linked instead of an address that a row names.

They are read from onOffice where sheets have none, in one request, and only in a run after which somebody has to look at rows.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import chain, count
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import Candidate, Code, Found, Meeting, Notice, Odd, as_hint
from sync.errors import StopRun
from sync.job import context
from sync.onoffice.agenda import MOST_LISTED, Directory
from sync.report.lines import need_a_person, own

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sync.domain.model import Checked
    from sync.domain.tables import Bools
    from sync.job.context import Job
    from sync.onoffice.client import Client
    from sync.rounds.converge import Rounds

#: So many are told beside a row.
_MOST_TOLD: Final = 10
#: So many names are read for a run at the most; the report page has no more rows below its groups.
_MOST_NAMED: Final = 5_000

_log = logging.getLogger(__name__)


def with_names(
    job: Job, client: Client, rounds: Rounds, checked: Checked, *, listed: bool = True
) -> tuple[Checked, tuple[Notice, ...]]:
    """The judged rows with the names of those whom they are about, and a notice where the right to read them is missing.

    Beside a row that is not linked stands who is. Without `listed` nobody is shown the rows by name.
    """
    checked = _with_starts(checked)
    linked = _linked_instead(rounds, checked)
    candidates = [*dict.fromkeys(chain.from_iterable(linked.values()))]
    wanted = dict.fromkeys([*candidates, *(_listed(checked) if listed else ())])
    people: Mapping[int, str] = {}
    notices: tuple[Notice, ...] = ()
    if wanted and job.config.report.names and not rounds.stopped:
        people, notices = _read(job, client, [*wanted], {*candidates, *_seen(checked)})
    return _with_candidates(replace(checked, people=people), linked, rounds.subjects if job.config.report.names else {}), notices


def _read(job: Job, client: Client, wanted: Sequence[int], seen: Iterable[int]) -> tuple[Mapping[int, str], tuple[Notice, ...]]:
    """The names of addresses, in one request, and whether to say that there is no right to read them: some were `seen`."""
    portions = context.portions_of(job.config, client)
    numbers = (f"{job.run_id}-n{number}" for number in count(1))
    some = wanted[: min(_MOST_NAMED, MOST_LISTED * portions.calls)]
    directory = Directory(client.read, numbers, portions)
    try:
        people = directory.people(some)
    except StopRun as stop:
        _log.info("no names: %s", stop.stopped.stop)
        return {}, ()
    hidden = directory.addresses.refused and (not directory.addresses.silent or not {*some}.isdisjoint(seen))
    return {key: person.name for key, person in people.items() if person.name}, (Notice(Odd.NO_NAMES, ""),) if hidden else ()


def _listed(checked: Checked) -> Iterator[int]:
    """The addresses of the rows that need a person, and after them of those that have changed; of sheets without names."""
    rows, verdicts = checked.rows, checked.verdicts
    needed = need_a_person(checked) & (rows.address_id > 0) & _nameless(checked)
    if verdicts is not None and needed.any():
        changed = (verdicts.attempts > 0) & _nameless(checked)
        yield from chain(rows.address_id[needed].tolist(), rows.address_id[changed].tolist())


def _nameless(checked: Checked) -> Bools:
    """Which rows stand in a sheet that has no names itself."""
    sheets = [sheet for file in checked.files for sheet in file.sheets]
    nameless = np.array([not own(sheet).name for sheet in sheets], dtype=bool)
    return np.repeat(nameless, [len(sheet.rows) for sheet in sheets])


def _seen(checked: Checked) -> Iterable[int]:
    """The addresses of which a look has shown that they are there."""
    verdicts = checked.verdicts
    return [] if verdicts is None else checked.rows.address_id[verdicts.before_found == Found.LINKED].tolist()


def _with_starts(checked: Checked) -> Checked:
    """The judged rows; one that is wrong itself has the start that a look at its appointment has shown for other rows."""
    rows, verdicts = checked.rows, checked.verdicts
    if verdicts is None:
        return checked
    known = verdicts.start.astype(bool)
    lacking = np.flatnonzero(need_a_person(checked) & ~known & (rows.appointment_id > 0))
    others = np.flatnonzero(known & np.isin(rows.appointment_id, rows.appointment_id[lacking]))
    starts = dict(zip(rows.appointment_id[others].tolist(), verdicts.start[others].tolist(), strict=True))
    if not starts:
        return checked
    start = verdicts.start.copy()
    start[lacking] = [starts.get(number) for number in rows.appointment_id[lacking].tolist()]
    return replace(checked, verdicts=replace(verdicts, start=start))


def _linked_instead(rounds: Rounds, checked: Checked) -> Mapping[int, tuple[int, ...]]:
    """The addresses of those appointments that turned out not to be linked to the address of a row."""
    problems = checked.problems
    lines = problems.at[problems.code == Code.NOT_LINKED]
    appointments = {*checked.rows.appointment_id[lines].tolist()}
    return {number: rounds.linked[number][:_MOST_TOLD] for number in sorted(appointments & rounds.linked.keys())}


def _with_candidates(checked: Checked, linked: Mapping[int, tuple[int, ...]], subjects: Mapping[int, str]) -> Checked:
    """The judged rows; beside those that are not linked stands who is, and which appointment that is."""
    problems, rows, verdicts = checked.problems, checked.rows, checked.verdicts
    places = np.flatnonzero(problems.code == Code.NOT_LINKED)
    if not linked or not len(places) or verdicts is None:
        return checked
    hint = problems.hint.copy()
    for place in places.tolist():
        line = problems.at[place]
        appointment = int(rows.appointment_id[line])
        if appointment in linked:
            meeting = Meeting(appointment, verdicts.start[line], subjects.get(appointment, ""))
            hint[place] = as_hint((Candidate(each, checked.people.get(each, "")) for each in linked[appointment]), meeting)
    return replace(checked, problems=replace(problems, hint=hint))
