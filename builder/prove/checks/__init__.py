"""Every check there is. A new one is a function of its theme's file and a line here."""

from __future__ import annotations

from builder.prove.checks import (
    exposure,
    jupyter,
    outbound,
    ready,
    secrets,
    session,
    ssh,
    stop,
    tailnet,
    target,
)
from builder.prove.lab import Lab
from builder.prove.plan import Backend, ProofPlan
from builder.prove.runner import Check

NodeCheck = Check[Lab, ProofPlan]


def _without_sshd(plan: ProofPlan) -> str | None:
    return None if Backend.SSHD in plan.ssh else "the target does not run sshd"


def _without_tailscale_ssh(plan: ProofPlan) -> str | None:
    return None if Backend.TAILSCALE in plan.ssh else "the target does not offer Tailscale SSH"


# The slowest first, so that none of them starts last.
REGISTRY: tuple[NodeCheck, ...] = (
    Check("node.ready", ready.ready),
    Check("secrets.image", secrets.image),
    Check("stop.sigterm", stop.sigterm),
    Check("stop.running_command", stop.running_command),
    Check("session.environment", session.environment, session.left_out),
    Check("jupyter.kernel", jupyter.kernel_executes, jupyter.left_out),
    Check("ssh.sshd", ssh.sshd, _without_sshd),
    Check("ssh.tailscale", ssh.tailscale, _without_tailscale_ssh),
    Check("stop.ended_command", stop.ended_command),
    Check("secrets.key", secrets.key),
    Check("jupyter.token", jupyter.token, jupyter.left_out),
    Check("outbound.socks5", outbound.socks5),
    Check("exposure.listeners", exposure.listeners),
    Check("tailnet.joined", tailnet.joined),
)


def all_checks(plan: ProofPlan) -> tuple[NodeCheck, ...]:
    """The registry and the target's own checks."""
    return (*target.checks(plan), *REGISTRY)
