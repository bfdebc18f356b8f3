"""`python -m tools.audit [--check]`: what ssh-audit says of a node's sshd, asked through the tailnet.

The table goes into docs/operating.md, between its markers. With --check the file must hold what was found.
Exit code 1 when anything fails, or when the file differs.
"""

from __future__ import annotations

import sys

from builder.pipeline.prove import standing_tailnet
from builder.prove.checks.audit import KINDS, Algorithms, notes, report
from builder.prove.subject import Subject
from builder.prove.tailnet.node import NodeSpec
from tools.marked import Marked

TABLE = Marked("docs/operating.md", "audit")


def table(found: Algorithms) -> str:
    """The report as Markdown."""
    lines = ["| | algorithms | fail | warn |", "|---|---|---|---|"]
    for kind, name in KINDS.items():
        names = ", ".join(f"`{each['algorithm']}`" for each in found[kind])
        fails, warns = (len(notes(found, level, kind)) for level in ("fail", "warn"))
        lines.append(f"| {name} | {names} | {fails} | {warns} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Ask; write the table, or compare it."""
    with standing_tailnet("base") as (built, plan, tailnet):
        found = report(Subject(tailnet, tailnet.boot(NodeSpec(built.image.id)), plan))
    print(table(found))
    print("\n".join(notes(found, "warn")), file=sys.stderr)
    failures = notes(found, "fail")
    print("\n".join(failures), file=sys.stderr)
    differs = TABLE.settle(table(found), write="--check" not in arguments)
    return 1 if failures or differs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
