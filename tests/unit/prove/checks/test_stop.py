"""A stopped node must end with the right exit code and log out."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from builder.prove.checks import stop
from builder.prove.errors import CheckFailedError, DeadlineExceededError
from builder.prove.subject import Subject
from builder.prove.tailnet.control_plane import Kind
from tests.unit.prove.checks.kit import control, node, subject

Check = Callable[[Subject], str]


def check(
    function: Check, code: int, *, missing: str | None = None, stays: bool = False
) -> tuple[str, list[str]]:
    """Run a check on a node that ends with `code`; return its detail, and what was awaited of control."""
    awaited: list[str] = []

    def wait(name: str, kind: Kind, **_: Any) -> None:
        awaited.append(f"{name} {kind}")
        if stays:
            raise DeadlineExceededError("node-1 was not logged out within 5 s", "")

    member = SimpleNamespace(stop=lambda _: code, wait=lambda _: code)
    plane = control(wait=wait)
    return function(subject(node(member), control=plane, settle=lambda _: missing)), awaited


@pytest.mark.parametrize(("function", "code"), [(stop.sigterm, 0), (stop.running_command, 9)])
def test_a_node_that_ends_as_promised_and_logs_out_passes(function: Check, code: int) -> None:
    detail, awaited = check(function, code)
    assert "logs" in detail
    assert awaited == [f"node-1 {Kind.LOGGED_OUT}"]


def test_the_exit_code_of_a_command_passes() -> None:
    assert check(stop.ended_command, 7)[0] == "the exit code of CMD is the container's"


@pytest.mark.parametrize(
    ("function", "code", "message"),
    [
        (stop.sigterm, 143, "`docker stop` ended with 143, not 0$"),
        (stop.sigterm, 137, r"`docker stop` ended with 137 \(killed: it did not stop in time\), not 0$"),
        (stop.running_command, 0, "a CMD that ends with 9 on TERM ended with 0, not 9$"),
        (stop.running_command, 137, r"ended with 137 \(killed: it did not stop in time\), not 9$"),
        (stop.ended_command, 0, "`entrypoint sh -c 'exit 7'` ended with 0, not 7$"),
    ],
)
def test_another_exit_code_fails(function: Check, code: int, message: str) -> None:
    with pytest.raises(CheckFailedError, match=message):
        check(function, code)


@pytest.mark.parametrize(("function", "code"), [(stop.sigterm, 0), (stop.running_command, 9)])
def test_a_node_that_stays_in_the_tailnet_fails(function: Check, code: int) -> None:
    with pytest.raises(CheckFailedError, match="did not log out: node-1 was not logged out within 5 s"):
        check(function, code, stays=True)


@pytest.mark.parametrize(("function", "code"), [(stop.sigterm, 0), (stop.running_command, 9)])
def test_a_node_that_never_becomes_ready_fails(function: Check, code: int) -> None:
    with pytest.raises(CheckFailedError, match="did not become ready: sshd"):
        check(function, code, missing="sshd")
