"""A task for the Windows Task Scheduler: as XML, and as the command that registers it."""

from __future__ import annotations

import getpass
import html
import os
import re
import subprocess
import tempfile
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from sync.credentials import KEYRING_SERVICE
from sync.errors import SyncError
from sync.i18n import LazyText, text
from sync.i18n.texts import said
from sync.setup.schedule.night import filled, refuse_another, start

if TYPE_CHECKING:
    from sync.setup.schedule.night import ScheduledRun


def task(night: ScheduledRun) -> str:
    """The task as XML without a declared encoding and in ASCII only, so that it survives every way of saving it."""
    return filled("task.xml", night, user=_user(night)).encode("ascii", "xmlcharrefreplace").decode()


def registration(night: ScheduledRun, xml: str) -> list[str]:
    """The command that registers the task; it asks for the user's password itself ("*"), which then stands nowhere."""
    return ["schtasks", "/Create", "/F", "/TN", night.name, "/XML", xml, "/RU", _user(night), "/RP", "*"]


def install(night: ScheduledRun) -> str:
    """Register the task, in place of an older one of the same configuration. Raises SyncError."""
    if started := _started(night):
        refuse_another(night, text("schedule.the_task", name=night.name), started)
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / f"{night.name}.xml"
        xml.write_text(task(night), encoding="utf-16")
        try:
            # not captured: schtasks asks for the password on the terminal
            done = subprocess.run(registration(night, str(xml)), check=False)  # noqa: S603 - a program of the system
        except OSError as error:
            raise SyncError(LazyText("schedule.not_started", program="schtasks", said=said(error))) from None
    if done.returncode:
        raise SyncError(LazyText("schedule.task_refused"))
    return text("schedule.installed", told=_told(night))


def remove(night: ScheduledRun) -> str:
    """Take the task away; returns what was done, "" for nothing. Raises SyncError."""
    started = _started(night)
    if not started or type(night.config)(started) != night.config:
        return ""
    start("schtasks", "/Delete", "/F", "/TN", night.name)
    return text("schedule.removed", what=text("schedule.the_task_itself", name=night.name))


def _started(night: ScheduledRun) -> str:
    """The configuration that the task of this name starts; "" where there is none or it does not say so in our way."""
    # where the Task Scheduler keeps its tasks; what schtasks says of one lacks the letters that a terminal lacks
    path = Path(os.environ.get("SYSTEMROOT", ""), "System32", "Tasks", night.name)
    try:
        there = path.read_text(encoding="utf-16")
    except (OSError, UnicodeError):
        return ""
    found = re.search(r"<Arguments>.*--config (.*)</Arguments>", there)
    return html.unescape(found[1]).strip('"') if found else ""


def advice(night: ScheduledRun) -> str:
    """What to do with the printed task."""
    xml = f"{night.name}.xml"
    simple = ["schtasks", "/Create", "/F", "/TN", night.name, "/SC"]
    simple += ["ONSTART"] if night.watch else ["DAILY", "/ST", f"{night.at:%H:%M}"]
    simple += ["/TR", subprocess.list2cmdline(night.command), "/RU", _user(night), "/RP", "*"]
    return text(
        "schedule.advice_windows",
        xml=xml,
        command=subprocess.list2cmdline(registration(night, xml)),
        simple=subprocess.list2cmdline(simple),
        told=_told(night),
    )


def _told(night: ScheduledRun) -> str:
    return text("schedule.asks_for_password", user=_user(night), credentials=_credentials(night), name=night.name)


def _credentials(night: ScheduledRun) -> str:
    if night.with_file:
        return text("schedule.credentials_there", path=night.credentials)
    keyring = str(PureWindowsPath(night.program[0]).with_name("keyring.exe"))
    lines = [subprocess.list2cmdline([keyring, "set", KEYRING_SERVICE, name]) for name in night.variables]
    return text("schedule.into_keyring", lines="".join(f"\n  {line}" for line in lines))


def _user(night: ScheduledRun) -> str:
    if night.run_as:
        return night.run_as
    domain = os.environ.get("USERDOMAIN")
    return f"{domain}\\{getpass.getuser()}" if domain else getpass.getuser()
