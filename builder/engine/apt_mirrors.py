"""Find the mirrors from which a Debian host takes its packages, so that a build uses the same."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from builder.core import cache

_RECORD = "debian-mirrors.json"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_LABELS = {"Debian Debian": "main", "Debian Debian-Security": "security"}
_SOURCES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/apt.conf.d", "/var/lib/apt/lists")


def sources(release: str) -> list[str]:
    """Return a Debian release's suites on this host's mirrors as lines of sources.list.

    There are none on another system, and no security updates if the host has none.
    """
    mirrors = _mirrors()
    main, security = mirrors.get("main"), mirrors.get("security")
    lines = [f"deb {main} {release} main", f"deb {main} {release}-updates main"]
    lines += [f"deb {security} {release}-security main"] if security else []
    return lines if main else []


def signed(release: str) -> list[str]:
    """Return the same for an apt of this host, which may not know the keys of another release."""
    return [line.replace("deb ", f"deb [signed-by={_KEYRING}] ", 1) for line in sources(release)]


def _mirrors() -> dict[str, str]:
    """Return this host's mirrors of `main` and `security`; cached, as apt may take a second to answer."""
    if not shutil.which("apt-get"):
        return {}
    record, state = cache.load(_RECORD), _state()
    if record.get("state") != state:
        record = {"state": state, "mirrors": _ask_apt()}
        cache.store(_RECORD, record)
    mirrors: dict[str, str] = record["mirrors"]
    return mirrors


def _state() -> dict[str, int]:
    """Return when apt's configuration and lists last changed, in nanoseconds."""
    places = [Path(place) for place in _SOURCES]
    files = [file for place in places for file in (place, *sorted(place.glob("*.*"))) if file.exists()]
    return {str(file): file.stat().st_mtime_ns for file in files}


def _ask_apt() -> dict[str, str]:
    command = ["apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(COMPONENT) $(REPO_URI)"]
    done = subprocess.run(command, capture_output=True, text=True)
    mirrors: dict[str, str] = {}
    for line in done.stdout.splitlines():
        label, _, address = line.partition(" main ")
        if (name := _LABELS.get(label)) and address.startswith("http"):
            mirrors.setdefault(name, address)
    return mirrors
