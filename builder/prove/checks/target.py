"""Run the target's checks as a developer would: in an SSH session as dev."""

from __future__ import annotations

import shlex
from functools import partial

from builder.prove.clients import ssh
from builder.prove.errors import CheckFailedError, CheckNotRunError
from builder.prove.plan import Backend, ProofPlan, TargetCheck
from builder.prove.runner import ProofCheck
from builder.prove.subject import Subject

_NOT_RUN = 77


def checks(plan: ProofPlan) -> tuple[ProofCheck[Subject, ProofPlan], ...]:
    """Return one check for each script of the target, named target.NAME."""
    return tuple(ProofCheck(f"target.{check.name}", partial(_run, check), _left_out) for check in plan.checks)


def _left_out(plan: ProofPlan) -> str | None:
    return None if plan.ssh else "the target has no SSH back end to run it through"


def _run(check: TargetCheck, subject: Subject) -> str:
    backend = Backend.SSHD if Backend.SSHD in subject.plan.ssh else Backend.TAILSCALE
    with ssh.login(subject, backend, "dev") as transport:
        done = ssh.run(
            transport,
            f"/opt/venv/bin/python - {shlex.quote(check.argument)}",
            stdin=check.script,
            deadline=check.deadline,
        )
    last = done.last_lines.splitlines()[-1:] or ["it printed nothing"]
    if done.code == _NOT_RUN:
        raise CheckNotRunError(last[0])
    if done.code != 0:
        raise CheckFailedError(
            f"images/checks/{check.name}.py ended with {done.code}:\n{done.last_lines or last[0]}",
            "the last lines are the script's own; run it in /opt/venv of the node",
        )
    return last[0]
