"""Lock out other commands on the same machine."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from builder.core import console


@contextmanager
def exclusive(file: Path, activity: str) -> Iterator[None]:
    """Hold the lock of a file; if another command holds it, name its `activity` and wait.

    Links are not followed: root's locks lie where everybody may write.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.note(f"waiting for another tailbox command, which is {activity}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
