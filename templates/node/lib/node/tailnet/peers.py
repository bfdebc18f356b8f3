"""Who is in the tailnet, for programs that reach peers in another way than others (etc/ssh_config)."""

from collections.abc import Mapping, Sequence
from typing import Any

from node.paths import PATHS, Paths
from node.tailnet import localapi


def main(arguments: Sequence[str], paths: Paths = PATHS) -> int:
    """Exit code 0 when the one argument, a name or an address, is a peer's; else 1."""
    return 0 if arguments[0].lower().rstrip(".") in names(localapi.status(paths)) else 1


def names(status: Mapping[str, Any]) -> set[str]:
    """Each peer's name, its first label, and its addresses, from ipnstate.Status."""
    found = set()
    for peer in (status.get("Peer") or {}).values():
        name = peer["DNSName"].rstrip(".").lower()
        found |= {name, name.partition(".")[0], *(peer["TailscaleIPs"] or ())}
    return found - {""}
