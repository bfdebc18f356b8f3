"""Checks of single values; each raises Wrong with what it found and what it takes."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from node.contract.variables import Wrong

SERVER = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/?")
TAG = re.compile(r"tag:[A-Za-z][A-Za-z0-9-]*")
FORWARD = re.compile(r"(?:(udp|tcp):)?(\d{1,5})=([A-Za-z0-9._-]+):(\d{1,5})")


class Forward(NamedTuple):
    """A local port that leads to a tailnet host's port. `protocol` is tcp or udp."""

    protocol: str
    port: int
    host: str
    host_port: int


class Gateway(NamedTuple):
    """A port on `::` that a cloud's gateway reaches, and the local port that answers there."""

    port: int
    local: int


def login_server(text: str) -> str:
    """The control server's URL, without a slash at its end."""
    if not SERVER.fullmatch(text):
        what = f"{text!r} is no server URL; the join key is not used, so that it goes to no other server."
        raise Wrong(what, "Use for example `https://headscale.example.com`.")
    return text.rstrip("/")


def tags(text: str) -> tuple[str, ...]:
    """Comma-separated tags; `gpu` means `tag:gpu`."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    full = tuple(word if word.startswith("tag:") else f"tag:{word}" for word in words)
    wrong = [tag for tag in full if not TAG.fullmatch(tag)]
    if wrong:
        raise Wrong(f"{', '.join(wrong)}: no tag; none is used.", "Use for example `tag:gpu,tag:dev`.")
    return full


def port(text: str) -> int:
    """A port number, 1 to 65535."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise Wrong(f"{text!r} is no port.", "Use a number from 1 to 65535.")
    return int(text)


def free_port(taken: Mapping[int, str]) -> Callable[[str], int]:
    """A check for a port that none of the node's own listeners (port -> who) has."""

    def check(text: str) -> int:
        number = port(text)
        if number in taken:
            raise Wrong(f"{number} is the port of {taken[number]}.", "Choose another port.")
        return number

    return check


def forwards(taken: Mapping[int, str]) -> Callable[[str], tuple[Forward, ...]]:
    """A check for `5432=db:5432,udp:53=dns:53` whose local ports are free and differ."""

    def check(text: str) -> tuple[Forward, ...]:
        found = [forward(word.strip(), taken) for word in text.split(",") if word.strip()]
        if len({(f.protocol, f.port) for f in found}) < len(found):
            raise Wrong("a local port appears twice.", "Give each forward a local port of its own.")
        return tuple(found)

    return check


def gateway(taken: Mapping[int, str]) -> Callable[[str], Gateway]:
    """A check for `8080` or `8080=7860` that leads to none of the node's own listeners."""

    def check(text: str) -> Gateway:
        first, equals, second = text.partition("=")
        return Gateway(
            free_port(taken)(first.strip()), free_port(taken)((second if equals else first).strip())
        )

    return check


def forward(text: str, taken: Mapping[int, str]) -> Forward:
    """One [udp:]LOCALPORT=HOST:PORT; `taken` are TCP ports."""
    match = FORWARD.fullmatch(text)
    if not match:
        raise Wrong(f"{text!r} is no forward.", "Use LOCALPORT=HOST:PORT, for example `5432=db:5432`.")
    protocol = match[1] or "tcp"
    local = port(match[2]) if protocol == "udp" else free_port(taken)(match[2])
    return Forward(protocol, local, match[3], port(match[4]))
