"""A pyproject.toml: dependencies, extras and groups, and what uv and Poetry add to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from builder.core.errors import Where, did_you_mean
from builder.targets.project import dynamic, poetry, toml, uv_lock
from builder.targets.project.reading import Reading
from builder.targets.project.toml import Toml
from builder.targets.project.uv_sources import Sources


def says_dependencies(path: Path) -> bool:
    """Whether the file is that of a project, rather than settings of tools alone."""
    document = toml.read(path, None)
    return bool(document.table("project") or document.at("tool", "poetry", "dependencies"))


def read(path: Path, where: Where, extras: frozenset[str], into: Reading) -> None:
    """Read a project with these extras, and the extras and groups that the target names.

    A lock beside it says exactly which versions. Raises InvalidInputError.
    """
    document = toml.read(path, where)
    _about(document, into)
    chosen = _chosen(document, extras, into)
    groups = _groups_chosen(document, into)
    conflicts(document, chosen | groups, into)
    if uv_lock.beside(path) and not into.problems:
        uv_lock.read(document, where, sorted(chosen), sorted(groups), into)
    elif poetry.is_poetry(document):
        poetry.read(document, where, chosen | groups, into)
    else:
        _declared(document, chosen, groups, into)


def _about(document: Toml, into: Reading) -> None:
    about = document.at("project", "description") or document.at("tool", "poetry", "description")
    if isinstance(about, str) and not into.about:
        into.about = " ".join("".join(one if one.isprintable() else " " for one in about).split())[:200]
    if isinstance(python := document.at("project", "requires-python"), str):
        into.python(python, document.where(r"^\s*requires-python\b"))
    if not isinstance(document.at("project"), dict) and not poetry.is_poetry(document):
        place = document.where(r"^\s*project\b")
        into.refuse("it has no table [project]", "list what it needs as its dependencies", place)


def _chosen(document: Toml, extras: frozenset[str], into: Reading) -> frozenset[str]:
    """The extras that are taken; those that are not are named."""
    known = {canonicalize_name(name): name for name in _extras(document)}
    into.known_extras |= known.keys()
    wanted = {canonicalize_name(name) for name in (*into.wishes.extras, *extras)}
    if left := [name for key, name in known.items() if key not in wanted]:
        place = document.where(r"^\s*\[(project\.optional-dependencies|tool\.poetry\.extras)\]")
        into.note(f"extras {', '.join(left)}", f"not taken; write extras: [{left[0]}] to take one", place)
    return frozenset(known[key] for key in wanted & known.keys())


def _extras(document: Toml) -> Iterable[str]:
    dynamic_ones = document.table("tool", "setuptools", "dynamic", "optional-dependencies")
    return {
        **document.table("project", "optional-dependencies"),
        **document.table("tool", "poetry", "extras"),
        **dynamic_ones,
    }


def _groups_chosen(document: Toml, into: Reading) -> frozenset[str]:
    """The groups that are taken; those that are not are named."""
    tables = {**document.table("dependency-groups"), **document.table("tool", "poetry", "group")}
    known = {canonicalize_name(name): name for name in tables}
    into.known_groups |= known.keys()
    wanted = {canonicalize_name(name) for name in into.wishes.groups}
    left = [name for key, name in known.items() if key not in wanted and name != "main"]
    if left:
        place = document.where(r"^\s*\[(dependency-groups|tool\.poetry\.group)")
        into.note(f"groups {', '.join(left)}", f"not taken; write groups: [{left[0]}] to take one", place)
    return frozenset(known[key] for key in wanted & known.keys())


def conflicts(document: Toml, chosen: frozenset[str], into: Reading) -> None:
    """Refuse extras and groups that the project says cannot be taken together."""
    found = document.at("tool", "uv", "conflicts")
    for rivals in found if isinstance(found, list) else ():
        named = [one.get("extra") or one.get("group") for one in rivals if isinstance(one, dict)]
        both = [name for name in named if name in chosen]
        if len(both) > 1:
            place = document.where(r"^\s*conflicts\b")
            into.refuse(f"{' and '.join(both)} exclude each other", "take one of them", place)


def _declared(document: Toml, extras: frozenset[str], groups: frozenset[str], into: Reading) -> None:
    """Take what the tables list; what they leave to a build's backend is read from the files it names."""
    sources = Sources(document)
    if "dependencies" in document.texts("project", "dynamic"):
        dynamic.read(document, into)
    for text in document.texts("project", "dependencies"):
        sources.require(text, _dependency_place(document, text), extras, into)
    for extra in sorted(extras):
        _extra(document, extra, sources, set(), into)
    for group in sorted(groups):
        _group(document, group, sources, set(), into)
    sources.indexes(into)
    for text in document.texts("tool", "uv", "constraint-dependencies"):
        into.constrain(text, document.item("tool.uv", "constraint-dependencies", text))
    for name in document.texts("tool", "uv", "exclude-dependencies"):
        into.exclude(name, document.item("tool.uv", "exclude-dependencies", name))
    for text in document.texts("tool", "uv", "override-dependencies"):
        into.note(text, "an override of uv is not taken over", document.where(r"^\s*override-dependencies"))


def _dependency_place(document: Toml, text: str) -> Where:
    return document.item("project", "dependencies", text)


def _extra(document: Toml, name: str, sources: Sources, done: set[str], into: Reading) -> None:
    """Take an extra, and the project's other extras that it names: `quick-tuning[hf]`."""
    key = canonicalize_name(name)
    tables: Mapping[str, object] = document.table("project", "optional-dependencies")
    found = next((one for one in tables if canonicalize_name(one) == key), None)
    if key in done:
        return
    done.add(key)
    if found is None:
        if not dynamic.extra(document, name, into):
            into.refuse(
                f"no extra {name!r}{did_you_mean(name, tables)}",
                f"known: {', '.join(tables)}",
                document.where(r"optional-dependencies"),
            )
        return
    for text in document.texts("project", "optional-dependencies", found):
        place = document.item("project.optional-dependencies", found, text)
        if own := _own_extras(document, text):
            for other in own:
                _extra(document, other, sources, done, into)
        else:
            sources.require(text, place, frozenset({found}), into)


def _own_extras(document: Toml, text: str) -> list[str]:
    """The extras of the project itself that a requirement names."""
    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        return []
    own = document.at("project", "name")
    same = isinstance(own, str) and canonicalize_name(own) == canonicalize_name(parsed.name)
    return sorted(parsed.extras) if same else []


def _group(document: Toml, name: str, sources: Sources, done: set[str], into: Reading) -> None:
    """Take a group of PEP 735, and those that it includes."""
    key = canonicalize_name(name)
    tables = document.table("dependency-groups")
    found = next((one for one in tables if canonicalize_name(one) == key), None)
    if key in done or found is None:
        return
    done.add(key)
    for item in tables[found] if isinstance(tables[found], list) else ():
        if isinstance(item, dict) and isinstance(item.get("include-group"), str):
            _group(document, item["include-group"], sources, done, into)
        elif isinstance(item, str):
            for other in (own := _own_extras(document, item)):
                _extra(document, other, sources, done, into)
            if not own:
                sources.require(
                    item, document.item("dependency-groups", found, item), frozenset({found}), into
                )
