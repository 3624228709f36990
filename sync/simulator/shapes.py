"""The shapes that answers take: lists as PHP may write them, ids, times, numbers of records (onoffice-api 2.1, 6.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from sync.simulator.choices import Dates, ElementsShape, EmptyShape, IdShape, ListShape, Total

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sync.simulator.options import Options

    Entry = Mapping[str, object]


def listed(name: str, entries: Sequence[Entry], shape: ListShape, empty: EmptyShape, key: Callable[[int], object]) -> Entry:
    """A list under its name, as the entries of an object; `key` tells the id of the entry at a position."""
    if not entries and empty is not EmptyShape.LIST:
        return {} if empty is EmptyShape.MISSING else {name: None}
    if not entries or shape is ListShape.LIST:
        return {name: list(entries)}
    if shape is ListShape.BY_ID:
        return {name: {str(key(position)): entry for position, entry in enumerate(entries)}}
    return {name: {str(number): entry for number, entry in enumerate(entries, start=1)}}  # PHP's array_filter keeps the numbers


def identified(number: int, shape: IdShape) -> Entry:
    """An id as the entries of an object."""
    match shape:
        case IdShape.MISSING:
            return {}
        case IdShape.TEXT:
            return {"id": str(number)}
        case _:
            return {"id": number}


@lru_cache(maxsize=65_536)
def written(moment: datetime, dates: Dates) -> str | int:
    """A time in a dialect (but the missing one)."""
    match dates:
        case Dates.OFFSET:
            return moment.isoformat(timespec="seconds")
        case Dates.LOCAL:
            return local(moment)
        case Dates.EPOCH:
            return int(moment.timestamp())
        case _:
            text = moment.astimezone(UTC).isoformat(timespec="seconds")
            return text.replace("+00:00", "Z") if dates is Dates.Z else text


def local(moment: datetime) -> str:
    """A time without its zone, as `calendar` tells it (onoffice-api 6.2)."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def data_of(records: Sequence[Entry], total: int | None, options: Options) -> dict[str, object]:
    """`data` of a result."""
    as_documented = options.record_ids is IdShape.NUMBER and options.elements_shape is ElementsShape.OBJECT
    shaped = records if as_documented else [_record(record, options) for record in records]
    meta = {"cntabsolute": _total(total, len(shaped), options.cntabsolute)}
    return {
        "meta": meta,
        **listed("records", shaped, options.records_shape, options.empty_records, lambda number: records[number].get("id")),
    }


def _record(record: Entry, options: Options) -> Entry:
    number, elements = record.get("id"), record.get("elements")
    shaped: dict[str, object] = dict(record)
    if type(number) is int and options.record_ids is not IdShape.NUMBER:
        del shaped["id"]
        shaped |= identified(number, options.record_ids)
    if elements == {} and options.elements_shape is not ElementsShape.OBJECT:
        shaped["elements"] = []
    elif elements and options.elements_shape is ElementsShape.LIST:
        shaped["elements"] = [elements]
    return shaped


def _total(total: int | None, shown: int, says: Total) -> int | None:
    if total is None:
        return None
    return {Total.ALL: total, Total.NULL: None, Total.SHOWN: shown, Total.TOO_MANY: total + 1, Total.ZERO: 0}[says]
