"""Evaluate the marker of a requirement for an image: Linux x86_64 with CPython."""

from __future__ import annotations

from functools import cache

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.version import InvalidVersion

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


@cache
def applies(text: str, python: str) -> bool:
    """Return whether an image with this Python (3.13) needs a requirement. Like uv, take 3.13 as 3.13.0."""
    marker = Requirement(text).marker
    full = f"{python}.0"
    versions = {"python_version": python, "python_full_version": full, "implementation_version": full}
    try:
        return marker is None or marker.evaluate({**_IMAGE, **versions})
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion):
        return True
