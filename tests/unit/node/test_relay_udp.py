"""The UDP relay, with a thread that imitates the SOCKS5 proxy."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from node.tailnet import relay_udp
from node.tailnet.relay_udp import Relay

GREETING = b"\x05\x01\x00"


class Proxy:
    """Accepts UDP ASSOCIATE, and returns each datagram with `seen: ` before it."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.listener.getsockname()
        self.headers: list[bytes] = []
        self.controls: list[socket.socket] = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                control, _ = self.listener.accept()
            except OSError:
                return
            self.controls.append(control)
            threading.Thread(target=self.associate, args=(control,), daemon=True).start()

    def associate(self, control: socket.socket) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            assert control.recv(64) == GREETING
            control.sendall(b"\x05\x00")
            assert control.recv(64)[:3] == b"\x05\x03\x00"
            ip, port = udp.getsockname()
            control.sendall(b"\x05\x00\x00\x01" + socket.inet_aton(ip) + port.to_bytes(2, "big"))
            while True:
                datagram, relay = udp.recvfrom(65535)
                data = relay_udp.payload(datagram)
                header = datagram[: len(datagram) - len(data)]
                self.headers.append(header)
                udp.sendto(header + b"seen: " + data, relay)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    proxy = Proxy()
    yield proxy
    proxy.listener.close()


def client(relay: Relay) -> socket.socket:
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect(relay.local.getsockname())
    client.settimeout(10)
    return client


def answer(relay: Relay, client: socket.socket, text: bytes) -> bytes:
    client.send(text)
    relay.step(10)  # to the proxy
    relay.step(10)  # and back
    return client.recv(65535)


def test_each_client_gets_its_own_answers(proxy: Proxy) -> None:
    relay = Relay(0, "dns", 53, proxy.address)
    one, two = client(relay), client(relay)
    assert answer(relay, one, b"a") == b"seen: a"
    assert answer(relay, two, b"b" * 4000) == b"seen: " + b"b" * 4000
    assert answer(relay, one, b"") == b"seen: "
    assert set(proxy.headers) == {b"\0\0\0\x03\x03dns\0\x35"}
    assert len(proxy.controls) == 2


def test_an_address_is_sent_as_an_address() -> None:
    assert relay_udp.header("100.64.0.7", 258) == b"\0\0\0\x01\x64\x40\0\x07\x01\x02"


def test_a_client_survives_a_restart_of_the_proxy(proxy: Proxy) -> None:
    relay = Relay(0, "dns", 53, proxy.address)
    one = client(relay)
    assert answer(relay, one, b"a") == b"seen: a"
    proxy.controls[0].shutdown(socket.SHUT_RDWR)
    relay.step(10)
    assert relay.associations == {}
    assert answer(relay, one, b"b") == b"seen: b"


def test_without_a_proxy_the_datagram_is_lost_and_the_relay_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    relay = Relay(0, "dns", 53, ("127.0.0.1", 1))
    client(relay).send(b"a")
    relay.step(10)
    assert "a datagram was lost" in capsys.readouterr().err
    assert relay.associations == {}


def test_idle_clients_are_forgotten(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    relay = Relay(0, "dns", 53, proxy.address)
    assert answer(relay, client(relay), b"a") == b"seen: a"
    later = time.monotonic() + relay_udp.IDLE_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    relay.step(0)
    assert relay.associations == {}
