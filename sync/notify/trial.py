"""Tries whether messages arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync import credentials
from sync.log import SecretMasks
from sync.notify import compose
from sync.notify.delivery import deliver
from sync.notify.message import Audience

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.config import Config


@dataclass(frozen=True, slots=True)
class Tried:
    """One address, by its kind (mailto, msteams ...), and what went wrong; "" when the message was taken."""

    audience: Audience
    kind: str
    trouble: str


def trial(config: Config) -> Iterator[Tried]:
    """Send a message to every address that is configured."""
    names = {Audience.STAFF: config.notify.staff_env, Audience.INSTALLER: config.notify.installer_env}
    for audience, name in names.items():
        addresses = credentials.value_of(config, name).split() if name else []
        if name and not addresses:
            yield Tried(audience, name, "is neither in the environment nor in the keyring nor in credentials.env")
        for address in addresses:
            trouble = deliver(address, compose.trial(config, audience))
            yield Tried(audience, address.partition(":")[0], SecretMasks([address]).hide(trouble))
