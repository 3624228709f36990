"""Which offices a folder holds, and which of them cannot run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sync import config as configuration
from sync.config import FOLDERS, Config
from sync.domain.model import ExitCode
from sync.errors import ConfigurationError
from sync.i18n import LazyText, worded_in
from sync.i18n.texts import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Office:
    """One configuration of the folder. `config` is None where it cannot be read, `mistakes` are why the office cannot run."""

    path: Path
    config: Config | None = None
    mistakes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name without its ending: unlike the office's own name it is there whatever is in the file."""
        return self.path.stem


#: What is wrong with a folder, told to the office that has it and to the one whose folder it is, too.
_SAME: Final = ("fleet.is_also", "fleet.is_also_ours")
_WITHIN: Final = ("fleet.lies_in", "fleet.lies_in_ours")


def offices_in(folder: Path) -> list[Office]:
    """Every `*.toml` of a folder, by name; a damaged one is an office, too, as nobody shall be forgotten.

    Raises:
        ConfigurationError: the folder cannot be read, or there is none.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
    except OSError as error:
        raise ConfigurationError([_in(folder, LazyText("configuration.not_read", said=said(error)))]) from None
    if not paths:
        raise ConfigurationError([no_office_in(folder)])
    offices = [_office(path) for path in paths]
    shared = _shared(offices)
    return [replace(office, mistakes=(*office.mistakes, *shared.get(office.path, ()))) for office in offices]


def _office(path: Path) -> Office:
    try:
        return Office(path, configuration.load(path))
    except ConfigurationError as error:
        return Office(path, None, tuple(error.mistakes))


def _shared(offices: Sequence[Office]) -> Mapping[Path, list[str]]:
    """What is wrong with offices whose folders or memory are those of another one: each would take the other's files."""
    owners: dict[Path, Office] = {}
    found: dict[Path, list[str]] = {}
    told: set[tuple[Path, Path]] = set()
    named: dict[tuple[str, str], Office] = {}
    for office, _, folder in _folders(offices):
        owners.setdefault(folder, office)
    for office, key, folder in _folders(offices):
        for place in (folder, *folder.parents):
            owner = owners.get(place)
            if owner and owner is not office and (owner.path, office.path) not in told:
                told.add((owner.path, office.path))  # two configurations with the same folders have all of them in common
                here, there = _SAME if place == folder else _WITHIN
                _add(found, office, here, key=key, other=owner.path.name, place=place)
                _add(found, owner, there, key=key, other=office.path.name, place=place)
    for office in offices:
        memory = (office.config.state.database_env, office.config.office) if office.config else ("", "")
        other = named.setdefault(memory, office)
        if memory[0] and other is not office:
            _add(found, office, "fleet.same_name", other=other.path.name)
            _add(found, other, "fleet.same_name", other=office.path.name)
    return found


def _folders(offices: Sequence[Office]) -> Iterator[tuple[Office, str, Path]]:
    for office in offices:
        if office.config:
            for key in FOLDERS:
                yield office, key, office.config.folder(key)


def no_office_in(folder: Path) -> LazyText:
    """What to say of a folder that is to hold the configurations of offices, and holds none."""
    return _in(folder, LazyText("fleet.no_office"))


def _in(path: Path, mistake: LazyText) -> LazyText:
    return LazyText("configuration.in_file", path=path, mistake=mistake)


def _add(found: dict[Path, list[str]], office: Office, what: str, **words: object) -> None:
    with worded_in(office.config.report.language if office.config else None):
        mistake = str(_in(office.path, LazyText("fleet.of_its_own", mistake=LazyText(what, **words))))
    mistakes = found.setdefault(office.path, [])
    if mistake not in mistakes:
        mistakes.append(mistake)


# The exit code of many offices.


#: What could not start or finish comes first, as somebody has to act tonight; then what a person has to mend before anything can
#: start; then what is known to be at work elsewhere; then rows for a person.
WORST_FIRST: Final = (
    ExitCode.FAILED,
    ExitCode.USAGE,
    ExitCode.ALREADY_RUNNING,
    ExitCode.ROWS_NEED_A_PERSON,
    ExitCode.OK,
)


def exit_code(codes: Iterable[ExitCode]) -> ExitCode:
    """The worst of all; all well where there is none."""
    return min(codes, key=WORST_FIRST.index, default=ExitCode.OK)
