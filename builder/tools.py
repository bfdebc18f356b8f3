"""Programs and wheels that the tool itself uses."""

from __future__ import annotations

import sys
from pathlib import Path

from builder.run import run


def uv() -> str:
    """The uv that was installed with this tool, never another one on PATH."""
    return str(Path(sys.executable).parent / "uv")


def install_locked(lock: Path, folder: Path, failure: str, *options: str) -> None:
    """Unpack the wheels of a lock into a folder, each checked by its hash. Raises TailboxError."""
    command = [uv(), "pip", "install", "--quiet", "--target", str(folder), "--require-hashes"]
    run([*command, *options, "-r", str(lock)], failure, "check the network and the index of pip, then repeat")
