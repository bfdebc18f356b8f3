"""Judge a target on a machine, and advise the nearest change that resolves a conflict."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from builder.core.errors import InvalidInputError, Problem
from builder.facts.models import Facts
from builder.facts.release import Release
from builder.resolve.alternatives import nearest, no_single_change
from builder.resolve.machine import Machine
from builder.resolve.rules import Verdict
from builder.resolve.select_release import select_release
from builder.resolve.validate import invalid_choices
from builder.resolve.verdicts import verdicts
from builder.targets.target import Target


@dataclass(frozen=True)
class Advice:
    """The chosen release (None without a framework), each rule's verdict, and the problems."""

    release: Release | None
    verdicts: tuple[Verdict, ...]
    problems: tuple[Problem, ...]

    @property
    def serves(self) -> bool | None:
        """Whether the machine is served; None if that is not known and nothing else is wrong."""
        unknown = sum(verdict.serves is None for verdict in self.verdicts)
        return None if unknown and unknown == len(self.problems) else not self.problems


def advise(target: Target, machine: Machine, facts: Facts, others: Sequence[Target] = ()) -> Advice:
    """Resolve the target's framework for a machine; every conflict names both sides and a remedy.

    `others` are targets that could be taken instead.
    """
    if problems := invalid_choices(target, facts):
        return Advice(None, (), problems)
    try:
        release = select_release(target, facts)
    except InvalidInputError as error:
        change = nearest(target, machine, facts, others)
        return Advice(
            None, (), tuple(dataclasses.replace(p, remedy=change or p.remedy) for p in error.problems)
        )
    judged = verdicts(target, release, machine, facts)
    refused = [verdict for verdict in judged if not verdict.serves]
    change = ""
    if any(not verdict.remedy for verdict in refused):
        change = nearest(target, machine, facts, others) or no_single_change(target, machine, facts)
    return Advice(release, judged, tuple(_problem(verdict, change, target) for verdict in refused))


def _problem(verdict: Verdict, change: str, target: Target) -> Problem:
    source = f" ({verdict.source})" if verdict.source else ""
    return Problem(verdict.reason + source, verdict.remedy or change, target.places.get(verdict.place))
