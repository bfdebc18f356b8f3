"""What the node is at this moment: services, tailnet, problems, boot times."""

import contextlib
import os
import time
from collections.abc import Iterator
from typing import NamedTuple

from node import files, problems, s6
from node.contract import settings
from node.contract.settings import Settings
from node.paths import PATHS, Paths
from node.problems import Problem
from node.s6 import Service
from node.tailnet import localapi
from node.tailnet.localapi import Tailnet

LOOP = 3  # bin/backoff lets a service that ended more often in a row wait


class Status(NamedTuple):
    """All of it, read once."""

    services: tuple[Service, ...]
    tailnet: Tailnet
    problems: tuple[Problem, ...]
    boot: dict[str, int]
    looping: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """One line for each thing that keeps the node from being ready."""
        lines = [
            f"service {s.name}: {'not ready yet' if s.up else 'down'}" for s in self.services if not s.ready
        ]
        if not self.services:
            lines.append("services: the node has not booted")
        if not self.tailnet.reachable:
            lines.append(f"tailnet: {self.tailnet.state}{', no relay yet' if self.tailnet.running else ''}")
        return lines

    @property
    def broken(self) -> list[str]:
        """One line for each thing that a new start of the container would cure.

        Being away from the tailnet is none: the node comes back by itself, and a restart would cost
        people's work.
        """
        lines = [f"service {name}: keeps ending" for name in self.looping]
        if not self.services:
            lines.append("services: the node has not booted")
        elif self.tailnet.state == "down" and "tailscaled" not in self.looping:
            lines.append("tailscaled: does not answer")
        return lines

    @property
    def ready(self) -> bool:
        return not self.missing


def status(paths: Paths = PATHS) -> Status:
    """The node's present status. Errors: none; what does not answer is down."""
    services = tuple(s6.service(name, paths) for name in s6.names(paths))
    looping = tuple(name for name in s6.names(paths) if s6.deaths(name, paths) > LOOP)
    known = (*problems.kept(paths), *map(keeps_ending, looping))
    return Status(services, localapi.tailnet(paths), known, boot_times(paths), looping)


def keeps_ending(name: str) -> Problem:
    """A service that its supervisor starts again and again, later and later."""
    return Problem(
        f"{name} keeps ending; it is started again every 30 s at the latest.",
        f"Read `nodectl logs {name}`, correct the cause, then `nodectl restart {name}`.",
    )


def wait_ready(deadline: float, paths: Paths = PATHS) -> Status:
    """The status as soon as the node is ready, else at `deadline` (time.monotonic() seconds).

    Waits by events. What ends such a wait early (services that are still being laid out, a supervisor or
    a daemon that starts again) is followed by another look.
    """
    found = status(paths)
    while not found.ready and time.monotonic() < deadline:
        wait_events(deadline, paths)
        found = status(paths)
        if not found.ready:
            time.sleep(s6.POLL_SECONDS)
    return found


def wait_events(deadline: float, paths: Paths) -> None:
    """Until the services are ready and the node runs in its tailnet, or something ends.

    A home relay, the last thing to come, sends no event.
    """
    # Before this mark the entrypoint may still be laying services out: those there would pass for all.
    if not s6.poll(lambda: os.path.exists(f"{paths.boot}/entrypoint"), deadline):
        return
    if not s6.wait_once(s6.names(paths), deadline, paths):
        return
    with contextlib.suppress(OSError):  # the deadline, or a daemon that went away
        for _ in localapi.changes(deadline, paths):
            if localapi.tailnet(paths).running:
                return


def boot_times(paths: Paths = PATHS) -> dict[str, int]:
    """Milliseconds from the start of PID 1 to each mark of the boot; a mark is a file's time."""
    start = process_start(files.read("/proc/1/stat"))
    marks: dict[str, int] = {}
    with contextlib.suppress(FileNotFoundError):  # a new boot removes the marks of the one before
        for entry in os.scandir(paths.boot):
            marks[entry.name] = round((entry.stat().st_mtime - start) * 1000)
    return dict(sorted(marks.items(), key=lambda mark: mark[1]))


def process_start(stat: str) -> float:
    """Start of a process in seconds of the wall clock, from /proc/PID/stat (resolution 10 ms)."""
    ticks = int(stat.rpartition(")")[2].split()[19])
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")


class Addresses(NamedTuple):
    """How people reach the node. Empty where a way is off, or while the node has no name."""

    ssh: tuple[str, ...]
    jupyter: str
    host_key: str


def addresses(known: Settings, name: str, paths: Paths = PATHS) -> Addresses:
    """Commands and URLs for the node called `name`. Errors: OSError where Jupyter's token cannot be read."""
    return Addresses(
        tuple(ssh_commands(known, name)),
        jupyter_url(known, name, paths),
        fingerprint(paths) if known.ssh.sshd else "",
    )


def ssh_commands(known: Settings, name: str) -> Iterator[str]:
    if name and known.ssh.tailscale:
        yield f"ssh root@{name}"
    if name and known.ssh.sshd:
        yield f"ssh -p 2222 dev@{name}"


def jupyter_url(known: Settings, name: str, paths: Paths) -> str:
    from urllib.parse import quote  # only this command needs it

    if not name or not known.jupyter:
        return ""
    return f"http://{name}:{known.jupyter_port}/lab?token={quote(files.read(paths.token), safe='')}"


def fingerprint(paths: Paths) -> str:
    """The host key's SHA256 fingerprint as ssh prints it; empty before sshd made the key."""
    import base64
    import hashlib

    fields = files.read_or(paths.host_key).split()
    if len(fields) < 2:
        return ""
    digest = hashlib.sha256(base64.b64decode(fields[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def load_settings(paths: Paths = PATHS) -> Settings | None:
    """The settings of this boot, or nothing before it."""
    try:
        return settings.load(paths)
    except FileNotFoundError:
        return None
