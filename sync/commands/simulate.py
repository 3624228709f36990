"""`simulate`: a stand-in of the onOffice API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync.errors import ConfigurationError, SyncError


def simulate(  # noqa: PLR0917 - one option per behaviour
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    token: Annotated[str | None, typer.Option(help="Token to accept.")] = None,
    secret: Annotated[str | None, typer.Option(help="Secret to accept.")] = None,
    seed: Annotated[Path | None, typer.Option(help="JSON file with appointments and addresses.")] = None,
    latency_ms: Annotated[float | None, typer.Option(help="Time per request.")] = None,
    per_action_ms: Annotated[float | None, typer.Option(help="Time per action.")] = None,
    max_actions: Annotated[int | None, typer.Option(help="Most actions per request.")] = None,
    max_bytes: Annotated[int | None, typer.Option(help="Largest request; above it HTTP 413.")] = None,
    rate_per_minute: Annotated[int | None, typer.Option(help="Most requests per minute; above it HTTP 429.")] = None,
    clock_offset_s: Annotated[float | None, typer.Option(help="How far the server's clock is ahead.")] = None,
    failure_envelope: Annotated[str | None, typer.Option(help="97, code or ok.")] = None,
    success_body: Annotated[str | None, typer.Option(help="empty or record.")] = None,
    several_links: Annotated[str | None, typer.Option(help="atomic, partial or first.")] = None,
    read_rights: Annotated[bool | None, typer.Option(help="Whether the API user may read appointments.")] = None,
    empty_resourceid: Annotated[str | None, typer.Option(help="ok or 18.")] = None,
    followup_words: Annotated[str | None, typer.Option(help="german or english.")] = None,
    modify_verb: Annotated[str | None, typer.Option(help="modify, create or both.")] = None,
) -> None:
    """Serve a stand-in of the onOffice API on this machine, for rehearsals and tests."""
    from sync import simulator

    options = {
        "latency_ms": latency_ms,
        "per_action_ms": per_action_ms,
        "max_actions": max_actions,
        "max_bytes": max_bytes,
        "rate_per_minute": rate_per_minute,
        "clock_offset_s": clock_offset_s,
        "failure_envelope": failure_envelope,
        "success_body": success_body,
        "several_links": several_links,
        "read_rights": read_rights,
        "empty_resourceid": empty_resourceid,
        "followup_words": followup_words,
        "modify_verb": modify_verb,
    }
    try:
        simulator.serve(
            port=port,
            token=token or simulator.DEFAULT_TOKEN,
            secret=secret or simulator.DEFAULT_SECRET,
            seed=seed,
            options={name: value for name, value in options.items() if value is not None},
        )
    except simulator.BadInput as error:
        raise ConfigurationError([str(error)]) from None
    except OSError as error:
        raise SyncError(f"The simulator cannot start: {error.strerror or error}") from None
