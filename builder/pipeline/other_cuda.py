"""The package that brings the target's own CUDA instead of a second one, tried with uv."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.core import console
from builder.core.errors import TailboxError
from builder.facts.models import Facts
from builder.lock.pins import parse_pins
from builder.lock.uv import compile_requirements
from builder.resolve.cuda import SecondCuda
from builder.resolve.resolve import select
from builder.targets.target import Target


def variant(problem: SecondCuda, target: Target, facts: Facts, locks: Path) -> str:
    """Return in words the first variant with which the target can be locked; empty where none can."""
    for name in problem.variants:
        console.step(f"trying {name}")
        pip = tuple(name if text == problem.requirement else text for text in target.pip)
        if pin := _locked(name, dataclasses.replace(target, pip=pip), facts, locks):
            return f"write {name} instead of {problem.requirement} (tried: gives {pin})"
    return ""


def _locked(name: str, target: Target, facts: Facts, locks: Path) -> str:
    """The pin that a target with a variant has of it; empty if the target cannot be locked."""
    sources: dict[str, tuple[str, ...]] = dict.fromkeys(target.from_source, ())
    try:
        found = select(target, facts)
        wanted, bound, indexes = found.requirements, found.target.constraints, target.indexes
        text = compile_requirements(
            wanted,
            found.python.full,
            locks,
            None,
            (),
            bound,
            indexes,
            sources=sources,
            excludes=target.excludes,
        )
    except TailboxError:
        return ""
    package = canonicalize_name(Requirement(name).name)
    return next((str(pin) for pin in parse_pins(text) if pin.name == package), "")
