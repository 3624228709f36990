"""XML from a stranger, element by element: no entities, no external parts, no tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from xml.parsers import expat

from sync.domain.model import Reason, Why
from sync.sheets.stream import RefuseFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeAlias

    #: Where an element leads to, and what is told of it.
    _Step: TypeAlias = tuple["_Place[_Follower]", Callable[["_Follower", "Attributes"], bool | None] | None]

#: More columns, rows or repetitions than any program has.
_MOST = 2**20


class Handler(Protocol):
    """What wants to know about elements, by their names without prefix; attributes keep theirs."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Some text, maybe not all of it."""


Attributes = dict[str, str]
_Follower = TypeVar("_Follower")


def by_names(
    names: Mapping[str, str], starts: Callable[[_Follower, Attributes], bool | None]
) -> Callable[[_Follower, Attributes], bool | None]:
    """What is told of an element, with the names of its attributes looked up: most readers know them without prefix."""
    return lambda follower, attributes: starts(
        follower, {names[name]: value for name, value in attributes.items()} if attributes else attributes
    )


@dataclass(frozen=True, slots=True)
class Tree(Generic[_Follower]):
    """What counts in a document: for each place the elements in it, and the place that each of them is ("*" for all others).

    `starts` and `ends` say what is told of the elements at a place, `texts` where text counts. An element that is not named is
    left out with everything in it, and so is one for which `starts` returns False.
    """

    places: Mapping[str, Mapping[str, str]]
    starts: Mapping[str, Callable[[_Follower, Attributes], bool | None]]
    ends: Mapping[str, Callable[[_Follower], None]]
    texts: Mapping[str, Callable[[_Follower, str], None]]


class _Place(
    dict[str, "tuple[_Place[_Follower], Callable[[_Follower, Attributes], bool | None] | None] | None"], Generic[_Follower]
):
    """A place of a tree: for each name of an element in it, with its prefix, the place that is and what is told; None if nothing.

    Names are worked out once; a document has few.
    """

    def __init__(self, tree: Tree[_Follower], name: str, places: dict[str, _Place[_Follower]]) -> None:
        super().__init__()
        places[name] = self
        self.ends = tree.ends.get(name)
        self.texts = tree.texts.get(name)
        self._tree = tree
        self._known = tree.places[name]
        self._places = places

    def __missing__(self, name: str) -> _Step[_Follower] | None:
        place = self._known.get(name.rpartition(":")[2], self._known.get("*"))
        if place:
            there = self._places[place] if place in self._places else _Place(self._tree, place, self._places)
            self[name] = (there, self._tree.starts.get(place))
        else:
            self[name] = None
        return self[name]


class Walk(Generic[_Follower]):
    """Tells a follower what counts in a document."""

    def __init__(self, tree: Tree[_Follower], follower: _Follower) -> None:
        self._follower = follower
        self._here: _Place[_Follower] = _Place(tree, "", {})
        self._above: list[_Place[_Follower]] = []
        self._left_out = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins; its name has its prefix."""
        if self._left_out:
            self._left_out += 1
            return
        step = self._here[name]
        if step is None or (step[1] and step[1](self._follower, attributes) is False):
            self._left_out = 1
            return
        self._above.append(self._here)
        self._here = step[0]

    def end(self, _: str) -> None:
        """An element ends."""
        if self._left_out:
            self._left_out -= 1
            return
        ends = self._here.ends
        self._here = self._above.pop()
        if ends:
            ends(self._follower)

    def text(self, data: str) -> None:
        """Some text."""
        if self._here.texts and not self._left_out:
            self._here.texts(self._follower, data)


def walk_xml(pieces: Iterable[bytes], walk: Walk[_Follower], encoding: str | None = None) -> None:
    """Tells a follower everything that counts.

    Raises:
        RefuseFile: see `stream_xml`.
    """
    for _ in _parsed(pieces, encoding, walk.start, walk.end, walk.text):
        pass


def parse_xml(pieces: Iterable[bytes], handler: Handler) -> None:
    """Tells `handler` everything.

    Raises:
        RefuseFile: see `stream_xml`.
    """
    for _ in stream_xml(pieces, handler):
        pass


def stream_xml(pieces: Iterable[bytes], handler: Handler) -> Iterator[None]:
    """Tells `handler` piece by piece, so that what came of one can be taken away before the next.

    Raises:
        RefuseFile: it is no XML, or declares entities, which no spreadsheet program does.
    """
    return _parsed(
        pieces,
        None,
        lambda name, attributes: handler.start(name.rpartition(":")[2], attributes),
        lambda name: handler.end(name.rpartition(":")[2]),
        handler.text,
    )


def _parsed(
    pieces: Iterable[bytes],
    encoding: str | None,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> Iterator[None]:
    parser = expat.ParserCreate(encoding)
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
        yield
    except (expat.ExpatError, LookupError) as error:  # an encoding that nobody knows, too
        raise RefuseFile(Reason(Why.DAMAGED, str(error))) from error


def _refuse_doctype(*_: object) -> None:
    raise RefuseFile(Reason(Why.XML_DECLARATIONS))


def whole_number(attributes: Mapping[str, str], name: str, default: int = 1) -> int:
    """An attribute that counts something, at most a million.

    Raises:
        RefuseFile: it is there and no number.
    """
    text = attributes.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        raise RefuseFile(Reason(Why.DAMAGED, f'{name}="{text[:20]}"'))
    return min(int(text[:20]), _MOST)


def is_zero(length: str | None) -> bool:
    """Whether a height or width leaves nothing to be seen, such as "0cm" or "0.000in"."""
    number = (length or "").strip().rstrip("abcdefghijklmnopqrstuvwxyz%")
    try:
        return float(number) <= 0
    except ValueError:
        return False
