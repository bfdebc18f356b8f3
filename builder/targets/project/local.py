"""A project by its folder (`-e .`): what it needs is taken, and a note says how it itself comes in."""

from __future__ import annotations

import re
from pathlib import Path

from builder.core import files
from builder.core.errors import Where
from builder.targets.project.reading import Reading

_EXTRAS = re.compile(r"(?P<path>.*?)(?:\[(?P<extras>[^]]*)\])?")


def is_path(line: str) -> bool:
    """Whether a line of a requirements.txt names a folder or a file rather than a package."""
    path = _path_of(line)
    return (
        path in (".", "..")
        or path.startswith(("./", "../", "/", "~"))
        or bool(re.fullmatch(r"[^\s@:;]+\.whl", path))
    )


def _path_of(line: str) -> str:
    found = _EXTRAS.fullmatch(line.partition(";")[0].strip())
    return found["path"] if found else line


def editable(value: str, place: Where, into: Reading) -> None:
    """`-e` of a folder, or of a repository."""
    if "://" in value:
        into.require(value, place)
    else:
        read(value, place, into)


def read(line: str, place: Where, into: Reading) -> None:
    """Take what the project in a folder needs."""
    found = _EXTRAS.fullmatch(line.partition(";")[0].strip())
    path = files.real(place.path.parent / (found["path"] if found else line))
    extras = frozenset(re.findall(r"[\w.-]+", (found and found["extras"]) or ""))
    if path.suffix == ".whl":
        into.refuse(
            f"{path.name} is a wheel beside the target", "put it into an index that `indexes` names", place
        )
        return
    if not path.is_dir():
        into.refuse(f"{path} is not a folder", "correct it; paths are relative to this file", place)
        return
    into.note(line, installed_how(path), place)
    into.folders.append((path, place, extras))


def installed_how(folder: Path) -> str:
    """Say what becomes of a project whose dependencies are taken."""
    return (
        f"its dependencies are taken, the project itself is not installed; copy it with "
        f"files: {{/workspace/{folder.name}: FOLDER}}, then pip install --no-deps -e /workspace/{folder.name}"
    )


def root(path: Path, beside: Path) -> Path:
    """The folder that files named by `path` must lie in: that of the target, or the project's own."""
    if path.is_relative_to(files.real(beside)):
        return beside
    marks = (".git", "pyproject.toml", "setup.py")
    return next((one for one in path.parents if any((one / mark).exists() for mark in marks)), path.parent)
