"""What is known when a plan is made: pinned tools and what fits together. Data in `images/`."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatch
from pathlib import Path

from packaging.version import Version
from pydantic import Field

from builder import document, slim, strict
from builder.fatbin import number
from builder.slim import SlimRule
from builder.strict import Strict


class Versions(Strict):
    """`images/versions.yaml`: every pinned tool."""

    debian: str
    python: str
    tailscale: str
    tailscale_tags: tuple[str, ...]
    go: str
    uv: str
    buildkit: str
    actionlint: str
    oras: str
    jupyterlab: str
    ipykernel: str
    epoch: int

    @property
    def contexts(self) -> dict[str, str]:
        """What is in the build contexts that hold programs, in words that change with it."""
        tags = hashlib.sha256(" ".join(self.tailscale_tags).encode()).hexdigest()[:12]
        return {
            "tailscale": f"{self.tailscale}, Go {self.go}, tags {tags}",
            "session": f"Go {self.go}",
            "uv": self.uv,
        }


class Release(Strict):
    """One release of a framework for one CUDA, as its wheels are.

    `archs` is the machine code that the bulk of its kernels is compiled for, `ptx` the PTX; `extras` is what
    its requirement asks for besides (`cuda13`); `hold` names wheels that are held to its CUDA; `broken` maps
    a GPU on which it is known to fail to the report; `code` is the library (a pattern below site-packages)
    that holds its kernels.
    """

    version: str
    cuda: str
    python: tuple[str, ...]
    archs: tuple[str, ...]
    source: str
    code: str = ""
    ptx: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    hold: tuple[str, ...] = ()
    broken: dict[str, str] = Field(default_factory=dict)

    def requirement(self, name: str) -> str:
        """The framework's own requirement: `jax[cuda13]==0.12.0.1`."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{name}{extras}=={self.version}"

    @property
    def requirements(self) -> tuple[str, ...]:
        """What the wheels of this release need held so that there is one CUDA, to the minor version."""
        return tuple(f"{name}=={self.cuda}.*" for name in self.hold)

    @property
    def parsed(self) -> Version:
        return Version(self.version)

    @property
    def order(self) -> tuple[Version, Version]:
        """Newer releases come later, and of one release the newer CUDA."""
        return self.parsed, Version(self.cuda)

    @property
    def cuda_major(self) -> str:
        return self.cuda.split(".")[0]


class Driver(Strict):
    """The oldest NVIDIA driver branch that serves something, and where that is said."""

    driver: int
    source: str


class Gpu(Strict):
    """A compute capability: the driver branches that know it (`last` where newer ones dropped it), its cards.

    `names` are the series as people call them; the other lists are cards by what NVIDIA sells them as.
    """

    driver: int
    last: int | None = None
    names: tuple[str, ...]
    geforce: tuple[str, ...] = ()
    pro: tuple[str, ...] = ()
    datacenter: tuple[str, ...] = ()


class LayerRule(Strict):
    """A layer of wheels and the shell patterns of the names that go into it."""

    name: str
    match: tuple[str, ...]

    def takes(self, package: str) -> bool:
        return any(fnmatch(package, pattern) for pattern in self.match)


class Compat(Strict):
    """`images/compat.yaml`."""

    frameworks: dict[str, tuple[Release, ...]]
    cuda: dict[str, Driver]
    toolkits: dict[str, int]
    sources: dict[str, str]
    gpus: dict[str, Gpu]
    brings_cuda: dict[str, str]
    without_cuda: tuple[str, ...]
    layers: tuple[LayerRule, ...]


class Facts(Strict):
    """All that a plan is resolved against."""

    versions: Versions
    compat: Compat
    slim: tuple[SlimRule, ...] = ()


class OwnReleases(Strict):
    """A user's own facts: releases that are newer than this tool, as `tailbox facts --save` writes them."""

    frameworks: dict[str, tuple[Release, ...]]


def load(images: Path, own: Path | None = None) -> Facts:
    """Read what `images/` knows, and a user's own releases. Raises InvalidInput with file:line."""
    versions = strict.parse(document.read(images / "versions.yaml"), Versions)
    compat = strict.parse(document.read(images / "compat.yaml"), Compat)
    rules = slim.load(images)
    if own is None or not own.is_file():
        return Facts(versions=versions, compat=compat, slim=rules)
    added = strict.parse(document.read(own), OwnReleases).frameworks
    merged = {
        name: _merged(compat.frameworks.get(name, ()), added.get(name, ()))
        for name in {**compat.frameworks, **added}
    }
    return Facts(versions=versions, compat=compat.model_copy(update={"frameworks": merged}), slim=rules)


def _merged(ours: tuple[Release, ...], own: tuple[Release, ...]) -> tuple[Release, ...]:
    """All releases; the user's own word counts where both know one."""
    return tuple({(release.version, release.cuda): release for release in (*ours, *own)}.values())


def code_for(gpu: str, archs: tuple[str, ...]) -> str | None:
    """The compiled arch that serves a GPU: the highest of its major version that is not above it.

    Machine code runs on any GPU of the same major and an equal or higher minor number (CUDA C++
    Programming Guide, "Binary Compatibility"): sm_86 code serves an sm_89 card, sm_90 never sm_120.
    """
    fitting = [arch for arch in archs if _major(arch) == _major(gpu) and _minor(arch) <= _minor(gpu)]
    return max(fitting, key=_minor, default=None)


def _major(arch: str) -> int:
    return number(arch) // 10


def _minor(arch: str) -> int:
    return number(arch) % 10
