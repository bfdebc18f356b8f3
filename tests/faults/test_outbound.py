"""Ways out of a node into the tailnet: declared forwards, with a peer that is dead, and proxychains."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from builder.core import process
from builder.prove import MemberSources
from builder.prove.subject import Subject
from builder.prove.tailnet.member import CompletedCommand
from builder.prove.tailnet.members_image import build_members_image
from builder.prove.tailnet.tailnet import GREETING_PORT, Tailnet
from tests.faults.conftest import Patient
from tests.faults.symptoms import DEADLINE, ready

ECHO_PORT = 5353
ECHO = f"""
import socket as s
u = s.socket(s.AF_INET, s.SOCK_DGRAM)
u.bind(("", {ECHO_PORT}))
while True:
    data, peer = u.recvfrom(65535)
    u.sendto(b"seen " + data, peer)
"""
ASK = """
import socket as s, sys
u = s.socket(s.AF_INET, s.SOCK_DGRAM)
u.settimeout(5)
u.connect(("127.0.0.2", int(sys.argv[1])))
u.send(b"x" * int(sys.argv[2]))
print(len(u.recv(65535)))
"""
# The engine's own DNS knows short names, and leads to the server outside the tailnet.
SERVER = "server.tailbox.test"
FORWARDS = f"8000={SERVER}:{GREETING_PORT},9=nobody:9,udp:5353={SERVER}:{ECHO_PORT},udp:9=nobody:9"
PROXYCHAINS = ("/usr/bin/proxychains4", "/usr/lib/x86_64-linux-gnu/libproxychains.so.4")


@pytest.fixture(scope="module")
def relay(patient: Patient, tailnet: Tailnet) -> Iterator[Subject]:
    """A node with forwards, beside a server that also answers datagrams."""
    tailnet.server.output(["sh", "-c", 'python3 -c "$0" >/dev/null 2>&1 &', ECHO])
    with patient({"NODE_FORWARDS": FORWARDS}) as lab:
        yield lab


def fetch(lab: Subject, port: int) -> CompletedCommand:
    return lab.node.member.run(["curl", "-sf", "--max-time", "30", f"http://127.0.0.2:{port}/greeting"])


def ask(lab: Subject, port: int, size: int = 100) -> CompletedCommand:
    return lab.node.member.run(["python3", "-c", ASK, str(port), str(size)])


def test_a_forward_leads_to_a_peer(relay: Subject) -> None:
    assert fetch(relay, 8000).text == relay.tailnet.greeting


@pytest.mark.parametrize("size", [0, 100, 8000])
def test_a_forward_for_datagrams(relay: Subject, size: int) -> None:
    done = ask(relay, 5353, size)
    assert done.text == str(size + len("seen ")), done.last_lines


def test_ssh_leads_to_peers_and_leaves_others_alone(relay: Subject, patient: Patient) -> None:
    options = "-o BatchMode=yes -o StrictHostKeyChecking=no -o ConnectTimeout=30"
    with patient() as peer:
        addresses = [("dev", peer.listed.address(version)) for version in (4, 6)]
        for user, name in (("root", peer.node.hostname), ("dev", peer.name), *addresses):
            done = relay.node.member.run(
                ["sh", "-c", f"ssh {options} root@{name} hostname"], options=("--user", user)
            )
            assert done.text == peer.node.hostname, f"{user}, {name}: {done.last_lines}"
    plain = relay.node.member.output(["ssh", "-G", "192.0.2.1"]).decode()
    assert "proxycommand" not in plain


def test_a_dead_peer_is_an_error_for_its_own_connection_only(relay: Subject) -> None:
    assert fetch(relay, 9).code != 0
    assert ask(relay, 9).code != 0
    assert fetch(relay, 8000).text == relay.tailnet.greeting
    assert ask(relay, 5353).code == 0
    assert relay.node.nodectl("ready").code == 0


def test_forwards_outlive_the_daemon(relay: Subject) -> None:
    relay.node.nodectl("restart", "tailscaled", deadline=DEADLINE)
    ready(relay.node)
    process.until(lambda: fetch(relay, 8000).text == relay.tailnet.greeting, DEADLINE, "the forward")
    process.until(lambda: ask(relay, 5353).code == 0, DEADLINE, "the forward for datagrams")


@pytest.fixture
def proxychains(tailnet: Tailnet, sources: MemberSources) -> dict[str, bytes]:
    """The files of Debian's proxychains, each as a tar."""
    image = build_members_image(tailnet.engine, sources, packages=("proxychains4",))
    container = tailnet.engine.client.containers.create(image, network="none", labels=tailnet.run.labels)
    try:
        return {path: b"".join(container.get_archive(path)[0]) for path in PROXYCHAINS}
    finally:
        container.remove()


def test_proxychains_with_nodectls_configuration(relay: Subject, proxychains: dict[str, bytes]) -> None:
    for path, packed in proxychains.items():
        relay.node.member.container.put_archive(str(PurePosixPath(path).parent), packed)
    command = f"curl -sf --max-time 30 http://{SERVER}:{GREETING_PORT}/greeting"
    plain = relay.node.member.run(["sh", "-c", command])
    assert plain.code != 0
    chained = relay.node.member.run(
        ["sh", "-c", f"nodectl proxy chains >/tmp/chains && proxychains4 -f /tmp/chains {command}"]
    )
    assert chained.text == relay.tailnet.greeting, chained.last_lines
