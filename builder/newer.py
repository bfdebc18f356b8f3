"""What differs between two locks, by package, and which file it went to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Newer:
    """A package of a lock: the version it holds and the newer one; empty where it comes or goes."""

    package: str
    locked: str
    newest: str

    def __str__(self) -> str:
        return f"{self.package} {self.locked or '(new)'} -> {self.newest or '(gone)'}"


@dataclass(frozen=True)
class Relocked:
    """A lock file that was written, and what changed in it."""

    path: Path
    changes: tuple[Newer, ...]


def versions_compared(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Newer, ...]:
    """The packages that come, go or change, sorted by name."""
    names = sorted(before.keys() | after.keys())
    rows = (Newer(name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(row for row in rows if row.locked != row.newest)
