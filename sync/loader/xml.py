"""XML from a stranger, element by element: no entities, no external parts, no tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from xml.parsers import expat

from sync.loader.messages import RefuseFile
from sync.model import Reason, Why

if TYPE_CHECKING:
    from collections.abc import Iterable


class Handler(Protocol):
    """What wants to know about elements, by their names without prefix; attributes keep theirs."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Some text, maybe not all of it."""


def parse_xml(pieces: Iterable[bytes], handler: Handler) -> None:
    """Tells `handler` everything.

    Raises:
        RefuseFile: it is no XML, or declares entities, which no spreadsheet program does.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: handler.start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: handler.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise RefuseFile(Reason(Why.DAMAGED, str(error))) from error


def _refuse_doctype(*_: object) -> None:
    raise RefuseFile(Reason(Why.XML_DECLARATIONS))
