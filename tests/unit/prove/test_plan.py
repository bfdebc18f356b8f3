"""What a target does not have is left out with a reason; the promised ports follow from what it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.prove import Backend, MemberSources, ProofPlan, TargetCheck
from builder.prove.checks import all_checks
from builder.prove.runner import choose

SOURCES = MemberSources("base:1", Path("tailscaled"), Path("control"))
OWN = TargetCheck("torch", b"")
JUPYTER = {"jupyter.token", "jupyter.kernel", "jupyter.debugger"}
DEPTH = {f"ssh.{name}" for name in ("terminal", "files", "forwarding", "agent")}
SESSIONS = {"operate.by_ssh", "session.environment", "target.torch", "vscode.probe", *DEPTH}
NO_SSH = frozenset[Backend]()


@pytest.mark.parametrize(
    ("plan", "left_out", "listeners"),
    [
        (ProofPlan("base", SOURCES, checks=(OWN,)), set(), {2222, 8888}),
        (ProofPlan("base", SOURCES, jupyter=False, checks=(OWN,)), JUPYTER, {2222}),
        (
            ProofPlan("base", SOURCES, ssh=frozenset({Backend.SSHD}), checks=(OWN,)),
            {"ssh.tailscale"},
            {2222, 8888},
        ),
        (
            ProofPlan("base", SOURCES, ssh=frozenset({Backend.TAILSCALE}), checks=(OWN,)),
            {"ssh.sshd", "ssh.audit"},
            {8888},
        ),
        (
            ProofPlan("base", SOURCES, ssh=NO_SSH, jupyter=False, checks=(OWN,)),
            {"ssh.sshd", "ssh.tailscale", "ssh.audit", *SESSIONS, *JUPYTER},
            set(),
        ),
    ],
    ids=["everything", "no Jupyter", "sshd alone", "Tailscale SSH alone", "neither"],
)
def test_left_out(plan: ProofPlan, left_out: set[str], listeners: set[int]) -> None:
    checks = all_checks(plan)
    chosen, left = choose(checks, plan)
    assert {each.check for each in left} == left_out
    assert all(each.reason for each in left)
    assert {check.name for check in chosen} == {check.name for check in checks} - left_out
    assert plan.listeners == listeners
