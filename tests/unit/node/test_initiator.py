"""The node opens WireGuard's session to its peers: to whom, in which order, how many, and when again."""

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from node.contract.settings import Settings
from node.contract.ssh_backend import SshBackend
from node.paths import Paths
from node.tailnet import initiator, localapi
from node.tailnet.initiator import AT_ONCE, MOST, Initiator
from node.tailnet.join import Joiner
from node.tailnet.localapi import Tailnet

SECONDS = 10.0


class Daemon:
    """tailscaled's LocalAPI on a unix socket: answers `status`, and pings once `answers` is set."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(run=str(folder), tailscale_run=str(folder))
        self.status: dict[str, Any] = {"Peer": None}
        self.pinged: list[str] = []
        self.open, self.most_open = 0, 0
        self.change = threading.Condition()
        self.answers = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.paths.socket)
        self.listener.listen(AT_ONCE * 4)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection: socket.socket) -> None:
        with connection:
            request = connection.recv(4096).decode()
            if ping := re.match(r"POST /localapi/v0/ping\?ip=([^&]+)&type=TSMP HTTP/1.0\r\n", request):
                self.count(+1, ping[1])
                self.answers.wait(SECONDS)
                self.count(-1)
            with contextlib.suppress(BrokenPipeError):  # the node has stopped waiting
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + json.dumps(self.status).encode())

    def count(self, more: int, ip: str = "") -> None:
        with self.change:
            self.open += more
            self.most_open = max(self.open, self.most_open)
            self.pinged += [ip] if ip else []
            self.change.notify_all()

    def wait(self, pings: int) -> list[str]:
        """Return whom the node has pinged, as soon as there were so many pings."""
        with self.change:
            assert self.change.wait_for(lambda: len(self.pinged) >= pings, SECONDS), self.pinged
            return list(self.pinged)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path)
    daemon.answers.set()
    yield daemon
    daemon.answers.set()
    daemon.listener.close()


def node(number: int, *tags: str, online: bool = True) -> dict[str, Any]:
    """A tailcfg.Node, as the IPN bus describes it."""
    addresses = [f"100.64.{number // 256}.{number % 256}/32", "fd7a::1/128"]
    return {"Key": f"nodekey:{number}", "Addresses": addresses, "Tags": list(tags), "Online": online}


def known(number: int, *tags: str, online: bool = True) -> dict[str, Any]:
    """The same as an ipnstate.PeerStatus, whose lists may be null."""
    addresses = [f"100.64.{number // 256}.{number % 256}", "fd7a::1"]
    key = f"nodekey:{number}"
    return {"PublicKey": key, "TailscaleIPs": addresses, "Tags": list(tags) or None, "Online": online}


def test_all_that_are_online_are_pinged_when_the_node_arrives(daemon: Daemon) -> None:
    peers = [known(1), known(2, online=False), known(3, "tag:mullvad-exit-node"), known(4, "tag:gpu")]
    daemon.status["Peer"] = {peer["PublicKey"]: peer for peer in peers}
    Initiator(daemon.paths).arrive()
    assert set(daemon.wait(2)) == {"100.64.0.1", "100.64.0.4"}


def test_a_node_that_is_alone_pings_nobody(daemon: Daemon) -> None:
    opener = Initiator(daemon.paths)
    opener.arrive()
    opener.update([node(1)])
    assert daemon.wait(1) == ["100.64.0.1"]


def test_people_come_before_machines_and_few_at_once(daemon: Daemon) -> None:
    daemon.answers.clear()
    machines = [node(number, "tag:gpu") for number in range(1, 40)]
    people = [node(number) for number in range(100, 100 + AT_ONCE)]
    Initiator(daemon.paths).update([*machines, *people])
    assert set(daemon.wait(AT_ONCE)) == {f"100.64.0.{number}" for number in range(100, 100 + AT_ONCE)}
    daemon.answers.set()
    assert len(daemon.wait(39 + AT_ONCE)) == 39 + AT_ONCE
    assert daemon.most_open == AT_ONCE


def test_a_large_tailnet_costs_no_more_than_a_bounded_number_of_pings(daemon: Daemon) -> None:
    opener = Initiator(daemon.paths)
    opener.update([node(number, "tag:gpu") for number in range(1000)] + [node(2000)])
    assert len(daemon.wait(MOST)) == MOST
    assert "100.64.7.208" in daemon.pinged
    opener.update([node(3000)])
    opener.pinged[0] = time.monotonic() - initiator.WINDOW_SECONDS - 1
    opener.update([node(4000)])
    assert daemon.wait(MOST + 1)[-1] == "100.64.15.160"
    assert "100.64.11.184" not in daemon.pinged


def test_a_peer_is_pinged_again_only_when_it_comes_back_or_has_another_key(daemon: Daemon) -> None:
    opener = Initiator(daemon.paths)
    opener.update([node(1)])
    opener.update([known(1)])
    opener.update([node(2)])
    assert sorted(daemon.wait(2)) == ["100.64.0.1", "100.64.0.2"]
    opener.update([node(1, online=False)])
    opener.update([node(1)])
    opener.update([node(2) | {"Key": "nodekey:renewed"}])
    assert sorted(daemon.wait(4)) == ["100.64.0.1", "100.64.0.1", "100.64.0.2", "100.64.0.2"]


def test_what_has_waited_too_long_is_left_to_the_peer(daemon: Daemon) -> None:
    opener = Initiator(daemon.paths)
    with opener.lock:
        opener.waiting.append(
            (time.monotonic() - initiator.LATE_SECONDS, initiator.Peer("k", "100.64.9.9", False))
        )
    opener.update([node(1)])
    assert daemon.wait(1) == ["100.64.0.1"]


def test_a_silent_peer_holds_nobody_up_for_long(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initiator, "ANSWER_SECONDS", 0.05)
    daemon.answers.clear()
    Initiator(daemon.paths).update([node(number) for number in range(AT_ONCE + 1)])
    assert len(daemon.wait(AT_ONCE + 1)) == AT_ONCE + 1


def test_without_tailscaled_nothing_is_opened_and_nothing_breaks(tmp_path: Path) -> None:
    opener = Initiator(Paths(tailscale_run=str(tmp_path)))
    opener.arrive()
    opener.update([node(1)])
    assert opener.online == {"nodekey:1"}


def test_the_join_service_opens_sessions_when_it_runs_and_when_peers_come(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(localapi, "tailnet", lambda _paths: Tailnet("Running"))
    monkeypatch.setattr("node.tailnet.join.notify_ready", lambda _paths: None)
    daemon.status["Peer"] = {"nodekey:1": known(1)}
    Path(daemon.paths.problems).mkdir()
    joiner = Joiner(Settings("box", "", [], SshBackend("both"), True, 8888), daemon.paths)
    joiner.follow({"PeersChanged": [node(1)]})
    assert joiner.initiator.online == set()
    joiner.start_up = lambda *_: None  # type: ignore[method-assign]
    joiner.follow({"State": 6})
    assert daemon.wait(1) == ["100.64.0.1"]
    joiner.follow({"PeersChanged": [node(1), node(2)]})
    assert daemon.wait(2) == ["100.64.0.1", "100.64.0.2"]
