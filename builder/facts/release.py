"""A release of a framework: what its wheels hold, and which GPUs they serve."""

from __future__ import annotations

from typing import Annotated

from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, Field

from builder.core.model import Strict, regex
from builder.facts.compute_capability import number


def _version(text: str) -> str:
    try:
        Version(text)
    except InvalidVersion:
        raise ValueError("a version was expected: 2.15.0") from None
    return text


CudaVersion = Annotated[str, regex(r"\d+\.\d+", "a CUDA version was expected: 13.2")]


class Floor(Strict):
    """The oldest GPU that the libraries of a release serve, and why."""

    gpu: str
    why: str


class Release(Strict):
    """One release of a framework for one CUDA, as its wheels are.

    `archs` and `ptx` are what the bulk of its kernels is compiled for; `extras` are those of its requirement
    (`cuda13`); `hold` names wheels to pin to its CUDA; `broken` maps a GPU on which it is known to fail to
    the report; `code` is the library with its kernels (a pattern below site-packages); `built` is the CUDA
    that compiled them, unless it is `cuda`; `floor` is the oldest GPU that its other libraries serve.
    """

    version: Annotated[str, AfterValidator(_version)]
    cuda: CudaVersion
    python: tuple[str, ...]
    archs: tuple[str, ...]
    source: str
    code: str = ""
    ptx: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    hold: tuple[str, ...] = ()
    broken: dict[str, str] = Field(default_factory=dict)
    built: CudaVersion | None = None
    floor: Floor | None = None

    def framework_requirement(self, name: str) -> str:
        """Return the framework's own requirement: `jax[cuda13]==0.12.0.1`."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{name}{extras}=={self.version}"

    @property
    def cuda_pins(self) -> tuple[str, ...]:
        """Return the pins that keep its wheels to one CUDA, to the minor version."""
        return tuple(f"{name}=={self.cuda}.*" for name in self.hold)

    @property
    def parsed(self) -> Version:
        return Version(self.version)

    @property
    def order(self) -> tuple[Version, Version]:
        """Return a sort key: newer releases come later, and of one release the newer CUDA."""
        return self.parsed, Version(self.cuda)

    @property
    def cuda_major(self) -> str:
        return self.cuda.split(".")[0]

    @property
    def compiler(self) -> str:
        """Return the CUDA whose compiler made its PTX."""
        return self.built or self.cuda

    def drops(self, gpu: str) -> bool:
        """Return whether a GPU is too old for its other libraries."""
        return self.floor is not None and number(gpu) < number(self.floor.gpu)
