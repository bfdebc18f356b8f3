"""Folders that last no longer than this process: what a killed one leaves, a later one sweeps."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from builder.core import paths

_PREFIX = "tailbox-folder-"
_NAME = re.compile(rf"{_PREFIX}\d+-")
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
    made, lock = _made(place)
    try:
        yield made
    finally:
        _remove(made)
        os.close(lock)


@contextmanager
def filled(kept: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `kept` when the block ends well: whole or not at all.

    Where another command was first, its folder stays.
    """
    with folder(kept.parent) as place:
        filling = place / kept.name
        filling.mkdir()
        yield filling
        try:
            filling.rename(kept)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise


def sweep(place: Path) -> None:
    """Remove this user's folders there that no process holds any more: they can be gigabytes."""
    for left in place.iterdir():
        if _NAME.match(left.name) and _is_ours(left) and (lock := _lock(left)) is not None:
            _remove(left)
            os.close(lock)


def _made(place: Path) -> tuple[Path, int]:
    """A new folder with its lock. Another command may sweep it before it is locked: then one more."""
    while True:
        made = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place))
        if (lock := _lock(made)) is not None:
            return made, lock


def _is_ours(folder: Path) -> bool:
    """Anybody may lay something of this name in /tmp: a link there could lead anywhere."""
    with suppress(FileNotFoundError):
        found = folder.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return False


def _lock(folder: Path) -> int | None:
    """The folder's lock, free once closed or its process is gone; None where another holds or removed it."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder.lstat()
    except (BlockingIOError, FileNotFoundError):
        os.close(lock)
        return None
    return lock


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
