"""`init` and `schedule`: a configuration by asking, and the nightly start."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sync.cli.options import ConfigOption, office_of
from sync.domain.model import ExitCode
from sync.errors import ConfigurationError, SyncError
from sync.i18n import Language, LazyText, as_typed, in_all, name_in_commands, speak, speaking, spoken, text
from sync.i18n.texts import said
from sync.setup import Scheduler
from sync.system.process import for_the_group_of, is_root, is_user, owner_of, user_name, user_to_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync.config import Config
    from sync.setup.doctor import Finding
    from sync.setup.init import Answer
    from sync.setup.schedule import ScheduledRun


def init(config: ConfigOption = None) -> None:
    """Write a configuration by asking.

    Tries every answer at once, offers to store token and secret, and ends with the doctor.
    """
    from sync.config import USUAL_NAME
    from sync.setup.init import filled

    path = _place(config).resolve()
    if _is_folder(path):
        raise ConfigurationError([LazyText("init.folder_given", path=path, example=path / USUAL_NAME)])
    _refuse_what_is_of_another(path)
    dialogue = _Dialogue(path)
    wanted = dialogue.begin()
    if wanted is _Wanted.CREDENTIALS:
        dialogue.ask_credentials(dialogue.present_url(), renewed=True)
        stored = dialogue.store_credentials()
        if stored and (looks := dialogue.looks_from_now_on()):
            _change(path, looks, dialogue)
        else:
            dialogue.say("init.examined")
    else:
        answers = dialogue.ask_all()
        url = str(answers["onoffice.url"])
        if wanted is _Wanted.NEW or dialogue.renews_credentials():
            dialogue.ask_credentials(url, renewed=wanted is not _Wanted.NEW)
        answers |= dialogue.ask_guards(url)
        answers |= dialogue.ask_words() | dialogue.ask_customer_numbers()
        if not dialogue.store_credentials():
            answers.pop("sending.look", None)  # that they may read appointments holds only for those that were stored
        if wanted is _Wanted.NEW:
            _write(path, filled(answers), dialogue)
        else:
            _change(path, answers, dialogue)
        dialogue.say_what_stays_behind()
    raise typer.Exit(_examined(path, dialogue))


def _place(given: Path | None) -> Path:
    """The configuration that is given or found as by every command; where there is none, a new one in this folder."""
    from sync.config import USUAL_NAME, find

    try:
        return find(given)
    except ConfigurationError:
        return Path(USUAL_NAME)


def _is_folder(path: Path) -> bool:
    """Whether a path is a folder. Raises SyncError: this user may not see it."""
    try:
        return path.is_dir()
    except OSError as error:
        words = {
            "path": path,
            "said": said(error),
            "owner": owner_of(path) or None,
            "place": as_typed([str(_within_reach(path))]),
        }
        raise SyncError(LazyText("init.out_of_reach", **words)) from None


def _within_reach(path: Path) -> Path:
    """Where this user may have a configuration instead; one who only runs services has a home only seldom."""
    from sync.config import usual_places

    own, system = usual_places()
    return system if user_to_name() and not path.is_relative_to(system.parent) else own


def _refuse_what_is_of_another(path: Path) -> None:
    """Leave alone what belongs to another user, who could not read it any more; only root leaves it theirs. Raises SyncError."""
    from sync import credentials

    for place in (path, path.with_name(credentials.FILE)):
        if place.exists() and (owner := owner_of(place)) and not is_root():
            raise SyncError(LazyText("init.of_another", path=place, owner=owner))


#: The answer for a path that is none.
_NONE: Final = "-"


class _Wanted(Enum):
    """What a person wants of `init`."""

    NEW = 0
    CREDENTIALS = 1
    CHANGES = 2
    NOTHING = 3


def _change(path: Path, answers: Mapping[str, Answer], dialogue: _Dialogue) -> None:
    """Write what the answers change in the configuration that is there; where they change nothing it stays as it is."""
    from sync.setup.init import changed

    before = path.read_text(encoding="utf-8-sig")
    after = changed(before, answers)
    if after == before:
        dialogue.say("init.unchanged", path=path)
    else:
        _write(path, after, dialogue)


def _write(path: Path, text: str, dialogue: _Dialogue) -> None:
    """Write the configuration; an older one stays beside it."""
    from sync.setup.init import give_to, keep_beside, owner_to_be

    copy = keep_beside(path, f"{dt.datetime.now():%Y%m%d-%H%M%S}") if path.exists() else None  # noqa: DTZ005 - the clock on the wall
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        owner = owner_to_be(path)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            give_to(owner, file.fileno())
            file.write(text)
    except OSError as error:
        raise SyncError(LazyText("command.not_written", path=path, said=said(error))) from None
    if copy:
        dialogue.say("init.kept", path=copy)
    dialogue.say("init.written", path=path)


def _language() -> Language:
    """The language of the questions from now on; proposed is that which is spoken."""
    names = {name: language for language in Language for name in _names(language)}
    question = f"{in_all('init.language')} ({', '.join(Language)})"
    while (word := typer.prompt(question, default=spoken().value).strip().lower()) not in names:
        *some, last = Language
        typer.echo(in_all("init.language_again", some=", ".join(some), last=last))
    return names[word]


def _names(language: Language) -> list[str]:
    """What people call a language."""
    with speaking(language):
        return [language.value, *text("init.names_of_language").split(", ")]


def _present(path: Path) -> Config | ConfigurationError | None:
    """The configuration that is there, or what is wrong with it; None where there is none."""
    from sync import config as configuration

    if not path.exists():
        return None
    try:
        return configuration.load(path)
    except ConfigurationError as error:
        return error


def _others(path: Path) -> list[Config]:
    """The other offices whose configurations lie in the same folder; what is none, or cannot be read, is passed over."""
    from sync.fleet import offices_in
    from sync.setup.init import EXAMPLE

    try:
        offices = offices_in(path.parent)
    except ConfigurationError:  # no folder yet, or none that holds anything
        return []
    return [office.config for office in offices if office.config and office.path not in {path, path.with_name(EXAMPLE)}]


def _examined(path: Path, dialogue: _Dialogue) -> ExitCode:
    """Make the folders and let the doctor have the last word, before what comes next."""
    from sync import config as configuration
    from sync import dropfolder
    from sync.cli.doctor import show
    from sync.job import context
    from sync.setup.doctor import Level, Symptom, examine

    office = configuration.load(path)
    if owner := owner_of(path):  # what this user can read and write says nothing of that one
        dialogue.say("init.examine_as_owner", **{**_commands(office, path, None, owner), "owner": owner})
        return ExitCode.OK
    with for_the_group_of(office.folder("drop")):
        dropfolder.prepare(context.folders_of(office))
    folder = path.absolute().parent if _others(path) else None
    examination, commands = examine(path), _commands(office, path, folder)
    name_in_commands(path, commands["program"])
    show(examination)
    found = {finding.symptom for finding in examination.findings}
    if examination.count(Level.PROBLEM):
        dialogue.say("init.mend", **commands)
        if found & {Symptom.CREDENTIALS_REFUSED, Symptom.MISSING}:
            dialogue.say("init.renew", **commands)
    else:
        dialogue.say("init.next", **commands, folder=folder)
    return examination.exit_code


def _commands(office: Config, path: Path, folder: Path | None, owner: str = "") -> dict[str, str]:
    """What to type next, as it works on this machine for whoever typed `init`, also where sudo made another user of them.

    `owner`: whose the configuration is where it belongs to another user. The offices of a `folder` have one nightly start.
    """
    from sync.setup.schedule import night_of

    night = night_of(office, path, dt.time(), None)
    run = [*night.command, "--dry-run"]
    others = {name: [*night.program, name, "--config", str(path)] for name in ("template", "schedule", "doctor", "init")}
    if folder:
        others["schedule"] = [*night.program, "schedule", "--config", str(folder)]
    others["program"] = [*night.program]
    if user := owner or user_to_name():
        run = ["sudo", "-u", user, *run]
        as_user = {"schedule": ["sudo"], "template": ["sudo"]}
        others = {name: [*as_user.get(name, ["sudo", "-u", user]), *command] for name, command in others.items()}
        others["schedule"] += ["--as", user]
    return {name: as_typed(command) for name, command in {"run": run, **others}.items()}


class _Dialogue:
    """Asks in one language until every answer is one; writes nothing but the credentials, once all is asked."""

    def __init__(self, path: Path) -> None:
        from sync import credentials
        from sync.config import USUAL_NAME, Config
        from sync.setup.init import variables_of_own
        from sync.setup.schedule import slug

        self._path = path
        found = _present(path)
        self._present = None if isinstance(found, ConfigurationError) else found
        self._wrong = found if isinstance(found, ConfigurationError) else None
        self._defaults: Config = self._present or Config(base=path.parent)
        self._file = path.with_name(credentials.FILE)
        others = [office.onoffice for office in _others(path)]
        self._among = path.stem if others or path.name != USUAL_NAME else ""
        taken = {name for other in others for name in (other.token_env, other.secret_env)}
        present = (self._defaults.onoffice.token_env, self._defaults.onoffice.secret_env)
        self._names = present if self._present else variables_of_own(slug(path.stem), taken)
        #: Token and secret as they were typed, and what stores them; whoever leaves before the end leaves nothing behind.
        self._typed: tuple[str, str] | None = None
        self._store: Callable[[Mapping[str, str]], None] | None = None

    def say(self, name: str, **words: object) -> None:
        """Say a text, by its name."""
        typer.echo(self._text(name, **words))

    def begin(self) -> _Wanted:
        """Ask what is to become of a configuration that is there; it is never lost. Before other questions, say what this is."""
        there = self._present.report.language if self._present else self._wrong.language if self._wrong else None
        speak(there or spoken())
        wanted = self._wanted()
        if wanted is _Wanted.NOTHING:
            self.say("init.left_alone")
            raise typer.Exit(ExitCode.FAILED if self._wrong else ExitCode.OK)
        if wanted is not _Wanted.CREDENTIALS:
            speak(_language())
            self.say("init.welcome")
        return wanted

    def _wanted(self) -> _Wanted:
        if self._wrong:
            mistakes = "\n".join(f"  {mistake}" for mistake in self._wrong.mistakes)
            anew = self._yes("init.broken", default=False, path=self._path, mistakes=mistakes)
            return _Wanted.NEW if anew else _Wanted.NOTHING
        if not self._present:
            return _Wanted.NEW
        question = self._text("init.there_already", path=self._path)
        while (answer := str(typer.prompt(question, default="3")).strip()) not in {"1", "2", "3"}:
            self.say("init.bad_choice")
        return _Wanted(int(answer))

    def ask_all(self) -> dict[str, Answer]:
        """The answers, by the paths of their keys."""
        page = self._present.report.page if self._present else self._text("folder.page")
        answers: dict[str, Answer] = {"report.language": spoken().value, "report.page": page}
        answers["office"] = self._ask("init.office", self._defaults.office, lambda text: text)
        answers |= self._ask_folders()
        answers["onoffice.token_env"], answers["onoffice.secret_env"] = self._names
        answers["onoffice.url"] = self._ask("init.url", self._defaults.onoffice.url, self._url)
        rate = str(self._defaults.sending.requests_per_minute)
        answers["sending.requests_per_minute"] = int(self._ask("init.rate", rate, self._number))
        return answers

    def say_what_stays_behind(self) -> None:
        """Where the state folder is another one now, that what the job knows still lies in the old one."""
        from sync.config import Config, is_seen
        from sync.ledger import NAME

        now, before = _present(self._path), self._present
        if isinstance(now, Config) and before and not now.state.database_env:
            old, new = before.folder("state"), now.folder("state")
            if old != new and is_seen(old / NAME) and not is_seen(new / NAME):
                self.say("init.memory_left", old=old, new=new)

    def ask_guards(self, url: str) -> dict[str, Answer]:
        """What a run may change at most, proposed by what the calendar shows; where that can be read, no run works blind."""
        from sync.setup.init import most_changes

        links, rules = self._links_in_a_week(url), self._defaults.rules
        answers: dict[str, Answer] = {}
        if links is not None:
            self.say("init.a_week", links=links)
            answers |= self._looks()
        proposed = rules.max_changes if self._present else most_changes(links)
        answers["rules.max_changes"] = int(self._ask("init.max_changes", str(proposed), self._number))
        return answers

    def looks_from_now_on(self) -> dict[str, Answer]:
        """Where renewed token and secret may read appointments, that no run works blind any more."""
        looks = self._looks()
        if not looks or self._links_in_a_week(self.present_url()) is None:
            return {}
        self.say("init.looks")
        return looks

    def _looks(self) -> dict[str, Answer]:
        return {"sending.look": True} if self._defaults.sending.look == "auto" else {}

    def ask_words(self) -> dict[str, Answer]:
        """The office's own spellings, with those that many offices use where they are wanted; no question where all are there."""
        from sync.setup.init import ANSWERS, OFFERED

        own = self._defaults.words
        new = {word: [each for each in some if each not in own.get(word, ())] for word, some in ANSWERS.items()}
        words = ", ".join(each for each in OFFERED if any(each in some for some in new.values()))
        if not words or not self._late_yes("init.words", default=False, words=words):
            return {}
        return {f"words.{word}": [*own.get(word, ()), *some] for word, some in new.items() if some}

    def ask_customer_numbers(self) -> dict[str, Answer]:
        """Whether sheets may name an address by its customer number."""
        present = self._defaults.rules.customer_numbers
        return {"rules.customer_numbers": self._late_yes("init.customer_numbers", default=present)}

    def _late_yes(self, name: str, *, default: bool, **words: object) -> bool:
        """The answer to one of the last questions; whoever has written down the answers to all others need not know it."""
        try:
            return self._yes(name, default=default, **words)
        except typer.Abort:
            if sys.stdin.isatty():
                raise
            return default

    def _links_in_a_week(self, url: str) -> int | None:
        """What the calendar shows around today; None where token and secret are not there yet, or may not read it."""
        from sync.setup.doctor import api

        token, secret = self._typed or self._present_values()
        return api.links_in_a_week(self._office_at(url), (token, secret)) if token and secret else None

    def present_url(self) -> str:
        """Where the configuration that is there reaches onOffice."""
        return self._defaults.onoffice.url

    def _office_at(self, url: str) -> Config:
        return self._defaults.model_copy(update={"onoffice": self._defaults.onoffice.model_copy(update={"url": url})})

    def renews_credentials(self) -> bool:
        """Whether to ask for token and secret although a configuration is there: they are nowhere, or shall be renewed."""
        if not all(self._present_values()):
            return True
        return self._yes("init.credentials_there", default=False)

    def _present_values(self) -> list[str]:
        """Token and secret as they are found now, "" for what is nowhere."""
        from sync.credentials import value_of

        return [value_of(self._defaults, name) for name in self._names]

    def ask_credentials(self, url: str, *, renewed: bool) -> None:
        """Token and secret shall go into the keyring or into the file, unless they come in another way.

        `renewed`: that older ones are replaced is what the person has just asked for.
        """
        from sync.credentials import keyring_is_there
        from sync.setup.init import store_in_file, store_in_keyring

        has_keyring = keyring_is_there()
        if has_keyring and is_root():
            has_keyring = False
            self.say("init.keyring_of_root")
        if has_keyring and self._yes("init.store_in_keyring", default=True):
            self._store = store_in_keyring
        elif self._may_store(renewed=renewed):
            self._store = lambda values: store_in_file(self._file, values)
        if self._store:
            self._typed = self._token_and_secret(url)
        else:
            self._say_where_credentials_belong()

    def _token_and_secret(self, url: str) -> tuple[str, str]:
        """Token and secret that onOffice takes, or that the person wants although it does not."""
        from sync.setup.doctor import Symptom, api

        token, secret = self._present_values()
        while True:
            typed = self._secret("init.token", token), self._secret("init.secret", secret)
            first = next(api.examine(self._office_at(url), typed))
            try:
                if first.symptom is Symptom.CREDENTIALS_REFUSED:
                    self._complain([first], ask_anyway=True)
            except _AgainError as error:
                typer.echo(str(error))
            else:
                return typed

    def store_credentials(self) -> bool:
        """Put token and secret where the person wants them; False where that failed."""
        if not self._store or not self._typed:
            return True
        try:
            self._store(dict(zip(self._names, self._typed, strict=True)))
        except SyncError as error:
            self.say("init.not_stored", why=error)
            self._say_where_credentials_belong()
            return False
        return True

    def _say_where_credentials_belong(self) -> None:
        key = "init.as_they_are" if all(self._present_values()) else "init.later"
        self.say(key, names=", ".join(self._names), path=self._file)

    def _may_store(self, *, renewed: bool) -> bool:
        """Whether token and secret may go into the file; asks once more where they stand there already."""
        from sync.setup.init import names_in_file

        if not self._yes("init.store_in_file", default=True, path=self._file):
            return False
        try:
            there = names_in_file(self._file, self._names)
        except SyncError as error:
            self.say("init.not_stored", why=error)
            return False
        return not there or self._yes("init.replace_lines", default=renewed, names=", ".join(there), path=self._file)

    def _secret(self, name: str, present: str) -> str:
        """Token or secret; with nothing typed, one that is there stays."""
        from sync.setup.init import is_storable

        question = self._text(name, present=self._text("init.or_present") if present else "")
        while True:
            typed = str(typer.prompt(question, hide_input=True, default="", show_default=False)).strip() or present
            if is_storable(typed):
                return typed
            self.say("init.odd_credentials" if typed else "init.empty")

    def _ask_folders(self) -> dict[str, str]:
        """The folders; what staff use is proposed to lie side by side."""
        from sync.setup.init import beside, usual_places

        present = self._present.folders if self._present else None
        usual_drop, usual_state = usual_places(self._path.parent, self._among)
        taken: set[Path] = set()
        self.say("init.folders", base=self._path.parent)
        drop = self._ask_folder("drop", present.drop if present else self._called("folder.drop", usual_drop), taken)
        results = present.results if present else self._called("folder.results", beside(drop, "results"))
        results = self._ask_folder("results", results, taken)
        shown_as = self._ask_shown_as(self._in(results))
        archive = present.archive if present else self._called("folder.archive", beside(drop, "archive"))
        archive = self._ask_folder("archive", archive, taken)
        state = self._ask_folder("state", present.state if present else usual_state, taken)
        folders = {"drop": drop, "results": results, "archive": archive, "state": state}
        refused = self._called("folder.refused", beside(results, self._defaults.folders.refused))
        folders["refused"] = present.refused if present else self._unasked("refused", refused, results, taken)
        lists = self._called("folder.worklist", beside(drop, self._defaults.worklist.folder))
        lists = self._present.worklist.folder if self._present else self._unasked("worklist", lists, results, taken)
        places = {f"folders.{name}": place for name, place in {**folders, "shown_as": shown_as}.items()}
        return {**places, "worklist.folder": lists}

    def _unasked(self, name: str, near: str, results: str, taken: set[Path]) -> str:
        """A folder of staff, without a question: where it usually is, or among the results where nothing can be made there."""
        from sync.setup.doctor import Level, machine

        path = self._in(near)
        found = machine.one(name, path, time.time())
        usable = path not in taken and all(finding.level is not Level.PROBLEM for finding in found)
        taken.add(path)
        return near if usable else str(Path(results, Path(near).name))

    def _called(self, key: str, usual: str) -> str:
        """A folder that staff see, called as they speak; one that is there already keeps its name."""
        from sync.config import is_folder

        return usual if is_folder(self._in(usual)) else str(Path(usual).with_name(self._text(key)))

    def _ask_folder(self, name: str, proposed: str, taken: set[Path]) -> str:
        def check(text: str) -> str:
            from sync.config import is_folder, is_foreign
            from sync.setup.doctor import machine

            if is_foreign(text):
                raise _AgainError(self._text("init.foreign_yet" if name in {"drop", "results"} else "init.foreign"))
            path = self._in(text)
            if path in taken:
                raise _AgainError(self._text("init.taken"))
            if name == "drop" and self._path.resolve().is_relative_to(path):
                raise _AgainError(self._text("init.around_configuration"))
            if name == "state" and any(place.is_relative_to(path) for place in taken):
                raise _AgainError(self._text("init.around"))
            self._complain(list(machine.one(name, path, time.time())), ask_anyway=False)
            if name == "state" and (found := machine.within_another(path, taken)):
                self._tell(found, ask_anyway=True)
            if text != proposed and not is_folder(path) and not self._yes("init.make_folder", default=False, path=path):
                raise _AgainError(self._text("init.again"))
            taken.add(path)
            return text

        return self._ask(f"init.{name}", proposed, check)

    def _in(self, text: str) -> Path:
        """The folder that a text names, as the configuration would take it."""
        try:
            return (self._path.parent / Path(text).expanduser()).resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise _AgainError(str(error)) from None

    def _ask_shown_as(self, results: Path) -> str:
        def check(text: str) -> str:
            from sync.config import is_whole
            from sync.setup.doctor import machine

            if text != _NONE and not is_whole(text):
                raise _AgainError(self._text("init.not_whole"))
            if found := machine.leads_nowhere(text, results):
                self._tell(found, ask_anyway=True)
            return text

        return self._ask("init.shown_as", self._defaults.folders.shown_as or _NONE, check).removeprefix(_NONE)

    def _url(self, text: str) -> str:
        from pydantic import ValidationError

        from sync.config import OnOffice
        from sync.setup.doctor import Symptom, api

        try:
            OnOffice(url=text)
        except ValidationError:
            raise _AgainError(self._text("init.bad_url")) from None
        # without credentials: whatever the API says to that, it has answered
        first = next(api.examine(self._office_at(text), ("", "")))
        if first.symptom not in {Symptom.ANSWERS, Symptom.CREDENTIALS_REFUSED}:
            self._complain([first], ask_anyway=True)
        return text

    def _number(self, text: str) -> str:
        if not (text.isascii() and text.isdigit()):
            raise _AgainError(self._text("init.bad_number"))
        return text

    def _complain(self, findings: list[Finding], *, ask_anyway: bool) -> None:
        """Tell what is wrong; unless the person takes it anyway, the question comes again."""
        from sync.setup.doctor.finding import Level

        for finding in findings:
            if finding.level is Level.PROBLEM:
                self._tell(finding, ask_anyway=ask_anyway)

    def _tell(self, finding: Finding, *, ask_anyway: bool) -> None:
        from sync.setup.doctor.finding import step, what

        said = f"{what(finding)} {step(finding)}"
        if not ask_anyway:
            raise _AgainError(said)
        typer.echo(said)
        if not self._yes("init.anyway", default=False):
            raise _AgainError(self._text("init.again"))

    def _ask(self, name: str, default: str, check: Callable[[str], str]) -> str:
        while True:
            text = str(typer.prompt(self._text(name), default=default)).strip()
            try:
                return check(text) if text else self._again("init.empty")
            except _AgainError as error:
                typer.echo(str(error))

    def _again(self, name: str) -> str:
        raise _AgainError(self._text(name))

    def _yes(self, name: str, *, default: bool, **words: object) -> bool:
        yes, no = self._text("init.yes_no").split("/")
        question = f"{self._text(name, **words)} ({yes}/{no})"
        while (answer := str(typer.prompt(question, default=yes if default else no)).strip().lower()[:1]) not in {yes, "y", no}:
            self.say("init.bad_answer")
        return answer != no

    def _text(self, key: str, **words: object) -> str:
        return text(key, **words)


class _AgainError(Exception):
    """The answer will not do; the question comes again."""


# `schedule`: print, install or remove the nightly start.


def schedule(  # noqa: PLR0917 - one option per behaviour
    kind: Annotated[Scheduler | None, typer.Argument(help="help.option.kind")] = None,
    config: ConfigOption = None,
    at: Annotated[str, typer.Option(metavar="HH:MM", help="help.option.at")] = "04:30",
    run_as: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="USER",
            help="help.option.run_as",
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="help.option.watching")] = False,
    install: Annotated[bool, typer.Option("--install", help="help.option.install")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="help.option.remove")] = False,
) -> None:
    """Print, install or remove the nightly start, or the service that watches.

    A systemd service and timer, a line for cron, or a task for the Windows Task Scheduler.
    """
    from sync import config as configuration
    from sync.cli.run import language_of
    from sync.fleet import offices_in
    from sync.setup import schedule as starts
    from sync.setup import usual

    if install and remove:
        raise ConfigurationError([LazyText("option.not_together", one="--install", other="--remove")])
    if run_as is not None and not run_as.strip():
        raise ConfigurationError([LazyText("option.no_user")])
    path = configuration.find(config)
    if configuration.is_folder(path) and watch:
        raise ConfigurationError([LazyText("option.one_office", name="--watch")])
    time, kind = _time(at), kind or usual()
    if watch and kind is Scheduler.CRON:
        raise ConfigurationError([LazyText("option.watch_with_cron")])
    if remove:  # of a configuration, too, that is wrong or gone
        with suppress(ConfigurationError):
            if configuration.is_folder(path):
                speak(language_of(offices_in(path)))
            else:
                office_of(path)
        typer.echo(starts.remove(kind, starts.night_to_remove(path, run_as)))
        return
    night, offices = _night(path, time, run_as)
    of_user = run_as if kind is not Scheduler.WINDOWS else None
    if of_user and not is_user(of_user):
        raise ConfigurationError([LazyText("schedule.no_such_user", user=of_user)])
    night = replace(night, watch=watch)
    if install:
        if kind is not Scheduler.WINDOWS and os.name == "posix":
            starts.refuse_who_cannot(kind, night, of_user or user_name(), offices)
        typer.echo(starts.install(kind, night))
    else:
        typer.echo(starts.printed(kind, night), nl=False)
        sys.stdout.flush()
        typer.echo(f"\n{starts.advice(kind, night)}", err=True)


def _night(path: Path, at: dt.time, run_as: str | None) -> tuple[ScheduledRun, list[Config]]:
    """The start of an office or of those of a folder, and their configurations. Raises SyncError."""
    from sync import config as configuration
    from sync.cli.run import language_of
    from sync.fleet import offices_in
    from sync.setup import schedule as starts

    if not configuration.is_folder(path):
        office = office_of(path)
        return starts.night_of(office, path, at, run_as), [office]
    offices = offices_in(path)
    speak(language_of(offices))
    return starts.night_of_all(path, at, run_as), [office.config for office in offices if office.config]


def _time(text: str) -> dt.time:
    try:
        return dt.datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day
    except ValueError:
        raise ConfigurationError([LazyText("option.no_time", given=text)]) from None
