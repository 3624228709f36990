"""One office, from its configuration to its result; nothing that happens to it leaves this module as an exception."""

from __future__ import annotations

import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync import config as configuration
from sync import credentials, i18n, log
from sync.config import Config
from sync.domain.model import ExitCode, Verdict
from sync.errors import ConfigurationError, StopRun, SyncError
from sync.i18n import Language, text
from sync.i18n.texts import stop_text
from sync.job.context import Runtime, deadline_of
from sync.job.stopper import Stopper
from sync.log import Verbosity
from sync.report.fleet import OfficeResult
from sync.report.story import happened
from sync.report.tally import tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.fleet.offices import Office
    from sync.fleet.pool import CancellationRelay
    from sync.job.run import Finished


#: What every office imports.
NEEDS: Final = ("sync.job.run", "sync.notify", "sync.report.page", "sync.report.excel.results", "sync.report.excel.returned")


def work(office: Office, ending: CancellationRelay) -> OfficeResult:
    """Run an office's job once; one that cannot run is refused, and its installer told."""
    with i18n.speaking(_language(office)):
        return _worked(office, ending)


def _worked(office: Office, ending: CancellationRelay) -> OfficeResult:
    began = time.monotonic()
    if office.mistakes:
        _tell_refused(office)
        return refused(office, office.mistakes, ExitCode.USAGE)
    config = office.config or Config()
    i18n.name_in_commands(office.path)
    stopper = Stopper(deadline_of(config, Runtime()))
    ending.watch(stopper)
    try:
        finished = _run(config, Runtime(stopper=stopper))
    except StopRun as error:
        return _told(office, error.exit_code, stop_text(error.stopped), began)
    except ConfigurationError as error:
        return refused(office, error.mistakes, error.exit_code)
    except SyncError as error:
        return _told(office, error.exit_code, str(error), began)
    except Exception as error:  # noqa: BLE001 - a mistake of ours costs one office
        return _told(office, ExitCode.FAILED, text("fleet.mistake", kind=_place(error)), began)
    return _finished(office, finished, began)


def _run(config: Config, tools: Runtime) -> Finished:
    from sync.job import run as job  # noqa: PLC0415 - heavy, and not needed to tell what cannot begin
    from sync.notify import speaking  # noqa: PLC0415

    masks = log.SecretMasks(credentials.secrets_of(config))
    with log.opened(config.log.format, Verbosity.QUIET, masks) as opened, speaking(config, opened) as speaker:
        return job.run(config, credentials.token_and_secret(config), tools, speaker)


def _tell_refused(office: Office) -> None:
    from sync.notify import speaking  # noqa: PLC0415 - heavy

    config = office.config or configuration.who_is_told(office.path)
    if config is None:  # the overview has it
        return
    masks = log.SecretMasks(credentials.secrets_of(config))
    with (
        suppress(ConfigurationError),
        log.opened(config.log.format, Verbosity.QUIET, masks, to_file=False) as opened,
        speaking(config, opened),
    ):
        raise ConfigurationError([*office.mistakes])


def refused(office: Office, mistakes: Sequence[str], code: ExitCode) -> OfficeResult:
    """An office whose configuration is wrong, or whose credentials are nowhere."""
    return _told(office, code, "\n".join(mistakes))


def died(office: Office, code: int) -> OfficeResult:
    """An office whose process came to an untimely end."""
    with i18n.speaking(_language(office)):
        return _told(office, ExitCode.FAILED, text("fleet.died", code=code))


def not_begun(office: Office) -> OfficeResult:
    """An office whose turn did not come."""
    with i18n.speaking(_language(office)):
        return _told(office, ExitCode.FAILED, text("fleet.not_begun"))


def _finished(office: Office, finished: Finished, began: float) -> OfficeResult:
    info, counts = finished.info, tally(finished.checked)
    sentence = stop_text(info.stopped) if info.stopped else happened(counts)
    return OfficeResult(
        office.name,
        info.office,
        finished.exit_code,
        sentence,
        page=finished.results / "report.html" if finished.results else _overview(office),
        seconds=time.monotonic() - began,
        rows=counts.rows,
        changed=counts.of(Verdict.UPDATED),
        to_settle=counts.need_a_person,
    )


def _told(office: Office, code: ExitCode, sentence: str, began: float | None = None) -> OfficeResult:
    """What is known of an office without a report."""
    name = office.config.office if office.config else office.name
    took = time.monotonic() - began if began is not None else 0.0
    return OfficeResult(office.name, name, code, sentence, page=_overview(office), seconds=took)


def _overview(office: Office) -> Path | None:
    """The page over all runs of the office, if there is one already."""
    page = office.config.folder("results") / "index.html" if office.config else None
    return page if page and page.is_file() else None


def _language(office: Office) -> Language:
    return office.config.report.language if office.config else Language.DE


def _place(error: Exception) -> str:
    """The kind of a mistake and where it is; its own text may hold a secret."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}, {Path(last.filename).name}:{last.lineno}"
