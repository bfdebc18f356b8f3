"""Read what a source distribution says of itself, without running any of it."""

from __future__ import annotations

import re
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

# What is read of a tree; of the rest only the names count.
_READ = re.compile(r"(pyproject\.toml|setup\.py|setup\.cfg|PKG-INFO|[^/]+\.egg-info/requires\.txt)")
_LIMIT = 2_000_000
_CUDA_SOURCE = (".cu", ".cuh")


@dataclass(frozen=True)
class SourceTree:
    """The names of a project's files, relative to its folder, and the texts that describe its build."""

    names: tuple[str, ...]
    texts: Mapping[str, str]

    @classmethod
    def of(cls, files: Iterable[tuple[str, bytes]]) -> SourceTree:
        """Return the tree of these files."""
        names, texts = [], {}
        for name, content in files:
            names.append(name)
            if _READ.fullmatch(name) and len(content) <= _LIMIT:
                texts[name] = content.decode(errors="replace")
        return cls(tuple(names), texts)

    @property
    def build_requires(self) -> tuple[str, ...]:
        """Return what its pyproject.toml needs to build it, or what PEP 517 has for a project without."""
        system = self._pyproject.get("build-system")
        found = system.get("requires") if isinstance(system, dict) else None
        return tuple(map(str, found)) if isinstance(found, list) else ("setuptools", "wheel")

    @property
    def requires(self) -> tuple[str, ...]:
        """Return what it needs when installed, as far as its files say; the built wheel has the last word.

        By its own project table, else as its maintainer's build wrote it down.
        """
        project = self._pyproject.get("project", {})
        if "name" in project and "dependencies" not in project.get("dynamic", ()):
            return tuple(map(str, project.get("dependencies", ())))
        listed = tuple(HeaderParser().parsestr(self.texts.get("PKG-INFO", "")).get_all("Requires-Dist", ()))
        egg = next((text for name, text in self.texts.items() if name.endswith("/requires.txt")), "")
        return listed or tuple(_egg_requires(egg))

    def mentions(self, package: str) -> bool:
        """Return whether its build imports a package or asks for it."""
        asked = any(re.match(rf"{package}\b", text) for text in self.build_requires)
        return asked or bool(re.search(rf"(?m)^\s*(import|from) {package}\b", self.texts.get("setup.py", "")))

    @property
    def has_cuda(self) -> bool:
        """Return whether it holds CUDA code, which takes nvcc."""
        return any(name.endswith(_CUDA_SOURCE) for name in self.names)

    @property
    def _pyproject(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.texts.get("pyproject.toml", ""))
        except tomllib.TOMLDecodeError:
            return {}


def read_sdist(path: Path) -> SourceTree:
    """Return the tree of a source distribution, whose files lie in one folder of the archive."""
    return SourceTree.of((name.partition("/")[2], content) for name, content in _members(path))


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of an archive; content only of those that are read."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield name, archive.read(name) if _READ.fullmatch(name.partition("/")[2]) else b""
        return
    with tarfile.open(path) as tar:
        for member in tar:
            wanted = member.isfile() and _READ.fullmatch(member.name.partition("/")[2])
            opened = tar.extractfile(member) if wanted else None
            yield member.name, opened.read() if opened else b""


def _egg_requires(text: str) -> Iterator[str]:
    """Yield the requirements of setuptools' requires.txt; sections are `[extra:marker]`."""
    extra, marker = "", ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("["):
            extra, _, marker = line.strip("[]").partition(":")
        elif not extra and _valid(line):
            yield f"{line} ; {marker}" if marker else line


def _valid(text: str) -> bool:
    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True
