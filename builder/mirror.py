"""Where a Debian host takes Debian's main archive from, so that a build uses the same."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from builder import record

_RECORD = "debian-mirror.json"
_SOURCES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/apt.conf.d", "/var/lib/apt/lists")


def debian_mirror() -> str | None:
    """The address, None on another system. apt may take a second to tell, so its answer is kept."""
    if not shutil.which("apt-get"):
        return None
    kept, now = record.kept(_RECORD), _state()
    if kept.get("state") != now:
        kept = {"state": now, "mirror": _ask()}
        record.keep(_RECORD, kept)
    mirror: str | None = kept["mirror"]
    return mirror


def _state() -> dict[str, int]:
    """When apt's configuration and lists changed last, in nanoseconds."""
    places = [Path(place) for place in _SOURCES]
    files = [file for place in places for file in (place, *sorted(place.glob("*.*"))) if file.exists()]
    return {str(file): file.stat().st_mtime_ns for file in files}


def _ask() -> str | None:
    command = ["apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(COMPONENT) $(REPO_URI)"]
    done = subprocess.run(command, capture_output=True, text=True)
    found = (line.removeprefix("Debian Debian main ") for line in done.stdout.splitlines())
    return next((uri for uri in found if uri.startswith("http")), None)
