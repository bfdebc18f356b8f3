"""The nearest change of a target, or of a machine's driver, that mends a conflict.

Pure: a change is tried by resolving the changed target, so that advice is never one that does not work.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

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
    """One thing to change, in words, and the target and machine as they then are."""

    words: str
    target: Target
    host: Machine


def nearest(target: Target, host: Machine, facts: Facts, others: Sequence[Target] = ()) -> str:
    """The smallest change of the target that works, and the driver that does; several where none does."""
    words = _first((Change(f"take {other.name}", other, host) for other in others), facts)
    words = words or _in_file(target, _first(_edits(target, host, facts), facts))
    newer = next((c.words for c in _driver_edits(target, host, facts) if _works(c, facts)), "")
    if not words and not newer:
        return _in_file(target, _first(_together(target, host, facts), facts))
    return f"{words}; or {newer}" if words and newer else words or newer


def _in_file(target: Target, words: str) -> str:
    """Where to write a change: not into the catalogue."""
    own = f", in a file of your own that says `extends: {target.name}`"
    return words + own if words and target.own is None else words


def _first(changes: Iterable[Change], facts: Facts) -> str:
    """The first change that works, and what it gives."""
    return next((change.words + _gives(change, facts) for change in changes if _works(change, facts)), "")


def _together(target: Target, host: Machine, facts: Facts) -> Iterator[Change]:
    """Two changes of the target, then another driver with one or two, where any driver could help."""
    yield from _and_edits(_edits(target, host, facts), facts)
    free = Change("", target, dataclasses.replace(host, driver=None))
    edits = list(_edits(free.target, free.host, facts))
    if any(_works(change, facts) for change in chain([free], edits, _and_edits(edits, facts))):
        one = _and_edits(_driver_edits(target, host, facts), facts)
        two = _and_edits(_and_edits(_driver_edits(target, host, facts), facts), facts)
        yield from chain(one, two)


def _and_edits(starts: Iterable[Change], facts: Facts) -> Iterator[Change]:
    """Each of the changes with one more of the target."""
    for first in starts:
        for second in _edits(first.target, first.host, facts):
            yield dataclasses.replace(second, words=f"{first.words} and {second.words}")


def _gives(change: Change, facts: Facts) -> str:
    """What the changed target resolves to."""
    release = select_release(change.target, facts)
    name = cuda.framework_name(change.target)
    return f" (gives {name} {release.version}, CUDA {release.cuda})" if release else ""


def _works(change: Change, facts: Facts) -> bool:
    try:
        release = select_release(change.target, facts)
    except InvalidInputError:
        return False
    return all(verdict.serves for verdict in verdicts(change.target, release, change.host, facts))


def _edits(target: Target, host: Machine, facts: Facts) -> Iterator[Change]:
    """Single changes of the target, from the smallest to the largest."""

    def change(words: str, **fields: object) -> Change:
        return Change(words, dataclasses.replace(target, **fields), host)  # type: ignore[arg-type]

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
    for python in _pythons(releases):
        if python != target.python:
            yield change(f'write python: "{python}" (from: an image that has it)', python=python)
    for lost, kept in _fewer(target, releases):
        yield change(f"take {', '.join(lost)} out of gpus", gpus=kept)
    for words, fields in _without_base(target, name, facts):
        yield change(words, **fields)


def _without_base(target: Target, name: str, facts: Facts) -> Iterator[tuple[str, dict[str, object]]]:
    """Debian instead of an image that holds CUDA: the framework's wheels bring it, or NVIDIA's own."""
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


def _pythons(releases: Iterable[Release]) -> list[str]:
    """Every Python of the releases that a node can have, the newest first."""
    known = {python for release in releases for python in release.python}
    return sorted((p for p in known if Version(p) >= OLDEST_PYTHON), key=Version, reverse=True)


def _fewer(target: Target, releases: Iterable[Release]) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """The GPUs that a release holds nothing for, and the others of the target."""
    for release in releases:
        lost = [gpu for gpu in target.gpus if code_for(gpu, release.archs) is None or release.drops(gpu)]
        if lost and len(lost) < len(target.gpus):
            yield lost, tuple(gpu for gpu in target.gpus if gpu not in lost)


def _driver_edits(target: Target, host: Machine, facts: Facts) -> Iterator[Change]:
    """Newer drivers, the oldest first."""
    if host.branch is None:
        return
    floors = {cuda.driver for cuda in facts.compat.cuda.values()} | set(facts.compat.toolkits.values())
    for floor in sorted(floor for floor in floors if floor > host.branch):
        newer = dataclasses.replace(host, driver=str(floor))
        yield Change(f"update the driver to >= {floor}", target, newer)
    if host.gpu and (last := facts.compat.gpus[host.gpu].last) and host.branch > last:
        older = dataclasses.replace(host, driver=str(last))
        yield Change(f"go back to driver {last}", target, older)


def _releases(target: Target, facts: Facts) -> tuple[str, list[Release]]:
    name = cuda.framework_name(target)
    known = facts.compat.frameworks.get(name, ())
    return name, sorted(known, key=lambda release: release.order, reverse=True)


def variants(target: Target, catalogue: Iterable[Target]) -> list[Target]:
    """The other targets of the catalogue that are the same but for CUDA and GPUs."""
    return [
        other
        for other in catalogue
        if other.name != target.name
        and other.framework
        and (other.framework, other.pip, other.apt, other.extra_apt)
        == (target.framework, target.pip, target.apt, target.extra_apt)
    ]
