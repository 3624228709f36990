"""This machine: whether folders are there, writable, private and have room, and whether files of every kind can be read."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import stat
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has types but no py.typed

from sync.config import is_folder, is_seen
from sync.credentials import database, is_open
from sync.domain.model import FileKind
from sync.dropfolder import CLOCK_SLACK_SECONDS, closed_below, how_shared, is_missing
from sync.errors import NO_ROOM, ConfigurationError, FolderError, LedgerError, LedgerFull, LedgerHeld, LedgerTooNew, ReaderBroken
from sync.i18n import text
from sync.job.check import limits_of
from sync.job.context import folders_of
from sync.ledger import NAME, Ledger, server_of
from sync.report import history
from sync.rows.columns import declared
from sync.setup.doctor.finding import Finding, Symptom
from sync.sheets.load import go_on, load, try_packages, try_samples
from sync.system import handles
from sync.system.process import closed_to, is_root, packages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync.config import Config
    from sync.system.handles import Held, Spot


# What kind of storage a path lies on, as far as the operating system tells.


#: File systems of other machines, as Linux names them.
_NETWORK: Final = frozenset(
    {"9p", "afp", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.cephfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone"}
    | {"fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb2", "smb3", "smbfs"}
)
_MOUNTS: Final = Path("/proc/self/mounts")
_DRIVE_REMOTE: Final = 4


def nearest(path: Path) -> Path:
    """The path itself, or the nearest folder above it that is there."""
    return next((place for place in (path, *path.parents) if is_seen(place)), path)


def network(path: Path) -> str:
    """The kind of network share that a path lies on ("cifs", "nfs4" ...), "" for a disk of this machine or where nobody knows."""
    if sys.platform == "win32":
        return _network_windows(path)
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # macOS has no such file
        return ""
    return network_of(nearest(path), mounts)


def network_of(path: Path, mounts: str) -> str:
    """As `network`, from the text of `/proc/self/mounts`; the last of the longest mount points that the path lies in counts."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) < 3:  # noqa: PLR2004 - device, mount point, kind
            continue
        point = Path(_plain(parts[1]))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), parts[2]
    return kind if kind in _NETWORK else ""


def _plain(mount_point: str) -> str:
    r"""A mount point without the escapes of the file: `\040` is a blank."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        mount_point = mount_point.replace(code, character)
    return mount_point


def _network_windows(path: Path) -> str:
    import ctypes  # noqa: PLC0415 - only Windows is asked this way

    drive = path.drive
    if drive.startswith("\\\\"):
        return drive
    kind: int = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}{os.sep}")  # type: ignore[attr-defined,unused-ignore]
    return drive if kind == _DRIVE_REMOTE else ""


_TO_WRITE: Final = os.W_OK | os.X_OK
_TO_USE: Final = os.R_OK | _TO_WRITE
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
#: Addresses that lead to one folder and to nothing in it: the short links and shares of Nextcloud, the shares of SharePoint.
_SHORT_LINK: Final = re.compile(r"https?://[^?#]+/(?:f/\d+|s/\w{15,}|apps/files/files/\d+)/?|https?://[^/?#]+/:\w:/[^?#]*")
_GIGABYTE: Final = 1_000_000_000
_LITTLE: Final = _GIGABYTE
_NONE: Final = _GIGABYTE // 10


def examine(config: Config, now: float) -> Iterator[Finding]:
    """Everything about the folders; leaves nothing behind. `now` in seconds since 1970."""
    places = config.all_folders
    if is_root():
        yield Finding(Symptom.AS_ROOT)
    folders = folders_of(config)
    with history.remembered(config) as memory:
        gone = memory is not None and is_missing(folders)  # as a run asks
    for name, path in places.items():
        if name == "drop" and gone:
            yield Finding(Symptom.DROP_GONE, path=str(path), folder=name)
        else:
            yield from one(name, path, now, ledger_elsewhere=bool(config.state.database_env))
    with suppress(FolderError, OSError):  # told of the folder itself
        if closed := closed_below(folders):
            yield Finding(Symptom.SUBFOLDERS_CLOSED, ", ".join(closed), str(folders.drop), "drop")
    if nowhere := leads_nowhere(config.folders.shown_as, places["results"]):
        yield nowhere
    yield from _together(places)
    yield from _space(places)
    yield from _ledger_on_server(config) if config.state.database_env else _ledger(places["state"] / NAME)


def one(name: str, path: Path, now: float, *, ledger_elsewhere: bool = False) -> Iterator[Finding]:
    """One folder, by its name in the configuration."""
    found = _used(name, path, now)
    yield found
    if found.symptom is Symptom.NOT_A_FOLDER:
        return
    if kind := network(path):
        holds_ledger = name == "state" and not ledger_elsewhere
        yield Finding(Symptom.STATE_ON_SHARE if holds_ledger else Symptom.ON_SHARE, kind, str(path), name)
    elif name == "drop" and _keeps_its_group_out(path, stat.S_IWOTH | stat.S_IXOTH):
        yield Finding(Symptom.DROP_CLOSED, path=str(path), folder=name)
    elif name == "results" and _keeps_its_group_out(path, stat.S_IRWXO):
        yield Finding(Symptom.RESULTS_CLOSED, path=str(path), folder=name)
    elif name == "drop" and (group := _strange_group(path)):
        yield Finding(Symptom.GROUP_NOT_OURS, group, str(path), name)
    if name == "state" and _is_shared(path):
        yield Finding(Symptom.STATE_SHARED, path=str(path), folder=name)
    elif name == "state":
        if is_open(path):
            yield Finding(Symptom.STATE_OPEN, path=str(path), folder=name)
        if strange := _not_ours(path):
            yield Finding(Symptom.STATE_NOT_OURS, ", ".join(strange), str(path), name)


def _keeps_its_group_out(path: Path, needed: int) -> bool:
    """Whether a folder hands its group down and nobody but its owner has the rights `needed`, given as those of others.

    With an access list the group's bits are what it allows at most: where they are not there, nobody has them.
    """
    with suppress(OSError):
        mode = path.stat().st_mode
        allowed = [mode >> 3 & needed, mode & needed]
        return os.name == "posix" and bool(mode & stat.S_ISGID) and needed not in allowed
    return False


def _strange_group(path: Path) -> str:
    """The group that a folder hands down where this user does not belong to it, so that files of the group are closed to it.

    "" where all is well, and where an access list is handed down, which may say otherwise.
    """
    if sys.platform == "win32" or is_root():
        return ""
    with suppress(OSError):
        info = path.stat()
        ours = info.st_gid in {os.getegid(), *os.getgroups()}
        return "" if ours or not info.st_mode & stat.S_ISGID or _hands_down_a_list(path) else _group_name(info.st_gid)
    return ""


def _hands_down_a_list(path: Path) -> bool:
    with suppress(OSError):
        return sys.platform == "linux" and "system.posix_acl_default" in os.listxattr(path)
    return False


def _group_name(number: int) -> str:
    import grp  # noqa: PLC0415 - only POSIX has it

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _not_ours(state: Path) -> list[str]:
    """What belongs to another user in the state folder, or in one of its folders: a start as root leaves such things."""
    if os.name != "posix":
        return []
    with suppress(OSError), handles.folder(state) as held:
        return sorted(entry.name for entry in held.entries() if _is_strange(state / entry.name))
    return []


def _is_strange(path: Path) -> bool:
    """Whether something belongs to another user, or holds what does; of what may not be looked into nobody knows."""
    with suppress(OSError):
        info = path.lstat()
        if info.st_uid != os.geteuid():
            return True
        if stat.S_ISDIR(info.st_mode):
            return any(within.lstat().st_uid != os.geteuid() for within in path.iterdir())
    return False


def _is_shared(path: Path) -> bool:
    with suppress(OSError), handles.folder(path) as state:
        return how_shared(state) is not None
    return False


def _used(name: str, path: Path, now: float) -> Finding:
    """Use a folder as the job does: list, create, rename, delete."""
    try:
        if not path.exists():
            return _made(name, path)
        if not path.is_dir():
            return Finding(Symptom.NOT_A_FOLDER, path=str(path), folder=name)
    except OSError as error:
        return _refused(Symptom.CANNOT_LIST, name, path, error)
    probe = _Probe(now)
    try:
        with handles.folder(path) as folder:
            probe.use(folder)
    except OSError as error:
        return _refused(probe.doing, name, path, error)
    if probe.off_by > CLOCK_SLACK_SECONDS:
        return Finding(Symptom.CLOCK_OF_SHARE, f"{probe.off_by:.0f}", str(path), name)
    return Finding(Symptom.FOLDER_FINE, path=str(path), folder=name)


class _Probe:
    """Does in a folder what the job does there. `doing` is what would have failed; `off_by` seconds the clock there differs."""

    def __init__(self, now: float) -> None:
        self._now = now
        self.doing = Symptom.CANNOT_LIST
        self.off_by = 0.0

    def use(self, folder: Held) -> None:
        """Do everything once, and leave nothing behind. Raises OSError."""
        folder.entries()
        first, second = folder.new_spot(".tmp"), folder.new_spot(".tmp")
        self.doing = Symptom.CANNOT_CREATE
        try:
            self._create(first)
            self.doing = Symptom.CANNOT_RENAME
            first.replace(second)
            self.doing = Symptom.CANNOT_DELETE
            second.unlink()
        except OSError:
            for left in (first, second):
                with suppress(OSError):
                    left.unlink()
            raise

    def _create(self, spot: Spot) -> None:
        number = spot.create()
        try:
            os.write(number, b"?")
            self.off_by = abs(os.fstat(number).st_mtime - self._now)
        finally:
            os.close(number)


def _made(name: str, path: Path) -> Finding:
    """Make a folder that is missing, and take it away again."""
    missing = [path, *(place for place in path.parents if not is_seen(place))]
    made = []
    try:
        for place in reversed(missing):
            place.mkdir()
            made.append(place)
    except OSError as error:
        return _refused(Symptom.CANNOT_BE_MADE, name, path, error)
    finally:
        for place in reversed(made):
            with suppress(OSError):
                place.rmdir()
    return Finding(Symptom.FOLDER_MISSING, path=str(path), folder=name)


def _refused(symptom: Symptom, name: str, path: Path, error: OSError) -> Finding:
    if error.errno in NO_ROOM:
        symptom = Symptom.NO_ROOM
    if error.errno == errno.ELOOP:
        symptom = Symptom.LINKED
    return Finding(symptom, error.strerror or str(error), str(path), name)


def closed_to_user(config: Config, user: str) -> Iterator[tuple[Path, Finding]]:
    """Which folders a user surely cannot use as the job does, as `closed_to` knows it, each with what is closed.

    Of a share only the server that has it knows.
    """
    for name, path in config.all_folders.items():
        there = nearest(path)
        missing = there != path
        closed = None if network(there) else closed_to(user, there, _TO_WRITE if missing else _TO_USE)
        if closed:
            why = text("doctor.closed_to", path=closed, user=user)
            yield closed, Finding(Symptom.CANNOT_BE_MADE if missing else Symptom.CANNOT_CREATE, why, str(path), name)


def leads_nowhere(shown_as: str, results: Path) -> Finding | None:
    """That nobody finds the results by `folders.shown_as`, as far as this machine can tell; None where they may."""
    if shown_as.startswith("file:"):
        return Finding(Symptom.SHOWN_AS_FILE, path=shown_as)
    if _SHORT_LINK.fullmatch(shown_as):
        return Finding(Symptom.SHOWN_AS_SHORT, path=shown_as)
    path = Path(shown_as)
    if path.is_absolute() and is_folder(path) and path.resolve() != results:
        return Finding(Symptom.SHOWN_AS_ELSEWHERE, path=shown_as)
    return None


def within_another(state: Path, others: Iterable[Path]) -> Finding | None:
    """That the state folder lies in one that staff use; None where it does not."""
    around = next((str(path) for path in others if state.is_relative_to(path)), None)
    return Finding(Symptom.STATE_WITHIN, around, str(state), "state") if around else None


def _together(places: dict[str, Path]) -> Iterator[Finding]:
    """What the folders are to each other."""
    drop, state = places["drop"], places["state"]
    if found := within_another(state, [path for name, path in places.items() if name != "state"]):
        yield found
    with suppress(OSError):
        same = nearest(drop).stat().st_dev == nearest(state).stat().st_dev
        yield Finding(Symptom.ONE_FILE_SYSTEM if same else Symptom.TWO_FILE_SYSTEMS)


def _space(places: dict[str, Path]) -> Iterator[Finding]:
    """Free space, once per file system."""
    seen = set()
    for name, path in places.items():
        with suppress(OSError):
            place = nearest(path)
            device = place.stat().st_dev
            if device in seen:
                continue
            seen.add(device)
            free = shutil.disk_usage(place).free
            symptom = Symptom.SPACE_NONE if free < _NONE else Symptom.SPACE_LITTLE if free < _LITTLE else Symptom.SPACE_FINE
            yield Finding(symptom, f"{free / _GIGABYTE:.1f}", str(path), name)


def _ledger(path: Path) -> Iterator[Finding]:
    """Whether the ledger, where there is one already, can be opened."""
    if not is_seen(path):
        return
    try:
        with closing(Ledger(path)):
            yield Finding(Symptom.LEDGER_FINE, path=str(path))
    except LedgerError as error:
        yield _unusable(error, str(path), Symptom.LEDGER_BROKEN)


def _ledger_on_server(config: Config) -> Iterator[Finding]:
    """Whether the database with the ledger can be reached, and read; no run is disturbed."""
    name = config.state.database_env
    try:
        with closing(server_of(database(config), config.office, alone=False)):
            yield Finding(Symptom.DATABASE_FINE, name)
    except ConfigurationError as error:
        yield Finding(Symptom.DATABASE_BROKEN, str(error), name)
    except LedgerError as error:
        yield _unusable(error, name, Symptom.DATABASE_BROKEN)


def _unusable(error: LedgerError, where: str, otherwise: Symptom) -> Finding:
    """Why a ledger cannot be opened; only what is damaged is for a backup."""
    known = {LedgerFull: Symptom.LEDGER_FULL, LedgerHeld: Symptom.LEDGER_HELD, LedgerTooNew: Symptom.LEDGER_NEWER}
    return Finding(known.get(type(error), otherwise), (str(error.said) or str(error)).rstrip("."), where)


# Whether files can be read here: a sample of every kind goes through the same confined process as at night.


#: What is written and has to come back.
_ROW: Final = {"Termin-ID": "70001", "Adress-ID": "90001", "Terminbestätigung": "bestätigt"}

#: What reads files; all packages are named by `--version`.
_READERS: Final = ("lxml", "msoffcrypto-tool", "olefile", "openpyxl", "pandas", "python-calamine", "pyxlsb", "xlrd")


def readable(office: Config) -> Finding:
    """Read the samples, and import what other files may need."""
    try:
        try_samples(limits_of(office), go_on)
        try_packages(limits_of(office))
    except ReaderBroken as broken:
        return Finding(Symptom.READER_BROKEN, f"{broken.last}; {packages(_READERS)}")
    return Finding(Symptom.READER_FINE, f"{', '.join(FileKind)}; {packages(_READERS)}")


def through(results: Path, office: Config) -> Finding | None:
    """Write a workbook into the results folder and read it there, as a night does; None where there is no such folder yet.

    It leaves nothing behind.
    """
    if not is_folder(results):
        return None
    try:
        with handles.folder(results) as folder:
            spot = folder.new_spot(".xlsx")
            try:
                with open(spot.create(), "wb") as file:  # noqa: PTH123 - Path.open takes no descriptor
                    file.write(_workbook())
                loaded = load(spot.path, spot.name, declared(), limits_of(office))
            finally:
                with suppress(OSError):
                    spot.unlink()
    except (OSError, ReaderBroken) as error:
        why = error.strerror if isinstance(error, OSError) else str(error.last)
        return Finding(Symptom.WORKBOOK_LOST, why or type(error).__name__, str(results))
    if sum(len(sheet.rows) for sheet in loaded.sheets) == 1:
        return Finding(Symptom.WORKBOOK_FINE, path=str(results))
    return Finding(Symptom.WORKBOOK_LOST, str(loaded.reason.why) if loaded.reason else "0", str(results))


def _workbook() -> bytes:
    book = io.BytesIO()
    with Workbook(book, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for column, (heading, value) in enumerate(_ROW.items()):
            sheet.write_string(0, column, heading)
            sheet.write_string(1, column, value)
    return book.getvalue()
