"""Name what the libraries of a built image lack, and the Debian packages that have it."""

from __future__ import annotations

from builder.core import console
from builder.image.contents import Contents
from builder.image.lacking import Lack, lacking, on_request
from builder.resolve.plan import Plan


def report(reference: str, plan: Plan, contents: Contents) -> list[Lack]:
    """Print what an image's libraries lack, what Debian has first, and return it."""
    lacks = lacking(contents, plan.debian)
    for lack in lacks:
        console.note(str(lack))
    if packages := missing_packages(lacks):
        console.note(f"add it: packages.apt: [{', '.join(packages)}], or tailbox build {reference} --fix")
    for wheel, names in on_request(contents).items():
        some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
        console.note(f"{wheel}: parts that are loaded on request alone lack {some}")
    return lacks


def missing_packages(lacks: list[Lack]) -> list[str]:
    """Return the Debian packages that have what is lacking, sorted."""
    return sorted({lack.package for lack in lacks if lack.package})
