"""Which Python an image has: the user's in /opt/venv, and the system's for JupyterLab and the node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from builder.lock.managed_python import ManagedPython


@dataclass(frozen=True)
class ImagePython:
    """The Pythons of one image.

    `full` is the full version of the user's, where it is known: nobody has asked an image that a target's
    `from` names. `system` is the system's as paths have it (3.13), `debian` the release that it comes with.
    `managed` is the user's where uv brings it, else None: then it is the system's.
    """

    full: str
    debian: str
    system: str
    system_full: str
    managed: ManagedPython | None = None

    @property
    def interpreter(self) -> str:
        """What /opt/venv is made with."""
        return f"/opt/python/{self.managed.key}/bin/python3" if self.managed else "/usr/bin/python3"


@dataclass(frozen=True)
class Pythons:
    """The Pythons that there are: `debians` is each Debian release's own, by its full version.

    `debian` is the release that an image stands on unless its Python comes with another.
    """

    debian: str
    debians: Mapping[str, str]
    managed: Mapping[str, ManagedPython]

    def of_image(self, python: str, base: str | None) -> ImagePython:
        """Return the Pythons of an image: the user's (3.12), on the project's Debian or on a `from`."""
        if base:
            return ImagePython(python, self.debian, python, python)
        own = [name for name, full in self.debians.items() if minor(full) == python]
        debian = own[0] if own else self.debian
        system = self.debians[debian]
        build = None if own else self.managed.get(python)
        return ImagePython(self.full_version(python) or python, debian, minor(system), system, build)

    def full_version(self, python: str) -> str:
        """Return the full version of a Python that a Debian or uv brings; empty where none does."""
        own = (full for full in self.debians.values() if minor(full) == python)
        build = self.managed.get(python)
        return next(own, build.version if build else "")

    def known(self) -> list[str]:
        """Return every Python that needs no `from`, the oldest first."""
        found = {*map(minor, self.debians.values()), *self.managed}
        return sorted(found, key=lambda text: [int(part) for part in text.split(".")])


def minor(full: str) -> str:
    """Return a version as a target writes it: `3.13` of `3.13.5`."""
    return ".".join(full.split(".")[:2])
