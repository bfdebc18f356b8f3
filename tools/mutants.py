"""`python -m tools.mutants [NAME]...`: every broken node against every check, as a table in docs/mutants.md.

What was found is kept in build/mutants.json, so that a run that was interrupted goes on. Exit code 1 where a
mutant is not caught by its check with the message that fits, or a check has none that it alone catches.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict

from builder.core import console
from builder.pipeline.build import build_target
from builder.pipeline.prove import standing_tailnet
from builder.prove import ProofPlan, Status
from builder.prove.checks import REGISTRY
from builder.prove.checks.session import HOSTILE
from builder.prove.errors import TailnetError
from builder.prove.runner import run_all
from builder.prove.tailnet.node import NodeSpec
from builder.prove.tailnet.tailnet import Tailnet
from tests.tailnet.broken import broken
from tests.tailnet.mutants import MUTANTS, Mutant
from tools.marked import Marked

TABLE = Marked("docs/mutants.md", "mutants")
KEPT = Path("build") / "mutants.json"
_AT_ONCE, _WORKERS = 2, 6
# Every broken node leaves members that have logged out, and control tells each new one of all of them.
_PER_TAILNET = 12

# The checks that fail, with what they say.
Found = dict[str, str]


class Kept(TypedDict):
    """What was found, and on which image."""

    image: str
    found: Found


def catch(tailnet: Tailnet, image: str, plan: ProofPlan, mutant: Mutant) -> Found:
    """Run every check on the broken node."""
    try:
        with broken(tailnet, NodeSpec(image, environment=HOSTILE), plan, mutant) as lab:
            findings = run_all(REGISTRY, lab, workers=_WORKERS, on_finding=lambda _: None)
    except TailnetError as error:
        return {"node.boot": str(error)}
    return {finding.check: finding.detail for finding in findings if finding.status is not Status.PASSED}


def _catch_all(mutants: Iterable[Mutant]) -> Iterator[tuple[Mutant, Found]]:
    """Each in turn, in one tailnet of their own."""
    with standing_tailnet("base") as (built, plan, tailnet), ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda each: (each, catch(tailnet, built.image.id, plan, each)), mutants)


def is_caught(mutant: Mutant, found: Found) -> bool:
    """By its own check, with the message that fits."""
    return bool(re.search(mutant.message, found.get(mutant.check, "")))


def table(found: dict[str, Found]) -> str:
    """A row for each mutant: the check that must catch it, and which others do."""
    lines = ["| check | the node is broken by | caught | by others too |", "|---|---|---|---|"]
    for mutant in sorted(MUTANTS, key=lambda each: (each.check, each.name)):
        failed = found.get(mutant.name, {})
        others = ", ".join(f"`{check}`" for check in sorted(set(failed) - {mutant.check}))
        caught = "yes" if is_caught(mutant, failed) else "**no**"
        lines.append(f"| `{mutant.check}` | {mutant.name} | {caught} | {others or '-'} |")
    return "\n".join(lines)


def faults(found: dict[str, Found]) -> list[str]:
    """What is wrong with the prover: mutants that got away, checks that no mutant needs."""
    away = [
        f"{mutant.check}: {mutant.name}: {found.get(mutant.name, {}).get(mutant.check, 'passed')}"
        for mutant in MUTANTS
        if not is_caught(mutant, found.get(mutant.name, {}))
    ]
    alone = {mutant.check for mutant in MUTANTS if set(found.get(mutant.name, {})) == {mutant.check}}
    needless = sorted({check.name for check in REGISTRY} - alone)
    return away + [f"{check}: no mutant that it alone catches" for check in needless]


def _mark(mutant: Mutant) -> str:
    return json.dumps(asdict(mutant), default=sorted)


def main(arguments: Sequence[str]) -> int:
    """Break, check, draw. With names these are tried, without any all that were not yet on this image."""
    kept: dict[str, Kept] = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    image = build_target("base").image.id
    seen = {name for name, one in kept.items() if one["image"] == image}
    left = [each for each in MUTANTS if (each.name in arguments if arguments else _mark(each) not in seen)]
    for start in range(0, len(left), _PER_TAILNET):
        for mutant, caught in _catch_all(left[start : start + _PER_TAILNET]):
            kept[_mark(mutant)] = {"image": image, "found": caught}
            KEPT.write_text(json.dumps(kept, indent=1))
            console.note(f"{mutant.name}: {', '.join(caught) or 'NOT CAUGHT'}")
    found = {each.name: kept[_mark(each)]["found"] for each in MUTANTS if _mark(each) in kept}
    TABLE.settle(table(found), write=True)
    wrong = faults(found)
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
