"""Folders that last no longer than this process: what a killed one leaves, a later one sweeps."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from builder import paths

_NAME = "tailbox-scratch-"
_MOUNTS = Path("/proc/self/mounts")


def temporary() -> Path:
    """The place for what is small, or must have a short path."""
    return Path(tempfile.gettempdir())


@contextmanager
def folder(place: Path | None = None) -> Iterator[Path]:
    """An empty folder in `place` that only this user can read, removed afterwards; `place` is swept first.

    Without a place it lies in this user's cache: /tmp may be memory, and it may take gigabytes.
    """
    place = place or paths.cache()
    place.mkdir(parents=True, exist_ok=True)
    sweep(place)
    made = Path(tempfile.mkdtemp(prefix=f"{_NAME}{os.getpid()}-", dir=place))
    try:
        yield made
    finally:
        _remove(made)


def sweep(place: Path) -> None:
    """Remove the folders there whose process is gone: they can be gigabytes."""
    for left in place.glob(f"{_NAME}*"):
        if not _lives(int(left.name.removeprefix(_NAME).partition("-")[0])):
            _remove(left)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove(folder: Path) -> None:
    """Without what is mounted in it, such as /proc: that is not ours to delete."""
    for mount in reversed(_mounted_in(folder)):
        subprocess.run(["umount", "--lazy", mount], capture_output=True)
    if not _mounted_in(folder):
        shutil.rmtree(folder, ignore_errors=True)


def _mounted_in(folder: Path) -> list[Path]:
    """Mount points in a folder, the outer before the inner."""
    if not _MOUNTS.is_file():
        return []
    places = (line.split()[1].replace("\\040", " ") for line in _MOUNTS.read_text().splitlines())
    return [Path(place) for place in places if Path(place).is_relative_to(folder.resolve())]
