"""Locks between commands that run side by side on one machine."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from builder.core import console


@contextmanager
def exclusive(file: Path, activity: str) -> Iterator[None]:
    """Hold the lock of a file. Where another command holds it, say so, naming its `activity`, and wait."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.note(f"waiting for another tailbox command, which is {activity}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
