"""Files of the cache in a build context."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def link_or_copy(source: Path, target: Path) -> None:
    """A hard link, or a copy across file systems: BuildKit follows no symbolic link out of a context."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
