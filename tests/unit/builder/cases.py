"""Public bug reports about GPU, driver, CUDA, framework and Python, and the answer of the resolver to each.

Run it to see the table: `python -m tests.unit.builder.cases`.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from builder import facts, hosts, paths, target
from builder.advise import Advice, advise
from builder.facts import Facts


@dataclass(frozen=True)
class Case:
    """A report (its address), what was used where, and the right answer."""

    report: str
    target: dict[str, Any]
    serves: bool
    says: list[str]
    gpu: str | None = None
    driver: str | None = None
    change: str = ""
    setup: str = field(default="", compare=False)


def load() -> list[Case]:
    """All cases of cases.yaml."""
    rows = YAML(typ="safe").load(Path(__file__).with_name("cases.yaml").read_text())
    return [Case(**row) for row in rows]


def answer(case: Case, folder: Path, known: Facts) -> Advice:
    """What `tailbox plan --gpu --driver` would say."""
    file = folder / "reported.yaml"
    YAML(typ="safe").dump({"description": "as reported", **case.target}, file)
    images = paths.data("images")
    wanted = target.load(str(file), images)
    return advise(wanted, hosts.parse(case.gpu, case.driver, known.compat), known)


def told(advice: Advice) -> str:
    """All that a person reads."""
    verdicts = [f"{v.what}: {v.reason} ({v.source})" for v in advice.verdicts]
    return "\n".join([*verdicts, *map(str, advice.problems)])


def main() -> None:
    """Print every case with its answer."""
    known = facts.load(paths.data("images"))
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(load(), 1):
            advice = answer(case, Path(folder), known)
            where = " on ".join(filter(None, [case.gpu, case.driver and f"driver {case.driver}"]))
            print(f"{number:2}  {case.report}\n    {case.target} {where and f'| {where}'}")
            print(f"    {'serves' if advice.serves else 'does not serve'}")
            for line in told(advice).splitlines():
                print(f"      {line}")


if __name__ == "__main__":
    main()
