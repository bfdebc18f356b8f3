"""The supervisor s6: the state of services, their restart, and waiting until they are ready."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from node import files
from node.paths import PATHS, Paths

POLL_SECONDS = 0.02
FORGET_SECONDS = 60  # as in bin/backoff


class Service(NamedTuple):
    """The state of one service. `pid` is 0 while it is down."""

    name: str
    up: bool
    ready: bool
    pid: int


def names(paths: Paths = PATHS) -> list[str]:
    """Return the names of the services that this node runs; none before the boot."""
    try:
        entries = os.listdir(paths.services)
    except FileNotFoundError:
        return []
    return sorted(name for name in entries if not name.startswith("."))


def service(name: str, paths: Paths = PATHS) -> Service:
    """Return the state of a service; it is down where s6 does not know it (yet)."""
    command = ["s6-svstat", "-o", "up,ready,pid", f"{paths.services}/{name}"]
    svstat = subprocess.run(command, capture_output=True, text=True, check=False)
    if svstat.returncode != 0:
        return Service(name, False, False, 0)
    up, ready, pid = svstat.stdout.split()
    return Service(name, up == "true", ready == "true", max(int(pid), 0))


def restart(name: str, seconds: float, paths: Paths = PATHS) -> None:
    """Restart the service, and wait at most `seconds` until it is ready."""
    directory = f"{paths.services}/{name}"
    forget_deaths(directory)
    milliseconds = str(int(seconds * 1000))
    command = ["s6-svc", "-wR", "-T", milliseconds, "-ru", directory]
    if not service(name, paths).up:
        command = ["s6-svc", "-wU", "-T", milliseconds, "-u", directory]
    subprocess.run(command, stderr=subprocess.DEVNULL, check=False)


def forget_deaths(directory: str) -> None:
    """Let the service start at once, even if bin/backoff already makes it wait or is about to.

    The order matters: bin/backoff publishes its pid before it reads the deaths.
    """
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{directory}/data/deaths")
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int(files.read(f"{directory}/data/backoff")), signal.SIGTERM)


def deaths(name: str, paths: Paths = PATHS) -> int:
    """Return how often in a row the service has died; 0 for one that has run for a minute (bin/backoff)."""
    count, _, start = files.read_or(f"{paths.services}/{name}/data/deaths").partition(" ")
    return int(count) if start and time.time() - int(start) < FORGET_SECONDS else 0


def wait_ready(services: Sequence[str], deadline: float, paths: Paths = PATHS) -> bool:
    """Wait until each service is ready. Return False at the deadline (time.monotonic() seconds)."""
    return poll(lambda: wait_once(services, deadline, paths), deadline)


def wait_once(services: Sequence[str], deadline: float, paths: Paths = PATHS) -> bool:
    """Wait for the services' events. Return False also where a supervisor has not started yet, or ends.

    Such a supervisor is back in a moment, so False before the deadline only means: ask again.
    """
    directories = [f"{paths.services}/{name}" for name in services]
    if not all(os.path.exists(f"{directory}/supervise/status") for directory in directories):
        return False
    milliseconds = max(int((deadline - time.monotonic()) * 1000), 1)
    command = ["s6-svwait", "-U", "-a", "-t", str(milliseconds), *directories]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def poll(condition: Callable[[], bool], deadline: float) -> bool:
    """Return whether `condition` becomes true before the deadline; for conditions that send no event."""
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
