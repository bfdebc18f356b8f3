"""`python -m bench.together [TARGET]...`: targets one by one, each on an empty builder, and all in one run.

The table goes into docs/builds.md between its markers, the figures into `build/bench/together.json`.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Sequence

from bench import page
from builder.build import buildkit_daemon
from builder.build.bake import bake
from builder.cli.errors import reporting
from builder.core import console
from builder.engine.client import connect
from builder.pipeline.build import bake_folder, prepare
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace

TARGETS = ("base", "cuda", "cuda-devel")


@dataclasses.dataclass(frozen=True)
class Run:
    """What was built on an empty builder: seconds, and steps that ran."""

    what: str
    seconds: float
    steps: int


def measure(names: Sequence[str]) -> Run:
    """Build targets in one run on an empty daemon, exporting nothing."""
    engine, workspace = connect(), Workspace.open()
    plans = [make_plan(name, workspace) for name in names]
    ready = [prepare(plan, workspace, engine, for_remote_daemon=True) for plan in plans]
    console.step(f"bench: {', '.join(names)} on an empty builder")
    with buildkit_daemon.daemon(workspace.facts.versions) as daemon:
        began = time.monotonic()
        options = ["--builder", daemon.name, "--set", "*.output=type=cacheonly"]
        progress = bake(bake_folder(ready), engine, options)
        seconds = time.monotonic() - began
    ran = {step.text for step in progress.steps if not step.cached and " RUN " in f" {step.text}"}
    return Run(", ".join(names), round(seconds, 1), len(ran))


def table(single: Sequence[Run], together: Run) -> str:
    """Markdown, the sum of the single builds against the one run."""
    seconds, steps = sum(run.seconds for run in single), sum(run.steps for run in single)
    rows = [*((f"`{run.what}` alone", run) for run in single), ("sum", Run("", seconds, steps))]
    lines = ["| built on an empty builder | seconds | RUN steps |", "|---|--:|--:|"]
    lines += [f"| {what} | {run.seconds:.0f} | {run.steps} |" for what, run in rows]
    last = f"{together.seconds:.0f} ({together.seconds / seconds:.2f} of the sum)"
    return "\n".join([*lines, f"| all in one run | {last} | {together.steps} |"])


def main(names: Sequence[str]) -> None:
    """Measure, write, print."""
    on = page.machine()
    single, together = [measure([name]) for name in names], measure(names)
    data = {"machine": on, "single": [dataclasses.asdict(one) for one in single]}
    data["together"] = dataclasses.asdict(together)
    page.keep("bench", "together", data)
    page.show("together", table(single, together), on)


if __name__ == "__main__":
    with reporting():
        main(sys.argv[1:] or TARGETS)
