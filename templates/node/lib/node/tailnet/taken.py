"""Name the device that has this node's name, and the devices that earlier starts have left in the tailnet."""

import re
from collections.abc import Mapping
from typing import Any

from node import problems
from node.paths import Paths
from node.problems import Problem
from node.tailnet import localapi

MANY = 2  # one may be the last start's, which the tailnet has not removed yet


def compare(name: str, wanted: str, paths: Paths) -> None:
    """Report and store who has the wanted name, if the node got another one. Errors: OSError."""
    found = problem(localapi.status(paths), wanted) if name != wanted else None
    problems.report([found] if found else [])
    problems.store("name", [found] if found else [], paths)


def problem(status: Mapping[str, Any], wanted: str) -> Problem | None:
    """Return the problem with the name in ipnstate.Status; None where the node has the name it wants."""
    got = short((status.get("Self") or {}).get("DNSName", ""))
    if got in ("", wanted):
        return None
    peers = {short(peer.get("DNSName", "")): peer for peer in (status.get("Peer") or {}).values()}
    holder = peers.get(wanted)
    who = presence(holder) if holder else "which this node may not see"
    what = f"the name {wanted} is taken by a device {who}: this node is called {got}."
    left = sorted(name for name, peer in peers.items() if is_left(name, wanted) and not peer.get("Online"))
    remedy = f"Remove {wanted} in the admin console, or set another TS_HOSTNAME."
    if len(left) < MANY:
        return Problem(what, remedy)
    what += f" Earlier starts have left {len(left)} devices: {', '.join(left)}."
    return Problem(what, f"{remedy} Join with an ephemeral key, or keep /var/lib/tailscale on a volume.")


def short(name: str) -> str:
    return name.partition(".")[0].lower()


def presence(peer: Mapping[str, Any]) -> str:
    """Return whether the device is there, or since when it is not, from its LastSeen (RFC 3339)."""
    since = str(peer.get("LastSeen") or "")[:16].replace("T", " ")
    if peer.get("Online"):
        return "that is online"
    return f"that is offline since {since} UTC" if since > "0001-01-02" else "that is offline"


def is_left(name: str, wanted: str) -> bool:
    """Return whether a device has this name, or the one that a tailnet makes of it (gpu-1)."""
    return re.fullmatch(rf"{re.escape(wanted)}(-\d+)?", name) is not None
