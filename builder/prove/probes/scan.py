"""Try ports of an address and print as JSON which answer: `{"tcp": [...], "udp": [...], "silent": [...]}`.

Standard input, as JSON: `address`, `tcp` and `udp` (lists of ports). A TCP port answers when it accepts; one
that neither accepts nor refuses within the deadline, twice, is silent, and after some of these no more are
tried. A UDP port answers when something comes back from it before nothing has come for a while.
"""

import errno
import json
import resource
import select
import socket
import sys
import time

AT_ONCE = 256
SECONDS = 10.0
SILENT = 200
QUIET_SECONDS = 1.5
BURST = 64
# A question of DNS, which services that answer any datagram answer too.
QUESTION = bytes.fromhex("7462010000010000000000000474657374000001") + b"\0\1"


def family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def connect(address: str, port: int) -> socket.socket:
    attempt = socket.socket(family(address), socket.SOCK_STREAM)
    attempt.setblocking(False)
    code = attempt.connect_ex((address, port))
    if code not in (0, errno.EINPROGRESS, errno.ECONNREFUSED):
        raise OSError(code, f"port {port}")
    return attempt


def tcp(address: str, ports: list[int]) -> tuple[list[int], list[int]]:
    """Return the ports that accept and those that stay silent; the latter stop the scan at about SILENT."""
    left, waiting = list(reversed(ports)), dict[int, tuple[socket.socket, int, float]]()
    accepting, silent, refusing = list[int](), list[int](), list[int]()
    poll = select.epoll()
    while waiting or (left and len(silent) < SILENT):
        while left and len(waiting) < AT_ONCE and len(silent) < SILENT:
            trial = connect(address, port := left.pop())
            waiting[trial.fileno()] = (trial, port, time.monotonic() + SECONDS)
            poll.register(trial, select.EPOLLOUT)
        for number, _ in poll.poll(SECONDS):
            trial, port, _ = waiting.pop(number)
            code = trial.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            (accepting if code == 0 else silent if code == errno.ETIMEDOUT else refusing).append(port)
            trial.close()
        for number, (trial, port, end) in list(waiting.items()):
            if time.monotonic() > end:
                silent.append(port)
                waiting.pop(number)
                trial.close()
    return accepting, silent


def udp(address: str, ports: list[int]) -> tuple[list[int], list[int]]:
    """Return the ports that answer. A TCP port that stays silent ends the scan and is named."""
    answering, silent = set[int](), list[int]()
    with socket.socket(family(address), socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        for count, port in enumerate(ports):
            asking.sendto(QUESTION, (address, port))
            answering |= received(asking, 0)
            # Any answer to a TCP connection shows that what was sent before has arrived.
            if count % BURST == 0 and (silent := tcp(address, [port])[1]):
                break
        while new := received(asking, QUIET_SECONDS):
            answering |= new
    return sorted(answering), silent


def received(asking: socket.socket, seconds: float) -> set[int]:
    if not select.select([asking], [], [], seconds)[0]:
        return set()
    return {asking.recvfrom(2048)[1][1]}


def main() -> None:
    """Try every port, and the silent ones twice."""
    request = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    address = request["address"]
    accepting, silent = tcp(address, request["tcp"])
    more, silent = tcp(address, silent)
    answering, unsure = udp(address, request["udp"])
    print(json.dumps({"tcp": sorted(accepting + more), "udp": answering, "silent": sorted(silent + unsure)}))


main()
