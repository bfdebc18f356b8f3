"""Relay UDP into the tailnet, through tailscaled's SOCKS5 proxy (UDP ASSOCIATE, RFC 1928 section 7).

Each client of the local port has its own association, so that answers find their way back. tailscaled
carries datagrams of at most 8 KiB.
"""

import selectors
import socket
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from node.contract.values import PRIVATE_LOOPBACK, PROXY_PORT

Address = tuple[str, int]
PROXY = (PRIVATE_LOOPBACK, PROXY_PORT)
PROXY_SECONDS = 5.0
IDLE_SECONDS = 120.0  # tailscaled forgets a UDP flow after this time
LARGEST = 65535
IPV4, NAME, IPV6 = 1, 3, 4


def main(port: str, host: str, host_port: str) -> NoReturn:
    """Relay until killed."""
    relay = Relay(int(port), host, int(host_port))
    while True:
        relay.step(IDLE_SECONDS)


class Association:
    """The association of one client; it lasts as long as the connection `control`."""

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
    """The local port, and the associations of its clients."""

    def __init__(self, port: int, host: str, host_port: int, proxy: Address = PROXY) -> None:
        self.proxy = proxy
        self.header = header(host, host_port)
        self.associations: dict[Address, Association] = {}
        self.local = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.local.bind((PRIVATE_LOOPBACK, port))
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.local, selectors.EVENT_READ, self.from_client)

    def step(self, seconds: float) -> None:
        """Relay the datagrams that have arrived, or wait at most `seconds` for one; end idle associations."""
        for key, _ in self.selector.select(seconds):
            react: Callable[[], None] = key.data
            react()
        oldest = time.monotonic() - IDLE_SECONDS
        for client in [client for client, each in self.associations.items() if each.used < oldest]:
            self.forget(client)

    def from_client(self) -> None:
        """Send one datagram of a client to the proxy."""
        data, client = self.local.recvfrom(LARGEST)
        try:
            association = self.associations.get(client) or self.associate(client)
            association.used = time.monotonic()
            association.datagrams.send(self.header + data)
        except OSError as error:
            self.forget(client)
            print(f"a datagram was lost, the tailnet proxy did not take it: {error}", file=sys.stderr)

    def associate(self, client: Address) -> Association:
        """Open an association for this client; it ends when the proxy closes its connection."""
        association = self.associations[client] = Association(self.proxy)

        def answer() -> None:
            association.used = time.monotonic()
            try:
                self.local.sendto(payload(association.datagrams.recv(LARGEST)), client)
            except OSError:
                self.forget(client)

        self.selector.register(association.datagrams, selectors.EVENT_READ, answer)
        self.selector.register(association.control, selectors.EVENT_READ, lambda: self.forget(client))
        return association

    def forget(self, client: Address) -> None:
        """End the client's association, if there is one."""
        if association := self.associations.pop(client, None):
            self.selector.unregister(association.datagrams)
            self.selector.unregister(association.control)
            association.close()


def associate(control: socket.socket) -> Address:
    """Ask for an association, without authentication; return where its datagrams go. Errors: OSError."""
    with control.makefile("rb") as answers:
        control.sendall(b"\x05\x01\x00")
        if answers.read(2) != b"\x05\x00":
            raise OSError("it is not a SOCKS5 proxy")
        control.sendall(b"\x05\x03\x00" + address("0.0.0.0", 0))
        answer = answers.read(10)
    if len(answer) < 10 or answer[:4] != bytes([5, 0, 0, IPV4]):
        raise OSError(f"it refuses UDP: {answer!r}")
    return socket.inet_ntoa(answer[4:8]), int.from_bytes(answer[8:10], "big")


def header(host: str, port: int) -> bytes:
    """Return the header of each datagram, which names its destination."""
    return b"\0\0\0" + address(host, port)


def address(host: str, port: int) -> bytes:
    """Return an address as SOCKS5 writes it: IPv4, or a name that the proxy resolves."""
    try:
        kind, text = IPV4, socket.inet_aton(host)
    except OSError:
        kind, text = NAME, bytes([len(host)]) + host.encode()
    return bytes([kind]) + text + port.to_bytes(2, "big")


def payload(datagram: bytes) -> bytes:
    """Return a datagram of the proxy without its header."""
    sizes = {IPV4: 4, IPV6: 16, NAME: 1 + datagram[4]}
    return datagram[4 + sizes[datagram[3]] + 2 :]
