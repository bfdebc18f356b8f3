"""Add Debian packages to a target file as a person would: at the right place, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from builder.core.errors import InvalidInputError, Problem, Where


def add_apt(path: Path, packages: Iterable[str]) -> Where:
    """Write packages into `packages.apt` and return where. Raises InvalidInputError where that cannot be."""
    text, names = path.read_text(), list(packages)
    line, column, words = _insertion(YAML(typ="rt").load(text), names, text)
    lines = text.splitlines(keepends=True)
    if line == len(lines):
        changed = text + ("" if text.endswith("\n") else "\n") + words
    else:
        changed = "".join(
            [*lines[:line], lines[line][:column] + words + lines[line][column:], *lines[line + 1 :]]
        )
    if YAML(typ="safe").load(changed) != _expected(YAML(typ="safe").load(text), names):
        wanted = f"add {', '.join(names)} to packages.apt"
        raise InvalidInputError(Problem(f"{path.name} is written in a way that is not changed here", wanted))
    path.write_text(changed)
    return Where(path, line + 1)


def _insertion(root: Any, names: list[str], text: str) -> tuple[int, int, str]:
    """Where to write what: line and column, counted from 0, and the words."""
    listed = ", ".join(names)
    packages = root.get("packages")
    if not packages:
        return len(text.splitlines()), 0, f"packages:\n  apt: [{listed}]\n"
    if not packages.get("apt"):
        line, column = root.lc.value("packages")
        if packages.fa.flow_style():
            return line, column + 1, f"apt: [{listed}], "
        return line, 0, f"{' ' * column}apt: [{listed}]\n"
    if packages["apt"].fa.flow_style():
        line, column = packages.lc.value("apt")
        return line, column + 1, f"{listed}, "
    line, column = packages["apt"].lc.item(0)
    indent = text.splitlines()[line][: column - 2]
    return line, 0, "".join(f"{indent}- {name}\n" for name in names)


def _expected(data: Any, names: list[str]) -> Any:
    packages = data.get("packages") or {}
    return {**data, "packages": {**packages, "apt": [*names, *(packages.get("apt") or [])]}}
