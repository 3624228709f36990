"""Holding an original back while its copy takes its place on another file system.

The original gets a name that nobody knows, in a folder that only the job may open. Both names are noted in the state folder
before that, so that what a killed run holds is found again, and nothing that only looks like it.
"""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sync.dropfolder import files
from sync.system.handles import OWN

if TYPE_CHECKING:
    from sync.system.handles import Held

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
