"""Paths of the project's data, the rendered files, and this user's cache and settings."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
_PACKAGED = Path(__file__).resolve().parents[1] / "data"


def data(folder: str) -> Path:
    """Return `images` or `templates`: next to the package in a checkout, inside it when installed."""
    packaged = _PACKAGED / folder
    return packaged if packaged.is_dir() else PROJECT / folder


def build_dir(target: str) -> Path:
    """Return the folder for a target's rendered files: `build/<target>` in the working directory."""
    return Path.cwd() / "build" / target


def cache() -> Path:
    """Return the folder for downloads and binaries that outlive a checkout: `$XDG_CACHE_HOME/tailbox`."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "tailbox"


def user_releases() -> Path:
    """Return the file of the user's releases: `$XDG_CONFIG_HOME/tailbox/releases.yaml`."""
    root = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(root) / "tailbox" / "releases.yaml"
