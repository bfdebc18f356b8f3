"""The lock of a target: two environments, Debian packages and the base image, and where each is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from builder.lock.debian import read_debian_lock
from builder.lock.pins import Pin, read_pins

BASE = "base-image.txt"


@dataclass(frozen=True)
class Lock:
    """The two environments of an image: the user's (/opt/venv) and JupyterLab's (/opt/jupyter).

    `debian` is the version of each Debian package, `base` the base image by its digest, both empty where
    they were never locked.
    """

    venv: tuple[Pin, ...]
    jupyter: tuple[Pin, ...]
    debian: Mapping[str, str] = field(default_factory=dict)
    base: str = ""


@dataclass(frozen=True)
class LockFiles:
    """Where the two environments of a target, and the base image of all, are locked."""

    venv: Path
    jupyter: Path
    base: Path

    @property
    def debian(self) -> Path:
        """Where its Debian packages are locked."""
        return self.venv.with_suffix(".debian.txt")


def read(files: LockFiles) -> Lock:
    """The lock of a target; empty parts where nothing is locked yet."""
    return Lock(
        venv=read_pins(files.venv),
        jupyter=read_pins(files.jupyter),
        debian=read_debian_lock(files.debian),
        base=files.base.read_text().strip() if files.base.is_file() else "",
    )
