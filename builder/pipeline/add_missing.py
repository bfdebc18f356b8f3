"""Add to a user's target the Debian packages that its image's libraries lack."""

from __future__ import annotations

from collections.abc import Sequence

from builder.core import console
from builder.image.lacking import lacking
from builder.pipeline.build import Built
from builder.pipeline.lacking import missing_packages
from builder.targets.add_packages import add_apt


def add_missing(references: Sequence[str], built: Sequence[Built]) -> bool:
    """Add the Debian packages that images lack to a user's target files, and say where.

    Returns whether a file was changed. Raises TailboxError.
    """
    added = [_add(reference, one) for reference, one in zip(references, built, strict=True)]
    return any(added)


def _add(reference: str, built: Built) -> bool:
    packages = missing_packages(lacking(built.contents, built.plan.debian))
    target = built.workspace.select(reference).target
    if not packages or target.user_file is None:
        return False
    where = add_apt(target.user_file, packages)
    console.step(f"{where}: added {', '.join(packages)} to packages.apt")
    return True
