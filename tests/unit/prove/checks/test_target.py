"""The exit code of a target's own check decides: 0 passes, 77 is not run, anything else fails."""

from __future__ import annotations

from typing import Any

import pytest

from builder.prove import TargetCheck
from builder.prove.checks import target
from builder.prove.report.model import Finding, Status
from builder.prove.runner import run_check
from builder.prove.tailnet.member import CompletedCommand
from tests.unit.prove.checks.kit import SSHD, answer_by_ssh, done, subject


def run(monkeypatch: pytest.MonkeyPatch, answer: CompletedCommand) -> Finding:
    answer_by_ssh(monkeypatch, lambda _: answer)
    checked: Any = subject(plan={**SSHD, "checks": (TargetCheck("cuda", b"import torch"),)})
    (check,) = target.checks(checked.plan)
    return run_check(check, checked)


@pytest.mark.parametrize(
    ("answer", "status", "detail"),
    [
        (done("loading\n2 GPUs"), Status.PASSED, "2 GPUs"),
        (done(""), Status.PASSED, "it printed nothing"),
        (done("loading\nno GPU here", 77), Status.NOT_RUN, "no GPU here"),
        (done("", 77), Status.NOT_RUN, "it printed nothing"),
        (done("Traceback\nImportError", 1), Status.FAILED, "images/checks/cuda.py ended with 1:\nTraceback"),
        (done("killed", 137), Status.FAILED, "images/checks/cuda.py ended with 137:\nkilled"),
        (done("", 78), Status.FAILED, "images/checks/cuda.py ended with 78:\nit printed nothing"),
    ],
)
def test_exit_code(
    monkeypatch: pytest.MonkeyPatch, answer: CompletedCommand, status: Status, detail: str
) -> None:
    finding = run(monkeypatch, answer)
    assert finding.status is status
    assert finding.detail.startswith(detail)
