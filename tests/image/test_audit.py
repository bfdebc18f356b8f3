"""ssh-audit, asked through the tailnet, finds nothing to fail sshd for, and one kind of host key."""

from __future__ import annotations

from builder.prove.checks.audit import noted, report
from builder.prove.lab import Lab


def test_nothing_fails(lab: Lab) -> None:
    found = report(lab)
    assert noted(found, "fail") == []
    assert [key["algorithm"] for key in found["key"]] == ["ssh-ed25519"]
