"""`make bench`: how long a target takes to build, in the situations a person meets, as ratios of one run.

Every build is a real one in the engine, in a folder of its own; what is compared was measured minutes apart
on the same machine. With nothing cached, packages are downloaded too: `--no-cache` begins cache mounts anew.
What they held is thrown away before the clock starts: who builds for the first time has nothing to remove.
"""

from __future__ import annotations

import dataclasses
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from docker.errors import ImageNotFound

from bench import page
from bench.compare import without_last_wheel
from bench.shapes import emptied, plain_uv
from builder.build import contexts
from builder.build.bake import bake, bake_with_retry, output
from builder.cli.errors import reporting
from builder.core import console, paths, tempdirs
from builder.engine.client import connect
from builder.engine.images import remove_untagged, tagged_images
from builder.facts.load import load_facts
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render.render import render, write_files
from builder.resolve.plan import Plan

TAG = "tailbox/bench:1"

COLD, AGAIN, LINE, NODE = (
    "nothing cached",
    "nothing changed",
    "one more pip line",
    "a changed node file",
)
PLAIN = "the same wheels by one plain uv pip install"


@dataclasses.dataclass(frozen=True)
class Bar:
    """What a situation may take: seconds, or `of_plain` as much as the plain install of the same run."""

    limit: float
    of_plain: bool = False

    def verdict(self, seconds: float, plain: float) -> str:
        kept = seconds <= self.limit * (plain if self.of_plain else 1.0)
        limit = f"<= {self.limit:g} {'of plain' if self.of_plain else 's'}"
        return f"{limit}: {'kept' if kept else '**not kept**'}"


_INSTALLS = ("/run/install.sh", "uv pip install")  # ours, and the plain one

BARS = {COLD: Bar(1.1, of_plain=True), AGAIN: Bar(2.0), LINE: Bar(5.0)}


@dataclasses.dataclass(frozen=True)
class Timed:
    """One situation: seconds, what all processors worked in them, the steps that ran, those with wheels."""

    what: str
    seconds: float
    busy: float
    steps: int
    wheels: int


class Bench:
    """One target in a folder of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.plan, self.folder, self.engine = make_plan(name, Workspace.open()), folder, connect()
        versions = load_facts(paths.data("images")).versions
        contexts.place(contexts.gather(versions, self.engine), versions.debian, folder)

    def render(self, plan: Plan) -> None:
        write_files(render(plan, paths.data("templates")), self.folder)

    def cold(self, what: str, dockerfile: str = "") -> Timed:
        """The target's build, or another's, with nothing cached."""
        discard = ("--no-cache", "--set", "*.output=type=cacheonly")
        caches = emptied((self.folder / "Dockerfile").read_text())
        bake(self.folder, self.engine, [*discard, *self._as(caches)])
        return self.timed(what, "--no-cache", *(self._as(dockerfile) if dockerfile else ()))

    def timed(self, what: str, *options: str) -> Timed:
        console.step(f"bench: {what}")
        before = tagged_images([TAG], self.engine)
        self._settle()
        began, busy = time.monotonic(), page.busy_seconds()
        progress = bake_with_retry(
            self.folder, self.engine, [*output(self.engine), "--set", f"*.tags={TAG}", *options]
        )
        seconds, busy = time.monotonic() - began, page.busy_seconds() - busy
        remove_untagged(before.values(), self.engine)
        ran = [step for step in progress.steps if step.started and not step.cached]
        wheels = sum(any(words in step.name for words in _INSTALLS) for step in ran)
        return Timed(what, round(seconds, 1), round(busy, 1), len(ran), wheels)

    def _as(self, dockerfile: str) -> tuple[str, str]:
        """The options that build another Dockerfile in the target's folder."""
        (self.folder / "other.Dockerfile").write_text(dockerfile)
        return "--set", "*.dockerfile=other.Dockerfile"

    def _settle(self) -> None:
        """Let the situation before end: its gigabytes are written out, its cache is counted."""
        os.sync()
        subprocess.run(["docker", "buildx", "du"], env=self.engine.environ, capture_output=True, check=True)

    def situations(self) -> list[Timed]:
        """From an empty layer cache to a changed line."""
        self.render(without_last_wheel(self.plan))
        results = [self.cold(COLD), self.timed(AGAIN)]
        never_seen = f"# {secrets.token_hex(8)}\n"  # the builder remembers the bench of yesterday
        *lower, last = self.plan.wheels
        pin = dataclasses.replace(last.pins[-1], text=last.pins[-1].text + never_seen)
        line = dataclasses.replace(last, pins=(*last.pins[:-1], pin))
        self.render(dataclasses.replace(self.plan, wheels=(*lower, line)))
        results.append(self.timed(LINE))
        file = self.folder / "node" / "lib" / "node" / "paths.py"
        file.write_text(file.read_text() + never_seen)
        results.append(self.timed(NODE))
        return [*results, self.cold(PLAIN, plain_uv(self.plan))]


def main(name: str) -> None:
    """Measure, and write `build/<target>/bench.json`; a table for people goes to stdout."""
    before = page.machine()
    with tempdirs.folder() as folder:
        bench = Bench(name, folder)
        try:
            results = bench.situations()
        finally:
            with suppress(ImageNotFound):
                bench.engine.client.images.remove(TAG, force=True)
    plain = results[-1].seconds
    rows = [{**dataclasses.asdict(one), "ratio": round(one.seconds / plain, 3)} for one in results]
    page.keep(name, "bench", {"target": name, "machine": before, "builds": rows})
    page.show(f"situations of {name}", table(results), before)


def table(results: Sequence[Timed]) -> str:
    """Markdown: seconds, the ratio to the plain install, which comes last, and whether the bar is kept."""
    plain = results[-1].seconds
    lines = [
        "| situation | seconds | of plain | bar | processors' seconds | steps run | of them with wheels |",
        "|---|--:|--:|---|--:|--:|--:|",
    ]
    for one in results:
        bar = BARS[one.what].verdict(one.seconds, plain) if one.what in BARS else ""
        cells = (
            one.what,
            one.seconds,
            f"{one.seconds / plain:.2f}",
            bar,
            f"{one.busy:.0f}",
            one.steps,
            one.wheels,
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    with reporting():
        main(sys.argv[1] if len(sys.argv) > 1 else "base")
