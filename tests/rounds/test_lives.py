"""Promise: what is kept of links by the million says the same as one object for each would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync.domain.model import Change, Column, Confirmation, Feedback, Found, Link, LinkHistory, Live, Operation, State
from sync.domain.tables import Changes
from sync.rounds.converge import Rounds
from sync.rounds.reader import LiveStates
from sync.rounds.verdicts import fulfilled

IDS = st.integers(1, 4)
STATES = st.builds(State, st.none() | st.sampled_from(Confirmation), st.none() | st.sampled_from(Feedback))
LIVES = st.builds(Live, st.sampled_from(Found), STATES, st.sampled_from([None, "2026-12-02T09:00:00+01:00"]))
LINKS = st.builds(Link, IDS, IDS)
#: What two guarding columns may say: "Aktion", which guards nothing, stands in for a second one.
BEGIN, OTHER = (Column.BEGIN, "2026-12-02"), (Column.ACTION, "ja")
GUARDS = st.sampled_from([(), (BEGIN,), (OTHER,), (OTHER, BEGIN)])
CHANGES = st.lists(
    st.builds(Change, LINKS, STATES, st.sampled_from(Operation), GUARDS, st.none() | LIVES),
    unique_by=lambda change: change.link,
    max_size=16,
)


@given(CHANGES)
def test_changes_come_out_of_their_table_as_they_went_in(changes: list[Change]) -> None:
    table = Changes.of(changes)

    assert [*table] == sorted(changes, key=lambda change: change.link)
    assert [table[at] for at in range(len(table))] == [*table]
    assert [table.place(change.link) for change in table] == [*range(len(table))]
    wanted = {change.link for change in changes}
    assert all(table.place(Link(a, b)) is None for a in range(6) for b in range(6) if Link(a, b) not in wanted)


@given(CHANGES, st.dictionaries(LINKS, LIVES), st.sets(LINKS))
def test_only_what_is_as_wanted_and_untouched_is_settled(changes: list[Change], seen: dict[Link, Live], sent: set[Link]) -> None:
    table = Changes.of(changes)
    lives = LiveStates(table)
    shown = {link: live for link, live in seen.items() if table.place(link) is not None}
    for at, change in enumerate(table):
        if change.link in shown:
            lives.put(at, shown[change.link])
    rounds = Rounds(lives)
    rounds.past.update((link, LinkHistory(attempts=1)) for link in sent)

    assert dict(lives) == shown
    assert [lives.at(at) for at in range(len(table))] == [shown.get(change.link) for change in table]
    settled = rounds.settled().tolist()
    assert settled == [
        change.aim is not Operation.UNLINK and fulfilled(change, shown.get(change.link)) and change.link not in sent
        for change in table
    ]
    places, of_change = rounds.distinct()
    for at, stands_in in enumerate(places[of_change].tolist()):
        assert stands_in == at or (settled[at] and settled[stands_in] and lives.at(at) == lives.at(stands_in))
