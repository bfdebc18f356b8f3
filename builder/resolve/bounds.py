"""Bind what is locked beside a framework to what its release was built against. Pure."""

from __future__ import annotations

import dataclasses

from packaging.requirements import Requirement

from builder.facts.models import BuiltAgainst, Compat
from builder.facts.release import Release
from builder.resolve.choice import Choice
from builder.targets.target import Target


def with_bounds(
    target: Target, framework: str, release: Release | None, compat: Compat
) -> tuple[Target, list[Choice]]:
    """Return a target with the bounds of its framework's release as constraints, and a choice for each."""
    known = compat.built_against if release else ()
    bounds = [bound for bound in known if release and bound.binds(framework, release.parsed)]
    constraints = (*target.constraints, *(bound.holds for bound in bounds))
    return dataclasses.replace(target, constraints=constraints), [_choice(bound) for bound in bounds]


def _choice(bound: BuiltAgainst) -> Choice:
    held = Requirement(bound.holds)
    why = f"{bound.framework} {bound.releases} {bound.why}"
    return Choice(held.name, str(held.specifier), why, bound.source)
