"""Parsers of single values; each raises InvalidValueError with the reason and a remedy."""

import re
from typing import NamedTuple

from node.contract.variables import InvalidValueError

SSHD_PORT = 2222
PROXY_PORT = 1055
# What peers must not reach listens here: tailscaled delivers their connections to 127.0.0.1 alone.
PRIVATE_LOOPBACK = "127.0.0.2"
RESERVED_PORTS = {22: "Tailscale SSH", SSHD_PORT: "sshd", PROXY_PORT: "the tailnet proxy"}
SERVER = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/?")
TAG = re.compile(r"tag:[A-Za-z][A-Za-z0-9-]*")
FORWARD = re.compile(r"(?:(udp|tcp):)?(\d{1,5})=([A-Za-z0-9._-]+):(\d{1,5})")


class Forward(NamedTuple):
    """A local port that leads to a port of a tailnet host. `protocol` is tcp or udp."""

    protocol: str
    port: int
    host: str
    host_port: int


class Gateway(NamedTuple):
    """A port on `::` that a cloud's gateway reaches, and the local port that answers there."""

    port: int
    local: int


def login_server(text: str) -> str:
    """Parse the control server's URL; a slash at its end is dropped."""
    if not SERVER.fullmatch(text):
        what = f"{text!r} is not a server URL; the join key is not used, so that it goes to no other server."
        raise InvalidValueError(what, "Use for example `https://headscale.example.com`.")
    return text.rstrip("/")


def tags(text: str) -> tuple[str, ...]:
    """Parse comma-separated tags; `gpu` means `tag:gpu`."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    full = tuple(word if word.startswith("tag:") else f"tag:{word}" for word in words)
    invalid = [tag for tag in full if not TAG.fullmatch(tag)]
    if invalid:
        what = f"invalid: {', '.join(invalid)}; the node joins without tags."
        raise InvalidValueError(what, "Use for example `tag:gpu,tag:dev`.")
    return full


def port(text: str) -> int:
    """Parse a port number, 1 to 65535."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise InvalidValueError(f"{text!r} is not a port number.", "Use a number from 1 to 65535.")
    return int(text)


def free_port(text: str) -> int:
    """Parse a TCP port that no listener of the node uses."""
    number = port(text)
    if number in RESERVED_PORTS:
        what = f"port {number} belongs to {RESERVED_PORTS[number]}."
        raise InvalidValueError(what, "Choose another port.")
    return number


def forwards(text: str) -> tuple[Forward, ...]:
    """Parse `5432=db:5432,udp:53=dns:53`; the local ports must be free and differ."""
    parsed = tuple(forward(word.strip()) for word in text.split(",") if word.strip())
    if len({(each.protocol, each.port) for each in parsed}) < len(parsed):
        raise InvalidValueError("a local port appears twice.", "Give each forward its own local port.")
    return parsed


def forward(text: str) -> Forward:
    """Parse one [udp:]LOCALPORT=HOST:PORT. The reserved ports are TCP ports."""
    match = FORWARD.fullmatch(text)
    if not match:
        what = f"{text!r} is not a forward."
        raise InvalidValueError(what, "Use LOCALPORT=HOST:PORT, for example `5432=db:5432`.")
    protocol = match[1] or "tcp"
    local = port(match[2]) if protocol == "udp" else free_port(match[2])
    return Forward(protocol, local, match[3], port(match[4]))


def gateway(text: str) -> Gateway:
    """Parse `8080` or `8080=7860`; neither may be a port of the node's own listeners."""
    public, equals, local = text.partition("=")
    return Gateway(free_port(public.strip()), free_port((local if equals else public).strip()))
