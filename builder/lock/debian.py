"""Lock a target's Debian packages by version and hash.

Debian's mirrors keep one version of a package: a build can follow the lock as long as the mirror has not
moved on, or if the host uses a dated snapshot. A build reports differences; `--locked` refuses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from builder.core import console
from builder.core.errors import InvalidInputError, Problem, TailboxError, Where
from builder.lock.changes import compare_versions

# The row of the base image, which is compared like a package.
BASE = "(base)"
_REMEDY = "tailbox lock --debian {}, or take them as they are now: leave out --locked"


class DebianLockMismatchError(TailboxError):
    """An image holds other packages than its lock."""


def write_debian_lock(path: Path, installed: Mapping[str, str]) -> None:
    path.write_text("".join(f"{name}={version}\n" for name, version in sorted(installed.items())))


def read_debian_lock(path: Path) -> Mapping[str, str]:
    """Return the locked versions, none without a lock. Raises InvalidInputError with file:line."""
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
    reference: str, locked: Mapping[str, str], installed: Mapping[str, str], *, require_locked: bool
) -> None:
    """Report what differs from the lock; with `require_locked` raise DebianLockMismatchError instead.

    `reference` is the target as the user named it, for the remedy.
    """
    rows = [str(row) for row in compare_versions(locked, installed)] if locked else []
    if rows and require_locked:
        what = "\n  ".join(["Debian's packages are not those of the lock:", *rows])
        raise DebianLockMismatchError(Problem(what, _REMEDY.format(reference)))
    if rows:
        some = ", ".join(rows[:3]) + (f" and {len(rows) - 3} more" if rows[3:] else "")
        console.note(f"Debian's packages are not those of the lock: {some}")
