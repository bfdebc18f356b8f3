"""The present status of the node: services, tailnet, problems, boot times."""

import contextlib
import os
import time
from typing import NamedTuple

from node import files, problems, s6
from node.paths import PATHS, Paths
from node.problems import Problem
from node.s6 import Service
from node.tailnet import localapi
from node.tailnet.localapi import Tailnet

LOOP = 3  # bin/backoff delays a service that has died more often in a row


class Status(NamedTuple):
    """The status, read once. `boot` has each mark's time in ms; `looping` are services that keep ending."""

    services: tuple[Service, ...]
    tailnet: Tailnet
    problems: tuple[Problem, ...]
    boot: dict[str, int]
    looping: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """One line for each thing that the node lacks to be ready."""
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
        """One line for each thing that restarting the container would repair.

        A lost tailnet is not among them: the node comes back by itself, and a restart would cost people's
        work.
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
    """Return the node's present status; what does not answer is down."""
    names = s6.names(paths)
    services = tuple(s6.service(name, paths) for name in names)
    looping = tuple(name for name in names if s6.deaths(name, paths) > LOOP)
    all_problems = (*problems.load(paths), *map(keeps_ending, looping))
    return Status(services, localapi.tailnet(paths), all_problems, boot_times(paths), looping)


def keeps_ending(name: str) -> Problem:
    """Return the problem of a service that its supervisor starts again and again."""
    return Problem(
        f"{name} keeps ending; it starts again after a pause of up to 30 s.",
        f"Read `nodectl logs {name}`, correct the cause, then run `nodectl restart {name}`.",
    )


def wait_ready(deadline: float, paths: Paths = PATHS) -> Status:
    """Return the status as soon as the node is ready, or at `deadline` (time.monotonic() seconds).

    It waits for events. Where such a wait ends early (services that are still being laid out, a supervisor
    or a daemon that restarts), it looks again.
    """
    current = status(paths)
    while not current.ready and time.monotonic() < deadline:
        wait_for_events(deadline, paths)
        current = status(paths)
        if not current.ready:
            time.sleep(s6.POLL_SECONDS)
    return current


def wait_for_events(deadline: float, paths: Paths) -> None:
    """Wait until the services are ready and the node runs in its tailnet, or something ends.

    The home relay comes last, and sends no event.
    """
    # Before this mark the entrypoint may still be laying out services; the first ones would pass for all.
    if not s6.poll(lambda: os.path.exists(f"{paths.boot}/entrypoint"), deadline):
        return
    if not s6.wait_once(s6.names(paths), deadline, paths):
        return
    with contextlib.suppress(OSError):  # the deadline, or tailscaled ended
        for _ in localapi.messages(deadline, paths):
            if localapi.tailnet(paths).running:
                return


def boot_times(paths: Paths = PATHS) -> dict[str, int]:
    """Return the milliseconds from the start of PID 1 to each mark of the boot, a file's time."""
    start = process_start(files.read("/proc/1/stat"))
    marks: dict[str, int] = {}
    with contextlib.suppress(FileNotFoundError):  # a new boot removes the marks of the last one
        for entry in os.scandir(paths.boot):
            marks[entry.name] = round((entry.stat().st_mtime - start) * 1000)
    return dict(sorted(marks.items(), key=lambda mark: mark[1]))


def process_start(stat: str) -> float:
    """Return the start of a process as wall-clock seconds, from /proc/PID/stat (resolution 10 ms)."""
    ticks = int(stat.rpartition(")")[2].split()[19])
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")
