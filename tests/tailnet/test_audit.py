"""ssh-audit, asked through the tailnet, finds nothing to fail sshd for, and one kind of host key."""

from __future__ import annotations

from builder.prove.checks.audit import notes, report
from builder.prove.subject import Subject


def test_nothing_fails(lab: Subject) -> None:
    found = report(lab)
    assert notes(found, "fail") == []
    assert [key["algorithm"] for key in found["key"]] == ["ssh-ed25519"]
