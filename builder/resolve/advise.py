"""What to do about a machine: the verdicts on a target, and the nearest change that mends a conflict."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from builder.core.errors import InvalidInputError, Problem
from builder.facts.models import Facts
from builder.facts.release import Release
from builder.resolve.alternatives import nearest
from builder.resolve.machine import Machine
from builder.resolve.rules import Verdict
from builder.resolve.select_release import select_release
from builder.resolve.validate import invalid_choices
from builder.resolve.verdicts import verdicts
from builder.targets.target import Target


@dataclass(frozen=True)
class Advice:
    """The release that was chosen (None without a framework), each rule's verdict, and what is wrong."""

    release: Release | None
    verdicts: tuple[Verdict, ...]
    problems: tuple[Problem, ...]

    @property
    def serves(self) -> bool | None:
        """None where that is not known and nothing else is wrong."""
        unknown = sum(verdict.serves is None for verdict in self.verdicts)
        return None if unknown and unknown == len(self.problems) else not self.problems


def advise(target: Target, host: Machine, facts: Facts, others: Sequence[Target] = ()) -> Advice:
    """Resolve the target's framework for a machine; every conflict names both sides and a remedy.

    `others` are targets that could be taken instead.
    """
    if wrong := invalid_choices(target, facts):
        return Advice(None, (), wrong)
    try:
        release = select_release(target, facts)
    except InvalidInputError as error:
        change = nearest(target, host, facts, others)
        return Advice(
            None, (), tuple(dataclasses.replace(p, remedy=change or p.remedy) for p in error.problems)
        )
    found = verdicts(target, release, host, facts)
    refused = [verdict for verdict in found if not verdict.serves]
    change = nearest(target, host, facts, others) if any(not v.remedy for v in refused) else ""
    return Advice(release, found, tuple(_problem(verdict, change, target) for verdict in refused))


def _problem(verdict: Verdict, change: str, target: Target) -> Problem:
    source = f" ({verdict.source})" if verdict.source else ""
    remedy = verdict.remedy or change or "no known release serves this; take another GPU"
    return Problem(verdict.reason + source, remedy, target.places.get(verdict.place))
