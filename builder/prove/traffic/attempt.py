"""Traffic between members of the tailnet: an echo service at one, a probe that reaches for it at another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from builder.prove import probes
from builder.prove.errors import CheckFailedError
from builder.prove.plan import PROXY_PORT
from builder.prove.tailnet.control_plane import ListedNode
from builder.prove.tailnet.member import Member
from builder.prove.traffic.cells import Cell, Means, Mode, Protocol, Route

ECHO_PORT = 7000
ALL_ADDRESSES = ("v4", "v6", "name")
# What must not work fails at once, where it fails as it must; what must work may be slow on a busy machine.
_MUST_FAIL_SECONDS, _MUST_WORK_SECONDS = 8.0, 15.0
_SILENCE = "no answer"
# DERP drops what its queues of some dozen packets cannot hold: a larger transfer may halt on a busy machine.
_TRANSFER = {Route.DIRECT: 8 << 20, Route.DERP: 256 << 10}
_PATH_DEADLINE = 60.0


@dataclass(frozen=True)
class Party:
    """A member as the matrix sees it: how it is attached, and how it is known in the tailnet."""

    mode: Mode
    member: Member
    listed: ListedNode

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
    """A way to try: to whom, how, and whether it must work. `target` is what the grid calls it."""

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
    """Every combination, to one target; a transfer by v4 goes with each means of TCP that must work."""
    wanted = [(each, protocol) for each in means for protocol in protocols]
    found = [
        TrafficCase(target.mode, each, path, protocol, kind, target.address(kind), must_work)
        for each, protocol in wanted
        for kind in addresses
    ]
    if must_work:
        host = target.address("v4")
        found += [
            TrafficCase(target.mode, each, path, protocol, "v4", host, bytes=_TRANSFER[path])
            for each, protocol in wanted
            if protocol is Protocol.TCP
        ]
    return found


def attempt(source: Party, tried: Sequence[TrafficCase]) -> list[Cell]:
    """Try ways from a party, side by side, as a program of its own would.

    What must work and meets silence is tried once more: on a busy machine a first packet can be lost.
    """
    cells = _try(source, tried)
    silent = [at for at, cell in enumerate(cells) if cell.must_work and cell.failure == _SILENCE]
    if silent:
        for at, cell in zip(silent, _try(source, [tried[at] for at in silent]), strict=True):
            cells[at] = cell
    return cells


def _try(source: Party, tried: Sequence[TrafficCase]) -> list[Cell]:
    requests = [
        {
            "means": way.means,
            "protocol": way.protocol,
            "host": way.host,
            "port": ECHO_PORT,
            "bytes": way.bytes,
        }
        for way in tried
    ]
    seconds = _MUST_WORK_SECONDS if any(way.must_work for way in tried) else _MUST_FAIL_SECONDS
    asked = {"proxy": ["127.0.0.1", PROXY_PORT], "seconds": seconds, "requests": requests}
    answers = json.loads(probes.run(source.member, "reach", stdin=json.dumps(asked).encode(), options=()))
    return [
        Cell(source.mode, way.target, way.means, way.path, way.protocol, way.address, way.must_work, **answer)
        for way, answer in zip(tried, answers, strict=True)
    ]


def require_path(source: Party, target: Party, path: Route) -> None:
    """Wait until packets go this way, as the source's tailscaled says. CheckFailedError if they do not."""
    # Several pings end with the first direct one; where none is to be direct, one answer is enough.
    pings, tries = (40, 1) if path is Route.DIRECT else (1, 10)
    until_direct = str(path is Route.DIRECT).lower()
    argv = ["tailscale", "ping", f"--c={pings}", "--timeout=3s", f"--until-direct={until_direct}"]
    for _ in range(tries):
        done = source.member.run([*argv, target.address("v4")], deadline=_PATH_DEADLINE)
        last = done.text.rpartition("\n")[2]
        if "pong" in last:
            break
    if "pong" not in last or ("via DERP" in last) is not (path is Route.DERP):
        raise CheckFailedError(
            f"{source.listed.hostname} reaches {target.listed.hostname} not {path}: {done.last_lines}",
            "see `tailscale status` and the lines of tailscaled in the node's log",
        )
