"""Check that `nodectl` tells the truth about the node."""

from __future__ import annotations

from typing import Any

from builder.prove.errors import CheckFailedError
from builder.prove.plan import Backend, ProofPlan
from builder.prove.subject import Subject
from builder.prove.tailnet.node import Node

_REMEDY = "see nodectl in the node: it must query the services, not remember them"
_SERVICES = "/run/tailbox/services"


def ready(subject: Subject) -> str:
    """Ready when everything is, with true names and services; not ready, with the reason, after a loss."""
    with subject.another() as node:
        if missing := subject.tailnet.settle(node):
            raise CheckFailedError(f"a fresh node did not become ready: {missing}", "see `nodectl status`")
        _status_is_true(subject, node)
        for service in sorted(services(subject.plan) - {"tailscaled", "join"}):
            _notices_loss(node, service)
        _notices_leaving(node)
    return "ready, status and url say what is, and name what is missing when a service or the tailnet is lost"


def services(plan: ProofPlan) -> set[str]:
    """Return the services that the node must run."""
    return {
        "tailscaled",
        "join",
        *(["sshd"] if Backend.SSHD in plan.ssh else []),
        *(["jupyter"] if plan.jupyter else []),
    }


def _status_is_true(subject: Subject, node: Node) -> None:
    status = node.nodectl_json("status")
    listed = subject.tailnet.control.find(node.hostname)
    _require_equal("status: ready", status["ready"], True)
    _require_equal("status: services", set(status["services"]), services(subject.plan))
    _require_equal("status: tailnet", status["tailnet"]["state"], "Running")
    _require_equal("status: name", status["tailnet"]["name"], listed and listed.name)
    _require_equal("status: addresses", set(status["tailnet"]["ips"]), listed and set(listed.ips))
    for name, service in status["services"].items():
        _require_equal(f"status: {name} is up and ready", (service["up"], service["ready"]), (True, True))
        _is_alive(node, name, service["pid"])


def _is_alive(node: Node, name: str, pid: int) -> None:
    if node.member.run(["test", "-d", f"/proc/{pid}"]).code != 0:
        raise CheckFailedError(f"status gives process {pid} for {name}, which does not exist", _REMEDY)


def _notices_loss(node: Node, service: str) -> None:
    folder = f"{_SERVICES}/{service}"
    node.member.output(["s6-svc", "-wd", "-T", "60000", "-d", folder])
    _is_not_ready(node, service, f"{service} was stopped")
    node.member.output(["s6-svc", "-wU", "-T", "60000", "-u", folder])
    if (done := node.nodectl("ready", "--timeout", "60", deadline=90)).code != 0:
        raise CheckFailedError(
            f"{service} was started again and the node is not ready: {done.last_lines}", _REMEDY
        )


def _notices_leaving(node: Node) -> None:
    node.member.output(["tailscale", "down"])
    _is_not_ready(node, "", "the node left the tailnet")


def _is_not_ready(node: Node, named: str, why: str) -> None:
    done = node.nodectl("ready")
    if done.code != 1 or named not in done.last_lines or not done.last_lines:
        output = done.last_lines or "nothing"
        raise CheckFailedError(
            f"{why}, and `nodectl ready` ended with {done.code} and said: {output}", _REMEDY
        )


def _require_equal(what: str, actual: Any, expected: Any) -> None:
    if actual != expected:
        raise CheckFailedError(f"{what} is {actual!r}, in truth {expected!r}", _REMEDY)
