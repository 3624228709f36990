"""The flow against a local server of Prefect: offices as tasks, retried by exit code, one limit each.

Prefect is an optional part. CONTRIBUTING.md has the command that installs it and runs this; CI runs that.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("prefect", reason="Prefect is not installed: pip install -e '.[test,prefect]'")

# Prefect and what it brings warn about each other
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.enable_socket]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fleet.conftest import Fleet


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A server of Prefect on loopback, with a database of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DO_NOT_TRACK", "1")
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        from prefect.testing.utilities import prefect_test_harness  # noqa: PLC0415 - it reads the environment

        with prefect_test_harness(server_startup_timeout=120):
            yield


@pytest.fixture
def flow(server: None, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401, ARG001 - Prefect's types
    from sync.fleet import prefect_flow  # noqa: PLC0415 - only where Prefect is

    for name, value in fleet.environment.items():
        if os.environ.get(name) != value:
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(prefect_flow, "run_office", prefect_flow.run_office.with_options(retry_delay_seconds=0))
    return prefect_flow


def tries(name: str) -> int:
    """How often the newest task of an office ran."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - only where Prefect is
    from prefect.client.schemas.filters import TaskRunFilter, TaskRunFilterName  # noqa: PLC0415 - as above

    with get_client(sync_client=True) as client:
        runs = client.read_task_runs(task_run_filter=TaskRunFilter(name=TaskRunFilterName(any_=[name])))
    return int(max(runs, key=lambda run: run.expected_start_time).run_count)


def test_every_office_is_a_task_and_rows_for_a_person_are_no_failure(flow: Any, fleet: Fleet) -> None:  # noqa: ANN401
    fleet.fill(3)
    (fleet.place(1) / "drop" / "termine.csv").write_bytes(b"PK\x03\x04 no workbook")

    codes = flow.sync_offices(str(fleet.folder))

    assert codes == {"office000": 0, "office001": 3, "office002": 0}
    assert fleet.done().items() >= (fleet.wanted(0) | fleet.wanted(2)).items()
    assert tries("office001") == 1


def test_what_could_not_finish_is_tried_again_and_what_is_configured_wrongly_is_not(flow: Any, fleet: Fleet) -> None:  # noqa: ANN401
    fleet.fill(3)
    fleet.config(1, secret_env="WRONG_SECRET")
    fleet.config(2, token_env="NOT_SET_ANYWHERE")
    (fleet.folder / "damaged.toml").write_text("[", encoding="utf-8")

    with pytest.raises(RuntimeError, match=r"exit code 1: office001 \(1\)$"):
        flow.sync_offices(str(fleet.folder))

    tried = {name: tries(name) for name in ("office001", "office002", "damaged")}
    assert tried == {"office001": 1 + flow.RETRIES, "office002": 1, "damaged": 1}
    assert fleet.done().items() >= fleet.wanted(0).items()


def test_every_office_has_a_limit_of_one_that_is_free_again_afterwards(flow: Any, fleet: Fleet) -> None:  # noqa: ANN401
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - only where Prefect is

    fleet.fill(1)
    flow.sync_offices(str(fleet.folder))

    with get_client(sync_client=True) as client:
        limit = client.read_global_concurrency_limit_by_name(flow.limit_of("office000"))

    assert (limit.limit, limit.active, limit.active_slots) == (1, True, 0)
