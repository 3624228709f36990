"""Sheets that name addresses by their customer numbers: onOffice is asked whose they are, and nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from sync.domain.model import Candidate, Code, Column, Place, Problem, Stop, as_hint
from sync.errors import StopRun
from sync.rows.columns import is_customer_number, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync.config import Config
    from sync.domain.model import Checked, Loaded, Sheet
    from sync.job.context import Runtime
    from sync.ledger import Memory
    from sync.onoffice.agenda import Person

    #: Whose a customer number is: the addresses by record number.
    Owners = Mapping[str, Mapping[int, Person]]


#: A number as a spreadsheet shows it that has kept it as one.
_AS_NUMBER: Final = re.compile(r"([0-9]+)[.,]0{1,2}", re.ASCII)
_RUN: Final = "customers"


def resolved(
    files: Sequence[Loaded], config: Config, credentials: tuple[str, str], runtime: Runtime, memory: Memory | None
) -> tuple[Loaded, ...]:
    """The files, with the record numbers that stand for the customer numbers in their sheets.

    Customer numbers and names are kept nowhere.

    Raises:
        StopRun: onOffice is out of reach, or does not answer properly.
    """
    wanted = sorted({number for file in files for sheet in file.sheets for number in _numbers(sheet) if number})
    if not wanted:
        return tuple(files)
    # not above: `check` uses this module and asks nobody
    from sync.job import context  # noqa: PLC0415
    from sync.onoffice.agenda import Directory  # noqa: PLC0415

    with context.asking(config, credentials, runtime, memory, _RUN) as (client, identifiers, portions):
        directory = Directory(client.read, identifiers, portions)
        owners = directory.by_customer_number(wanted)
    if directory.addresses.unclear:
        raise StopRun(Stop.BAD_ANSWERS, f"{directory.addresses.unclear} x KdNr")
    return tuple(_with_owners(file, owners) for file in files)


def unasked(files: Sequence[Loaded]) -> tuple[Loaded, ...]:
    """The files with numbers of no address in the place of customer numbers, for who checks them without onOffice."""
    return tuple(
        replace(file, sheets=tuple(_stand_in(sheet) if any(_numbers(sheet)) else sheet for sheet in file.sheets))
        for file in files
    )


def without_stand_ins(checked: Checked) -> Checked:
    """The rows, those that name a customer number without a record number."""
    named = [any(_numbers(sheet)) for file in checked.files for sheet in file.sheets]
    lengths = [len(sheet.rows) for file in checked.files for sheet in file.sheets]
    mask = np.repeat(np.array(named, dtype=bool), lengths)
    return replace(checked, rows=replace(checked.rows, address_id=np.where(mask, 0, checked.rows.address_id)))


def _numbers(sheet: Sheet) -> Sequence[str]:
    """The customer number of each row; nothing where the sheet names record numbers."""
    cells = sheet.declared.get(Column.ADDRESS)
    if cells is None or not is_customer_number(cells.header):
        return ()
    return [plain_number(text) for text in cells]


def plain_number(text: str) -> str:
    """A customer number as it stands in onOffice, whatever the spreadsheet made of it; "" for a blank cell."""
    seen = visible(text)
    match = _AS_NUMBER.fullmatch(seen)
    return match[1] if match else seen


def _stand_in(sheet: Sheet) -> Sheet:
    numbers = _numbers(sheet)
    if not numbers:
        return sheet
    places = {number: str(at) for at, number in enumerate(dict.fromkeys(numbers), 1)}
    return replace(sheet, addresses=_texts(places[number] if number else "" for number in numbers))


def _with_owners(file: Loaded, owners: Owners) -> Loaded:
    return replace(file, sheets=tuple(_sheet_with_owners(file.name, sheet, owners) for sheet in file.sheets))


def _sheet_with_owners(file: str, sheet: Sheet, owners: Owners) -> Sheet:
    numbers = _numbers(sheet)
    if not numbers:
        return sheet
    header = sheet.declared[Column.ADDRESS].header
    ids, problems = [], []
    for row, number in zip(sheet.rows.tolist(), numbers, strict=True):
        found = owners.get(number, {}) if number else {}
        ids.append(str(*found) if len(found) == 1 else "")
        if number:
            code, hint = _told(found)
            problems.append(Problem(Place(file, sheet.name, row), code, header, number, hint))
    return replace(sheet, addresses=_texts(ids), problems=(*sheet.problems, *problems))


def _told(found: Mapping[int, Person]) -> tuple[Code, str]:
    """What to say about the addresses that have a number."""
    if len(found) == 1:
        return Code.REPAIRED, str(*found)
    return Code.CUSTOMER_NUMBER_SHARED if found else Code.CUSTOMER_NUMBER_UNKNOWN, as_hint(
        Candidate(key, person.name) for key, person in found.items()
    )


def _texts(values: Iterator[str] | Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.array([*values, None], dtype=object)[:-1]
