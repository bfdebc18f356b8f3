"""The plan: every decision about an image, with its reason, before a file is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from builder.core.notes import Note
from builder.core.reference import Reference
from builder.facts.pythons import ImagePython
from builder.facts.slim_rules import SlimRule
from builder.lock.pins import Pin
from builder.resolve.choice import Choice
from builder.resolve.sources import SourceBuild
from builder.targets.attachments import Check, ImageFile
from builder.targets.schema import Hooks, SshBackend


@dataclass(frozen=True)
class WheelLayer:
    """Wheels that are installed together in one layer.

    `slim` is what they are relieved of in the same step.
    """

    name: str
    pins: tuple[Pin, ...]
    slim: tuple[SlimRule, ...] = ()

    @property
    def text(self) -> str:
        """Their requirements with hashes, as the step that installs them reads them."""
        return "".join(pin.text for pin in self.pins)


@dataclass(frozen=True)
class Plan:
    """All that `render` needs to know.

    `archs` is the machine code that the framework's wheels must hold for the target's GPUs, `code` the
    library that holds it; `driver` the oldest NVIDIA driver branch that serves them (None without CUDA).
    `base` is the image that the target's `from` names, None for a Debian. `python` is the user's as paths
    have it (3.13), `pythons` says more of it and of the system's. `extra_apt` are Debian
    packages that come above the framework's layers, `debian_lock` the versions that all had when locked.
    `notes` name what is left out of what was asked for, or changed; `indexes` serve wheels besides PyPI;
    `sources` are packages that are built.
    `contexts` says what the base and the programs are that the build takes in, by the build context's name.
    """

    target: str
    description: str
    tag: str
    base: str | None
    debian: str
    python: str
    pythons: ImagePython
    tailscale: str
    framework: str | None
    cuda: str | None
    gpus: tuple[str, ...]
    archs: tuple[str, ...]
    code: str
    driver: int | None
    ssh: SshBackend
    jupyter: bool
    apt: tuple[str, ...]
    extra_apt: tuple[str, ...]
    env: Mapping[str, str]
    files: tuple[ImageFile, ...]
    hooks: Hooks
    jupyterlab: WheelLayer
    wheels: tuple[WheelLayer, ...]
    sources: tuple[SourceBuild, ...]
    debian_lock: Mapping[str, str]
    checks: tuple[Check, ...]
    disk_gb: int
    epoch: int
    contexts: Mapping[str, str]
    choices: tuple[Choice, ...]
    notes: tuple[Note, ...] = ()
    indexes: tuple[str, ...] = ()

    @property
    def reference(self) -> Reference:
        """What its image is called on this machine."""
        return Reference(self.target, self.tag)

    @property
    def locked(self) -> tuple[WheelLayer, ...]:
        """All wheels that a build fetches: those of the environments, and those that build others."""
        builds = (WheelLayer(source.environment, source.lock.pins) for source in self.sources)
        return (*self.environments, *builds)

    @property
    def environments(self) -> tuple[WheelLayer, ...]:
        """All layers of wheels: JupyterLab's environment, then the user's."""
        return (self.jupyterlab, *self.wheels)

    @property
    def expectations(self) -> dict[str, object]:
        """The answers that the image must give; the target's checks get them as JSON."""
        return {
            "python": self.python,
            "framework": self.framework,
            "cuda": self.cuda,
            "gpus": list(self.gpus),
            "archs": list(self.archs),
            "code": self.code,
        }
