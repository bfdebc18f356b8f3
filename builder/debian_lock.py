"""Debian's packages of a target, by version, as they were when it was locked; what was built is held to them.

Debian's mirrors keep one version of a package: a lock can be kept as long as the mirror has not moved on, or
where the host takes its packages from a dated snapshot. So a difference is told, and refused only where a
person says so: security updates must not wait for a lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from builder import say
from builder.errors import Problem, TailboxError
from builder.lock import Newer, versions_compared


class NotKept(TailboxError):
    """A build gives other packages than its lock names."""


def write(path: Path, found: Mapping[str, str]) -> None:
    """Lock what was found."""
    path.write_text("".join(f"{name}={version}\n" for name, version in sorted(found.items())))


def hold(locked: Mapping[str, str], found: Mapping[str, str], *, strictly: bool) -> None:
    """Tell what differs from the lock, where there is one; raises NotKept where it must not."""
    rows = versions_compared(locked, found) if locked else ()
    if rows and strictly:
        raise NotKept(_problem(rows))
    if rows:
        some = ", ".join(map(str, rows[:3])) + (f" and {len(rows) - 3} more" if rows[3:] else "")
        say.note(f"Debian's packages are not those of the lock: {some}")


def _problem(rows: tuple[Newer, ...]) -> Problem:
    what = "\n  ".join(["Debian's packages are not those of the lock:", *map(str, rows)])
    return Problem(what, "tailbox lock --debian, or let apt take them from a dated snapshot of its mirror")
