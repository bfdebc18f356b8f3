"""Models of the facts: pinned tools, frameworks, GPUs and drivers."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from functools import cached_property

from packaging.specifiers import SpecifierSet
from packaging.version import Version
from pydantic import Field

from builder.core.model import Strict
from builder.facts.pythons import Pythons
from builder.facts.release import Release
from builder.facts.slim_rules import SlimRule


class Versions(Strict):
    """`images/versions.yaml`: every pinned tool."""

    debian: str
    python: str
    debians: dict[str, str]
    managed_pythons: tuple[str, ...]
    tailscale: str
    tailscale_tags: tuple[str, ...]
    go: str
    uv: str
    buildkit: str
    actionlint: str
    oras: str
    jupyterlab: str
    ipykernel: str
    older_ipykernels: dict[str, str]
    epoch: int

    def on(self, debian: str) -> Versions:
        """Return the same tools with another Debian release as the base."""
        return self.model_copy(update={"debian": debian})

    @property
    def contexts(self) -> dict[str, str]:
        """Describe the build contexts that hold programs; the text changes with their contents."""
        tags = hashlib.sha256(" ".join(self.tailscale_tags).encode()).hexdigest()[:12]
        return {
            "tailscale": f"{self.tailscale}, Go {self.go}, tags {tags}",
            "session": f"Go {self.go}",
            "uv": self.uv,
        }


class Major(Strict):
    """A major version of CUDA: the oldest driver branch and the oldest GPU that it serves."""

    driver: int
    gpu: str
    source: str


class Gpu(Strict):
    """A compute capability: the driver branches that serve it (`last` if newer ones dropped it), its cards.

    `names` are the common names of the series; the other lists are cards by product line. `arm` are the cards
    that come with an arm64 processor.
    """

    driver: int
    last: int | None = None
    names: tuple[str, ...]
    geforce: tuple[str, ...] = ()
    pro: tuple[str, ...] = ()
    datacenter: tuple[str, ...] = ()
    arm: tuple[str, ...] = ()

    @property
    def cards(self) -> tuple[str, ...]:
        return (*self.geforce, *self.pro, *self.datacenter)


class LayerRule(Strict):
    """A layer of wheels, and shell patterns for the packages in it."""

    name: str
    match: tuple[str, ...]

    def takes(self, package: str) -> bool:
        """Return whether a package goes into this layer."""
        return self._pattern.fullmatch(package) is not None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(fnmatch.translate, self.match)))


class BuiltAgainst(Strict):
    """Something that releases of a framework need and do not say: a bound on another package, and why."""

    framework: str
    releases: str
    holds: str
    why: str
    source: str

    def binds(self, framework: str, release: Version) -> bool:
        """Whether a release of a framework is one of them."""
        return framework == self.framework and SpecifierSet(self.releases).contains(release)


class BuildFacts(Strict):
    """What a source distribution needs for its build and does not say.

    `requires` are wheels, `framework` and `nvcc` whether its build takes them, `gb` the memory of a compiler
    process, `env` its settings, and `archs` a variable that names one or more of the architectures listed.
    """

    requires: tuple[str, ...] = ()
    framework: bool = False
    nvcc: bool = False
    gb: float = 2
    env: dict[str, str] = Field(default_factory=dict)
    archs: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Compat(Strict):
    """`images/compat.yaml`."""

    frameworks: dict[str, tuple[Release, ...]]
    cuda: dict[str, Major]
    toolkits: dict[str, int]
    sources: dict[str, str]
    gpus: dict[str, Gpu]
    brings_cuda: dict[str, str]
    built_against: tuple[BuiltAgainst, ...]
    plain_images: tuple[str, ...]
    without_cuda: tuple[str, ...]
    layers: tuple[LayerRule, ...]
    nvcc: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    builds: dict[str, BuildFacts] = Field(default_factory=dict)


class Facts(Strict):
    """All that a plan is resolved against."""

    versions: Versions
    compat: Compat
    slim: tuple[SlimRule, ...] = ()
    pythons: Pythons


class UserReleases(Strict):
    """A user's own facts: releases newer than this tool, as `tailbox facts --save` writes them."""

    frameworks: dict[str, tuple[Release, ...]]
