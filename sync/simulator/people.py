"""Reading addresses and estates (onoffice-api 11.2, 11.3): pages, ids, filters, fields that an office has switched off."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from sync.simulator.choices import AddressRefusal, ApiCall
from sync.simulator.desk import Desk, id_of, ids_of
from sync.simulator.protocol import ActionRefused, Data, ReceivedCall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sync.simulator.records import Fields

#: Records of a page that names no limit, and most of one (onoffice-api 4).
_DEFAULT_LIMIT, _MOST = 20, 500

_ADDRESS_FIELDS: Final = ("KdNr", "Anrede", "Titel", "Vorname", "Name", "Zusatz1")
_ESTATE_FIELDS: Final = ("objektnr_extern", "objekttitel", "strasse", "hausnummer", "plz", "ort")


def read_addresses(desk: Desk, call: ReceivedCall) -> Data:
    """A page of addresses; without the right to read them none, or 156."""
    if not desk.options.address_rights:
        if desk.options.address_refusal is AddressRefusal.REFUSED:
            raise ActionRefused(156)
        return Data([], 0)
    known = {number: desk.shown.addresses.get(number, {}) for number in desk.shown.address_ids()}
    return _page(desk, call, ApiCall.ADDRESS, known, _ADDRESS_FIELDS)


def read_estates(desk: Desk, call: ReceivedCall) -> Data:
    """A page of estates; without the right to read them none."""
    if not desk.options.estate_rights:
        return Data([], 0)
    return _page(desk, call, ApiCall.ESTATE, desk.shown.estates, _ESTATE_FIELDS)


def _page(desk: Desk, call: ReceivedCall, kind: str, known: Mapping[int, Fields], standard: Sequence[str]) -> Data:
    wanted = _wanted(desk, call.parameters.get("data", []))
    limit, offset = _number(call, "listlimit", _DEFAULT_LIMIT), _number(call, "listoffset", 0)
    if not 0 < limit <= _MOST:
        raise ActionRefused(255, "listlimit")
    matching = [number for number in _asked(call, known) if _matches(call.parameters.get("filter"), known[number])]
    names = [name for name in wanted if name in standard or any(name in values for values in known.values())]
    records = [
        {"id": number, "type": kind, "elements": {"id": number} | {name: known[number].get(name, "") for name in names}}
        for number in matching[offset : offset + min(limit, desk.options.max_records)]
    ]
    return Data(records, len(matching))


def _wanted(desk: Desk, names: object) -> list[str]:
    """The fields of `data` that are switched on. Raises ActionRefused 74, `disabled_code`."""
    if not isinstance(names, list):
        raise ActionRefused(74, "data")
    texts = [name for name in names if isinstance(name, str)]
    disabled = [name for name in texts if name in desk.options.disabled_fields]
    if disabled and desk.options.disabled_code:
        raise ActionRefused(desk.options.disabled_code, disabled[0])
    return [name for name in texts if name not in disabled]


def _number(call: ReceivedCall, name: str, default: int) -> int:
    raw = call.parameters.get(name, default)
    if isinstance(raw, str) and raw.isascii() and raw.isdigit():
        raw = int(raw)
    if type(raw) is not int or raw < 0:
        raise ActionRefused(255, name)
    return raw


def _asked(call: ReceivedCall, known: Mapping[int, Fields]) -> list[int]:
    """The ids that a call narrows its answer to, as far as they exist; all where it names none."""
    if call.resource_id not in {"", None}:
        number = id_of(call.resource_id)
        return [number] if number in known and number is not None else []
    given = call.parameters.get("recordids")
    return list(known) if given in (None, []) else [number for number in ids_of(given) if number in known]


def _matches(wanted: object, values: Fields) -> bool:
    """Whether a record fits all conditions of a filter. Raises ActionRefused 142, 257."""
    if wanted is None or wanted == []:
        return True
    if not isinstance(wanted, dict):
        raise ActionRefused(257, "filter")
    return all(
        _holds(condition, str(values.get(name, "")))
        for name, conditions in wanted.items()
        for condition in (conditions if isinstance(conditions, list) else [conditions])
    )


def _holds(condition: object, value: str) -> bool:
    if not isinstance(condition, dict) or "val" not in condition:
        raise ActionRefused(257, "filter")
    operator, given = str(condition.get("op", "=")).lower(), condition["val"]
    if operator not in _OPERATORS:
        raise ActionRefused(142, operator)
    return _OPERATORS[operator](value, [str(each) for each in given] if isinstance(given, list) else [str(given)])


_OPERATORS: Final[dict[str, Callable[[str, list[str]], bool]]] = {
    "=": lambda value, given: value == given[0],
    "in": lambda value, given: value in given,
    "like": lambda value, given: fnmatchcase(value.lower(), given[0].lower().replace("%", "*")),
    "between": lambda value, given: len(given) > 1 and given[0] <= value <= given[1],
}
