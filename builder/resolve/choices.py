"""Why an image has its base, its Python and its framework: a choice for each. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.requirements import Requirement

from builder.facts.compute_capability import code_for
from builder.facts.models import Facts
from builder.facts.pythons import ImagePython
from builder.facts.release import Release
from builder.resolve import cuda
from builder.resolve.choice import Choice
from builder.resolve.select_release import framework_asks
from builder.targets.target import Target


def base_choices(target: Target, python: ImagePython, facts: Facts) -> Iterable[Choice]:
    """Explain the base image and its Python."""
    debian = f"Debian {python.debian}"
    if target.base:
        yield Choice("base", target.base, "the target's `from`")
        yield Choice("python", target.python, f"what {target.base} must have")
        return
    usual = python.debian == facts.versions.debian
    yield Choice("base", debian, "the project's own" if usual else f"its own Python is {target.python}")
    if build := python.managed:
        why = f"CPython {build.version} as uv brings it: no Debian of the project's has {target.python}"
        yield Choice("python", target.python, f"{why}; JupyterLab runs on {debian}'s own", build.url)
    else:
        yield Choice("python", target.python, f"{debian}'s own")


def framework_choices(target: Target, release: Release, facts: Facts) -> Iterable[Choice]:
    """Explain the release of the framework, its CUDA, and what serves each GPU."""
    name = cuda.framework_name(target)
    asks = framework_asks(target)
    said = "; ".join(f"{place or 'the target'} asks for {text}" for text, place in asks.items())
    why = "the newest release that fits the target" + (f": {said}" if said else "")
    yield Choice(name, release.version, why, release.source)
    yield Choice(
        "cuda", release.cuda, f"what the wheel of {name} {release.version} is built for", release.source
    )
    for gpu in target.gpus:
        arch = code_for(gpu, release.archs)
        cards = ", ".join(facts.compat.gpus[gpu].names) if gpu in facts.compat.gpus else ""
        yield Choice(gpu, str(arch), f"the machine code that serves {cards or gpu}", release.source)
    floor = cuda.driver_floor(target.gpus, release, facts.compat)
    yield Choice(
        "driver", f">= {floor}", f"CUDA {release.cuda} and the target's GPUs need it", "NVIDIA's tables"
    )


def named_wheels(target: Target) -> Iterable[Choice]:
    """Name the wheels that do not come from an index."""
    for text in target.pip:
        if url := (wheel := Requirement(text)).url:
            place = target.places.get(f"pip:{text}") or "the target"
            yield Choice(wheel.name, url, f"{place} names its address; the lock has its hash")
