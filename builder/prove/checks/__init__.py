"""The registry of checks. To add one, write a function in its theme's file and a line here."""

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
from builder.prove.runner import ProofCheck
from builder.prove.subject import Subject

NodeCheck = ProofCheck[Subject, ProofPlan]


def _without_sshd(plan: ProofPlan) -> str | None:
    return None if Backend.SSHD in plan.ssh else "the target does not run sshd"


def _without_tailscale_ssh(plan: ProofPlan) -> str | None:
    return None if Backend.TAILSCALE in plan.ssh else "the target does not offer Tailscale SSH"


# The slowest first, so that none of them starts last.
REGISTRY: tuple[NodeCheck, ...] = (
    ProofCheck("exposure.ports", ports.ports),
    ProofCheck("node.ready", ready.ready),
    ProofCheck("secrets.image", secrets.image),
    ProofCheck("stop.sigterm", stop.sigterm),
    ProofCheck("operate.by_ssh", operate.by_ssh, session.left_out),
    ProofCheck("operate.presence", operate.presence),
    ProofCheck("operate.found_by_id", operate.found_by_id),
    ProofCheck("matrix.derp", matrix.derp),
    ProofCheck("matrix.default_to_default", matrix.default_to_default),
    ProofCheck("matrix.default_to_userspace", matrix.default_to_userspace),
    ProofCheck("matrix.ping_userspace", matrix.ping_userspace),
    ProofCheck("matrix.tcp_through_proxy", matrix.tcp_through_proxy),
    ProofCheck("matrix.udp_through_proxy", matrix.udp_through_proxy),
    ProofCheck("matrix.plain_sockets", matrix.plain_sockets),
    ProofCheck("matrix.kernel_ping", matrix.kernel_ping),
    ProofCheck("matrix.itself_by_localhost", matrix.itself_by_localhost),
    ProofCheck("matrix.itself_plain", matrix.itself_plain),
    ProofCheck("matrix.itself_through_proxy", matrix.itself_through_proxy),
    ProofCheck("network.untouched", ordinary_network.untouched),
    ProofCheck("stop.running_command", stop.running_command),
    ProofCheck("session.environment", session.environment, session.left_out),
    ProofCheck("jupyter.kernel", jupyter.kernel_executes, jupyter.left_out),
    ProofCheck("jupyter.debugger", jupyter.debugger_is_private, jupyter.left_out),
    ProofCheck("ssh.sshd", ssh.sshd, _without_sshd),
    ProofCheck("ssh.tailscale", ssh.tailscale, _without_tailscale_ssh),
    ProofCheck("ssh.audit", audit.audit, _without_sshd),
    ProofCheck("ssh.files", ssh_features.files, session.left_out),
    ProofCheck("ssh.terminal", ssh_features.terminal, session.left_out),
    ProofCheck("ssh.forwarding", ssh_features.forwarding, session.left_out),
    ProofCheck("ssh.agent", ssh_features.agent, session.left_out),
    ProofCheck("vscode.probe", vscode.probe, session.left_out),
    ProofCheck("stop.ended_command", stop.ended_command),
    ProofCheck("secrets.key", secrets.key),
    ProofCheck("jupyter.token", jupyter.token, jupyter.left_out),
    ProofCheck("outbound.socks5", outbound.socks5),
    ProofCheck("image.lint", image_files.image),
    ProofCheck("exposure.listeners", exposure.listeners),
    ProofCheck("tailnet.joined", tailnet.joined),
)


def all_checks(plan: ProofPlan) -> tuple[NodeCheck, ...]:
    """Return the target's checks and the registry, or those of them that the plan names.

    Raises UnknownCheckError for an unknown name.
    """
    checks = (*target.checks(plan), *REGISTRY)
    if unknown := sorted(plan.only - {check.name for check in checks}):
        raise UnknownCheckError(unknown[0], [check.name for check in checks])
    return tuple(check for check in checks if not plan.only or check.name in plan.only)
