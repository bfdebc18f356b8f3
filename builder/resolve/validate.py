"""Problems of a target that no machine and no lock can change. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.version import Version

from builder.core.errors import Problem, did_you_mean
from builder.facts.models import Facts
from builder.resolve import cuda
from builder.targets.target import Target

# What runs inside a node (nodectl, the entrypoint) is written for it, and runs on the system's.
OLDEST_PYTHON = Version("3.11")


def invalid_choices(target: Target, facts: Facts) -> tuple[Problem, ...]:
    """List what `framework`, `cuda` and `gpus` cannot say."""
    if not target.framework:
        return tuple(_unheeded(target))
    requirement, where = Requirement(target.framework), target.places.get("framework")
    if requirement.name not in facts.compat.frameworks:
        known = facts.compat.frameworks
        hint = did_you_mean(requirement.name, known)
        what = f"unknown framework {requirement.name!r}{hint}"
        return (Problem(what, f"known: {', '.join(known)}", where),)
    if not requirement.extras and not requirement.marker:
        return ()
    what = f"`framework` is a name and a version, without extras and conditions: {target.framework}"
    return (Problem(what, _plainly(requirement, facts), where),)


def _plainly(requirement: Requirement, facts: Facts) -> str:
    """Say how to write a framework that was written with extras or a condition."""
    name = requirement.name
    plain = f"write framework: {name}{requirement.specifier}"
    extras = {
        extra: cuda.brought_by(f"{name}[{extra}]", facts.compat.brings_cuda) for extra in requirement.extras
    }
    majors = sorted(major for major in extras.values() if major)
    others = ",".join(sorted(extra for extra, major in extras.items() if not major))
    plain += f' and cuda: "{majors[0]}"' if majors else ""
    return plain + (f", and {name}[{others}] into packages.pip" if others else "")


def _unheeded(target: Target) -> Iterator[Problem]:
    """List keys that mean nothing without a framework."""
    for key, value in (("cuda", target.cuda), ("gpus", target.gpus)):
        if value:
            what = f"`{key}` says nothing without a `framework`, whose releases it chooses among"
            remedy = f"write framework: {cuda.TOOLKIT}, or remove `{key}`"
            yield Problem(what, remedy, target.places.get(key))


def unsupported_python(target: Target, facts: Facts) -> tuple[Problem, ...]:
    """Refuse a Python that nobody brings, or a `from` whose own is too old for the node."""
    where, known = target.places.get("python"), facts.pythons.known()
    if target.base and Version(target.python) < OLDEST_PYTHON:
        remedy = f"take an image with Python {OLDEST_PYTHON} or newer"
        return (Problem(f"Python {target.python} is too old for what runs in a node", remedy, where),)
    if target.base or target.python in known:
        return ()
    what = f"Python {target.python} is none of those that an image can have"
    remedy = f"write one of {', '.join(known)}, or `from:` an image whose python3 is {target.python}"
    return (Problem(what, remedy, where),)
