"""Every check there is. A new one is a function of its theme's file and a line here."""

from __future__ import annotations

from builder.prove.checks import (
    audit,
    exposure,
    image_files,
    jupyter,
    matrix,
    operate,
    ordinary_network,
    outbound,
    ports,
    ready,
    secrets,
    session,
    ssh,
    ssh_features,
    stop,
    tailnet,
    target,
    vscode,
)
from builder.prove.errors import UnknownCheckError
from builder.prove.plan import Backend, ProofPlan
from builder.prove.runner import Check
from builder.prove.subject import Subject

NodeCheck = Check[Subject, ProofPlan]


def _without_sshd(plan: ProofPlan) -> str | None:
    return None if Backend.SSHD in plan.ssh else "the target does not run sshd"


def _without_tailscale_ssh(plan: ProofPlan) -> str | None:
    return None if Backend.TAILSCALE in plan.ssh else "the target does not offer Tailscale SSH"


# The slowest first, so that none of them starts last.
REGISTRY: tuple[NodeCheck, ...] = (
    Check("exposure.ports", ports.ports),
    Check("node.ready", ready.ready),
    Check("secrets.image", secrets.image),
    Check("stop.sigterm", stop.sigterm),
    Check("operate.by_ssh", operate.by_ssh, session.left_out),
    Check("operate.presence", operate.presence),
    Check("operate.found_by_id", operate.found_by_id),
    Check("matrix.derp", matrix.derp),
    Check("matrix.default_to_default", matrix.default_to_default),
    Check("matrix.default_to_userspace", matrix.default_to_userspace),
    Check("matrix.ping_userspace", matrix.ping_userspace),
    Check("matrix.tcp_through_proxy", matrix.tcp_through_proxy),
    Check("matrix.udp_through_proxy", matrix.udp_through_proxy),
    Check("matrix.plain_sockets", matrix.plain_sockets),
    Check("matrix.kernel_ping", matrix.kernel_ping),
    Check("matrix.itself_by_localhost", matrix.itself_by_localhost),
    Check("matrix.itself_plain", matrix.itself_plain),
    Check("matrix.itself_through_proxy", matrix.itself_through_proxy),
    Check("network.untouched", ordinary_network.untouched),
    Check("stop.running_command", stop.running_command),
    Check("session.environment", session.environment, session.left_out),
    Check("jupyter.kernel", jupyter.kernel_executes, jupyter.left_out),
    Check("ssh.sshd", ssh.sshd, _without_sshd),
    Check("ssh.tailscale", ssh.tailscale, _without_tailscale_ssh),
    Check("ssh.audit", audit.audit, _without_sshd),
    Check("ssh.files", ssh_features.files, session.left_out),
    Check("ssh.terminal", ssh_features.terminal, session.left_out),
    Check("ssh.forwarding", ssh_features.forwarding, session.left_out),
    Check("ssh.agent", ssh_features.agent, session.left_out),
    Check("vscode.probe", vscode.probe, session.left_out),
    Check("stop.ended_command", stop.ended_command),
    Check("secrets.key", secrets.key),
    Check("jupyter.token", jupyter.token, jupyter.left_out),
    Check("outbound.socks5", outbound.socks5),
    Check("image.lint", image_files.image),
    Check("exposure.listeners", exposure.listeners),
    Check("tailnet.joined", tailnet.joined),
)


def all_checks(plan: ProofPlan) -> tuple[NodeCheck, ...]:
    """The registry and the target's own checks, or those of them that the plan names. UnknownCheckError."""
    every = (*target.checks(plan), *REGISTRY)
    if unknown := sorted(plan.only - {check.name for check in every}):
        raise UnknownCheckError(unknown[0], [check.name for check in every])
    return tuple(check for check in every if not plan.only or check.name in plan.only)
