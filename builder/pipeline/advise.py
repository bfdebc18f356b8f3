"""Whether a target serves a machine that a person describes."""

from __future__ import annotations

from dataclasses import replace

from builder.pipeline.workspace import Workspace
from builder.resolve import machine
from builder.resolve.advise import Advice, advise
from builder.resolve.alternatives import variants
from builder.resolve.validate import unsupported_python
from builder.targets.target import catalogue, load_target


def advise_on_machine(reference: str, gpu: str | None, driver: str | None, workspace: Workspace) -> Advice:
    """Judge a target on a machine that a person describes. Raises InvalidInputError for what is not known."""
    facts, images = workspace.facts, workspace.images
    target = load_target(reference, images)
    catalogued = [] if target.user_file else [load_target(name, images) for name in catalogue(images)]
    others = variants(target, catalogued)
    advice = advise(target, machine.parse(gpu, driver, facts.compat), facts, others)
    return replace(advice, problems=(*unsupported_python(target, facts), *advice.problems))
