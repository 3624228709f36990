"""The simulator's log: every request to the API, also those that a fault cut off."""

from __future__ import annotations

from dataclasses import dataclass

from sync.simulator.calls import sides
from sync.simulator.protocol import ReceivedCall, verb_of


@dataclass(frozen=True, slots=True)
class LoggedAction:
    """One action as sent. `errorcode` None: it was not looked at."""

    identifier: str | int | None
    verb: str
    resourcetype: str
    errorcode: int | None
    parents: tuple[int, ...]
    children: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request. `at` in seconds since the start; `http_status` None: no answer was sent; `applied`: it took effect."""

    at: float
    http_status: int | None
    fault: str | None
    bytes_in: int
    applied: bool
    actions: tuple[LoggedAction, ...]


def logged_action(raw: object, errorcode: int | None) -> LoggedAction:
    """What the log keeps of an element of `request.actions`, whatever it looks like."""
    action = raw if isinstance(raw, dict) else {}
    identifier, resource_type, parameters = action.get("identifier"), action.get("resourcetype"), action.get("parameters")
    verb = verb_of(action.get("actionid"))
    call = ReceivedCall(
        action_id="",
        verb=verb,
        resource_id=action.get("resourceid"),
        resource_type=resource_type if isinstance(resource_type, str) else "",
        identifier=identifier if isinstance(identifier, (str, int)) else None,
        parameters=parameters if isinstance(parameters, dict) else {},
        timestamp=None,
        hmac_version=None,
        hmac=None,
    )
    parents, children = sides(call)
    return LoggedAction(call.identifier, verb, call.resource_type, errorcode, tuple(parents), tuple(children))


def write_log(entries: list[LogEntry]) -> list[dict[str, object]]:
    """The log in the shape of the contract."""
    return [
        {
            "at": round(entry.at, 6),
            "http_status": entry.http_status,
            "fault": entry.fault,
            "bytes_in": entry.bytes_in,
            "applied": entry.applied,
            "actions": [
                {
                    "identifier": action.identifier,
                    "verb": action.verb,
                    "resourcetype": action.resourcetype,
                    "errorcode": action.errorcode,
                    "parents": list(action.parents),
                    "children": list(action.children),
                }
                for action in entry.actions
            ],
        }
        for entry in entries
    ]
