"""Examine the network: the tailnet, direct and relayed paths, the clock, the MTU."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from node.doctor.finding import Finding, bad, note, ok

WIREGUARD_MTU = 1360  # Tailscale's 1280 with 80 bytes of WireGuard, UDP and IPv6 around it
SKEW_SECONDS = 30.0
RELAY_LOST = "relay server"  # part of tailscaled's warnings about DERP (tailscale.com/health, warnings.go)


class Network(NamedTuple):
    """The measurements. `skew` is this clock minus the server's in seconds, None where it did not answer."""

    status: Mapping[str, Any]
    skew: float | None
    server: str
    mtus: Mapping[str, int]


def findings(network: Network) -> Iterator[Finding]:
    """Yield the findings about the network."""
    yield tailnet(network.status)
    for message in network.status.get("Health") or ():
        if RELAY_LOST not in message:
            yield note("health", message, "See `nodectl logs tailscaled`.")
    if network.status.get("BackendState") == "Running":
        yield relay(network.status)
        yield paths(active_peers(network.status))
    yield clock(network.skew, network.server)
    yield mtu(network.mtus)


def tailnet(status: Mapping[str, Any]) -> Finding:
    state = status.get("BackendState", "down")
    if state == "Running":
        return ok("tailnet", f"running as {(status.get('Self') or {}).get('DNSName', '').rstrip('.')}")
    return bad("tailnet", f"state {state}", "See `nodectl status`: it names what is missing.")


def relay(status: Mapping[str, Any]) -> Finding:
    """Return the finding about the home DERP; without it peers need a direct path."""
    remedy = "Allow outbound TCP 443 and UDP 3478 to the relays of your tailnet."
    if warning := next((each for each in status.get("Health") or () if RELAY_LOST in each), None):
        return bad("derp", warning, remedy)
    if home := (status.get("Self") or {}).get("Relay"):
        return ok("derp", f"home relay {home}")
    return bad("derp", "no relay is reachable; peers connect only where they find a direct path", remedy)


def active_peers(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [peer for peer in (status.get("Peer") or {}).values() if peer.get("Active")]


def paths(peers: Sequence[Mapping[str, Any]]) -> Finding:
    """Return which of the active peers are reached directly."""
    if not peers:
        return ok("path", "no peer is connected now")
    relayed = [name(peer) for peer in peers if not peer.get("CurAddr")]
    if not relayed:
        return ok("path", f"direct to {', '.join(map(name, peers))}")
    remedy = "It works, but slowly. One side needs UDP: open 41641/udp there, or check the cloud's NAT."
    return note("path", f"through a relay to {', '.join(relayed)}", remedy)


def name(peer: Mapping[str, Any]) -> str:
    return str(peer.get("HostName") or peer.get("DNSName") or "a peer")


def clock(skew: float | None, server: str) -> Finding:
    if skew is None:
        remedy = "Check the container's network and TS_LOGIN_SERVER; the node goes on by itself."
        return note("clock", f"{server} did not answer, so the clock could not be compared", remedy)
    what = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} {server}"
    if abs(skew) < SKEW_SECONDS:
        return ok("clock", what)
    remedy = "Set the host's clock (NTP); otherwise tokens and certificates may be refused."
    return note("clock", what, remedy)


def mtu(mtus: Mapping[str, int]) -> Finding:
    """Return whether packets of the tailnet fit through the container's interfaces."""
    small = {interface: size for interface, size in mtus.items() if size < WIREGUARD_MTU}
    what = ", ".join(f"{interface} {size}" for interface, size in (small or mtus).items()) or "no interface"
    if not small:
        return ok("mtu", what)
    return bad(
        "mtu", f"{what}: packets of the tailnet do not fit", f"Set an MTU of at least {WIREGUARD_MTU}."
    )
