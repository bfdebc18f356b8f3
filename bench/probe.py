"""On the laptop of the private tailnet: `probe MANNER HOSTNAME PORT...`, when does each port of it answer?

A polite one waits for a line on stdin (the node is in the tailnet), and until the laptop knows its relay. An
eager one, as VS Code's reconnect or a retrying ssh, asks as soon as the laptop knows the node online.
Prints JSON: seconds of the clock, which the container shares with the host, for `peer` and each port.
"""

import json
import socket
import sys
import time

SOCKET = "/var/run/tailscale/tailscaled.sock"
DEADLINE = 120.0
PAUSE = 0.01


def peers() -> list[dict[str, object]]:
    """The peers that the laptop knows."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(SOCKET)
        connection.sendall(b"GET /localapi/v0/status HTTP/1.0\r\nHost: local-tailscaled.sock\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return list((json.loads(answer.partition(b"\r\n\r\n")[2]).get("Peer") or {}).values())


def find(hostname: str, eager: bool) -> tuple[str, str]:
    """Address and name of the node once it is online."""
    while True:
        for peer in peers():
            name = str(peer["DNSName"]).rstrip(".")
            if peer["Online"] and (eager or peer["Relay"]) and name.partition(".")[0] == hostname:
                return str(peer["TailscaleIPs"][0]), name  # type: ignore[index]
        time.sleep(PAUSE)


def answers(address: str, name: str, port: int) -> bool:
    """Whether SSH sends its banner, or Jupyter answers /api under the node's name."""
    try:
        with socket.create_connection((address, port), timeout=DEADLINE) as connection:
            if port > 8000:
                connection.sendall(f"GET /api HTTP/1.0\r\nHost: {name}:{port}\r\n\r\n".encode())
            return connection.recv(12).startswith((b"SSH-2.0-", b"HTTP/1.1 200", b"HTTP/1.0 200"))
    except OSError:  # refused, or the laptop has no route to its peer yet
        return False


def main() -> None:
    manner, hostname, *ports = sys.argv[1:]
    eager = manner == "eager"
    if not eager:
        sys.stdin.readline()
    end = time.monotonic() + DEADLINE
    address, name = find(hostname, eager)
    seen = {"peer": time.time()}
    while len(seen) <= len(ports) and time.monotonic() < end:
        for port in ports:
            if port not in seen and answers(address, name, int(port)):
                seen[port] = time.time()
        time.sleep(PAUSE)
    print(json.dumps(seen))


main()
