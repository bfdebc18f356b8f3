"""tailscaled's LocalAPI over its unix socket: the daemon's status, and its changes as events.

HTTP/1.0 by hand: the answer ends with the connection, and http.client would cost each command 20 ms.
"""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from node.paths import PATHS, Paths

INITIAL_STATE = 1 << 1  # ipn.NotifyInitialState: the first message holds the current state
ANSWER_SECONDS = 5.0
REQUEST = "GET /localapi/v0/{} HTTP/1.0\r\nHost: local-tailscaled.sock\r\n\r\n"


class Unreachable(OSError):
    """tailscaled does not answer on its socket."""


class Tailnet(NamedTuple):
    """This node in its tailnet. `state` is the IPN state (Running, NeedsLogin), `down` without a daemon."""

    state: str
    name: str = ""
    ips: tuple[str, ...] = ()
    relay: str = ""

    @property
    def running(self) -> bool:
        """In the tailnet with an address."""
        return self.state == "Running" and bool(self.ips)

    @property
    def reachable(self) -> bool:
        """Known by its home relay too: a peer that sends earlier repeats its handshake 5 s later."""
        return self.running and bool(self.relay)

    @property
    def short_name(self) -> str:
        return self.name.partition(".")[0]


def tailnet(paths: Paths = PATHS) -> Tailnet:
    """The node's present place in its tailnet."""
    found = status(paths, "?peers=false")
    return parse_status(found) if found else Tailnet("down")


def status(paths: Paths = PATHS, query: str = "") -> dict[str, Any]:
    """ipnstate.Status as JSON; empty without a daemon."""
    try:
        with (
            request(f"status{query}", ANSWER_SECONDS, paths) as connection,
            connection.makefile("rb") as answer,
        ):
            found: dict[str, Any] = json.loads(body(answer))
            return found
    except (OSError, ValueError):
        return {}


def parse_status(status: dict[str, Any]) -> Tailnet:
    """ipnstate.Status as a Tailnet; lists may be null there."""
    own = status.get("Self") or {}
    return Tailnet(
        status["BackendState"],
        own.get("DNSName", "").rstrip("."),
        tuple(status.get("TailscaleIPs") or ()),
        own.get("Relay", ""),
    )


def changes(deadline: float | None = None, paths: Paths = PATHS) -> Iterator[dict[str, Any]]:
    """The messages of the IPN bus (ipn.Notify), the current state first.

    `deadline` is in time.monotonic() seconds. Errors: TimeoutError at the deadline, Unreachable without
    tailscaled, also when it goes away.
    """
    left = None if deadline is None else max(deadline - time.monotonic(), 0.001)
    with request(f"watch-ipn-bus?mask={INITIAL_STATE}", left, paths) as connection:
        pending = b""
        headers = True
        while data := connection.recv(65536):
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                if headers:
                    headers = line != b"\r"
                elif line.strip():
                    yield json.loads(line)
            if deadline is not None:
                connection.settimeout(max(deadline - time.monotonic(), 0.001))
    raise Unreachable("tailscaled ended")


def request(call: str, seconds: float | None, paths: Paths) -> socket.socket:
    """A connection with the request sent. Errors: Unreachable."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(seconds)
    try:
        connection.connect(paths.socket)
        connection.sendall(REQUEST.format(call).encode())
    except OSError as error:
        connection.close()
        raise Unreachable(f"tailscaled does not answer on {paths.socket}: {error.strerror}") from error
    return connection


def body(answer: Iterator[bytes]) -> bytes:
    """What follows the head of an HTTP answer."""
    for line in answer:
        if line == b"\r\n":
            break
    return b"".join(answer)
