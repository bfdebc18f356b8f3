"""Name what the libraries of a built image lack, and add it to the target where Debian has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from builder.core import console
from builder.image.contents import Contents
from builder.image.lacking import Lack, lacking, on_request
from builder.resolve.plan import Plan
from builder.targets.add_packages import add_apt

if TYPE_CHECKING:
    from builder.pipeline.build import Built


def report(reference: str, plan: Plan, contents: Contents) -> list[Lack]:
    """Print what an image's libraries lack, what Debian has first, and return it."""
    lacks = lacking(contents, plan.debian)
    for lack in lacks:
        console.note(str(lack))
    if packages := _packages(lacks):
        console.note(f"add it: packages.apt: [{', '.join(packages)}], or tailbox build {reference} --fix")
    for wheel, names in on_request(contents).items():
        some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
        console.note(f"{wheel}: parts that are loaded on request alone lack {some}")
    return lacks


def add_missing(references: Sequence[str], built: Sequence[Built]) -> bool:
    """Add the Debian packages that images lack to a user's target files, and say where.

    Returns whether a file was changed. Raises TailboxError.
    """
    added = [_add(reference, one) for reference, one in zip(references, built, strict=True)]
    return any(added)


def _add(reference: str, built: Built) -> bool:
    packages = _packages(lacking(built.contents, built.plan.debian))
    target = built.workspace.select(reference).target
    if not packages or target.user_file is None:
        return False
    where = add_apt(target.user_file, packages)
    console.step(f"{where}: added {', '.join(packages)} to packages.apt")
    return True


def _packages(lacks: list[Lack]) -> list[str]:
    return sorted({lack.package for lack in lacks if lack.package})
