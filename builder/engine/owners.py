"""Label what a process makes in the engine: what a killed one left is told from what a living one uses."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping

from builder.core.process import start_time

HOST, PID, STARTED = (f"dev.tailbox.{name}" for name in ("host", "pid", "started"))


def owner_labels(pid: int | None = None) -> dict[str, str]:
    """Return the labels of what this process makes, or another one of this host."""
    pid = pid or os.getpid()
    return {HOST: platform.node(), PID: str(pid), STARTED: start_time(pid) or ""}


def is_dead(labels: Mapping[str, str]) -> bool:
    """Return whether the process that made this was one of this host, and has ended."""
    if labels.get(HOST) != platform.node() or not labels.get(PID, "").isdigit():
        return False
    return start_time(int(labels[PID])) != labels.get(STARTED)
