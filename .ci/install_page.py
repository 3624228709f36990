"""Follows docs/install-linux.md word for word on a bare Debian 12, as root: `python .ci/install_page.py TREE WHEELS [shares]`.

The machine is a folder that debootstrap fills, entered by chroot; TREE is the copy of the project that the page speaks of,
WHEELS a folder of the packages that it installs, so that nothing depends on how this machine reaches an index. Ends with an error
where a command of the page does, where the run is not verified, or where more than results and archive is left after the removal.
With `shares` it follows docs/shares.md as well, and somebody of the office works by Samba.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from commands import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN, SECRET = "7ab1c0ffee7ab1c0ffee7ab1c0ffee77", "5eca3f" * 10 + "5eca"
PORT = 18417
URL = f"http://127.0.0.1:{PORT}/api/stable/api.php"
CONTACT = {"id": 90001, "confirmation": "nicht gesetzt", "feedback": "inaktiv"}
SEED = {"appointments": [{"id": 70001, "start": "2099-12-02T09:00:00+01:00", "contacts": [CONTACT]}], "addresses": [90001]}
#: To the questions of `init`: language, office, drop folder, results, how they are reached, archive, state folder, address, rate,
#: whether to store token and secret, how much a run may change, and whether the answers that many offices give shall count.
ANSWERS = ["de", "Musterhaus", "", "", r"\\server\abgleich\results", "", "", URL, "", "j", TOKEN, SECRET, "", "n"]
SHEET = "Termin-ID;Adress-ID;Terminbestätigung\r\n70001;90001;bestätigt\r\n"
#: What comes and goes on any machine, or is asked for by the first block.
RESTLESS = (
    "proc/",
    "sys/",
    "dev/",
    "run/",
    "tmp/",
    "root/",
    "var/cache/",
    "var/log/",
    "var/lib/apt/",
    "var/lib/dpkg/",
    "wheels/",
)
#: No systemd runs in a folder: systemctl sets up what the next start of the machine would start, and starts nothing now.
SYSTEMCTL = """\
#!/bin/sh
SYSTEMD_OFFLINE=1 exec /usr/bin/systemctl $(printf '%s\\n' "$@" | grep -vx -e --now)
"""
MINUTES = 10


#: A row that is right and one that is not, so that a correction file comes back.
SECOND_SHEET = "Termin-ID;Adress-ID;Terminbestätigung\r\n70001;90001;gesendet\r\n70001;90001;gesandt\r\n"
SMB_PORT = 14450
PASSWORD = "geheim"  # noqa: S105 - of a share on a machine that lives for minutes


def main(tree: Path, wheels: Path, more: str = "") -> None:
    """Install, run, remove."""
    with tempfile.TemporaryDirectory(prefix="onoffice-sync-debian-") as directory:
        machine = Machine(Path(directory))
        machine.make(tree, wheels)
        with machine.mounted():
            machine.follow("packages")
            began, before = time.monotonic(), machine.paths()
            machine.follow("folders", "program")
            with machine.simulator():
                machine.follow("init", given="\n".join(ANSWERS))
                machine.follow("doctor")
                machine.drop()
                machine.follow("run")
            machine.follow("schedule")
            took = time.monotonic() - began
            machine.check_run()
            if more == "shares":
                machine.share()
            machine.follow("remove")
            if not more:  # Samba stays
                machine.check_nothing_is_left(before)
    sys.stdout.write(f"installed, run and removed; up to the first night it took {took:.0f} s\n")
    if took > MINUTES * 60:
        sys.exit(f"the page promises {MINUTES} minutes")


class Machine:
    """A bare Debian in a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        pages = [Path("docs", name).read_text(encoding="utf-8") for name in ("install-linux.md", "shares.md")]
        self._page = commands(pages[0]) | commands(pages[1])

    def make(self, tree: Path, wheels: Path) -> None:
        """Fill the folder: Debian, the project, its packages."""
        subprocess.run(["debootstrap", "--variant=minbase", "--include=systemd", "bookworm", self._root], check=True)
        self._root.chmod(0o755)  # everybody on this Debian may enter it
        shutil.copytree(tree, self._root / "root/onoffice-relation-sync", ignore=shutil.ignore_patterns(".venv*", ".git"))
        shutil.copytree(wheels, self._root / "wheels")
        systemctl = self._root / "usr/local/sbin/systemctl"
        systemctl.write_text(SYSTEMCTL, encoding="utf-8")
        systemctl.chmod(0o755)
        (self._root / "etc/hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n", encoding="utf-8")
        (self._root / "etc/pip.conf").write_text("[global]\nno-index = true\nfind-links = /wheels\n", encoding="utf-8")

    @contextmanager
    def mounted(self) -> Iterator[None]:
        """With what every machine has in /proc."""
        subprocess.run(["mount", "-t", "proc", "proc", self._root / "proc"], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", self._root / "proc"], check=True)

    def follow(self, *names: str, given: str = "") -> None:
        """Type the blocks of the page as they stand there."""
        for name in names:
            sys.stdout.write(f"--- {name}\n{self._page[name]}")
            sys.stdout.flush()
            subprocess.run(self._shell(self._page[name]), input=f"{given}\n", encoding="utf-8", check=True, env=self._environment)

    def _shell(self, command: str) -> list[str | Path]:
        return ["chroot", self._root, "/bin/bash", "-euo", "pipefail", "-c", f"cd /root/onoffice-relation-sync\n{command}"]

    @property
    def _environment(self) -> dict[str, str]:
        """What a person who logs in has, and how this machine reaches the network."""
        proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return {"PATH": path, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8", **proxies}

    @contextmanager
    def simulator(self) -> Iterator[None]:
        """onOffice, played by the installed program itself."""
        (self._root / "tmp/seed.json").write_text(json.dumps(SEED), encoding="utf-8")
        command = f"exec onoffice-sync simulate --port {PORT} --token {TOKEN} --secret {SECRET} --seed /tmp/seed.json"
        with subprocess.Popen(self._shell(command), stdout=subprocess.PIPE, env=self._environment) as process:
            assert process.stdout
            process.stdout.readline()
            try:
                yield
            finally:
                process.terminate()

    def drop(self) -> None:
        """What somebody of the office does."""
        path = self._root / "srv/onoffice-sync/drop/termine.csv"
        path.write_text(SHEET, encoding="utf-8")
        path.chmod(0o640)  # the group is handed down by the folder

    def check_run(self) -> None:
        """The one row is done, and a look has proved it; the night is set up."""
        (report,) = (self._root / "srv/onoffice-sync/results").glob("*/report.json")
        ((row,),) = ([*file["rows"]] for file in json.loads(report.read_text(encoding="utf-8"))["files"])
        assert (row["outcome"], row["verified"]) == ("updated", True), row
        units = self._root / "etc/systemd/system"
        assert (units / "onoffice-sync-musterhaus.service").is_file()
        assert (units / "timers.target.wants/onoffice-sync-musterhaus.timer").is_symlink()

    def share(self) -> None:
        """Somebody of the office drops a sheet in a subfolder of her own, and corrects what comes back, by Samba."""
        self.follow("samba")
        self.follow("samba-user", given=f"{PASSWORD}\n{PASSWORD}")
        self._run("apt-get install -y --no-install-recommends smbclient")
        (self._root / "tmp/neu.csv").write_text(SECOND_SHEET, encoding="utf-8")
        serve = self._shell(f"exec smbd --foreground --no-process-group -p {SMB_PORT}")
        # a session of its own: at its end it ends its whole process group
        with subprocess.Popen(serve, env=self._environment, start_new_session=True) as smbd:
            try:
                time.sleep(5)
                self._smb("mkdir drop/anna; put /tmp/neu.csv drop/anna/neu.csv")
                with self.simulator():
                    self._run("sudo -u onoffice-sync onoffice-sync run || test $? -eq 3")
                assert not (self._root / "srv/onoffice-sync/drop/anna/neu.csv").exists()
                (correction,) = (self._root / "srv/onoffice-sync/results").rglob("*neu.csv*korrigieren*.xlsx")
                name = correction.relative_to(self._root / "srv/onoffice-sync")
                self._smb(f'get "{name}" /tmp/correction.xlsx; put /tmp/correction.xlsx "{name}"; rmdir drop/anna')
            finally:
                smbd.terminate()

    def _smb(self, commands: str) -> None:
        """What a person does in the share; smbclient says only in words that something went wrong."""
        typed = f"smbclient //127.0.0.1/abgleich -p {SMB_PORT} -U anna%{PASSWORD} -c '{commands}'"
        done = subprocess.run(self._shell(typed), capture_output=True, encoding="utf-8", check=False, env=self._environment)
        assert done.returncode == 0, done
        assert "NT_STATUS" not in done.stdout, done.stdout

    def _run(self, command: str) -> None:
        subprocess.run(self._shell(command), check=True, env=self._environment)

    def paths(self) -> set[str]:
        """Everything that is there, but for what comes and goes."""
        found = set()
        for folder, below, names in os.walk(self._root):
            place = Path(folder).relative_to(self._root)
            below[:] = [name for name in below if not f"{place / name}/".startswith(RESTLESS)]
            found |= {str(place / name) for name in (*below, *names)}
        return found

    def check_nothing_is_left(self, before: set[str]) -> None:
        """After the removal only what staff dropped and got is there."""
        left = {path for path in self.paths() - before if not path.startswith("srv/onoffice-sync")}
        backups = {
            path
            for path in left
            if path in {"etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-"}
        }
        assert left == backups, sorted(left - backups)
        assert "onoffice-sync" not in (self._root / "etc/passwd").read_text(encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
