"""Read and compare locked wheels: a target's Python packages by version and hash, as uv pins them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from builder.core.errors import InvalidInputError, Problem
from builder.lock.changes import VersionChange, compare_versions


@dataclass(frozen=True)
class Pin:
    """A package of a lock: canonical name, version, and its lines with every hash."""

    name: str
    version: Version
    text: str

    @property
    def hashes(self) -> tuple[str, ...]:
        """Return the SHA-256 of every file that the lock allows."""
        return tuple(re.findall(r"sha256:([0-9a-f]{64})", self.text))

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


def read_pins(path: Path) -> tuple[Pin, ...]:
    """Read a lock file; without a file there are no pins. Raises InvalidInputError."""
    try:
        return parse_pins(path.read_text()) if path.is_file() else ()
    except ValueError as error:
        raise InvalidInputError(
            Problem(f"{path} is not a lock file: {error}", "remove it, then tailbox lock")
        ) from None


@lru_cache
def parse_pins(text: str) -> tuple[Pin, ...]:
    """Parse a requirements file as `uv pip compile --generate-hashes` writes it.

    Targets share JupyterLab's lock: the same text is parsed once.
    """
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    return tuple(_pin(block) for block in blocks if re.match(r"[A-Za-z0-9]", block))


def _pin(block: str) -> Pin:
    match = re.match(r"([A-Za-z0-9._-]+)==(\S+)", block)
    if not match:
        raise ValueError(f"{block.splitlines()[0]!r} pins no version")
    return Pin(canonicalize_name(match[1]), Version(match[2]), block.rstrip() + "\n")


def compare_pins(old: Iterable[Pin], new: Iterable[Pin]) -> tuple[VersionChange, ...]:
    """List the differences of two locks by package."""
    before, after = ({pin.name: str(pin.version) for pin in pins} for pins in (old, new))
    return compare_versions(before, after)


def unsatisfied(requirements: Iterable[str], pins: tuple[Pin, ...]) -> list[str]:
    """List the requirements that the pins do not satisfy."""
    versions = {pin.name: pin.version for pin in pins}
    return [text for text in requirements if not _satisfied(Requirement(text), versions)]


def _satisfied(requirement: Requirement, versions: dict[str, Version]) -> bool:
    version = versions.get(canonicalize_name(requirement.name))
    return version is not None and requirement.specifier.contains(version, prereleases=True)
