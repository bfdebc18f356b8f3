"""The matrix: which traffic works between members with and without a kernel interface, and which must not.

Each function is one row of docs/proof.md. Figures are told, never judged.
"""

from __future__ import annotations

from collections.abc import Sequence

from builder.prove.errors import CheckFailedError, CheckNotRunError
from builder.prove.runner import CheckResult
from builder.prove.subject import Subject
from builder.prove.traffic.attempt import Party, TrafficCase, attempt, settle_path, ways
from builder.prove.traffic.cells import Cell, Means, Mode, Protocol, Route
from builder.prove.traffic.parties import Field

_PLAIN, _PROXIES = (Means.PLAIN,), (Means.SOCKS5, Means.HTTP)
_TCP, _UDP, _ICMP = (Protocol.TCP,), (Protocol.UDP,), (Protocol.ICMP,)
_ALL = (Protocol.TCP, Protocol.UDP, Protocol.ICMP)
_ROUTES = "ENETUNREACH"
_OWN = "its own address"


def default_to_default(lab: Subject) -> CheckResult:
    """Between machines with a kernel interface everything works, by both addresses and the name."""
    field = lab.parties()
    settle_path(field.laptop, field.near_machine, Route.DIRECT)
    cells = attempt(field.laptop, ways(field.near_machine, Route.DIRECT, _PLAIN, _ALL))
    return _judged(cells, "TCP, UDP and ICMP work between machines with a kernel interface")


def default_to_userspace(lab: Subject) -> CheckResult:
    """A laptop reaches a node's loopback services, TCP and UDP, by both addresses and the name."""
    field = lab.parties()
    settle_path(field.laptop, field.near_node, Route.DIRECT)
    cells = attempt(field.laptop, ways(field.near_node, Route.DIRECT, _PLAIN, (*_TCP, *_UDP)))
    return _judged(cells, "a laptop reaches services of the node, TCP and UDP")


def ping_userspace(lab: Subject) -> CheckResult:
    """The node answers a laptop's ping by itself, without an application."""
    field = lab.parties()
    cells = attempt(field.laptop, ways(field.near_node, Route.DIRECT, _PLAIN, _ICMP))
    return _judged(cells, "the node answers a laptop's ping")


def tcp_through_proxy(lab: Subject) -> CheckResult:
    """From the node, TCP through SOCKS5 and HTTP CONNECT reaches a machine and another node."""
    return _from_node(lab, _PROXIES, _TCP, "TCP through SOCKS5 and HTTP CONNECT works from the node")


def udp_through_proxy(lab: Subject) -> CheckResult:
    """From the node, UDP through SOCKS5 reaches a machine and another node."""
    return _from_node(lab, (Means.SOCKS5,), _UDP, "UDP through SOCKS5 works from the node")


def plain_sockets(lab: Subject) -> CheckResult:
    """From the node, a plain socket to a tailnet address finds no route: it neither works nor leaks."""
    return _no_route(lab, (*_TCP, *_UDP), "plain TCP and UDP from the node find no route")


def kernel_ping(lab: Subject) -> CheckResult:
    """From the node, the kernel's ping finds no route, and `tailscale ping` works."""
    seen = _no_route(lab, _ICMP, "the kernel's ping finds no route; `tailscale ping` works")
    field = lab.parties()
    for target in (field.near_machine, field.near_node):
        settle_path(_node(lab), target, Route.DIRECT)
    return seen


def itself_by_localhost(lab: Subject) -> CheckResult:
    """A node reaches itself by 127.0.0.1, TCP, UDP and ICMP."""
    tried = [
        TrafficCase("itself", Means.PLAIN, Route.NONE, protocol, "localhost", "127.0.0.1")
        for protocol in _ALL
    ]
    return _judged(attempt(lab.parties().near_node, tried), "the node reaches itself by 127.0.0.1")


def itself_plain(lab: Subject) -> CheckResult:
    """A node does not reach itself by its tailnet address through a plain socket."""
    _require_enclosed(lab)
    node = lab.parties().near_node
    tried = [
        TrafficCase(_OWN, Means.PLAIN, Route.NONE, protocol, kind, node.address(kind), must_work=False)
        for protocol in _ALL
        for kind in ("v4", "v6")
    ]
    return _judged(attempt(node, tried), "the node's own address has no route in it", _ROUTES)


def itself_through_proxy(lab: Subject) -> CheckResult:
    """A node reaches itself by its tailnet address and name through the proxy."""
    node = lab.parties().near_node
    tried = [
        TrafficCase(_OWN, means, Route.NONE, Protocol.TCP, kind, node.address(kind))
        for means in _PROXIES
        for kind in ("v4", "v6", "name")
    ]
    return _judged(attempt(node, tried), "the node reaches its own address through the proxy")


def derp(lab: Subject) -> CheckResult:
    """With the direct path blocked, everything that works directly works by DERP."""
    field = lab.parties()
    node = _node(lab)
    cells: list[Cell] = []
    for source, target, means, protocols in (
        (field.laptop, field.far_machine, _PLAIN, _ALL),
        (field.laptop, field.far_node, _PLAIN, _ALL),
        (node, field.far_machine, _PROXIES, _TCP),
        (node, field.far_node, _PROXIES, _TCP),
        (node, field.far_machine, (Means.SOCKS5,), _UDP),
        (node, field.far_node, (Means.SOCKS5,), _UDP),
    ):
        settle_path(source, target, Route.DERP)
        cells += attempt(source, ways(target, Route.DERP, means, protocols))
    return _judged(cells, "with the direct path blocked, all of it works by DERP")


def _node(lab: Subject) -> Party:
    return Party(Mode.USERSPACE, lab.node.member, lab.listed)


def _targets(field: Field) -> tuple[Party, Party]:
    return field.near_machine, field.near_node


def _from_node(
    lab: Subject, means: Sequence[Means], protocols: Sequence[Protocol], detail: str
) -> CheckResult:
    node, cells = _node(lab), list[Cell]()
    for target in _targets(lab.parties()):
        settle_path(node, target, Route.DIRECT)
        cells += attempt(node, ways(target, Route.DIRECT, means, protocols))
    return _judged(cells, detail)


def _require_enclosed(lab: Subject) -> None:
    """Without the tailnet, what is sent to a tailnet address would leave this machine."""
    if not lab.tailnet.is_enclosed:
        raise CheckNotRunError("the network leads outside, and a plain socket to a tailnet address with it")


def _no_route(lab: Subject, protocols: Sequence[Protocol], detail: str) -> CheckResult:
    _require_enclosed(lab)
    tried = [
        way
        for target in _targets(lab.parties())
        for way in ways(target, Route.NONE, _PLAIN, protocols, must_work=False, addresses=("v4", "v6"))
    ]
    return _judged(attempt(_node(lab), tried), detail, _ROUTES)


def _judged(cells: Sequence[Cell], detail: str, reason: str = "") -> CheckResult:
    """Return what was seen. Raises CheckFailedError where a cell ended otherwise than it must."""
    wrong = [
        cell for cell in cells if not cell.as_promised or cell.failure != ("" if cell.must_work else reason)
    ]
    if wrong:
        raise CheckFailedError(
            f"{len(wrong)} of {len(cells)} ways end otherwise than they must; {wrong[0]}",
            "see `nodectl status`, and tailscaled's flags: userspace networking, both proxies on loopback",
            tuple(cells),
        )
    return CheckResult(f"{detail} ({len(cells)} ways)", tuple(cells))
