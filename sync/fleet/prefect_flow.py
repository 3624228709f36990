"""A fleet on Prefect: an office is a task, retried by its exit code, and never run twice at once.

An optional part (`pip install 'onoffice-relation-sync[prefect]'`); nothing else of the package imports it. Every task runs the
command `onoffice-sync run` for one office, as any other engine would: see docs/fleets.md.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefect import flow, get_run_logger, task
from prefect.client.orchestration import get_client
from prefect.concurrency.sync import concurrency
from prefect.task_runners import ThreadPoolTaskRunner

from sync.domain.model import ExitCode
from sync.fleet import exit_code, offices_in

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Another try may help: what could not start or finish, and what another machine is at work on. A wrong configuration stays
#: wrong, and rows that need a person wait for one.
RETRIED: Final = frozenset({ExitCode.FAILED, ExitCode.ALREADY_RUNNING})
RETRIES: Final = 2
RETRY_DELAY_SECONDS: Final = 300
#: Offices at once in one flow run.
JOBS: Final = 8


class OfficeFailed(Exception):
    """The job of an office could not start or finish."""

    def __init__(self, name: str, code: ExitCode, said: str) -> None:
        super().__init__(f"{name}: exit code {int(code)}. {said}".strip())
        self.code = code


def worth_another_try(_task: Any, _run: Any, state: Any) -> bool:  # noqa: ANN401 - as Prefect calls it
    """Whether the exit code of an office says that it may go better later."""
    error = state.result(raise_on_failure=False)
    return not isinstance(error, OfficeFailed) or error.code in RETRIED


def limit_of(name: str) -> str:
    """The name of the concurrency limit that keeps an office from being run twice at once."""
    return f"onoffice-sync-{name}"


@task(
    task_run_name="{name}",
    retries=RETRIES,
    retry_delay_seconds=RETRY_DELAY_SECONDS,
    retry_condition_fn=worth_another_try,
    persist_result=False,
)
def run_office(name: str, path: str, mistakes: tuple[str, ...] = ()) -> ExitCode:
    """Run the job of one office in a process of its own.

    Raises:
        OfficeFailed: it could not start or finish; its files wait, and the next try carries on.
    """
    if mistakes:
        raise OfficeFailed(name, ExitCode.USAGE, "\n".join(mistakes))
    with concurrency(limit_of(name), strict=True):
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "sync", "run", "--config", path],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    get_run_logger().info("%s", f"{done.stdout}{done.stderr}".strip())
    code = ExitCode(done.returncode) if done.returncode in set(ExitCode) else ExitCode.FAILED
    if code in {ExitCode.OK, ExitCode.ROWS_NEED_A_PERSON}:
        return code
    # the summary begins with what stopped the run; what could not even begin is told by the last line of the error output
    said = [*filter(str.strip, done.stdout.splitlines())][:1] or done.stderr.splitlines()[-1:] or [""]
    raise OfficeFailed(name, code, said[0])


@flow(name="onoffice-sync", task_runner=ThreadPoolTaskRunner(max_workers=JOBS), persist_result=False)
def sync_offices(folder: str) -> Mapping[str, int]:
    """Run every office of a folder; returns their exit codes, by the names of their configurations.

    Raises:
        RuntimeError: an office could not start or finish; all others are done.
    """
    offices = offices_in(Path(folder))
    with get_client(sync_client=True) as client:
        for office in offices:
            client.upsert_global_concurrency_limit_by_name(limit_of(office.name), 1)
    runs = {office.name: run_office.submit(office.name, str(office.path), office.mistakes) for office in offices}
    codes = {name: _code(run) for name, run in runs.items()}
    worst = exit_code(codes.values())
    if worst not in {ExitCode.OK, ExitCode.ROWS_NEED_A_PERSON}:
        failed = ", ".join(f"{name} ({int(code)})" for name, code in codes.items() if code is worst)
        raise RuntimeError(f"exit code {int(worst)}: {failed}")
    return {name: int(code) for name, code in codes.items()}


def _code(run: Any) -> ExitCode:  # noqa: ANN401 - Prefect's future
    run.wait()
    result = run.result(raise_on_failure=False)
    if isinstance(result, ExitCode):
        return result
    return result.code if isinstance(result, OfficeFailed) else ExitCode.FAILED


if __name__ == "__main__":
    sync_offices(sys.argv[1])
