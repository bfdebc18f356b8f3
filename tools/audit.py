"""`python -m tools.audit [--check]`: what ssh-audit says of a node's sshd, asked through the tailnet.

The table goes into docs/operating.md, between its markers. With --check the file must hold what was found.
Exit code 1 when anything fails, or when the file differs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from builder import workflow
from builder.prove import Backend
from builder.prove.gate import Gate
from builder.prove.lab import Lab
from builder.prove.members_image import build_members_image
from builder.prove.node import NodeSpec
from builder.prove.tailnet import Tailnet
from tools.marked import Marked

TABLE = Marked("docs/operating.md", "audit")
KINDS = {"kex": "key exchange", "key": "host key", "enc": "encryption", "mac": "integrity"}
Found = dict[str, list[dict[str, Any]]]


def audit(lab: Lab) -> Found:
    """ssh-audit's report on a node's sshd. ValueError where it gave none."""
    with Gate(lab.tailnet.laptop, lab.name, Backend.SSHD.port) as gate:
        host, port = gate.address
        program = str(Path(sys.executable).parent / "ssh-audit")
        command = [program, "--json", "--skip-rate-test", "--port", str(port), host]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    found: Found = json.loads(done.stdout)
    return found


def noted(found: Found, level: str, *kinds: str) -> list[str]:
    """What the report says at this level, `fail` or `warn`, of these kinds of algorithms or of all."""
    offered = [each for kind in kinds or KINDS for each in found[kind]]
    return [f"{each['algorithm']}: {note}" for each in offered for note in each["notes"].get(level, ())]


def table(found: Found) -> str:
    """The report as Markdown."""
    lines = ["| | algorithms | fail | warn |", "|---|---|---|---|"]
    for kind, name in KINDS.items():
        names = ", ".join(f"`{each['algorithm']}`" for each in found[kind])
        fails, warns = (len(noted(found, level, kind)) for level in ("fail", "warn"))
        lines.append(f"| {name} | {names} | {fails} | {warns} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Ask; write the table, or compare it."""
    built = workflow.build("base")
    plan = workflow.proof_plan(built)
    members = build_members_image(plan.members, built.engine.environ)
    with Tailnet(built.engine, members) as tailnet:
        found = audit(Lab(tailnet, tailnet.boot(NodeSpec(built.image.id)), plan))
    print(table(found))
    print("\n".join(noted(found, "warn")), file=sys.stderr)
    failures = noted(found, "fail")
    print("\n".join(failures), file=sys.stderr)
    differs = TABLE.settle(table(found), write="--check" not in arguments)
    return 1 if failures or differs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
