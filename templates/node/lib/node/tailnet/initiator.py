"""Open WireGuard's session to each peer from this side, as soon as the node knows the peer.

A peer that asks before the node knows it loses its handshake, and repeats it only after 5 s (REKEY_TIMEOUT).
A ping of type TSMP goes through WireGuard, so the node's own handshake opens the session and what the peer
has queued arrives. `disco` opens none.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from node.paths import PATHS, Paths
from node.tailnet import localapi

AT_ONCE = 8
ANSWER_SECONDS = 2.0
LATE_SECONDS = 5.0  # then the peer's second handshake has come
MOST, WINDOW_SECONDS = 64, 60.0
MULLVAD = "tag:mullvad-exit-node"  # hundreds of servers, which never ask


class Peer(NamedTuple):
    """A peer that WireGuard knows by `key`; `tagged` ones are machines, the others people's devices."""

    key: str
    ip: str
    tagged: bool


class Initiator:
    """Pings each peer once when it comes online: people's devices first, at most MOST in WINDOW_SECONDS."""

    def __init__(self, paths: Paths = PATHS) -> None:
        self.paths = paths
        self.lock = threading.Lock()
        self.online: set[str] = set()
        self.waiting: deque[tuple[float, Peer]] = deque()
        self.pinged: deque[float] = deque(maxlen=MOST)
        self.workers = 0

    def arrive(self) -> None:
        """Take the peers that the node knows when it enters its tailnet."""
        self.update((localapi.status(self.paths).get("Peer") or {}).values())

    def update(self, nodes: Iterable[Mapping[str, Any]]) -> None:
        """Take peers as ipnstate.PeerStatus or tailcfg.Node describes them; ping those that came online."""
        with self.lock:
            came = [peer for node in nodes if (peer := self.coming(node))]
            now = time.monotonic()
            for peer in sorted(came, key=lambda peer: peer.tagged):
                if len(self.pinged) < MOST or self.pinged[0] < now - WINDOW_SECONDS:
                    self.pinged.append(now)
                    self.waiting.append((now, peer))
            more = min(len(self.waiting), AT_ONCE) - self.workers
            self.workers += max(more, 0)
        for _ in range(more):
            threading.Thread(target=self.work, daemon=True).start()

    def coming(self, node: Mapping[str, Any]) -> Peer | None:
        """Return the peer if it was not online before and WireGuard could be asked."""
        key = node.get("PublicKey") or node.get("Key") or ""
        addresses = node.get("TailscaleIPs") or node.get("Addresses") or ()
        tags = node.get("Tags") or ()
        if not node.get("Online"):
            self.online.discard(key)
        elif key not in self.online and addresses and MULLVAD not in tags:
            self.online.add(key)
            return Peer(key, addresses[0].partition("/")[0], bool(tags))
        return None

    def work(self) -> None:
        """Ping what waits, unless it has waited too long, until nothing does."""
        while peer := self.next():
            localapi.ping(peer.ip, ANSWER_SECONDS, self.paths)

    def next(self) -> Peer | None:
        """Return the next peer; None, and this worker has ended, where nothing waits."""
        with self.lock:
            while self.waiting:
                since, peer = self.waiting.popleft()
                if time.monotonic() - since < LATE_SECONDS:
                    return peer
            self.workers -= 1
            return None
