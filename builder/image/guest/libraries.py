"""Find libraries that lack something that they load: runs inside an image, on the standard library alone."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from builder.wheels import elf
from builder.wheels.elf import Linkage

_LIBRARY = re.compile(r".*\.so(\..*)?")
_MODULE = re.compile(r"(?!lib).*\.so")
# What the driver brings when a container starts.
_DRIVER = ("libcuda.so.", "libcudadebugger.so.", "libnvcuvid.so.", "libnvidia-")
_SBIN = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}


def unmet(site: Path) -> list[tuple[str, str, str, bool]]:
    """List the wheel, the library, what it lacks, and whether a module is linked with it, sorted.

    A need is met by what lies in the library's own search path, by the system, and by a library of this name
    in any wheel: who needs that has imported it before, or names its folder.
    """
    libraries = dict(_libraries(site))
    known = _system() | {path.name for path in libraries} | {one.soname for one in libraries.values()}
    rows = [
        (path, name)
        for path, linkage in libraries.items()
        for name in linkage.needed
        if name not in known and not name.startswith(_DRIVER) and not _beside(name, path, linkage)
    ]
    owners, imported = (_owners(site), _imported(libraries)) if rows else ({}, set())
    named = ((str(path.relative_to(site)), name, path in imported) for path, name in rows)
    return sorted((owners.get(path, ""), path, name, by_module) for path, name, by_module in named)


def _imported(libraries: dict[Path, Linkage]) -> set[Path]:
    """Return Python's modules and all that they are linked with: the rest is loaded when it is asked for."""
    by_name = {name: path for path, one in libraries.items() for name in (path.name, one.soname)}
    todo = [path for path in libraries if _MODULE.fullmatch(path.name)]
    for path in todo:
        needed = (by_name.get(name) for name in libraries[path].needed)
        todo += [other for other in dict.fromkeys(needed) if other and other not in todo]
    return set(todo)


def _libraries(site: Path) -> Iterator[tuple[Path, Linkage]]:
    for folder, _, names in os.walk(site):
        for path in (Path(folder, name) for name in names if _LIBRARY.fullmatch(name)):
            if path.is_file() and (linkage := elf.read_file(path)):
                yield path, linkage


def _system() -> set[str]:
    """Return what the loader finds by itself."""
    listed = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, env=_SBIN).stdout
    return {line.split()[0] for line in listed.splitlines()[1:] if line.strip()}


def _beside(name: str, library: Path, linkage: Linkage) -> bool:
    folders = (path.replace("$ORIGIN", str(library.parent)) for path in linkage.runpath)
    return any(Path(folder, name).exists() for folder in folders if folder)


def _owners(site: Path) -> dict[str, str]:
    """Return the wheel of each file, as their records say."""
    records = site.glob("*.dist-info/RECORD")
    return {
        line.partition(",")[0]: record.parent.name.partition("-")[0]
        for record in records
        for line in record.read_text(errors="replace").splitlines()
    }
