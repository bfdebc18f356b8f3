"""`tailbox outdated`: what a lock holds that has a newer version which fits."""

from __future__ import annotations

from builder import catalog, lock, paths
from builder.newer import Newer
from builder.resolve import select


def outdated(reference: str) -> tuple[Newer, ...]:
    """The packages of a target's lock that a fresh lock would hold in another version."""
    known = catalog.known_facts()
    wanted = catalog.loaded(reference, known)
    files = catalog.lock_files(wanted, known)
    locks = paths.data("images") / "locks"
    fresh = lock.compile_requirements(
        select(wanted, known).requirements, wanted.python, locks, files.venv, None
    )
    return lock.compare(lock.read(files).venv, lock.parse(fresh))
