"""A package index in a folder, of wheels and source distributions that are made up."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

_NONE: Mapping[str, bytes] = {}


class PackageIndex:
    """A folder as PEP 503 lays out an index; `url` names it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = folder.as_uri()

    def wheel(
        self,
        name: str,
        version: str,
        *requires: str,
        tag: str = "py3-none-any",
        files: Mapping[str, bytes] = _NONE,
    ) -> Path:
        """Add a wheel, by default of its metadata alone."""
        stem = f"{name.replace('-', '_')}-{version}"
        path = self._path(name, f"{stem}-{tag}.whl")
        with zipfile.ZipFile(path, "w") as archive:
            info = f"{stem}.dist-info"
            for file, content in files.items():
                archive.writestr(file, content)
            archive.writestr(f"{info}/METADATA", metadata(name, version, *requires))
            archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
            archive.writestr(f"{info}/RECORD", "")
        return self._listed(path)

    def sdist(self, name: str, version: str, files: Mapping[str, str]) -> Path:
        """Add a source distribution of these files."""
        stem = f"{name.replace('-', '_')}-{version}"
        path = self._path(name, f"{stem}.tar.gz")
        with tarfile.open(path, "w:gz") as archive:
            for file, text in files.items():
                member = tarfile.TarInfo(f"{stem}/{file}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
        return self._listed(path)

    def _path(self, name: str, file: str) -> Path:
        path = self._folder / canonicalize_name(name) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _listed(self, path: Path) -> Path:
        """Put a file with its hash on the page of its package."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with (path.parent / "index.html").open("a") as page:
            page.write(f'<a href="{path.name}#sha256={digest}">{path.name}</a>\n')
        return path


def metadata(name: str, version: str, *requires: str, standard: str = "2.1") -> str:
    """Return a METADATA or PKG-INFO."""
    lines = [f"Metadata-Version: {standard}", f"Name: {name}", f"Version: {version}"]
    return "\n".join([*lines, *(f"Requires-Dist: {text}" for text in requires)]) + "\n"
