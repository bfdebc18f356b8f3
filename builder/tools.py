"""Programs and wheels that the tool itself uses."""

from __future__ import annotations

import sys
from pathlib import Path

from builder.core import tempdirs
from builder.core.process import run


def uv() -> str:
    """The uv that was installed with this tool, never another one on PATH."""
    return str(Path(sys.executable).parent / "uv")


def install_locked(lock: Path, folder: Path, failure: str, *options: str) -> None:
    """Make a folder of the wheels of a lock, each checked by its hash. Raises TailboxError."""
    with tempdirs.filled(folder) as place:
        command = [uv(), "pip", "install", "--quiet", "--target", str(place), "--require-hashes"]
        remedy = "check the network and the index of pip, then repeat"
        run([*command, *options, "-r", str(lock)], failure, remedy)
