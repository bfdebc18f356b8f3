"""Read and compare locked wheels: a target's Python packages by version and hash, as uv pins them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from builder.core.errors import InvalidInputError, Problem
from builder.lock.changes import VersionChange, compare_versions


@dataclass(frozen=True)
class Pin:
    """A package of a lock: canonical name, version, and its lines with every hash.

    `url` is where its wheel is, empty for one of an index.
    """

    name: str
    version: Version
    text: str
    url: str = ""

    @property
    def hashes(self) -> tuple[str, ...]:
        """Return the SHA-256 of every file that the lock allows."""
        return tuple(re.findall(r"sha256:([0-9a-f]{64})", self.text))

    def __str__(self) -> str:
        return f"{self.name} @ {self.url}" if self.url else f"{self.name}=={self.version}"


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
    text = block.rstrip() + "\n"
    if found := re.match(r"([A-Za-z0-9._-]+)==(\S+)", block):
        return Pin(canonicalize_name(found[1]), Version(found[2]), text)
    found = re.match(r"([A-Za-z0-9._-]+) @ (https?://\S+)", block)
    if not found:
        raise ValueError(f"{block.splitlines()[0]!r} pins no version")
    file = unquote(found[2].partition("#")[0].rpartition("/")[2])
    return Pin(canonicalize_name(found[1]), parse_wheel_filename(file)[1], text, found[2])


def require_named_hashes(text: str) -> None:
    """Raise InvalidInputError where an address names another hash than its file has: uv does not compare."""
    for pin in parse_pins(text):
        named = re.search(r"#(?:.*&)?sha256=([0-9A-Fa-f]+)", pin.url)
        if named and named[1].lower() not in pin.hashes:
            what = f"the file of {pin.name} has SHA-256 {', '.join(pin.hashes)}, its address says {named[1]}"
            raise InvalidInputError(Problem(what, "ask who publishes it, or correct the address"))


def compare_pins(old: Iterable[Pin], new: Iterable[Pin]) -> tuple[VersionChange, ...]:
    """List the differences of two locks by package; a wheel of another address is another one."""
    before, after = ({pin.name: f"{pin.version} {pin.url}".strip() for pin in pins} for pins in (old, new))
    return compare_versions(before, after)


def unsatisfied(requirements: Iterable[str], pins: tuple[Pin, ...]) -> list[str]:
    """List the requirements that the pins do not satisfy."""
    named = {pin.name: pin for pin in pins}
    return [text for text in requirements if not _satisfied(Requirement(text), named)]


def _satisfied(requirement: Requirement, pins: dict[str, Pin]) -> bool:
    pin = pins.get(canonicalize_name(requirement.name))
    if pin is None or (requirement.url and requirement.url != pin.url):
        return False
    return requirement.specifier.contains(pin.version, prereleases=True)
