"""Claiming: a file leaves the drop folder for a run, as a whole or not at all, also to another file system."""

from __future__ import annotations

import errno
import json
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from sync.domain.model import Left, WhyLeft
from sync.dropfolder import files, scan
from sync.dropfolder.files import numbered, shown
from sync.dropfolder.model import Claimed, as_folder_error
from sync.errors import FolderError
from sync.i18n import LazyText
from sync.system import handles
from sync.system.handles import OWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.dropfolder.model import Folders, Seen
    from sync.system.handles import Held, Spot


# Before the run: the folders are there and can be written, and the state folder is the job's alone.


_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
#: What only a state folder holds.
_OF_STATE: Final = frozenset({"run.lock", "watch.lock", "ledger.sqlite3", "claimed", "told.json"})


class Shared(Enum):
    """Why a folder cannot be the state folder."""

    NOT_OURS = auto()
    WRITABLE = auto()
    IN_USE = auto()


_SENTENCES: Final = {
    Shared.NOT_OURS: "filing.state_not_ours",
    Shared.WRITABLE: "filing.state_writable",
    Shared.IN_USE: "filing.state_in_use",
}


def prepare(folders: Folders, *, first: bool = True) -> None:
    """Makes the folders that are missing and proves that each can be written; the state folder is the user's alone.

    The others stay as they were made: who of the office may open them is not for the job to say. Only before the `first` run
    a drop folder may be missing: later it was moved, or its share is away, and an empty one in its place would hide that.

    Raises `FolderError`, also where one of them is a link that neither root nor the job's own user made. Which folders may be
    one is for the configuration to say.
    """
    if not first and is_missing(folders):
        raise FolderError(LazyText("filing.drop_gone", drop=folders.drop))
    own_state(folders)
    for folder in (folders.drop, folders.archive, folders.refused, folders.results, folders.state):
        with as_folder_error("filing.not_made", folder), handles.folder(folder, make=True) as held:
            _clear(held)
            _try(held)


def is_missing(folders: Folders) -> bool:
    """Whether there is no drop folder; one that this user may not see is there."""
    try:
        folders.drop.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def own_state(folders: Folders) -> None:
    """Makes the state folder where it is missing, and closes it to others; to be called before anything is put into it.

    One that may be somebody else's is left as it is. Raises `FolderError`.
    """
    what = as_folder_error("filing.state_not_opened", folders.state)
    with what, handles.folder(folders.state, make=True, mode=stat.S_IRWXU) as held:
        shared = how_shared(held)
        if shared is None and os.name == "posix" and held.info().st_mode & _OTHERS:
            held.close_to_others()
    if shared is not None:
        raise FolderError(LazyText("filing.state_refused", state=folders.state, why=LazyText(_SENTENCES[shared])))


def how_shared(state: Held) -> Shared | None:
    """Why a folder may be somebody else's, so that it is not closed but refused as state folder; None where it is ours.

    Raises OSError.
    """
    if os.name != "posix":
        return None
    info = state.info()
    if info.st_uid != os.geteuid():
        return Shared.NOT_OURS
    if info.st_mode & _OTHERS_WRITE:
        return Shared.WRITABLE
    names = {entry.name for entry in state.entries()} if info.st_mode & _OTHERS else set()
    return Shared.IN_USE if names and _OF_STATE.isdisjoint(names) else None


def _clear(folder: Held) -> None:
    """Takes away what a run left that was killed while it tried a folder, or wrote to it."""
    with suppress(OSError):  # one that may be written to and not listed
        for entry in folder.entries():
            handles.remove_half_written(folder, entry.name)


def _try(folder: Held) -> None:
    """Writes a file and takes it away again, also where there was room for its name only. Raises OSError."""
    probe = folder.new_spot(".tmp")
    number = probe.create()
    try:
        os.write(number, b"?")
    finally:
        os.close(number)
        with suppress(FileNotFoundError):  # whoever may write there may have taken it away
            probe.unlink()


# Holding an original back while its copy takes its place on another file system.
#
# The original gets a name that nobody knows, in a folder that only the job may open. Both names are noted in the state folder
# before that, so that what a killed run holds is found again, and nothing that only looks like it.


#: The note lies beside the box of the claim: `claimed/<run id>/<seq>.hold`.
ENDING = ".hold"


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held back: its path below the drop folder, the folder beside it in which it lies, its name in there."""

    relative: Path
    folder: str
    file: str

    @classmethod
    def new(cls, relative: Path) -> Self:
        """Names that nobody can guess."""
        return cls(relative, f"{OWN}{secrets.token_hex(8)}", secrets.token_hex(8))

    @classmethod
    def noted(cls, note: bytes) -> Self:
        """From a note. Raises ValueError where it is none: it was not complete when its run was killed, and nothing was held."""
        try:
            relative, folder, file = map(str, json.loads(note))
        except TypeError as error:
            raise ValueError(str(error)) from error
        return cls(Path(relative), folder, file)

    def note(self, run: Held, box: str) -> None:
        """Note it for the next run, before anything is held. Raises OSError."""
        note = json.dumps([str(self.relative), self.folder, self.file]).encode()
        files.write(run.spot(f"{box}{ENDING}"), note)
        files.flush_folder(run)

    def end(self, place: Held, run: Held, box: str, *, claimed: bool) -> None:
        """Let go of an original: it goes away if the claim got its whole copy, else back to its name. Raises OSError.

        Args:
            place: the folder that it comes from.
            run: the folder of the run that held it, with the note.
            box: the name of the claim's box.
            claimed: whether the claim got its copy.
        """
        hold = place.spot(self.folder)
        with suppress(FileNotFoundError):
            with hold.held() as inside:
                held = inside.spot(self.file)
                if held.is_there() and claimed:
                    files.remove(held)
                elif held.is_there():
                    files.put(held, place.spot(self.relative.name))
            hold.remove_folder()
        with suppress(FileNotFoundError):
            run.spot(f"{box}{ENDING}").unlink()


def claim(folders: Folders, run_id: str, seen: Seen) -> Claimed | Left:
    """Takes a file out of the drop folder for a run, or says why it stays there.

    One rename, which takes the whole file or nothing and cannot overwrite, because it goes into a folder made for it. A file
    that is not as it was seen, or still open for writing, goes back. Across file systems: a copy, flushed and compared byte
    by byte, gets its name only once the original is out of everybody's reach; killed before, the original is the one.

    Raises `FolderError` when the state folder cannot take it; the file then stays in the drop folder.
    """
    if not run_id or run_id != Path(run_id).name or run_id.startswith("."):
        raise ValueError(f"A run id is the name of a folder: {run_id!r}")
    with as_folder_error("filing.not_claimed", seen.path):
        box = _new_box(folders.claimed / run_id, max(seen.seq, 1))
        target = box / seen.relative
        try:
            why = _take(seen, target, box)
        finally:
            files.prune(target.parent, folders.claimed)
    if why is not None:
        return Left(shown(seen.relative), why)
    return Claimed(target, seen.relative, seen.size, seen.mtime_ns, run_id, int(box.name))


def read_in_place(seen: Seen) -> Claimed:
    """The value of a claim without the claim, for a dry run: the file stays where it is."""
    return Claimed(seen.path, seen.relative, seen.size, seen.mtime_ns, "", seen.seq)


def by_name(claims: Sequence[Claimed]) -> list[tuple[Path, str]]:
    """Where the files lie, each with a name of its own for people: " (2)" tells one from another with the same name.

    Two have the same where a killed run has left one and a new one was dropped since.
    """
    there, given = {claimed.name for claimed in claims}, set[str]()
    named = []
    for claimed in claims:
        names = (shown(path) for path in numbered(claimed.relative))
        name = claimed.name if claimed.name not in given else next(each for each in names if each not in there | given)
        given.add(name)
        named.append((claimed.path, name))
    return named


def unchanged(claimed: Claimed) -> bool:
    """Whether a claimed file is still as it was, for use after reading it: a writer may have kept it open unseen."""
    try:
        with handles.folder(claimed.path.parent) as held:
            return scan.difference(claimed, held.spot(claimed.path.name)) is None
    except FileNotFoundError:
        return False


def _new_box(run: Path, first: int) -> Path:
    handles.make(run, 0o700)
    for number in count(first):
        box = run / f"{number:06d}"
        with suppress(FileExistsError):
            box.mkdir()
            return box
    raise AssertionError


def _take(seen: Seen, target: Path, box: Path) -> WhyLeft | None:
    try:
        with handles.folder(seen.path.parent) as there, handles.folder(target.parent, make=True) as here:
            return _take_from(seen, there.spot(seen.path.name), here.spot(target.name), box)
    except OSError as error:
        return scan.why_left(error)


def _take_from(seen: Seen, source: Spot, target: Spot, box: Path) -> WhyLeft | None:
    with _looked_at(source) as before:
        if isinstance(before, WhyLeft):
            return before
        try:
            source.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return _take_across(seen, source, target, box)
        why = scan.difference(seen, target)
        if why is None and before is not None and not os.path.samestat(os.fstat(before), target.info()):
            why = WhyLeft.UNSETTLED
    if why is not None:
        files.put(target, source)
    return why


@contextmanager
def _looked_at(spot: Spot) -> Iterator[int | WhyLeft | None]:
    """A descriptor of what is about to be moved, or why it is not for us; None on Windows, which moves no open file.

    As long as it is open it keeps its device and number on any file system: what is moved can be compared with it.
    """
    if os.name != "posix":
        yield None
        return
    number = spot.open_to_read()
    try:
        yield number if stat.S_ISREG(os.fstat(number).st_mode) else WhyLeft.NOT_A_FILE
    finally:
        os.close(number)


def _take_across(seen: Seen, source: Spot, target: Spot, box: Path) -> WhyLeft | None:
    with handles.folder(box.parent) as run:
        if not files.has_room(run, seen.size):
            return WhyLeft.NO_ROOM
        part = run.spot(f"{box.name}.part")
        hold = Hold.new(seen.relative)
        try:
            files.copy(source, part)
            hold.note(run, box.name)
            return _swap(hold, seen, source, part, target)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
            hold.end(source.folder, run, box.name, claimed=target.is_there())


def _swap(hold: Hold, seen: Seen, source: Spot, part: Spot, target: Spot) -> WhyLeft | None:
    """Takes an original out of everybody's reach; if the copy is the same, it becomes the claim."""
    place = source.folder.spot(hold.folder)
    place.make_folder(stat.S_IRWXU)
    with place.held() as inside:
        held = inside.spot(hold.file)
        source.rename(held)
        why = scan.difference(seen, held)
        if why is None and not files.same_bytes(part, held):
            why = WhyLeft.UNSETTLED
        if why is None:
            part.rename(target)
            files.flush_folder(target.folder)
    return why
