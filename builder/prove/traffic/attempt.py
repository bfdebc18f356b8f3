"""Traffic between members of the tailnet: an echo service at one, a probe that reaches for it at another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from builder.prove import probes
from builder.prove.cells import Cell, Means, Mode, Protocol, Route
from builder.prove.errors import CheckFailedError
from builder.prove.limits import OF_A_PROOF, Limits
from builder.prove.plan import PROXY
from builder.prove.tailnet.control_plane import ListedNode
from builder.prove.tailnet.member import Member

ECHO_PORT = 7000
ALL_ADDRESSES = ("v4", "v6", "name")
_SILENCE = "no answer"
# DERP drops what its queues of some dozen packets cannot hold: a larger transfer may halt on a busy machine.
_TRANSFER = {Route.DIRECT: 8 << 20, Route.DERP: 256 << 10}
_PATH_DEADLINE = 60.0


@dataclass(frozen=True)
class Party:
    """A member as the matrix sees it: how it is attached, how the tailnet knows it, and how long it tries."""

    mode: Mode
    member: Member
    listed: ListedNode
    limits: Limits = OF_A_PROOF

    def address(self, kind: str) -> str:
        """Its `v4`, `v6` or `name`."""
        if kind == "name":
            return self.listed.name
        return self.listed.address(int(kind[1]))


def serve_echo(member: Member, host: str, port: int = ECHO_PORT) -> None:
    """Start the echo service in a member; it listens when this returns."""
    probes.run(member, "echo", stdin=json.dumps({"host": host, "port": port}).encode(), options=())


@dataclass(frozen=True)
class TrafficCase:
    """A connection to try: to whom, how, and whether it must work. `target` is its name in the grid."""

    target: str
    means: Means
    path: Route
    protocol: Protocol
    address: str
    host: str
    must_work: bool = True
    bytes: int = 0


def traffic_cases(
    target: Party,
    path: Route,
    means: Iterable[Means],
    protocols: Iterable[Protocol],
    *,
    must_work: bool = True,
    addresses: Sequence[str] = ALL_ADDRESSES,
) -> list[TrafficCase]:
    """Return every combination for one target; each TCP case that must work adds a transfer by v4."""
    pairs = list(product(means, protocols))
    cases = [
        TrafficCase(target.mode, each, path, protocol, kind, target.address(kind), must_work)
        for each, protocol in pairs
        for kind in addresses
    ]
    if must_work:
        host = target.address("v4")
        cases += [
            TrafficCase(target.mode, each, path, protocol, "v4", host, bytes=_TRANSFER[path])
            for each, protocol in pairs
            if protocol is Protocol.TCP
        ]
    return cases


def attempt(source: Party, cases: Sequence[TrafficCase]) -> list[Cell]:
    """Try cases from a party, side by side, as a program of its own would.

    A case that must work and meets silence is tried once more, and its cell says so: on a busy machine a
    first packet can be lost.
    """
    cells = _try(source, cases)
    silent = [at for at, cell in enumerate(cells) if cell.must_work and cell.failure == _SILENCE]
    if silent:
        for at, cell in zip(silent, _try(source, [cases[at] for at in silent]), strict=True):
            cells[at] = replace(cell, attempts=2)
    return cells


def _try(source: Party, cases: Sequence[TrafficCase]) -> list[Cell]:
    requests = [
        {
            "means": case.means,
            "protocol": case.protocol,
            "host": case.host,
            "port": ECHO_PORT,
            "bytes": case.bytes,
        }
        for case in cases
    ]
    seconds = (
        source.limits.works_seconds if any(case.must_work for case in cases) else source.limits.fails_seconds
    )
    request = {"proxy": list(PROXY), "seconds": seconds, "requests": requests}
    answers = json.loads(probes.run(source.member, "reach", stdin=json.dumps(request).encode(), options=()))
    return [
        Cell(
            source.mode,
            case.target,
            case.means,
            case.path,
            case.protocol,
            case.address,
            case.must_work,
            **answer,
        )
        for case, answer in zip(cases, answers, strict=True)
    ]


def require_path(source: Party, target: Party, path: Route) -> str:
    """Wait until packets go this way, as the source's tailscaled says. CheckFailedError if they do not.

    Returns which attempt it took, empty for the first.
    """
    # Several pings end with the first direct one; where none is to be direct, one answer is enough.
    pings, attempts = (40, 1) if path is Route.DIRECT else (1, source.limits.relay_pings)
    until_direct = str(path is Route.DIRECT).lower()
    argv = ["tailscale", "ping", f"--c={pings}", "--timeout=3s", f"--until-direct={until_direct}"]
    for number in range(1, attempts + 1):
        done = source.member.run([*argv, target.address("v4")], deadline=_PATH_DEADLINE)
        last = done.text.rpartition("\n")[2]
        if "pong" in last or number == attempts:
            break
    pair = f"{source.listed.hostname} reaches {target.listed.hostname}"
    if "pong" not in last or ("via DERP" in last) is not (path is Route.DERP):
        raise CheckFailedError(
            f"{pair} not {path}: {done.last_lines}",
            "see `tailscale status` and the lines of tailscaled in the node's log",
        )
    return f"{pair} at attempt {number}" if number > 1 else ""
