"""Ask a member what it knows of the other members of its tailnet."""

from __future__ import annotations

import json

from builder.prove.tailnet.member import Member


def knows_peer(member: Member, hostname: str) -> bool:
    """Return whether a member knows a peer by its name and by its relay.

    What is sent before that loses a handshake, which is repeated only after 5 s.
    """
    status = json.loads(member.output(["tailscale", "status", "--json"]))
    peers = (status.get("Peer") or {}).values()
    has_relay = any(peer["Relay"] for peer in peers if peer["DNSName"].partition(".")[0] == hostname)
    return has_relay and member.run(["getent", "ahostsv4", hostname]).code == 0
