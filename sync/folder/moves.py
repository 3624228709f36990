"""Moving: planned moves are written down, then done, any number of times."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sync.errors import FolderError
from sync.folder import files
from sync.folder.messages import sentence, told_clearly
from sync.folder.model import Fate, Move
from sync.folder.names import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.folder.model import Folders


def carry_out(folders: Folders, moves: Iterable[Move]) -> None:
    """Does the planned moves, and those that an earlier call did not get to.

    The plan is on the disk before the first file moves and stays there until the last one has. Each move may be done any
    number of times: killed at any instant, the next call (or `recover`) ends with every file in exactly one place. A reason
    is complete before its file arrives.

    Raises `FolderError` after all moves that can be done are done; the others are tried again by the next call.
    """
    pending = (*written_down(folders), *moves)
    if not pending:
        return
    with told_clearly("The planned moves cannot be written down", folders.moves):
        _write_down(folders, pending)
    failures = []
    for move in pending:
        try:
            _carry_out(folders, move)
        except OSError as error:
            failures.append(sentence(f"{move.source} cannot be moved to its place", move.destination, error))
    if failures:
        raise FolderError("\n".join(failures))
    for folder in {move.destination.parent for move in pending}:
        files.flush_folder(folder)
    with told_clearly("The list of done moves cannot be removed", folders.moves):
        folders.moves.unlink()


def _carry_out(folders: Folders, move: Move) -> None:
    folder = _kept_inside(folders, move)
    part = folder / f"{OWN}{'-'.join(move.source.relative_to(folders.claimed).parts[:2])}.part"
    part.unlink(missing_ok=True)
    if not os.path.lexists(move.source):
        return
    if move.note is not None:
        files.write(part, move.reason.encode("utf-8", "replace"))
        files.put(part, folder / move.note.name)
    try:
        files.put(move.source, folder / move.destination.name)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _move_across(move.source, part, folder / move.destination.name)
    files.prune(move.source.parent, folders.claimed)


def _move_across(source: Path, part: Path, destination: Path) -> None:
    files.copy(source, part)
    if not files.same_bytes(source, part):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    files.put(part, destination)
    files.flush_folder(destination.parent)
    files.remove(source)


def _kept_inside(folders: Folders, move: Move) -> Path:
    """The folder for a move; when somebody put a link or a file in the place of its subfolder, the top folder."""
    root = {Fate.ARCHIVE: folders.archive, Fate.REFUSE: folders.refused, Fate.RETURN: folders.drop}[move.fate]
    folder = move.destination.parent
    if not folder.resolve().is_relative_to(root.resolve()):
        return root
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        return root
    return folder


def written_down(folders: Folders) -> tuple[Move, ...]:
    """The moves that were decided on and may not all be done. Raises `FolderError` when they cannot be read."""
    try:
        lines = json.loads(folders.moves.read_bytes())
        moves = [Move(Path(a), Path(b), Fate(fate), Path(note) if note else None, text) for a, b, fate, note, text in lines]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise FolderError(sentence("The planned moves cannot be read", folders.moves, error)) from error
    except (ValueError, TypeError):
        # written by one atomic rename, so damaged from outside; the files are still claimed and will be read again
        return ()
    # the state folder may have been moved to another place since; its files are then read again, too
    return tuple(move for move in moves if move.source.is_relative_to(folders.claimed))


def _write_down(folders: Folders, moves: Iterable[Move]) -> None:
    lines = [(str(m.source), str(m.destination), m.fate.value, str(m.note) if m.note else None, m.reason) for m in moves]
    part = folders.moves.with_suffix(".part")
    part.unlink(missing_ok=True)
    files.write(part, json.dumps(lines).encode())
    part.replace(folders.moves)
    files.flush_folder(folders.state)
