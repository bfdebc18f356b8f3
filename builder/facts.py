"""What is known when a plan is made: pinned tools and what fits together. Data in `images/`."""

from __future__ import annotations

import dataclasses
import hashlib
from fnmatch import fnmatch
from pathlib import Path

from builder import slim
from builder.core import model, yaml_document
from builder.core.errors import InvalidInput, Problem
from builder.core.model import Strict
from builder.core.yaml_document import Document
from builder.release import Release
from builder.slim import SlimRule

_TAKE_OUT = "leave the release out of your own facts"


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


class Major(Strict):
    """A major version of CUDA: the oldest driver branch and the oldest GPU that it serves."""

    driver: int
    gpu: str
    source: str


class Gpu(Strict):
    """A compute capability: the driver branches that know it (`last` where newer ones dropped it), its cards.

    `names` are the series as people call them; the other lists are cards by what NVIDIA sells them as.
    `arm` are those of them that come with an arm64 processor.
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
    """A layer of wheels and the shell patterns of the names that go into it."""

    name: str
    match: tuple[str, ...]

    def takes(self, package: str) -> bool:
        return any(fnmatch(package, pattern) for pattern in self.match)


class Compat(Strict):
    """`images/compat.yaml`."""

    frameworks: dict[str, tuple[Release, ...]]
    cuda: dict[str, Major]
    toolkits: dict[str, int]
    sources: dict[str, str]
    gpus: dict[str, Gpu]
    brings_cuda: dict[str, str]
    plain_images: tuple[str, ...]
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
    versions = model.parse(yaml_document.read(images / "versions.yaml"), Versions)
    compat = model.parse(yaml_document.read(images / "compat.yaml"), Compat)
    rules = slim.load(images)
    if own is None or not own.is_file():
        return Facts(versions=versions, compat=compat, slim=rules)
    added = own_releases(yaml_document.read(own), compat)
    merged = {
        name: _merged(compat.frameworks.get(name, ()), added.get(name, ()))
        for name in {**compat.frameworks, **added}
    }
    return Facts(versions=versions, compat=compat.model_copy(update={"frameworks": merged}), slim=rules)


def own_releases(doc: Document, compat: Compat) -> dict[str, tuple[Release, ...]]:
    """A user's own releases. Raises InvalidInput for what no plan could take."""
    try:
        found = model.parse(doc, OwnReleases).frameworks
    except InvalidInput as error:
        said = [dataclasses.replace(one, remedy=one.remedy or _TAKE_OUT) for one in error.problems]
        raise InvalidInput(*said) from None
    wrong = [
        dataclasses.replace(problem, where=doc.where(("frameworks", name, n, "cuda")))
        for name, releases in found.items()
        for n, release in enumerate(releases)
        if (problem := no_driver(name, release.version, release.cuda, compat))
    ]
    if wrong:
        raise InvalidInput(*wrong)
    return found


def no_driver(name: str, version: str, cuda: str, compat: Compat) -> Problem | None:
    """A release of a CUDA that is too new for this tool, which knows no driver for it."""
    major = cuda.partition(".")[0]
    if major in compat.cuda:
        return None
    what = f"{name} {version} is for CUDA {cuda}: no driver is known for CUDA {major}"
    return Problem(what, f"a newer tailbox may know it; {_TAKE_OUT}")


def _merged(ours: tuple[Release, ...], own: tuple[Release, ...]) -> tuple[Release, ...]:
    """All releases; the user's own word counts where both know one."""
    return tuple({(release.version, release.cuda): release for release in (*ours, *own)}.values())
