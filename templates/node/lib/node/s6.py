"""The supervisor's side of a node: state of services, and waiting for their readiness."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from node.paths import PATHS, Paths

POLL_SECONDS = 0.02


class Service(NamedTuple):
    """One supervised service. `pid` is 0 while it is down."""

    name: str
    up: bool
    ready: bool
    pid: int


def names(paths: Paths = PATHS) -> list[str]:
    """The enabled services of this run."""
    try:
        found = os.listdir(paths.services)
    except FileNotFoundError:
        return []
    return sorted(name for name in found if not name.startswith("."))


def service(name: str, paths: Paths = PATHS) -> Service:
    """The state of a service; down where s6 does not know it (yet)."""
    command = ["s6-svstat", "-o", "up,ready,pid", f"{paths.services}/{name}"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        return Service(name, False, False, 0)
    up, ready, pid = found.stdout.split()
    return Service(name, up == "true", ready == "true", max(int(pid), 0))


def wait_ready(services: Sequence[str], deadline: float, paths: Paths = PATHS) -> bool:
    """Wait until each service is ready; False at the deadline (time.monotonic() seconds)."""
    directories = [f"{paths.services}/{name}" for name in services]
    # A supervisor that has not started yet sends no event to wait for.
    if not poll(lambda: all(os.path.exists(f"{d}/supervise/status") for d in directories), deadline):
        return False
    milliseconds = max(int((deadline - time.monotonic()) * 1000), 1)
    command = ["s6-svwait", "-U", "-a", "-t", str(milliseconds), *directories]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def poll(condition: Callable[[], bool], deadline: float) -> bool:
    """Whether `condition` came true before the deadline; for what has no event."""
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
