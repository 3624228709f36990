"""What happened, as one sentence; numbers and times as people write them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from sync.domain.model import CheckOutcome
from sync.i18n.texts import Language, Words
from sync.report import labels

if TYPE_CHECKING:
    from sync.report.tally import Tally


class _Story:
    """The parts of the sentence, for one and for many."""

    NOTHING: Final = Words("Es war nichts zu tun", "There was nothing to do")
    NO_ROWS: Final = Words("Keine Zeile gelesen", "No row was read")
    ONE_DONE: Final = Words("Die einzige Zeile ist erledigt", "The only row is done")
    ALL_DONE: Final = Words("Alle {} Zeilen sind erledigt", "All {} rows are done")
    ONE_GOOD: Final = Words("Die einzige Zeile ist in Ordnung", "The only row is fine")
    ALL_GOOD: Final = Words("Alle {} Zeilen sind in Ordnung", "All {} rows are fine")
    ONE_ROW: Final = Words("{} Zeile gelesen", "{} row read")
    ROWS: Final = Words("{} Zeilen gelesen", "{} rows read")
    DONE: Final = Words("{} erledigt", "{} done")
    GOOD: Final = Words("{} in Ordnung", "{} fine")
    ONE_NEEDS: Final = Words("{} braucht Ihre Hilfe", "{} needs your help")
    NEED: Final = Words("{} brauchen Ihre Hilfe", "{} need your help")
    KEPT: Final = Words("{} zurückgestellt bis zum nächsten Abgleich", "{} kept for the next run")
    UNSEEN: Final = Words("{} klärt der nächste Abgleich", "{} to be cleared up by the next run")
    HELD: Final = Words("{} von einer Grenze zurückgehalten", "{} held back by a limit")
    ONE_UNREADABLE: Final = Words("{} Datei war nicht lesbar", "{} file could not be read")
    UNREADABLE: Final = Words("{} Dateien waren nicht lesbar", "{} files could not be read")
    ONE_WAITS: Final = Words("{} Datei wartet noch im Ablageordner", "{} file still waits in the drop folder")
    WAIT: Final = Words("{} Dateien warten noch im Ablageordner", "{} files still wait in the drop folder")


def happened(counts: Tally, language: Language) -> str:
    """What a run came to, in one sentence."""
    if counts.rows and counts.fine == counts.rows:
        return _sentence(counted(counts.rows, _Story.ONE_DONE, _Story.ALL_DONE, language), counts, language)
    done = counted(counts.fine, _Story.DONE, _Story.DONE, language)
    return _sentence(_parts(done, counts, language), counts, language)


def found(counts: Tally, language: Language) -> str:
    """What a check came to, in one sentence."""
    good = counts.of(CheckOutcome.VALID) + counts.of(CheckOutcome.DUPLICATE)
    if counts.rows and good == counts.rows:
        return _sentence(counted(good, _Story.ONE_GOOD, _Story.ALL_GOOD, language), counts, language)
    fine = counted(good, _Story.GOOD, _Story.GOOD, language)
    return _sentence(_parts(fine, counts, language), counts, language)


def number(value: int, language: Language) -> str:
    """A whole number with its thousands apart."""
    return f"{value:,}".replace(",", Words(".", ",").text(language))


def when(moment: str, language: Language) -> str:
    """A time from ISO text as people write it; anything else as it is."""
    try:
        read = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return read.strftime(Words("%d.%m.%Y, %H:%M Uhr", "%Y-%m-%d, %H:%M").text(language))


def counted(count: int, one: Words, many: Words, language: Language) -> str:
    """`one` or `many`, with the number in its place."""
    return (one if count == 1 else many).text(language).format(number(count, language))


def findings_told(findings: int, rows: int, language: Language) -> str:
    """How many findings there are, and in how many rows."""
    what = counted(findings, labels.ONE_FINDING, labels.FINDINGS, language)
    return f"{what} {counted(rows, labels.IN_ONE_ROW, labels.IN_ROWS, language)}"


def _parts(good: str, counts: Tally, language: Language) -> str:
    if not counts.rows:
        return (_Story.NO_ROWS if counts.unreadable or counts.waiting else _Story.NOTHING).text(language)
    parts = [good]
    if counts.need_a_person:
        parts.append(counted(counts.need_a_person, _Story.ONE_NEEDS, _Story.NEED, language))
    waiting = ((counts.unseen, _Story.UNSEEN), (counts.kept, _Story.KEPT), (counts.held, _Story.HELD))
    parts += [words.text(language).format(number(count, language)) for count, words in waiting if count]
    return f"{counted(counts.rows, _Story.ONE_ROW, _Story.ROWS, language)}: {', '.join(parts)}"


def _sentence(rows: str, counts: Tally, language: Language) -> str:
    parts = [rows]
    if counts.unreadable:
        parts.append(counted(counts.unreadable, _Story.ONE_UNREADABLE, _Story.UNREADABLE, language))
    if counts.waiting:
        parts.append(counted(counts.waiting, _Story.ONE_WAITS, _Story.WAIT, language))
    return f"{'; '.join(parts)}."
