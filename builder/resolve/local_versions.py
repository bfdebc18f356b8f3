"""Versions of PyTorch's own indexes (`torch==2.8.0+cu128`), as PyPI's wheels of the same CUDA. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.core.errors import Problem
from builder.core.notes import Note
from builder.facts.models import Facts
from builder.facts.release import Release
from builder.targets.project.indexes import cuda_version
from builder.targets.target import Target

_LOCAL = re.compile(r"(?P<public>==\s*[^\s,;+]+)\+(?P<local>[A-Za-z0-9.]+)")
_CUDA = re.compile(r"cu(\d{3})")
# What PyTorch's indexes hold beside it: its versions follow torch's.
_COMPANIONS = frozenset(
    {"torchvision", "torchaudio", "torchtext", "torchdata", "torchao", "xformers", "triton"}
)


def public(text: str) -> str:
    """A requirement without the local part of its versions."""
    return _LOCAL.sub(lambda found: found["public"], text)


def with_public_versions(target: Target, facts: Facts) -> tuple[Target, list[Problem]]:
    """The target as PyPI has its wheels, with a note for each change; and what PyPI does not have."""
    changed, notes, problems = dict[str, str](), list[Note](), list[Problem]()
    for text in (*target.pip, *target.constraints):
        found = _LOCAL.search(text)
        if not found:
            continue
        where = target.places.get(f"pip:{text}")
        said = _judged(Requirement(text), found["local"], facts, bool(target.indexes))
        if isinstance(said, Problem):
            problems.append(dataclasses.replace(said, where=where))
        elif said:
            changed[text] = public(text)
            notes.append(Note(text, said, where))
    return _changed(target, changed, notes), problems


def _judged(requirement: Requirement, local: str, facts: Facts, indexes: bool) -> str | Problem:
    """Why PyPI's wheel is taken; a problem where it is another; nothing where an index has it."""
    name = canonicalize_name(requirement.name)
    version = str(requirement.specifier).lstrip("=").partition("+")[0]
    found = _CUDA.fullmatch(local)
    asked = cuda_version(found[1]) if found else local
    known = [one for one in facts.compat.frameworks.get(name, ()) if str(one.parsed) == version]
    if known:
        return _framework(name, known[0], asked)
    if name in _COMPANIONS or (name in facts.compat.frameworks and not found):
        return f"PyPI's wheel of {version} is taken: it follows torch"
    if name in facts.compat.frameworks:
        return f"PyPI's wheel of {version} is taken"
    if indexes:
        return ""
    what = f"{requirement} is a local version, which PyPI never has"
    return Problem(what, f"write {name}=={version}, or the index that has it: indexes: [URL]")


def _framework(name: str, release: Release, asked: str) -> str | Problem:
    have = f"PyPI's wheel of {name} {release.version} is for CUDA {release.cuda}"
    if asked == release.cuda:
        return f"{have}, the same: it is taken"
    if not re.fullmatch(r"[\d.]+", asked):
        return f"{have}, not {asked}: it is taken"
    if asked.split(".")[0] == release.cuda_major:
        return f"{have}, not {asked}: it is taken, for CUDA {release.cuda_major} all the same"
    return Problem(
        f"{name} {release.version} is asked for CUDA {asked}; {have}", f"write {name}=={release.version}"
    )


def _changed(target: Target, changed: dict[str, str], notes: list[Note]) -> Target:
    if not changed:
        return target
    places = {**target.places} | {
        f"pip:{new}": target.places[f"pip:{old}"]
        for old, new in changed.items()
        if f"pip:{old}" in target.places
    }
    return dataclasses.replace(
        target,
        pip=tuple(changed.get(text, text) for text in target.pip),
        constraints=tuple(changed.get(text, text) for text in target.constraints),
        notes=(*target.notes, *notes),
        places=places,
    )


def index_notes(target: Target, release: Release | None) -> Iterator[Note]:
    """What becomes of PyTorch's indexes that a project names: PyPI's wheels are taken."""
    for one in target.cuda_indexes:
        where = target.places.get(f"index:{one.url}")
        if release is None:
            yield Note(one.url, "PyPI's wheels are taken; on Linux they bring CUDA", where)
        elif one.variant == release.cuda:
            yield Note(one.url, f"PyPI's wheels are for the same CUDA {release.cuda}: they are taken", where)
        else:
            asked = (
                f"for CUDA {one.variant}" if one.variant[:1].isdigit() else one.variant or "for several CUDAs"
            )
            yield Note(one.url, f"it is {asked}; PyPI's wheels, for CUDA {release.cuda}, are taken", where)
