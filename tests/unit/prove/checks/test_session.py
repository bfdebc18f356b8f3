"""A session's environment must be the node's, byte for byte."""

from __future__ import annotations

import pytest

from builder.prove.checks import session
from builder.prove.errors import CheckFailedError
from builder.prove.tailnet.member import CompletedCommand
from tests.unit.prove.checks.kit import SSHD, answer_by_ssh, done, member, node, subject


def environment(
    monkeypatch: pytest.MonkeyPatch,
    *,
    command: dict[str, str] | None = None,
    script: dict[str, str] | None = None,
    executed: bool = False,
) -> str:
    """Check a node whose sessions differ by these values; the value `gone` removes a variable."""

    def answer(line: str) -> CompletedCommand:
        values = {**session.HOSTILE, **((script if line == "bash" else command) or {})}
        return done("\0".join(f"{name}={value}" for name, value in values.items() if value != "gone"))

    answer_by_ssh(monkeypatch, answer)
    checked = node(member(lambda _: done(code=0 if executed else 1)))
    return session.environment(subject(checked, plan=SSHD))


def test_an_exact_environment_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "17 values arrive unchanged through sshd" in environment(monkeypatch)


def test_another_value_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckFailedError, match="root, command: 1 of 17 values differ; PROOF_PID is '7'"):
        environment(monkeypatch, command={"PROOF_PID": "7"})
    with pytest.raises(CheckFailedError, match="on stdin: 1 of 17 values differ; PROOF_TAB is missing"):
        environment(monkeypatch, script={"PROOF_TAB": "gone"})


def test_an_executed_value_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CheckFailedError, match="the value of a variable was executed"):
        environment(monkeypatch, executed=True)
