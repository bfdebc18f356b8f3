"""Reach for an echo service in several ways and print the results, a JSON list in the requests' order.

Standard input, as JSON: `proxy` (host, port), `seconds`, and `requests`, each with `means` (plain, socks5,
http), `protocol` (tcp, udp, icmp), `host`, `port` and `bytes`: the size of a transfer, or 0 for an echo.
An answer has `failure` (empty if it worked), `ms` (until the first answer) and `mbit_s` (0 if none).
"""

import errno
import ipaddress
import json
import os
import socket
import struct
import sys
import time
import typing
from concurrent.futures import ThreadPoolExecutor

ASKED = json.load(sys.stdin)
PROXY = tuple(ASKED["proxy"])
SECONDS = ASKED["seconds"]
CONNECT, ASSOCIATE = 1, 3
RESENT = 1.0
NO_ANSWER: dict[str, object] = {"failure": "no answer", "ms": 0, "mbit_s": 0}
Address = tuple[object, ...]


class RefusedError(Exception):
    """The proxy refused, or an answer was not what was sent."""


def packed(host: str, port: int) -> bytes:
    """Return an address as SOCKS5 writes it."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bytes([3, len(host)]) + host.encode() + struct.pack(">H", port)
    return bytes([1 if address.version == 4 else 4]) + address.packed + struct.pack(">H", port)


def exactly(stream: socket.socket, size: int) -> bytes:
    """Read exactly this many bytes."""
    data = stream.recv(size, socket.MSG_WAITALL)
    if len(data) < size:
        raise RefusedError("the connection ended")
    return data


def socks(command: int, host: str, port: int) -> tuple[socket.socket, tuple[str, int]]:
    """Send a SOCKS5 command; return the connection to the proxy and the address that it gives."""
    stream = socket.create_connection(PROXY, SECONDS)
    stream.sendall(b"\5\1\0")
    exactly(stream, 2)
    stream.sendall(bytes([5, command, 0]) + packed(host, port))
    _, reply, _, kind = exactly(stream, 4)
    if reply:
        stream.close()
        raise RefusedError(f"SOCKS5 answered {reply}")
    bound = exactly(stream, {1: 4, 4: 16}[kind])
    return stream, (str(ipaddress.ip_address(bound)), int.from_bytes(exactly(stream, 2), "big"))


def connect(means: str, host: str, port: int) -> socket.socket:
    """Open a stream to host:port."""
    if means == "plain":
        return socket.create_connection((host, port), SECONDS)
    if means == "socks5":
        return socks(CONNECT, host, port)[0]
    stream = socket.create_connection(PROXY, SECONDS)
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    stream.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += exactly(stream, 1)
    if b" 200 " not in answer.splitlines()[0] + b" ":
        stream.close()
        raise RefusedError(answer.splitlines()[0].decode(errors="replace"))
    return stream


def tcp(means: str, host: str, port: int, size: int) -> float:
    """Echo a few bytes, or fill the sink. Return the seconds until the answer, or of the transfer."""
    start, word = time.monotonic(), os.urandom(16)
    with connect(means, host, port + bool(size)) as stream:
        if size:
            start = time.monotonic()
            stream.sendall(struct.pack(">Q", size) + bytes(size))
            exactly(stream, 2)
        else:
            stream.sendall(word)
            if exactly(stream, 16) != word:
                raise RefusedError("another answer came")
    return time.monotonic() - start


def send_until_echoed(datagrams: socket.socket, data: bytes, place: Address, word: bytes) -> None:
    """Send until the word comes back: a datagram can be lost."""
    end = time.monotonic() + SECONDS
    datagrams.settimeout(RESENT)
    while time.monotonic() < end:
        datagrams.sendto(data, place)
        try:
            if datagrams.recv(65536).endswith(word):
                return
        except TimeoutError:
            continue
    raise TimeoutError


def udp(means: str, host: str, port: int, _size: int) -> float:
    """Echo a datagram; return the seconds."""
    start, word = time.monotonic(), os.urandom(16)
    if means == "plain":
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as datagrams:
            send_until_echoed(datagrams, word, place, word)
    else:
        stream, relay = socks(ASSOCIATE, "0.0.0.0", 0)
        with stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            send_until_echoed(datagrams, b"\0\0\0" + packed(host, port) + word, relay, word)
    return time.monotonic() - start


def icmp(_means: str, host: str, _port: int, _size: int) -> float:
    """Send the kernel's own echo request; return the seconds until the answer."""
    start, word = time.monotonic(), os.urandom(16)
    family, _, _, _, place = socket.getaddrinfo(host, None)[0]
    six = family == socket.AF_INET6
    protocol = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    header = struct.pack(">BBHHH", 128 if six else 8, 0, 0, 0, 1)
    with socket.socket(family, socket.SOCK_DGRAM, protocol) as datagrams:
        if not six:
            header = header[:2] + struct.pack(">H", checksum(header + word)) + header[4:]
        send_until_echoed(datagrams, header + word, place, word)
    return time.monotonic() - start


def checksum(data: bytes) -> int:
    """Return the internet checksum of an even number of bytes."""
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def attempt(request: dict[str, typing.Any]) -> dict[str, object]:
    """Carry out one request."""
    exchange = {"tcp": tcp, "udp": udp, "icmp": icmp}[request["protocol"]]
    try:
        seconds = exchange(request["means"], request["host"], request["port"], request["bytes"])
    except TimeoutError:
        return NO_ANSWER
    except socket.gaierror as error:
        return {"failure": f"name not found ({error.strerror})", "ms": 0, "mbit_s": 0}
    except OSError as error:
        return {"failure": errno.errorcode.get(error.errno or 0, str(error)), "ms": 0, "mbit_s": 0}
    except RefusedError as error:
        return {"failure": str(error), "ms": 0, "mbit_s": 0}
    rate = request["bytes"] * 8 / seconds / 1e6
    return {"failure": "", "ms": round(seconds * 1000, 1), "mbit_s": round(rate)}


def main() -> None:
    """Carry out short requests side by side, then the transfers one after the other.

    No transfer is tried by a way on which the short request met silence.
    """
    requests = ASKED["requests"]
    with ThreadPoolExecutor(8) as pool:
        short = pool.map(lambda each: None if each["bytes"] else attempt(each), requests)
        answers = list(short)
    silent = [each for each, answer in zip(requests, answers, strict=True) if answer == NO_ANSWER]
    for at, each in enumerate(requests):
        answers[at] = answers[at] or (NO_ANSWER if {**each, "bytes": 0} in silent else attempt(each))
    print(json.dumps(answers))


main()
