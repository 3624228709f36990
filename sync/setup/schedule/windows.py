"""A task for the Windows Task Scheduler: as XML, and as the command that registers it."""

from __future__ import annotations

import getpass
import html
import os
import re
import subprocess
import tempfile
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Final

from sync.credentials import KEYRING_SERVICE
from sync.errors import SyncError
from sync.setup.schedule.night import MARK, refuse_another, start

if TYPE_CHECKING:
    from sync.setup.schedule.night import ScheduledRun

_TASK: Final = """\
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{about}</Description>
  </RegistrationInfo>
  <Triggers>
{trigger}  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId>
      <LogonType>Password</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>
    <Enabled>true</Enabled>
    <WakeToRun>true</WakeToRun>
{limits}  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{folder}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""

_NIGHTLY: Final = """\
    <CalendarTrigger>
      <StartBoundary>2026-01-01T{at:%H:%M}:00</StartBoundary>
      <Enabled>true</Enabled>
      <RandomDelay>PT5M</RandomDelay>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
"""
_AT_START: Final = """\
    <BootTrigger>
      <Enabled>true</Enabled>
      <Delay>PT1M</Delay>
    </BootTrigger>
"""
_ONCE: Final = "    <ExecutionTimeLimit>PT12H</ExecutionTimeLimit>\n"
_ALL_THE_TIME: Final = """\
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT5M</Interval>
      <Count>999</Count>
    </RestartOnFailure>
"""


def task(night: ScheduledRun) -> str:
    """The task as XML without a declared encoding and in ASCII only, so that it survives every way of saving it."""
    program, *arguments = night.command
    text = _TASK.format(
        about=html.escape(f"{night.office}: onoffice-sync. {MARK}."),
        trigger=_AT_START if night.watch else _NIGHTLY.format(at=night.at),
        limits=_ALL_THE_TIME if night.watch else _ONCE,
        user=html.escape(_user(night)),
        program=html.escape(program),
        arguments=html.escape(subprocess.list2cmdline(arguments)),
        folder=html.escape(str(night.config.parent)),
    )
    return '<?xml version="1.0"?>\n' + text.encode("ascii", "xmlcharrefreplace").decode()


def registration(night: ScheduledRun, xml: str) -> list[str]:
    """The command that registers the task; it asks for the user's password itself ("*"), which then stands nowhere."""
    return ["schtasks", "/Create", "/F", "/TN", night.name, "/XML", xml, "/RU", _user(night), "/RP", "*"]


def install(night: ScheduledRun) -> str:
    """Register the task, in place of an older one of the same configuration. Raises SyncError."""
    if started := _started(night):
        refuse_another(night, f"The task {night.name}", started)
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / f"{night.name}.xml"
        xml.write_text(task(night), encoding="utf-16")
        try:
            # not captured: schtasks asks for the password on the terminal
            done = subprocess.run(registration(night, str(xml)), check=False)  # noqa: S603 - a program of the system
        except OSError as error:
            raise SyncError(f"schtasks cannot be started ({error.strerror}).") from None
    if done.returncode:
        raise SyncError("The task was not registered; see what schtasks said. Start this in a terminal of an administrator.")
    return f"Installed. {_told(night)}"


def remove(night: ScheduledRun) -> str:
    """Take the task away; returns what was done, "" for nothing. Raises SyncError."""
    started = _started(night)
    if not started or type(night.config)(started) != night.config:
        return ""
    start("schtasks", "/Delete", "/F", "/TN", night.name)
    return f"Removed: the task {night.name}"


def _started(night: ScheduledRun) -> str:
    """The configuration that the task of this name starts; "" where there is none or it does not say so in our way."""
    # where the Task Scheduler keeps its tasks; what schtasks says of one lacks the letters that a terminal lacks
    path = Path(os.environ.get("SYSTEMROOT", ""), "System32", "Tasks", night.name)
    try:
        text = path.read_text(encoding="utf-16")
    except (OSError, UnicodeError):
        return ""
    found = re.search(r"<Arguments>.*--config (.*)</Arguments>", text)
    return html.unescape(found[1]).strip('"') if found else ""


def advice(night: ScheduledRun) -> str:
    """What to do with the printed task."""
    xml = f"{night.name}.xml"
    simple = ["schtasks", "/Create", "/F", "/TN", night.name, "/SC"]
    simple += ["ONSTART"] if night.watch else ["DAILY", "/ST", f"{night.at:%H:%M}"]
    simple += ["/TR", subprocess.list2cmdline(night.command), "/RU", _user(night), "/RP", "*"]
    return (
        f"Save this as {xml} and register it in a terminal of an administrator:\n"
        f"  {subprocess.list2cmdline(registration(night, xml))}\n"
        "Without the file, but without catching up on missed nights:\n"
        f"  {subprocess.list2cmdline(simple)}\n"
        f"Or let it be done: --install. {_told(night)}"
    )


def _told(night: ScheduledRun) -> str:
    return f"It asks for the password of {_user(night)}. {_credentials(night)}Try it now: schtasks /Run /TN {night.name}"


def _credentials(night: ScheduledRun) -> str:
    if night.with_file:
        return f"Token and secret are read from {night.credentials}.\n"
    keyring = str(PureWindowsPath(night.program[0]).with_name("keyring.exe"))
    lines = [subprocess.list2cmdline([keyring, "set", KEYRING_SERVICE, name]) for name in night.variables]
    return "As that user, store token and secret:\n" + "".join(f"  {line}\n" for line in lines)


def _user(night: ScheduledRun) -> str:
    if night.run_as:
        return night.run_as
    domain = os.environ.get("USERDOMAIN")
    return f"{domain}\\{getpass.getuser()}" if domain else getpass.getuser()
