"""Check what listens in the node."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass

from builder.prove import probes
from builder.prove.errors import CheckFailedError
from builder.prove.subject import Subject


@dataclass(frozen=True)
class Listener:
    """A socket that waits for any peer."""

    protocol: str
    address: str
    port: int
    owner: str

    @property
    def is_loopback(self) -> bool:
        """Return whether only the node's processes, and tailscaled for the tailnet, reach it."""
        return ipaddress.ip_address(self.address).is_loopback

    @property
    def is_private(self) -> bool:
        """Peers do not reach it either: tailscaled delivers to 127.0.0.1 alone."""
        return self.is_loopback and self.address not in ("127.0.0.1", "::1")

    def __str__(self) -> str:
        return f"{self.protocol} {self.address}:{self.port} ({self.owner or 'owner unknown'})"


def listening(subject: Subject) -> list[Listener]:
    """Return every socket of the node that waits for any peer."""
    return [Listener(**entry) for entry in json.loads(probes.run(subject.node.member, "sockets"))]


def listeners(subject: Subject) -> str:
    """Nothing but tailscaled's UDP listens off loopback; on loopback exactly the promised TCP listens.

    A connected UDP socket waits for its peer alone and does not count.
    """
    sockets = listening(subject)
    if open_to_all := [str(each) for each in sockets if not each.is_loopback and not _is_tailscaled(each)]:
        raise CheckFailedError(
            f"reachable from outside the tailnet: {', '.join(open_to_all)}",
            "bind it to 127.0.0.1; the tailnet ends there",
        )
    on_loopback = [each for each in sockets if each.is_loopback and not each.is_private]
    if udp := [str(each) for each in on_loopback if each.protocol == "udp" and not _is_tailscaled(each)]:
        raise CheckFailedError(
            f"UDP on loopback, which peers reach; none is promised: {', '.join(udp)}",
            "stop what listens there",
        )
    ports = {each.port for each in on_loopback if each.protocol == "tcp"}
    promised = subject.plan.listeners
    if ports != promised:
        raise CheckFailedError(
            f"TCP on loopback, which peers reach: {sorted(ports)}; promised: {sorted(promised)}",
            "start what is missing, or promise or remove what is extra",
        )
    return f"TCP only on loopback, at {', '.join(map(str, sorted(ports)))}; UDP only tailscaled's"


def _is_tailscaled(waiting: Listener) -> bool:
    """Return whether this is WireGuard's socket, or one that the SOCKS5 proxy opens on loopback for UDP."""
    program = waiting.owner.split(" ")[0].rpartition("/")[2]
    return waiting.protocol == "udp" and program == "tailscaled"
