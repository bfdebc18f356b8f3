"""Choose the newest release of a framework that fits a target's version, Python, CUDA and GPUs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from functools import cache

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.core.errors import InvalidInputError, Problem, Where
from builder.facts.compute_capability import code_for
from builder.facts.models import Facts
from builder.facts.release import Release
from builder.resolve import cuda
from builder.resolve.local_versions import public
from builder.resolve.validate import invalid_choices
from builder.targets.target import Target


@dataclasses.dataclass(frozen=True)
class UnfitReleases(Problem):
    """No known release fits: another target may."""


def select_release(target: Target, facts: Facts) -> Release | None:
    """Choose the release, None without a framework. Raises InvalidInputError, a reason a release."""
    release: Release | None = None
    problems = invalid_choices(target, facts)
    try:
        release = _newest(target, facts) if target.framework and not problems else None
    except InvalidInputError as error:
        problems = error.problems
    if problems := (*problems, *cuda.conflicts(target, release, facts.compat.brings_cuda)):
        raise InvalidInputError(*problems)
    return release


def served_gpus(target: Target, facts: Facts) -> tuple[tuple[str, ...], str]:
    """Return the target's GPUs that the newest release serves which fits all else, and that release in words.

    Raises InvalidInputError where none fits on any GPU.
    """
    release = _newest(dataclasses.replace(target, gpus=()), facts)
    gpus = tuple(gpu for gpu in target.gpus if not list(_lost(release, (gpu,))))
    return gpus, f"{cuda.framework_name(target)} {release.version}"


def framework_asks(target: Target) -> dict[str, Where | None]:
    """Return the target's requirements that name a version of its framework, with their lines."""
    name = canonicalize_name(cuda.framework_name(target))
    asks = [text for text in target.pip if canonicalize_name(_parsed(text).name) == name]
    return {text: target.places.get(f"pip:{text}") for text in asks if _parsed(text).specifier}


@cache
def _parsed(text: str) -> Requirement:
    """Parse a requirement once: each release, and each change that is tried, is held against it."""
    return Requirement(text)


def _allows(text: str, release: Release) -> bool:
    return _parsed(public(text)).specifier.contains(release.parsed)


def _newest(target: Target, facts: Facts) -> Release:
    requirement = Requirement(target.framework or "")
    releases = facts.compat.frameworks[requirement.name]
    where = target.places.get("framework")
    newest_first = sorted(releases, key=lambda release: release.order, reverse=True)
    asks = framework_asks(target)
    for text, place in ((f"{requirement}", where), *asks.items()):
        if not any(_allows(text, release) for release in releases):
            raise InvalidInputError(_unknown_version(Requirement(public(text)), newest_first, place))
    reasons: dict[str, list[str]] = {}
    for release in newest_first:
        reason = _unfit(release, requirement, target, asks)
        if reason is None:
            return release
        reasons.setdefault(reason, []).append(f"{release.version} (CUDA {release.cuda})")
    lines = [f"{requirement.name} {_some(versions)}: {reason}" for reason, versions in reasons.items()]
    raise InvalidInputError(
        UnfitReleases(
            f"no known release of {requirement.name} fits\n  " + "\n  ".join(lines),
            "change `framework`, `cuda`, `python` or `gpus` so that one of them fits",
            next(iter(asks.values()), None) or where,
        )
    )


def _some(versions: list[str]) -> str:
    """Name releases that are out for one reason; of many the newest and the oldest."""
    if len(versions) < 5:
        return ", ".join(versions)
    return f"{versions[0]}, ... {versions[-1]} ({len(versions)} releases)"


def _unknown_version(requirement: Requirement, known: list[Release], where: Where | None) -> Problem:
    """Say that no known release has the version that the target asks for."""
    versions = list(dict.fromkeys(release.version for release in known))
    asked = ",".join(sorted(str(one) for one in requirement.specifier))
    near = _nearest(asked, known)
    hint = f"; did you mean {near}?" if near else ""
    remedy = f"known: {', '.join(versions)}; a newer one: tailbox facts {requirement.name}==VERSION --save"
    return Problem(f"no known release of {requirement.name} is {asked}{hint}", remedy, where)


def _nearest(asked: str, known: list[Release]) -> str:
    """Return the known version of the same major version that is closest by number, empty without one."""
    numbers = [int(number) for number in re.findall(r"\d+", asked)[:3]]

    def distance(release: Release) -> list[int]:
        return [abs(one - other) for one, other in zip(numbers, release.parsed.release, strict=False)]

    same_major = [release for release in known if numbers[:1] == [release.parsed.major]]
    return min(same_major, key=distance).version if same_major else ""


def _unfit(
    release: Release, requirement: Requirement, target: Target, asks: Mapping[str, Where | None]
) -> str | None:
    """Say why a release cannot be taken; None if it can."""
    if not requirement.specifier.contains(release.parsed):
        return f"the target asks for {requirement.specifier}"
    for text, place in asks.items():
        if not _allows(text, release):
            return f"{place or 'the target'} asks for {text}"
    if target.python not in release.python:
        return f"has no wheel for Python {target.python}"
    if target.cuda and not cuda.same(target.cuda, release.cuda):
        return f"is built for CUDA {release.cuda}, the target asks for {target.cuda}"
    return "; ".join(_lost(release, target.gpus)) or None


def _lost(release: Release, gpus: tuple[str, ...]) -> Iterator[str]:
    """Say why a release does not serve all of the GPUs."""
    if none := [gpu for gpu in gpus if code_for(gpu, release.archs) is None]:
        yield f"holds no machine code for {', '.join(none)}"
    if dropped := [gpu for gpu in gpus if release.drops(gpu)]:
        yield f"does not serve {', '.join(dropped)}: {release.floor.why if release.floor else ''}"
    if broken := [gpu for gpu in gpus if gpu in release.broken]:
        yield f"is known to fail on {', '.join(f'{gpu} ({release.broken[gpu]})' for gpu in broken)}"
