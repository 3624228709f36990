"""Promise: what every error code of the API leads to stands in one table, and it is the table of onoffice-api 3.2."""

from __future__ import annotations

import pytest

from sync.onoffice.error_codes import APPOINTMENT_UNKNOWN, Consequence, consequence

#: The class of every code as onoffice-api 3.2 lists it, written down from there.
CLASSES = {
    "OK": "0",
    "T": "1 26 27 70 303",
    "S": "3-9 14-21 23-25 67 68 74 75 91 92 99 132 141 142 144 145 154 167 182 186 187 194 199 212 215 219 227-232 236 241 243 "
    "247 256 257 270 279 282 284 288 289 291 294 295 298 299 301 302",
    "A": "13 22 28-32 34-49 102-108 134 135 137 150 153 158 175 176 193 201 240 248 286",
    "X": "50-63 65 69 71-73 81-87 89 90 94 95 98 100 101 109-116 119 122-127 129 130 133 138 139 143 146 148 151 152 159-166 "
    "171-173 177 178 189 190 192 196 198 202-211 213 214 216-218 220-226 233 237-239 242 244 249 250 258-260 263-269 271-278 "
    "281 283 285 287 290 293 297 300 304",
    "R": "64 76-79 88 93 96 117 121 168 169 179-181 185 235 251 252 254 255",
    "R/P": "80 292",
    "-": "97",
    "P": "131 149 155 156 170 174 183 184 188 191 245 246 253 261 262",
    "T/A": "136",
}
MEANING = {
    "OK": Consequence.FINE,
    "T": Consequence.TRY_AGAIN,
    "S": Consequence.STOP_MALFORMED,
    "A": Consequence.STOP_CREDENTIALS,
    "X": Consequence.REFUSE,
    "R": Consequence.REFUSE,
    "R/P": Consequence.REFUSE,
    "-": Consequence.REFUSE,
    "P": Consequence.REFUSE_NO_RIGHT,
    "T/A": Consequence.STOP_CLOCK,
}
#: 186 is class R in onoffice-api 3.1, which is about the calls of this project, and S in 3.2: one row refused stops no run.
BY_3_1 = {186: Consequence.REFUSE}


def numbers(text: str) -> set[int]:
    parts = [part.partition("-") for part in text.split()]
    return {number for first, _, last in parts for number in range(int(first), int(last or first) + 1)}


CODES = {code: kind for kind, text in CLASSES.items() for code in numbers(text)}


def test_the_list_written_down_here_holds_every_code_of_the_document_once() -> None:
    assert sum(len(numbers(text)) for text in CLASSES.values()) == len(CODES) == 287


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_the_consequence_of_its_class(code: int) -> None:
    assert consequence(code) is BY_3_1.get(code, MEANING[CODES[code]])


@pytest.mark.parametrize(
    "code", [2, 10, 11, 12, 33, 66, 118, 120, 128, 140, 147, 157, 195, 197, 200, 234, 280, 296, 305, 999, -1]
)
def test_a_code_that_is_on_no_list_refuses_its_link_and_stops_nothing(code: int) -> None:
    assert consequence(code) is Consequence.REFUSE


def test_the_codes_for_an_unknown_appointment_refuse_and_never_stop() -> None:
    assert {consequence(code) for code in APPOINTMENT_UNKNOWN} == {Consequence.REFUSE}
