"""What a project of Poetry needs: its tables in the words of PEP 508, or what its poetry.lock holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from packaging.utils import canonicalize_name

from builder.core.errors import Where
from builder.targets.project import poetry_lock
from builder.targets.project.poetry_words import requirement, specifier
from builder.targets.project.reading import Reading
from builder.targets.project.toml import Toml


def is_poetry(document: Toml) -> bool:
    """Whether only Poetry reads what the project needs."""
    tables = document.at("tool", "poetry", "dependencies")
    return isinstance(tables, dict) and document.at("project", "dependencies") is None


def read(document: Toml, where: Where, taken: frozenset[str], into: Reading) -> None:
    """Take the dependencies, with those of the extras and groups in `taken`."""
    header = "tool.poetry.dependencies"
    main = document.table("tool", "poetry", "dependencies")
    if isinstance(python := main.get("python"), str):
        into.python(specifier(python), document.where(rf"^\s*\[{re.escape(header)}\]", r"^\s*python\s*="))
    extras = document.table("tool", "poetry", "extras")
    wanted = {str(canonicalize_name(str(name))) for extra in taken for name in extras.get(extra, ())}
    found = list(_taken(document, header, main, wanted))
    for group in taken:
        table = document.table("tool", "poetry", "group", group, "dependencies")
        found += _taken(document, f"tool.poetry.group.{group}.dependencies", table, set())
    _indexes(document, into)
    if poetry_lock.beside(document.path):
        poetry_lock.read(document.path.parent / "poetry.lock", [text for text, _ in found], where, into)
        return
    for text, place in found:
        into.require(text, place)


def _taken(
    document: Toml, header: str, table: dict[str, Any], wanted: set[str]
) -> Iterator[tuple[str, Where]]:
    """The requirements of one table, without those that only other extras ask for."""
    for name, value in table.items():
        if name == "python":
            continue
        place = document.where(rf"^\s*\[{re.escape(header)}\]", rf"^\s*[\"']?{re.escape(name)}\b")
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and one.get("optional") and canonicalize_name(name) not in wanted:
                continue
            yield requirement(name, one), place


def _indexes(document: Toml, into: Reading) -> None:
    for source in document.tables("tool", "poetry", "source"):
        if isinstance(url := source.get("url"), str):
            into.index(url, document.where(rf"^\s*url\s*=\s*[\"']{re.escape(url)}"))
