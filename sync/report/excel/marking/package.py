"""The parts of an Office file and how they refer to each other; what is not changed is copied as it is."""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from lxml import etree

from sync.report.excel.cell_text import cell_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element


# XML parts of a workbook: parsed without entities, with elements put where the schema wants them.


MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATIONS: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
XML_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_LETTERS: Final = re.compile("[A-Z]+")
#: Excel reads _x000D_ in a text as the character with that number.
_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


class Unmarkable(Exception):
    """The workbook is written in a way that this package does not change."""


class PartTooLarge(Unmarkable):
    """Marking the workbook would take too long and too much memory."""


def parse(data: bytes) -> _Element:
    """A part as elements.

    Raises:
        Unmarkable: it is no XML in UTF-8, or declares a document type, which no spreadsheet program does.
    """
    if b"<!DOCTYPE" in data or b"\0" in data:
        raise Unmarkable("DOCTYPE")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Unmarkable(str(error)) from error
    return root


def serialised(root: _Element) -> bytes:
    """A part as it is stored."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def writable(text: str) -> str:
    """A text as XML and Excel take it for itself."""
    return _ESCAPED.sub("_x005F_", cell_text(text))


def default_namespace(name: str) -> dict[str, str]:
    """Let elements of a namespace, given as `{...}`, be written without a prefix."""
    return cast("dict[str, str]", {None: name[1:-1]})  # lxml wants None, its stubs do not know


def put_in_order(root: _Element, element: _Element, order: Sequence[str]) -> None:
    """Insert an element before the first one that comes later in `order`, names without namespace."""
    rank = {f"{MAIN}{name}": at for at, name in enumerate(order)}
    own = rank[str(element.tag)]
    for at, other in enumerate(root):
        if rank.get(str(other.tag), -1) > own:
            root.insert(at, element)
            return
    root.append(element)


def count_children(element: _Element) -> None:
    """Keep the number of children that some lists carry."""
    if "count" in element.attrib:
        element.set("count", str(len(element)))


def column_of(reference: str) -> int:
    """The column of a cell reference such as `AB12`, counted from 0."""
    match = _LETTERS.match(reference)
    if match is None:
        raise Unmarkable(reference)
    number = 0
    for letter in match[0]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def row_of(reference: str) -> int:
    """The row of a cell reference such as `AB12`."""
    return int(reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def area(reference: str) -> tuple[int, int, int, int]:
    """First row, first column, last row, last column of `B2:D9`, of a single cell, or of whole rows or columns."""
    first, _, last = reference.replace("$", "").partition(":")
    last = last or first
    return (_row(first, 1), _column(first, 0), _row(last, 1_048_576), _column(last, 16_383))


def _row(reference: str, default: int) -> int:
    digits = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits) if digits else default


def _column(reference: str, default: int) -> int:
    return column_of(reference) if _LETTERS.match(reference) else default


#: The bytes of a part beyond which looking into it takes too much memory: a sheet of about 75,000 rows, 10 s and 1 GB.
MOST_PART_BYTES: Final = 25_000_000
_TYPES: Final = "[Content_Types].xml"
_TYPES_NS: Final = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_RELS_NS: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}"


@dataclass(frozen=True, slots=True)
class Relation:
    """One part refers to another: by which id, as what, and where that part is ("" outside of the package)."""

    id: str
    kind: str
    path: str


class Package:
    """An Office file, read from `source`; `save` writes it with what has been changed.

    Raises:
        Unmarkable: it is none, or damaged.
    """

    def __init__(self, source: BinaryIO) -> None:
        try:
            self._zip = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise Unmarkable(str(error)) from error
        self._names = {info.filename.lstrip("/").lower(): info.filename for info in self._zip.infolist()}
        self._trees: dict[str, _Element] = {}
        self._changed: set[str] = set()
        self._raw: dict[str, bytes] = {}
        self._dropped: set[str] = set()

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    def __contains__(self, path: str) -> bool:
        return (path.lower() in self._names and path.lower() not in self._dropped) or path in self._trees or path in self._raw

    def size(self, path: str) -> int:
        """Unpacked bytes of a part."""
        return self._zip.getinfo(self._names[path.lower()]).file_size

    def read(self, path: str) -> bytes:
        """A part as it was in the file, to be looked into.

        Raises:
            TooLarge: that would take too long and too much memory.
        """
        if path.lower() in self._names and self.size(path) > MOST_PART_BYTES:
            raise PartTooLarge(path)
        try:
            return self._zip.read(self._names[path.lower()])
        except (KeyError, zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
            raise Unmarkable(path) from error

    def look(self, path: str) -> _Element:
        """A part as elements, not to be changed."""
        if path not in self._trees:
            self._trees[path] = parse(self._raw[path] if path in self._raw else self.read(path))
        return self._trees[path]

    def edit(self, path: str) -> _Element:
        """A part as elements; changes in them are saved."""
        self._changed.add(path)
        return self.look(path)

    def finish(self, path: str) -> None:
        """A part will not be changed any more: keep its bytes, not its elements."""
        self._raw[path] = serialised(self._trees.pop(path))
        self._changed.discard(path)

    def relations(self, path: str) -> Iterator[Relation]:
        """What a part ("" for the package) refers to."""
        rels = _relations_path(path)
        for each in self.look(rels).iterchildren(f"{_RELS_NS}Relationship") if rels in self else ():
            target = each.get("Target", "")
            inside = each.get("TargetMode") != "External"
            where = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)).lstrip("/") if inside else ""
            yield Relation(each.get("Id", ""), each.get("Type", ""), where)

    def relate(self, path: str, kind: str, target: str) -> str:
        """Let a part refer to another one; returns the id."""
        rels = _relations_path(path)
        if rels not in self:
            self._trees[rels] = etree.Element(f"{_RELS_NS}Relationships", nsmap=default_namespace(_RELS_NS))
        taken = {relation.id for relation in self.relations(path)}
        new = next(name for number in range(1, 1_000_000) if (name := f"rId{number}") not in taken)
        etree.SubElement(self.edit(rels), f"{_RELS_NS}Relationship", Id=new, Type=kind, Target=f"/{target}")
        return new

    def add(self, stem: str, suffix: str, content_type: str, root: _Element) -> str:
        """A new part, under the first free number; returns its path."""
        path = next(name for number in range(1, 1_000_000) if (name := f"{stem}{number}{suffix}") not in self)
        self._trees[path] = root
        types = self.edit(_TYPES)
        self._changed.add(path)
        etree.SubElement(types, f"{_TYPES_NS}Override", PartName=f"/{path}", ContentType=content_type)
        return path

    def set_type(self, path: str, content_type: str) -> None:
        """Say anew what a part is."""
        self._forget_type(path)
        etree.SubElement(self.edit(_TYPES), f"{_TYPES_NS}Override", PartName=f"/{path}", ContentType=content_type)

    def drop(self, owner: str, relation: Relation) -> None:
        """Leave out a part, all that it alone refers to, and the reference to it."""
        for each in list(self.edit(_relations_path(owner))):
            if each.get("Id") == relation.id:
                each.getparent().remove(each)  # type: ignore[union-attr] # it has one
        if not relation.path or relation.path not in self:
            return
        for further in list(self.relations(relation.path)):
            self.drop(relation.path, further)
        self._forget_type(relation.path)
        self._dropped |= {relation.path.lower(), _relations_path(relation.path).lower()}
        self._changed.discard(_relations_path(relation.path))

    def save(self, target: BinaryIO) -> None:
        """Write the file."""
        for tree in sorted(self._changed):
            self.finish(tree)
        changed = {name.lower(): data for name, data in self._raw.items()}
        try:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as new:
                for info in self._zip.infolist():
                    key = info.filename.lstrip("/").lower()
                    if key not in self._dropped:
                        data = changed.pop(key, None)
                        new.writestr(info.filename, self._zip.read(info) if data is None else data)
                for name, data in self._raw.items():
                    if name.lower() in changed:
                        new.writestr(name, data)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
            raise Unmarkable(str(error)) from error

    def _forget_type(self, path: str) -> None:
        types = self.edit(_TYPES)
        for each in list(types):
            if each.get("PartName", "").lower() == f"/{path}".lower():
                types.remove(each)


def _relations_path(path: str) -> str:
    folder, name = posixpath.split(path)
    return posixpath.join(folder, "_rels", f"{name}.rels")
