"""What ssh-audit, which knows the weaknesses of SSH's algorithms, says of a node's sshd."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from builder.prove.errors import CheckFailed
from builder.prove.gate import Gate
from builder.prove.lab import Lab
from builder.prove.plan import Backend

_SECONDS = 120.0
_ALGORITHMS = ("kex", "key", "enc", "mac")


def audit(lab: Lab) -> str:
    """sshd offers no algorithm that fails ssh-audit."""
    report = _report(lab)
    if weak := list(_weak(report)):
        raise CheckFailed(
            f"ssh-audit fails {'; '.join(weak)}", "name the good algorithms in the image's sshd_config"
        )
    offered = sum(len(report[kind]) for kind in _ALGORITHMS)
    return f"ssh-audit fails none of the {offered} algorithms that sshd offers"


def _report(lab: Lab) -> dict[str, Any]:
    with Gate(lab.tailnet.laptop, lab.name, Backend.SSHD.port) as gate:
        host, port = gate.address
        command = [sys.executable, "-m", "ssh_audit", "--json", "--skip-rate-test", "--port", str(port), host]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    try:
        report = json.loads(done.stdout)
        assert all(report[kind] for kind in _ALGORITHMS)
    except (ValueError, KeyError, AssertionError):
        raise CheckFailed(
            f"ssh-audit could not ask sshd: {(done.stdout + done.stderr).strip()[-300:]}",
            "see `nodectl status` and the node's log for sshd",
        ) from None
    return dict(report)


def _weak(report: dict[str, Any]) -> Iterator[str]:
    for kind in _ALGORITHMS:
        for each in report[kind]:
            for why in each.get("notes", {}).get("fail", ()):
                yield f"{each['algorithm']} ({why})"
