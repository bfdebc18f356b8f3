"""tailscaled's LocalAPI on its unix socket: the daemon's status, and the messages of its IPN bus.

It speaks HTTP/1.0 without http.client, whose import would cost each command 20 ms; a response ends with its
connection.
"""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from node.paths import PATHS, Paths

INITIAL_STATE = 1 << 1  # ipn.NotifyInitialState: the first message holds the current state
PEER_CHANGES = 1 << 12  # ipn.NotifyPeerChanges: a peer that changed comes whole, in PeersChanged
ANSWER_SECONDS = 5.0
REQUEST = "{} /localapi/v0/{} HTTP/1.0\r\nHost: local-tailscaled.sock\r\n\r\n"


class UnreachableError(OSError):
    """tailscaled does not answer on its socket."""


class Tailnet(NamedTuple):
    """This node in its tailnet. `state` is the IPN state (Running, NeedsLogin); `down` without tailscaled.

    `relay` is its home DERP.
    """

    state: str
    name: str = ""
    ips: tuple[str, ...] = ()
    relay: str = ""

    @property
    def running(self) -> bool:
        """Whether it is in the tailnet and has an address."""
        return self.state == "Running" and bool(self.ips)

    @property
    def reachable(self) -> bool:
        """Whether it also has its relay: a peer that sends earlier repeats its handshake only after 5 s."""
        return self.running and bool(self.relay)

    @property
    def short_name(self) -> str:
        return self.name.partition(".")[0]


def tailnet(paths: Paths = PATHS) -> Tailnet:
    """Return the present state of this node in its tailnet."""
    answer = status(paths, "?peers=false")
    return parse_status(answer) if answer else Tailnet("down")


def status(paths: Paths = PATHS, query: str = "") -> dict[str, Any]:
    """Return ipnstate.Status; empty without tailscaled."""
    try:
        with (
            request(f"status{query}", ANSWER_SECONDS, paths) as connection,
            connection.makefile("rb") as response,
        ):
            answer: dict[str, Any] = json.loads(body(response))
            return answer
    except (OSError, ValueError):
        return {}


def parse_status(status: dict[str, Any]) -> Tailnet:
    """Return the Tailnet in an ipnstate.Status, whose lists may be null."""
    node = status.get("Self") or {}
    return Tailnet(
        status["BackendState"],
        node.get("DNSName", "").rstrip("."),
        tuple(status.get("TailscaleIPs") or ()),
        node.get("Relay", ""),
    )


def ping(ip: str, seconds: float, paths: Paths = PATHS) -> None:
    """Ping a peer through WireGuard, and wait for its answer at most `seconds`."""
    with (
        contextlib.suppress(OSError),
        request(f"ping?ip={ip}&type=TSMP", seconds, paths, "POST") as connection,
    ):
        connection.recv(1)


def messages(
    deadline: float | None = None, paths: Paths = PATHS, mask: int = INITIAL_STATE
) -> Iterator[dict[str, Any]]:
    """Yield the messages of the IPN bus (ipn.Notify); the first one holds the current state.

    `deadline` is in time.monotonic() seconds; `mask` is an ipn.NotifyWatchOpt. Errors: TimeoutError at the
    deadline; UnreachableError where tailscaled does not answer, or ends.
    """
    left = None if deadline is None else max(deadline - time.monotonic(), 0.001)
    with request(f"watch-ipn-bus?mask={mask}", left, paths) as connection:
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
    raise UnreachableError("tailscaled ended")


def request(call: str, seconds: float | None, paths: Paths, method: str = "GET") -> socket.socket:
    """Send a request; return its connection. Errors: UnreachableError."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(seconds)
    try:
        connection.connect(paths.socket)
        connection.sendall(REQUEST.format(method, call).encode())
    except OSError as error:
        connection.close()
        raise UnreachableError(f"tailscaled does not answer on {paths.socket}: {error.strerror}") from error
    return connection


def body(response: Iterator[bytes]) -> bytes:
    """Return what follows the headers of an HTTP response."""
    for line in response:
        if line == b"\r\n":
            break
    return b"".join(response)
