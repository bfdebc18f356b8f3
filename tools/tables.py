"""The tables in README and docs that are made of the catalogue, of what was measured, of cases and of rules.

`python -m tools.tables` writes them, `--check` says which are not as they would be written.
"""

from __future__ import annotations

import sys

from builder.core import paths
from builder.pipeline.graph import shared_layers
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render import layer_graph
from builder.resolve.plan import Plan
from builder.targets.target import catalogue
from tools import corpus, projects, reports
from tools.marked import Marked
from tools.measured import Measured, load

CATALOGUE = Marked("README.md", "catalogue")
BUILT = Marked("docs/targets.md", "built")
REPORTS = Marked("docs/reports.md", "reports")
PROJECTS = Marked("docs/projects.md", "projects")
CORPUS = Marked("docs/projects.md", "corpus")
RULES = Marked("docs/builds.md", "rules")
DRAWING = paths.PROJECT / "docs" / "targets.svg"


def main(arguments: list[str]) -> int:
    """Write or compare every table; 1 where one differs."""
    write = "--check" not in arguments
    texts = {
        CATALOGUE: catalogue_table(),
        BUILT: built(),
        REPORTS: reports.table(),
        PROJECTS: projects.table(),
        CORPUS: corpus.table(),
        RULES: rules(),
    }
    differs = [_draw(layer_graph.svg(shared_layers(catalogue(), Workspace.open())), write=write)]
    differs += [marked.settle(text, write=write) for marked, text in texts.items()]
    return int(any(differs))


def _draw(svg: str, *, write: bool) -> bool:
    """Write the drawing of the shared layers, or say whether it differs."""
    if write:
        DRAWING.write_text(svg)
        return False
    if differs := DRAWING.read_text() != svg:
        print(f"{DRAWING} is not how the targets are", file=sys.stderr)
    return differs


def catalogue_table() -> str:
    """Each target in a line: what it is for, what it needs, what it takes."""
    rows = [["target", "what it is", "driver", "on disk", "to pull"], ["---", "---", "--:", "--:", "--:"]]
    for plan, found in _plans():
        sizes = (_gb(found.disk), _gb(found.compressed)) if found else ("not built yet", "")
        rows.append([f"`{plan.target}`", plan.description, _driver(plan), *sizes])
    return _markdown(rows)


def built() -> str:
    """Each target in a line: what it holds by its own answer, and what was seen of it."""
    head = ["target", "tag", "machine code (sm_)", "driver", "on disk", "to pull", "seen"]
    rows = [head, ["---", "---", "---", "--:", "--:", "--:", "---"]]
    for plan, found in _plans():
        archs = found.archs if found else plan.archs
        sizes = (_gb(found.disk), _gb(found.compressed)) if found else ("", "")
        rows.append([f"`{plan.target}`", f"`{plan.tag}`", _archs(archs), _driver(plan), *sizes, _seen(found)])
    return _markdown(rows)


def rules() -> str:
    """Each rule of what wheels are relieved of, those that save most first."""
    rows = [["rule", "of", "MB", "why it may go"], ["---", "---", "--:", "---"]]
    for rule in sorted(Workspace.open().facts.slim, key=lambda rule: -rule.saves):
        rows.append([rule.name, ", ".join(f"`{name}`" for name in rule.wheels), str(rule.saves), rule.why])
    return _markdown(rows)


def _plans() -> list[tuple[Plan, Measured | None]]:
    """The plan of each target, and what was measured of that very plan."""
    measured = load()
    plans = [make_plan(name, Workspace.open()) for name in catalogue()]
    rows = [(plan, measured.get(plan.target)) for plan in plans]
    return [(plan, found if found and found.is_of(plan) else None) for plan, found in rows]


def _seen(found: Measured | None) -> str:
    if found is None:
        return "resolved and locked only"
    left = f", {', '.join(f'`{name}`' for name in found.not_run)} not run" if found.not_run else ""
    return f"{found.verdict}: {found.passed} checks passed{left}, {found.date}"


def _driver(plan: Plan) -> str:
    """The oldest driver branch for the CUDA, and the GPUs of the target that need a newer one."""
    if plan.cuda is None:
        return "none"
    compat = Workspace.open().facts.compat
    floor = compat.cuda[plan.cuda.split(".")[0]].driver
    newer = [compat.gpus[gpu] for gpu in plan.gpus if compat.gpus[gpu].driver > floor]
    return f">= {floor}" + "".join(f", {gpu.names[0]} >= {gpu.driver}" for gpu in newer)


def _archs(archs: tuple[str, ...]) -> str:
    return " ".join(arch.removeprefix("sm_") for arch in archs)


def _gb(size: int) -> str:
    return f"{size / 1e9:.2f} GB"


def _markdown(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
