"""Lock what is built from source: the wheels that each build takes, and what it needs of the image."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from builder.lock.pins import Pin, parse_pins, read_pins

_HEADER = re.compile(r"(?m)^# to build (\S+):(.*)$")


@dataclass(frozen=True)
class BuildLock:
    """What builds one package: wheels by hash, and whether the image's framework and nvcc take part.

    `name` is that of a package, or the path of a folder beside the target.
    """

    name: str
    framework: bool
    nvcc: bool
    pins: tuple[Pin, ...]

    @property
    def text(self) -> str:
        """Return its part of the lock file."""
        needs = "".join(f" {need}" for need in ("framework", "nvcc") if getattr(self, need))
        return f"# to build {self.name}:{needs}\n" + "".join(pin.text for pin in self.pins)


def read_source_lock(path: Path) -> tuple[BuildLock, ...]:
    """Read a lock file; without a file nothing is built. Raises InvalidInputError."""
    if not path.is_file():
        return ()
    read_pins(path)
    _, *parts = _HEADER.split(path.read_text())
    rows = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return tuple(
        BuildLock(name, "framework" in needs.split(), "nvcc" in needs.split(), parse_pins(pins))
        for name, needs, pins in rows
    )


def write_source_lock(path: Path, builds: Iterable[BuildLock]) -> None:
    """Write the lock file, or remove it where nothing is built."""
    text = "".join(build.text for build in builds)
    if text:
        path.write_text(text)
    else:
        path.unlink(missing_ok=True)
