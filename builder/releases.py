"""Which release of a framework a target gets: the newest that fits its own words, Python, CUDA and GPUs."""

from __future__ import annotations

from packaging.requirements import Requirement

from builder import cuda
from builder.errors import InvalidInput, Problem, Where, did_you_mean
from builder.facts import Facts, Release, code_for
from builder.target import Target


def select_release(target: Target, facts: Facts) -> Release | None:
    """The release, None without a framework. Raises InvalidInput that says for each release why not."""
    release: Release | None = None
    problems: tuple[Problem, ...] = ()
    try:
        release = _newest(target, facts) if target.framework else None
    except InvalidInput as error:
        problems = error.problems
    if problems := (*problems, *cuda.conflicts(target, release, facts.compat.brings_cuda)):
        raise InvalidInput(*problems)
    return release


def _newest(target: Target, facts: Facts) -> Release:
    requirement = Requirement(target.framework or "")
    releases = facts.compat.frameworks.get(requirement.name)
    where = target.places.get("framework")
    if releases is None:
        known = facts.compat.frameworks
        hint = did_you_mean(requirement.name, known)
        raise InvalidInput(
            Problem(f"unknown framework {requirement.name!r}{hint}", f"known: {', '.join(known)}", where)
        )
    newest_first = sorted(releases, key=lambda release: release.order, reverse=True)
    if not any(requirement.specifier.contains(release.parsed) for release in releases):
        raise InvalidInput(_unknown_version(requirement, newest_first, where))
    reasons = []
    for release in newest_first:
        reason = _unfit(release, requirement, target)
        if reason is None:
            return release
        reasons.append(f"{requirement.name} {release.version} (CUDA {release.cuda}): {reason}")
    raise InvalidInput(
        Problem(
            f"no known release of {requirement.name} fits\n  " + "\n  ".join(reasons),
            "change `framework`, `cuda`, `python` or `gpus` so that one of them fits",
            where,
        )
    )


def _unknown_version(requirement: Requirement, known: list[Release], where: Where | None) -> Problem:
    """No release that is known has a version that the target asks for."""
    versions = list(dict.fromkeys(release.version for release in known))
    asked = ",".join(sorted(str(one) for one in requirement.specifier))
    hint = did_you_mean(asked.lstrip("=<>!~"), versions)
    remedy = f"known: {', '.join(versions)}; a newer one: tailbox facts {requirement.name}==VERSION --save"
    return Problem(f"no known release of {requirement.name} is {asked}{hint}", remedy, where)


def _unfit(release: Release, requirement: Requirement, target: Target) -> str | None:
    """Why a release cannot be taken, or None when it can."""
    if not requirement.specifier.contains(release.parsed):
        return f"the target asks for {requirement.specifier}"
    if target.python not in release.python:
        return f"has no wheel for Python {target.python}"
    if target.cuda and not cuda.same(target.cuda, release.cuda):
        return f"is built for CUDA {release.cuda}, the target asks for {target.cuda}"
    lost = [gpu for gpu in target.gpus if not serves(release, gpu)]
    return f"holds no machine code for {', '.join(lost)}" if lost else None


def serves(release: Release, gpu: str) -> bool:
    """Whether a release's machine code runs on a GPU and it is not known to fail there."""
    return code_for(gpu, release.archs) is not None and gpu not in release.broken
