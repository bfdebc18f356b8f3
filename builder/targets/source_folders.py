"""Read the folders of a target whose projects are built into its image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builder.core.errors import InvalidInputError, Problem, Where
from builder.core.files import absent
from builder.lock.source_tree import SourceTree

_LIMIT_MB = 64
_SKIPPED = ("__pycache__", "build", "dist", "node_modules")


@dataclass(frozen=True)
class SourceFolder:
    """A project to build: its path as the target names it, and its files, each with its path in there."""

    name: str
    files: tuple[tuple[str, bytes], ...]

    @property
    def tree(self) -> SourceTree:
        """Return what it says of itself."""
        return SourceTree.of(self.files)


def read_folder(name: str, beside: Path, where: Where) -> tuple[SourceFolder]:
    """Read a project of the user's own. Raises InvalidInputError."""
    folder = beside / name
    if not folder.is_dir():
        raise InvalidInputError(absent(folder, where))
    if not any((folder / file).is_file() for file in ("pyproject.toml", "setup.py")):
        what = f"{folder} is no Python project"
        raise InvalidInputError(Problem(what, "name a folder with pyproject.toml or setup.py", where))
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _skipped(path, folder)]
    if sum(path.stat().st_size for path in paths) > _LIMIT_MB * 1e6:
        raise InvalidInputError(Problem(f"{folder} holds more than {_LIMIT_MB} MB", "keep data out", where))
    return (SourceFolder(name, tuple((str(path.relative_to(folder)), path.read_bytes()) for path in paths)),)


def _skipped(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return any(part in _SKIPPED or part.startswith(".") or part.endswith(".egg-info") for part in parts[:-1])
