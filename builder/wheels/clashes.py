"""Wheels of a lock that write the same file with other content: what is installed last wins. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from builder.wheels.libraries import WheelLibraries

# What counts is what Python imports and what is loaded: texts, tests and a project's own tools hurt nobody.
_CODE = (".py", ".pyi")
_LIBRARY = re.compile(r".*\.so(\.[^/]*)?")
_ASIDE = ("tests/", "test/", "docs/", "doc/", "examples/", "scripts/", "tools/", "benchmarks/")
_TOOLS = ("build_backend.py", "conftest.py", "setup.py")


@dataclass(frozen=True)
class Clash:
    """Two wheels that write the same files; `larger` brings more in the modules of these files.

    `modules` are the top folders, or files, in question.
    """

    larger: str
    smaller: str
    modules: tuple[str, ...]
    files: int


def clashes(wheels: Mapping[str, WheelLibraries]) -> list[Clash]:
    """List pairs of wheels that overwrite each other's code, sorted by name."""
    owners: dict[str, dict[int, str]] = {}
    shared: dict[tuple[str, str], list[str]] = {}
    for name, wheel in sorted(wheels.items()):
        for path, checksum in wheel.files.items():
            if _is_code(path):
                others = owners.setdefault(path, {})
                for other in {owner for known, owner in others.items() if known != checksum}:
                    shared.setdefault((other, name), []).append(path)
                others.setdefault(checksum, name)
    return [_clash(pair, paths, wheels) for pair, paths in sorted(shared.items())]


def _is_code(path: str) -> bool:
    code = path.endswith(_CODE) or _LIBRARY.fullmatch(path) is not None
    return code and not path.startswith(_ASIDE) and path not in _TOOLS


def _clash(pair: tuple[str, str], paths: list[str], wheels: Mapping[str, WheelLibraries]) -> Clash:
    modules = tuple(sorted({path.partition("/")[0] for path in paths}))

    def size(name: str) -> int:
        return sum(path.partition("/")[0] in modules for path in wheels[name].files)

    smaller, larger = sorted(pair, key=size)
    return Clash(larger, smaller, modules, len(paths))
