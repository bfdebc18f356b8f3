"""Processes of this host."""

from __future__ import annotations

import subprocess
from pathlib import Path


def started(pid: int) -> str | None:
    """When a process of this host started, so that a later one with its id differs; None if none runs."""
    if Path("/proc/self/stat").exists():
        try:
            # The command's name is in parentheses and may hold anything; the start time is field 22.
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        except (FileNotFoundError, ProcessLookupError):
            return None
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip() or None
