"""`python -m tests.tailnet.mutants.table`: write the table of docs/mutants.md from the mutants there are."""

from __future__ import annotations

from tests.tailnet.mutants import MUTANTS
from tests.tailnet.mutants.others import OTHERS
from tools.marked import Marked

TABLE = Marked("docs/mutants.md", "mutants")


def table() -> str:
    """Return a row for each mutant: the check that must catch it, and the checks that fail with it."""
    lines = ["| check | the node is broken by | fails too |", "|---|---|---|"]
    for mutant in sorted(MUTANTS, key=lambda each: (each.check, each.name)):
        others = ", ".join(f"`{check}`" for check in sorted(OTHERS.get(mutant.name, ())))
        lines.append(f"| `{mutant.check}` | {mutant.name} | {others or '-'} |")
    return "\n".join(lines)


if __name__ == "__main__":
    TABLE.settle(table(), write=True)
