"""What the libraries of an image's wheels lack, and which Debian package has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from builder.core import paths
from builder.image.contents import Contents


@dataclass(frozen=True)
class Lack:
    """A library that no wheel and no Debian package of an image brings; `package` has it, if one does.

    `wheels` need it in `libraries` of their files, of which `example` is one.
    """

    name: str
    package: str
    wheels: tuple[str, ...]
    libraries: int
    example: str

    def __str__(self) -> str:
        of = f", Debian's {self.package} has it" if self.package else ""
        rest = f" and {self.libraries - 1} more" if self.libraries > 1 else ""
        return f"{', '.join(self.wheels)}: {self.example}{rest} cannot load {self.name}{of}"


def lacking(contents: Contents, debian: str) -> list[Lack]:
    """List what modules need and do not find in an image on a Debian release: what Debian has comes first."""
    packages = debian_libraries(debian)
    by_name: dict[str, list[tuple[str, str]]] = {}
    for wheel, library, name, by_module in contents.unmet:
        if by_module:
            by_name.setdefault(name, []).append((wheel, library))
    found = [_lack(name, packages.get(name, ""), needed) for name, needed in sorted(by_name.items())]
    return sorted(found, key=lambda lack: (not lack.package, lack.wheels))


def on_request(contents: Contents) -> dict[str, list[str]]:
    """Return what else is missing, by wheel: parts need it that are loaded when a program asks for them."""
    found: dict[str, set[str]] = {}
    for wheel, _, name, by_module in contents.unmet:
        if not by_module:
            found.setdefault(wheel, set()).add(name)
    return {wheel: sorted(names) for wheel, names in sorted(found.items())}


def _lack(name: str, package: str, needed: Iterable[tuple[str, str]]) -> Lack:
    wheels, libraries = zip(*needed, strict=True)
    return Lack(name, package, tuple(sorted(set(wheels))), len(libraries), libraries[0])


@lru_cache
def debian_libraries(release: str) -> dict[str, str]:
    """Return which package of a Debian release has each library; none of a release that has no table."""
    table: Path = paths.data("images") / "debian" / f"{release}.txt"
    lines = table.read_text().splitlines()[1:] if table.is_file() else []
    return {name: package for name, _, package in (line.partition(" ") for line in lines)}
