"""What each error code of the API means for the job (onoffice-api 3).

One table says what becomes of row, request and run (`Consequence`); the short lists beside it say after which numbers there is
another way to ask. Nothing else decides by a number; what people read of one is in `sync.i18n.texts`. Codes of other modules and
codes that are on no list are permanent: they refuse the link.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final


class Consequence(Enum):
    """What the job does about an error code.

    An action of several links that failed says nothing about any of them, unless the run stops: each then goes alone.
    """

    #: It was done; the next look tells.
    FINE = auto()
    #: The run stops, and what is left waits for the next one.
    STOP_CREDENTIALS = auto()
    #: The request is signed anew and sent again; then the run stops.
    STOP_CLOCK = auto()
    #: The next way to ask is tried. Where none is left, a write stops the run, and so does a request that is refused as a whole:
    #: a mistake of this program.
    STOP_MALFORMED = auto()
    #: The row is rejected, with the code.
    REFUSE = auto()
    #: As above; as a right may be given any day, one link of those is asked again each night.
    REFUSE_NO_RIGHT = auto()
    #: It is sent again in the next round.
    TRY_AGAIN = auto()


def _codes(text: str) -> frozenset[int]:
    numbers: set[int] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        numbers.update(range(int(first), int(last or first) + 1))
    return frozenset(numbers)


#: Class A: identity and credentials.
_CREDENTIALS: Final = _codes("13 22 28-32 34-49 102-108 134 135 137 150 153 158 175 176 193 201 240 248 286")
#: Class S: malformed request, a bug of the client.
_MALFORMED: Final = _codes(
    "3-9 14-21 23-25 67 68 74 75 91 92 99 132 141 142 144 145 154 167 182 187 194 199 212 215 219 227-232 236 241 243 247 "
    "256 257 270 279 282 284 288 289 291 294 295 298 299 301 302"
)
#: Class P: permission.
_NO_RIGHT: Final = _codes("131 149 155 156 170 174 183 184 188 191 245 246 253 261 262")
#: Class T: worth a bounded retry.
_TRY_AGAIN: Final = _codes("1 26 27 70 303")

#: The appointment does not exist or cannot be seen (onoffice-api 3.1, 5.4).
APPOINTMENT_UNKNOWN: Final = _codes("79 80 117 121 169 235")
#: The appointment or the address does not exist or cannot be seen: nothing that can be linked (onoffice-api 3.1, 5.4).
NOT_TO_BE_LINKED: Final = APPOINTMENT_UNKNOWN | _codes("292")
#: What a repeated write is told whose first one has done it already: not deleted, no relation, not created (onoffice-api 3.2).
DONE_BEFORE: Final = _codes("78 168 180")
#: `resourceid` has to be there, or must not (onoffice-api 3.1).
RESOURCE_ID_REFUSED: Final = _codes("18 24")
#: The list of actions is refused as a whole: how a limit of actions per request would show (onoffice-api 2.3, 3).
ACTIONS_REFUSED: Final = 15
#: The read call itself is not to be had on this account.
CALL_UNKNOWN: Final = _codes("23-25 199")

_TABLE: Final = (
    (frozenset({0}), Consequence.FINE),
    (frozenset({136}), Consequence.STOP_CLOCK),
    (_CREDENTIALS, Consequence.STOP_CREDENTIALS),
    (_MALFORMED, Consequence.STOP_MALFORMED),
    (_NO_RIGHT, Consequence.REFUSE_NO_RIGHT),
    (_TRY_AGAIN, Consequence.TRY_AGAIN),
)
_BY_CODE: Final = {code: what for codes, what in _TABLE for code in codes}

#: The call is not there at all, in whatever way it is asked.
NO_SUCH_CALL: Final = _codes("23 25 199")
#: A single read is refused for the way in which the appointment is named, not for its fields.
WAY_REFUSED: Final = _codes("18 23-25 79 91 92 117 121 198 199 230 231 241 279 289")


def consequence(code: int) -> Consequence:
    """What to do about an error code."""
    return _BY_CODE.get(code, Consequence.REFUSE)
