"""The nearest change of a target, or of a machine's driver, that resolves a conflict.

Pure. Each change is tried by resolving the changed target: advice that does not work is never given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from packaging.version import Version

from builder.core.errors import InvalidInputError
from builder.facts.compute_capability import code_for
from builder.facts.models import Facts
from builder.facts.release import Release
from builder.resolve import cuda
from builder.resolve.machine import Machine
from builder.resolve.select_release import select_release
from builder.resolve.validate import OLDEST_PYTHON
from builder.resolve.verdicts import verdicts
from builder.targets.target import Target


@dataclass(frozen=True)
class Change:
    """One thing to change, in words, with the target and the machine after it."""

    words: str
    target: Target
    machine: Machine


def nearest(target: Target, machine: Machine, facts: Facts, others: Sequence[Target] = ()) -> str:
    """Return the smallest change of the target that works, and the driver that does; empty if none does."""
    words = _first((Change(_taking(other), other, machine) for other in others), facts)
    words = words or _in_file(target, _first(_edits(target, machine, facts), facts))
    driver = next((c.words for c in _driver_edits(target, machine, facts) if _works(c, facts)), "")
    return f"{words}; or {driver}" if words and driver else words or driver


def no_single_change(target: Target, machine: Machine, facts: Facts) -> str:
    """Return what to do where `nearest` has nothing: name a release to start from, if one serves the GPU."""
    name, releases = _releases(target, facts)
    serving = [release for release in releases if machine.gpu and _serves(release, machine.gpu)]
    if not serving:
        return "no known release serves this; take another GPU"
    first = serving[0]
    words = f'framework: {name}=={first.version} and cuda: "{first.cuda}"'
    return f"no single change serves this; begin with {words}"


def _serves(release: Release, gpu: str) -> bool:
    return bool(code_for(gpu, release.archs)) and not release.drops(gpu) and gpu not in release.broken


def _taking(other: Target) -> str:
    """Say how to take another target, or to extend it."""
    return f"write {other.name}" if other.user_file else f"take {other.name}"


def _in_file(target: Target, words: str) -> str:
    """Say where to write a change: not into the catalogue."""
    place = f", in a file of your own that says `extends: {target.name}`"
    return words + place if words and target.user_file is None else words


def _first(changes: Iterable[Change], facts: Facts) -> str:
    """Return the first change that works, and what it gives."""
    return next((change.words + _gives(change, facts) for change in changes if _works(change, facts)), "")


def _gives(change: Change, facts: Facts) -> str:
    """Say what the changed target resolves to."""
    release = select_release(change.target, facts)
    name = cuda.framework_name(change.target)
    return f" (gives {name} {release.version}, CUDA {release.cuda})" if release else ""


def _works(change: Change, facts: Facts) -> bool:
    try:
        release = select_release(change.target, facts)
    except InvalidInputError:
        return False
    return all(verdict.serves for verdict in verdicts(change.target, release, change.machine, facts))


def _edits(target: Target, machine: Machine, facts: Facts) -> Iterator[Change]:
    """List changes of the target, from the smallest to the largest."""

    def change(words: str, **fields: object) -> Change:
        return Change(words, dataclasses.replace(target, **fields), machine)  # type: ignore[arg-type]

    name, releases = _releases(target, facts)
    for major in sorted(facts.compat.cuda, reverse=True) if name else ():
        if target.cuda != major:
            yield change(f'write cuda: "{major}"', cuda=major)
    for release in releases:
        exact = f"{name}=={release.version}"
        fits = target.cuda is None or cuda.same(target.cuda, release.cuda)
        also = "" if fits else f' and cuda: "{release.cuda}"'
        yield change(
            f"write framework: {exact}{also}", framework=exact, cuda=target.cuda if fits else release.cuda
        )
    for python in _pythons(releases, target, facts):
        if python != target.python:
            yield change(_with_python(python, target), python=python)
    for lost, kept in _fewer(target, releases):
        yield change(_without(lost, kept), gpus=kept)
    for words, fields in _without_base(target, name, facts):
        yield change(words, **fields)
    for python in _pythons(releases, target, facts):
        for lost, kept in _fewer(target, releases):
            words = f"{_with_python(python, target)}, and {_without(lost, kept)}"
            yield change(words, python=python, gpus=kept)


def _with_python(python: str, target: Target) -> str:
    return f'write python: "{python}"' + (" (from: an image that has it)" if target.base else "")


def _without(lost: Sequence[str], kept: Sequence[str]) -> str:
    return f"take {', '.join(lost)} out of gpus: [{', '.join(kept)}]"


def _without_base(target: Target, name: str, facts: Facts) -> Iterator[tuple[str, dict[str, object]]]:
    """Take Debian instead of an image that holds CUDA: the framework's wheels bring it, or NVIDIA's own."""
    held = cuda.of_base(target.base or "")
    if not held:
        return
    own, major = facts.versions.python, held.split(".")[0]
    words = "remove `from`" + ("" if target.python == own else f' and write python: "{own}"')
    fields: dict[str, object] = {"base": None, "python": own}
    if name:
        yield f"{words}: the wheels bring their own CUDA", fields
    else:
        words += f', and write framework: {cuda.TOOLKIT} and cuda: "{major}"'
        yield words, {**fields, "framework": cuda.TOOLKIT, "cuda": major}


def _pythons(releases: Iterable[Release], target: Target, facts: Facts) -> list[str]:
    """List the Pythons of the releases that the image can have, the newest first."""
    found = {python for release in releases for python in release.python}
    kept = (p for p in found if (Version(p) >= OLDEST_PYTHON if target.base else p in facts.pythons.known()))
    return sorted(kept, key=Version, reverse=True)


def _fewer(target: Target, releases: Iterable[Release]) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """List the GPUs that a release does not serve, with the others of the target."""
    for release in releases:
        lost = [gpu for gpu in target.gpus if code_for(gpu, release.archs) is None or release.drops(gpu)]
        if lost and len(lost) < len(target.gpus):
            yield lost, tuple(gpu for gpu in target.gpus if gpu not in lost)


def _driver_edits(target: Target, machine: Machine, facts: Facts) -> Iterator[Change]:
    """List other drivers: newer ones, the oldest first, then the last one that knows the GPU."""
    if machine.branch is None:
        return
    floors = {cuda.driver for cuda in facts.compat.cuda.values()} | set(facts.compat.toolkits.values())
    for floor in sorted(floor for floor in floors if floor > machine.branch):
        newer = dataclasses.replace(machine, driver=str(floor))
        yield Change(f"update the driver to >= {floor}", target, newer)
    if machine.gpu and (last := facts.compat.gpus[machine.gpu].last) and machine.branch > last:
        older = dataclasses.replace(machine, driver=str(last))
        yield Change(f"go back to driver {last}", target, older)


def _releases(target: Target, facts: Facts) -> tuple[str, list[Release]]:
    name = cuda.framework_name(target)
    known = facts.compat.frameworks.get(name, ())
    return name, sorted(known, key=lambda release: release.order, reverse=True)


def siblings(target: Target, catalogue: Sequence[Target]) -> list[Target]:
    """Return a user's target as it would be on each sibling of what it extends, named after the change."""
    parent = next((one for one in catalogue if one.name in target.ancestors[:1]), None)
    if target.user_file is None or parent is None:
        return []
    inherited = [key for key in ("cuda", "gpus") if getattr(target, key) == getattr(parent, key)]
    return [
        dataclasses.replace(
            target, name=f"extends: {one.name}", **{key: getattr(one, key) for key in inherited}
        )
        for one in variants(parent, catalogue)
    ]


def variants(target: Target, catalogue: Iterable[Target]) -> list[Target]:
    """Return the other targets of the catalogue that differ in CUDA and GPUs alone."""
    return [
        other
        for other in catalogue
        if other.name != target.name
        and other.framework
        and (other.framework, other.pip, other.apt, other.extra_apt)
        == (target.framework, target.pip, target.apt, target.extra_apt)
    ]
