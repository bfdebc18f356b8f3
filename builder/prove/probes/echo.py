"""Echo TCP and UDP on a port; on the next port, take a length and that many bytes, and answer ok.

Standard input, as JSON: `host` and `port`. When the program ends, everything is bound; its child serves on.
"""

import json
import os
import socket
import socketserver
import sys
import threading


class Echo(socketserver.BaseRequestHandler):
    """Sends back what comes, until the other side ends."""

    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Datagram(socketserver.BaseRequestHandler):
    """Sends a datagram back to where it came from."""

    def handle(self) -> None:
        data, server = self.request
        server.sendto(data, self.client_address)


class Sink(socketserver.BaseRequestHandler):
    """Swallows as many bytes as the first eight announce."""

    def handle(self) -> None:
        left = int.from_bytes(self.request.recv(8, socket.MSG_WAITALL), "big")
        while left and (data := self.request.recv(min(left, 1 << 20))):
            left -= len(data)
        self.request.sendall(b"ok")


class Streams(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Streams6(Streams):
    address_family = socket.AF_INET6


class Datagrams(socketserver.UDPServer):
    pass


class Datagrams6(Datagrams):
    address_family = socket.AF_INET6


def main() -> None:
    """Bind, and serve in a child."""
    request = json.load(sys.stdin)
    host, port = request["host"], request["port"]
    streams, datagrams = (Streams6, Datagrams6) if ":" in host else (Streams, Datagrams)
    servers = [
        streams((host, port), Echo),
        streams((host, port + 1), Sink),
        datagrams((host, port), Datagram),
    ]
    if os.fork():
        return
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    for server in servers:
        threading.Thread(target=server.serve_forever).start()


main()
