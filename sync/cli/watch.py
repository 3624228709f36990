"""`watch`: the job as soon as files are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.options import ConfigOption, EndsOnSignal, QuietOption, VerboseOption, job_log, loudness_of, office_of

if TYPE_CHECKING:
    from sync.config import Config
    from sync.job.run import Finished
    from sync.job.stopper import Stopper
    from sync.job.watch import WatchHooks
    from sync.log import Log


def watch(
    config: ConfigOption = None,
    every: Annotated[float, typer.Option(min=1, max=3600, metavar="SECONDS", help="How often to look.")] = 30.0,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run the job whenever files are there.

    Files that are settled start it at once; without files it runs once every day. Ctrl-C or SIGTERM ends it.
    """
    from sync.credentials import token_and_secret
    from sync.job import watch as watching
    from sync.job.stopper import Stopper

    office = office_of(config)
    token_and_secret(office)  # missing ones are a mistake now, not in the first night
    stopper = Stopper()
    with EndsOnSignal(stopper), job_log(office, loudness_of(verbose=verbose, quiet=quiet), alone=True) as log:
        watching.watch(office, _hands(office, log), stopper, every_seconds=every)


def _hands(office: Config, log: Log) -> WatchHooks:
    from sync.credentials import token_and_secret
    from sync.job import run as job
    from sync.job.context import Runtime
    from sync.job.watch import WatchHooks
    from sync.notify import deliver_waiting, speaking
    from sync.progress import Logged

    def run(stopper: Stopper) -> Finished:
        with speaking(office, log) as speaker:
            return job.run(office, token_and_secret(office), Runtime(Logged(), stopper), speaker)

    return WatchHooks(run, lambda: deliver_waiting(office, log), lambda: log.release(office.folder("state")))
