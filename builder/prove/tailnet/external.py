"""Prove on an existing tailnet: Tailscale's service, or the user's headscale.

It has no admin side: the laptop observes the nodes, and checks that need a control plane do not run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from builder.core import process
from builder.core.errors import TailboxError
from builder.engine.client import Engine
from builder.prove.errors import CheckNotRunError, DeadlineExceededError, TailnetError
from builder.prove.tailnet import run_labels
from builder.prove.tailnet.control_plane import ControlPlane, Event, Kind, ListedNode
from builder.prove.tailnet.member import Member

TAILSCALE = "https://controlplane.tailscale.com"
_LOGOUT_SECONDS = 15.0


@dataclass(frozen=True)
class ExternalTailnet:
    """How to join it: a reusable join key, the control server's URL, and the Docker network for members and
    nodes (default: a new one that leads outside)."""

    key: str = field(repr=False)
    login_server: str = TAILSCALE
    network: str = ""


class ExternalControlPlane(ControlPlane):
    """The nodes of a tailnet as the laptop sees them. `laptop` returns it once it is started."""

    def __init__(self, key: str, laptop: Callable[[], Member]) -> None:
        self._key, self._laptop = key, laptop

    def mint_key(self) -> str:
        """Return the user's key: the proof cannot make another."""
        return self._key

    def nodes(self) -> list[ListedNode]:
        """List the laptop and its peers; none while its tailscaled does not answer."""
        done = self._laptop().run(["tailscale", "status", "--json"])
        if done.code != 0:
            return []
        status = json.loads(done.out)
        laptop = {**status["Self"], "Online": status["BackendState"] == "Running"}
        return [_listed(each) for each in (laptop, *(status.get("Peer") or {}).values())]

    def now(self) -> int:
        """Return 0: the laptop sees states, not events."""
        return 0

    def wait(self, hostname: str, kind: Kind, *, deadline: float, after: int = 0) -> Event:
        """Wait up to `deadline` seconds until the laptop sees the node online or offline.

        Raises CheckNotRunError for other events, which it cannot see.
        """
        if kind not in (Kind.ONLINE, Kind.OFFLINE):
            raise CheckNotRunError(f"only the proof's own control plane can tell that a node is {kind}")
        try:
            process.until(lambda: self._is(hostname, kind), deadline, f"the laptop to see {hostname} {kind}")
        except TailboxError as error:
            raise DeadlineExceededError(
                error.problems[0].what,
                "the key must be reusable and need no approval, and the policy must let its nodes connect",
            ) from None
        return Event(after, kind, hostname)

    def _is(self, hostname: str, kind: Kind) -> bool:
        node = self.find(hostname)
        return node is not None and node.online is (kind is Kind.ONLINE)


def log_out(engine: Engine, run: run_labels.Run) -> None:
    """Log the run's nodes out of the user's tailnet, as far as they still answer."""
    containers = run_labels.containers(engine.client, run.id)
    members = [Member(engine, container, str(container.name)) for container in containers]
    with ThreadPoolExecutor(max(len(members), 1)) as pool:
        list(pool.map(_log_out, members))


def _log_out(member: Member) -> None:
    with suppress(TailnetError):
        member.run(["tailscale", "logout"], deadline=_LOGOUT_SECONDS)


def _listed(status: dict[str, Any]) -> ListedNode:
    return ListedNode(
        id=str(status["ID"]),
        name=status["DNSName"].rstrip("."),
        hostname=status["HostName"],
        ips=tuple(status.get("TailscaleIPs") or ()),
        online=bool(status["Online"]),
        logged_out=bool(status.get("Expired")),
    )
