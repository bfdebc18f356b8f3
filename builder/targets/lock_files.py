"""Locate the lock files of a target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from builder.core import paths
from builder.facts.load import load_pythons
from builder.lock.lockfiles import BASE, LockFiles
from builder.targets.target import Target

if TYPE_CHECKING:
    from builder.facts.models import Versions


def lock_files(target: Target, versions: Versions, images: Path | None = None) -> LockFiles:
    """Return a target's lock files: in `images/locks`, or in the folder of a user's target file.

    All targets share JupyterLab's lock, except those whose system has another Python, or with extensions.
    """
    locks = (images or paths.data("images")) / "locks"
    stem = target.user_file.with_suffix("") if target.user_file else locks / target.name
    ending = ".lock.txt" if target.user_file else ".txt"
    of_image = load_pythons(paths.data("images")).of_image(target.python, target.base)
    has_own_jupyter = of_image.system != versions.python or target.jupyter.extensions
    return LockFiles(
        venv=stem.with_name(stem.name + ending),
        jupyter=stem.with_name(f"{stem.name}.jupyter{ending}") if has_own_jupyter else locks / "jupyter.txt",
        base=locks / BASE,
    )
