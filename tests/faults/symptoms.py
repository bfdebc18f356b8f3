"""What a user sees of a hurt node, and the ways to hurt the network around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from builder.core import process
from builder.prove import Backend
from builder.prove.clients import jupyter, ssh
from builder.prove.subject import Subject
from builder.prove.tailnet.member import PRIVILEGED
from builder.prove.tailnet.node import Node
from builder.prove.tailnet.tailnet import Tailnet

DEADLINE = 90.0  # generous: a busy machine is no fault


def logs_in(lab: Subject, backend: Backend = Backend.SSHD, user: str = "dev") -> None:
    """A new SSH session over the tailnet runs a command."""
    with ssh.login(lab, backend, user) as transport:
        done = ssh.run(transport, "id -un")
        assert (done.code, done.text) == (0, user)


def opens_jupyter(lab: Subject) -> None:
    """Jupyter answers a browser of the tailnet, with its token."""
    with jupyter.browser(lab) as user:
        assert user.request("GET", "/api/status", token=user.token).status_code == 200


def status(node: Node) -> dict[str, Any]:
    return node.nodectl_json("status")


def services(node: Node) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = status(node)["services"]
    return found


def ready_within(node: Node, *names: str) -> None:
    """Wait until these services are ready, in the tailnet or not."""

    def are_ready() -> bool:
        found = services(node)
        return all(found.get(name, {}).get("ready") for name in names)

    process.until(are_ready, DEADLINE, f"{', '.join(names)} of {node.hostname} to be ready")


def ready(node: Node) -> None:
    """Wait until the whole node is ready."""
    done = node.nodectl("ready", "--timeout", f"{DEADLINE:.0f}", deadline=DEADLINE + 15)
    assert done.code == 0, done.last_lines


def says(node: Node, text: str) -> str:
    """Wait until `nodectl status` names a problem that holds `text`; its remedy."""
    found: list[dict[str, str]] = []

    def is_named() -> bool:
        found[:] = [problem for problem in status(node)["problems"] if text in problem["what"]]
        return bool(found)

    process.until(is_named, DEADLINE, f"nodectl status of {node.hostname} to say {text!r}")
    return found[0]["remedy"]


@contextmanager
def blocked(tailnet: Tailnet, *rule: str) -> Iterator[None]:
    """The packets of this iptables rule do not reach control; its admin API of loopback stays."""
    match = ["INPUT", "!", "-i", "lo", *rule, "-j", "REJECT"]
    member = tailnet.hub
    member.output(["iptables", "-I", *match], options=PRIVILEGED)
    try:
        yield
    finally:
        member.output(["iptables", "-D", *match], options=PRIVILEGED)
