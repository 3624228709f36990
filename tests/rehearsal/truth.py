"""Whether a report is true: its rows against the sheets as dropped, the CRM before and after, and what onOffice answered."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.rehearsal.worlds import by_link, contradict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from tests.rehearsal.worlds import Pair, Row, State, Words

    Report = dict[str, Any]
    Befores = Callable[[Pair], Sequence[Words | None]]

VERDICTS = ("updated", "unchanged", "duplicate", "conflict", "invalid", "rejected", "unknown", "not_sent")
#: What has to stand beside a row that was kept from being sent, without an error code of onOffice.
NOT_THERE = {"not_linked", "perhaps_hidden", "appointment_unknown"}
#: Why a change that onOffice took in silence is not there.
IN_SILENCE = {"not_made", "feedback_not_set_up", "only_feedback_missing"}
#: The same where nothing could be looked at.
NOT_READ = {"no_right_to_read", "start_unknown"}


def assert_true(
    report: Report, files: Mapping[str, Sequence[Row]], befores: Befores, after: State, *, carries_on: bool = False
) -> int:
    """Every row has one verdict and every verdict is true; returns the number of rows.

    `befores` tells the state of a link before the first thing that was sent to it, by this run or those that it carried on;
    there are several where it cannot be known from outside. One that `carries_on` may prove what a killed run had sent
    without having seen it.
    """
    rows = _rows_of(report, files)
    _assert_counts(report, len(rows))
    expected = judged_alone([row for row, _ in rows])
    out_of_date = {row.pair for row, _ in rows if not row.wrong and row.misses_its_appointment}
    for (row, told), what in zip(rows, expected, strict=True):
        place = f"{row} -> {told}"
        if what != "asks":
            assert told["outcome"] == what, place
            assert what != "duplicate" or report["run"]["stopped"] or _is_done_or_says_so(row, told, after.get(row.pair)), place
            continue
        assert told["outcome"] != "conflict" or row.pair in out_of_date or _is_stale(told), place
        _assert_before(told, befores(row.pair), place, carries_on=carries_on)
        _one_holds([partial(_assert_verdict, row, told, was, after.get(row.pair), place) for was in befores(row.pair)])
    return len(rows)


def _is_done_or_says_so(row: Row, told: Mapping[str, Any], now: Words | None) -> bool:
    """Whether a row that repeats another is as it shall be, or says that it is as little done as that."""
    taken_at_its_word = now is not None and now[1] is None
    return row.wants(now) or taken_at_its_word or any(problem["code"] == "same_as_failed" for problem in told["problems"])


#: What holds a row back that would set an older state again.
STALE = {"old_file", "changed_since"}


def _is_stale(told: Mapping[str, Any]) -> bool:
    return any(problem["code"] in STALE for problem in told["problems"])


def assert_nothing_newer_is_overwritten(
    rows: Sequence[tuple[Row, dict[str, Any]]], brought_about: set[tuple[Pair, int, str]]
) -> set[tuple[Pair, int, str]]:
    """No row has set a word again that a run had set before and somebody changed since; a list none but over what it shows.

    `brought_about` are the words that runs have set, by link and status; returns those of these rows.
    """
    by_pair: dict[Pair, list[tuple[Row, dict[str, Any]]]] = {}
    for row, told in rows:
        if not row.wrong:
            by_pair.setdefault(row.pair, []).append((row, told))
    new = set()
    for pair, some in by_pair.items():
        lists = [row.now for row, _ in some if row.now]
        for row, told in some:
            if told["outcome"] != "updated" or told["before"] is None or not told["verified"]:
                continue
            for status, name in enumerate(("confirmation", "feedback")):
                word, was = (row.confirmation, row.feedback)[status], told["before"][name]
                if not lists and word and was and was != word:
                    assert (pair, status, word) not in brought_about, f"{row} -> {told}"
                if lists and was and was != word:
                    assert was in {now[status] for now in lists}, f"{row} -> {told}"
                if word and all(other["outcome"] in {"updated", "duplicate"} for _, other in some):
                    new.add((pair, status, word))
    return new


def assert_undo_true(report: Report, was_before: Befores, befores: Befores, after: State, since: set[Pair]) -> None:
    """Every verdict about a link that was to be taken back is true.

    `was_before`: how that run found a link; `since`: those that something else may have changed after the undo.
    """
    rows = [told for file in report["files"] for told in file["rows"]]
    _assert_counts(report, len(rows))
    for told in rows:
        pair = told["appointment_id"], told["address_id"]
        now, place = after.get(pair), f"undo: {told}; was {befores(pair)}, is {after.get(pair)}"
        if pair in since:
            continue
        if told["outcome"] in {"updated", "unchanged"}:
            assert now in was_before(pair), place
        elif told["outcome"] != "unknown":
            assert now in befores(pair), place


def _one_holds(claims: Sequence[Callable[[], None]]) -> None:
    *some, last = claims
    for claim in some:
        with suppress(AssertionError):
            return claim()
    return last()


def _rows_of(report: Report, files: Mapping[str, Sequence[Row]]) -> list[tuple[Row, dict[str, Any]]]:
    """Each row as dropped with what the report says about it; none is missing, none is there twice."""
    pairs = []
    for file in report["files"]:
        rows = files[file["file"]]
        if not file["readable"] and all(row.unnumbered for row in rows):
            rows = ()  # onOffice could not be asked
        assert file["readable"] == bool(rows), file
        assert [told["row"] for told in file["rows"]] == [*range(2, len(rows) + 2)], file["file"]
        pairs += zip(rows, file["rows"], strict=True)
    assert len({file["file"] for file in report["files"]}) == len(report["files"])
    return pairs


def _assert_counts(report: Report, rows: int) -> None:
    summary, run = report["summary"], report["run"]
    counts = Counter(told["outcome"] for file in report["files"] for told in file["rows"])
    assert {verdict: summary[verdict] for verdict in VERDICTS} == {verdict: counts[verdict] for verdict in VERDICTS}
    assert summary["rows"] == sum(summary[verdict] for verdict in VERDICTS) == rows
    fine = rows == summary["updated"] + summary["unchanged"] + summary["duplicate"]
    readable = all(file["readable"] for file in report["files"])
    assert run["exit_code"] == (1 if run["stopped"] else 0 if fine and readable else 3)
    assert run["stopped"] or not summary["not_sent"], "only a run that stopped leaves rows unsent"


def judged_alone(rows: Sequence[Row]) -> list[str]:
    """What can be said about rows without the CRM: invalid, conflict, duplicate, or that it has to be asked."""
    links = by_link(rows)
    in_conflict = {pair for pair, some in links.items() if contradict(some)}
    told: dict[Pair, set[tuple[str, object]]] = {}
    outcomes = []
    for row in rows:
        if row.wrong:
            outcomes.append("invalid")
        elif row.pair in in_conflict:
            outcomes.append("conflict")
        else:
            says = {
                (what, word)
                for what, word in (
                    ("confirmation", row.confirmation), ("feedback", row.feedback), ("begin", row.begin), ("made", row.links)
                )
                if word
            }  # fmt: skip
            first = row.pair not in told
            outcomes.append("asks" if first or says - told[row.pair] else "duplicate")
            told.setdefault(row.pair, set()).update(says)
    return outcomes


def is_in_part(row: Row, codes: AbstractSet[str]) -> bool:
    """Whether a row is told that all but its feedback is there; it hears nothing of what only another row has asked for."""
    return "only_feedback_missing" in codes or ("feedback_not_set_up" in codes and not row.confirmation)


def _assert_verdict(row: Row, told: dict[str, Any], was: Words | None, now: Words | None, place: str) -> None:
    place = f"{place}; was {was}, is {now}"
    verdict, verified, codes = told["outcome"], told["verified"], {problem["code"] for problem in told["problems"]}
    match verdict:
        case "updated":
            # onOffice takes a feedback status for an appointment that has none; without a look nobody can see that
            taken_at_its_word = "not_verified" in codes and now is not None and now[1] is None
            assert row.wants(now) or taken_at_its_word, place
            assert not row.wants(was) or told["before"] is None, place
            assert told["attempts"] > 0, place
        case "unchanged":
            assert row.wants(now), place
            assert row.wants(was), place
        case "rejected":
            in_part = is_in_part(row, codes) and verified and now is not None and now[1] is None
            assert was == now or in_part, place
            assert told["error_code"] or codes & (NOT_THERE | NOT_READ | IN_SILENCE), place
            assert not verified or not row.wants(now) or codes & NOT_THERE, place
        case "not_sent" | "conflict":
            assert was == now, place
        case "unknown":
            assert not (verified and row.wants(now)), place
        case _:
            raise AssertionError(place)
    assert codes or verdict in {"updated", "unchanged"}, f"no reason: {place}"


def _assert_before(told: dict[str, Any], befores: Sequence[Words | None], place: str, *, carries_on: bool = False) -> None:
    """The state before that the report tells is the true one; without one, nothing is claimed that needs it."""
    if told["before"] is not None:
        before = told["before"]["confirmation"], told["before"]["feedback"]
        assert before in {was or (None, None) for was in befores}, f"{place}; was {befores}"
        return
    codes = {problem["code"] for problem in told["problems"]}
    proved = carries_on and told["verified"]
    assert proved or told["outcome"] in {"not_sent", "unknown", "rejected"} or "not_verified" in codes, place
