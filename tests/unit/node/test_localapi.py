"""tailscaled's LocalAPI, imitated by a thread on a unix socket."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from node.paths import Paths
from node.tailnet import localapi
from node.tailnet.localapi import Tailnet

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
STATUS = {
    "BackendState": "Running",
    "TailscaleIPs": ["100.64.0.1", "fd7a::1"],
    "Self": {"DNSName": "box.tailbox.test.", "Relay": "fra"},
}
Serve = Callable[..., Paths]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Answer one request with the given pieces; `hold` keeps the connection open until the test ends."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "tailscaled.sock"))
    listener.listen()
    ended = threading.Event()

    def start(*pieces: bytes, hold: bool = False) -> Paths:
        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                for piece in pieces:
                    connection.sendall(piece)
                if hold:
                    ended.wait()

        threading.Thread(target=answer, daemon=True).start()
        return Paths(tailscale_run=str(tmp_path))

    yield start
    ended.set()
    listener.close()


def test_a_running_node(serve: Serve) -> None:
    node = localapi.tailnet(serve(HEAD, json.dumps(STATUS).encode()))
    assert node == Tailnet("Running", "box.tailbox.test", ("100.64.0.1", "fd7a::1"), "fra")
    assert node.reachable
    assert not node._replace(relay="").reachable
    assert node.short_name == "box"


def test_a_node_before_its_login(serve: Serve) -> None:
    status = {"BackendState": "NeedsLogin", "TailscaleIPs": None, "Self": None}
    node = localapi.tailnet(serve(HEAD, json.dumps(status).encode()))
    assert (node.state, node.name, node.running) == ("NeedsLogin", "", False)


def test_no_daemon(tmp_path: Path) -> None:
    paths = Paths(tailscale_run=str(tmp_path))
    assert localapi.tailnet(paths) == Tailnet("down")
    with pytest.raises(localapi.UnreachableError, match="does not answer"):
        next(localapi.messages(paths=paths))


def test_messages_are_whole_however_the_stream_is_cut(serve: Serve) -> None:
    stream = HEAD + b'{"State":2}\n{"State":5}\n\n{"State":6}\n'
    paths = serve(*(stream[i : i + 7] for i in range(0, len(stream), 7)))
    messages = localapi.messages(paths=paths)
    assert [next(messages)["State"] for _ in range(3)] == [2, 5, 6]
    with pytest.raises(localapi.UnreachableError, match="ended"):
        next(messages)


def test_the_deadline_ends_the_waiting(serve: Serve) -> None:
    messages = localapi.messages(time.monotonic() + 0.2, serve(HEAD + b'{"State":2}\n', hold=True))
    assert next(messages) == {"State": 2}
    with pytest.raises(TimeoutError):
        next(messages)
