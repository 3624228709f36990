"""Who is linked to an appointment instead of the address that a row names: for people, with names where these may be read."""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import Candidate, Code, Found, as_hint
from sync.errors import StopRun
from sync.job import context
from sync.onoffice.directory import MOST_LISTED, Directory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.domain.model import Checked
    from sync.domain.tables import Changes
    from sync.job.context import Job
    from sync.onoffice.client import Client
    from sync.onoffice.directory import Person
    from sync.rounds.converge import Rounds

    #: Addresses by the number of their appointment.
    Candidates = Mapping[int, tuple[Candidate, ...]]

#: So many are told beside a row.
_MOST_TOLD: Final = 10

_log = logging.getLogger(__name__)


def linked_instead(job: Job, client: Client, rounds: Rounds, changes: Changes) -> Candidates:
    """The addresses of those appointments that turned out not to be linked to the address of a row.

    Their names are read in one request at most; without them there are numbers.
    """
    kinds = [code for code, live in enumerate(rounds.live.kinds) if live.found is Found.NOT_LINKED]
    appointments = {*changes.appointment[np.isin(rounds.live.codes, kinds)].tolist()} if kinds else set()
    ids = {number: rounds.linked[number][:_MOST_TOLD] for number in sorted(appointments & rounds.linked.keys())}
    names: Mapping[int, Person] = {}
    if job.config.report.names and not rounds.stopped:
        wanted = dict.fromkeys(address for some in ids.values() for address in some)
        numbers = (f"{job.run_id}-n{number}" for number in count(1))
        try:
            names = Directory(client.read, numbers, context.portions_of(job.config, client)).people([*wanted][:MOST_LISTED])
        except StopRun as stop:
            _log.info("no names: %s", stop.stopped.stop)
    return {
        appointment: tuple(Candidate(address, names[address].name if address in names else "") for address in some)
        for appointment, some in ids.items()
    }


def with_candidates(checked: Checked, candidates: Candidates) -> Checked:
    """The judged rows; beside those that are not linked stands who is."""
    problems = checked.problems
    places = np.flatnonzero(problems.code == Code.NOT_LINKED)
    if not candidates or not len(places):
        return checked
    hint = problems.hint.copy()
    for place in places.tolist():
        hint[place] = as_hint(candidates.get(int(checked.rows.appointment_id[problems.at[place]]), ())) or None
    return replace(checked, problems=replace(problems, hint=hint))
