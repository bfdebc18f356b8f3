"""Public bug reports about GPU, driver, CUDA, framework and Python, and the answer of the resolver to each.

Run it to see the table: `python -m tools.reports`.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from builder.core import paths
from builder.facts.load import load_facts
from builder.facts.models import Facts
from builder.resolve import machine
from builder.resolve.advise import Advice, advise
from builder.targets.target import load_target


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
    """Load every case of reports.yaml."""
    rows = YAML(typ="safe").load(Path(__file__).with_name("reports.yaml").read_text())
    return [Case(**row) for row in rows]


def answer(case: Case, folder: Path, known: Facts, images: Path) -> Advice:
    """Return what `tailbox plan --gpu --driver` would say."""
    file = folder / "reported.yaml"
    YAML(typ="safe").dump({"description": "as reported", **case.target}, file)
    target = load_target(str(file), images)
    return advise(target, machine.parse(case.gpu, case.driver, known.compat), known)


def as_text(advice: Advice) -> str:
    """Return all that a person reads."""
    verdicts = [f"{v.what}: {v.reason} ({v.source})" for v in advice.verdicts]
    return "\n".join([*verdicts, *map(str, advice.problems)])


def table() -> str:
    """Return every case with its answer, as Markdown."""
    images = paths.data("images")
    known = load_facts(images)
    rows = ["| what was used | where | serves | why, and the nearest change |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(load(), 1):
            advice = answer(case, Path(folder), known, images)
            rows.append(_row(number, case, advice, Path(folder)))
    return "\n".join(rows)


def _row(number: int, case: Case, advice: Advice, folder: Path) -> str:
    used = " ".join(f"{key}: {_words(value)}" for key, value in case.target.items())
    where = ", ".join(filter(None, [case.gpu, case.driver and f"driver {case.driver}"]))
    refused = [": ".join(map(str.strip, problem.what.split("\n")[:2])) for problem in advice.problems]
    why = refused or [verdict.reason for verdict in advice.verdicts]
    changes = dict.fromkeys(problem.remedy for problem in advice.problems)
    told = "; ".join([*why, *(f"**{change}**" for change in changes)])
    cells = [f"[{number}]({case.report}) {used}", where, "yes" if advice.serves else "no", told]
    return f"| {' | '.join(cell.replace('|', ' ') for cell in cells)} |".replace(f"{folder}/", "")


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_words(inner) for inner in value.values())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def main() -> None:
    """Print every case with its answer."""
    print(table())


if __name__ == "__main__":
    main()
