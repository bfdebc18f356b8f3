"""Lock the Debian packages of a target, and the base image that they lie on."""

from __future__ import annotations

from builder.image.verify import debian_packages
from builder.lock.changes import Relocked, compare_versions
from builder.lock.debian import write_debian_lock
from builder.pipeline.build import build_target


def relock_debian(name: str) -> Relocked:
    """Build a target, and lock the base and the Debian packages that came."""
    built = build_target(name)
    path = built.workspace.lock_files(built.workspace.select(name).target).debian
    packages = debian_packages(built.plan, built.contents.debian, built.contexts, built.engine)
    write_debian_lock(path, packages)
    return Relocked(path, compare_versions(built.plan.debian_lock, packages))
