"""The versions that a poetry.lock holds for what a project needs, and for what that needs in turn."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from builder.core.errors import Where
from builder.targets.markers import applies
from builder.targets.project import toml
from builder.targets.project.poetry_words import requirement
from builder.targets.project.reading import Reading
from builder.targets.project.toml import Toml


def beside(path: Path) -> bool:
    """Whether a project has a poetry.lock."""
    return (path.parent / "poetry.lock").is_file()


def read(path: Path, roots: Iterable[str], where: Where, into: Reading) -> None:
    """Pin what the roots need. Raises InvalidInputError."""
    lock = toml.read(path, where)
    waiting, reached = list(roots), set[str]()
    while waiting:
        text = waiting.pop()
        wanted = _parsed(text)
        if wanted is None or wanted.url:
            into.require(text, Where(path, 1))
            continue
        if not applies(text, into.wishes.python):
            into.note(text, "left out: its marker is not for this image", Where(path, 1))
            continue
        package = _package(lock, wanted.name, into.wishes.python)
        if package is None:
            into.refuse(f"poetry.lock does not hold {wanted.name}", "poetry lock", Where(path, 1))
            continue
        needs = _needs(package, wanted.extras, into.wishes.python)
        pin = _pinned(package, wanted)
        if pin not in reached:
            reached.add(pin)
            _pin(lock, package, pin, into)
            waiting += needs


def _parsed(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _package(lock: Toml, name: str, python: str) -> dict[str, Any] | None:
    """The entry of a package: of several, the one whose marker holds."""
    found = [
        one
        for one in lock.tables("package")
        if canonicalize_name(str(one.get("name"))) == canonicalize_name(name)
    ]
    fits = [
        one
        for one in found
        if not isinstance(one.get("markers"), str) or applies(f"x ; {one['markers']}", python)
    ]
    return next(iter(fits or found), None)


def _pinned(package: dict[str, Any], wanted: Requirement) -> str:
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    source = package.get("source", {})
    if source.get("type") == "git":
        return f"{wanted.name}{extras} @ git+{source.get('url')}@{source.get('resolved_reference')}"
    if source.get("type") == "url":
        return f"{wanted.name}{extras} @ {source.get('url')}"
    return f"{package['name']}{extras}=={package['version']}"


def _pin(lock: Toml, package: dict[str, Any], pin: str, into: Reading) -> None:
    into.require(pin, lock.where(rf'^name = "{re.escape(str(package["name"]))}"'))


def _needs(package: dict[str, Any], extras: set[str], python: str) -> list[str]:
    """What a package needs on this image, with these of its extras."""
    asked = package.get("extras", {})
    named = {
        canonicalize_name(re.split(r"[^\w.-]", text)[0]) for extra in extras for text in asked.get(extra, ())
    }
    needs = []
    for name, value in package.get("dependencies", {}).items():
        for one in value if isinstance(value, list) else [value]:
            optional = isinstance(one, dict) and one.get("optional")
            bare = (
                {k: v for k, v in one.items() if k in ("python", "markers", "extras")}
                if isinstance(one, dict)
                else {}
            )
            if "extra ==" in str(bare.get("markers", "")):
                bare.pop("markers")
            text = requirement(name, {**bare, "version": "*"})
            if (not optional or canonicalize_name(name) in named) and applies(text, python):
                needs.append(text)
    return needs
