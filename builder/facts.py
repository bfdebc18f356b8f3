"""What is known when a plan is made: pinned tools and what fits together. Data in `images/`."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from packaging.version import Version

from builder import document
from builder.document import Strict


class Versions(Strict):
    """`images/versions.yaml`: every pinned tool."""

    debian: str
    python: str
    tailscale: str
    tailscale_tags: tuple[str, ...]
    go: str
    go_minimum: str
    uv: str
    jupyterlab: str
    ipykernel: str
    epoch: int


class Release(Strict):
    """One release of a framework: the CUDA of its wheels, their machine code, and what follows its CUDA."""

    version: str
    cuda: str
    python: tuple[str, ...]
    archs: tuple[str, ...]
    source: str
    hold: tuple[str, ...] = ()

    @property
    def requirements(self) -> tuple[str, ...]:
        """What the wheels of this release need held so that there is one CUDA, to the minor version."""
        return tuple(f"{name}=={self.cuda}.*" for name in self.hold)

    @property
    def parsed(self) -> Version:
        return Version(self.version)

    @property
    def cuda_major(self) -> str:
        return self.cuda.split(".")[0]


class Driver(Strict):
    """The oldest NVIDIA driver branch that serves something."""

    driver: int


class Gpu(Driver):
    """A compute capability: the driver branch that first knows it, and cards people call by name."""

    names: tuple[str, ...]


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
    gpus: dict[str, Gpu]
    brings_cuda: dict[str, str]
    layers: tuple[LayerRule, ...]


class Facts(Strict):
    """All that a plan is resolved against."""

    versions: Versions
    compat: Compat


def load(images: Path) -> Facts:
    """Read `versions.yaml` and `compat.yaml`. Raises InvalidInput with file:line."""
    return Facts(
        versions=document.parse(document.read(images / "versions.yaml"), Versions),
        compat=document.parse(document.read(images / "compat.yaml"), Compat),
    )


def code_for(gpu: str, archs: tuple[str, ...]) -> str | None:
    """The compiled arch that serves a GPU: the highest of its major version that is not above it.

    Machine code runs on any GPU of the same major and an equal or higher minor number (CUDA C++
    Programming Guide, "Binary Compatibility"): sm_86 code serves an sm_89 card, sm_90 never sm_120.
    """
    fitting = [arch for arch in archs if _major(arch) == _major(gpu) and _minor(arch) <= _minor(gpu)]
    return max(fitting, key=_minor, default=None)


def _major(arch: str) -> int:
    return int(arch.removeprefix("sm_")[:-1])


def _minor(arch: str) -> int:
    return int(arch[-1])
