"""The matrix: which traffic must work between members with and without kernel interfaces, and which not.

Each function is one row of docs/proof.md. Figures are reported, not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from builder.prove.cells import Cell, Means, Mode, Protocol, Route
from builder.prove.errors import CheckFailedError, CheckNotRunError
from builder.prove.runner import CheckResult
from builder.prove.subject import Subject
from builder.prove.traffic.attempt import Party, TrafficCase, attempt, require_path, traffic_cases
from builder.prove.traffic.parties import Parties

_PLAIN, _PROXIES = (Means.PLAIN,), (Means.SOCKS5, Means.HTTP)
_TCP, _UDP, _ICMP = (Protocol.TCP,), (Protocol.UDP,), (Protocol.ICMP,)
_ALL = (Protocol.TCP, Protocol.UDP, Protocol.ICMP)
_ROUTES = "ENETUNREACH"
_SELF = "its own address"


def default_to_default(subject: Subject) -> CheckResult:
    """Between machines with a kernel interface everything works, by both addresses and the name."""
    parties = subject.parties()
    require_path(parties.laptop, parties.near_machine, Route.DIRECT)
    cells = attempt(parties.laptop, traffic_cases(parties.near_machine, Route.DIRECT, _PLAIN, _ALL))
    return _judged(cells, "TCP, UDP and ICMP work between machines with a kernel interface")


def default_to_userspace(subject: Subject) -> CheckResult:
    """A laptop reaches a node's loopback services, TCP and UDP, by both addresses and the name."""
    parties = subject.parties()
    require_path(parties.laptop, parties.near_node, Route.DIRECT)
    cells = attempt(parties.laptop, traffic_cases(parties.near_node, Route.DIRECT, _PLAIN, (*_TCP, *_UDP)))
    return _judged(cells, "a laptop reaches services of the node, TCP and UDP")


def ping_userspace(subject: Subject) -> CheckResult:
    """The node answers a laptop's ping by itself, without an application."""
    parties = subject.parties()
    cells = attempt(parties.laptop, traffic_cases(parties.near_node, Route.DIRECT, _PLAIN, _ICMP))
    return _judged(cells, "the node answers a laptop's ping")


def tcp_through_proxy(subject: Subject) -> CheckResult:
    """From the node, TCP through SOCKS5 and HTTP CONNECT reaches a machine and another node."""
    return _from_node(subject, _PROXIES, _TCP, "TCP through SOCKS5 and HTTP CONNECT works from the node")


def udp_through_proxy(subject: Subject) -> CheckResult:
    """From the node, UDP through SOCKS5 reaches a machine and another node."""
    return _from_node(subject, (Means.SOCKS5,), _UDP, "UDP through SOCKS5 works from the node")


def plain_sockets(subject: Subject) -> CheckResult:
    """From the node, a plain socket to a tailnet address finds no route: it neither works nor leaks."""
    return _no_route(subject, (*_TCP, *_UDP), "plain TCP and UDP from the node find no route")


def kernel_ping(subject: Subject) -> CheckResult:
    """From the node, the kernel's ping finds no route, and `tailscale ping` works."""
    result = _no_route(subject, _ICMP, "the kernel's ping finds no route; `tailscale ping` works")
    parties = subject.parties()
    for target in (parties.near_machine, parties.near_node):
        require_path(_node(subject), target, Route.DIRECT)
    return result


def itself_by_localhost(subject: Subject) -> CheckResult:
    """A node reaches itself by 127.0.0.1, TCP, UDP and ICMP."""
    cases = [
        TrafficCase("itself", Means.PLAIN, Route.NONE, protocol, "localhost", "127.0.0.1")
        for protocol in _ALL
    ]
    return _judged(attempt(subject.parties().near_node, cases), "the node reaches itself by 127.0.0.1")


def itself_plain(subject: Subject) -> CheckResult:
    """A node does not reach itself by its tailnet address through a plain socket."""
    _require_enclosed(subject)
    node = subject.parties().near_node
    cases = [
        TrafficCase(_SELF, Means.PLAIN, Route.NONE, protocol, kind, node.address(kind), must_work=False)
        for protocol in _ALL
        for kind in ("v4", "v6")
    ]
    return _judged(attempt(node, cases), "the node's own address has no route in it", _ROUTES)


def itself_through_proxy(subject: Subject) -> CheckResult:
    """A node reaches itself by its tailnet address and name through the proxy."""
    node = subject.parties().near_node
    cases = [
        TrafficCase(_SELF, means, Route.NONE, Protocol.TCP, kind, node.address(kind))
        for means in _PROXIES
        for kind in ("v4", "v6", "name")
    ]
    return _judged(attempt(node, cases), "the node reaches its own address through the proxy")


def derp(subject: Subject) -> CheckResult:
    """With the direct path blocked, everything that works directly works by DERP."""
    parties = subject.parties()
    node = _node(subject)
    cells, notes = list[Cell](), list[str]()
    for source, target, means, protocols in (
        (parties.laptop, parties.far_machine, _PLAIN, _ALL),
        (parties.laptop, parties.far_node, _PLAIN, _ALL),
        (node, parties.far_machine, _PROXIES, _TCP),
        (node, parties.far_node, _PROXIES, _TCP),
        (node, parties.far_machine, (Means.SOCKS5,), _UDP),
        (node, parties.far_node, (Means.SOCKS5,), _UDP),
    ):
        notes.append(require_path(source, target, Route.DERP))
        cells += attempt(source, traffic_cases(target, Route.DERP, means, protocols))
    return _judged(cells, "with the direct path blocked, all of it works by DERP", notes=notes)


def _node(subject: Subject) -> Party:
    return Party(Mode.USERSPACE, subject.node.member, subject.listed, subject.plan.limits)


def _targets(parties: Parties) -> tuple[Party, Party]:
    return parties.near_machine, parties.near_node


def _from_node(
    subject: Subject, means: Sequence[Means], protocols: Sequence[Protocol], detail: str
) -> CheckResult:
    node, cells = _node(subject), list[Cell]()
    for target in _targets(subject.parties()):
        require_path(node, target, Route.DIRECT)
        cells += attempt(node, traffic_cases(target, Route.DIRECT, means, protocols))
    return _judged(cells, detail)


def _require_enclosed(subject: Subject) -> None:
    """Raise CheckNotRunError if packets to a tailnet address would leave this machine."""
    if not subject.tailnet.is_enclosed:
        raise CheckNotRunError("the network leads outside, and a plain socket to a tailnet address with it")


def _no_route(subject: Subject, protocols: Sequence[Protocol], detail: str) -> CheckResult:
    _require_enclosed(subject)
    cases = [
        case
        for target in _targets(subject.parties())
        for case in traffic_cases(
            target, Route.NONE, _PLAIN, protocols, must_work=False, addresses=("v4", "v6")
        )
    ]
    return _judged(attempt(_node(subject), cases), detail, _ROUTES)


def _judged(cells: Sequence[Cell], detail: str, reason: str = "", notes: Iterable[str] = ()) -> CheckResult:
    """Return the result. Raises CheckFailedError if a cell did not end as it must.

    The result names how many took a second attempt, and the `notes` on paths.
    """
    again = sum(cell.attempts > 1 for cell in cells)
    repeated = [f"{again} took a second attempt"] if again else []
    repeats = "".join(f"; {note}" for note in (*repeated, *filter(None, notes)))
    wrong = [
        cell for cell in cells if not cell.as_promised or cell.failure != ("" if cell.must_work else reason)
    ]
    if wrong:
        raise CheckFailedError(
            f"{len(wrong)} of {len(cells)} ways do not end as they must; {wrong[0]}{repeats}",
            "see `nodectl status`, and tailscaled's flags: userspace networking, both proxies on loopback",
            tuple(cells),
        )
    return CheckResult(f"{detail} ({len(cells)} ways{repeats})", tuple(cells))
