"""Scan every port of a node, from the tailnet and from the network of its container."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from builder.prove import probes
from builder.prove.checks.stop import settle
from builder.prove.errors import CheckFailedError
from builder.prove.plan import Backend
from builder.prove.subject import Subject
from builder.prove.tailnet.member import Member
from builder.prove.tailnet.node import Node

# For each UDP port that is probed, tailscaled holds a loopback port, until it ends or for two minutes. A
# datagram to such a port comes back as an answer. So a node is probed for one half while it takes loopback
# ports from the other, and its tailscaled restarts before that half runs out.
_HALVES = (range(1, 1 << 15), range(1 << 15, 1 << 16))
_CHUNK = 1 << 14
_LOWEST = 1024


def ports(subject: Subject) -> str:
    """Of all TCP and UDP ports, the tailnet reaches those promised and the container network none."""
    tried = subject.plan.limits.ports
    with ThreadPoolExecutor(len(_HALVES), thread_name_prefix="ports") as pool:
        answering = [pool.submit(_udp, subject, half) for half in _HALVES]
        # A separate node: in the one under test, the kernel of another check holds a loopback port.
        with subject.another() as node:
            settle(subject, node)
            outside = _scan(subject.tailnet.hub, subject.tailnet.address(node.member), tcp=tried, udp=tried)
            address = subject.tailnet.control.require(node.hostname).ips[0]
            accepting = _scan(subject.tailnet.laptop, address, tcp=tried)["tcp"]
        inside = {"tcp": accepting, "udp": set[int]().union(*(half.result() for half in answering))}
    promised = set(subject.plan.listeners)
    promised |= {Backend.TAILSCALE.port} if Backend.TAILSCALE in subject.plan.ssh else set()
    _expect(
        *_wrong("the container network", outside, tcp=set(), udp=set()),
        *_wrong("the tailnet", inside, tcp=promised, udp=set()),
    )
    listing = ", ".join(map(str, sorted(promised)))
    return f"of all TCP and UDP ports the tailnet reaches TCP {listing}, the container network none"


def _udp(subject: Subject, half: range) -> set[int]:
    """Return the ports of one half that answer through the tailnet, each confirmed by a second scan."""
    (other,) = (each for each in _HALVES if each != half)
    given_out = {"net.ipv4.ip_local_port_range": f"{max(other[0], _LOWEST)} {other[-1]}"}
    with subject.another(options={"sysctls": given_out}) as node:
        settle(subject, node)
        address = subject.tailnet.control.require(node.hostname).ips[0]
        tried, answering = [port for port in subject.plan.limits.ports if port in half], set[int]()
        for first in range(0, len(tried), _CHUNK):
            answering |= _scan(subject.tailnet.laptop, address, udp=tried[first : first + _CHUNK])["udp"]
            _free_ports(subject, node)
        return (
            _scan(subject.tailnet.laptop, address, udp=sorted(answering))["udp"] if answering else answering
        )


def _free_ports(subject: Subject, node: Node) -> None:
    """Restart tailscaled, which frees the ports that it holds. Changes to the node stay."""
    if (done := node.nodectl("restart", "tailscaled")).code != 0:
        raise CheckFailedError(
            f"tailscaled did not start again: {done.last_lines}", "see `nodectl logs tailscaled`"
        )
    if missing := subject.tailnet.wait_ready(node):
        raise CheckFailedError(
            f"with tailscaled started again the node is not ready: {missing}", "see `nodectl status`"
        )


def _scan(
    member: Member, address: str, *, tcp: Sequence[int] = (), udp: Sequence[int] = ()
) -> dict[str, set[int]]:
    """Return the ports that answer. Raises CheckFailedError if some neither accept nor refuse."""
    request = json.dumps({"address": address, "tcp": list(tcp), "udp": list(udp)}).encode()
    answer = json.loads(probes.run(member, "scan", stdin=request, options=()))
    if silent := answer.pop("silent"):
        raise CheckFailedError(
            f"{len(silent)} TCP ports of {address} neither accept nor refuse, the first is {silent[0]}",
            "see what drops packets to the node",
        )
    scanned = {"tcp": tcp, "udp": udp}
    return {protocol: set(open_ports) for protocol, open_ports in answer.items() if scanned[protocol]}


def _wrong(where: str, answering: dict[str, set[int]], **promised: set[int]) -> Iterator[str]:
    for protocol, expected in promised.items():
        if answering[protocol] != expected:
            yield (
                f"{protocol.upper()} {', '.join(map(str, sorted(answering[protocol])))} answer to {where}, "
                f"promised {', '.join(map(str, sorted(expected))) or 'none'}"
            )


def _expect(*wrong: str) -> None:
    if wrong:
        raise CheckFailedError("; ".join(wrong), "bind to 127.0.0.1 what is promised, and stop what is not")
