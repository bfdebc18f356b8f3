"""Temporary folders that go with this process; a later process sweeps what a killed one leaves."""

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
    """Return the place for what is small or needs a short path."""
    return Path(tempfile.gettempdir())


@contextmanager
def folder(place: Path | None = None) -> Iterator[Path]:
    """Sweep `place`, and yield an empty folder in it that only this user can read; remove it afterwards.

    The default place is this user's cache: the folder may take gigabytes, and /tmp may be memory.
    """
    place = place or paths.cache()
    place.mkdir(parents=True, exist_ok=True)
    sweep(place)
    created, lock = _create(place)
    try:
        yield created
    finally:
        _remove(created)
        os.close(lock)


@contextmanager
def filled(target: Path) -> Iterator[Path]:
    """Yield a folder to fill, and rename it to `target` when the block succeeds: whole or not at all.

    If another command was first, its folder stays.
    """
    with folder(target.parent) as place:
        filling = place / target.name
        filling.mkdir()
        yield filling
        try:
            filling.rename(target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise


def sweep(place: Path) -> None:
    """Remove this user's folders in `place` that no process holds any more."""
    for left in place.iterdir():
        if _NAME.match(left.name) and _is_ours(left) and (lock := _lock(left)) is not None:
            _remove(left)
            os.close(lock)


def _create(place: Path) -> tuple[Path, int]:
    """Create a folder and lock it; start over if another command sweeps it in between."""
    while True:
        created = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place))
        if (lock := _lock(created)) is not None:
            return created, lock


def _is_ours(folder: Path) -> bool:
    """Return whether this user made the folder: in /tmp anybody may plant a link of this name."""
    with suppress(FileNotFoundError):
        status = folder.lstat()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return False


def _lock(folder: Path) -> int | None:
    """Lock a folder until the descriptor closes; None if another process holds or has removed it."""
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
    """Unmount what is mounted in a folder, such as /proc, then delete it."""
    for mount in reversed(_mounted_in(folder)):
        subprocess.run(["umount", "--lazy", mount], capture_output=True)
    if not _mounted_in(folder):
        shutil.rmtree(folder, ignore_errors=True)


def _mounted_in(folder: Path) -> list[Path]:
    """List the mount points in a folder, the outer before the inner."""
    if not _MOUNTS.is_file():
        return []
    places = (line.split()[1].replace("\\040", " ") for line in _MOUNTS.read_text().splitlines())
    return [Path(place) for place in places if Path(place).is_relative_to(folder.resolve())]
