"""The admin side of a control plane: mint join keys, list nodes, wait for events."""

from __future__ import annotations

import ipaddress
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx

from builder.prove.errors import DeadlineExceededError, TailnetError
from builder.prove.tailnet.member import Member
from builder.prove.tailnet.port_forward import PortForward

CONTROL_PORT = 8080
_POLL_SECONDS = 10.0


class Kind(StrEnum):
    """What can happen to a node."""

    REGISTERED = "registered"
    ONLINE = "online"
    OFFLINE = "offline"
    LOGGED_OUT = "logged_out"


@dataclass(frozen=True)
class Event:
    """An event of a node; `seq` counts from 1 over the life of control."""

    seq: int
    kind: str
    node: str

    def __str__(self) -> str:
        return f"{self.seq} {self.node} {self.kind}"


@dataclass(frozen=True)
class ListedNode:
    """A node as control lists it; `name` is its MagicDNS name."""

    id: str
    name: str
    hostname: str
    ips: tuple[str, ...]
    online: bool
    logged_out: bool

    def address(self, version: int) -> str:
        """Return its address of this IP version, 4 or 6."""
        return next(ip for ip in self.ips if ipaddress.ip_address(ip).version == version)


class ControlPlane(ABC):
    """What the proof needs of a control plane."""

    @abstractmethod
    def mint_key(self) -> str:
        """Return a join key."""

    @abstractmethod
    def nodes(self) -> list[ListedNode]:
        """List all nodes."""

    @abstractmethod
    def now(self) -> int:
        """Return the number of the last event; 0 before the first."""

    @abstractmethod
    def wait(self, hostname: str, kind: Kind, *, deadline: float, after: int = 0) -> Event:
        """Wait up to `deadline` seconds for an event of the node with this host name."""

    def find(self, hostname: str) -> ListedNode | None:
        """Return the node with this host name, or None."""
        return next((node for node in self.nodes() if node.hostname == hostname), None)

    def require(self, hostname: str) -> ListedNode:
        """Return the node with this host name. Raises TailnetError if there is none."""
        if (node := self.find(hostname)) is None:
            raise TailnetError(f"control does not list {hostname}", "read the log of that container")
        return node


class Control(ControlPlane):
    """A client of control's admin API. Threads may share it."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=httpx.Timeout(30.0, pool=None), trust_env=False)

    def close(self) -> None:
        self._http.close()

    def mint_key(self, *, expired: bool = False, reusable: bool = False) -> str:
        """Return a join key, for one node unless reusable. Its nodes stay listed after logout."""
        body = {"reusable": reusable, "ephemeral": False, "expired": expired}
        return str(self._call("POST", "/admin/keys", json=body)["key"])

    def nodes(self) -> list[ListedNode]:
        """List all nodes, also those that have logged out."""
        return [
            ListedNode(
                id=str(node["id"]),
                name=node["name"],
                hostname=node["hostname"],
                ips=tuple(node["ips"] or ()),
                online=node["online"],
                logged_out=node["logged_out"],
            )
            for node in self._call("GET", "/admin/nodes")
        ]

    def remove(self, node: ListedNode) -> None:
        """Remove the node from the tailnet while it runs."""
        self._http.delete(f"/admin/nodes/{node.id}").raise_for_status()

    def expire(self, node: ListedNode) -> None:
        """Expire the node's key. The node stays listed, and joins again with another join key."""
        self._http.post(f"/admin/nodes/{node.id}/expire").raise_for_status()

    def set_clock(self, ahead: float) -> None:
        """Set control's clock so many seconds ahead of this machine's."""
        self._http.put("/admin/clock", json={"ahead_s": ahead}).raise_for_status()

    def now(self) -> int:
        """Return the number of the last event; 0 before the first."""
        return max((event.seq for event in self._events_after(0, 0)), default=0)

    def wait(self, hostname: str, kind: Kind, *, deadline: float, after: int = 0) -> Event:
        """Wait up to `deadline` seconds for an event of the node with this host name.

        Only events with numbers above `after` count, by default all since control's start.
        """
        events: list[Event] = []
        end = time.monotonic() + deadline
        while (left := end - time.monotonic()) > 0:
            events += self._events_after(events[-1].seq if events else after, min(left, _POLL_SECONDS))
            for event in events:
                if event.kind == kind and event.node.partition(".")[0] == hostname:
                    return event
        of_node = ", ".join(str(event) for event in events if event.node.partition(".")[0] == hostname)
        raise DeadlineExceededError(
            f"control did not see {hostname} {kind} within {deadline:.0f} s, but {of_node or 'nothing'}",
            "read the log of that container",
        )

    def _events_after(self, seq: int, timeout: float) -> list[Event]:
        events = self._call("GET", "/admin/events", params={"after": seq, "timeout": f"{timeout:.1f}"})
        return [Event(event["seq"], event["kind"], event["node"]) for event in events or ()]

    def _call(self, method: str, path: str, **options: Any) -> Any:
        try:
            return self._http.request(method, path, **options).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise TailnetError(
                f"control did not answer {method} {path}: {error}", "read the log of the control container"
            ) from error


@contextmanager
def open_admin_api(hub: Member) -> Iterator[Control]:
    """Wait until control listens in the member `hub`, and yield a client of its admin API."""
    hub.output(["socat", "-u", "/dev/null", f"TCP:127.0.0.1:{CONTROL_PORT},retry=200,interval=0.05"])
    with PortForward(hub, "127.0.0.1", CONTROL_PORT) as forward, closing(Control(forward.url)) as control:
        yield control
