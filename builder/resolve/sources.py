"""What an image has built from source: each with what it is made of, and the settings of its build. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from builder.core.errors import Problem
from builder.facts.compute_capability import code_for, number
from builder.facts.models import BuildFacts, Facts
from builder.facts.release import Release
from builder.lock.lockfiles import Lock
from builder.lock.pins import Pin
from builder.lock.source_lock import BuildLock
from builder.resolve.choice import Choice
from builder.resolve.cuda import framework_name
from builder.targets.target import Target


@dataclass(frozen=True)
class SourceBuild:
    """A wheel to build: of a pinned source distribution, or (`pin` is None) of a project's `files`.

    `gb` is the memory that a process of its build takes, `settings` its environment, and `stands_on` what of
    the image it is built for. Its machine code is for `gpus`.
    """

    lock: BuildLock
    pin: Pin | None
    files: tuple[tuple[str, bytes], ...]
    gpus: tuple[str, ...]
    gb: float
    settings: Mapping[str, str]
    stands_on: tuple[str, ...]

    @property
    def name(self) -> str:
        """The package, or the path of the project."""
        return self.lock.name

    @property
    def choice(self) -> Choice:
        """Explain it in a plan."""
        needs = [need for need in ("framework", "nvcc") if getattr(self.lock, need)]
        why = "it has no wheel, or is yours" + (f"; its build takes {' and '.join(needs)}" if needs else "")
        return Choice(
            self.name, "built" if self.pin is None else f"{self.pin.version}, built", why, "from_source"
        )

    @property
    def environment(self) -> str:
        """The name of the environment that its build takes."""
        return "build-" + "".join(c if c.isalnum() else "-" for c in self.name.removeprefix("./")).lower()

    @property
    def source(self) -> str:
        """A digest of its source; a source distribution's own."""
        if self.pin:
            return self.pin.hashes[0]
        content = hashlib.sha256()
        for name, text in self.files:
            content.update(f"{name} {len(text)}\0".encode() + text)
        return content.hexdigest()

    @property
    def key(self) -> str:
        """A digest of all that decides about the wheel: with the same one it is never built again."""
        made_of = [self.source, self.lock.text, dict(self.settings), self.stands_on]
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:20]


def source_builds(
    target: Target, release: Release | None, lock: Lock, facts: Facts
) -> tuple[SourceBuild, ...]:
    """Return what a target has built, those of an index first."""
    pins = {pin.name: pin for pin in lock.venv}
    projects = {project.name: project.files for project in target.projects}
    locks = {build.name: build for build in lock.builds}
    return tuple(
        SourceBuild(
            locks[name],
            pins.get(name),
            projects.get(name, ()),
            target.gpus if locks[name].nvcc else (),
            facts.compat.builds.get(name, BuildFacts()).gb,
            _settings(locks[name], target, release, facts),
            tuple(_stands_on(locks[name], target, release)),
        )
        for name in (*target.from_source, *projects)
    )


def source_problems(target: Target, lock: Lock) -> list[Problem]:
    """List what is to be built and is not locked."""
    locked = {build.name for build in lock.builds}
    wanted = (*target.from_source, *(project.name for project in target.projects))
    command = f"tailbox lock {target.user_file or target.name}"
    return [
        Problem(f"the lock of {target.name} does not hold the build of {name}", command)
        for name in wanted
        if name not in locked
    ]


def _stands_on(build: BuildLock, target: Target, release: Release | None) -> Iterator[str]:
    """Name what of the image a build is for; another release of the framework has another ABI."""
    yield f"python {target.python}"
    yield from (f"debian {name}" for name in target.extra_apt)
    if build.framework and release:
        yield f"{framework_name(target)} {release.version}"
    if (build.framework or build.nvcc) and release:
        yield f"cuda {release.cuda}"


def _settings(build: BuildLock, target: Target, release: Release | None, facts: Facts) -> dict[str, str]:
    """Return the environment of a build: the architectures of its code as torch, CMake and it read them."""
    known = facts.compat.builds.get(build.name, BuildFacts())
    gpus = target.gpus or (release.archs if release else ())
    if not build.nvcc:
        return known.env
    numbers = sorted({number(gpu) for gpu in gpus})
    named = {
        "TORCH_CUDA_ARCH_LIST": ";".join(f"{each // 10}.{each % 10}" for each in numbers),
        "CUDAARCHS": ";".join(f"{each}-real" for each in numbers),
    }
    for variable, archs in known.archs.items():
        code = {number(arch) for gpu in gpus if (arch := code_for(gpu, archs))}
        named[variable] = ";".join(map(str, sorted(code)))
    return {**known.env, **named}
