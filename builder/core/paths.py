"""Where things lie: the project's data, what is rendered, and the cache of this user."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
_PACKAGED = Path(__file__).resolve().parents[1] / "data"


def data(room: str) -> Path:
    """`images` or `templates`: beside the package in a checkout, inside it when installed."""
    packaged = _PACKAGED / room
    return packaged if packaged.is_dir() else PROJECT / room


def build_dir(target: str) -> Path:
    """Where the files of a target are rendered: `build/<target>` in the working directory."""
    return Path.cwd() / "build" / target


def cache() -> Path:
    """Downloads and binaries that outlive a checkout: `$XDG_CACHE_HOME/tailbox`."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "tailbox"


def own_facts() -> Path:
    """Releases that a user read from wheels: `$XDG_CONFIG_HOME/tailbox/releases.yaml`."""
    root = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(root) / "tailbox" / "releases.yaml"
