"""Each column of text into typed values; what cannot be read becomes a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from sync.columns import is_blank, parse_aim, parse_begin, parse_id
from sync.model import Aim, Code, Column, Confirmation, Feedback

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.spellings import Reading, Spellings
    from sync.validator.beside import Policy
    from sync.validator.table import Bools, Ints, Objects, Problems, Table

CONFIRMATIONS: Final = tuple(Confirmation)
FEEDBACKS: Final = tuple(Feedback)


@dataclass(frozen=True, slots=True)
class Parsed:
    """Typed columns of all lines. Ids are 0 and words -1 where the cell holds none or a wrong one."""

    appointment: Ints
    address: Ints
    confirmation: Ints
    feedback: Ints
    aim: Objects
    begin: Objects


def parse(table: Table, spellings: Spellings, policy: Policy, problems: Problems) -> Parsed:
    """Read all columns of all lines."""
    known = problems.rows_with_errors()
    appointment = _ids(table, Column.APPOINTMENT, problems, known)
    address = _ids(table, Column.ADDRESS, problems, known)
    confirmation = _words(table, Column.CONFIRMATION, spellings, problems)
    feedback = _words(table, Column.FEEDBACK, spellings, problems)
    aim = _cells(table, Column.ACTION, parse_aim, Aim.SET, problems)
    begin = _cells(table, Column.BEGIN, parse_begin, None, problems)
    _check_anything_to_set(table, aim, problems)
    unlink = np.flatnonzero(aim == Aim.UNLINK)
    if not policy.allow_delete and len(unlink):
        problems.add(unlink, Code.ACTION_NOT_ALLOWED, Column.ACTION, table.text(Column.ACTION)[unlink])
    return Parsed(appointment, address, confirmation, feedback, aim, begin)


def _ids(table: Table, column: Column, problems: Problems, known: Bools) -> Ints:
    """Record numbers; a blank cell whose reader already reported an error in the row is not reported again."""
    codes, texts = pd.factorize(table.text(column))
    parsed = [parse_id(text) for text in texts]
    numbers = np.array([0 if isinstance(value, Code) else value for value in parsed], dtype=np.int64)
    wrong = np.array([value.value if isinstance(value, Code) else None for value in parsed], dtype=object)
    bad = np.array([isinstance(value, Code) for value in parsed], dtype=bool)
    missing = np.array([value is Code.MISSING_ID for value in parsed], dtype=bool)
    if not len(codes):
        return np.empty(0, np.int64)
    at = np.flatnonzero(bad[codes] & ~(missing[codes] & known))
    problems.add(at, wrong[codes[at]], column, _shown(texts[codes[at]]))
    return numbers[codes]


def _words(table: Table, column: Column, spellings: Spellings, problems: Problems) -> Ints:
    """Positions of the words in their enum."""
    kind: type[Confirmation | Feedback] = Confirmation if column is Column.CONFIRMATION else Feedback
    codes, texts = pd.factorize(table.text(column))
    if not len(codes):
        return np.empty(0, np.int64)
    readings: list[Reading | None] = [spellings.read(text, kind) if not is_blank(text) else None for text in texts]
    order = [word.value for word in kind]
    numbers = np.array([order.index(r.word) if r and r.word else -1 for r in readings], dtype=np.int64)
    damaged = np.array([r is not None and r.damaged for r in readings], dtype=bool)
    wrong = np.array([r is not None and r.word is None for r in readings], dtype=bool) & ~damaged
    repaired = np.array([r is not None and r.repaired for r in readings], dtype=bool)
    hints = np.array([(r.word or r.suggestion) if r else None for r in readings], dtype=object)
    for found, code in ((wrong, Code.UNKNOWN_WORD), (damaged, Code.DAMAGED_TEXT), (repaired, Code.REPAIRED)):
        at = np.flatnonzero(found[codes])
        problems.add(at, code, column, texts[codes[at]], hints[codes[at]])
    return numbers[codes]


def _cells(table: Table, column: Column, parse: Callable[[str], object], blank: object, problems: Problems) -> Objects:
    codes, texts = pd.factorize(table.text(column))
    parsed = [parse(text) if not is_blank(text) else blank for text in texts]
    values = np.empty(len(parsed), dtype=object)
    values[:] = [blank if isinstance(value, Code) else value for value in parsed]
    wrong = np.array([value.value if isinstance(value, Code) else None for value in parsed], dtype=object)
    if not len(codes):
        return np.empty(0, object)
    at = np.flatnonzero(wrong[codes] != None)  # noqa: E711 - by element
    problems.add(at, wrong[codes[at]], column, texts[codes[at]])
    return values[codes]


def _check_anything_to_set(table: Table, aim: Objects, problems: Problems) -> None:
    """A row has to set at least one status; a cell that was reported already counts as an attempt."""
    blank = np.ones(len(table), dtype=bool)
    for column in (Column.CONFIRMATION, Column.FEEDBACK):
        codes, texts = pd.factorize(table.text(column))
        if len(codes):
            blank &= np.array([is_blank(text) for text in texts], dtype=bool)[codes]
    at = np.flatnonzero(blank & (aim == Aim.SET) & ~problems.rows_with_errors())
    problems.add(at, Code.NOTHING_TO_SET, None, np.full(len(at), None, dtype=object))


def _shown(texts: Objects) -> Objects:
    """Cell texts for the problem table: None for a blank cell."""
    shown = texts.copy()
    shown[shown == ""] = None
    return shown
