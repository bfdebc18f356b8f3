"""Tell peers of the tailnet from other hosts, for programs that reach peers another way (etc/ssh_config)."""

from collections.abc import Mapping, Sequence
from typing import Any

from node.paths import PATHS, Paths
from node.tailnet import localapi


def main(arguments: Sequence[str], paths: Paths = PATHS) -> int:
    """Return exit code 0 when the argument is a peer's name or address, else 1."""
    return 0 if arguments[0].lower().rstrip(".") in peer_names(localapi.status(paths)) else 1


def peer_names(status: Mapping[str, Any]) -> set[str]:
    """Return each peer's name, the first label of it, and its addresses, from ipnstate.Status."""
    names = set()
    for peer in (status.get("Peer") or {}).values():
        name = peer["DNSName"].rstrip(".").lower()
        names |= {name, name.partition(".")[0], *(peer["TailscaleIPs"] or ())}
    return names - {""}
