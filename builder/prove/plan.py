"""The input of the prover: what an image promises, filled from a resolved plan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from builder.prove.limits import OF_A_PROOF, Limits


class Backend(StrEnum):
    """An SSH back end of a node, reached over the tailnet on `port`."""

    SSHD = "sshd"
    TAILSCALE = "tailscale"

    @property
    def port(self) -> int:
        """The tailnet port on which it answers."""
        return 2222 if self is Backend.SSHD else 22


# The proxy listens where tailscaled delivers nothing, so that no peer reaches it.
PROXY = ("127.0.0.2", 1055)
JUPYTER_PORT = 8888


@dataclass(frozen=True)
class TargetCheck:
    """A target's own check: Python source, run by /opt/venv/bin/python in an SSH session of dev.

    `argument` is its one argument (JSON: what the plan expects). Exit code 0 passes and 77 means "cannot be
    run here", with the reason on the last line of output; anything else fails. `deadline` is in seconds.
    """

    name: str
    script: bytes
    argument: str = "{}"
    deadline: float = 300.0


@dataclass(frozen=True)
class MemberSources:
    """The parts of control, laptop and server: an apt-based image and two binaries.

    `host` is the folder with the host's settings for its registries, as a build of a target gets them.
    """

    base_reference: str
    tailscaled: Path
    control: Path
    host: Path | None = None


@dataclass(frozen=True)
class ProofPlan:
    """What a node promises: its back ends and services, and the target's own checks.

    `only` names the checks to run; empty means all. With `gpus` the node gets the GPUs of the engine.
    `limits` say how far the checks go.
    """

    target: str
    members: MemberSources
    ssh: frozenset[Backend] = frozenset(Backend)
    jupyter: bool = True
    checks: tuple[TargetCheck, ...] = ()
    only: frozenset[str] = frozenset()
    gpus: bool = False
    limits: Limits = OF_A_PROOF

    @property
    def listeners(self) -> frozenset[int]:
        """The TCP ports that must listen on loopback, and no others: the tailnet reaches each of them."""
        ports = set[int]()
        if Backend.SSHD in self.ssh:
            ports.add(Backend.SSHD.port)
        if self.jupyter:
            ports.add(JUPYTER_PORT)
        return frozenset(ports)
