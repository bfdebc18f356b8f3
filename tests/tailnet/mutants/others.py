"""Which further checks fail with a mutant, because what it breaks is wide by nature."""

from __future__ import annotations

OTHERS: dict[str, frozenset[str]] = {
    "a UDP listener for everybody": frozenset({"exposure.ports"}),
    "a listener for everybody": frozenset({"exposure.ports"}),
    "a service for the container network": frozenset({"exposure.listeners"}),
    "a service for the tailnet, UDP": frozenset({"exposure.listeners"}),
    "Jupyter with another token": frozenset({"jupyter.debugger", "jupyter.kernel"}),
    "kernels with ports": frozenset({"jupyter.debugger"}),
    "no way to DERP": frozenset({"exposure.ports", "matrix.tcp_through_proxy", "outbound.socks5"}),
    "no HTTP proxy": frozenset({"matrix.derp", "matrix.itself_through_proxy"}),
    "a tailnet address without the proxy": frozenset({"exposure.listeners"}),
    "sessions of dev without the environment": frozenset({"vscode.probe"}),
    "no sftp": frozenset({"operate.by_ssh"}),
    "another host key": frozenset(
        {
            "operate.by_ssh",
            "secrets.key",
            "session.environment",
            "ssh.agent",
            "ssh.files",
            "ssh.forwarding",
            "ssh.terminal",
            "vscode.probe",
        }
    ),
    "the key does not arrive": frozenset(
        {
            "operate.by_ssh",
            "secrets.key",
            "session.environment",
            "ssh.agent",
            "ssh.files",
            "ssh.forwarding",
            "ssh.terminal",
            "vscode.probe",
        }
    ),
    "Tailscale SSH off": frozenset(
        {
            "exposure.ports",
            "secrets.key",
            "session.environment",
            "ssh.agent",
            "ssh.files",
            "ssh.forwarding",
            "ssh.terminal",
            "vscode.probe",
        }
    ),
    "exit code lost on stop": frozenset({"stop.ended_command"}),
    "logged out of the tailnet": frozenset(
        {
            "exposure.ports",
            "jupyter.debugger",
            "jupyter.kernel",
            "jupyter.token",
            "matrix.default_to_userspace",
            "matrix.derp",
            "matrix.itself_through_proxy",
            "matrix.kernel_ping",
            "matrix.ping_userspace",
            "matrix.tcp_through_proxy",
            "matrix.udp_through_proxy",
            "node.ready",
            "operate.by_ssh",
            "operate.presence",
            "outbound.socks5",
            "secrets.key",
            "session.environment",
            "ssh.agent",
            "ssh.audit",
            "ssh.files",
            "ssh.forwarding",
            "ssh.sshd",
            "ssh.tailscale",
            "ssh.terminal",
            "vscode.probe",
        }
    ),
    "out of the tailnet": frozenset(
        {
            "exposure.ports",
            "jupyter.debugger",
            "jupyter.kernel",
            "jupyter.token",
            "matrix.default_to_userspace",
            "matrix.derp",
            "matrix.kernel_ping",
            "matrix.ping_userspace",
            "matrix.tcp_through_proxy",
            "matrix.udp_through_proxy",
            "node.ready",
            "operate.by_ssh",
            "operate.presence",
            "outbound.socks5",
            "secrets.key",
            "session.environment",
            "ssh.agent",
            "ssh.audit",
            "ssh.files",
            "ssh.forwarding",
            "ssh.sshd",
            "ssh.tailscale",
            "ssh.terminal",
            "vscode.probe",
        }
    ),
    "stdin swallowed": frozenset({"session.environment"}),
}

# Those that fail if they look while a kernel of another check runs.
MAY_FAIL: dict[str, frozenset[str]] = {
    "kernels with ports": frozenset({"exposure.listeners", "exposure.ports"}),
    "a kernel without the node's launcher": frozenset({"exposure.listeners", "exposure.ports"}),
}
