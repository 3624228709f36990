"""Whatever onOffice speaks: two nights in each dialect, every verdict true, nothing touched that nobody asked for."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.rehearsal.cases import rule
from tests.rehearsal.dialects import CREDENTIALS, DIALECTS, FINE, Nights, onoffice
from tests.rehearsal.dialects_not_yet import CHANGES_NOT_YET, NOT_YET
from tests.rehearsal.instants import Instants, Killed, dies, watched
from tests.rehearsal.quick import make_quick

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from sync.simulator import Running
    from tests.job.conftest import Kit
    from tests.rehearsal.dialects import Clock, Dialect

RELIABILITY: Final = Path(__file__).parents[2] / "docs" / "reliability.md"
BY_NAME: Final = {dialect.name: dialect for dialect in DIALECTS}

#: Requests of the two nights of the default dialect: look, send, look again; the first night also asks for the relations of what
#: a look does not show, and sends the first write of an office alone. In the second one, with the same sheet, nothing is sent.
FLOOR: Final = (6, 2)

#: One of each kind: the others are played in the long form.
SHORT: Final = (
    *("default", "words=german", "words=other", "followup_words=booleans", "followup_unset=inactive", "contacts_shape=object"),
    *("records_shape=by_id", "record_ids=missing", "noise=warning_before", "single_read=number, single_refusal=169"),
    *("followup_place=parameter, followup_elsewhere=error", "identifiers=cut", "identifiers=empty"),
    *(
        "missing_calls=appointmentList, missing_code=25",
        "missing_calls=idsfromrelation, missing_code=25",
        "http_status=500",
        "rate_answer=429_bare, rate_per_minute=2",
    ),
    *("redirect_status=307, redirect=same_host", "clock_offset_s=7200", "partial_writes=reset", "read_lag_s=3"),
    *("hidden_contacts=0.3", "double_contacts=1", "address_rights=False", "protected=series, protected_code=0"),
)


class Played:
    """A dialect played for two nights with the same sheet, then taken back, and all that was wrong with it."""

    def __init__(self, folder: Path, kit: type[Kit], api: Running, dialect: Dialect, clock: Clock | None = None) -> None:
        nights = Nights(folder, kit, api, dialect.options, clock)
        nights.drop("eins.csv")
        self.first = nights.night()
        nights.drop("zwei.csv")
        self.second = nights.night()
        self.problems = [*self.first.wrong(), *self.second.wrong(), *nights.unasked()]
        if dialect.settles:
            self.problems += nights.left(self.second)
            self.problems += ["the second night failed"] if self.second.exit_code == 1 else []
        again = [pair for pair in self.second.writes() if _is_over(self.first.outcome(pair))]
        probes = dialect.options.get("protected_code") in {156, 174}  # one link a night: a right may have been given since
        self.problems += [f"sent again: {pair}" for pair in again[probes:]]
        self.problems += nights.untold()

    def line(self, name: str, floor: tuple[int, int]) -> str:
        """A line of the table of docs/reliability.md."""
        more = [f"{night.requests - least:+}" for night, least in zip((self.first, self.second), floor, strict=True)]
        return f"| `{name}` | {self.first.counts()} | {self.second.counts()} | {more[0]}, {more[1]} |"


def _is_over(outcome: str) -> bool:
    return outcome in FINE | {"rejected"}


def _cases(names: tuple[str, ...]) -> list[object]:
    not_yet = {name: pytest.mark.xfail(reason=reason, strict=True) for name, reason in NOT_YET.items()}
    return [pytest.param(BY_NAME[name], id=name, marks=not_yet.get(name, ())) for name in names]


@pytest.mark.parametrize("dialect", _cases(SHORT))
def test_in_every_dialect_each_verdict_is_true_and_the_second_night_ends_well(
    tmp_path: Path, kit: type[Kit], api: Running, dialect: Dialect
) -> None:
    assert Played(tmp_path / "office", kit, api, dialect).problems == []


@pytest.mark.parametrize("answer", CREDENTIALS)
def test_refused_credentials_stop_the_job_with_the_same_sentence_in_every_envelope(
    tmp_path: Path, kit: type[Kit], api: Running, answer: str
) -> None:
    nights = Nights(tmp_path / "office", kit, api, {"credentials_answer": answer, "refuse_credentials": True})
    nights.drop("eins.csv")
    night = nights.night()
    assert night.report is not None
    assert night.report["run"]["stopped"]["code"] == "credentials"
    assert (night.exit_code, night.requests, nights.state) == (1, 1, nights.first)


def test_the_default_dialect_needs_as_few_requests_as_ever(tmp_path: Path, kit: type[Kit], api: Running) -> None:
    played = Played(tmp_path / "office", kit, api, BY_NAME["default"])
    assert (played.first.requests, played.second.requests) == FLOOR


#: What an office speaks one night, and from the next one on.
CHANGES: Final = [
    ("default", "words=german"),
    ("words=german", "default"),
    ("words=other", "words=numbers"),
    ("followup_words=booleans", "followup_words=other"),
    ("contacts_shape=object", "records_shape=by_id"),
    ("single_read=number, single_refusal=169", "single_read=parameter"),
    ("single_read=none", "default"),
    ("missing_calls=appointmentList, missing_code=25", "missing_calls=calendar, missing_code=23"),
    ("followup_place=data, followup_elsewhere=error", "followup_place=parameter, followup_elsewhere=error"),
    ("identifiers=empty", "identifiers=upper"),
    ("modify_verb=create", "default"),
    ("default", "modify_verb=create"),
    ("empty_resourceid=18", "filled_resourceid=24"),
    ("default", "partial_writes=reset"),
    ("read_lag_s=20", "default"),
    ("clock_offset_s=7200", "clock_offset_s=-3600"),
    ("default", "single_read=parameter, single_refusal=169"),
]
SHORT_CHANGES: Final = [CHANGES[place] for place in (0, 2, 5, 12, 13, 16)]


def _change_cases(changes: list[tuple[str, str]]) -> list[object]:
    cases = []
    for change in changes:
        reasons = [NOT_YET[name] for name in change if name in NOT_YET] + [*filter(None, [CHANGES_NOT_YET.get(change)])]
        marks = pytest.mark.xfail(reason=reasons[0], strict=False) if reasons else ()  # it may hold in mixture
        cases.append(pytest.param(*change, marks=marks))
    return cases


def changed_between_two_nights(nights: Nights, after: Dialect) -> list[str]:
    """What is wrong where an office speaks otherwise from the second night on."""
    problems = []
    for number, name in enumerate(("eins.csv", "zwei.csv", "drei.csv")):
        if number == 1:
            nights.speak(after.options)
        nights.drop(name)
        night = nights.night()
        problems += night.wrong()
    return [*problems, *nights.left(night), *nights.unasked()]


@pytest.mark.parametrize(("before", "after"), _change_cases(SHORT_CHANGES))
def test_an_office_that_speaks_otherwise_from_one_night_to_the_next_recovers_by_itself(
    tmp_path: Path, kit: type[Kit], api: Running, before: str, after: str
) -> None:
    nights = Nights(tmp_path / "office", kit, api, BY_NAME[before].options)
    assert changed_between_two_nights(nights, BY_NAME[after]) == []


@pytest.mark.long
@pytest.mark.parametrize(("before", "after"), _change_cases(CHANGES))
def test_an_office_that_speaks_otherwise_recovers_whatever_changes(
    tmp_path: Path, kit: type[Kit], api: Running, before: str, after: str
) -> None:
    nights = Nights(tmp_path / "office", kit, api, BY_NAME[before].options)
    assert changed_between_two_nights(nights, BY_NAME[after]) == []


def test_the_table_of_the_reliability_has_a_line_for_each_dialect() -> None:
    table = RELIABILITY.read_text(encoding="utf-8").partition("| dialect |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE) == [dialect.name for dialect in DIALECTS]


@pytest.mark.long
def test_every_dialect_alone_and_the_table_of_the_reliability(
    tmp_path: Path, kit: type[Kit], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_quick(monkeypatch)
    wrong = {}
    for number, dialect in enumerate(DIALECTS):
        with onoffice(kit) as (api, clock):
            played = Played(tmp_path / str(number), kit, api, dialect, clock)
        print(played.line(dialect.name, FLOOR), flush=True)  # noqa: T201 - for docs/reliability.md
        if played.problems:
            wrong[dialect.name] = played.problems[:3]
    assert {name: found for name, found in wrong.items() if name not in NOT_YET} == {}
    assert NOT_YET.keys() - wrong.keys() == set(), "these hold now"


#: Mixtures of the long form; `MIXTURES=100-200` plays some of them.
MIXTURES: Final = range(*map(int, os.environ.get("MIXTURES", "0-3000").split("-")))


def mixture(dice: random.Random) -> dict[str, Any]:
    """The options of two or three dialects that do not say different things about the same."""
    options: dict[str, Any] = {}
    for dialect in dice.sample([dialect for dialect in DIALECTS if dialect.options and dialect.settles], dice.choice((2, 3))):
        both = options | dialect.options
        if not options.keys() & dialect.options.keys() and not _is_of_no_use(both):
            options = both
    return options


def _is_of_no_use(options: dict[str, Any]) -> bool:
    """Whether no write at all is taken, or appointments are shown without any id (`calendar` has none among the elements)."""
    no_id = options.get("record_ids") == "missing"
    no_other = options.get("element_ids") == "missing" or "appointmentList" in options.get("missing_calls", [])
    return {"empty_resourceid", "filled_resourceid"} <= options.keys() or (no_id and no_other)


class Mixed:
    """Nights in a mixture of dialects with faults, in which the job may die, and then in peace."""

    def __init__(self, folder: Path, kit: type[Kit], api: Running, dice: random.Random, clock: Clock) -> None:
        self.nights = Nights(folder, kit, api, mixture(dice), clock)
        self.spoken = [self.nights.options]
        self.problems: list[str] = []
        befores = [self.nights.first]
        for name in ("eins.csv", "zwei.csv"):
            api.put_faults([_outlasting(rule(dice)) for _ in range(dice.randint(0, 2))])
            self.nights.drop(name)
            if dice.random() < 0.3:
                self.dies(dice)
                befores.append(self.nights.state)
            night = self.nights.night(befores)
            befores = [*befores, self.nights.state] if night.exit_code == 1 else [self.nights.state]
            self.problems += night.wrong()
        api.put_faults([])
        if dice.random() < 0.3:  # an office is moved to another version of the API
            self.nights.speak(mixture(dice))
            self.spoken.append(self.nights.options)
        for name in ("drei.csv", "vier.csv"):
            self.nights.drop(name, anew=True)  # what a fault refused, or another version of the API, is asked again
            last = self.nights.night(befores)
            self.problems += last.wrong()
            befores = [self.nights.state]
        self.problems += [*self.nights.left(last, taught=False), *self.nights.unasked(), *self.nights.untold()]

    def dies(self, dice: random.Random) -> None:
        """One start that ends at some instant as if its process had been killed."""
        with suppress(Killed), watched(Instants(self.nights.office.folder, dice.randint(1, 400), dies)):
            self.nights.office.run(self.nights.tools())


def _outlasting(fault: dict[str, Any]) -> dict[str, Any]:
    """A fault; where onOffice is gone, some of the pauses between two tries are over before it is back, and some are not."""
    return {**fault, "seconds": 1.5} if fault["do"] == "stop" else fault


@pytest.mark.long
def test_dialects_mixed_with_faults_and_deaths(
    tmp_path: Path, kit: type[Kit], dice: Callable[[int], random.Random], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_quick(monkeypatch)
    wrong = {}
    for number in MIXTURES:
        with onoffice(kit) as (api, clock):
            mixed = Mixed(tmp_path / str(number), kit, api, dice(number), clock)
        if mixed.problems:
            wrong[number] = (mixed.spoken, mixed.problems[:3])
            print(number, mixed.spoken, *(problem[:500] for problem in mixed.problems[:5]), sep="\n  ", flush=True)  # noqa: T201
        shutil.rmtree(tmp_path / str(number))
    assert wrong == {}
