"""Check the algorithms of a node's sshd with ssh-audit."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from builder.prove.errors import CheckFailedError
from builder.prove.plan import Backend
from builder.prove.subject import Subject
from builder.prove.tailnet.port_forward import PortForward

_SECONDS = 120.0
KINDS = {"kex": "key exchange", "key": "host key", "enc": "encryption", "mac": "integrity"}
Algorithms = dict[str, list[dict[str, Any]]]


def audit(subject: Subject) -> str:
    """sshd offers no algorithm that fails ssh-audit."""
    algorithms = report(subject)
    if weak := notes(algorithms, "fail"):
        raise CheckFailedError(
            f"ssh-audit fails {'; '.join(weak)}", "name the good algorithms in the image's sshd_config"
        )
    offered = sum(len(algorithms[kind]) for kind in KINDS)
    return f"ssh-audit fails none of the {offered} algorithms that sshd offers"


def report(subject: Subject) -> Algorithms:
    """Return ssh-audit's notes on each algorithm that a node's sshd offers, by kind.

    Raises CheckFailedError if there are none.
    """
    with PortForward(subject.tailnet.laptop, subject.name, Backend.SSHD.port) as forward:
        host, port = forward.address
        command = [sys.executable, "-m", "ssh_audit", "--json", "--skip-rate-test", "--port", str(port), host]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    try:
        answer = json.loads(done.stdout)
        algorithms: Algorithms = {kind: answer[kind] for kind in KINDS}
        assert all(algorithms.values())
    except (ValueError, KeyError, AssertionError):
        raise CheckFailedError(
            f"ssh-audit could not query sshd: {(done.stdout + done.stderr).strip()[-300:]}",
            "see `nodectl status` and the node's log for sshd",
        ) from None
    return algorithms


def notes(algorithms: Algorithms, level: str, *kinds: str) -> list[str]:
    """Return the notes of a level, `fail` or `warn`, on algorithms of these kinds (default: all)."""
    offered = [each for kind in kinds or KINDS for each in algorithms[kind]]
    return [
        f"{each['algorithm']} ({note})" for each in offered for note in each.get("notes", {}).get(level, ())
    ]
