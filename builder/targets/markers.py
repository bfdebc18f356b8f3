"""Evaluate the marker of a requirement for an image: Linux x86_64 with CPython."""

from __future__ import annotations

from functools import cache

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.version import InvalidVersion

from builder.core import paths
from builder.facts.load import load_pythons
from builder.facts.pythons import minor

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


def full_version(python: str) -> str:
    """Return the full version of an image's Python: `3.13.5` for `3.13`, as Debian or uv brings it."""
    known = load_pythons(paths.data("images")).full_version(minor(python))
    return (known or f"{python}.0") if minor(python) == python else python


@cache
def applies(text: str, python: str) -> bool:
    """Return whether an image with this Python (3.13) needs a requirement."""
    marker = Requirement(text).marker
    full = full_version(python)
    versions = {"python_version": minor(full), "python_full_version": full, "implementation_version": full}
    try:
        return marker is None or marker.evaluate({**_IMAGE, **versions})
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion):
        return True
