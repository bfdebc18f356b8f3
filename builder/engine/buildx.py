"""Require a buildx that is new enough."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from packaging.version import Version

from builder.core import cache
from builder.core.errors import NoEngineError, Problem

_MINIMUM = Version("0.13")
_RECORD = "buildx.json"
_PLUGINS = tuple(
    f"/usr/{folder}/docker/cli-plugins" for folder in ("lib", "libexec", "local/lib", "local/libexec")
)


def require() -> None:
    """Raise NoEngineError if buildx is missing or too old; the answer is cached until a program changes."""
    state = _state()
    if cache.load(_RECORD) == state:
        return
    version = buildx_version()
    if version < _MINIMUM:
        raise NoEngineError(
            Problem(
                f"docker buildx {_MINIMUM} or newer is needed, found {version}",
                "apt-get install docker-buildx (Debian, Ubuntu) or update Docker Desktop",
            )
        )
    cache.store(_RECORD, state)


def buildx_version() -> Version:
    """Return the version of buildx, 0 without one or with podman, which answers with buildah's.

    `0.13.1+ds1` is Debian's, `v0.30.1-desktop.1` Docker Desktop's.
    """
    done = subprocess.run(["docker", "buildx", "version"], capture_output=True, text=True)
    match = re.search(r"docker/buildx v?(\d+(?:\.\d+)+)", done.stdout)
    return Version(match[1] if match else "0")


def _state() -> dict[str, int]:
    """Return when docker and each buildx that it may run were changed, in nanoseconds."""
    return {str(file): file.stat().st_mtime_ns for file in _programs() if file.is_file()}


def _programs() -> Iterator[Path]:
    yield Path(shutil.which("docker") or "/nowhere")
    settings = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    for folder in (settings / "cli-plugins", *map(Path, _PLUGINS)):
        yield folder / "docker-buildx"
