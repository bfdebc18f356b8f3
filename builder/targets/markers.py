"""Evaluate the marker of a requirement for an image: Linux x86_64 with CPython."""

from __future__ import annotations

from functools import cache

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

_IMAGE = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "sys_platform": "linux",
}
# The newest releases that Debian has of its own Pythons (13 and 12).
_DEBIAN = {"3.11": "3.11.2", "3.13": "3.13.5"}


def full_version(python: str) -> str:
    """The full version of an image's Python: `3.13.5` for `3.13`."""
    return _DEBIAN.get(python, f"{python}.0") if len(Version(python).release) == 2 else python


@cache
def applies(text: str, python: str) -> bool:
    """Return whether an image with this Python (3.13) needs a requirement."""
    marker = Requirement(text).marker
    full = full_version(python)
    minor = ".".join(full.split(".")[:2])
    versions = {"python_version": minor, "python_full_version": full, "implementation_version": full}
    try:
        return marker is None or marker.evaluate({**_IMAGE, **versions})
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion):
        return True
