"""Compare two locks by package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class VersionChange:
    """A package's locked version and the newest one; either is empty if the package comes or goes.

    A version may carry a hash (`8.14.1-2 sha256:...`), which counts if the versions are equal.
    """

    package: str
    locked: str
    newest: str

    def __str__(self) -> str:
        locked, newest = (text.partition(" ")[0] for text in (self.locked, self.newest))
        if locked == newest:
            return f"{self.package} {locked} has other content"
        return f"{self.package} {locked or '(new)'} -> {newest or '(gone)'}"


@dataclass(frozen=True)
class Relocked:
    """A lock file that was written, and what changed in it."""

    path: Path
    changes: tuple[VersionChange, ...]

    def lines(self) -> list[str]:
        """List what changed; for a first lock only say how much it holds."""
        if self.changes and not any(row.locked for row in self.changes):
            return [f"{len(self.changes)} packages"]
        return [str(row) for row in self.changes]


def compare_versions(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[VersionChange, ...]:
    """List the packages that come, go or change, sorted by name."""
    names = sorted(before.keys() | after.keys())
    rows = (VersionChange(name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(row for row in rows if row.locked != row.newest)
