"""Names of the onOffice API (onoffice-api 1.2, 5.1). Constants only: the simulator shares them with the client, nothing else."""

from __future__ import annotations

from typing import Final

URN: Final = "urn:onoffice-de-ns:smart:2.5:"
ACTION: Final = f"{URN}smartml:action:"
RELATION_TYPES: Final = f"{URN}relationTypes:"
CALENDAR_ADDRESS: Final = f"{RELATION_TYPES}calendar:address"

RELATION: Final = "relation"
APPOINTMENT_LIST: Final = "appointmentList"
CALENDAR: Final = "calendar"
ADDRESS: Final = "address"
ESTATE: Final = "estate"
IDS_FROM_RELATION: Final = "idsfromrelation"

CONFIRMATION_KEY: Final = "statusTerminbestaetigung"
FEEDBACK_KEY: Final = "statusTerminrueckmeldung"
