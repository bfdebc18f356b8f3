"""What ssh-audit says of sshd decides, and saying nothing is no pass."""

from __future__ import annotations

import json
import subprocess
from types import SimpleNamespace
from typing import Any

import pytest

from builder.prove.checks import audit
from builder.prove.errors import CheckFailedError
from tests.unit.prove.checks.kit import subject

GOOD: dict[str, list[dict[str, Any]]] = {
    kind: [{"algorithm": f"{kind}-1", "notes": {"info": ["since 2014"]}}] for kind in audit.KINDS
}
WEAK = [{"algorithm": "ssh-dss", "notes": {"fail": ["small modulus", "broken"], "warn": ["old"]}}]


def run(monkeypatch: pytest.MonkeyPatch, output: str, errors: str = "") -> str:
    class Gate:
        """A gate to sshd, for the time of the check."""

        address = ("127.0.0.1", 4022)

        def __init__(self, *_: Any) -> None: ...

        def __enter__(self) -> Gate:
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(audit, "PortForward", Gate)
    answer = SimpleNamespace(stdout=output, stderr=errors)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
    return audit.audit(subject())


def test_good_algorithms_pass_and_a_warning_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    warned = [{"algorithm": "a", "notes": {"warn": ["old"]}}, {"algorithm": "b"}]
    said = run(monkeypatch, json.dumps({**GOOD, "mac": warned}))
    assert said == "ssh-audit fails none of the 5 algorithms that sshd offers"


@pytest.mark.parametrize("kind", audit.KINDS)
def test_a_weak_algorithm_of_any_kind_fails(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    with pytest.raises(CheckFailedError, match=r"fails ssh-dss \(small modulus\); ssh-dss \(broken\)$"):
        run(monkeypatch, json.dumps({**GOOD, kind: WEAK}))


@pytest.mark.parametrize(
    "output",
    ["", "no JSON", json.dumps({**GOOD, "enc": []}), json.dumps({"kex": GOOD["kex"]})],
    ids=["nothing", "text", "no algorithm of a kind", "no kind"],
)
def test_an_audit_that_could_not_ask_fails(monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    with pytest.raises(CheckFailedError, match=r"ssh-audit could not query sshd: .*connection refused$"):
        run(monkeypatch, output, "connection refused\n")
