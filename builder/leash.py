"""Programs that mount things and must not outlive us, nor leave their mounts, however we end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

Words = Sequence[str | Path]


def leashed(command: Words) -> list[str | Path]:
    """The command as root starts it: its mounts are its own, and it is told to end when we have ended.

    Process id and signals are the program's: both tools replace themselves by it.
    """
    return ["unshare", "--mount", "setpriv", "--pdeathsig", "TERM", *command]
