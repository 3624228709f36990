"""Makes the demo's input: four dropped files, and the CRM that the simulator starts with.

Run by hand, `python sample_data/make_samples.py`, and commit what it wrote; the same script writes the same bytes. Every
person, company and property is invented. Between them the rows show every verdict a run can give while the API is up.
"""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import xlsxwriter

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

HERE: Final = Path(__file__).parent
MADE: Final = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
BERLIN_IN_WINTER: Final = timezone(timedelta(hours=1))


class Contact(NamedTuple):
    """An address linked to an appointment, with the words that the CRM has before the demo's run.

    Feedback is None for every contact of an appointment without property feedback (onoffice-api 6.1).
    """

    id: int
    confirmation: str
    feedback: str | None


class Appointment(NamedTuple):
    """An appointment in the simulator; `day` and `hour` are German winter time."""

    id: int
    subject: str
    day: date
    hour: int
    contacts: tuple[Contact, ...]


APPOINTMENTS: Final = (
    Appointment(
        70001,
        "Besichtigung Lindenstraße 12",
        date(2026, 12, 1),
        9,
        (
            Contact(90001, "nicht gesetzt", "inaktiv"),
            Contact(90002, "gesendet", "inaktiv"),
            Contact(90003, "gesendet", "aktiv"),
        ),
    ),
    Appointment(
        70002,
        "Besichtigung Am Mühlbach 3",
        date(2026, 12, 1),
        14,
        (Contact(90004, "bestätigt", "aktiv"), Contact(90005, "nicht gesetzt", "inaktiv")),
    ),
    Appointment(
        70003,
        "Besichtigung Rosenhof, Haus B",
        date(2026, 12, 2),
        10,
        (
            Contact(90001, "nicht gesetzt", "inaktiv"),
            Contact(90006, "gesendet", "inaktiv"),
            Contact(90007, "bestätigt", "inaktiv"),
        ),
    ),
    Appointment(
        70004,
        "Besichtigung Sternwartweg 27",
        date(2026, 12, 3),
        11,
        (Contact(90008, "bestätigt", "inaktiv"), Contact(90009, "gesendet", "inaktiv")),
    ),
    Appointment(
        70005,
        "Notartermin Lindenstraße 12",
        date(2026, 12, 4),
        15,
        (Contact(90004, "gesendet", None), Contact(90010, "bestätigt", None)),
    ),
    Appointment(
        70006,
        "Besichtigung Alte Weberei, Loft 2",
        date(2026, 12, 7),
        9,
        (
            Contact(90011, "gesendet", "inaktiv"),
            Contact(90012, "gesendet", "inaktiv"),
            Contact(90013, "gesendet", "inaktiv"),
            Contact(90014, "nicht gesetzt", "inaktiv"),
        ),
    ),
    Appointment(
        70007,
        "Besichtigung Alte Weberei, Loft 5",
        date(2026, 12, 7),
        11,
        (Contact(90012, "bestätigt", "aktiv"), Contact(90015, "gesendet", "inaktiv")),
    ),
    Appointment(
        70008,
        "Besichtigung Am Hang 8",
        date(2026, 12, 8),
        13,
        (
            Contact(90016, "nicht gesetzt", "inaktiv"),
            Contact(90017, "bestätigt", "aktiv"),
            Contact(90018, "gesendet", "aktiv"),
        ),
    ),
    Appointment(
        70009,
        "Übergabe Rosenhof, Haus A",
        date(2026, 12, 9),
        10,
        (Contact(90006, "gesendet", "inaktiv"), Contact(90019, "bestätigt", "aktiv")),
    ),
    Appointment(
        70010,
        "Besichtigung Kastanienallee 41",
        date(2026, 12, 10),
        16,
        (
            Contact(90011, "nicht gesetzt", "inaktiv"),
            Contact(90020, "nicht gesetzt", "inaktiv"),
            Contact(90021, "gesendet", "aktiv"),
            Contact(90022, "gesendet", "inaktiv"),
        ),
    ),
    Appointment(
        70011,
        "Besichtigung Seeblick 6",
        date(2026, 12, 14),
        10,
        (
            Contact(90023, "gesendet", "inaktiv"),
            Contact(90024, "gesendet", "inaktiv"),
            Contact(90025, "nicht gesetzt", "inaktiv"),
        ),
    ),
    Appointment(
        70012,
        "Besichtigung Seeblick 7",
        date(2026, 12, 14),
        12,
        (Contact(90024, "gesendet", "inaktiv"), Contact(90026, "gesendet", "inaktiv")),
    ),
    Appointment(
        70013,
        "Besichtigung Fasanenweg 5",
        date(2026, 12, 15),
        10,
        (Contact(90027, "gesendet", "inaktiv"), Contact(90028, "gesendet", "inaktiv")),
    ),
    Appointment(
        70014,
        "Besichtigung Fasanenweg 7",
        date(2026, 12, 15),
        13,
        (Contact(90029, "gesendet", "inaktiv"), Contact(90030, "nicht gesetzt", "inaktiv")),
    ),
)

#: Who goes to the appointments of even and of odd numbers.
USERS: Final = (("12", "Paul", "Kranz"), ("14", "Lea", "Vogt"))

#: Address records that are linked to nothing.
UNLINKED: Final = frozenset({90040, 90041})

MUNICH: Final = (
    ("Termin-ID", "Adress-ID", "Kunde", "Terminbestätigung", "Terminrückmeldung"),
    ("70001", "90001", "Grüneberg, Jörg", "bestätigt", "aktiv"),
    ("70001", "90002", "Häßler, Änne", "bestätigt", "aktiv"),
    ("70001", "90003", "Tannhofer GmbH", "gecancelt", "inaktiv"),
    ("70002", "90004", "Weißkirch, Käthe", "bestätigt", "aktiv"),
    ("70002", "90005", "Özmutlu, Selin", "gesendet", ""),
    ("70003", "90001", "Grüneberg, Jörg", "gesendet", "inaktiv"),
    ("70003", "90006", "Brandlacher & Söhne OHG", "nicht gesetzt", ""),
    ("70003", "90007", "Fröhlingsdorf, Mia", "", "aktiv"),
    ("70004", "90008", "Quellmann, Tjark", "bestätigt", "inaktiv"),
    ("70004", "90009", "Straßenreiter, Ida", "bestätigt", "inaktiv"),
    ("70005", "90010", "Müggelfeld, Arne", "gecancelt", ""),
    ("70005", "90004", "Weißkirch, Käthe", "bestätigt", ""),
)

DECEMBER_HEADER: Final = (
    "Appointment ID",
    "Datum",
    "Objekt",
    "Address ID",
    "Interessent",
    "Confirmation",
    "Rückmeldung",
    "Notizen",
)
DECEMBER: Final = (
    (70006, 90011, "Lauterbachner, Piet", "bestätigt", "aktiv", ""),
    (70006, 90012, "Sommerhald, Greta", "bestätigt", "aktiv", "kommt mit Kinderwagen"),
    (70006, 90013, "Wiesengrundt AG", "bestätigt", "aktiv", "=> Schlüssel beim Hausmeister"),
    (70006, 90014, "Ypsberg, Nele", "gesendet", "", "rief am 27.11. an"),
    (70007, 90012, "Sommerhald, Greta", "bestätigt", "aktiv", "zweiter Termin am selben Tag"),
    (70007, 90015, "Dornquast, Emil", "gecancelt", "inaktiv", "hat anderes gefunden"),
    (70008, 90016, "Elsterkamp, Ruth", "bestätigt", "", ""),
    (70008, 90017, "Elsterkamp, Bodo", "bestätigt", "aktiv", ""),
    (70008, 90018, "Fabrizius-Lohm, Tilda", "bestätigt", "aktiv", "Finanzierung steht"),
    (70009, 90006, "Brandlacher & Söhne OHG", "bestätigt", "aktiv", "Übergabeprotokoll mitbringen"),
    (70009, 90019, "Zwickelhuber, Lore", "bestätigt", "aktiv", ""),
    (70010, 90011, "Lauterbachner, Piet", "gesendet", "inaktiv", ""),
    (70010, 90020, "Nordhafen Bau KG", "gesendet", "inaktiv", "Ansprechpartner wechselt"),
    (70010, 90021, "Immerzeel, Jan", "", "inaktiv", ""),
    (70010, 90022, "Patzschke, Wanda", "bestätigt", "inaktiv", ""),
)

LATE_HEADER: Final = (
    "Termin-ID",
    "Adress-ID",
    "KdNr",
    "Kunde",
    "Status Terminbestätigung",
    "Status Terminrückmeldung",
    "Bemerkung",
)
LATE: Final = (
    (70011, 90023, "K-1023", "Abendroth, Silke", "bestätgt", "aktiv", ""),
    (70011, 359.5, "K-1035", "Kranzmeier, Uwe", "bestätigt", "aktiv", ""),
    (70011, 90025, "K-1025", "Rübsam, Änne", "", "", "noch offen"),
    (70011, 90024, "K-1024", "Kranzmeier, Ute", "bestätigt", "", "am Telefon"),
    (70011, 90024, "K-1024", "Kranzmeier, Ute", "gecancelt", "", "per Mail abgesagt"),
    (),
    (70012, 90026, "K-1026", "Oberwasser UG", "Bestaetigt ", "aktiv", ""),
    (70012, 90026, "K-1026", "Oberwasser UG", "bestätigt", "aktiv", "steht schon oben"),
    (70012, 90024, "K-1024", "Kranzmeier, Ute", "CONFIRMED", "", ""),
    (70001, 90001, "K-1001", "Grüneberg, Jörg", "bestätigt", "aktiv", "auch in der Münchner Liste"),
    (70012, date(2026, 12, 14), "K-1028", "Veith, Hanno", "gesendet", "", ""),
    (70012, 90040, "K-1040", "Sandmann-Pirol, Edda", "bestätigt", "aktiv", "steht nicht am Termin"),
    (79999, 90041, "K-1041", "Thalbrück, Kuno", "bestätigt", "", "Termin gelöscht?"),
    (70011, 90025, "K-1025", "Rübsam, Änne", "abgesagt", "", ""),
)

#: Who is behind an address: as the sheets have it, or who stands in none.
PEOPLE: Final = {
    **{int(address): name for _, address, name, *_ in MUNICH[1:]},
    **{address: name for _, address, name, *_ in DECEMBER},
    **{row[1]: row[3] for row in LATE if row and isinstance(row[1], int)},
    90027: "Amselgruber, Fenja",
    90028: "Niederhof, Matteo",
    90029: "Traunwieser, Lotte",
    90030: "Ostermoor, Hark",
}

NOTE: Final = (
    "Liebe Kollegen,\r\n"
    "die Liste für Januar schicke ich am Montag. Frau Elsterkamp kommt mit ihrem Mann.\r\n"
    "Viele Grüße aus dem Büro\r\n"
)


def write_munich() -> None:
    """A CSV as German Excel saves it: semicolons, cp1252, CRLF."""
    with (HERE / "termine_muenchen.csv").open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";").writerows(MUNICH)


def write_december() -> None:
    """A workbook as a team keeps it: title rows, a styled header, drop-down lists, dates, a column of notes."""
    book, sheet = new_book("besichtigungen_dezember.xlsx", "Dezember")
    title = book.add_format({"bold": True, "font_size": 16, "font_color": "#1F3864"})
    small = book.add_format({"italic": True, "font_color": "#7F7F7F"})
    day = book.add_format({"num_format": "dd.mm.yyyy", "align": "left"})
    sheet.merge_range("A1:H1", "Lindenhof Immobilien · Besichtigungen Dezember 2026", title)
    sheet.write_string("A2", "Stand 30.11.2026, gepflegt von Team Nord", small)
    write_header(book, sheet, 3, DECEMBER_HEADER, (16, 12, 34, 12, 28, 16, 14, 34))
    appointments = {appointment.id: appointment for appointment in APPOINTMENTS}
    for row, (appointment_id, address_id, person, confirmation, feedback, note) in enumerate(DECEMBER, start=4):
        appointment = appointments[appointment_id]
        sheet.write_number(row, 0, appointment_id)
        sheet.write_datetime(row, 1, appointment.day, day)
        sheet.write_number(row, 3, address_id)
        for column, text in ((2, appointment.subject), (4, person), (5, confirmation), (6, feedback), (7, note)):
            sheet.write_string(row, column, text)
    last = 3 + len(DECEMBER)
    sheet.data_validation(4, 5, last, 5, {"validate": "list", "source": ["bestätigt", "gesendet", "gecancelt", "nicht gesetzt"]})
    sheet.data_validation(4, 6, last, 6, {"validate": "list", "source": ["aktiv", "inaktiv"]})
    sheet.autofilter(3, 0, last, len(DECEMBER_HEADER) - 1)
    sheet.freeze_panes(4, 0)
    book.close()


def write_late() -> None:
    """A workbook typed in a hurry: every kind of mistake that a person has to look at, between rows that are fine."""
    book, sheet = new_book("nachmeldungen.xlsx", "Tabelle1")
    day = book.add_format({"num_format": "dd.mm.yyyy"})
    write_header(book, sheet, 0, LATE_HEADER, (12, 12, 10, 26, 26, 26, 30))
    for row, cells in enumerate(LATE, start=1):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(row, column, cell, day)
            elif isinstance(cell, str):
                sheet.write_string(row, column, cell)
            else:
                sheet.write_number(row, column, cell)
    book.close()


def new_book(name: str, sheet_name: str) -> tuple[xlsxwriter.Workbook, Worksheet]:
    """A workbook that says it was made at a fixed time, so that its bytes do not change."""
    book = xlsxwriter.Workbook(HERE / name)
    book.set_properties({"author": "Lindenhof Immobilien", "created": MADE})
    sheet = book.add_worksheet(sheet_name)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return book, sheet


def write_header(
    book: xlsxwriter.Workbook,
    sheet: Worksheet,
    row: int,
    names: tuple[str, ...],
    widths: tuple[int, ...],
) -> None:
    """White on blue, as wide as the columns need."""
    style = book.add_format({"bold": True, "font_color": "white", "bg_color": "#2F5597", "border": 1})
    for column, (name, width) in enumerate(zip(names, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(row, column, name, style)


def write_note() -> None:
    """A text note that somebody renamed to `.xlsx`: the file that cannot be read."""
    (HERE / "notiz_buero.xlsx").write_bytes(NOTE.encode("cp1252"))


def write_seed() -> None:
    """The CRM before the run, in the simulator's shape of a state."""
    linked = {contact.id for appointment in APPOINTMENTS for contact in appointment.contacts}
    state = {
        "appointments": [seed_appointment(appointment) for appointment in APPOINTMENTS],
        "addresses": [seed_address(number) for number in sorted(UNLINKED | linked)],
    }
    text = json.dumps(state, ensure_ascii=False, indent=2) + "\n"
    (HERE / "simulator_seed.json").write_text(text, encoding="utf-8", newline="\n")


def seed_address(number: int) -> dict[str, object]:
    """An address with the name that the sheets have for it, as JSON wants it."""
    last, _, first = PEOPLE[number].partition(", ")
    names = {"Vorname": first, "Name": last, "Zusatz1": ""} if first else {"Vorname": "", "Name": "", "Zusatz1": last}
    return {"id": number, "KdNr": f"K-{number - 89_000}", **names}


def seed_appointment(appointment: Appointment) -> dict[str, object]:
    """One appointment of an hour, as JSON wants it."""
    day = appointment.day
    start = datetime(day.year, day.month, day.day, appointment.hour, tzinfo=BERLIN_IN_WINTER)
    return {
        "id": appointment.id,
        "subject": appointment.subject,
        "users": [dict(zip(("id", "firstName", "lastName"), USERS[appointment.id % 2], strict=True))],
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
        "contacts": [contact._asdict() for contact in appointment.contacts],
    }


if __name__ == "__main__":
    write_munich()
    write_december()
    write_late()
    write_note()
    write_seed()
