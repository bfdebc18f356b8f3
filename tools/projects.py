"""Public projects' needs, reduced to facts, with tailbox's answer to each: the table of docs/projects.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML

from builder.core import paths

CASES = paths.PROJECT / "tests" / "cases" / "projects"


@dataclass(frozen=True)
class Case:
    """A target of a project: the release that is chosen, or why none is, and what `tailbox plan` said."""

    target: str
    before: str
    plan: str
    torch: str = ""
    refused: str = ""
    fix: str = ""
    notes: Sequence[str] = ()

    @property
    def what(self) -> str:
        """What the target says of itself."""
        return str(YAML(typ="safe").load((CASES / self.target).read_text())["description"])


def load() -> list[Case]:
    """Load every case."""
    rows = YAML(typ="safe").load(CASES.with_name("projects.yaml").read_text(encoding="utf-8"))
    return [Case(**row) for row in rows]


def table() -> str:
    """Return every case with the answer before and now, as Markdown."""
    rows = ["| project | before | now |", "| --- | --- | --- |"]
    rows += [
        f"| {case.what} (`{case.target}`) | {_cell(case.before)} | {_cell(case.plan)} |" for case in load()
    ]
    return "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")
