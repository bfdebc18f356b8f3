"""Locks between commands that run side by side on one machine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from builder.core import console


@contextmanager
def exclusive(file: Path, activity: str) -> Iterator[None]:
    """Hold the lock of a file; while another command has it, say that it is busy with this `activity`.

    The file is never followed through a link nor written to, and no child inherits the lock.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.note(f"another command is {activity}: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
