"""A UDP relay into the tailnet, through tailscaled's SOCKS5 proxy (UDP ASSOCIATE, RFC 1928 section 7).

Each client of the local port has an association of its own: the proxy resolves the host's name for each, and
answers find their way back. tailscaled carries datagrams of at most 8 KiB.
"""

import selectors
import socket
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from node.contract.contract import PROXY_PORT

Address = tuple[str, int]
PROXY = ("127.0.0.1", PROXY_PORT)
PROXY_SECONDS = 5.0
IDLE_SECONDS = 120.0  # as tailscaled forgets a UDP flow
LARGEST = 65535
IPV4, NAME, IPV6 = 1, 3, 4


def main(port: str, host: str, host_port: str) -> NoReturn:
    """Relay until killed."""
    relay = Relay(int(port), host, int(host_port))
    while True:
        relay.step(IDLE_SECONDS)


class Association:
    """One client's way through the proxy; it lasts as long as the connection `control`."""

    def __init__(self, proxy: Address) -> None:
        self.used = time.monotonic()
        self.control = socket.create_connection(proxy, timeout=PROXY_SECONDS)
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.datagrams.connect(associate(self.control))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        self.control.close()
        self.datagrams.close()


class Relay:
    """The local port, and the associations of those who use it."""

    def __init__(self, port: int, host: str, host_port: int, proxy: Address = PROXY) -> None:
        self.proxy = proxy
        self.head = head(host, host_port)
        self.associations: dict[Address, Association] = {}
        self.local = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.local.bind(("127.0.0.1", port))
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.local, selectors.EVENT_READ, self.from_client)

    def step(self, seconds: float) -> None:
        """Relay what has come, or wait at most `seconds` for it."""
        for key, _ in self.selector.select(seconds):
            react: Callable[[], None] = key.data
            react()
        oldest = time.monotonic() - IDLE_SECONDS
        for client in [client for client, found in self.associations.items() if found.used < oldest]:
            self.forget(client)

    def from_client(self) -> None:
        data, client = self.local.recvfrom(LARGEST)
        try:
            association = self.associations.get(client) or self.associate(client)
            association.used = time.monotonic()
            association.datagrams.send(self.head + data)
        except OSError as error:
            self.forget(client)
            print(f"a datagram was lost: the tailnet proxy does not take it: {error}", file=sys.stderr)

    def associate(self, client: Address) -> Association:
        found = self.associations[client] = Association(self.proxy)

        def answer() -> None:
            found.used = time.monotonic()
            try:
                self.local.sendto(payload(found.datagrams.recv(LARGEST)), client)
            except OSError:
                self.forget(client)

        self.selector.register(found.datagrams, selectors.EVENT_READ, answer)
        self.selector.register(found.control, selectors.EVENT_READ, lambda: self.forget(client))
        return found

    def forget(self, client: Address) -> None:
        """End an association: it was idle, or the proxy ended it."""
        if found := self.associations.pop(client, None):
            self.selector.unregister(found.datagrams)
            self.selector.unregister(found.control)
            found.close()


def associate(control: socket.socket) -> Address:
    """Ask for an association without authentication; where to send its datagrams. Errors: OSError."""
    with control.makefile("rb") as answers:
        control.sendall(b"\x05\x01\x00")
        if answers.read(2) != b"\x05\x00":
            raise OSError("no SOCKS5 proxy")
        control.sendall(b"\x05\x03\x00" + address("0.0.0.0", 0))
        answer = answers.read(10)
    if len(answer) < 10 or answer[:4] != bytes([5, 0, 0, IPV4]):
        raise OSError(f"UDP refused: {answer!r}")
    return socket.inet_ntoa(answer[4:8]), int.from_bytes(answer[8:10], "big")


def head(host: str, port: int) -> bytes:
    """What stands before each datagram: its destination."""
    return b"\0\0\0" + address(host, port)


def address(host: str, port: int) -> bytes:
    """An address as SOCKS5 writes it: IPv4, or a name that the proxy resolves."""
    try:
        kind, text = IPV4, socket.inet_aton(host)
    except OSError:
        kind, text = NAME, bytes([len(host)]) + host.encode()
    return bytes([kind]) + text + port.to_bytes(2, "big")


def payload(datagram: bytes) -> bytes:
    """A datagram of the proxy without its head."""
    sizes = {IPV4: 4, IPV6: 16, NAME: 1 + datagram[4]}
    return datagram[4 + sizes[datagram[3]] + 2 :]
