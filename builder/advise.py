"""What to do about a machine: the verdicts on a plan, and the nearest change that mends a conflict.

Pure: a change is tried by resolving the changed target, so that advice is never one that does not work.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from builder import cuda
from builder.errors import InvalidInput, Problem
from builder.facts import Facts, Release, code_for
from builder.fit import Verdict, fit
from builder.hosts import Host
from builder.releases import select_release
from builder.target import Target


@dataclass(frozen=True)
class Advice:
    """The release that was chosen (None without a framework), each rule's verdict, and what is wrong."""

    release: Release | None
    verdicts: tuple[Verdict, ...]
    problems: tuple[Problem, ...]

    @property
    def serves(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class Change:
    """One thing to change, in words, and the target and machine as they then are."""

    words: str
    target: Target
    host: Host


def advise(target: Target, host: Host, facts: Facts) -> Advice:
    """Resolve the target's framework for a machine; every conflict names both sides and a remedy."""
    try:
        release = select_release(target, facts)
    except InvalidInput as error:
        return Advice(
            None, (), tuple(_with_change(problem, target, host, facts) for problem in error.problems)
        )
    verdicts = (*_of_release(target, release, host, facts), *_of_base(target, host, facts))
    refused = [verdict for verdict in verdicts if not verdict.serves]
    remedy = nearest(target, host, facts) if refused else ""
    where = target.places.get("framework")
    problems = tuple(Problem(f"{v.reason} ({v.source})", remedy, where) for v in refused)
    return Advice(release, verdicts, problems)


def _of_release(target: Target, release: Release | None, host: Host, facts: Facts) -> tuple[Verdict, ...]:
    if release is None:
        return ()
    return fit(cuda.framework_name(target), release, host, facts.compat)


def _of_base(target: Target, host: Host, facts: Facts) -> Iterator[Verdict]:
    """NVIDIA's own images carry a condition on the driver whose exceptions leave GeForce cards out."""
    toolkit = cuda.of_base(target.base or "")
    floor = facts.compat.toolkits.get(toolkit or "")
    if not floor or host.branch is None:
        return
    if host.kind == "datacenter" or host.branch >= floor:
        return
    reason = (
        f"{target.base} refuses to start below driver {floor} on {host.named} "
        f"(NVIDIA_REQUIRE_CUDA: cuda>={toolkit}); it is {host.driver}"
    )
    yield Verdict("base", False, reason, facts.compat.sources["require"])


def _with_change(problem: Problem, target: Target, host: Host, facts: Facts) -> Problem:
    return dataclasses.replace(problem, remedy=nearest(target, host, facts) or problem.remedy)


def nearest(target: Target, host: Host, facts: Facts) -> str:
    """The smallest change of the target that works, and the driver that does; two changes where none does."""
    words = next((c.words + _gives(c, facts) for c in _edits(target, host, facts) if _works(c, facts)), "")
    newer = next((c.words for c in _driver_edits(target, host, facts) if _works(c, facts)), "")
    if not words and not newer:
        words = next(_pairs(target, host, facts), "")
    if not words and not newer:
        return "no known release serves this; take another GPU" if host.gpu else ""
    return f"{words}; or {newer}" if words and newer else words or newer


def _pairs(target: Target, host: Host, facts: Facts) -> Iterator[str]:
    """Two changes together, the target's own first."""
    for first in [*_edits(target, host, facts), *_driver_edits(target, host, facts)]:
        for second in _edits(first.target, first.host, facts):
            if _works(second, facts):
                yield f"{first.words} and {second.words}{_gives(second, facts)}"


def _gives(change: Change, facts: Facts) -> str:
    """What the changed target resolves to."""
    release = select_release(change.target, facts)
    name = cuda.framework_name(change.target)
    return f" (gives {name} {release.version}, CUDA {release.cuda})" if release else ""


def _works(change: Change, facts: Facts) -> bool:
    try:
        release = select_release(change.target, facts)
    except InvalidInput:
        return False
    verdicts = (
        *_of_release(change.target, release, change.host, facts),
        *_of_base(change.target, change.host, facts),
    )
    return all(verdict.serves for verdict in verdicts)


def _edits(target: Target, host: Host, facts: Facts) -> Iterator[Change]:
    """Single changes of the target, from the smallest to the largest."""

    def change(words: str, **fields: object) -> Change:
        return Change(words, dataclasses.replace(target, **fields), host)  # type: ignore[arg-type]

    for major in sorted(facts.compat.cuda, reverse=True):
        if target.cuda != major:
            yield change(f'write cuda: "{major}"', cuda=major)
    name, releases = _releases(target, facts)
    for release in releases:
        exact = f"{name}=={release.version}"
        yield change(f"write framework: {exact}", framework=exact, cuda=None)
    for python in sorted({p for r in releases for p in r.python}, key=Version, reverse=True):
        if python != target.python:
            yield change(f'write python: "{python}" (from: an image that has it)', python=python)
    yield from _fewer(target, releases, change)
    if cuda.of_base(target.base or ""):
        yield change("remove `from`: the wheels bring their own CUDA", base=None)


def _fewer(target: Target, releases: Iterable[Release], change: object) -> Iterator[Change]:
    """The target without the GPUs that a release holds nothing for."""
    assert callable(change)
    for release in releases:
        lost = [gpu for gpu in target.gpus if code_for(gpu, release.archs) is None]
        if lost and len(lost) < len(target.gpus):
            kept = tuple(gpu for gpu in target.gpus if gpu not in lost)
            yield change(f"take {', '.join(lost)} out of gpus", gpus=kept)


def _driver_edits(target: Target, host: Host, facts: Facts) -> Iterator[Change]:
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
    try:
        name = Requirement(target.framework or "").name
    except InvalidRequirement:
        return "", []
    known = facts.compat.frameworks.get(name, ())
    return name, sorted(known, key=lambda release: release.order, reverse=True)
