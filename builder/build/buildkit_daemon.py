"""A BuildKit daemon of our own beside the engine: empty, and gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from builder.build import go_programs
from builder.build.builders import remote
from builder.core import tempdirs
from builder.core.errors import Problem, TailboxError
from builder.core.process import die_with_parent, last_lines, until
from builder.facts.models import Versions

# It is gone soon, so it throws nothing away: when less than a fifth of a disk is free, BuildKit drops what no
# step has in use, such as wheels between the step that fetched them and the one that installs them.
_CONFIG = """[worker.oci]
  enabled = true
  gc = false
  networkMode = "host"
[worker.containerd]
  enabled = false
"""
# An idle machine takes a second.
_STARTS_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class Daemon:
    """A running daemon: the name of its buildx builder, and the folder that all it keeps lies in."""

    name: str
    folder: Path


@contextmanager
def daemon(versions: Versions, place: Path | None = None) -> Iterator[Daemon]:
    """Run a daemon with nothing cached, in a new folder in `place` or the cache. Raises TailboxError."""
    _require()
    program = go_programs.buildkit(versions) / "buildkitd"
    with (
        tempdirs.folder(place) as folder,
        listening(program, folder) as address,
        remote(address) as name,
    ):
        yield Daemon(name, folder)


@contextmanager
def listening(program: Path, folder: Path) -> Iterator[str]:
    """The address of a daemon in this folder, while it runs. Raises TailboxError with its last words.

    The socket lies elsewhere, in a short path: the limit is 107 bytes (unix(7)).
    """
    (folder / "config.toml").write_text(_CONFIG)
    (folder / "tmp").mkdir()
    with tempdirs.folder(tempdirs.temporary()) as short, (folder / "log").open("wb") as log:
        socket = short / "socket"
        options = (
            "--config",
            folder / "config.toml",
            "--root",
            folder / "root",
            "--addr",
            f"unix://{socket}",
        )
        process = subprocess.Popen(
            die_with_parent([program, *options]),
            env={**os.environ, "TMPDIR": str(folder / "tmp")},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            what = "the BuildKit daemon's socket"
            until(lambda: _is_up(process, socket, folder / "log"), _STARTS_WITHIN_SECONDS, what)
            yield f"unix://{socket}"
        finally:
            process.terminate()
            process.wait()


def _is_up(process: subprocess.Popen[bytes], socket: Path, log: Path) -> bool:
    """Return whether it listens. Raises TailboxError with its last lines when it has ended instead."""
    if process.poll() is not None:
        log_end = last_lines(log.read_text(errors="replace"))
        what = f"the BuildKit daemon ended at once, with code {process.returncode}\n{log_end}"
        raise TailboxError(Problem(what, "fix the cause and repeat"))
    return socket.exists()


def _require() -> None:
    """Require Linux, root and runc: a daemon of our own mounts and runs containers itself."""
    if sys.platform != "linux" or os.geteuid() != 0:
        remedy = "repeat as root on Linux, or name a builder: docker buildx create, then --builder NAME"
        raise TailboxError(Problem("a BuildKit daemon beside the engine needs root on Linux", remedy))
    if not shutil.which("runc"):
        raise TailboxError(Problem("runc is not installed", "apt-get install runc"))
