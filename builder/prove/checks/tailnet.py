"""Check that the node is a member of the tailnet."""

from __future__ import annotations

import ipaddress

from builder.prove.errors import CheckFailedError
from builder.prove.subject import Subject
from builder.prove.tailnet.control_plane import ListedNode


def joined(subject: Subject) -> str:
    """Control lists the node online; a laptop resolves its MagicDNS name to its addresses and reaches it."""
    node = subject.tailnet.control.find(subject.node.hostname)
    if node is None or node.logged_out or not node.online:
        raise CheckFailedError(
            f"control does not list {subject.node.hostname} online ({_state(node)})",
            "see `nodectl status` and the lines of tailscaled and join in the node's log",
        )
    resolved = _resolve(subject, node.name)
    if resolved != _only_v4(node.ips):
        raise CheckFailedError(
            f"the laptop resolves {node.name} to {sorted(resolved) or 'nothing'}; it has {list(node.ips)}",
            "the node must keep the name and address that control gave it",
        )
    echo = subject.tailnet.laptop.run(["ping", "-c", "1", "-W", "10", node.name], deadline=15)
    if echo.code != 0:
        raise CheckFailedError(
            f"the laptop does not reach {node.name} ({', '.join(sorted(resolved))}): {echo.last_lines}",
            "tailscaled in the node must run and be connected; see its lines in the node's log",
        )
    return f"{node.name} is online at {', '.join(sorted(resolved))} and answers the laptop"


def _state(node: ListedNode | None) -> str:
    if node is None:
        return "it never registered"
    return "logged out" if node.logged_out else "offline"


def _resolve(subject: Subject, name: str) -> set[str]:
    answer = subject.tailnet.laptop.run(["getent", "ahostsv4", name])
    return {line.split()[0] for line in answer.text.splitlines() if line}


def _only_v4(addresses: tuple[str, ...]) -> set[str]:
    return {address for address in addresses if ipaddress.ip_address(address).version == 4}
