"""Texts of the error codes that the simulator answers, in its own words (meanings: onoffice-api 3.2)."""

from __future__ import annotations

from typing import Final

_MESSAGES: Final = {
    0: "OK",
    1: "Unspecified failure",
    3: "JSON is nested too deep",
    4: "JSON is invalid",
    5: "Control character in JSON, probably a wrong encoding",
    6: "JSON has a syntax error",
    7: "JSON is no valid UTF-8",
    9: "Empty request",
    13: "Token is missing or invalid",
    14: "Request is missing or invalid",
    15: "Actions are missing or invalid",
    16: "Actionid is missing or invalid",
    17: "Actionid is empty",
    18: "Resourceid is missing or invalid",
    19: "Resourcetype is missing or invalid",
    20: "Parameters are missing or invalid",
    21: "A parameter has an empty name",
    22: "Not authenticated",
    23: "No configuration for this actionid",
    24: "No configuration for this resourceid",
    25: "No configuration for this resourcetype",
    74: "An array is expected",
    75: "The field is unknown",
    91: "The start date is missing",
    93: "The start is after the end",
    97: "Error in action",
    121: "The appointment id is invalid",
    132: "The relation type is missing or unknown",
    136: "The timestamp is too old or the clock is wrong",
    137: "The HMAC is invalid",
    142: "The operator is unknown",
    156: "Access violation",
    168: "The entry was not deleted",
    169: "The appointment was not found",
    174: "Modifying is not permitted",
    179: "Create relation: the relationinfo is invalid",
    180: "Modify relation: the relation does not exist",
    181: "Modify relation: the relationinfo is invalid",
    182: "Modify relation: this relation type cannot be updated",
    185: "Record ids are missing or invalid",
    199: "Not implemented",
    219: "n:n relations are not allowed",
    230: "The date interval is missing",
    231: "The date interval is invalid",
    255: "The value of a parameter is invalid",
    257: "The filter is invalid",
    282: "No valid parameter",
    289: "The period is missing",
    292: "The address is unknown or may not be seen",
    302: "More than 500 ids",
}


def message(code: int, detail: str = "") -> str:
    """The text of a code, with the detail behind it."""
    text = _MESSAGES.get(code, f"Error {code}")
    return f"{text}: {detail}" if detail else text
