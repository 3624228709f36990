"""A systemd service and timer: for the whole system under a user of its own, or in the service manager of one user."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sync.errors import SyncError
from sync.setup.schedule.night import MARK, UMASK, read, refuse_another, start, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync.setup.schedule.night import ScheduledRun

#: What any service manager can deny, without rights of its own.
_DENIED: Final = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
"""
#: What only the system's own can: the file system is closed but for the folders of the office.
_CLOSED: Final = """\
CapabilityBoundingSet=
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=read-only
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
"""

_NOT_IN_PROGRAMS: Final = frozenset("'\"\\")
_ESCAPES: Final = str.maketrans({'"': '\\"', "\\": "\\\\"})


def units(night: ScheduledRun) -> tuple[tuple[Path, str], ...]:
    """Service and timer, or a service alone that runs all the time, each with the path where it belongs.

    Raises:
        SyncError: systemd would not start a program with such a path.
    """
    if set(night.program[0]) & _NOT_IN_PROGRAMS:
        raise SyncError(f"systemd starts no program with a quotation mark or a backslash in its path: {night.program[0]}")
    folder = Path("/etc/systemd/system") if night.run_as else _user_folder()
    service = (folder / f"{night.name}.service", _service(night))
    return (service,) if night.watch else (service, (folder / f"{night.name}.timer", _timer(night)))


def _enabled(night: ScheduledRun) -> str:
    """The unit that is to be enabled."""
    return f"{night.name}.{'service' if night.watch else 'timer'}"


def install(night: ScheduledRun) -> str:
    """Write the units and start them; returns what a person has to know. Raises SyncError."""
    manager = ("systemctl",) if night.run_as else ("systemctl", "--user")
    planned = units(night)
    before = {path: read(path) for path, _ in planned}
    service = planned[0][0]
    if started := _started(before[service] or ""):
        refuse_another(night, str(service), started)
    try:
        for path, text in planned:
            write(path, text)
        start(*manager, "daemon-reload")
        start(*manager, "enable", "--now", _enabled(night))
    except SyncError:
        _take_back(before, manager)
        raise
    return f"Installed. {_told(night)}"


def remove(night: ScheduledRun) -> str:
    """Stop the units and take them away; returns what was done, "" for nothing. Raises SyncError."""
    manager = ("systemctl",) if night.run_as else ("systemctl", "--user")
    paths = [path for path, _ in units(night)]
    service = read(paths[0])
    if service is None or MARK not in service or type(night.config)(_started(service)) != night.config:
        return ""
    there = [path for path in paths if path.exists()]
    start(*manager, "disable", "--now", *(path.name for path in there))
    try:
        for path in there:
            path.unlink()
    except OSError as error:
        raise SyncError(f"{error.filename} cannot be removed ({error.strerror}). For --as USER, start this as root.") from None
    start(*manager, "daemon-reload")
    return "Removed: " + ", ".join(map(str, there))


def _take_back(before: Mapping[Path, str | None], manager: tuple[str, ...]) -> None:
    """Leave the units as they were `before`, as far as that can be done; what failed is told by whoever calls this."""
    new = [path for path, text in before.items() if text is None and path.exists()]
    with suppress(SyncError):  # it may be enabled and only not have started
        if new:
            start(*manager, "disable", "--now", *(path.name for path in new))
    for path, text in before.items():
        with suppress(OSError, SyncError):
            if text is None:
                path.unlink(missing_ok=True)
            else:
                write(path, text)
    with suppress(SyncError):
        start(*manager, "daemon-reload")


def advice(night: ScheduledRun) -> str:
    """What to do with the printed units."""
    manager = "systemctl" if night.run_as else "systemctl --user"
    return (
        f"Save each part under the path above it and start it: {manager} daemon-reload && {manager} enable --now "
        f"{_enabled(night)}\nOr let it be done: --install. {_told(night)}"
    )


def _told(night: ScheduledRun) -> str:
    lines = [f"Token and secret are read from {night.credentials} (mode 600), one line each: {night.lines} ."]
    if not night.run_as:
        lines.append("For nights on which you are not logged in: loginctl enable-linger")
    manager = "systemctl" if night.run_as else "systemctl --user"
    journal = manager.replace("systemctl", "journalctl")
    tried = f"How it is: {manager} status" if night.watch else f"Try it now: {manager} start"
    lines.append(f"{tried} {night.name}.service; what it said: {journal} -u {night.name}.service")
    return "\n".join(lines)


def _user_folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


#: How a service runs once, and how one that watches: until it is ended, and again where it fails, but for a wrong configuration.
_ONCE: Final = """\
Type=oneshot
# 3: rows need a person; 4: a run that somebody started by hand is active. Neither is a failure of the service.
SuccessExitStatus=3 4
TimeoutStartSec=12h
"""
_ALL_THE_TIME: Final = """\
Type=exec
Restart=on-failure
RestartSec=5min
RestartPreventExitStatus=2
"""


def _service(night: ScheduledRun) -> str:
    system = night.run_as is not None
    online = "Wants=network-online.target\nAfter=network-online.target\n" if system else ""
    mounts = f"RequiresMountsFor={_words(map(str, night.folders))}\n" if system else ""
    user = f"User={night.run_as}\n" if system else ""
    # "-": a folder on a share that is away must not keep the job from saying so
    closed = f"{_CLOSED}ReadWritePaths={_words(f'-{path}' for path in night.folders)}\n" if system else ""
    wanted = f"\n[Install]\nWantedBy={'multi-user' if system else 'default'}.target\n" if night.watch else ""
    return f"""\
# {MARK}
[Unit]
Description=onOffice: statuses of appointments from dropped sheets ({_plain(night.office)})
{online}{mounts}
[Service]
{_ALL_THE_TIME if night.watch else _ONCE}\
ExecStart={_words(night.command[:1])} {_words(night.command[1:]).replace("$", "$$")}
WorkingDirectory={_plain(str(night.config.parent))}
{_credentials(night)}{user}# On the way down it finishes the request in flight and writes its report.
TimeoutStopSec=5min
# The group of the folders that staff use may change what is written there; nobody else sees it.
UMask={UMASK:04o}
{_DENIED}{closed}{wanted}"""


def _credentials(night: ScheduledRun) -> str:
    """How token and secret reach the job: by the service manager where it is the system's; a user's job reads its own file."""
    if night.run_as is None or not night.with_file:
        return ""
    return (
        "# Token and secret; the file is read by the service manager and shown to this service alone.\n"
        f"LoadCredential={night.credentials.name}:{_plain(str(night.credentials))}\n"
    )


def _timer(night: ScheduledRun) -> str:
    return f"""\
# {MARK}
[Unit]
Description=Every night: onOffice, statuses of appointments from dropped sheets ({_plain(night.office)})

[Timer]
OnCalendar=*-*-* {night.at:%H:%M}:00
# Not all offices at the same second.
RandomizedDelaySec=5min
# A night that was missed is made up for as soon as the machine runs.
Persistent=true

[Install]
WantedBy=timers.target
"""


def _started(service: str) -> str:
    """The configuration that a service of ours starts; "" where it does not say so in our way."""
    # what _words, _plain and _service have escaped
    found = re.search(r'^ExecStart=.* "--config" "(.*)"$', service, re.MULTILINE)
    return re.sub(r"\\.|%%|\$\$", lambda pair: pair[0][1], found[1]) if found else ""


def _words(words: Iterable[str]) -> str:
    r"""Words of a command or a list of paths, each in quotes; a quotation mark and a backslash mean something to systemd."""
    return " ".join(f'"{_plain(word).translate(_ESCAPES)}"' for word in words)


def _plain(text: str) -> str:
    """A text in which a percent sign is one."""
    return text.replace("%", "%%")
