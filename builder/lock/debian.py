"""Debian's packages of a target, by version and hash, as they were when it was locked.

Debian's mirrors keep one version of a package: a lock can be kept as long as the mirror has not moved on, or
where the host takes its packages from a dated snapshot. A build names the difference and goes on;
`--locked` refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from builder.core import console
from builder.core.errors import InvalidInputError, Problem, TailboxError, Where
from builder.lock.changes import compare_versions

# What the packages lie on is a row like them, and is compared like them.
BASE = "(base)"
_REMEDY = "tailbox lock --debian {}, or take them as they are now: leave out --locked"


class DebianLockMismatchError(TailboxError):
    """A build gives other packages than its lock names."""


def write_debian_lock(path: Path, found: Mapping[str, str]) -> None:
    """Lock what was found."""
    path.write_text("".join(f"{name}={version}\n" for name, version in sorted(found.items())))


def read_debian_lock(path: Path) -> Mapping[str, str]:
    """What was locked, empty where nothing was. Raises InvalidInputError with file:line."""
    lines = path.read_text().splitlines() if path.is_file() else []
    rows = [line.partition("=") for line in lines]
    for number, (name, _, version) in enumerate(rows, start=1):
        if not version:
            where = Where(path, number)
            raise InvalidInputError(
                Problem(f"{name!r} locks no version", "tailbox lock --debian TARGET", where)
            )
    return {name: version for name, _, version in rows}


def verify_debian_lock(
    reference: str, locked: Mapping[str, str], found: Mapping[str, str], *, require_locked: bool
) -> None:
    """Tell what differs from the lock, where there is one; raises DebianLockMismatchError where it must not.

    `reference` is the target as it was named, for the remedy.
    """
    rows = [str(row) for row in compare_versions(locked, found)] if locked else []
    if rows and require_locked:
        what = "\n  ".join(["Debian's packages are not those of the lock:", *rows])
        raise DebianLockMismatchError(Problem(what, _REMEDY.format(reference)))
    if rows:
        some = ", ".join(rows[:3]) + (f" and {len(rows) - 3} more" if rows[3:] else "")
        console.note(f"Debian's packages are not those of the lock: {some}")
