"""`nodectl` that says other than what is fails the check."""

from __future__ import annotations

from typing import Any

import pytest

from builder.prove.checks import ready
from builder.prove.errors import CheckFailedError
from builder.prove.tailnet.member import CompletedCommand
from tests.unit.prove.checks.kit import LISTED, SSHD, done, member, node, subject

PLAN = {**SSHD, "jupyter": False}
SERVICE = {"up": True, "ready": True, "pid": 7}
STATUS: dict[str, Any] = {
    "ready": True,
    "services": dict.fromkeys(("tailscaled", "join", "sshd"), SERVICE),
    "tailnet": {"state": "Running", "name": LISTED.name, "ips": list(LISTED.ips)},
}


class FakeNode:
    """A node that tells the truth; arguments change single answers."""

    def __init__(
        self,
        *,
        status: dict[str, Any] | None = None,
        stopped: CompletedCommand | None = None,
        again: int = 0,
        left: CompletedCommand | None = None,
        alive: bool = True,
    ) -> None:
        self._status = {**STATUS, **(status or {})}
        self._answers = {"stopped": stopped or done("sshd is down", 1), "left": left or done("not joined", 1)}
        self._again, self._alive, self._state = again, alive, "running"
        self.node = node(member(self._run), nodectl=self._nodectl, nodectl_json=lambda _: self._status)

    def _run(self, command: str) -> CompletedCommand:
        if command.startswith("test -d"):
            return done(code=0 if self._alive else 1)
        self._state = "left" if command == "tailscale down" else "stopped" if " -d " in command else "running"
        return done()

    def _nodectl(self, *_: str, **__: Any) -> CompletedCommand:
        if self._state == "running":
            return done("still starting" if self._again else "ready", self._again)
        return self._answers[self._state]


def test_a_truthful_node_passes() -> None:
    assert ready.ready(subject(FakeNode().node, plan=PLAN)).startswith("ready, status and url say what is")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"status": {"ready": False}}, "status: ready is False"),
        ({"status": {"services": {"sshd": SERVICE}}}, "status: services is"),
        (
            {"status": {"tailnet": {**STATUS["tailnet"], "state": "Starting"}}},
            "status: tailnet is",
        ),
        ({"status": {"tailnet": {**STATUS["tailnet"], "name": "other"}}}, "status: name is 'other'"),
        ({"status": {"tailnet": {**STATUS["tailnet"], "ips": []}}}, "status: addresses is"),
        (
            {"status": {"services": {**STATUS["services"], "join": {**SERVICE, "ready": False}}}},
            "status: join is up and ready is",
        ),
        ({"alive": False}, "status gives process 7 for tailscaled, which does not exist"),
        ({"stopped": done("ready")}, "sshd was stopped, and `nodectl ready` ended with 0"),
        ({"stopped": done("join is down", 1)}, "sshd was stopped, and `nodectl ready` ended with 1"),
        ({"stopped": done("sshd: crashed", 2)}, "sshd was stopped, and `nodectl ready` ended with 2"),
        ({"again": 1}, "sshd was started again and the node is not ready: still starting"),
        ({"left": done("ready")}, "the node left the tailnet, and `nodectl ready` ended with 0"),
        ({"left": done("", 1)}, "the node left the tailnet, .* said: nothing"),
    ],
)
def test_an_untrue_answer_fails(answers: dict[str, Any], message: str) -> None:
    with pytest.raises(CheckFailedError, match=message):
        ready.ready(subject(FakeNode(**answers).node, plan=PLAN))


def test_a_node_that_does_not_become_ready_fails() -> None:
    with pytest.raises(CheckFailedError, match="a fresh node did not become ready: sshd"):
        ready.ready(subject(FakeNode().node, plan=PLAN, settle=lambda _: "sshd"))
