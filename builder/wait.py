"""Waiting for something that sends no event: looked at often, with a deadline that names it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from builder.errors import Problem, TailboxError

_INTERVAL = 0.05


def until(arrived: Callable[[], bool], seconds: float, what: str) -> None:
    """Return when `arrived()` is true. Raises TailboxError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not arrived():
        if time.monotonic() > deadline:
            raise TailboxError(Problem(f"waited {seconds:g} s in vain for {what}"))
        pause.wait(_INTERVAL)
