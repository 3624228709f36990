"""Configuration: TOML in, checked frozen values out, all mistakes at once.

Every key has a default but the credentials, which never stand in the file: `sync.credentials` finds them. Paths in the file are
relative to the file. `config.example.toml` shows every key.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import stat
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from sync.domain.model import Column, Confirmation, Feedback
from sync.errors import ClosedConfiguration, ConfigurationError
from sync.i18n import Language, LazyText, as_typed
from sync.i18n.texts import said
from sync.rows.columns import declared
from sync.rows.spellings import Spellings
from sync.system import handles
from sync.system.process import owner_of, user_to_name

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

#: The configuration where no other one is named: in this folder, and in the user's and the system's place.
USUAL_NAME: Final = "config.toml"
_PROGRAM: Final = "onoffice-sync"
#: The folders, by their names in the configuration.
FOLDERS: Final = ("drop", "archive", "refused", "results", "state")
_LARGEST_BYTES: Final = 1_000_000
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _variable(name: str) -> str:
    if re.fullmatch("[A-Z_][A-Z0-9_]*", name):
        return name
    raise ValueError(LazyText("configuration.no_variable"))


Variable = Annotated[str, AfterValidator(_variable)]
VariableOrNone = Annotated[str, AfterValidator(lambda name: name and _variable(name))]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class OnOffice(_Section):
    """Where the API is and which environment variables hold token and secret."""

    url: str = "https://api.onoffice.de/api/stable/api.php"
    token_env: Variable = "ONOFFICE_TOKEN"  # noqa: S105 - the name of a variable
    secret_env: Variable = "ONOFFICE_SECRET"  # noqa: S105 - the name of a variable
    timezone: str = "Europe/Berlin"
    clock: Literal["server", "strict"] = "server"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, ZoneInfoNotFoundError):
            raise ValueError(LazyText("configuration.no_zone")) from None
        return name

    @field_validator("url")
    @classmethod
    def _only_encrypted(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.username or parts.password:
            raise ValueError(LazyText("configuration.no_password_here"))
        if parts.scheme == "https" and parts.hostname:
            return url
        if parts.scheme == "http" and parts.hostname in _LOOPBACK:
            return url
        raise ValueError(LazyText("configuration.not_encrypted"))


def is_foreign(name: str, *, windows: bool = os.name == "nt") -> bool:
    r"""Whether a folder is named as only another kind of system names it: `S:\drop` on Linux, `/srv/drop` on Windows."""
    if windows:
        return re.match(r"/(?!/)", name) is not None
    return "\\" in name or re.match("[A-Za-z]:/", name) is not None


def is_whole(seen: str) -> bool:
    r"""Whether a path leads somewhere from anybody's desk: `\\server\share`, `S:\folder`, `/Volumes/share`, `https://...`."""
    return re.match(r"\\\\[^\\]+\\[^\\]|[A-Za-z]:[\\/]|/|[a-z]+://", seen) is not None and seen.isprintable()


class FolderNames(_Section):
    """The folders, relative to the configuration file."""

    drop: Name = "drop"
    archive: Name = "archive"
    refused: Name = "refused"
    results: Name = "results"
    shown_as: str = ""
    state: Name = "state"
    settle_seconds: float = Field(default=5.0, ge=0, le=3600)

    @field_validator("shown_as")
    @classmethod
    def _whole(cls, seen: str) -> str:
        if seen and not is_whole(seen):
            raise ValueError(LazyText("configuration.not_whole"))
        return seen

    @field_validator("drop", "archive", "refused", "results", "state")
    @classmethod
    def _usable(cls, name: str) -> str:
        if is_foreign(name):
            raise ValueError(LazyText("configuration.not_of_windows" if os.name == "nt" else "configuration.of_windows"))
        try:
            Path(name).expanduser().resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise ValueError(LazyText("configuration.no_folder", said=said(error))) from None
        return name


class StateSettings(_Section):
    """Where the job remembers its runs: in the state folder, or in a database that several machines share."""

    database_env: VariableOrNone = ""


class LimitSettings(_Section):
    """What a dropped file may at most be; a file beyond a limit is refused with the limit's name."""

    file_megabytes: int = Field(default=200, ge=1, le=1_000_000)
    unpacked_megabytes: int = Field(default=1024, ge=1, le=1_000_000)
    cells: int = Field(default=30_000_000, ge=1)
    columns: int = Field(default=1_000, ge=2)
    seconds_per_file: int = Field(default=60, ge=1, le=86_400)
    seconds_for_slow_files: int = Field(default=300, ge=1, le=86_400)
    memory_megabytes: int = Field(default=3072, ge=64, le=1_000_000)


class Sending(_Section):
    """How fast and how patiently to send."""

    requests_per_minute: int = Field(default=60, ge=0)
    actions_per_request: int = Field(default=50, ge=1)
    bytes_per_request: int = Field(default=1_000_000, ge=1_000)
    parallel_requests: int = Field(default=1, ge=1, le=10)
    links_per_action: int = Field(default=100, ge=1, le=500)
    connect_timeout: float = Field(default=10.0, gt=0, le=3600)
    read_timeout: float = Field(default=60.0, gt=0, le=3600)
    attempts: int = Field(default=4, ge=1)
    rounds: int = Field(default=5, ge=1)
    deadline: str = ""
    look: Literal["auto", True, False] = "auto"
    look_back_days: int = Field(default=31, ge=0, le=3660)
    look_ahead_days: int = Field(default=92, ge=0, le=3660)
    modify_verb: Literal["modify", "create"] = "modify"
    settle_reads: float = Field(default=30.0, ge=0, le=600)

    @field_validator("look", mode="before")
    @classmethod
    def _no_number(cls, given: object) -> object:
        """To Python 1 equals True, to whoever writes 1 it may mean anything."""
        if given == "auto" or isinstance(given, bool):
            return given
        raise ValueError(LazyText("configuration.no_look"))

    @field_validator("deadline")
    @classmethod
    def _clock_time(cls, text: str) -> str:
        if text:
            try:
                dt.datetime.strptime(text, "%H:%M")  # noqa: DTZ007 - a time of day
            except ValueError:
                raise ValueError(LazyText("configuration.no_deadline")) from None
        return text


class Rules(_Section):
    """What may be done to the CRM."""

    on_conflict: Literal["stop", "last"] = "stop"
    on_old_file: Literal["stop", "send"] = "stop"
    customer_numbers: bool = False
    create_missing_links: bool = False
    allow_delete: bool = False
    max_changes: int = Field(default=0, ge=0)
    max_invalid_share: float = Field(default=1.0, ge=0, le=1)


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class WorkLists(_Section):
    """Which lists staff get by themselves, and where."""

    folder: Name = "worklists"
    on: Literal["never", "daily", Weekday] = "never"
    days: int = Field(default=14, ge=0, le=366)


class ReportSettings(_Section):
    """How the results look."""

    language: Annotated[Language, Field(strict=False)] = Language.DE
    page: Literal["report.html", "Bericht.html"] = "report.html"
    names: Literal["auto", False] = "auto"

    @field_validator("names", mode="before")
    @classmethod
    def _no_number(cls, given: object) -> object:
        """To Python 0 equals False, to whoever writes 0 it may mean anything."""
        if given == "auto" or given is False:
            return given
        raise ValueError(LazyText("configuration.no_names"))


class Retention(_Section):
    """How long what is over is kept."""

    days: int = Field(default=365, ge=0, le=36_500)


class Notify(_Section):
    """Who is told what, and which environment variables hold the addresses (of apprise, several apart by blanks)."""

    staff_env: VariableOrNone = ""
    staff_when: Literal["always", "problems", "change"] = "problems"
    installer_env: VariableOrNone = ""
    installer_when: Literal["always", "problems", "change"] = "change"


class Heartbeat(_Section):
    """What has to happen even when nothing happens."""

    ping_env: VariableOrNone = ""
    nights: Literal["", "daily", "workdays"] = ""
    quiet_days: int = Field(default=0, ge=0, le=365)


class LogSettings(_Section):
    """How the log is written; it lies in the state folder."""

    format: Literal["lines", "json"] = "lines"


class Config(_Section):
    """One office: everything its job needs but the credentials."""

    office: Name = "onOffice"
    onoffice: OnOffice = OnOffice()
    folders: FolderNames = FolderNames()
    state: StateSettings = StateSettings()
    columns: dict[str, list[Name]] = Field(default_factory=dict)
    words: dict[str, list[Name]] = Field(default_factory=dict)
    limits: LimitSettings = LimitSettings()
    sending: Sending = Sending()
    rules: Rules = Rules()
    worklist: WorkLists = WorkLists()
    report: ReportSettings = ReportSettings()
    retention: Retention = Retention()
    notify: Notify = Notify()
    heartbeat: Heartbeat = Heartbeat()
    log: LogSettings = LogSettings()
    base: Path = Field(default=Path(), exclude=True)

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, names: dict[str, list[str]]) -> dict[str, list[str]]:
        _raise_all(names, [column.value for column in Column], declared)
        return names

    @field_validator("words")
    @classmethod
    def _known_words(cls, names: dict[str, list[str]]) -> dict[str, list[str]]:
        _raise_all(names, [*(word.value for word in Confirmation), *(word.value for word in Feedback)], Spellings)
        return names

    def folder(self, name: str) -> Path:
        """The absolute path of a folder of the configuration."""
        return handles.resolved(self.base / Path(getattr(self.folders, name)).expanduser())

    @property
    def leads_to_folder(self) -> bool:
        """Whether `folders.shown_as` is an address with a query, behind which no name of a file can stand."""
        return "://" in self.folders.shown_as and not {"?", "#"}.isdisjoint(self.folders.shown_as)

    def seen(self, path: Path) -> str:
        """A path as people reach it from their desks: what lies in the results folder, below `folders.shown_as`.

        Where that leads to the folder only, it is the path within it.
        """
        shown_as, results = self.folders.shown_as, self.folder("results")
        if not shown_as or not path.is_relative_to(results):
            return str(path)
        if self.leads_to_folder:
            return path.relative_to(results).as_posix()
        slash = "\\" if "\\" in shown_as else "/"
        return slash.join([shown_as.rstrip("/\\"), *path.relative_to(results).parts])

    @property
    def refused_seen(self) -> str:
        """How people reach the folder of refused files from their desks, "" where that is not sure.

        It is where `folders.shown_as` is plainly the path of the folder of the results and they lie beside it.
        """
        shown_as, results, refused = self.folders.shown_as, self.folder("results"), self.folder("refused")
        slash = "\\" if "\\" in shown_as else "/"
        *above, last = shown_as.rstrip("/\\").split(slash)
        # `\\server\results` and `/Volumes/results` may be a share of their own; `S:\results` lies in one
        fewest = 4 if "" in above[1:] else 3 if above[:1] == [""] else 1
        sure = len(above) >= fewest and last.casefold() == results.name.casefold() and refused.is_relative_to(results.parent)
        return slash.join([*above, *refused.relative_to(results.parent).parts]) if sure else ""

    @property
    def worklist_folder(self) -> Path:
        """The absolute path of the folder with the work lists."""
        return handles.resolved(self.base / Path(self.worklist.folder).expanduser())

    @property
    def all_folders(self) -> dict[str, Path]:
        """Every folder in which a night writes, by name: `worklist` is among them where lists come by themselves."""
        lists = {} if self.worklist.on == "never" else {"worklist": self.worklist_folder}
        return {name: self.folder(name) for name in FOLDERS} | lists


def _raise_all(names: dict[str, list[str]], known: list[str], check: Callable[[dict[str, list[str]]], object]) -> None:
    """Raise ValueError with all that is wrong: keys that are not known, and what a check raises about the others."""
    unknown = sorted(set(names) - set(known))
    told = {"unknown": ", ".join(map(repr, unknown)), "known": ", ".join(known)}
    mistakes: list[object] = [LazyText("configuration.not_known", **told)] if unknown else []
    try:
        check({key: some for key, some in names.items() if key in known})
    except ValueError as error:
        mistakes += error.args
    if mistakes:
        raise ValueError(*mistakes)


def usual_places() -> tuple[Path, ...]:
    """Where a configuration lies that nobody has to name: the user's place, then the system's."""
    system = Path("/etc", _PROGRAM) if os.name == "posix" else platformdirs.site_config_path(_PROGRAM, appauthor=False)
    return tuple(folder / USUAL_NAME for folder in (platformdirs.user_config_path(_PROGRAM, appauthor=False), system))


def find(given: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """The configuration file: as given, `./config.toml`, what ONOFFICE_SYNC_CONFIG names, the user's, or the system's.

    Raises:
        ConfigurationError: there is none.
    """
    if given is not None:
        return given
    here = Path(USUAL_NAME)
    if _is_file_here(here):
        return here
    if named := environment.get("ONOFFICE_SYNC_CONFIG"):
        return Path(named)
    places = usual_places()
    if there := next((place for place in places if is_there(place)), None):
        return there
    first, last = map(str, places)
    raise ConfigurationError(
        [LazyText("command.no_configuration", name=USUAL_NAME, first=first, last=last, place=place_to_name())]
    )


def place_to_name() -> str:
    """Where `init` shall write a configuration when it is typed for another user, who may not write in the typist's folder."""
    return as_typed([str(usual_places()[-1])]) if user_to_name() else ""


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; what this user may not see is none, which whoever opens it then says."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_seen(path: Path) -> bool:
    """Whether something is there that this user may see: nothing is in a folder that may not be entered."""
    try:
        return path.exists()
    except OSError:
        return False


def _is_file_here(path: Path) -> bool:
    """Whether a file lies in the working folder; one that its user may not enter (that of root's shell, with sudo) holds none."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_there(path: Path) -> bool:
    """Whether a file lies there; one that this user may not see is there, so that it is told and not passed over."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def load(path: Path) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigurationError: with one line per mistake, each naming the path in the file.
    """
    if is_folder(path):
        raise _wrong(path, "configuration.folder_given")
    try:
        text = _content(path).decode("utf-8-sig")  # Notepad writes a byte order mark
        document = tomllib.loads(text)
    except PermissionError as error:
        closed = LazyText("configuration.closed", said=said(error), owner=owner_of(path.absolute()) or None)
        raise ClosedConfiguration([LazyText("configuration.in_file", path=path, mistake=closed)]) from None
    except OSError as error:
        raise _wrong(path, "configuration.not_read", said=said(error)) from None
    except UnicodeDecodeError:
        raise _wrong(path, "configuration.no_utf8") from None
    except tomllib.TOMLDecodeError as error:
        raise _wrong_syntax(path, text, str(error)) from None
    except RecursionError:
        raise _wrong(path, "configuration.too_deep") from None
    except ValueError:  # Python's own limit
        raise _wrong(path, "configuration.long_number") from None
    mistakes = [] if "base" not in document else [_at("base", LazyText("configuration.unknown_key", meant=None, addresses=None))]
    base = path.resolve().parent
    try:
        config = Config(**{**document, "base": base})
    except ValidationError as error:
        mistakes += [line for detail in error.errors() for line in _mistake(detail)]
        mistakes += _beside(document, error)
    mistakes += _wrong_places(document, base)
    if mistakes:
        in_file = [LazyText("configuration.in_file", path=path, mistake=mistake) for mistake in mistakes]
        raise ConfigurationError(in_file, _language(document))
    return config


def _beside(document: Mapping[str, Any], error: ValidationError) -> Iterator[LazyText]:
    """What is wrong in lists of names beside others that are none, of which alone pydantic speaks."""
    wrong = {detail["loc"][0] for detail in error.errors() if len(detail["loc"]) > 1}
    for section in (each for each in ("columns", "words") if each in wrong):
        lists = {key: some for key, some in document[section].items() if isinstance(some, list) and all(map(_is_name, some))}
        try:
            Config.model_validate({section: lists})
        except ValidationError as more:
            yield from (line for detail in more.errors() for line in _mistake(detail))


def _is_name(given: object) -> bool:
    return isinstance(given, str) and bool(given.strip())


def _wrong(path: Path, what: str, /, **words: object) -> ConfigurationError:
    """What to raise where a file is no configuration at all."""
    return ConfigurationError([LazyText("configuration.in_file", path=path, mistake=LazyText(what, **words))])


def _at(key: str, mistake: object, shown: object = "") -> LazyText:
    """What is wrong at a key, and where that helps, with its value."""
    return LazyText("configuration.at", key=key, mistake=mistake, shown=shown)


def _language(document: Mapping[str, Any]) -> Language | None:
    """The language that a configuration asks for; None where it asks for none that there is."""
    report = document.get("report")
    wanted = report.get("language") if isinstance(report, dict) else None
    return Language(wanted) if isinstance(wanted, str) and wanted in [*Language] else None


#: What people who do not know TOML write most often, by how its reader begins to say so.
_MISTAKES_OF_TOML: Final[Mapping[str, str]] = {
    "Cannot overwrite": "configuration.twice",
    "Cannot declare": "configuration.twice",
    "Illegal character '\\n'": "configuration.open_quote",
    'Expected "\'"': "configuration.open_quote",
    "Invalid value": "configuration.no_quotes",
}


def _wrong_syntax(path: Path, text: str, said_so: str) -> ConfigurationError:
    """What to raise for what the reader of TOML says: what is wrong, and where, but for the end of the file."""
    usual = (key for beginning, key in _MISTAKES_OF_TOML.items() if said_so.startswith(beginning))
    key = next(usual, "configuration.backslashes" if "\\" in text else None)
    hint = LazyText(key) if key else None
    if found := re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", said_so, re.DOTALL):
        return _wrong(path, "configuration.no_toml_at", said=found[1], line=found[2], column=found[3], hint=hint)
    return _wrong(path, "configuration.no_toml", said=said_so, hint=hint)


def who_is_told(path: Path) -> Config | None:
    """As much of a configuration that is wrong as says who is to be told of that; None where even that cannot be read."""
    try:
        document = tomllib.loads(_content(path).decode("utf-8-sig"))
        needed = {key: document[key] for key in ("office", "folders", "report", "notify", "heartbeat") if key in document}
        return Config(**needed, base=path.resolve().parent)
    except (OSError, ConfigurationError, ValueError, RecursionError):  # pydantic's and tomllib's errors are ValueErrors
        return None


def _content(path: Path) -> bytes:
    """The bytes of a configuration. A pipe or a device is none: it may hold the job for ever, or have no end.

    Raises ConfigurationError, OSError.
    """
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise _wrong(path, "configuration.no_plain_file")
        content = file.read(_LARGEST_BYTES + 1)
    if len(content) > _LARGEST_BYTES:
        raise _wrong(path, "configuration.too_large")
    return content


def _wrong_places(document: Mapping[str, Any], base: Path) -> Iterator[LazyText]:
    """Why folders cannot lie where they are set to, as far as that is sure beside other mistakes."""
    folders, sure = _without_mistakes(FolderNames, document.get("folders", {}))
    lists, sure_of_lists = _without_mistakes(WorkLists, document.get("worklist", {}))
    config = Config(folders=folders, worklist=lists, base=base)
    if "drop" in sure:
        yield from _wrong_drop(config, sure)
        if config.worklist.on != "never" and "folder" in sure_of_lists:
            yield from wrong_lists(config)


_AnySection = TypeVar("_AnySection", bound=_Section)


def _without_mistakes(section: type[_AnySection], given: object) -> tuple[_AnySection, set[str]]:
    """A section without what is wrong in it, and of which keys the value is sure: a mistyped key may mean any other one."""
    try:
        return section.model_validate(given), set(section.model_fields)
    except ValidationError as error:  # told already
        wrong = {detail["loc"][:1] for detail in error.errors()}
        well = {key: value for key, value in given.items() if (key,) not in wrong} if isinstance(given, dict) else {}
        return section.model_validate(well), set(well)


def _wrong_drop(config: Config, sure: Container[str]) -> Iterator[LazyText]:
    """Why the drop folder cannot lie where it is set to: the job would take what is its own, or staff could not reach it."""
    names, base = config.folders, config.base
    drop, state = config.folder("drop"), config.folder("state")
    same = [name for name in FOLDERS if name != "drop" and name in sure and config.folder(name) == drop]
    for name in same:
        yield _at("folders.drop", LazyText("configuration.same_folder", other=f"folders.{name}"), repr(names.drop))
    if "state" not in same and "state" in sure and drop.is_relative_to(state):
        yield _at("folders.drop", LazyText("configuration.within_state", state=repr(names.state)), repr(names.drop))
    if base.is_relative_to(drop):
        yield _at("folders.drop", LazyText("configuration.around_itself"), repr(names.drop))


def wrong_lists(config: Config, out: Path | None = None) -> list[LazyText]:
    """Why work lists cannot lie where they are set to, or at `out`: the job would take them before anybody has filled them in."""
    if not (handles.resolved(out) if out else config.worklist_folder).is_relative_to(config.folder("drop")):
        return []
    key, shown = ("--out", out) if out else ("worklist.folder", repr(config.worklist.folder))
    return [_at(key, LazyText("configuration.lists_dropped"), shown)]


#: What pydantic calls the mistakes that these settings can have.
BY_PYDANTIC: Final = frozenset(
    {"bool_type", "dict_type", "enum", "finite_number", "float_type", "greater_than", "greater_than_equal"}
    | {"int_type", "less_than_equal", "list_type", "literal_error", "model_type", "string_too_short", "string_type"}
)
_WITH_ADDRESSES: Final = ("notify", "heartbeat", "state")
#: Compared without case and without `_` and `-`.
_SECRET_NAMES: Final = frozenset(
    {"token", "secret", "apitoken", "apisecret", "apikey", "onofficetoken", "onofficesecret", "hmac", "password", "passwort"}
)
#: Shorter parts are in many names.
_SHORTEST_PART: Final = 4


def _mistake(detail: ErrorDetails) -> list[LazyText]:
    path = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        if re.sub("[_-]", "", str(detail["loc"][-1])).casefold() in _SECRET_NAMES:
            return [_at(path, LazyText("configuration.secret_here"))]
        addresses = detail["loc"][0] in _WITH_ADDRESSES and LazyText("configuration.addresses_here")
        return [_at(path, LazyText("configuration.unknown_key", meant=_meant(detail), addresses=addresses or None))]
    given: Any = detail["input"]
    secretive = {"onoffice", "state", *_WITH_ADDRESSES}  # what stands there may be a secret
    tellable = isinstance(given, str | int | float | bool) and detail["loc"][0] not in secretive
    return [_at(path, said_so, repr(given) if tellable else None) for said_so in _said(detail)]


def _said(detail: ErrorDetails) -> Sequence[object]:
    """What is wrong with a value: what our own checks say of it, else a text of ours for what pydantic says."""
    kind, words = detail["type"], dict(detail.get("ctx", {}))
    if kind == "value_error":
        return list(words["error"].args)
    if kind not in BY_PYDANTIC:
        return [f"{detail['msg'][:1].lower()}{detail['msg'][1:]}"]
    if "expected" in words:
        words["some"], _, words["last"] = words.pop("expected").rpartition(" or ")
    limits = {name: f"{limit:g}" if isinstance(limit, float) else limit for name, limit in words.items()}
    return [LazyText(f"configuration.{kind}", **limits)]


def _meant(detail: ErrorDetails) -> str | None:
    """The key that was probably meant: a near one, the same in another section, else one with a part of it or the other way."""
    section: Any = Config
    for part in detail["loc"][:-1]:
        section = section.model_fields[str(part)].annotation
    names = [name for name, field in section.model_fields.items() if not field.exclude]
    key = str(detail["loc"][-1])
    sections: dict[str, Any] = {name: field.annotation for name, field in Config.model_fields.items()}
    elsewhere = (f"{name}.{key}" for name, each in sections.items() if key in getattr(each, "model_fields", ()))
    typed = key.casefold().replace("-", "_")
    return _mistyped(typed, names) or next(elsewhere, None) or _with_a_part(typed, names)


def _mistyped(typed: str, names: Sequence[str]) -> str | None:
    """The name that differs by fewest typos: two at most, and one in three letters."""
    from rapidfuzz.distance import DamerauLevenshtein  # noqa: PLC0415 - only needed where something is wrong

    typos = {name: DamerauLevenshtein.distance(typed, name) for name in names}
    near = [name for name, number in typos.items() if number <= min(2, len(name) // 3)]
    return min(near, key=typos.__getitem__, default=None)


def _with_a_part(typed: str, names: Sequence[str]) -> str | None:
    """The shortest name that shares a part of four letters or more with what was typed, at its beginning if possible."""
    alike = [name for name in names if min(len(typed), len(name)) >= _SHORTEST_PART and (typed in name or name in typed)]
    return min(alike, key=lambda name: (not (name.startswith(typed) or typed.startswith(name)), len(name)), default=None)
