"""What the files around a project ask of the machine: Python, CUDA, Debian packages, VS Code."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from builder.core.errors import Where
from builder.core.notes import Note

_CUDA_IMAGE = re.compile(r"nvidia/cuda:(\d+\.\d+)|-cuda(\d+\.\d+)|python-cuda(\d\d)(\d)\b")
_PYTHON_IMAGE = re.compile(r"(?:^|/)(?:python|devcontainers/python):(?:\d+-)?(3\.\d+)")
_DEBIAN_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
# What an image has of its own Python, whatever a project's system calls it.
_OWN_PYTHON = re.compile(
    r"python3?(\.\d+)?(-(pip|dev|venv|distutils|full|setuptools|wheel|is-python3))?|python-is-python3"
)


@dataclass
class Surroundings:
    """Each with the line that says it; `unplaced` is what has no place in a target, and what to do."""

    pythons: dict[str, Where] = field(default_factory=dict)
    cudas: dict[str, Where] = field(default_factory=dict)
    apt: dict[str, Where] = field(default_factory=dict)
    extensions: dict[str, Where] = field(default_factory=dict)
    env: dict[str, tuple[str, Where]] = field(default_factory=dict)
    unplaced: list[Note] = field(default_factory=list)

    def python(self, version: str, where: Where) -> None:
        """Take a Python that is named exactly: `3.11.7` stands for 3.11."""
        if found := re.match(r"3\.\d+", version.strip()):
            self.pythons.setdefault(found[0], where)

    def image(self, name: str, where: Where) -> None:
        """Take what the name of an image says; the image itself is not used."""
        cuda, python = _CUDA_IMAGE.search(name), _PYTHON_IMAGE.search(name)
        if cuda:
            self.cudas.setdefault(cuda[1] or cuda[2] or f"{cuda[3]}.{cuda[4]}", where)
        if python:
            self.python(python[1], where)
        if not (cuda or python) and not re.search(r"(^|/)(debian|ubuntu|scratch)\b", name):
            self.leave(f"the image {name}", "write `from:` to build on it", where)

    def debian(self, names: list[str], where: Where) -> None:
        """Take Debian packages, without the Python that an image has anyway."""
        for name in (one.partition("=")[0].partition(":")[0] for one in names):
            if _DEBIAN_NAME.fullmatch(name) and not _OWN_PYTHON.fullmatch(name):
                self.apt.setdefault(name, where)
            elif not _OWN_PYTHON.fullmatch(name):
                self.leave(name, "not the name of a Debian package", where)

    def leave(self, what: str, remedy: str, where: Where) -> None:
        """Name what has no place."""
        if (note := Note(what, remedy, where)) not in self.unplaced:
            self.unplaced.append(note)
