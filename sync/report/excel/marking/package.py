"""The parts of an Office file and how they refer to each other; what is not changed is copied as it is."""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from lxml import etree

from sync.report.excel.marking.xml import PartTooLarge, Unmarkable, default_namespace, parse, serialised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from lxml.etree import _Element

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
