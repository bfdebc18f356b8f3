"""`python -m bench.spread TARGET`: empty builders one after another, with one registry and its cache.

The table goes into docs/builds.md between its markers, the figures into `build/<target>/spread.json`.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from bench import page
from bench.compare import without_last_wheel
from bench.registry import Registry
from builder.build import base_image, buildkit_daemon
from builder.build.builders import open_builder
from builder.build.buildkit_daemon import Daemon
from builder.build.contexts import place_host
from builder.cli.errors import reporting
from builder.core import console, tempdirs
from builder.engine.client import Engine, connect
from builder.pipeline.build import prepare
from builder.pipeline.plan import make_plan
from builder.pipeline.publish import from_builder
from builder.pipeline.workspace import Workspace
from builder.registry.push import Pushed
from builder.resolve.plan import Plan


@dataclasses.dataclass(frozen=True)
class Run:
    """One empty builder's turn: seconds; MB that it sent to and got from the registry, and that it keeps."""

    what: str
    seconds: float
    sent: float
    got: float
    kept: float
    pushed: Pushed


def measure(plan: Plan, workspace: Workspace, engine: Engine, registry: Registry) -> Iterator[Run]:
    """The first builder fills the registry, the second finds all, the third has one more pip line to do."""
    before = without_last_wheel(plan)
    turns = (("first: nothing is there", before), ("second", before), ("third: one more pip line", plan))
    for number, (what, planned) in enumerate(turns):
        console.step(f"bench: an empty builder: {what}")
        with buildkit_daemon.daemon(workspace.facts.versions) as daemon:
            sent, got = registry.traffic()
            began = time.monotonic()
            pushed = _publish(planned, f"{registry.host}/{number}", daemon, workspace, engine, registry)
            seconds = time.monotonic() - began
            now_sent, now_got = registry.traffic()
            yield Run(what, seconds, now_sent - sent, now_got - got, _kept(daemon), pushed)


def _publish(
    plan: Plan, place: str, daemon: Daemon, workspace: Workspace, engine: Engine, registry: Registry
) -> Pushed:
    prepared = prepare(plan, workspace, engine, for_remote_daemon=True)
    with open_builder(daemon.name, f"{registry.host}/cache") as builder:
        return from_builder(prepared, place, builder, engine)


def _kept(daemon: Daemon) -> float:
    """MB in a daemon's folder."""
    command = ["du", "-sm", str(daemon.folder / "root")]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0])


def table(runs: Sequence[Run]) -> str:
    """Markdown: each turn against the first."""
    lines = ["| builder | seconds | sent, MB | got, MB | on its disk, MB |", "|---|--:|--:|--:|--:|"]
    for run in runs:
        seconds = f"{run.seconds:.1f} ({run.seconds / runs[0].seconds:.2f})"
        lines.append(f"| {run.what} | {seconds} | {run.sent:.0f} | {run.got:.0f} | {run.kept:.0f} |")
    return "\n".join(lines)


def main(name: str) -> None:
    """Measure with a registry on loopback, write, print."""
    engine, workspace, on = connect(), Workspace.open(), page.machine()
    versions = workspace.facts.versions
    with tempdirs.folder(tempdirs.temporary()) as folder:
        os.environ["DOCKER_CONFIG"] = str(folder / "docker")
        place_host(versions.debian, folder / "host")
        image = base_image.reference(versions, engine).removeprefix("docker-image://")
        registry = Registry(engine, image, folder / "host")
        try:
            registry.login()
            runs = list(measure(make_plan(name, workspace), workspace, engine, registry))
        finally:
            registry.remove()
    data = {"target": name, "machine": on, "runs": [dataclasses.asdict(run) for run in runs]}
    page.keep(name, "spread", data)
    page.show(f"spread of {name}", table(runs), on)


if __name__ == "__main__":
    with reporting():
        main(sys.argv[1] if len(sys.argv) > 1 else "base")
