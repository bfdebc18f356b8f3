"""A package index in a folder, of wheels and source distributions that are made up."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from packaging.utils import canonicalize_name


class PackageIndex:
    """A folder as PEP 503 lays out an index; `url` names it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = folder.as_uri()

    def wheel(self, name: str, version: str, *requires: str, tag: str = "py3-none-any") -> Path:
        """Add a wheel that holds nothing but its metadata."""
        stem = f"{name.replace('-', '_')}-{version}"
        path = self._listed(name, f"{stem}-{tag}.whl")
        with zipfile.ZipFile(path, "w") as archive:
            info = f"{stem}.dist-info"
            archive.writestr(f"{info}/METADATA", metadata(name, version, *requires))
            archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
            archive.writestr(f"{info}/RECORD", "")
        return path

    def sdist(self, name: str, version: str, files: Mapping[str, str]) -> Path:
        """Add a source distribution of these files."""
        stem = f"{name.replace('-', '_')}-{version}"
        path = self._listed(name, f"{stem}.tar.gz")
        with tarfile.open(path, "w:gz") as archive:
            for file, text in files.items():
                member = tarfile.TarInfo(f"{stem}/{file}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
        return path

    def _listed(self, name: str, file: str) -> Path:
        """Put a file on the page of its package, and return its path."""
        path = self._folder / canonicalize_name(name) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with (path.parent / "index.html").open("a") as page:
            page.write(f'<a href="{file}">{file}</a>\n')
        return path


def metadata(name: str, version: str, *requires: str, standard: str = "2.1") -> str:
    """Return a METADATA or PKG-INFO."""
    lines = [f"Metadata-Version: {standard}", f"Name: {name}", f"Version: {version}"]
    return "\n".join([*lines, *(f"Requires-Dist: {text}" for text in requires)]) + "\n"
