"""Every port of a node is tried, from the tailnet and from the network of its container."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from builder.prove import probes
from builder.prove.checks.stop import settle
from builder.prove.errors import CheckFailedError
from builder.prove.plan import Backend
from builder.prove.subject import Subject
from builder.prove.tailnet.member import Member
from builder.prove.tailnet.node import Node

_ALL = range(1, 1 << 16)
# For each UDP port that it is asked for, tailscaled holds a loopback port, until it ends or for two minutes.
# A question to such a port comes back as an answer: one node is asked for a half while it holds ports of the
# other, and its tailscaled starts again before it has given out all.
_HALVES = (range(1, 1 << 15), range(1 << 15, 1 << 16))
_CHUNK = 1 << 14
_LOWEST = 1024


def ports(subject: Subject) -> str:
    """Of 65,535 TCP and UDP ports each, the tailnet reaches those promised, the container network none."""
    with ThreadPoolExecutor(len(_HALVES), thread_name_prefix="ports") as pool:
        answering = [pool.submit(_udp, subject, asked) for asked in _HALVES]
        # A node of its own: in the one that others check, a running kernel holds a loopback port.
        with subject.another() as node:
            settle(subject, node)
            outside = _scan(subject.tailnet.hub, subject.tailnet.address(node.member), tcp=_ALL, udp=_ALL)
            address = subject.tailnet.control.require(node.hostname).ips[0]
            accepting = _scan(subject.tailnet.laptop, address, tcp=_ALL)["tcp"]
        inside = {"tcp": accepting, "udp": set[int]().union(*(half.result() for half in answering))}
    promised = set(subject.plan.listeners)
    promised |= {Backend.TAILSCALE.port} if Backend.TAILSCALE in subject.plan.ssh else set()
    _expect("the container network", outside, tcp=set(), udp=set())
    _expect("the tailnet", inside, tcp=promised, udp=set())
    told = ", ".join(map(str, sorted(promised)))
    return f"of all TCP and UDP ports the tailnet reaches TCP {told}, the container network none"


def _udp(subject: Subject, asked: range) -> set[int]:
    """The ports of one half that answer through the tailnet; each is asked once more by itself."""
    (held,) = (half for half in _HALVES if half != asked)
    given_out = {"net.ipv4.ip_local_port_range": f"{max(held[0], _LOWEST)} {held[-1]}"}
    with subject.another(options={"sysctls": given_out}) as node:
        settle(subject, node)
        address = subject.tailnet.control.require(node.hostname).ips[0]
        answering: set[int] = set()
        for first in range(0, len(asked), _CHUNK):
            answering |= _scan(subject.tailnet.laptop, address, udp=asked[first : first + _CHUNK])["udp"]
            _forget(subject, node)
        return (
            _scan(subject.tailnet.laptop, address, udp=sorted(answering))["udp"] if answering else answering
        )


def _forget(subject: Subject, node: Node) -> None:
    """Start its tailscaled again, which gives up the ports that it held. What was changed stays changed."""
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
    """Which ports answer.

    CheckFailedError where some neither accept nor refuse: of those nothing is known.
    """
    asked = json.dumps({"address": address, "tcp": list(tcp), "udp": list(udp)}).encode()
    answer = json.loads(probes.run(member, "scan", stdin=asked, options=()))
    if silent := answer.pop("silent"):
        raise CheckFailedError(
            f"{len(silent)} TCP ports of {address} neither accept nor refuse, the first is {silent[0]}",
            "see what drops packets to the node",
        )
    return {protocol: set(found) for protocol, found in answer.items() if {"tcp": tcp, "udp": udp}[protocol]}


def _expect(where: str, found: dict[str, set[int]], **promised: set[int]) -> None:
    wrong = [
        f"{protocol.upper()} {', '.join(map(str, sorted(found[protocol])))} answer to {where}, "
        f"promised {', '.join(map(str, sorted(expected))) or 'none'}"
        for protocol, expected in promised.items()
        if found[protocol] != expected
    ]
    if wrong:
        raise CheckFailedError("; ".join(wrong), "bind to 127.0.0.1 what is promised, and stop what is not")
