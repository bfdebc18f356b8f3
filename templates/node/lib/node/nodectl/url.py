"""nodectl url: how people reach the node."""

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from node import files
from node.contract import settings
from node.contract.settings import Settings
from node.contract.values import SSHD_PORT
from node.paths import Paths
from node.tailnet import localapi


class Addresses(NamedTuple):
    """Commands and URLs; empty where a way is off, or while the node has no name."""

    ssh: tuple[str, ...]
    jupyter: str
    host_key: str


def url(as_json: bool, paths: Paths) -> int:
    """Print how to reach the node; the exit code is 1 while it has no name in a tailnet."""
    name = localapi.tailnet(paths).name
    shown = current_addresses(name, paths)
    if as_json:
        print(json.dumps(shown._asdict(), indent=2))
    else:
        key = shown.host_key and f"host key {shown.host_key} (ED25519, port {SSHD_PORT})"
        print("\n".join(line for line in (*shown.ssh, shown.jupyter, key) if line))
    if not name:
        print("the node has no name in a tailnet yet; see `nodectl status`", file=sys.stderr)
    return 0 if name else 1


def current_addresses(name: str, paths: Paths) -> Addresses:
    """Return the addresses of this boot; all are empty before it."""
    try:
        return addresses(settings.load(paths), name, paths)
    except FileNotFoundError:
        return Addresses((), "", "")


def addresses(settings: Settings, name: str, paths: Paths) -> Addresses:
    """Return how to reach the node called `name`. Errors: OSError where Jupyter's token cannot be read."""
    return Addresses(
        tuple(ssh_commands(settings, name)),
        jupyter_url(settings, name, paths),
        fingerprint(paths) if settings.ssh.sshd else "",
    )


def ssh_commands(settings: Settings, name: str) -> Iterator[str]:
    if name and settings.ssh.tailscale:
        yield f"ssh root@{name}"
    if name and settings.ssh.sshd:
        yield f"ssh -p {SSHD_PORT} dev@{name}"


def jupyter_url(settings: Settings, name: str, paths: Paths) -> str:
    if not name or not settings.jupyter:
        return ""
    token = quote(files.read(paths.token), safe="")
    return f"http://{name}:{settings.jupyter_port}/lab?token={token}"


def fingerprint(paths: Paths) -> str:
    """Return the host key's SHA256 fingerprint as ssh prints it; empty before sshd has made the key."""
    fields = files.read_or(paths.host_key).split()
    if len(fields) < 2:
        return ""
    digest = hashlib.sha256(base64.b64decode(fields[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
