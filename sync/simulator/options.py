"""The simulator's options: every behaviour that the public facts leave open is one of them (onoffice-api 9)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args, get_origin, get_type_hints

from sync.simulator import choices as c
from sync.simulator.protocol import BadInput, a_number, a_switch, a_whole_number, a_word, an_object, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

#: The version of the shape of a `dialect.json`.
DIALECT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Options:
    """All options with their defaults, each with what it says. None means no limit."""

    latency_ms: Annotated[float, "Time per request."] = 0
    per_action_ms: Annotated[float, "Time per action."] = 0
    max_actions: Annotated[int | None, "Most actions per request."] = None
    max_bytes: Annotated[int | None, "Largest request; above it HTTP 413."] = None
    rate_per_minute: Annotated[int | None, "Most requests per minute."] = None
    rate_answer: Annotated[c.RateAnswer, "How a request above that is refused."] = c.RateAnswer.TOO_MANY
    clock_offset_s: Annotated[float, "How far the server's clock is ahead."] = 0
    date_header: Annotated[c.DateHeader, "Whether answers tell the server's time."] = c.DateHeader.SENT
    http_status: Annotated[int, "HTTP status of whole and valid answers."] = 200
    redirect: Annotated[c.Redirect, "Where the channel stable sends a client."] = c.Redirect.NONE
    redirect_status: Annotated[int, "HTTP status of that."] = 307
    refuse_credentials: Annotated[bool, "Whether right credentials are refused too."] = False
    credentials_answer: Annotated[c.CredentialsAnswer, "How wrong credentials are refused."] = c.CredentialsAnswer.TOP
    failure_envelope: Annotated[c.Envelope, "What the top level says when an action failed."] = c.Envelope.WRAPPED
    status_codes: Annotated[c.StatusCodes, "Codes of status as numbers or texts."] = c.StatusCodes.NUMBERS
    noise: Annotated[c.Noise, "What stands before or behind the JSON."] = c.Noise.NONE
    identifiers: Annotated[c.Identifiers, "How an identifier comes back."] = c.Identifiers.ECHOED
    success_body: Annotated[c.SuccessBody, "What a successful write answers."] = c.SuccessBody.EMPTY
    several_links: Annotated[c.SeveralLinks, "What is done when one link of an action is wrong."] = c.SeveralLinks.ATOMIC
    partial_writes: Annotated[c.PartialWritesChoice, "What a write of one status does to the other."] = c.PartialWritesChoice.KEEP
    modify_verb: Annotated[c.ModifyVerb, "Which verb changes a link."] = c.ModifyVerb.MODIFY
    empty_resourceid: Annotated[c.EmptyResourceId, "A write without resourceid."] = c.EmptyResourceId.OK
    filled_resourceid: Annotated[c.FilledResourceId, "A write with a resourceid."] = c.FilledResourceId.OK
    empty_relationinfo: Annotated[c.EmptyRelationInfo, "A link made with an empty relationinfo."] = c.EmptyRelationInfo.OK
    protected: Annotated[tuple[c.Protected, ...], "What refuses changes."] = ()
    protected_code: Annotated[int, "Error code of that; 0: success is said and nothing done."] = 156
    read_rights: Annotated[bool, "Whether the API user may read appointments."] = True
    write_rights: Annotated[bool, "Whether it may edit appointments."] = True
    delete_rights: Annotated[bool, "Whether it may take links away."] = True
    estate_rights: Annotated[bool, "Whether it may read estates."] = True
    unseen: Annotated[tuple[c.AppointmentKind, ...], "Appointments that it is not shown."] = ()
    address_rights: Annotated[bool, "Whether the API user may read addresses."] = True
    address_refusal: Annotated[c.AddressRefusal, "How addresses read without that right."] = c.AddressRefusal.EMPTY
    hidden_contacts: Annotated[float, "Share of the links that are not shown."] = 0
    hidden_from: Annotated[c.HiddenFrom, "What does not show them."] = c.HiddenFrom.LISTS
    double_contacts: Annotated[float, "Share of the links that read twice, with two states."] = 0
    read_lag_s: Annotated[float, "How long reads show the state before a write."] = 0
    missing_calls: Annotated[tuple[c.ApiCall, ...], "Calls that are not there."] = ()
    missing_code: Annotated[int, "Error code of that."] = 25
    single_read: Annotated[c.SingleReadChoice, "How one appointment is asked for."] = c.SingleReadChoice.RESOURCEID
    single_refusal: Annotated[int, "Error code of another way; 0: no record and no error."] = 91
    max_records: Annotated[int, "Most records that one read answers."] = 500
    period_counts: Annotated[c.PeriodCounts, "Which appointments a period shows."] = c.PeriodCounts.START
    cntabsolute: Annotated[c.Total, "What the number of records says."] = c.Total.ALL
    words: Annotated[c.ReadWords, "How a confirmation reads."] = c.ReadWords.DOCUMENTED
    followup_words: Annotated[c.FollowUpWords, "How a feedback reads."] = c.FollowUpWords.GERMAN
    followup_unset: Annotated[c.FollowUpUnset, "How it reads where none is configured."] = c.FollowUpUnset.NULL
    followup_place: Annotated[c.FollowUpPlace, "Where showFollowUpStatus counts."] = c.FollowUpPlace.BOTH
    followup_elsewhere: Annotated[c.Elsewhere, "What comes of it in the other place."] = c.Elsewhere.SILENT
    contacts_shape: Annotated[c.ListShape, "Contacts as list or object."] = c.ListShape.LIST
    empty_contacts: Annotated[c.EmptyShape, "Contacts where there are none."] = c.EmptyShape.LIST
    contact_ids: Annotated[c.IdShape, "Ids of contacts."] = c.IdShape.TEXT
    records_shape: Annotated[c.ListShape, "Records as list or object."] = c.ListShape.LIST
    empty_records: Annotated[c.EmptyShape, "Records where there are none."] = c.EmptyShape.LIST
    elements_shape: Annotated[c.ElementsShape, "Elements as object or list."] = c.ElementsShape.OBJECT
    record_ids: Annotated[c.IdShape, "Ids beside elements."] = c.IdShape.NUMBER
    element_ids: Annotated[c.IdShape, "Ids among elements."] = c.IdShape.TEXT
    dates: Annotated[c.Dates, "How times are written."] = c.Dates.UTC
    appointment_status: Annotated[c.AppointmentStatus, "Status and type of an appointment."] = c.AppointmentStatus.OBJECT
    disabled_fields: Annotated[tuple[str, ...], "Fields of addresses that the office has switched off."] = ()
    disabled_code: Annotated[int, "Error code of asking for one; 0: it is left out."] = 0


#: Bounds of numbers that are not simply at least 0 (fractions) or at least 1 (whole numbers).
_BOUNDS: Final[dict[str, tuple[float | None, float | None]]] = {
    "clock_offset_s": (None, None),
    "hidden_contacts": (0, 1),
    "double_contacts": (0, 1),
    "http_status": (200, 599),
    "redirect_status": (300, 399),
    "protected_code": (0, None),
    "single_refusal": (0, None),
    "disabled_code": (0, None),
    "max_records": (1, 500),
}


@cache
def kinds() -> Mapping[str, Any]:
    """The type of every option."""
    return get_type_hints(Options)


@cache
def told() -> Mapping[str, str]:
    """What every option says, in a sentence."""
    return {name: get_args(kind)[1] for name, kind in get_type_hints(Options, include_extras=True).items()}


def changed(options: Options, raw: object) -> Options:
    """The options with the given ones changed and the others left as they are. Raises BadInput."""
    given = an_object(raw, "options", [field.name for field in fields(Options)])
    values: dict[str, Any] = {name: _checked(name, value) for name, value in given.items()}
    return replace(options, **values)


def read_dialect(path: Path) -> dict[str, object]:
    """The options of a `dialect.json` (shape: docs/simulator.md). Raises BadInput, or OSError where it cannot be read."""
    try:
        whole = an_object(read_json(path), "dialect file", ("version", "dialect"), required=("version", "dialect"))
        a_whole_number(whole["version"], "version", DIALECT_VERSION, DIALECT_VERSION)
        dialect = an_object(whole["dialect"], "dialect", [field.name for field in fields(Options)])
        changed(Options(), dialect)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None
    return dialect


def write_options(options: Options) -> dict[str, object]:
    """All options in the shape in which they can be put in again."""
    return asdict(options)


def _checked(name: str, raw: object) -> object:
    path, kind = f"options.{name}", kinds()[name]
    least, most = _BOUNDS.get(name, (0, None) if kind is float else (1, None))
    if kind is bool:
        return a_switch(raw, path)
    if kind is float:
        return a_number(raw, path, least, most)
    if get_origin(kind) is tuple:
        return _several(raw, path, get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return a_word(raw, path, kind)
    if raw is None and type(None) in get_args(kind):
        return None
    return a_whole_number(raw, path, int(least or 0), None if most is None else int(most))


def _several(raw: object, path: str, kind: Callable[[str], str]) -> tuple[str, ...]:
    """Words of a closed set, or texts, each once."""
    if not isinstance(raw, (list, tuple)) or not all(isinstance(word, str) for word in raw):
        raise BadInput(f"{path}: a list of words is expected, not {raw!r:.60}")
    if not (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return tuple(dict.fromkeys(raw))
    return tuple(dict.fromkeys(a_word(word, path, kind) for word in raw))
