"""Sorts, wraps and compiles the catalogues of texts: `python .ci/catalogues.py`, after any change to one of them."""

from __future__ import annotations

import datetime as dt
import re
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

LOCALES = Path(__file__).parent.parent / "sync" / "i18n" / "locale"
WIDTH = 130
#: Lines of the header that say nothing here, or would differ each time.
NOISE = re.compile(
    rb'^"(?:Project-Id-Version|Report-Msgid-Bugs-To|POT?-|Last-Translator|Language-Team|Generated-By)[^\n]*\n', re.MULTILINE
)


def renew(path: Path) -> None:
    """Write one catalogue in the order of its keys, and compile it."""
    catalogue = read_po(path.open("rb"), locale=path.parent.parent.name, abort_invalid=True)
    catalogue.creation_date = catalogue.revision_date = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # the same file each time
    written = BytesIO()
    write_po(written, catalogue, width=WIDTH, sort_output=True)
    path.write_bytes(NOISE.sub(b"", written.getvalue()))
    with path.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, catalogue)


if __name__ == "__main__":
    for each in sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        renew(each)
