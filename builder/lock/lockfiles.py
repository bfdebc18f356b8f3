"""A target's lock: two environments, Debian packages and the base image, each in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from builder.lock.debian import read_debian_lock
from builder.lock.pins import Pin, read_pins
from builder.lock.source_lock import BuildLock, read_source_lock

BASE = "base-image.txt"


@dataclass(frozen=True)
class Lock:
    """The two environments of an image: the user's (/opt/venv) and JupyterLab's (/opt/jupyter).

    `debian` holds the version of each Debian package, `base` the base image of each Debian release by digest,
    one a line; both are empty until they are locked. `builds` are the locks of what is built from source.
    """

    venv: tuple[Pin, ...]
    jupyter: tuple[Pin, ...]
    debian: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    builds: tuple[BuildLock, ...] = ()


@dataclass(frozen=True)
class LockFiles:
    """The files that lock a target's two environments, and the base image of all targets."""

    venv: Path
    jupyter: Path
    base: Path

    @property
    def debian(self) -> Path:
        return self.venv.with_suffix(".debian.txt")

    @property
    def builds(self) -> Path:
        return self.venv.with_suffix(".builds.txt")


def base_of(debian: str, locked: str) -> str:
    """Return a Debian release's line of the locked base images; empty where it has none."""
    lines = locked.splitlines()
    return next((line for line in lines if line.startswith(f"debian:{debian}-slim@")), "")


def read(files: LockFiles) -> Lock:
    """Read a target's lock; parts that are not locked yet are empty."""
    return Lock(
        venv=read_pins(files.venv),
        jupyter=read_pins(files.jupyter),
        debian=read_debian_lock(files.debian),
        base=files.base.read_text().strip() if files.base.is_file() else "",
        builds=read_source_lock(files.builds),
    )
