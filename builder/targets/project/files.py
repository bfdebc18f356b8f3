"""Read what a target file names: requirements, a conda environment, or a project with those beside it."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from builder.core import files
from builder.core.errors import Where
from builder.targets.project import conda, local, pyproject, requirements_txt, setup_cfg, setup_py
from builder.targets.project.reading import Reading

READERS: dict[str, ModuleType] = {
    "pyproject.toml": pyproject,
    "setup.cfg": setup_cfg,
    "setup.py": setup_py,
}


def requirements(path: Path, where: Where, beside: Path, into: Reading) -> None:
    """Read what `requirements` names in a target file that lies in the folder `beside`."""
    path = files.real(path)
    if conda.is_conda(path):
        into.attempt(conda.read, path, where)
    else:
        into.attempt(requirements_txt.read, path, where, local.root(path, beside))
    _folders(into)


def project(path: Path, where: Where, into: Reading) -> None:
    """Read what `project` names: a pyproject.toml, or a file that older projects have."""
    path = files.real(path)
    into.attempt(READERS.get(path.name, pyproject).read, path, where, frozenset())
    _folders(into)


def _folders(into: Reading) -> None:
    """Read the projects that were named by their folder, and those that these name."""
    while into.folders:
        folder, place, extras = into.folders.pop()
        if (folder, extras) not in into.seen:
            into.seen.add((folder, extras))
            into.attempt(_folder, folder, place, extras)


def _folder(folder: Path, place: Where, extras: frozenset[str], into: Reading) -> None:
    """Read what the project in a folder needs, from the first file that says it.

    Where none does, the file that names its own folder says it.
    """
    for name, reader in READERS.items():
        if (folder / name).is_file() and reader.says_dependencies(folder / name):
            reader.read(folder / name, place, extras, into)
            return
    if folder == place.path.parent:
        return
    into.refuse(f"no file in {folder} says what the project needs", "write it into requirements.txt", place)
