"""Check that a stopped node leaves the tailnet and ends with the right exit code."""

from __future__ import annotations

from builder.prove.errors import CheckFailedError, DeadlineExceededError
from builder.prove.subject import Subject
from builder.prove.tailnet.control_plane import Kind
from builder.prove.tailnet.node import Node

_GRACE = 20
_TRAPS = "trap 'exit 9' TERM; sleep infinity & wait"


def sigterm(subject: Subject) -> str:
    """`docker stop`: control sees the logout, and the exit code is 0."""
    with subject.another() as node:
        settle(subject, node)
        _expect(node.member.stop(_GRACE), 0, "`docker stop`")
        _has_left(subject, node)
    return "`docker stop` logs the node out and ends with 0"


def running_command(subject: Subject) -> str:
    """`docker stop` with a running CMD: it gets TERM, its exit code is the container's, the node logs out."""
    with subject.another("bash", "-c", _TRAPS) as node:
        settle(subject, node)
        _expect(node.member.stop(_GRACE), 9, "`docker stop` with a CMD that ends with 9 on TERM")
        _has_left(subject, node)
    return "a running CMD gets TERM, the node logs out and ends with the CMD's exit code"


def ended_command(subject: Subject) -> str:
    """`entrypoint sh -c 'exit 7'` ends with 7."""
    with subject.another("sh", "-c", "exit 7") as node:
        _expect(node.member.wait(_GRACE), 7, "`entrypoint sh -c 'exit 7'`")
    return "the exit code of CMD is the container's"


def settle(subject: Subject, node: Node) -> None:
    """Wait until a further node is ready. Raises CheckFailedError if it does not become ready."""
    if missing := subject.tailnet.settle(node):
        raise CheckFailedError(
            f"a node started for this check did not become ready: {missing}", "see `nodectl status`"
        )


def _expect(code: int, expected: int, how: str) -> None:
    if code == expected:
        return
    killed = " (killed: it did not stop in time)" if code == 137 else ""
    raise CheckFailedError(
        f"{how} ended with {code}{killed}, not {expected}",
        "see the entrypoint and s6's finish and SIGTERM scripts",
    )


def _has_left(subject: Subject, node: Node) -> None:
    try:
        subject.tailnet.control.wait(node.hostname, Kind.LOGGED_OUT, deadline=5)
    except DeadlineExceededError as error:
        raise CheckFailedError(
            f"the stopped node did not log out: {error.problems[0].what}",
            "the SIGTERM path must run `tailscale logout` before tailscaled is stopped",
        ) from None
