"""Dependencies that a pyproject.toml leaves to its build: read where it names the files that hold them."""

from __future__ import annotations

from typing import Any

from builder.targets.project import requirements_txt, setup_cfg, setup_py
from builder.targets.project.reading import Reading
from builder.targets.project.toml import Toml


def read(document: Toml, into: Reading) -> None:
    """Read the dependencies of setuptools' or hatch's files, or of a setup.cfg or setup.py beside."""
    folder = document.path.parent
    place = document.where(r"^\s*dynamic\b")
    if named := _files(document.at("tool", "setuptools", "dynamic", "dependencies")) or _files(
        document.at("tool", "hatch", "metadata", "hooks", "requirements_txt")
    ):
        for name in named:
            into.attempt(requirements_txt.read, folder / name, place, folder)
        return
    for name, reader in (("setup.cfg", setup_cfg), ("setup.py", setup_py)):
        if (folder / name).is_file() and reader.says_dependencies(folder / name):
            into.attempt(reader.read, folder / name, place, frozenset())
            return
    remedy = "run uv lock, or name the file that holds them: `requirements:`"
    into.refuse("its dependencies are dynamic: only its build knows them", remedy, place)


def extra(document: Toml, name: str, into: Reading) -> bool:
    """Read an extra from the files that setuptools takes it from; False where there are none."""
    place = document.where(r"optional-dependencies")
    named = _files(document.at("tool", "setuptools", "dynamic", "optional-dependencies", name))
    for file in named:
        into.attempt(requirements_txt.read, document.path.parent / file, place, document.path.parent)
    return bool(named)


def _files(value: Any) -> list[str]:
    """The files of `{file = ...}` or `{files = [...]}`."""
    found = (value.get("file") or value.get("files")) if isinstance(value, dict) else None
    return (
        [str(one) for one in found] if isinstance(found, list) else [found] if isinstance(found, str) else []
    )
