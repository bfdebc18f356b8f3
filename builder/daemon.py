"""A BuildKit daemon of our own beside the engine: empty, and gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from builder import builders, golang, paths, wait
from builder.errors import Problem, TailboxError
from builder.facts import Versions

_FOLDER = "tailbox-beside-"
_CONFIG = """[worker.oci]
  enabled = true
  networkMode = "host"
[worker.containerd]
  enabled = false
"""
# On a busy machine; an idle one takes a second.
_STARTS_WITHIN_SECONDS = 240


@dataclass(frozen=True)
class Daemon:
    """A running daemon: the name of its buildx builder, and the folder that all it keeps lies in."""

    name: str
    folder: Path


@contextmanager
def daemon(versions: Versions, beside: Path | None = None) -> Iterator[Daemon]:
    """A daemon with nothing cached, in a folder of its own in `beside` or the cache. Raises TailboxError."""
    _require()
    sweep(room())
    program = golang.buildkitd(versions)
    with tempfile.TemporaryDirectory(prefix=prefix(), dir=beside or room(), ignore_cleanup_errors=True) as at:
        folder = Path(at)
        (folder / "config.toml").write_text(_CONFIG)
        address = f"unix://{folder / 'socket'}"
        options = ("--config", folder / "config.toml", "--root", folder / "root", "--addr", address)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([program, *options], stdout=log, stderr=log, start_new_session=True)
        try:
            wait.until((folder / "socket").exists, _STARTS_WITHIN_SECONDS, "the BuildKit daemon's socket")
            with builders.remote(address) as name:
                yield Daemon(name, folder)
        finally:
            process.terminate()
            process.wait()


def prefix() -> str:
    """How folders of this process begin there, so that a later run can tell that their owner is gone."""
    return f"{_FOLDER}{os.getpid()}-"


def sweep(folder: Path) -> None:
    """Remove what runs that were killed have left: gigabytes of layers."""
    for left in folder.glob(f"{_FOLDER}*"):
        owner = left.name.removeprefix(_FOLDER).partition("-")[0]
        if not Path("/proc", owner).exists():
            shutil.rmtree(left, ignore_errors=True)


def room() -> Path:
    """Where gigabytes may lie for a while: this user's cache, not a /tmp that may be memory."""
    folder = paths.cache()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _require() -> None:
    """A daemon of our own mounts and runs containers itself: that takes Linux, root and runc."""
    if sys.platform != "linux" or os.geteuid() != 0:
        remedy = "repeat as root on Linux, or name a builder: docker buildx create, then --builder NAME"
        raise TailboxError(Problem("a BuildKit daemon beside the engine needs root on Linux", remedy))
    if not shutil.which("runc"):
        raise TailboxError(Problem("runc is not installed", "apt-get install runc"))
