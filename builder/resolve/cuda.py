"""One CUDA in an image: what brings one, which two exclude each other, which driver serves it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.core.errors import Problem
from builder.facts.models import Compat
from builder.facts.release import Release
from builder.lock.pins import Pin
from builder.targets.target import Target

# The framework of what stands on CUDA alone: NVIDIA's own libraries as wheels.
TOOLKIT = "cuda-toolkit"


@dataclass(frozen=True)
class SecondCuda(Problem):
    """A requirement brings another CUDA than the target has; `variants` are what brings the target's."""

    requirement: str = ""
    variants: tuple[str, ...] = ()


def framework_name(target: Target) -> str:
    """Return the framework's name, empty without one."""
    return Requirement(target.framework).name if target.framework else ""


def of_base(base: str) -> str | None:
    """Read the CUDA version from the tag of NVIDIA's images: `12.8` of `nvidia/cuda:12.8.1-runtime-...`."""
    found = re.search(r"(?:^|/)nvidia/cuda:(\d+\.\d+)", base)
    return found[1] if found else None


def same(asked: str, found: str) -> bool:
    """Tell whether a CUDA version is the one asked for: `13` takes every 13.x, `13.2` only itself."""
    return found == asked or found.split(".")[0] == asked


def brought_by(text: str, named: Mapping[str, str]) -> str | None:
    """Return the CUDA major that a requirement brings: `jax[cuda12]`, `nvidia-nccl-cu12`, one in `named`."""
    requirement = Requirement(text)
    name = canonicalize_name(requirement.name)
    for extra in sorted(requirement.extras):
        if f"{name}[{extra}]" in named:
            return named[f"{name}[{extra}]"]
        if found := re.fullmatch(r"cuda-?(\d\d)(-.*)?", extra):
            return found[1]
    return _major_in_name(name)


def _major_in_name(name: str) -> str | None:
    found = re.fullmatch(r".*-cu(?:da)?(\d\d)x?", name)
    return found[1] if found else None


def _variants(text: str, brought: str, major: str) -> tuple[str, ...]:
    """Name what a requirement could be called for another CUDA: of the same version, then of any."""
    requirement = Requirement(text)
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    plain = requirement.name + extras
    other = re.sub(rf"(?<=[-\[,])(cuda-?|cu){brought}(?=x?[-,\]]|x?$)", rf"\g<1>{major}", plain)
    return tuple(dict.fromkeys((f"{other}{requirement.specifier}", other))) if other != plain else ()


def conflicts(target: Target, release: Release | None, named: Mapping[str, str]) -> list[Problem]:
    """List the requirements that bring another CUDA than the framework or an earlier requirement."""
    problems = []
    owner, major = (f"{target.framework}", release.cuda_major) if release else ("", None)
    if target.base and (own := of_base(target.base)):
        if release:
            problems.append(
                Problem(
                    f"two CUDAs: {target.base} holds CUDA {own}, {owner} brings CUDA {release.cuda}",
                    "take a base image without CUDA, the wheels need none",
                    target.places.get("base"),
                )
            )
        owner, major = target.base, own.split(".")[0]
    for text in target.pip:
        brought = brought_by(text, named)
        if brought and major and brought != major:
            problems.append(
                SecondCuda(
                    f"two CUDAs: {text} brings CUDA {brought}, {owner} brings CUDA {major}",
                    f"remove one of them, or take the variant of {text} for CUDA {major}",
                    target.places.get(f"pip:{text}"),
                    requirement=text,
                    variants=_variants(text, brought, major),
                )
            )
        elif brought and not major:
            owner, major = text, brought
    return problems


def second_cuda(pins: tuple[Pin, ...], release: Release | None, without: tuple[str, ...]) -> list[Problem]:
    """List wheels of a lock whose names carry a second CUDA major; those in `without` hold no CUDA."""
    majors: dict[str, str] = {release.cuda_major: "the framework"} if release else {}
    for pin in pins:
        if (major := _major_in_name(pin.name)) and not any(fnmatch(pin.name, name) for name in without):
            majors.setdefault(major, pin.name)
    if len(majors) < 2:
        return []
    sides = ", ".join(f"CUDA {major} by {name}" for major, name in sorted(majors.items()))
    return [
        Problem(f"two CUDAs in the lock: {sides}", "remove what brings the second one, then tailbox lock")
    ]


def driver_floor(gpus: tuple[str, ...], release: Release, compat: Compat) -> int:
    """Return the oldest driver branch that serves the release's CUDA on every GPU of the target."""
    floors = [compat.cuda[release.cuda_major].driver]
    return max(floors + [compat.gpus[gpu].driver for gpu in gpus if gpu in compat.gpus])
